"""How long an item has been before the meeting. Pure: no query, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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


@dataclass(frozen=True, slots=True)
class ItemTime:
    """The whole minutes of one item: planned (None: nothing planned) and used; `begun` once, `runs` now."""

    item: Any
    planned: int | None
    used: int
    begun: bool
    runs: bool

    @property
    def over(self) -> int:
        """Minutes beyond the plan; 0 without a plan."""
        return max(self.used - self.planned, 0) if self.planned else 0

    @property
    def left(self) -> int:
        """Minutes of the plan that are not used; 0 without a plan."""
        return max(self.planned - self.used, 0) if self.planned else 0


@dataclass(frozen=True, slots=True)
class Timetable:
    """Every item's time in the agenda's order, and the whole meeting's in whole minutes."""

    rows: list[ItemTime]
    used: int

    @property
    def planned(self) -> int:
        """The plans of all items together; items without one count nothing."""
        return sum(row.planned or 0 for row in self.rows)

    @property
    def over(self) -> int:
        """Minutes by which the meeting has outrun the plan of all its items; 0 where nothing is planned."""
        return max(self.used - self.planned, 0) if self.planned else 0

    @property
    def behind(self) -> int:
        """Minutes by which single items have outrun theirs, together."""
        return sum(row.over for row in self.rows)

    @property
    def unplanned(self) -> int:
        """How many items have no planned time."""
        return sum(not row.planned for row in self.rows)

    @property
    def now(self) -> ItemTime | None:
        """The item before the meeting."""
        return next((row for row in self.rows if row.runs), None)

    @property
    def begun(self) -> bool:
        """Whether any item was taken up."""
        return any(row.begun for row in self.rows)


def timetable(
    items: Sequence[Any], spans: Iterable[Any], pauses: Sequence[Stretch], now: datetime
) -> Timetable:
    """The time of each item from its spans (rows with `agenda_item_id`, `started_at`, `ended_at`), recesses left out."""
    own: dict[int, list[Stretch]] = {item.pk: [] for item in items}
    for span in spans:
        own.setdefault(span.agenda_item_id, []).append((span.started_at, span.ended_at))
    rows, total = [], timedelta()
    for item in items:
        spent = used(own[item.pk], pauses, now)
        total += spent
        runs = any(end is None for _begin, end in own[item.pk])
        rows.append(ItemTime(item, item.minutes, minutes_of(spent), bool(own[item.pk]), runs))
    return Timetable(rows, minutes_of(total))
