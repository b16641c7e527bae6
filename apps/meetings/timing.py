"""How long an item has been before the meeting. Pure: no query, no clock."""

from collections.abc import Iterable
from datetime import datetime, timedelta

Stretch = tuple[datetime, datetime | None]


def used(spans: Iterable[Stretch], pauses: Iterable[Stretch], now: datetime) -> timedelta:
    """The time in `spans`, less what of it was 休会. An open stretch runs until `now`."""
    total = timedelta()
    breaks = [(begin, end or now) for begin, end in pauses]
    for begin, end in spans:
        stop = end or now
        total += max(stop - begin, timedelta())
        for from_at, until_at in breaks:
            total -= max(min(stop, until_at) - max(begin, from_at), timedelta())
    return max(total, timedelta())


def minutes_of(spent: timedelta) -> int:
    """Whole minutes, as a clock on the wall counts them."""
    return int(spent.total_seconds() // 60)
