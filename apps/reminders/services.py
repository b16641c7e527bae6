"""Who must act by when, and whether to speak now: once before a deadline, once when it has passed."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.action_items import deadlines as action_items
from apps.common import audit, calendar, request_cache, settings_rows
from apps.common.todo import Deadline
from apps.dispatch.enums import MessageState
from apps.dispatch.models import OutboxMessage, PortalNotice
from apps.dispatch.services import mark_read, tell
from apps.dispatch.telling import cancel, morning_of
from apps.meetings import selectors as meetings
from apps.minutes import deadlines as corrections
from apps.minutes import selectors as minutes

logger = logging.getLogger(__name__)

KIND = "reminder"
BEFORE, OVERDUE = "before", "overdue"
SOURCES: tuple[Callable[[], list[Deadline]], ...] = (
    meetings.deadlines,
    minutes.deadlines,
    corrections.of_corrections,
    action_items.deadlines,
)
_MOVED = "事项已办结或期限已变，提醒取消。"
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Reminder:
    """A deadline in the phase in which somebody is to be told. `workdays` is negative when it is past."""

    deadline: Deadline
    phase: str
    workdays: int

    @property
    def key(self) -> str:
        """Names matter, date and phase: moving the date makes another reminder."""
        due = timezone.localtime(self.deadline.due_at)
        return f"{self.deadline.kind}:{self.deadline.key}:{due:%Y%m%dT%H%M}:{self.phase}"

    @property
    def title(self) -> str:
        """What the mail says first."""
        if self.phase == OVERDUE:
            return _("已超期：%(title)s") % {"title": self.deadline.title}
        if self.workdays <= 0:
            return _("今天到期：%(title)s") % {"title": self.deadline.title}
        return _("还有%(days)s个工作日到期：%(title)s") % {
            "days": self.workdays,
            "title": self.deadline.title,
        }

    @property
    def audience(self) -> list[str]:
        """The unique keys of everybody's notice and mail."""
        return [f"{KIND}:{self.key}:{user.pk}" for user in self.deadline.users if user.is_active]


def look() -> int:
    """Tell everybody who must act and was not told yet; take back what waits for a date that moved.

    Safe to run twice at once and after any jump of the clock. Returns how many mails were queued.
    """
    with request_cache.scope():
        now = timezone.now()
        reminders = [found for deadline in gather() if (found := phase_of(deadline, now)) is not None]
    valid = {key for reminder in reminders for key in reminder.audience}
    _take_back(valid)
    known = _known(valid)
    queued = 0
    for reminder in reminders:
        if any(key not in known for key in reminder.audience):
            queued += _speak(reminder, now)
    return queued


def gather() -> Iterable[Deadline]:
    """Every open deadline of every app. One app that fails does not silence the others."""
    for source in SOURCES:
        try:
            yield from source()
        except Exception:
            logger.exception("deadlines of %s cannot be read", source.__module__)


def phase_of(deadline: Deadline, now: datetime) -> Reminder | None:
    """The reminder that is due now: before from the setting's working days on, overdue from `due_at` on."""
    today, last = timezone.localdate(now), timezone.localdate(deadline.due_at)
    left = calendar.current().workdays_left(today, last)
    if deadline.due_at <= now:
        return Reminder(deadline, OVERDUE, left)
    return Reminder(deadline, BEFORE, left) if left <= settings_rows.value("remind_days") else None


def _speak(reminder: Reminder, now: datetime) -> int:
    deadline = reminder.deadline
    queued = tell(
        deadline.users,
        kind=KIND,
        key=reminder.key,
        title=reminder.title,
        url=deadline.url,
        deadline=deadline.due_at,
        due_at=max(now, morning_of(timezone.localdate(now))),  # nobody is written to at midnight
    )
    return len(queued)


def _known(keys: set[str]) -> set[str]:
    """Keys that were spoken. One taken back because its date moved, and moved back now, was not."""
    wanted, found = sorted(keys), set()
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        found |= set(PortalNotice.objects.filter(key__in=chunk).values_list("key", flat=True))
        taken_back = OutboxMessage.objects.filter(
            key__in=chunk, state=MessageState.CANCELLED, last_error=_MOVED
        )
        found -= set(taken_back.values_list("key", flat=True))
    return found


def _take_back(valid: set[str]) -> None:
    """Reminders of a date that moved, or of a matter that is closed: mails are cancelled, lines are read."""
    waiting = OutboxMessage.objects.filter(kind=KIND, state=MessageState.WAITING, attempts=0)
    stale = [pk for pk, key in waiting.values_list("pk", "key") if key not in valid]
    cancel(OutboxMessage.objects.filter(pk__in=stale), why=_MOVED)
    unread = PortalNotice.objects.filter(key__startswith=f"{KIND}:", read_at__isnull=True)
    gone = [pk for pk, key in unread.values_list("pk", "key") if key not in valid]
    mark_read(PortalNotice.objects.filter(pk__in=gone))


def note_audit_head() -> str:
    """Write the journal's length and head hash to the log, so that a copy lies outside the database.

    A broken chain is an error line naming the first broken row. Returns the head.
    """
    report = audit.verify()
    if report.broken_id is not None:
        logger.error("audit chain broken at row %s, head %s", report.broken_id, report.head)
    else:
        logger.info("audit head %s after %s lines", report.head, report.count)
    return report.head
