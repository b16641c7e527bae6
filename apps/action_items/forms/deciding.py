"""延期, 终止 and 合并, what was decided on paper, and 批示."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.action_items.enums import OPEN_STATES, EndingKind
from apps.action_items.models import ActionItem
from apps.action_items.services import Asked, Given, OnPaper, Proposed
from apps.common.fields import plain
from apps.common.files import FilesField, UploadField
from apps.common.forms import DateField
from apps.roster.selectors import today

from .progress import ROWS_SHORT, Speaker

ROWS_REASON = {"rows": 3}


class ExtensionForm(Speaker):
    """申请延期, by a lead unit or by the office for it; past the deadline (`late`) 逾期说明."""

    new_due = DateField(label=_("申请延至"))
    reason = forms.CharField(
        label=_("理由"), max_length=2000, widget=forms.Textarea(attrs=ROWS_REASON), validators=[plain]
    )
    applied_on = DateField(
        label=_("申请日期"), required=False, help_text=_("来函或来电的日期；时限届满前提出的才能延期。")
    )
    uploads = FilesField(label=_("佐证材料"), required=False)

    def __init__(self, *args: Any, others: Collection[int], late: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, others=others, **kwargs)
        if late:
            self.fields["new_due"].label = _("预计完成")
        if others:
            self.fields["applied_on"].initial = today()
        else:
            del self.fields["applied_on"]

    def asked(self) -> Asked:
        """What the services take."""
        data = self.cleaned_data
        return Asked(
            reason=data["reason"], new_due=data["new_due"], applied_on=data.get("applied_on"),
            source_note=data["source_note"], files=tuple(data["uploads"]),
        )  # fmt: skip


class PaperDecisionForm(forms.Form):
    """线下审批补录: what the convener wrote on the sheet."""

    granted = forms.ChoiceField(
        label=_("审批结果"), widget=forms.RadioSelect, choices=[("yes", _("同意")), ("no", _("不同意"))],
        initial="yes",
    )  # fmt: skip
    name = forms.CharField(label=_("审批人姓名"), max_length=60, validators=[plain])
    note = forms.CharField(
        label=_("审批意见"), max_length=1000, required=False, validators=[plain],
        help_text=_("照录原件；只画圈的写“圈阅”，视为同意。不同意的须写明理由。"),
    )  # fmt: skip
    decided_on = DateField(label=_("审批日期"), help_text=_("原件上的完整日期。"))
    scan = UploadField(label=_("审批件扫描件"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("granted") == "no" and not data.get("note", "").strip():
            raise ValidationError({"note": _("不同意的，请写明理由。")})
        return data

    def on_paper(self) -> OnPaper:
        """What the services take."""
        data = self.cleaned_data
        return OnPaper(
            granted=data["granted"] == "yes", name=data["name"], decided_on=data["decided_on"],
            note=data["note"], scan=data["scan"],
        )  # fmt: skip


class EndingForm(forms.Form):
    """建议终止 or 合并. `confirmed` comes from the preview of what a merger would change."""

    kind = forms.ChoiceField(label=_("方式"), widget=forms.RadioSelect, choices=EndingKind.choices)
    heir = forms.ChoiceField(
        label=_("并入哪个事项"), required=False, help_text=_("合并时选择；本事项的进展和附件仍可查阅。")
    )
    reason = forms.CharField(
        label=_("理由"), max_length=2000, widget=forms.Textarea(attrs=ROWS_REASON), validators=[plain]
    )
    add_missing = forms.BooleanField(required=False, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, item: ActionItem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = ActionItem.objects.filter(state__in=OPEN_STATES).exclude(pk=item.pk)
        self.heirs = {str(row.pk): row for row in rows.prefetch_related("parts__unit")[:2000]}
        field = self.fields["heir"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("（不合并）")), *((key, _named(row)) for key, row in self.heirs.items())]

    @property
    def chosen_heir(self) -> ActionItem | None:
        """The item it would be merged into."""
        return self.heirs.get(self.cleaned_data["heir"])

    def proposed(self) -> Proposed:
        """What the services take."""
        data = self.cleaned_data
        merge = data["kind"] == EndingKind.MERGE
        return Proposed(
            data["kind"], data["reason"], self.chosen_heir if merge else None, data["add_missing"]
        )


def _named(row: ActionItem) -> str:
    words = row.text if len(row.text) <= 40 else row.text[:39] + "…"
    return f"{row.source_label}-{row.seq} {words}"


class DirectiveForm(forms.Form):
    """批示: a leader's words as written. The convener writes his own; the office says whose they are."""

    leader = forms.CharField(
        label=_("批示人"),
        max_length=60,
        validators=[plain],
        help_text=_("职务和姓名，例如“市政府×××副市长”。"),
    )
    given_on = DateField(label=_("批示日期"))
    text = forms.CharField(
        label=_("批示内容"), max_length=2000, validators=[plain], widget=forms.Textarea(attrs=ROWS_REASON),
        help_text=_("照录原文。"),
    )  # fmt: skip
    scan = UploadField(label=_("批示件扫描件"), required=False)

    def __init__(self, *args: Any, own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if own:
            for name in ("leader", "given_on", "scan"):
                del self.fields[name]
            self.fields["text"].help_text = ""

    def given(self) -> Given:
        """What the services take."""
        data = self.cleaned_data
        return Given(data["text"], data.get("leader", ""), data.get("given_on"), data.get("scan"))


class DecideForm(forms.Form):
    """One button of several and the words that go with it."""

    verb = forms.CharField(max_length=20)
    note = forms.CharField(
        label=_("意见"), max_length=1000, required=False, validators=[plain],
        widget=forms.Textarea(attrs=ROWS_SHORT),
    )  # fmt: skip
