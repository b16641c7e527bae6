"""How a block of the live record is typed: which fields each kind has, and what a save carries."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.common.fields import tidy, whole_number
from apps.common.forms import DateField
from apps.duties.models import Duty
from apps.roster.models import Unit
from apps.roster.selectors import units

from .enums import BlockKind
from .grids import cells_of, check_grid
from .models import RecordBlock

LEAD_SLOTS = 4  # the order of the slots is the order in which the meeting named the leads
RECURRENCES = ("每月5日前", "每季度首月15日前", "每半年", "每年12月底前")
SPOKEN = frozenset({BlockKind.SPEECH, BlockKind.OBJECTION})


class UnreadableError(Exception):
    """What was typed cannot be saved; `form` says why."""

    def __init__(self, form: "BlockForm") -> None:
        super().__init__(form.first_error())
        self.form = form


class BlockForm(forms.Form):
    """One save of a block. Units are checked against one query's worth of units, duties against another."""

    version = forms.IntegerField(min_value=1)
    text = forms.CharField(required=False, strip=False, max_length=20000, widget=forms.Textarea)

    def __init__(self, data: Any, *, kind: str, unit: Unit | None = None) -> None:
        super().__init__(data)
        self.kind = kind
        # The unit the block has already is known: a speech typed on asks for no list of units.
        self.units = {str(unit.pk): unit} if unit is not None else {}
        if not self._named(data) <= self.units.keys():
            self.units |= {str(member.pk): member for member in units()}
        choices = [("", ""), *((pk, unit.short_name) for pk, unit in self.units.items())]
        if kind in SPOKEN:
            self.fields["unit"] = self._unit_field(choices)
            self.fields["speaker"] = forms.CharField(label=_("发言人"), required=False, max_length=40)
        if kind == BlockKind.RESOLUTION:
            self._add_resolution_fields(choices)

    @staticmethod
    def _named(data: Any) -> set[str]:
        """The units chosen anywhere in the form, as typed."""
        names = ("unit", "supports", *(f"lead_{slot}" for slot in range(1, LEAD_SLOTS + 1)))
        return {value for name in names if (value := data.get(name))}

    def _unit_field(self, choices: list[tuple[str, str]]) -> forms.Field:
        return forms.TypedChoiceField(
            label=_("单位"), choices=choices, coerce=self.units.__getitem__, empty_value=None, required=False
        )

    def _add_resolution_fields(self, choices: list[tuple[str, str]]) -> None:
        for slot in range(1, LEAD_SLOTS + 1):
            self.fields[f"lead_{slot}"] = self._unit_field(choices)
        self.fields["supports"] = forms.TypedMultipleChoiceField(
            choices=choices[1:], coerce=self.units.__getitem__, empty_value=[], required=False
        )
        self.fields["duties"] = forms.TypedMultipleChoiceField(coerce=int, empty_value=[], required=False)
        duties: Any = self.fields["duties"]
        # Whether they exist is asked once, below.
        duties.valid_value = lambda value: whole_number(value) is not None
        self.fields["due_on"] = DateField(label=_("完成时限"), required=False)
        self.fields["recurrence"] = forms.CharField(label=_("定期要求"), required=False, max_length=60)
        for name in ("is_standing", "all_support", "in_principle"):
            self.fields[name] = forms.BooleanField(required=False)

    def clean_text(self) -> str:
        """One kind of line end and no zero-width characters, as the portal keeps texts."""
        text = tidy(self.cleaned_data["text"])
        if self.kind == BlockKind.TABLE:
            check_grid(text)
        return text

    def clean_duties(self) -> list[Duty]:
        """The clauses; a number that is no clause in force is refused."""
        asked = set(self.cleaned_data["duties"])
        found = list(Duty.objects.current().filter(pk__in=asked)) if asked else []
        if len(found) != len(asked):
            raise ValidationError(_("所选职责条款不存在或已调整，请重新选择。"))
        return found

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        slots = [data.get(f"lead_{slot}") for slot in range(1, LEAD_SLOTS + 1)]
        data["leads"] = list(dict.fromkeys(unit for unit in slots if unit is not None))
        chosen = [
            bool(data.get("due_on")),
            bool((data.get("recurrence") or "").strip()),
            data.get("is_standing"),
        ]
        if sum(map(bool, chosen)) > 1:
            self.add_error("due_on", _("完成时限、定期要求、长期坚持只能选一种。"))
        return data

    def values(self) -> dict[str, Any]:
        """What the service takes, by the block's kind."""
        data, given = (
            self.cleaned_data,
            {"version": self.cleaned_data["version"], "text": self.cleaned_data["text"]},
        )
        if self.kind in SPOKEN:
            given |= {"unit": data["unit"], "speaker": data["speaker"]}
        if self.kind == BlockKind.RESOLUTION:
            names = ("leads", "supports", "duties", "due_on", "recurrence")
            flags = ("is_standing", "all_support", "in_principle")
            given |= {name: data[name] for name in (*names, *flags)}
        return given

    def first_error(self) -> str:
        """One line for the status line of the block."""
        name, texts = next(iter(self.errors.items()))
        label = self.fields[name].label if name in self.fields else ""
        return f"{label}：{texts[0]}" if label else str(texts[0])


