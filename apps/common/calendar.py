"""Working days after the State Council's holidays and exchanged days (调休), kept in a table.

A year without rows counts Monday to Friday; callers show `missing_years` on the page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from . import request_cache
from .models import CalendarDay


@dataclass(frozen=True)
class WorkCalendar:
    """A snapshot of the table. Dates are local (Asia/Shanghai) dates."""

    exceptions: dict[date, bool]
    years: frozenset[int]

    def is_workday(self, day: date) -> bool:
        """True on a day people work."""
        known = self.exceptions.get(day)
        return day.weekday() < 5 if known is None else known

    def workdays_left(self, today: date, deadline: date) -> int:
        """Working days after `today` up to and including `deadline`; negative when the deadline is past."""
        if deadline >= today:
            return self._count(today, deadline)
        return -self._count(deadline, today)

    def _count(self, after: date, until: date) -> int:
        """Working days in (after, until], without walking the days one by one over long spans."""
        days = (until - after).days
        weeks, rest = divmod(days, 7)
        total = weeks * 5
        start = after + timedelta(days=weeks * 7)
        total += sum((start + timedelta(days=i)).weekday() < 5 for i in range(1, rest + 1))
        for day, works in self.exceptions.items():
            if after < day <= until:
                total += int(works) - int(day.weekday() < 5)
        return total

    def add_workdays(self, start: date, days: int) -> date:
        """The date `days` working days after `start` (before it when negative)."""
        step = timedelta(days=1 if days >= 0 else -1)
        day, left = start, abs(days)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def missing_years(self, dates: Iterable[date | None]) -> list[int]:
        """Years among the dates for which no data are loaded, in order."""
        return sorted({day.year for day in dates if day is not None} - self.years)


def current() -> WorkCalendar:
    """The calendar as the table has it now; read once a request."""
    return request_cache.get_or_make("work_calendar", _load)


def _load() -> WorkCalendar:
    rows = list(CalendarDay.objects.values_list("date", "is_workday"))
    unusual = {day: works for day, works in rows if works != (day.weekday() < 5)}
    return WorkCalendar(unusual, frozenset(day.year for day, _works in rows))
