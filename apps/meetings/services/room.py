"""What happens in the room besides writing: which item is before the meeting, 休会. Who comes and goes: movements.py."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.common import audit, workflow
from apps.common.errors import Refused
from apps.meetings import permissions
from apps.meetings.enums import MeetingState
from apps.meetings.models import Adjournment, AgendaItem, ItemSpan, Meeting
from apps.meetings.workflow import is_adjourned


def in_session(meeting: Meeting, by: Any) -> Meeting:
    """The locked row of a meeting that is being recorded. Raises PermissionDenied, Refused."""
    fresh = workflow.lock(meeting)
    if not permissions.runs_office(by):
        raise PermissionDenied(f"run meeting {fresh.pk}")
    if fresh.state != MeetingState.RECORDING:
        raise Refused(f"会议{fresh.get_state_display()}，不能办理。", fresh, "room")
    return fresh


@transaction.atomic
def take_up(item: AgendaItem, *, by: Any) -> ItemSpan:
    """开始本议题: what was before the meeting ends, this begins. An item that is taken up already goes on.

    Raises PermissionDenied, Refused (not recording, adjourned).
    """
    meeting = in_session(item.meeting, by)
    if is_adjourned(meeting):
        raise Refused("正在休会，请先继续开会。", meeting, "take_up")
    now = timezone.now()
    current = meeting.spans.filter(ended_at__isnull=True).first()
    if current is not None and current.agenda_item_id == item.pk:
        return current
    _end_spans(meeting, now)
    span = ItemSpan.objects.create(meeting=meeting, agenda_item=item, started_at=now)
    _journal(meeting, "take_up", "开始议题", item.title, by)
    return span


@transaction.atomic
def put_down(item: AgendaItem, *, by: Any) -> None:
    """结束本议题; nothing happens when it is not before the meeting."""
    meeting = in_session(item.meeting, by)
    if meeting.spans.filter(ended_at__isnull=True, agenda_item=item).exists():
        _end_spans(meeting, timezone.now())
        _journal(meeting, "put_down", "结束议题", item.title, by)


@transaction.atomic
def adjourn(meeting: Meeting, *, by: Any, reason: str = "") -> Meeting:
    """休会: the clock of the item stands still; text can still be saved."""
    fresh = workflow.move(meeting, "adjourn", by=by, reason=reason)
    pause = Adjournment(meeting=fresh, from_at=timezone.now(), reason=reason.strip())
    pause.full_clean()
    pause.save()
    return fresh


@transaction.atomic
def resume(meeting: Meeting, *, by: Any) -> Meeting:
    """继续开会."""
    fresh = workflow.move(meeting, "resume", by=by)
    _end_pauses(fresh, timezone.now())
    return fresh


def end_clocks(meeting: Meeting, *, at: datetime) -> None:
    """Stop every clock of a meeting whose record is closed. The caller holds the transaction."""
    _end_spans(meeting, at)
    _end_pauses(meeting, at)


def _end_spans(meeting: Meeting, at: datetime) -> None:
    for span in meeting.spans.filter(ended_at__isnull=True):
        span.ended_at = max(at, span.started_at)
        span.save()


def _end_pauses(meeting: Meeting, at: datetime) -> None:
    for pause in meeting.adjournments.filter(until_at__isnull=True):
        pause.until_at = max(at, pause.from_at)
        pause.save()


def _journal(meeting: Meeting, verb: str, label: str, words: str, by: Any) -> None:
    audit.record(by=by, verb=verb, label=label, obj=meeting, detail={"reason": words})
