"""Days of the calendar the ledger counts by. Pure."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

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
    """The last minute of a day: a deadline's day belongs to it."""
    return timezone.make_aware(datetime.combine(day, time(23, 59)))
