"""Forms of a 更正."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.common.fields import plain
from apps.common.files import UploadField
from apps.common.forms import DateField, DateTimeField
from apps.minutes.content import Line
from apps.minutes.enums import Reply
from apps.minutes.models import Passage
from apps.minutes.printed_names import Texts
from apps.minutes.services.drafting import Content

from .drafting import PassageForm


class ReasonForm(forms.Form):
    """Why the paper is corrected; it is printed in the 更正通知."""

    reason = forms.CharField(
        label=_("更正原因"),
        max_length=1000,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("印在更正通知里，例如：排印有误，第（五）项完成时限印错。"),
    )


class AskForm(forms.Form):
    """By when the units are to answer."""

    reply_by = DateTimeField(
        label=_("反馈截止时间"), help_text=_("到期前系统提醒一次；更正须明确同意，逾期不反馈不视为同意。")
    )


class ChangeForm(PassageForm):
    """How one passage shall read. Whether it is followed in the ledger stays as it is."""

    def __init__(self, *args: Any, passage: Passage, **kwargs: Any) -> None:
        super().__init__(*args, passage=passage, **kwargs)
        for name in ("version", "opens_item", "withheld"):
            self.fields.pop(name, None)

    def content(self) -> Content:
        """What was typed; what cannot be corrected stays."""
        self.cleaned_data |= {"opens_item": self.passage.opens_item, "withheld": self.passage.withheld}
        return super().content()


class AddForm(PassageForm):
    """A resolution that was decided and left out, and behind which one it stands."""

    follows = forms.ModelChoiceField(
        Passage.objects.none(),
        label=_("放在哪一段之后"),
        empty_label=None,
        help_text=_("其后各项的序号依次后移。"),
    )

    def __init__(self, *args: Any, lines: list[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("version", "withheld"):
            self.fields.pop(name, None)
        names = {line.passage.pk: f"{line.name}：{line.words[:24]}" for line in lines}
        place: Any = self.fields["follows"]
        place.queryset = Passage.objects.filter(pk__in=names)
        place.label_from_instance = lambda row: names[row.pk]

    def content(self) -> Content:
        """What was typed; a new resolution is printed."""
        self.cleaned_data["withheld"] = False
        return super().content()


class TitleForm(forms.Form):
    """The title of the new version."""

    title = forms.CharField(label=_("更正后的标题"), max_length=200, validators=[plain])


class NamesForm(forms.Form):
    """出席, 请假, 列席 as the new version prints them: one line a unit."""

    present = forms.CharField(
        label=_("出席"), max_length=8000, validators=[plain], widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("一行一个单位，写成“市发改委：张三、李四”；代会的在姓名后加括号，如“市财政局：王五（代赵六）”。"),
    )  # fmt: skip
    leave = forms.CharField(
        label=_("请假"),
        max_length=4000,
        required=False,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    observers = forms.CharField(
        label=_("列席"), max_length=4000, required=False, validators=[plain], widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("只写单位的，一行写一个单位全称。"),
    )  # fmt: skip

    def texts(self) -> Texts:
        """Label → lines."""
        data = self.cleaned_data
        return {"出席": data["present"], "请假": data["leave"], "列席": data["observers"]}


def names_initial(texts: Texts) -> dict[str, str]:
    """The lists as the form shows them."""
    return {"present": texts["出席"], "leave": texts["请假"], "observers": texts["列席"]}


class CorrectionAnswerForm(forms.Form):
    """A unit's answer to a correction: 无意见 or 不同意."""

    reply = forms.ChoiceField(
        label=_("反馈意见"),
        choices=[(row.value, row.label) for row in (Reply.AGREE, Reply.OPPOSE)],
        widget=forms.RadioSelect,
    )
    authorised_by = forms.CharField(
        label=_("本单位审签人"),
        max_length=40,
        required=False,
        validators=[plain],
        help_text=_("本单位同意这个意见的负责同志姓名；没有填写的，须上传盖章回函。"),
    )
    reason = forms.CharField(
        label=_("不同意的理由"),
        max_length=2000,
        required=False,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    proof = UploadField(label=_("盖章回函（可不传）"), required=False)
    source_note = forms.CharField(
        label=_("代录来源"),
        max_length=80,
        required=False,
        validators=[plain],
        help_text=_("例如：电话，某时由该局办公室告知；或：纸质回函。"),
    )

    def __init__(self, *args: Any, on_behalf: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not on_behalf:
            del self.fields["source_note"]


class LetterForm(forms.Form):
    """The number of the 更正通知, as its issuer gives it."""

    letter_number = forms.CharField(
        label=_("更正通知文号"),
        max_length=60,
        required=False,
        validators=[plain],
        help_text=_("以市卫健委名义发文的，填写其文号；没有的可以空着。"),
    )


class StopMinutesForm(forms.Form):
    """停止使用 of a 纪要. Only the office gives name, day and scan: the convener's own act needs none."""

    reason = forms.CharField(
        label=_("停止使用的原因"),
        max_length=500,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明错在何处，通知中照录。"),
    )
    letter_number = forms.CharField(
        label=_("通知文号"),
        max_length=60,
        required=False,
        validators=[plain],
        help_text=_("停止使用通知以牵头单位的文号发出的，在此填写。"),
    )
    name = forms.CharField(label=_("批准人（召集人）姓名"), max_length=60, validators=[plain])
    stopped_on = DateField(label=_("批准日期"), help_text=_("原件上的完整日期，自当日起停止使用。"))
    scan = UploadField(label=_("召集人签批件扫描件"))

    def __init__(self, *args: Any, on_line: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if on_line:
            for name in ("name", "stopped_on", "scan"):
                del self.fields[name]
