"""The live record (会议记录): opening and closing are journalled, a save of a block is a revision.

An autosave writes no audit line: it must not queue behind the journal's chain (security.md "Audit").
"""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common import audit, workflow
from apps.common.errors import Refused
from apps.duties.models import Duty
from apps.meetings import permissions
from apps.meetings.enums import MeetingState
from apps.meetings.models import AgendaItem, BlockRevision, BlockUnit, Meeting, RecordBlock
from apps.roster.enums import AssignmentRole, PostKind
from apps.roster.models import Unit
from apps.roster.selectors import holders

from .signin import prepare_list

# What a save may carry besides the text; anything else is not a field of a block.
FIELDS = ("unit", "speaker", "due_on", "recurrence", "is_standing", "all_support", "in_principle")


class StaleBlockError(Exception):
    """Somebody else saved first. `block` is the row as it is now; nothing was written."""

    def __init__(self, block: RecordBlock) -> None:
        super().__init__(f"block {block.pk} is at version {block.version}")
        self.block = block


@transaction.atomic
def start_recording(
    meeting: Meeting, *, chair: str, by: Any, chair_basis: str = "", recorder: str = ""
) -> Meeting:
    """Open the record. C10: the convener chairs; for anybody else the basis is asked.

    Makes the sign-in list if there is none. Raises Refused without a chair, or without the basis.
    """
    chair, basis = chair.strip(), chair_basis.strip()
    conveners = {held.person.name for held in holders(PostKind.CONVENER)}
    if not chair:
        raise Refused("请填写主持人。", meeting, "start_recording")
    if chair not in conveners and not basis:
        raise Refused("主持人不是召集人：章程规定由召集人主持，请写明依据。", meeting, "start_recording")
    basis = "" if chair in conveners else basis
    fresh = workflow.move(
        meeting,
        "start_recording",
        by=by,
        reason=basis,
        chair=chair,
        chair_basis=basis,
        recorder=recorder.strip(),
    )
    if not fresh.attendance.exists():
        prepare_list(fresh, by=by)
    return fresh


@transaction.atomic
def close_recording(meeting: Meeting, *, by: Any) -> Meeting:
    """Freeze the record. The end is now when the meeting began within the last day, else what the plan says.

    Raises PermissionDenied, Refused (not being recorded, nobody signed in).
    """
    now = timezone.now().replace(second=0, microsecond=0)
    fits = 0 <= (now - meeting.starts_at).total_seconds() <= 86400
    return workflow.move(meeting, "close_recording", by=by, ends_at=now if fits else meeting.ends_at)


def _open_record(meeting_id: int, by: Any) -> Meeting:
    meeting = Meeting.objects.select_for_update().get(pk=meeting_id)
    _may_write(meeting, by)
    return meeting


def _may_write(meeting: Meeting, by: Any) -> None:
    if not permissions.runs_office(by):
        raise PermissionDenied(f"record meeting {meeting.pk}")
    if meeting.state != MeetingState.RECORDING:
        raise Refused(f"会议{meeting.get_state_display()}，会议记录不能修改。", meeting, "record")


def _locked(block: RecordBlock, by: Any) -> RecordBlock:
    """The block, locked, of a record that is open. One query."""
    # The meeting too: a save that meets 结束记录 must not slip into a record already frozen.
    rows = RecordBlock.objects.select_for_update(of=("self", "meeting")).select_related("meeting")
    fresh = rows.get(pk=block.pk)
    _may_write(fresh.meeting, by)
    return fresh


@transaction.atomic
def add_block(
    agenda_item: AgendaItem, *, kind: str, by: Any, text: str = "", unit: Unit | None = None
) -> RecordBlock:
    """A new last block under an agenda item, version 1. Raises PermissionDenied, Refused, ValidationError."""
    meeting = _open_record(agenda_item.meeting_id, by)
    last = agenda_item.blocks.aggregate(last=Max("position"))["last"] or 0
    block = RecordBlock(
        meeting=meeting, agenda_item=agenda_item, kind=kind, text=text, unit=unit, position=last + 1,
        updated_by=by, updated_at=timezone.now(),
    )  # fmt: skip
    block.full_clean()
    block.save()
    _revise(block, _content(block, [], [], []), by)
    return block


