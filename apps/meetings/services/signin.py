"""Sign-in (签到): the list made from the roster of the day and the replies, one tap per person, the paper list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.common import audit, files, workflow
from apps.common.errors import Refused
from apps.meetings import permissions
from apps.meetings.enums import (
    IN_THE_ROOM,
    Approval,
    AttendanceSource,
    AttendanceStatus,
    AttendeeRole,
    MeetingState,
    ReplyKind,
)
from apps.meetings.models import Attendance, Invitation, Meeting
from apps.roster.enums import PostKind
from apps.roster.models import Unit
from apps.roster.selectors import members_on

VACANT = "（成员空缺）"


def open_list(meeting: Meeting, by: Any) -> Meeting:
    """The locked row of a meeting whose sign-in is open. Raises PermissionDenied, Refused."""
    fresh = workflow.lock(meeting)
    if not permissions.runs_office(by):
        raise PermissionDenied(f"sign in at meeting {fresh.pk}")
    if not permissions.can_sign_in(by, fresh):
        raise Refused(f"会议{fresh.get_state_display()}，不能登记签到。", fresh, "sign")
    return fresh


@transaction.atomic
def prepare_list(meeting: Meeting, *, by: Any) -> list[Attendance]:
    """Make the sign-in list: convener and members of the invited units on that day, observers.

    Leave and delegates come from the replies. Called again it takes in later replies and changes nobody who
    has signed in. Names are copied, so a later change of members leaves this list as it was.
    """
    fresh = open_list(meeting, by)
    replies = {row.unit_id: row for row in fresh.invitations.select_related("unit")}
    known = {(row.role, row.unit_id, row.name): row for row in fresh.attendance.all()}
    rows = []
    for position, wanted in enumerate([*_people(fresh, replies), *_observers(fresh)], 1):
        kept = known.pop((wanted.role, wanted.unit_id, wanted.name), None)
        row = wanted if kept is None else _brought_up_to_date(kept, wanted)
        row.position = position
        row.full_clean()
        workflow.save_with_history(row, by=by, why="编制签到表")
        rows.append(row)
    for gone in known.values():
        if gone.status == AttendanceStatus.EXPECTED:  # e.g. a member who changed since the last time
            gone.delete()
    audit.record(by=by, verb="prepare_list", label="编制签到表", obj=fresh, detail={"people": len(rows)})
    return rows


def _people(meeting: Meeting, replies: dict[int, Invitation]) -> list[Attendance]:
    rows, seen = [], set()
    for held in members_on(timezone.localdate(meeting.starts_at)):
        is_convener = held.post.kind == PostKind.CONVENER
        if not is_convener and held.post.unit_id not in replies:
            continue
        role = AttendeeRole.CONVENER if is_convener else AttendeeRole.MEMBER
        row = Attendance(
            meeting=meeting, role=role, unit=held.post.unit, name=held.person.name, title=held.title
        )
        if not is_convener:
            seen.add(held.post.unit_id)
            _apply_reply(row, replies[held.post.unit_id])
        rows.append(row)
    for unit_id, invitation in replies.items():
        if unit_id not in seen:
            row = Attendance(meeting=meeting, role=AttendeeRole.MEMBER, unit=invitation.unit, name=VACANT)
            _apply_reply(row, invitation)
            rows.append(row)
    return rows


def _observers(meeting: Meeting) -> list[Attendance]:
    names = [line.strip()[:40] for line in meeting.observers.splitlines() if line.strip()]
    return [
        Attendance(meeting=meeting, role=AttendeeRole.OBSERVER, name=name) for name in dict.fromkeys(names)
    ]


def _apply_reply(row: Attendance, invitation: Invitation) -> None:
    if invitation.reply == ReplyKind.LEAVE:
        row.status, row.reason = AttendanceStatus.LEAVE, invitation.reason[:200]
    elif invitation.reply == ReplyKind.SUBSTITUTE and invitation.approval != Approval.REFUSED:
        row.delegate_name, row.delegate_title = invitation.delegate_name, invitation.delegate_title
        row.reason = invitation.reason[:200]


def _brought_up_to_date(kept: Attendance, new: Attendance) -> Attendance:
    """The kept row; while nobody has signed it, what the latest reply says."""
    if kept.status in (AttendanceStatus.EXPECTED, AttendanceStatus.LEAVE):
        for name in ("status", "reason", "delegate_name", "delegate_title", "title"):
            setattr(kept, name, getattr(new, name))
    return kept


@transaction.atomic
def sign(
    row: Attendance,
    *,
    status: str,
    by: Any,
    delegate_name: str = "",
    delegate_title: str = "",
    reason: str = "",
) -> Attendance:
    """Set one person's sign-in. A delegate needs a name; whoever is not in the room has no time of arrival.

    Raises PermissionDenied, Refused (record closed, no name of the delegate), ValidationError.
    """
    meeting = open_list(row.meeting, by)
    fresh = workflow.lock(row)
    before = fresh.status
    fresh.status = status
    if status == AttendanceStatus.SUBSTITUTE:
        fresh.delegate_name = delegate_name.strip() or fresh.delegate_name
        fresh.delegate_title = delegate_title.strip() or fresh.delegate_title
        if not fresh.delegate_name:
            raise Refused("请填写代会人姓名。", meeting, "sign")
    if reason.strip():
        fresh.reason = reason.strip()
    fresh.signed_at = (fresh.signed_at or timezone.now()) if status in IN_THE_ROOM else None
    fresh.source, fresh.signed_by = AttendanceSource.STAFF, by if status in IN_THE_ROOM else None
    fresh.full_clean()
    workflow.save_with_history(fresh, by=by, why="签到")
    audit.record(
        by=by, verb="sign_in", label="签到登记", obj=fresh, detail={"from": before, "to": fresh.status}
    )
    return fresh


@transaction.atomic
def add_person(
    meeting: Meeting, *, name: str, role: str, by: Any, unit: Unit | None = None, title: str = ""
) -> Attendance:
    """Somebody who came and is not on the list: an observer, or one more of a unit; signed in at once."""
    fresh = open_list(meeting, by)
    position = (fresh.attendance.aggregate(last=Max("position"))["last"] or 0) + 1
    row = Attendance(
        meeting=fresh, role=role, unit=unit, name=name, title=title, position=position,
        status=AttendanceStatus.PRESENT, signed_at=timezone.now(),
    )  # fmt: skip
    row.full_clean()
    workflow.save_with_history(row, by=by, why="现场登记")
    audit.record(by=by, verb="sign_in", label="现场登记", obj=row, detail={"to": row.status})
    return row


@dataclass(frozen=True, slots=True)
class PaperLine:
    """What the paper list says of one person. `at` is local time of the meeting's day."""

    row: Attendance
    status: str
    at: time | None = None
    delegate_name: str = ""


