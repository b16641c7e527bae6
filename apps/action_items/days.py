"""Days of the calendar the ledger counts by, and as people type them. Pure."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from apps.common.fields import FIRST_YEAR, LAST_YEAR

_WRITTEN = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?前?")
_LONGEST = 60  # characters of a day, however it is typed
_MIDNIGHT = re.compile(r"[\sT]+0?0:00(:00)?$")
_COUNTED = re.compile(
    r"[2-7]\d{4}"
)  # what is left of a day in a cell that was made a plain number: 1954 to 2119
_COUNTED_FROM = date(1899, 12, 30)

QUARTER_DAY = 15  # a dated item's quarterly report is asked for by that day of the quarter's first month


def period_of(day: date, months: int) -> tuple[date, date]:
    """First and last day of the calendar period of so many months (1, 3, 6 or 12) a date lies in."""
    first = (day.month - 1) // months * months + 1
    after = date(day.year + 1, 1, 1) if first + months > 12 else date(day.year, first + months, 1)
    return date(day.year, first, 1), after - timedelta(days=1)


def quarter_of(day: date) -> date:
    """First day of the quarter a date lies in."""
    return period_of(day, 3)[0]


def end_of(day: date) -> datetime:
    """The last moment of a day: a deadline's day belongs to it, its last minute too."""
    return timezone.make_aware(datetime.combine(day, time.max))


def day_of(value: Any) -> date | None:
    """2026-06-30, 2026/6/30, 2026.6.30, 2026年6月30日(前), 46203 or a real date; None for anything else."""
    if isinstance(value, date):
        return value if FIRST_YEAR <= value.year <= LAST_YEAR else None
    text = str(value or "").strip()
    if len(text) > _LONGEST:
        return None
    text = re.sub(r"\s+", "", _MIDNIGHT.sub("", text))
    if _COUNTED.fullmatch(text):
        return _COUNTED_FROM + timedelta(days=int(text))
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    try:
        day = date(*(int(part) for part in found.groups()))
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def quarter_days(day: date) -> tuple[date, date]:
    """The days on which reports of the quarter before and of this one are due: no other is asked for as of a day."""
    quarter = quarter_of(day)
    before = quarter_of(quarter - timedelta(days=1))
    return before.replace(day=QUARTER_DAY), quarter.replace(day=QUARTER_DAY)
