"""Forms of 签批补录 and 编号, and the list's filter."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.common.fields import plain
from apps.common.files import UploadField
from apps.common.forms import DateField, ManyField
from apps.dispatch.models import Recipient
from apps.minutes.enums import MinutesState


class PaperSignatureForm(forms.Form):
    """线下签批补录."""

    name = forms.CharField(label=_("签批人姓名"), max_length=60, validators=[plain])
    opinion = forms.CharField(
        label=_("签批意见"),
        max_length=1000,
        initial="同意",
        validators=[plain],
        help_text=_("照录原件；只画圈的写“圈阅”，视为同意。"),
    )
    signed_on = DateField(label=_("签批日期"), help_text=_("原件上的完整日期，即纪要的成文日期。"))
    scan = UploadField(label=_("签批件扫描件"))


class MendForm(forms.Form):
    """The words of a signed passage, put right."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("文字"), max_length=8000, validators=[plain], widget=forms.Textarea(attrs={"rows": 6})
    )
    reason = forms.CharField(label=_("说明"), max_length=200, required=False, validators=[plain])


class NumberForm(forms.Form):
    """编号成文: what stands in the 版记 and cannot change afterwards."""

    printed_on = DateField(label=_("印发日期"), help_text=_("送印的日期，印在版记上。"))
    copies = ManyField(
        Recipient.objects.none(),
        label=_("另抄送"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("抄报市人民政府、发送各成员单位不用选，每期都发。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Recipient.objects.filter(is_active=True, is_superior=False, unit__isnull=True)
        self.fields["copies"].queryset = rows  # type: ignore[attr-defined]
        if not rows.exists():
            del self.fields["copies"]


class FilterForm(forms.Form):
    """The list's filter."""

    q = forms.CharField(label=_("查找"), max_length=60, required=False)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", "全部"), *MinutesState.choices])
    year = forms.IntegerField(label=_("年份"), required=False, min_value=2000, max_value=2199)
