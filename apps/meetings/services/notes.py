"""What belongs to an item besides its record: items taken up on the spot, 主持词, the chair's own notes, files."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.common import audit, files, workflow
from apps.common.errors import Refused
from apps.meetings import permissions
from apps.meetings.enums import MeetingState
from apps.meetings.models import AgendaItem, ChairNote, ItemFile, Meeting
from apps.roster.models import Unit

from .room import in_session

MOST_FILES = 20  # an item


class StaleNoteError(Exception):
    """Somebody (or another window of one's own) saved first. `text` and `version` are what stands now."""

    def __init__(self, text: str, version: int) -> None:
        super().__init__(f"at version {version}")
        self.text, self.version = text, version


@transaction.atomic
def add_spot_item(
    meeting: Meeting,
    *,
    title: str,
    by: Any,
    basis: str,
    reporter_unit: Unit | None = None,
    minutes: int | None = None,
    before: AgendaItem | None = None,
) -> AgendaItem:
    """临时议题: an item the meeting took up on the spot, before another one or at the end of the agenda.

    `basis` says on whose word (主持人同意). Raises PermissionDenied, Refused (without a basis too), ValidationError.
    """
    fresh = in_session(meeting, by)
    if not basis.strip():
        raise Refused("请写明临时增加议题的依据（谁同意的）。", fresh, "add_spot_item")
    seq = (fresh.agenda.aggregate(last=Max("seq"))["last"] or 0) + 1
    item = AgendaItem(
        meeting=fresh, seq=seq, title=title, basis=basis.strip(), reporter_unit=reporter_unit, minutes=minutes,
        added_on_the_spot=True,
    )  # fmt: skip
    item.full_clean()
    workflow.save_with_history(item, by=by, why="临时议题")
    if before is not None:
        put_before(item, before)
    words = f"{item.title}（{item.basis}）"
    audit.record(by=by, verb="add_spot_item", label="加入临时议题", obj=fresh, detail={"reason": words})
    return item


@transaction.atomic
def move_spot_item(item: AgendaItem, *, step: int, by: Any) -> AgendaItem:
    """Move a 临时议题 one place up (step −1) or down (step 1); at the edge nothing happens.

    The approved agenda keeps its own order: only items added on the spot move. Raises PermissionDenied, Refused.
    """
    meeting = in_session(item.meeting, by)
    rows = list(meeting.agenda.order_by("seq"))
    here = [row.pk for row in rows].index(item.pk)
    if not rows[here].added_on_the_spot:
        raise Refused("只有临时议题可以在会上调整次序。", meeting, "move_spot_item")
    there = here + step
    if 0 <= there < len(rows):
        one, other = rows[here], rows[there]
        first, second = one.seq, other.seq
        _place(one, 20000)
        _place(other, first)
        _place(one, second)
        words = f"{one.title}移到第{second}项"
        audit.record(
            by=by, verb="move_spot_item", label="调整临时议题次序", obj=meeting, detail={"reason": words}
        )
    return rows[here]


def put_before(item: AgendaItem, other: AgendaItem) -> None:
    """Give an item another one's place; those from there on go one down. The caller holds the transaction."""
    wanted = other.seq
    for row in item.meeting.agenda.filter(seq__gte=wanted).exclude(pk=item.pk).order_by("-seq"):
        if row.seq + 1 == item.seq:  # its old place, free in a moment
            _place(item, 20000)
        _place(row, row.seq + 1)
    _place(item, wanted)


def _place(item: AgendaItem, seq: int) -> None:
    """A place without a line of history: the order is read from the agenda itself."""
    item.seq = seq
    item.skip_history_when_saving = True  # type: ignore[attr-defined]
    item.save()
    del item.skip_history_when_saving  # type: ignore[attr-defined]


@transaction.atomic
def save_script(item: AgendaItem, *, text: str, version: int, by: Any) -> AgendaItem:
    """主持词 of an item, written by the office until the record is closed. Raises StaleNoteError, Refused."""
    meeting = workflow.lock(item.meeting)
    if not permissions.runs_office(by):
        raise PermissionDenied(f"script of item {item.pk}")
    _demand_open(meeting)
    fresh = workflow.lock(item)
    if fresh.script_version != version:
        raise StaleNoteError(fresh.script, fresh.script_version)
    fresh.script, fresh.script_version = text, version + 1
    fresh.full_clean()
    workflow.save_with_history(fresh, by=by, why="主持词")
    return fresh


def _demand_open(meeting: Meeting) -> None:
    if meeting.state in (MeetingState.RECORDED, MeetingState.CANCELLED):
        raise Refused(f"会议{meeting.get_state_display()}，不能修改。", meeting, "notes")


@transaction.atomic
def save_note(item: AgendaItem, *, text: str, version: int, by: Any) -> ChairNote:
    """The chair's own note. Nobody else reads it; the journal knows that there is one, not what it says.

    `version` 0 is a note not yet written. Raises PermissionDenied, StaleNoteError, ValidationError.
    """
    meeting = workflow.lock(item.meeting)
    if not permissions.chairs(by, meeting):
        raise PermissionDenied(f"note on item {item.pk}")
    note = ChairNote.objects.select_for_update().filter(agenda_item=item, user=by).first()
    stands = note.version if note else 0
    if stands != version:
        raise StaleNoteError(note.text if note else "", stands)
    if note is None:
        note = ChairNote(agenda_item=item, user=by, version=0)
        audit.record(by=by, verb="note", label="写主持人备忘", obj=meeting)
    note.text, note.version = text, version + 1
    note.full_clean()
    note.save()
    return note


@transaction.atomic
def add_file(item: AgendaItem, upload: UploadedFile, *, by: Any, caption: str = "") -> ItemFile:
    """A photo or file shown with an item. A photo is kept as it comes, place and time of taking included.

    Raises PermissionDenied, Refused (not recording, too many), ValidationError (kind or size of file).
    """
    meeting = in_session(item.meeting, by)
    if item.files.filter(removed_at__isnull=True).count() >= MOST_FILES:
        raise Refused(f"每项议题最多{MOST_FILES}个文件。", meeting, "add_file")
    row = ItemFile(
        agenda_item=item, file=files.store(upload, by=by), caption=caption.strip(), added_by=by, added_at=timezone.now()
    )  # fmt: skip
    row.full_clean()
    row.save()
    audit.record(
        by=by, verb="add_file", label="会议记录附件", obj=meeting, detail={"reason": f"{item.title}：{row}"}
    )
    return row


@transaction.atomic
def remove_file(row: ItemFile, *, by: Any) -> None:
    """Take a file out of the record; it stays, marked, like a deleted block."""
    meeting = in_session(row.agenda_item.meeting, by)
    fresh = ItemFile.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if fresh.removed_at is None:
        fresh.removed_at = timezone.now()
        fresh.save()
        audit.record(by=by, verb="remove_file", label="移除附件", obj=meeting, detail={"reason": str(fresh)})