@transaction.atomic
def save_block(
    block: RecordBlock,
    *,
    version: int,
    text: str,
    by: Any,
    leads: list[Unit] | None = None,
    supports: list[Unit] | None = None,
    duties: list[Duty] | None = None,
    **fields: Any,
) -> RecordBlock:
    """Save one block over the version its writer saw; a revision keeps what was saved.

    `fields` are members of FIELDS. `leads` keep the order in which they are given. Lists left None stay
    as they are. Raises StaleBlockError, PermissionDenied, Refused, ValidationError.
    """
    fresh = _locked(block, by)
    if fresh.version != version:
        raise StaleBlockError(fresh)
    if fresh.deleted_at is not None:
        raise Refused("这一段已被删除，请先撤销删除。", fresh.meeting, "record")
    for name in FIELDS:
        if name in fields:
            setattr(fresh, name, fields[name])
    fresh.text = text
    _check(fresh)
    fresh.version += 1
    fresh.updated_by, fresh.updated_at = by, timezone.now()
    if leads is not None or supports is not None:
        _set_parts(fresh, leads or [], [] if fresh.all_support else supports or [])
    if duties is not None:
        fresh.duties.set(duties)
    fresh.save(update_fields=["text", "version", "updated_by", "updated_at", *FIELDS])
    _revise(fresh, _content(fresh, leads, [] if fresh.all_support else supports, duties), by)
    return fresh


def _check(block: RecordBlock) -> None:
    """Lengths, characters, at most one way of saying by when. No query: foreign keys are rows already."""
    block.clean_fields(exclude=["meeting", "agenda_item", "unit", "updated_by"])
    chosen = [bool(block.due_on), bool(block.recurrence.strip()), block.is_standing]
    if sum(chosen) > 1:
        raise ValidationError({"due_on": _("完成时限、定期要求、长期坚持只能选一种。")})


def _set_parts(block: RecordBlock, leads: list[Unit], supports: list[Unit]) -> None:
    """Make the parts these, in this order; a lead does not also support. Equal parts are left alone."""
    leading = {unit.pk for unit in leads}
    wanted = [(unit.pk, AssignmentRole.LEAD, place) for place, unit in enumerate(leads, 1)]
    wanted += [
        (unit.pk, AssignmentRole.SUPPORT, place)
        for place, unit in enumerate((unit for unit in supports if unit.pk not in leading), 1)
    ]
    present = list(block.parts.values_list("unit_id", "role", "position"))
    if sorted(present) != sorted((pk, str(role), place) for pk, role, place in wanted):
        block.parts.all().delete()
        BlockUnit.objects.bulk_create(
            BlockUnit(block=block, unit_id=pk, role=role, position=place) for pk, role, place in wanted
        )


def _content(
    block: RecordBlock, leads: list[Unit] | None, supports: list[Unit] | None, duties: list[Duty] | None
) -> dict[str, Any]:
    """What a revision keeps: codes and plain values, readable without the other tables."""
    due: date | None = block.due_on
    return {
        "text": block.text,
        "unit": block.unit.code if block.unit else "",
        "speaker": block.speaker,
        "in_principle": block.in_principle,
        "due_on": due.isoformat() if due else "",
        "recurrence": block.recurrence,
        "is_standing": block.is_standing,
        "all_support": block.all_support,
        "leads": [unit.code for unit in leads or []],
        "supports": [unit.code for unit in supports or []],
        "duties": [duty.code for duty in duties or []],
    }


def _revise(block: RecordBlock, content: dict[str, Any], by: Any) -> None:
    BlockRevision.objects.create(
        block=block, version=block.version, content=content, saved_by=by, saved_at=block.updated_at
    )


