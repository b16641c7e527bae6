"""Forms of dispatch: register a copy by hand, keep a recipient, filter the outbox."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.fields import plain
from apps.common.files import UploadField
from apps.common.forms import DateField
from apps.documents.enums import PaperKind
from apps.documents.models import ArchivedPaper

from .desk import unsigned_only
from .enums import SENT_AT_ALL, Channel, DeliveryState, MessageState
from .models import Delivery, OutboxMessage, Recipient, StopOrder


def _ways_of(field: Any, recipient: Recipient) -> None:
    """Only a unit reads in the portal: for anybody else that way is not offered."""
    if recipient.unit_id is None:
        field.choices = [(way, label) for way, label in field.choices if way != Channel.PORTAL]


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

    def __init__(self, data: Any = None, *, delivery: Delivery) -> None:
        super().__init__(data, initial=self.initial_of(delivery))
        _ways_of(self.fields["channel"], delivery.recipient)

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
            "channel": _(
                "成员单位选“平台送达”，印发即送达，由单位在平台上签收；选“电子邮件”的作为附件自动寄出；其余方式由办公室送达后登记。"
            ),
            "address": _("送达方式是电子邮件时必填。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ways_of(self.fields["channel"], self.instance)


def _any(choices: Any) -> list[tuple[str, Any]]:
    return [("", _("全部")), *choices]


class FilterInWords(forms.Form):
    """A GET filter that says what it filters by; a wrong value filters nothing."""

    def chosen(self) -> dict[str, Any]:
        """The valid values that were given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def words(self) -> str:
        """The filter in words, for the folded bar and for print."""
        return "；".join(
            f"{self.fields[name].label}：{self._said(name, value)}" for name, value in self.chosen().items()
        )

    def _said(self, name: str, value: Any) -> Any:
        choices: Any = getattr(self.fields[name], "choices", ())
        return dict(choices).get(value, _("是") if value is True else value)


# The figure 送出 of a paper leads to what was sent, signed for or not.
_OUT = "out"
_COPY_STATES = [(_OUT, _("送出（含已签收）")), *DeliveryState.choices]


class CopyFilter(FilterInWords):
    """Which copies of papers to show."""

    kind = forms.ChoiceField(label=_("文种"), required=False, choices=_any(PaperKind.choices))
    state = forms.ChoiceField(label=_("状态"), required=False, choices=_any(_COPY_STATES))
    channel = forms.ChoiceField(label=_("送达方式"), required=False, choices=_any(Channel.choices))
    to = forms.ChoiceField(label=_("收文单位"), required=False)
    sent_from = DateField(label=_("送出日期自"), required=False)
    sent_to = DateField(label=_("至"), required=False)
    unsigned = forms.BooleanField(label=_("只看未签收"), required=False)
    paper = forms.ModelChoiceField(
        ArchivedPaper.objects.defer("text", "data"), label=_("公文"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, recipients: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.choices = _any((str(pk), name) for pk, name in recipients)

    def narrow(self, rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """The rows the filter leaves."""
        chosen = self.chosen()
        columns = {
            "kind": "paper__kind", "state": "state", "channel": "channel", "to": "recipient",
            "sent_from": "sent_on__gte", "sent_to": "sent_on__lte", "paper": "paper",
        }  # fmt: skip
        if chosen.get("state") == _OUT:
            del chosen["state"]
            rows = rows.filter(state__in=SENT_AT_ALL)
        rows = rows.filter(**{columns[name]: value for name, value in chosen.items() if name in columns})
        return unsigned_only(rows) if "unsigned" in chosen else rows

    def _said(self, name: str, value: Any) -> Any:
        return value if name == "paper" else super()._said(name, value)  # its choices are all papers


class OutboxFilter(FilterInWords):
    """Which mails to show."""

    state = forms.ChoiceField(label=_("状态"), required=False, choices=_any(MessageState.choices))
    kind = forms.ChoiceField(
        label=_("类别"), required=False,
        choices=_any([("paper", _("公文")), ("notice", _("通知、提醒")), ("test", _("测试邮件"))]),
    )  # fmt: skip
    made_from = DateField(label=_("写入日期自"), required=False)
    made_to = DateField(label=_("至"), required=False)
    q = forms.CharField(label=_("收件人或标题"), required=False, max_length=100)

    def narrow(self, rows: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
        """The rows the filter leaves."""
        chosen = self.chosen()
        columns = {"state": "state", "made_from": "created_at__date__gte", "made_to": "created_at__date__lte"}
        rows = rows.filter(**{columns[name]: value for name, value in chosen.items() if name in columns})
        if "kind" in chosen:
            apart = ("paper", "test")  # every other kind is a notice or a reminder
            rows = (
                rows.exclude(kind__in=apart)
                if chosen["kind"] == "notice"
                else rows.filter(kind=chosen["kind"])
            )
        if text := chosen.get("q", ""):
            rows = rows.filter(
                Q(address__icontains=text)
                | Q(subject__icontains=text)
                | Q(user__name__icontains=text)
                | Q(recipient__name__icontains=text)
            )
        return rows
