"""Blocks of the live record: each save is a revision that holds the whole block as it then was.

An autosave writes no audit line: it must not queue behind the journal's chain (security.md "Audit").
"""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.errors import Refused
from apps.duties.models import Duty
from apps.meetings.enums import BlockEvent, BlockKind
from apps.meetings.grids import check_grid
from apps.meetings.models import AgendaItem, BlockRevision, BlockUnit, Meeting, RecordBlock
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit

from .recording import may_write

M = TypeVar("M", bound=models.Model)

# What a save may carry besides the text; anything else is not a field of a block.
FIELDS = ("unit", "speaker", "due_on", "recurrence", "is_standing", "all_support", "in_principle")
LONGEST = 20_000  # characters of one block
MOST_LINES = 100  # blocks one split may make
SAVED = ("text", "version", "updated_by", "updated_at", "deleted_at", "merged_into", *FIELDS)
# The one read of an autosave. Written out: putting together a join of three tables took three times as long.
_LOCK = """
SELECT block.*, meeting.state AS meeting_state, meeting.title AS meeting_title,
    unit.code AS unit_code, unit.short_name AS unit_short_name
FROM meetings_recordblock block
JOIN meetings_meeting meeting ON meeting.id = block.meeting_id
LEFT JOIN roster_unit unit ON unit.id = block.unit_id
WHERE block.id = %s
"""


class StaleBlockError(Exception):
    """Somebody else saved first, or deleted the block. `block` is the row as it is now; nothing was written."""

    def __init__(self, block: RecordBlock) -> None:
        super().__init__(f"block {block.pk} is at version {block.version}")
        self.block = block


def locked(block: RecordBlock, by: Any, *, version: int | None = None) -> RecordBlock:
    """The block, locked, of a record that is open, at the version its writer saw. One query.

    Raises StaleBlockError when `version` is given and is not the present one.
    """
    fresh = _read_locked(block.pk)
    may_write(fresh.meeting, by)
    if version is not None and fresh.version != version:
        raise StaleBlockError(fresh)
    return fresh


def _fits(block: RecordBlock, since: int) -> None:
    """A save over a version may go on where nothing but the place changed since. Raises StaleBlockError. One query at most.

    What depends on the place itself (合并, 拆分) is strict: see `locked`.
    """
    if block.version == since:
        return
    later = BlockRevision.objects.filter(block=block, version__gt=since).values_list("event", flat=True)
    if since > block.version or set(later) != {BlockEvent.MOVE}:
        raise StaleBlockError(block)


def _read_locked(pk: int) -> RecordBlock:
    """The block with state and title of its meeting and the names of its unit; what else those hold is read when asked."""
    # The meeting too: a save that meets 结束记录 must not slip into a record already frozen. The meeting first, as every
    # other act has it: in the other order an autosave and a new block of the same item wait for each other.
    lock = "FOR UPDATE OF meeting, block" if connection.features.has_select_for_update else ""
    rows: Any = RecordBlock.objects.raw(f"{_LOCK}{lock}", [pk])
    for row in rows:
        row.meeting = _partly(Meeting, id=row.meeting_id, title=row.meeting_title, state=row.meeting_state)
        if (
            row.unit_code is not None
        ):  # one chosen while this waited for the lock is not in the row: read when asked
            row.unit = _partly(Unit, id=row.unit_id, code=row.unit_code, short_name=row.unit_short_name)
        block: RecordBlock = row
        return block
    raise RecordBlock.DoesNotExist(f"block {pk}")