@transaction.atomic
def enter_sheet(
    meeting: Meeting, lines: Iterable[PaperLine], *, by: Any, scan: UploadedFile | None = None
) -> int:
    """Enter the paper sign-in list, with its scan; the number of people changed. The scan is asked for once.

    While sign-in is open like any other entry; of a closed record only while its draft has not gone on, because
    the attending units decide who is asked (C11). Raises PermissionDenied, Refused, ValidationError.
    """
    fresh = workflow.lock(meeting)
    if scan is None and fresh.sign_sheet_id is None:
        raise Refused("请上传签到表的扫描件或照片。", fresh, "enter_sheet")
    sheet = files.store(scan, by=by) if scan is not None else fresh.sign_sheet
    if fresh.state == MeetingState.RECORDED:
        fresh = workflow.move(fresh, "amend_attendance", by=by, sign_sheet=sheet)
    else:
        fresh = open_list(fresh, by)
        fresh.sign_sheet = sheet
        workflow.save_with_history(fresh, by=by, why="签到表扫描件")
    changed = [line for line in lines if _enter(fresh, line, by)]
    detail = {"people": len(changed)}
    audit.record(by=by, verb="enter_sheet", label="按纸质签到表补录", obj=fresh, detail=detail)
    return len(changed)


def _enter(meeting: Meeting, line: PaperLine, by: Any) -> bool:
    """One person as the paper has it; a line that says what is known already is left alone."""
    row = workflow.lock(line.row)
    if row.meeting_id != meeting.pk:
        raise PermissionDenied("a line of another meeting")
    at = _moment(meeting, line.at) if line.status in IN_THE_ROOM else None
    delegate = line.delegate_name.strip() if line.status == AttendanceStatus.SUBSTITUTE else row.delegate_name
    known = timezone.localtime(row.signed_at).time() if row.signed_at else None
    same_time = (
        line.at is None
        or at is None
        or (known is not None and known.replace(second=0, microsecond=0) == line.at)
    )
    if row.status == line.status and delegate == row.delegate_name and same_time:
        return False
    if line.status == AttendanceStatus.SUBSTITUTE and not (delegate or row.delegate_name):
        raise Refused(f"请填写{row.name}的代会人姓名。", meeting, "enter_sheet")
    row.status, row.signed_at, row.delegate_name = line.status, at, delegate or row.delegate_name
    row.source, row.signed_by = AttendanceSource.PAPER, by
    row.full_clean()
    workflow.save_with_history(row, by=by, why="按纸质签到表补录")
    return True


def _moment(meeting: Meeting, at: time | None) -> datetime:
    """The time on the meeting's day; without one, when it began."""
    begin = timezone.localtime(meeting.starts_at)
    return begin if at is None else begin.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
