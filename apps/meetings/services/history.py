"""Going back to an earlier state of a block. Nothing is removed: the old state becomes the newest one."""

from datetime import date
from typing import Any

from django.db import transaction

from apps.common.errors import Refused
from apps.duties.models import Duty
from apps.meetings.enums import BlockEvent
from apps.meetings.models import BlockRevision, RecordBlock
from apps.roster.models import Unit

from .blocks import content_of, locked, set_parts, touch

_FLAGS = ("in_principle", "is_standing", "all_support")


@transaction.atomic
def revert_block(block: RecordBlock, *, to: int, version: int, by: Any) -> RecordBlock:
    """Make the state of version `to` the newest. Raises StaleBlockError, PermissionDenied, Refused."""
    fresh = locked(block, by, version=version)
    kept = BlockRevision.objects.filter(block=fresh, version=to).first()
    if kept is None or "text" not in kept.content:
        raise Refused("没有这个版本。", fresh.meeting, "revert")
    content: dict[str, Any] = {**content_of(fresh), **kept.content}
    codes = [content["unit"], *content["leads"], *content["supports"]]
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=codes)}
    due = content["due_on"]
    fresh.text, fresh.speaker, fresh.recurrence = content["text"], content["speaker"], content["recurrence"]
    fresh.unit = units.get(content["unit"])
    fresh.due_on = date.fromisoformat(due) if due else None
    fresh.in_principle, fresh.is_standing, fresh.all_support = (bool(content[name]) for name in _FLAGS)
    fresh.deleted_at = None
    leads, supports = ([units[code] for code in content[name]] for name in ("leads", "supports"))
    set_parts(fresh, leads, supports)
    fresh.duties.set(Duty.objects.filter(code__in=content["duties"]))
    return touch(fresh, BlockEvent.REVERT, by)
