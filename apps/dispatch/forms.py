"""Forms of dispatch: register a copy by hand, keep a recipient, filter the outbox."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.fields import plain
from apps.common.files import UploadField
from apps.common.forms import DateField

from .enums import Channel, MessageState
from .models import Delivery, OutboxMessage, Recipient, StopOrder


class RegisterForm(forms.Form):
    """When and how a copy went, and who received it."""

    channel = forms.ChoiceField(label=_("送达方式"), choices=Channel)
    sent_on = DateField(label=_("送出日期"))
    received_on = DateField(
        label=_("签收日期"),
        required=False,
        help_text=_("对方还没有签收时留空，以后再来登记。"),
    )
    receiver = forms.CharField(
        label=_("签收人"), max_length=60, required=False, validators=[plain],
        help_text=_("收文的处室或人员，例如“市政府办公室文电科”。"),
    )  # fmt: skip
    note = forms.CharField(label=_("备注"), max_length=200, required=False, validators=[plain])

    @staticmethod
    def initial_of(delivery: Delivery) -> dict[str, Any]:
        """What is known of the copy already; today if it has not gone."""
        return {
            "channel": delivery.channel,
            "sent_on": delivery.sent_on or timezone.localdate(),
            "received_on": delivery.received_on,
            "receiver": delivery.receiver,
            "note": delivery.note,
        }


class StopForm(forms.ModelForm):
    """Why a paper is stopped, since when, who approved it."""

    stopped_on = DateField(label=_("停止使用日期"))

    class Meta:
        model = StopOrder
        fields = ["reason", "stopped_on", "approved_by", "letter_number"]
        help_texts = {
            "reason": _("写明错在何处，通知中照录。"),
            "approved_by": _("一般由原签发人批准。"),
            "letter_number": _("停止使用通知以牵头单位的文号发出的，在此填写。"),
        }


class ReturnForm(forms.Form):
    """When a copy of a stopped paper came back."""

    returned_on = DateField(label=_("退回日期"))


class ScanForm(forms.Form):
    """The signed copy of a paper."""

    file = UploadField(label=_("签署件（扫描件或OFD）"))
    note = forms.CharField(label=_("说明"), max_length=80, required=False, validators=[plain])


class RecipientForm(forms.ModelForm):
    """Name, channel and address of a recipient. Who is the 抄报 authority is a setting, not a field here."""

    class Meta:
        model = Recipient
        fields = ["name", "channel", "address", "is_active"]
        help_texts = {
            "channel": _("选“电子邮件”时，印发的公文作为附件自动寄出；其余方式由办公室送达后登记。"),
            "address": _("送达方式是电子邮件时必填。"),
        }


class OutboxFilter(forms.Form):
    """Which mails to show."""

    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *MessageState.choices]
    )
    q = forms.CharField(label=_("收件人或标题"), required=False, max_length=100)

    def narrow(self, rows: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
        """The rows the filter leaves; everything while it is invalid or empty."""
        if not self.is_valid():
            return rows
        if state := self.cleaned_data["state"]:
            rows = rows.filter(state=state)
        if text := self.cleaned_data["q"].replace("\x00", ""):
            rows = rows.filter(
                Q(address__icontains=text)
                | Q(subject__icontains=text)
                | Q(user__name__icontains=text)
                | Q(recipient__name__icontains=text)
            )
        return rows

    def words(self) -> str:
        """The filter in words, for the folded bar and for print."""
        if not self.is_valid():
            return ""
        state, text = self.cleaned_data["state"], self.cleaned_data["q"]
        return "，".join(filter(None, [str(MessageState(state).label) if state else "", text]))
