"""Reads of the recording room: one block whole, an item's order, its history, who is writing where."""

from dataclasses import dataclass
from typing import Any

from apps.common.templatetags.portal import zh_date
from apps.roster.models import Unit

from .enums import BlockEvent
from .models import BlockRevision, RecordBlock

HERE_SECONDS = 45  # a recorder's page says it is there every 20 s


def order_of(item_id: int | None) -> list[list[int]]:
    """Live blocks of an item in order, as pairs of id and version. One query."""
    rows = RecordBlock.objects.filter(agenda_item=item_id, deleted_at__isnull=True)
    return [list(row) for row in rows.order_by("position", "id").values_list("pk", "version")]


@dataclass(frozen=True, slots=True)
class Step:
    """One revision, and what its text and its other fields were before."""

    version: int
    event: str
    by: str
    at: Any
    text: str
    before: str
    others: list[tuple[str, str, str]]  # label, before, after


_LABELS = {
    "unit": "发言单位", "speaker": "发言人", "leads": "牵头单位", "supports": "配合单位", "all_support": "全体配合",
    "due_on": "完成时限", "recurrence": "定期要求", "is_standing": "长期坚持", "in_principle": "原则同意",
}  # fmt: skip


def history_of(block: RecordBlock) -> list[Step]:
    """Every revision, newest first, each with its difference to the one before. Two queries."""
    names: dict[str | None, str] = {unit.code: unit.short_name for unit in Unit.objects.all()}
    rows = list(BlockRevision.objects.filter(block=block).select_related("saved_by").order_by("version"))
    steps, last = [], dict[str, Any]()
    for row in rows:
        now = {**last, **row.content}  # a revision of an older release holds only what changed
        others = [
            (label, _words(last.get(name), names), _words(now.get(name), names))
            for name, label in _LABELS.items()
            if _words(last.get(name), names) != _words(now.get(name), names)
        ]
        if "moved" in row.content:
            was, is_now = row.content["moved"]
            others.append(("位置", f"第{was}段", f"第{is_now}段"))
        event = str(BlockEvent(row.event).label)
        before, text = last.get("text", ""), now.get("text", "")
        steps.append(Step(row.version, event, str(row.saved_by or ""), row.saved_at, text, before, others))
        last = now
    return steps[::-1]


def _words(value: Any, names: dict[str | None, str]) -> str:
    """A field of a revision as people read it: names for codes, a date in Chinese; empty when nothing is there."""
    if isinstance(value, list):
        return "、".join(str(names.get(code, code)) for code in value)
    if isinstance(value, bool):
        return "是" if value else ""
    return str(names.get(value, zh_date(value) or value)) if value else ""
