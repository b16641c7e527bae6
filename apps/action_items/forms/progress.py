"""A report in a minute, asking for completion, closing, a word on a report."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.action_items.enums import SelfAssessment
from apps.action_items.models import ActionItem, ProgressReport
from apps.action_items.services import Progress, ask_close, enter_confirmation
from apps.common.files import FilesField, UploadField
from apps.common.forms import DateField
from apps.roster.models import Unit
from apps.roster.selectors import today, units

# What one tap says; the last is for everything else.
NOTHING_NEW = (
    _("按计划推进，本期没有新情况"),
    _("正在等上级文件或批复"),
    _("正在等配合单位的材料"),
    _("正在走采购、立项等程序"),
)
NO_SOURCE = _("代录须写明来源，例如“电话，张三”或“来函”。")
WHEN_BLOCKED = _("自评为“受阻”时必填。")
ROWS_SHORT, ROWS_LONG = {"rows": 2}, {"rows": 4}


class Speaker(forms.Form):
    """In whose name. `acting` are the units the user speaks for, `others` ids of those for which only as the office.

    For one of `others` (代录) the source is asked for. With `chosen` the form keeps to that unit.
    """

    unit = forms.ChoiceField(label=_("单位"))
    source_note = forms.CharField(
        label=_("代录来源"), max_length=80, required=False, error_messages={"required": NO_SOURCE},
        help_text=_("谁、以何种方式告知，例如“电话，经办人”或“来函”。"),
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        acting: list[Unit],
        others: Collection[int],
        chosen: Unit | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        chosen = acting[0] if len(acting) == 1 else chosen
        self.acting = {str(unit.pk): unit for unit in acting}
        field = self.fields["unit"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(key, unit.short_name) for key, unit in self.acting.items()]
        if chosen is not None:
            field.initial, field.widget = str(chosen.pk), forms.HiddenInput()
        asked = [unit.pk in others for unit in ([chosen] if chosen is not None else acting)]
        self.fields["source_note"].required = all(
            asked
        )  # one's own unit among them: the services ask where it is due
        if not any(asked):
            self.fields["source_note"].widget = forms.HiddenInput()

    @property
    def speaker(self) -> Unit:
        """The unit that speaks."""
        return self.acting[self.cleaned_data["unit"]]


class _Said(Speaker):
    """What every report has."""

    text = forms.CharField(label=_("进展情况"), max_length=4000, widget=forms.Textarea(attrs=ROWS_LONG))


class ReportForm(_Said):
    """报进展: prefilled with the last report, so that a phone needs a minute. Supports do not assess the matter."""

    assessment = forms.ChoiceField(
        label=_("自评"), widget=forms.RadioSelect, initial=SelfAssessment.NORMAL,
        choices=[(value, label) for value, label in SelfAssessment.choices if value != SelfAssessment.CLOSING],
    )  # fmt: skip
    problem = forms.CharField(
        label=_("存在问题"), max_length=2000, required=False, widget=forms.Textarea(attrs=ROWS_SHORT),
        help_text=_("自评为“受阻”时必填，请写明卡在哪里。"),
    )  # fmt: skip
    need = forms.CharField(
        label=_("需要什么支持"), max_length=500, required=False, widget=forms.Textarea(attrs=ROWS_SHORT),
        help_text=WHEN_BLOCKED,
    )  # fmt: skip
    need_from = forms.ChoiceField(
        label=_("需要哪个单位支持"), required=False,
        help_text=_("自评为“受阻”时选填；该单位会收到提醒，并能看到本事项。"),
    )  # fmt: skip
    next_step = forms.CharField(
        label=_("下一步"), max_length=2000, required=False, widget=forms.Textarea(attrs=ROWS_SHORT)
    )
    reported_on = DateField(label=_("日期"))
    uploads = FilesField(label=_("附件"), required=False)

    def __init__(self, *args: Any, last: ProgressReport | None, leading: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, initial=carried_over(last), **kwargs)
        self.members = {str(unit.pk): unit for unit in units()}
        chosen = self.fields["need_from"]
        if isinstance(chosen, forms.ChoiceField):
            chosen.choices = [
                ("", _("不指定单位")),
                *((key, row.short_name) for key, row in self.members.items()),
            ]
        if not leading:
            for name in ("assessment", "need", "need_from"):
                del self.fields[name]
            self.fields["problem"].help_text = ""
            self.fields["text"].label = _("补充情况")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("assessment") == SelfAssessment.BLOCKED:
            missing = {name: WHEN_BLOCKED for name in ("problem", "need") if not data.get(name, "").strip()}
            if missing:
                raise ValidationError(missing)
        return data

    def said(self) -> Progress:
        """What the services take."""
        data = self.cleaned_data
        return Progress(
            text=data["text"], problem=data["problem"], next_step=data["next_step"], need=data.get("need", ""),
            need_from=self.members.get(data.get("need_from", "")),
            assessment=data.get("assessment", SelfAssessment.NORMAL), reported_on=data["reported_on"],
            source_note=data["source_note"], files=tuple(data["uploads"]),
        )  # fmt: skip


def carried_over(last: ProgressReport | None) -> dict[str, Any]:
    """What the last report said, dated today; 申请办结 is not carried over, nor words that said 无新进展."""
    if last is None:
        return {"reported_on": today()}
    closing = last.assessment == SelfAssessment.CLOSING
    return {
        "text": "" if last.nothing_new else last.text, "problem": last.problem, "next_step": last.next_step,
        "reported_on": today(), "assessment": SelfAssessment.NORMAL if closing else last.assessment,
        "unit": str(last.unit_id), "need": last.need, "need_from": str(last.need_from_id or ""),
    }  # fmt: skip


class NothingNewForm(Speaker):
    """无新进展: one tap on a reason, or one's own words."""

    why = forms.CharField(max_length=200, required=False)
    words = forms.CharField(label=_("其他原因"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (data.get("why", "").strip() or data.get("words", "").strip()):
            raise ValidationError({"words": _("请写明没有新进展的原因。")})
        return data

    def reason(self) -> str:
        """The button's words, else those typed."""
        return str(self.cleaned_data["why"] or self.cleaned_data["words"])


class ClosingForm(_Said):
    """申请办结: what was done, when it was done, proof."""

    completed_on = DateField(label=_("完成日期"))
    uploads = FilesField(label=_("佐证材料"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("完成情况")
        self.fields["completed_on"].initial = today()

    def ask(self, item: ActionItem, *, by: Any) -> ActionItem:
        """Ask for completion with what was filled in."""
        data = self.cleaned_data
        said = Progress(text=data["text"], source_note=data["source_note"], files=tuple(data["uploads"]))
        return ask_close(item, said, unit=self.speaker, completed_on=data["completed_on"], by=by)


class ConfirmForm(Speaker):
    """代录确认完成: which unit confirmed, where that is known from, the sheet if there is one."""

    scan = UploadField(label=_("确认件扫描件"), required=False)

    def enter(self, item: ActionItem, *, by: Any) -> ActionItem:
        """Keep the confirmation as filled in."""
        data = self.cleaned_data
        return enter_confirmation(
            item, unit=self.speaker, source_note=data["source_note"], scan=data["scan"], by=by
        )


class CloseForm(forms.Form):
    """办结: on which day the item counts as done."""

    closed_on = DateField(label=_("办结日期"), help_text=_("默认为单位申报的完成日期；逾期与否按此日计算。"))
    note = forms.CharField(
        label=_("审核意见"), max_length=500, required=False, widget=forms.Textarea(attrs=ROWS_SHORT)
    )


class ReviewForm(forms.Form):
    """A word on a report; needed when it is sent back."""

    verdict = forms.ChoiceField(choices=[("accept", _("已阅")), ("return", _("退回"))])
    reason = forms.CharField(max_length=1000, required=False)
