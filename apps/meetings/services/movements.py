"""Who leaves the room or comes into it, at which item: at once, later, or afterwards from the paper."""

from datetime import datetime, time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.common import audit, workflow
from apps.common.errors import Refused
from apps.meetings import permissions
from apps.meetings.enums import IN_THE_ROOM, MeetingState, MovementKind
from apps.meetings.models import AgendaItem, Attendance, Meeting, Movement

from .room import in_session


def _open(meeting: Meeting, by: Any) -> Meeting:
    """The locked meeting: in session, or closed while its draft has not gone on (as for the paper list)."""
    fresh = workflow.lock(meeting)
    if fresh.state != MeetingState.RECORDED:
        return in_session(fresh, by)
    if not permissions.runs_office(by):
        raise PermissionDenied(f"movements of meeting {fresh.pk}")
    return workflow.move(fresh, "amend_attendance", by=by)


def may_move(by: Any, meeting: Meeting) -> bool:
    """Whether this person may enter who left and came, now."""
    if meeting.state == MeetingState.RECORDED:
        return workflow.can(by, meeting, "amend_attendance")
    return permissions.can_record(by, meeting)


@transaction.atomic
def move_person(
    row: Attendance, *, kind: str, by: Any, item: AgendaItem | None = None, at: time | None = None
) -> Movement:
    """Somebody in the room leaves it (离席) or is back (入席), at any item that was taken up.

    Without an item at the one taken up now; without a time (local, of the day the meeting sat) now, or when the item given
    began. Raises PermissionDenied, Refused (not recording, not in the room, item not taken up, already out or in, a
    time that is still to come).
    """
    meeting = _open(row.meeting, by)
    fresh = workflow.lock(row)
    if fresh.status not in IN_THE_ROOM:
        raise Refused(f"{fresh.name}还没有签到。", meeting, "move_person")
    item, moment = _where_and_when(meeting, item, at)
    if moment > timezone.now():
        raise Refused("时间还没有到，不能登记。", meeting, "move_person")
    _fits(fresh, kind, moment)
    moved = Movement(attendance=fresh, kind=kind, at=moment, agenda_item=item, noted_by=by)
    moved.full_clean()
    workflow.save_with_history(moved, by=by, why=str(moved.get_kind_display()))
    audit.record(
        by=by,
        verb="move_person",
        label=str(MovementKind(kind).label),
        obj=fresh,
        detail={"reason": _words(moved)},
    )
    return moved


def _words(move: Movement) -> str:
    """An entry for the journal: who, what, when, at which item."""
    item = f"，议题{move.agenda_item.seq}：{move.agenda_item.title}" if move.agenda_item else ""
    moment = f"{timezone.localtime(move.at):%H:%M}"
    return f"{move.attendance.name}{move.get_kind_display()} {moment}{item}"


def _where_and_when(
    meeting: Meeting, item: AgendaItem | None, at: time | None
) -> tuple[AgendaItem | None, datetime]:
    """The item, and the moment: what was said, else now for the item taken up now, else when the item began."""
    spans = list(meeting.spans.select_related("agenda_item"))
    current = next((span.agenda_item for span in spans if span.ended_at is None), None)
    item = item or current
    if item is not None and item.meeting_id != meeting.pk:
        raise PermissionDenied("an item of another meeting")
    began = [span.started_at for span in spans if item and span.agenda_item_id == item.pk]
    if item is not None and spans and not began:
        raise Refused("这项议题还没有开始，不能登记在这一项。", meeting, "move_person")
    if at is not None:
        begin = timezone.localtime(min((span.started_at for span in spans), default=meeting.starts_at))
        return item, begin.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if item == current and meeting.state == MeetingState.RECORDING:
        return item, timezone.now()
    return item, began[-1] if began else meeting.starts_at


def _fits(row: Attendance, kind: str, moment: datetime) -> None:
    """Out and in follow each other, out first. Raises Refused with what stands in the way."""
    moves = list(row.movements.order_by("at", "pk"))
    before = [move for move in moves if move.at <= moment]
    after = moves[len(before) :]
    is_out = bool(before) and before[-1].kind == MovementKind.OUT
    if is_out == (kind == MovementKind.OUT):
        raise Refused(f"{row.name}{'已经离席' if is_out else '就在会场'}。", row.meeting, "move_person")
    if after and after[0].kind == kind:
        words = f"{timezone.localtime(after[0].at):%H:%M}已登记{after[0].get_kind_display()}"
        raise Refused(f"{row.name}{words}，请先撤销那一次再补记。", row.meeting, "move_person")


@transaction.atomic
def take_back_move(row: Attendance, *, by: Any) -> None:
    """Take back the last entry of a person; journal and history keep who, what, when, which item, and who entered it.

    Raises PermissionDenied, Refused (nothing entered).
    """
    meeting = _open(row.meeting, by)
    fresh = workflow.lock(row)
    last = fresh.movements.select_related("agenda_item", "noted_by").order_by("at", "pk").last()
    if last is None:
        raise Refused(f"{fresh.name}没有离席、入席登记。", meeting, "move_person")
    words = f"{_words(last)}（{last.noted_by or '未知'}登记）"
    last._history_user, last._change_reason = by, "撤销登记"  # type: ignore[attr-defined]
    last.delete()
    audit.record(by=by, verb="take_back_move", label="撤销离席入席登记", obj=fresh, detail={"reason": words})
