"""Two people saved one block, and the second has no script: which fields differ, and whose each shall be.

A form that comes back over the newer version says `take_<field>=theirs` for what shall stay as it is in the system.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.common.fields import tidy, whole_number
from apps.common.templatetags.portal import zh_date
from apps.duties.models import Duty
from apps.roster.selectors import units

from .blocks import LEAD_SLOTS, SPOKEN, posted
from .enums import BlockKind
from .models import BlockRevision, RecordBlock

LEADS = tuple(f"lead_{slot}" for slot in range(1, LEAD_SLOTS + 1))
# Fields that only make sense together are taken from one side together, as static/js/room/merge.js does.
_TEXT = {"text": (_("内容"), ("text",))}
_SPOKEN = {"unit": (_("发言单位"), ("unit",)), "speaker": (_("发言人"), ("speaker",))}
_DECIDED = {
    "leads": (_("牵头单位"), LEADS),
    "supports": (_("配合单位"), ("all_support", "supports")),
    "duties": (_("职责依据"), ("duties",)),
    "deadline": (_("完成时限"), ("due_on", "recurrence", "is_standing")),
    "in_principle": (_("原则同意"), ("in_principle",)),
}
Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Clash:
    """A field in which two saves differ, in words; `take` is the side that is marked at first."""

    name: str
    label: Any
    mine: str
    theirs: str
    take: str


def _groups(kind: str) -> dict[str, tuple[Any, tuple[str, ...]]]:
    more = _SPOKEN if kind in SPOKEN else _DECIDED if kind == BlockKind.RESOLUTION else {}
    return {**_TEXT, **more}


def _side(fields: Fields, names: Sequence[str]) -> list[list[str]]:
    """What one side says of a group, to be compared; the order counts among the leads alone."""
    values = [[tidy(value).strip() for value in fields.get(name, ()) if value.strip()] for name in names]
    if names == LEADS:
        return [[value for kept in values for value in kept]]
    return [sorted(kept) for kept in values]


def clashes(data: Any, block: RecordBlock) -> list[Clash]:
    """Where a post differs from the block as it is now, in the order of the form. At most five queries.

    What the writer had left alone since the version he saw is marked as theirs, everything else as his.
    """
    mine, theirs = dict(data.lists()), posted(block)
    groups = _groups(block.kind)
    differ = {
        name: names for name, (_label, names) in groups.items() if _side(mine, names) != _side(theirs, names)
    }
    names = _Names(mine, theirs) if differ.keys() - {"text"} else None
    base = _base(block, whole_number(data.get("version", "")) or 0, names)
    found = []
    for name, parts in differ.items():
        idle = base is not None and _side(base, parts) == _side(mine, parts)
        words = [names.words(name, side) if names else "" for side in (mine, theirs)]
        if name == "text":
            words = ["\n".join(side.get("text", ())) for side in (mine, theirs)]
        found.append(Clash(name, groups[name][0], words[0], words[1], "theirs" if idle else "mine"))
    return found


def taken(data: Any, block: RecordBlock) -> Any:
    """A post with what its writer wants from the other side put in. No query unless he wants something."""
    asked = [name for name in _groups(block.kind) if data.get(f"take_{name}") == "theirs"]
    if not asked:
        return data
    mixed, theirs = data.copy(), posted(block)
    for group in asked:
        for name in _groups(block.kind)[group][1]:
            mixed.pop(name, None)
            if name in theirs:
                mixed.setlist(name, theirs[name])
    return mixed


class _Names:
    """Units and clauses named on either side. Two queries."""

    def __init__(self, *sides: Fields) -> None:
        self.by_code = {unit.code: unit for unit in units()}
        self.units = {str(unit.pk): unit.short_name for unit in self.by_code.values()}
        typed = {whole_number(value) for side in sides for value in side.get("duties", ())}
        asked = [pk for pk in typed if pk is not None]
        self.duties = {
            str(duty.pk): duty for duty in Duty.objects.filter(pk__in=asked).select_related("unit")
        }

    def words(self, group: str, fields: Fields) -> str:
        """A group of fields as people say it; empty: nothing is chosen."""
        if group == "supports" and fields.get("all_support"):
            return str(_("全体成员单位"))
        if group == "deadline":
            return _deadline(fields)
        if group == "in_principle":
            return str(_("是") if fields.get("in_principle") else _("否"))
        names = LEADS if group == "leads" else (group,)
        known = {"duties": {pk: str(duty) for pk, duty in self.duties.items()}, "speaker": {}}
        of = known.get(group, self.units)
        return "、".join(of.get(value, value) for name in names for value in fields.get(name, ()) if value)


def _deadline(fields: Fields) -> str:
    due, recurrence = (next(iter(fields.get(name, ())), "") for name in ("due_on", "recurrence"))
    standing = str(_("长期坚持")) if fields.get("is_standing") else ""
    return "，".join(part for part in ((zh_date(due) or due) if due else "", recurrence, standing) if part)


def _base(block: RecordBlock, version: int, names: _Names | None) -> Fields | None:
    """The fields as the writer saw them, from the block's history; None where that is not kept. At most two queries."""
    row = BlockRevision.objects.filter(block=block, version=version).first()
    if row is None:
        return None
    kept: dict[str, Any] = row.content
    fields: dict[str, list[str]] = {"text": [kept.get("text", "")], "speaker": [kept.get("speaker", "")]}
    for name in ("due_on", "recurrence"):
        fields[name] = [kept.get(name, "")]
    for name in ("is_standing", "all_support", "in_principle"):
        fields[name] = ["on"] * bool(kept.get(name))
    if names is not None:
        pks = {code: str(unit.pk) for code, unit in names.by_code.items()}
        fields["unit"] = [pks.get(kept.get("unit", ""), "")]
        fields |= {f"lead_{n}": [pks.get(code, "")] for n, code in enumerate(kept.get("leads", ()), 1)}
        fields["supports"] = [pks.get(code, "") for code in kept.get("supports", ())]
        codes = kept.get("duties", ())
        fields["duties"] = (
            [str(duty.pk) for duty in Duty.objects.current().filter(code__in=codes)] if codes else []
        )
    return fields