def typed_into(data: Any, block: RecordBlock) -> dict[str, Any]:
    """What a post says of a block, for the service. Raises UnreadableError."""
    form = BlockForm(data, kind=block.kind, unit=block.unit)
    if not form.is_valid():
        raise UnreadableError(form)
    return form.values()


def dress(blocks: list[RecordBlock], duties: list[Duty]) -> list[RecordBlock]:
    """Give each block what its form shows: number among the resolutions, lead slots, clauses of its leads."""
    number = 0
    for block in blocks:
        leads = block.leads
        number += block.kind == BlockKind.RESOLUTION
        pks = [unit.pk for unit in leads]
        block.number = number  # type: ignore[attr-defined]
        block.lead_slots = [(n + 1, pks[n] if n < len(pks) else None) for n in range(LEAD_SLOTS)]  # type: ignore[attr-defined]
        block.support_pks = [unit.pk for unit in block.supports]  # type: ignore[attr-defined]
        block.grid = cells_of(block.text) if block.kind == BlockKind.TABLE else []  # type: ignore[attr-defined]
        block.duty_pks = [duty.pk for duty in block.duties.all()]  # type: ignore[attr-defined]
        block.duty_choices = [duty for duty in duties if duty.unit_id in pks]  # type: ignore[attr-defined]
    return blocks


def duties_of(unit_ids: list[int]) -> list[Duty]:
    """The clauses in force of some units, in the order of the units given. At most one query."""
    rows = Duty.objects.current().filter(unit__in=unit_ids).select_related("unit") if unit_ids else []
    return sorted(rows, key=lambda duty: (unit_ids.index(duty.unit_id or 0), duty.seq))


def lead_ids(data: Any) -> list[int]:
    """The chosen lead units of a posted or queried block form, in order; anything odd is left out."""
    found = [str(data.get(f"lead_{slot}", "")) for slot in range(1, LEAD_SLOTS + 1)]
    return list(dict.fromkeys(pk for pk in map(whole_number, found) if pk is not None))


def posted(block: RecordBlock) -> dict[str, list[str]]:
    """The fields of a block as its form posts them: name → values; what is empty is left out."""
    found: dict[str, list[str]] = {"text": [block.text]}
    if block.kind in SPOKEN:
        found |= {"unit": [str(block.unit_id or "")], "speaker": [block.speaker]}
    if block.kind == BlockKind.RESOLUTION:
        found |= {f"lead_{slot}": [str(unit.pk)] for slot, unit in enumerate(block.leads, 1)}
        found["supports"] = [str(unit.pk) for unit in block.supports]
        found["duties"] = [str(duty.pk) for duty in block.duties.all()]
        found["due_on"] = [block.due_on.isoformat() if block.due_on else ""]
        found["recurrence"] = [block.recurrence]
        for name in ("is_standing", "all_support", "in_principle"):
            found[name] = ["on"] * getattr(block, name)
    return {name: kept for name, values in found.items() if (kept := [value for value in values if value])}