def _touch(block: RecordBlock, content: dict[str, Any], by: Any, *fields: str) -> RecordBlock:
    block.version += 1
    block.updated_by, block.updated_at = by, timezone.now()
    block.save(update_fields=["version", "updated_by", "updated_at", *fields])
    _revise(block, content, by)
    return block


@transaction.atomic
def delete_block(block: RecordBlock, *, by: Any) -> RecordBlock:
    """Take a block out of the record; it is kept and can be brought back until the record is closed."""
    fresh = _locked(block, by)
    if fresh.deleted_at is None:
        fresh.deleted_at = timezone.now()
        _touch(fresh, {"deleted": True}, by, "deleted_at")
    return fresh


@transaction.atomic
def restore_block(block: RecordBlock, *, by: Any) -> RecordBlock:
    """撤销: bring a deleted block back to where it was."""
    fresh = _locked(block, by)
    if fresh.deleted_at is not None:
        fresh.deleted_at = None
        _touch(fresh, {"deleted": False}, by, "deleted_at")
    return fresh


@transaction.atomic
def shift_block(block: RecordBlock, *, step: int, by: Any) -> None:
    """Move a block one place up (step −1) or down (step 1) among the live blocks of its item."""
    fresh = _locked(block, by)
    live = RecordBlock.objects.filter(agenda_item=fresh.agenda_item_id, deleted_at__isnull=True)
    rows = list(live.select_for_update(of=("self",)).order_by("position", "id"))
    places = [row.pk for row in rows]
    if fresh.pk not in places:
        return
    there = places.index(fresh.pk) + step
    if 0 <= there < len(rows):
        rows.insert(there, rows.pop(places.index(fresh.pk)))
    for place, row in enumerate(rows, 1):
        if row.position != place:
            row.position = place
            row.save(update_fields=["position"])


@transaction.atomic
def split_block(block: RecordBlock, *, by: Any) -> list[RecordBlock]:
    """Each line of a pasted text becomes a block of its own kind, right below the first."""
    fresh = _locked(block, by)
    lines = [line.strip() for line in fresh.text.splitlines() if line.strip()]
    if len(lines) < 2 or fresh.agenda_item is None:
        raise Refused("只有一行，不需要拆分。", fresh.meeting, "split")
    if len(lines) > 100:
        raise Refused("行数太多（超过100行），请分批粘贴。", fresh.meeting, "split")
    later = RecordBlock.objects.filter(agenda_item=fresh.agenda_item_id, position__gt=fresh.position)
    for row in later.select_for_update(of=("self",)):
        row.position += len(lines) - 1
        row.save(update_fields=["position"])
    fresh.text = lines[0]
    _touch(fresh, {"text": fresh.text, "split": len(lines)}, by, "text")
    made = [fresh]
    for offset, line in enumerate(lines[1:], 1):
        new = add_block(fresh.agenda_item, kind=fresh.kind, text=line, unit=fresh.unit, by=by)
        new.position = fresh.position + offset
        new.save(update_fields=["position"])
        made.append(new)
    return made


@transaction.atomic
def add_spot_item(meeting: Meeting, *, title: str, by: Any, reporter_unit: Unit | None = None) -> AgendaItem:
    """临时议题: an item the meeting took up on the spot, at the end of the agenda."""
    fresh = workflow.lock(meeting)
    _may_write(fresh, by)
    seq = (fresh.agenda.aggregate(last=Max("seq"))["last"] or 0) + 1
    item = AgendaItem(
        meeting=fresh, seq=seq, title=title, reporter_unit=reporter_unit, added_on_the_spot=True
    )
    item.full_clean()
    workflow.save_with_history(item, by=by, why="临时议题")
    audit.record(by=by, verb="add_spot_item", label="加入临时议题", obj=fresh, detail={"reason": item.title})
    return item
