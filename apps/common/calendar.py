"""Working days after the State Council's holidays and exchanged days (调休), kept in a table.

A year without rows counts Monday to Friday; callers show `missing_years` on the page.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from itertools import accumulate
from typing import Any

from django.db import connection

from . import request_cache
from .models import CalendarDay
from .prepared import Prepared, prepare

# Days from Monday to Friday among the n days after a day of the week: a row a weekday, a column an n of 0 to 6.
_MONDAY_TO_FRIDAY = [[sum((day + i) % 7 < 5 for i in range(1, n + 1)) for n in range(7)] for day in range(7)]


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
        weeks, rest = divmod((until - after).days, 7)
        days, sums = self._unusual
        unusual = sums[bisect_right(days, until)] - sums[bisect_right(days, after)]
        return weeks * 5 + _MONDAY_TO_FRIDAY[after.weekday()][rest] + unusual

    @cached_property
    def _unusual(self) -> tuple[list[date], list[int]]:
        """The exceptions in order, and what the first n of them add to Monday to Friday."""
        days = sorted(self.exceptions)
        adds = (int(self.exceptions[day]) - int(day.weekday() < 5) for day in days)
        return days, list(accumulate(adds, initial=0))

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


def beside() -> str:
    """The whole table as one row beside another question (`keep`): a word, its days as one text, three numbers."""
    return _BESIDE[connection.vendor]


_BESIDE = {
    "sqlite": """SELECT 'days', GROUP_CONCAT(CAST(date AS TEXT) || CASE WHEN is_workday THEN '1' ELSE '0' END, ','), 0, 0, 0
FROM common_calendarday""",
    "postgresql": """SELECT 'days', STRING_AGG(CAST(date AS TEXT) || CASE WHEN is_workday THEN '1' ELSE '0' END, ','), 0, 0, 0
FROM common_calendarday""",
}


def keep(text: str | None) -> None:
    """Keep for this request what `beside` read: 2026-10-011,… is a date and 1 where people work."""
    days = text.split(",") if text else []
    request_cache.keep(
        "work_calendar", _made_of([(date.fromisoformat(day[:10]), day[10] == "1") for day in days])
    )


def _load() -> WorkCalendar:
    return _made_of(_days().run())


def _made_of(rows: list[Any]) -> WorkCalendar:
    unusual = {day: works for day, works in rows if works != (day.weekday() < 5)}
    return WorkCalendar(unusual, frozenset(day.year for day, _works in rows))


@cache
def _days() -> Prepared:
    return prepare(CalendarDay.objects.order_by().values_list("date", "is_workday"))