def _partly(model: type[M], **known: Any) -> M:
    """A row of which only some columns were read; Django reads the others when they are asked for."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname in known]
    return model.from_db(connection.alias, names, [known[name] for name in names])


def _open_meeting(meeting_id: int, by: Any) -> Meeting:
    meeting = Meeting.objects.select_for_update().get(pk=meeting_id)
    may_write(meeting, by)
    return meeting


@transaction.atomic
def add_block(
    agenda_item: AgendaItem,
    *,
    kind: str,
    by: Any,
    text: str = "",
    unit: Unit | None = None,
    client_key: UUID | None = None,
    after: RecordBlock | None = None,
    began_at: Any = None,
) -> RecordBlock:
    """A new block, version 1: right below `after` if that is a block of the item, else the last one.

    `client_key` names the wish: sent twice, it makes one block. Raises PermissionDenied, Refused, ValidationError.
    """
    meeting = _open_meeting(agenda_item.meeting_id, by)
    known = RecordBlock.objects.filter(meeting=meeting, client_key=client_key) if client_key else None
    if known and (made := known.first()) is not None:
        return made
    now = timezone.now()
    block = RecordBlock(
        meeting=meeting, agenda_item=agenda_item, kind=kind, text=text, unit=unit, client_key=client_key,
        position=_place_below(agenda_item, after), began_at=began_at or now, updated_by=by, updated_at=now,
    )  # fmt: skip
    block.full_clean()
    _check(block)
    block.save()
    revise(block, BlockEvent.ADD, by)
    return block


def _place_below(item: AgendaItem, after: RecordBlock | None) -> int:
    """The position of a new block. Those below move down by one; their words and versions stay."""
    if after is None or after.agenda_item_id != item.pk:
        return int(item.blocks.aggregate(last=Max("position"))["last"] or 0) + 1
    place: int = RecordBlock.objects.values_list("position", flat=True).get(pk=after.pk)
    later = RecordBlock.objects.filter(agenda_item=item).exclude(pk=after.pk)
    for row in later.select_for_update(of=("self",)):
        # Equal positions stand in the order of their making.
        if (row.position, row.pk) > (place, after.pk):
            row.position += 1
            row.save(update_fields=["position"])
    return place + 1


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
    given = {"text": text, "leads": leads, "supports": supports, "duties": duties, **fields}
    fresh = locked(block, by)
    _fits(fresh, version)
    return _write(fresh, by, given)


@transaction.atomic
def save_typed(pk: int, read: Callable[[RecordBlock], dict[str, Any]], *, by: Any) -> RecordBlock:
    """The autosave: like `save_block`, with what was typed read by `read` once the block is locked.

    What a form carries hangs on the kind of the block, so the row would be read twice: before, and under the lock.
    Raises RecordBlock.DoesNotExist, what `read` raises, and what `save_block` raises.
    """
    fresh = locked(RecordBlock(pk=pk), by)
    given = read(fresh)
    _fits(fresh, given.pop("version"))
    return _write(fresh, by, given)


def _write(fresh: RecordBlock, by: Any, given: dict[str, Any]) -> RecordBlock:
    """Save what was given of a locked block, in whose version the writer saw it."""
    if fresh.deleted_at is not None:
        raise StaleBlockError(fresh)
    for name in ("text", *FIELDS):
        if name in given:
            setattr(fresh, name, given[name])
    _check(fresh)
    leads, supports, duties = (given.get(name) for name in ("leads", "supports", "duties"))
    if leads is not None or supports is not None:
        present = parts_of(fresh)
        kept = present[0] if leads is None else leads
        helping = present[1] if supports is None else supports
        set_parts(fresh, kept, [] if fresh.all_support else helping)
    if duties is not None:
        fresh.duties.set(duties)
    return touch(fresh, BlockEvent.SAVE, by, duties=duties)


def _check(block: RecordBlock) -> None:
    """Lengths, characters, at most one way of saying by when. No query: foreign keys are rows already."""
    apart = ["meeting", "agenda_item", "unit", "updated_by", "merged_into", "client_key"]
    block.clean_fields(exclude=apart)
    chosen = [bool(block.due_on), bool(block.recurrence.strip()), block.is_standing]
    if sum(chosen) > 1:
        raise ValidationError({"due_on": _("完成时限、定期要求、长期坚持只能选一种。")})
    if block.kind == BlockKind.TABLE:
        check_grid(block.text)


def parts_of(block: RecordBlock) -> tuple[list[Unit], list[Unit]]:
    """Leads and supports as they are in the tables, in order. One query."""
    rows = list(block.parts.select_related("unit").order_by("position"))
    lead, support = AssignmentRole.LEAD, AssignmentRole.SUPPORT
    return [row.unit for row in rows if row.role == lead], [row.unit for row in rows if row.role == support]


def set_parts(block: RecordBlock, leads: list[Unit], supports: list[Unit]) -> None:
    """Make the parts these, in this order; a lead does not also support. Equal parts are left alone."""
    leading = {unit.pk for unit in leads}
    wanted = [(unit.pk, str(AssignmentRole.LEAD), place) for place, unit in enumerate(leads, 1)]
    wanted += [
        (unit.pk, str(AssignmentRole.SUPPORT), place)
        for place, unit in enumerate((unit for unit in supports if unit.pk not in leading), 1)
    ]
    present = list(block.parts.values_list("unit_id", "role", "position"))
    if sorted(present) != sorted(wanted):
        block.parts.all().delete()
        BlockUnit.objects.bulk_create(
            BlockUnit(block=block, unit_id=pk, role=role, position=place) for pk, role, place in wanted
        )


def content_of(block: RecordBlock, duties: list[Duty] | None = None) -> dict[str, Any]:
    """The whole block as codes and plain values, readable without the other tables."""
    is_resolution = block.kind == BlockKind.RESOLUTION
    leads, supports = parts_of(block) if is_resolution else ([], [])
    if duties is None:
        duties = list(block.duties.all()) if is_resolution else []
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
        "leads": [unit.code for unit in leads],
        "supports": [unit.code for unit in supports],
        "duties": [duty.code for duty in duties],
        "deleted": block.deleted_at is not None,
    }


def revise(
    block: RecordBlock, event: BlockEvent, by: Any, duties: list[Duty] | None = None, **more: Any
) -> None:
    """Keep the block as it is now as a revision; `more` says what its content alone does not."""
    BlockRevision.objects.create(
        block=block, version=block.version, event=event, content=content_of(block, duties) | more,
        saved_by=by, saved_at=block.updated_at,
    )  # fmt: skip


def touch(
    block: RecordBlock, event: BlockEvent, by: Any, *, duties: list[Duty] | None = None, **more: Any
) -> RecordBlock:
    """Save a changed block under a new version, with its revision."""
    block.version += 1
    block.updated_by, block.updated_at = by, timezone.now()
    block.save(update_fields=list(SAVED))
    revise(block, event, by, duties, **more)
    return block


@transaction.atomic
def delete_block(block: RecordBlock, *, by: Any, version: int | None = None) -> RecordBlock:
    """Take a block out of the record; it is kept and can be brought back until the record is closed."""
    fresh = locked(block, by, version=version)
    if fresh.deleted_at is None:
        fresh.deleted_at = timezone.now()
        touch(fresh, BlockEvent.DELETE, by)
    return fresh


@transaction.atomic
def restore_block(block: RecordBlock, *, by: Any) -> RecordBlock:
    """撤销: bring a deleted block back to where it was; a joined one is taken out of the block above again."""
    fresh = locked(block, by)
    if fresh.deleted_at is None:
        return fresh
    upper, fresh.merged_into, fresh.deleted_at = fresh.merged_into, None, None
    touch(fresh, BlockEvent.RESTORE, by)
    tail = f"\n{fresh.text}"
    if upper is not None and fresh.text and upper.text.endswith(tail) and upper.deleted_at is None:
        upper.text = upper.text[: -len(tail)]
        touch(upper, BlockEvent.SPLIT, by)
    return fresh


def _live_rows(item_id: int | None) -> list[RecordBlock]:
    live = RecordBlock.objects.filter(agenda_item=item_id, deleted_at__isnull=True)
    return list(live.select_for_update(of=("self",)).order_by("position", "id"))


@transaction.atomic
def shift_block(block: RecordBlock, *, step: int, by: Any) -> None:
    """Move a block one place up (step −1) or down (step 1) among the live blocks of its item.

    The revision says from which place to which; a save by somebody who writes there meanwhile still fits.
    """
    fresh = locked(block, by)
    rows = _live_rows(fresh.agenda_item_id)
    places = [row.pk for row in rows]
    here = places.index(fresh.pk) if fresh.pk in places else -1
    there = here + step
    if here < 0 or not 0 <= there < len(rows):
        return
    rows.insert(there, rows.pop(here))
    for place, row in enumerate(rows, 1):
        if row.position != place:
            row.position = place
            row.save(update_fields=["position"])
    touch(fresh, BlockEvent.MOVE, by, moved=[here + 1, there + 1])


def _pieces(text: str, at: int | None) -> list[str]:
    """What a split makes of a text: the two sides of a place in it (in characters), or its lines."""
    if at is None:
        return [line.strip() for line in text.splitlines() if line.strip()]
    return [piece for piece in (text[:at].rstrip(), text[at:].lstrip()) if piece]


@transaction.atomic
def split_block(
    block: RecordBlock, *, by: Any, at: int | None = None, version: int | None = None
) -> list[RecordBlock]:
    """Each line becomes a block of its own kind right below the first; with `at`, what stands behind that place."""
    fresh = locked(block, by, version=version)
    pieces = _pieces(fresh.text, at)
    item = fresh.agenda_item
    if len(pieces) < 2 or item is None or fresh.kind == BlockKind.TABLE:
        words = "只有一行，不需要拆分。" if at is None else "请把光标放在文字中间再拆分。"
        raise Refused(words, fresh.meeting, "split")
    if len(pieces) > MOST_LINES:
        raise Refused("行数太多（超过100行），请分批粘贴。", fresh.meeting, "split")
    fresh.text = pieces[0]
    touch(fresh, BlockEvent.SPLIT, by)
    made = [fresh]
    for piece in pieces[1:]:
        made.append(add_block(item, kind=fresh.kind, text=piece, unit=fresh.unit, after=made[-1], by=by))
    return made


@transaction.atomic
def merge_block(block: RecordBlock, *, by: Any, version: int | None = None) -> RecordBlock:
    """Join a block to the one above, which is returned. Nothing of it may be lost: else Refused, with words."""
    fresh = locked(block, by, version=version)
    rows = _live_rows(fresh.agenda_item_id)
    place = [row.pk for row in rows].index(fresh.pk) if fresh.deleted_at is None else 0
    if place == 0:
        raise Refused("上面没有可以合并的段落。", fresh.meeting, "merge")
    upper = rows[place - 1]
    lost = _lost_in(fresh, upper)
    if lost:
        raise Refused(f"不能合并：合并后{lost}会丢失，请先改好再合并。", fresh.meeting, "merge")
    upper.text = "\n".join(text for text in (upper.text, fresh.text) if text)
    if len(upper.text) > LONGEST:
        raise Refused("合并后超过20000字，不能合并。", fresh.meeting, "merge")
    touch(upper, BlockEvent.MERGE, by)
    fresh.merged_into, fresh.deleted_at = upper, timezone.now()
    touch(fresh, BlockEvent.MERGE, by)
    return upper


def _lost_in(block: RecordBlock, upper: RecordBlock) -> str:
    """What the upper block cannot take over from the one below, in words; empty when nothing is lost."""
    if block.kind != upper.kind:
        return f"“{block.get_kind_display()}”这个类型"
    if block.kind == BlockKind.TABLE:
        return "表格的列"
    ours, theirs = content_of(block), content_of(upper)
    labels = (
        ("unit", "发言单位"), ("speaker", "发言人"), ("leads", "牵头单位"), ("supports", "配合单位"),
        ("all_support", "配合单位"), ("duties", "职责依据"), ("due_on", "完成时限"), ("recurrence", "定期要求"),
        ("is_standing", "长期坚持"), ("in_principle", "原则同意"),
    )  # fmt: skip
    found = [label for name, label in labels if ours[name] and ours[name] != theirs[name]]
    return "、".join(dict.fromkeys(found))
