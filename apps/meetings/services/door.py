"""Signing in by oneself: the door with its changing code, opened by the staff, for this meeting only."""

from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from apps.common import audit, workflow
from apps.common.errors import Refused
from apps.meetings import door, permissions
from apps.meetings.enums import (
    IN_THE_ROOM,
    AttendanceSource,
    AttendanceStatus,
    AttendeeRole,
    MeetingState,
)
from apps.meetings.models import Attendance, Meeting, SignInDoor
from apps.roster.selectors import standing_of

from .signin import open_list

TRIES, SECONDS = 5, 60


@transaction.atomic
def open_door(meeting: Meeting, *, by: Any) -> SignInDoor:
    """Put the code up. Opening again makes a new secret, so that codes seen before are worth nothing.

    Raises PermissionDenied, Refused (no list yet, record closed).
    """
    fresh = open_list(meeting, by)
    if not fresh.attendance.exists():
        raise Refused("请先编制签到表。", fresh, "open_door")
    values = {
        "secret": door.new_secret(), "opened_at": timezone.now(), "opened_by": by, "closed_at": None,
    }  # fmt: skip
    row, _made = SignInDoor.objects.update_or_create(meeting=fresh, defaults=values)
    audit.record(by=by, verb="open_door", label="打开签到码", obj=fresh)
    return row


@transaction.atomic
def close_door(meeting: Meeting, *, by: Any) -> None:
    """Take the code down; nobody signs in by it any more."""
    fresh = open_list(meeting, by)
    row = SignInDoor.objects.filter(meeting=fresh, closed_at__isnull=True).first()
    if row is not None:
        row.closed_at = timezone.now()
        row.save()
        audit.record(by=by, verb="close_door", label="关闭签到码", obj=fresh)


def sign_self(meeting: Meeting, *, code: str, by: Any, read_at: datetime | None = None) -> Attendance:
    """Sign the user's own line. `read_at`: when the code was scanned, if that was before logging in.

    Raises Refused: door shut, wrong code, five wrong ones in a minute, not on the list.
    """
    row = SignInDoor.objects.filter(meeting=meeting, closed_at__isnull=True).first()
    if row is None or not _is_on(meeting):
        raise Refused("现在没有开放扫码签到，请到签到处登记。", meeting, "sign_self")
    _demand_code(row, code, read_at or timezone.now(), by)
    return _sign(meeting, by)


def _is_on(meeting: Meeting) -> bool:
    """While it is recorded, or on its day."""
    today = timezone.localdate(meeting.starts_at) == timezone.localdate()
    return meeting.state == MeetingState.RECORDING or (meeting.state == MeetingState.NOTIFIED and today)


def _demand_code(row: SignInDoor, code: str, at: datetime, by: Any) -> None:
    key = f"door:{row.meeting_id}:{by.pk}"
    cache.add(key, 0, SECONDS)
    if cache.get(key, 0) >= TRIES:
        raise Refused("输错次数太多，请一分钟后再试，或到签到处登记。", row.meeting, "sign_self")
    if door.accepts(row.secret, code, at):
        return
    cache.incr(key)
    if cache.get(key, 0) >= TRIES:
        with transaction.atomic():
            audit.record(by=by, verb="sign_self", label="签到码多次输错", obj=row.meeting, allowed=False)
    raise Refused("签到码不对或已更换，请看屏幕上现在的签到码。", row.meeting, "sign_self")


@transaction.atomic
def _sign(meeting: Meeting, by: Any) -> Attendance:
    fresh = workflow.lock(meeting)
    if not permissions.can_sign_self(by, fresh):
        raise Refused("签到表上没有您，请到签到处由工作人员登记。", fresh, "sign_self")
    found = line_of(fresh, by)
    if found is None:
        raise Refused("签到表上没有您，请到签到处由工作人员登记。", fresh, "sign_self")
    row = workflow.lock(found)
    if row.status in IN_THE_ROOM:
        return row  # a second tap changes nothing
    now = timezone.now()
    row.status = _status(row, fresh, by, now)
    row.signed_at, row.source, row.signed_by = now, AttendanceSource.SELF, by
    row.full_clean()
    workflow.save_with_history(row, by=by, why="扫码签到")
    audit.record(by=by, verb="sign_self", label="扫码签到", obj=row, detail={"to": row.status})
    return row


def _status(row: Attendance, meeting: Meeting, by: Any, now: datetime) -> str:
    if row.name != by.person.name:
        return AttendanceStatus.SUBSTITUTE
    return AttendanceStatus.LATE if now > meeting.starts_at else AttendanceStatus.PRESENT


def line_of(meeting: Meeting, user: Any) -> Attendance | None:
    """The line of the list that is this person's own: by name and unit, or as the delegate its unit named."""
    person = getattr(user, "person", None)
    if person is None:
        return None
    standing = standing_of(user)
    rows = list(meeting.attendance.select_related("unit").exclude(role=AttendeeRole.OBSERVER))
    if standing.is_convener:
        own = [row for row in rows if row.role == AttendeeRole.CONVENER and row.name == person.name]
        if own:
            return own[0]
    ours = [row for row in rows if row.unit_id in standing.units]
    named = [row for row in ours if row.unit_id in standing.member_units and row.name == person.name]
    sent = [row for row in ours if row.delegate_name and row.delegate_name == person.name]
    return next(iter(named or sent), None)
