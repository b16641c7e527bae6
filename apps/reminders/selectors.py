"""The rules in force, and which of them a deadline meets now. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common import calendar, request_cache
from apps.common.todo import Deadline

from .enums import Matter, Phase
from .models import ReminderRule

KIND = "reminder"
_REPORTS = (Matter.REPORT, Matter.QUARTER)
# Once three working days before, once when the day has gone by. A quarterly report is asked for only when missed:
# the units know the quarter, and every mail less counts (减负).
DEFAULTS = tuple(
    ReminderRule(
        matter=matter, phase=phase, slot=1, workdays=3 if phase == Phase.BEFORE else 0,
        is_active=(matter, phase) != (Matter.QUARTER, Phase.BEFORE),
    )
    for matter in Matter
    for phase in Phase
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reminder:
    """A deadline in the phase in which somebody is to be told. `workdays` is negative when it is past."""

    deadline: Deadline
    phase: str
    workdays: int
    slot: int = 1

    @property
    def key(self) -> str:
        """Names matter, date, phase and slot: moving the date makes another reminder."""
        due = timezone.localtime(self.deadline.due_at)
        nth = "" if self.slot == 1 else str(self.slot)
        return f"{self.deadline.kind}:{self.deadline.key}:{due:%Y%m%dT%H%M}:{self.phase}{nth}"

    @property
    def title(self) -> str:
        """What the line and the mail say first. It names the date, never the days left.

        A mail may leave a morning or a holiday later than it was written, and the line is read for days.
        """
        if self.phase == Phase.OVERDUE:
            words = _("漏报：%(title)s") if self.deadline.kind in _REPORTS else _("已超期：%(title)s")
            return words % {"title": self.deadline.title}
        due = timezone.localdate(self.deadline.due_at)
        parts = {"month": due.month, "day": due.day, "title": self.deadline.title}
        return _("%(month)s月%(day)s日到期：%(title)s") % parts

    @property
    def audience(self) -> list[str]:
        """The unique keys of everybody's notice and mail."""
        return [f"{KIND}:{self.key}:{user.pk}" for user in self.deadline.users if user.is_active]


def rules() -> list[ReminderRule]:
    """Every rule, switched off or not, in the order of matters, phases and days. Read once a request."""
    return request_cache.get_or_make("reminder_rules", _load)


def _load() -> list[ReminderRule]:
    found = {(row.matter, row.phase, row.slot): row for row in DEFAULTS}
    found |= {(row.matter, row.phase, row.slot): row for row in ReminderRule.objects.all()}
    matters, phases = list(Matter.values), list(Phase.values)
    return sorted(
        found.values(), key=lambda row: (matters.index(row.matter), phases.index(row.phase), row.slot)
    )


def phase_of(deadline: Deadline, now: datetime) -> Reminder | None:
    """The reminder that is due now, or None.

    Before the moment: of the rules whose days have come the nearest, so that one who is asked late is told once.
    After it: the last whose days have gone by.
    """
    day, due = timezone.localdate(now), timezone.localdate(deadline.due_at)
    left = calendar.current().workdays_left(day, due)
    phase = Phase.OVERDUE if deadline.due_at <= now else Phase.BEFORE
    active = [row for row in _of(deadline.kind, phase) if row.is_active]
    if phase == Phase.BEFORE:
        rule = min((row for row in active if left <= row.workdays), key=_days, default=None)
    else:
        rule = max((row for row in active if row.workdays <= -left), key=_days, default=None)
    return Reminder(deadline, phase, left, rule.slot) if rule else None


def _days(row: ReminderRule) -> tuple[int, int]:
    return row.workdays, row.slot


def _of(kind: str, phase: str) -> Iterable[ReminderRule]:
    return (row for row in rules() if row.matter == kind and row.phase == phase)
