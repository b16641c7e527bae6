"""Forms of the draft: facts of the paper, and one passage."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.action_items import recurrence
from apps.common.fields import plain, whole_number
from apps.common.forms import DateField, ManyField, UnitCheckboxes
from apps.duties.models import Duty
from apps.minutes.enums import PassageKind
from apps.minutes.models import Minutes, Passage
from apps.minutes.services.drafting import Content
from apps.roster.models import Unit

LEADS = 4  # lead units that one resolution may name
PUBLICITY = [(word, word) for word in ("此件不公开", "依申请公开", "主动公开")]


def _numbers(given: Iterable[Any]) -> list[int]:
    """The ids among what was posted; anything else is left to the fields, which complain of it."""
    found = (whole_number(str(pk)) for pk in given if pk)
    return [pk for pk in found if pk is not None]


class FactsForm(forms.ModelForm):
    """办文要素."""

    publicity = forms.ChoiceField(label=_("公开属性"), choices=PUBLICITY)

    class Meta:
        model = Minutes
        fields = ("title", "publicity", "secrecy_checked", "no_resolutions")
        help_texts = {
            "title": _("印在红线下面。征求意见之后再改，会重新征求各单位意见。"),
            "secrecy_checked": _("确认内容不涉及国家秘密和工作秘密。送核稿前必须完成。"),
            "no_resolutions": _("只在会议确实没有议定事项时勾选。"),
        }


class PassageForm(forms.Form):
    """One passage. For a resolution: units in the order named, one kind of deadline, duties."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("文字"),
        max_length=8000,
        required=False,
        strip=True,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("序号、责任单位和时限由系统生成，这里不用写。"),
    )
    supports = ManyField(Unit.objects.none(), label=_("配合单位"), required=False, widget=UnitCheckboxes)
    all_support = forms.BooleanField(label=_("全体成员单位配合"), required=False)
    due_on = DateField(label=_("完成时限"), required=False)
    recurrence = forms.CharField(
        label=_("定期要求"),
        max_length=60,
        required=False,
        validators=[plain],
        help_text=_("例如：每季度首月15日前、每月5日前、每半年。"),
    )
    is_standing = forms.BooleanField(label=_("长期坚持"), required=False)
    duties = ManyField(
        Duty.objects.none(),
        label=_("职责依据"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("牵头单位与这件事有关的职责条款。"),
    )
    in_principle = forms.BooleanField(label=_("原则同意"), required=False)
    opens_item = forms.BooleanField(
        label=_("列入督办台账"),
        required=False,
        help_text=_("印发后交办给牵头单位并跟踪督促；须有牵头单位和时限。"),
    )
    withheld = forms.BooleanField(
        label=_("存议（不印入纪要）"), required=False, help_text=_("意见不一致、暂不议定的事项。")
    )

    def __init__(self, *args: Any, passage: Passage, **kwargs: Any) -> None:
        self.passage = passage
        kwargs["initial"] = passage_initial(passage) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        if passage.kind != PassageKind.RESOLUTION:
            for name in set(self.fields) - {"version", "text"}:
                del self.fields[name]
            return
        units = Unit.objects.active()
        self.fields["supports"].queryset = units  # type: ignore[attr-defined]
        duties: Any = self.fields["duties"]
        duties.queryset = self._duties()
        duties.label_from_instance = lambda duty: f"{duty.unit}：{duty.text}"
        for n in range(1, LEADS + 1):
            label = _("牵头单位") if n == 1 else _("牵头单位（第%(n)s个）") % {"n": n}
            self.fields[f"lead_{n}"] = forms.ModelChoiceField(
                units, label=label, required=False, empty_label="（空）"
            )

    def _duties(self) -> Any:
        chosen = self.data.getlist("duties") if hasattr(self.data, "getlist") else []
        leads = [self.data.get(f"lead_{n}") for n in range(1, LEADS + 1)]
        ids = _numbers(leads) or [unit.pk for unit in self.passage.leads]
        rows = Duty.objects.current().filter(unit__in=ids)
        kept = _numbers(chosen) + [duty.pk for duty in self.passage.duties.all()]
        return (rows | Duty.objects.filter(pk__in=kept)).select_related("unit").distinct()

    @property
    def lead_fields(self) -> list[Any]:
        """The boxes of the lead units, in order."""
        return [self[f"lead_{n}"] for n in range(1, LEADS + 1) if f"lead_{n}" in self.fields]

    @property
    def is_resolution(self) -> bool:
        """True when units, deadline and duties are shown."""
        return "supports" in self.fields

    def clean_recurrence(self) -> str:
        """A recurrence the ledger can count with. Raises ValidationError otherwise."""
        text = self.cleaned_data["recurrence"].strip()
        if text:
            recurrence.check(text)
        return text

    def clean(self) -> dict[str, Any]:
        """One kind of deadline; nobody leads and supports."""
        data = super().clean() or {}
        if not self.is_resolution:
            return data
        if (
            sum(
                (data.get("due_on") is not None, bool(data.get("recurrence")), data.get("is_standing", False))
            )
            > 1
        ):
            self.add_error("due_on", _("完成时限、定期要求和长期坚持只能选一种。"))
        leads = self._leads(data)
        if len({unit.pk for unit in leads}) != len(leads):
            self.add_error("lead_1", _("牵头单位有重复。"))
        both = {unit.pk for unit in leads} & {unit.pk for unit in data.get("supports") or ()}
        if both and not data.get("all_support"):
            self.add_error("supports", _("同一单位不能既牵头又配合。"))
        return data

    def _leads(self, data: dict[str, Any]) -> list[Unit]:
        return [unit for n in range(1, LEADS + 1) if (unit := data.get(f"lead_{n}")) is not None]

    def content(self) -> Content:
        """What was typed, for `services.edit_passage`. Supports keep the order in which the meeting named them."""
        data = self.cleaned_data
        if not self.is_resolution:
            return Content(text=data["text"])
        named = [unit.pk for unit in self.passage.supports]
        supports = sorted(
            data["supports"], key=lambda u: (named.index(u.pk) if u.pk in named else len(named), u.order)
        )
        return Content(
            text=data["text"], leads=self._leads(data), supports=supports, all_support=data["all_support"],
            due_on=data["due_on"], recurrence=data["recurrence"], is_standing=data["is_standing"],
            duties=list(data["duties"]), in_principle=data["in_principle"], opens_item=data["opens_item"],
            withheld=data["withheld"],
        )  # fmt: skip


def passage_initial(passage: Passage) -> dict[str, Any]:
    """The row as the form shows it."""
    plain_fields = (
        "version", "text", "all_support", "due_on", "recurrence", "is_standing", "in_principle", "opens_item",
        "withheld",
    )  # fmt: skip
    found: dict[str, Any] = {name: getattr(passage, name) for name in plain_fields}
    found |= {"supports": [u.pk for u in passage.supports], "duties": [d.pk for d in passage.duties.all()]}
    return found | {f"lead_{n}": unit.pk for n, unit in enumerate(passage.leads, 1)}
