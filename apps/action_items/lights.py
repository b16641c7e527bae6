"""The lamp of an item as of a day, from its dated facts alone. Pure: no query, no clock.

Only facts dated on or before the day count. A working day is what the calendar says (调休 included);
a year it has no data for counts Monday to Friday and is named in `missing_years`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from apps.common.calendar import WorkCalendar

from . import recurrence
from .enums import LedgerState, Light, SelfAssessment

WORRIED = frozenset({SelfAssessment.BEHIND, SelfAssessment.BLOCKED})


@dataclass(frozen=True, slots=True)
class Move:
    """A granted extension: asked on, decided on, the new deadline, and the one it was asked of (None: the one then)."""

    applied_on: date
    decided_on: date
    new_due: date
    old_due: date | None = None


@dataclass(frozen=True, slots=True)
class Misprint:
    """A printed requirement put right on a day; before it the old one counted: a date, a recurring one, or neither."""

    corrected_on: date
    old_due: date | None
    old_recurrence: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One report of a lead unit: when, how the unit sees itself (SelfAssessment), and the day it was sent back.

    A report sent back counts until the day before: from that day on the unit owes it again.
    """

    on: date
    assessment: str
    returned_on: date | None = None

    def counts(self, as_of: date) -> bool:
        """Whether it was on record and not sent back on that day."""
        return self.on <= as_of and (self.returned_on is None or self.returned_on > as_of)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is on record about one item. `due_on` is the deadline as the corrected paper has it.

    `reports` are those of lead units: what a supporting unit adds answers for nobody (domain.md "Progress").
    """

    opened_on: date
    due_on: date | None = None
    recurrence: str = ""
    closed_on: date | None = None
    moves: tuple[Move, ...] = ()
    misprints: tuple[Misprint, ...] = ()
    reports: tuple[Said, ...] = ()

    def required(self, as_of: date) -> tuple[date | None, str]:
        """(deadline, recurring requirement) as printed on that day: a misprint not yet put right still counts."""
        later = [row for row in self.misprints if row.corrected_on > as_of]
        if not later:
            return self.due_on, self.recurrence
        first = min(later, key=lambda row: row.corrected_on)
        return first.old_due, first.old_recurrence

    def moved(self) -> list[Misprint]:
        """Those that made another requirement of it: a 更正 of words or units alone moves no date."""
        return [
            row
            for row in self.misprints
            if (row.old_due, row.old_recurrence) != self.required(row.corrected_on)
        ]

    def due(self, as_of: date) -> date | None:
        """The deadline as printed on that day."""
        return self.required(as_of)[0]

    def required_since(self, as_of: date) -> date | None:
        """The last day by then on which a 更正 made another requirement of it; None: as it was opened, or a date moved.

        What nobody had asked for before that day is not owed: no report was due by a requirement that was not there.
        """
        rows = self.moved()
        days = [row.corrected_on for row in rows if row.corrected_on <= as_of]
        changed = {row.corrected_on for row in rows if row.old_due is None}
        return max((day for day in days if day in changed or self.due(day) is None), default=None)

    def deadline(self, as_of: date, *, is_closed: bool = False) -> tuple[date | None, int]:
        """The effective deadline on that day and how often it had been moved by then.

        A request made after the deadline only explains: it moves nothing (domain.md "Extension"). Where the date was
        put right after the request, the deadline it was made for decides. No granted time is ever taken away, in
        whatever order grants were decided. With `is_closed` the day is that of closing, and what was asked by then
        counts: whoever asked in time and was done before the answer came was not late (ADR 21).
        """
        effective, times = self.due(as_of), 0
        for row in sorted(self.moves, key=lambda row: (row.decided_on, row.new_due)):
            if effective is None or (row.applied_on if is_closed else row.decided_on) > as_of:
                continue
            put_right = any(row.applied_on <= fix.corrected_on <= as_of for fix in self.moved())
            if row.applied_on <= ((row.old_due if put_right else None) or effective):
                effective = max(effective, row.new_due)
                times += 1
        return effective, times

    def last_report(self, as_of: date) -> Said | None:
        """The last report that counts on that day (of several on one day the last in order)."""
        known = sorted((row for row in self.reports if row.counts(as_of)), key=lambda row: row.on)
        return known[-1] if known else None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the facts amount to on one day (`closed_on` only when closed by then)."""

    due: date | None
    effective_due: date | None
    closed_on: date | None
    report_due_on: date | None
    last_assessment: str
    extended: int = 0
    recurrence: str = ""
    required_since: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The ledger's computed columns. `workdays_left` is None when closed or undated."""

    due: date | None
    effective_due: date | None
    workdays_left: int | None
    light: Light
    state: LedgerState
    extended: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the administrator sets, in working days. The quarterly report of a dated item colours no lamp.

    `yellow_days`: a dated item is yellow with so many or fewer left. `report_yellow_days`: an undated one with so
    many or fewer left to its reporting date; 0: only once that has passed. `report_red_days`: a report missed for
    so many turns it red; 0: never.
    """

    yellow_days: int = 10
    report_yellow_days: int = 0
    report_red_days: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of the lamps on one day, as the last dates (inclusive) that a lamp reaches to.

    Yellow: deadlines up to `yellow_until`, reporting dates up to `owed_until`. Red: deadlines before `as_of`,
    reporting dates up to `owed_red_until` (None: never).
    """

    as_of: date
    yellow_until: date
    owed_until: date
    owed_red_until: date | None
    calendar: WorkCalendar

    def light(self, now: Snapshot) -> Light:
        """The lamp. Red wins over yellow."""
        if now.closed_on is not None:
            return Light.CLOSED
        if now.effective_due is None:
            owed = now.report_due_on
            if owed is not None and self.owed_red_until is not None and owed <= self.owed_red_until:
                return Light.RED
            near = owed is not None and owed <= self.owed_until
            return Light.YELLOW if near or now.last_assessment in WORRIED else Light.STANDING
        if now.effective_due < self.as_of:
            return Light.RED
        near = now.effective_due <= self.yellow_until
        return Light.YELLOW if near or now.last_assessment in WORRIED else Light.GREEN

    def judge(self, now: Snapshot) -> Verdict:
        """All computed columns of one item."""
        light = self.light(now)
        dated = now.effective_due is not None and light != Light.CLOSED
        left = (
            self.calendar.workdays_left(self.as_of, now.effective_due)
            if dated and now.effective_due
            else None
        )
        return Verdict(now.due, now.effective_due, left, light, _state(now, light), now.extended)


def _state(now: Snapshot, light: Light) -> LedgerState:
    if light == Light.CLOSED and now.closed_on is not None:
        late = now.effective_due is not None and now.closed_on > now.effective_due
        return LedgerState.CLOSED_LATE if late else LedgerState.CLOSED_ON_TIME
    if now.effective_due is None:
        return LedgerState.STANDING
    return LedgerState.OVERDUE if light == Light.RED else LedgerState.IN_PROGRESS


def rule(as_of: date, *, calendar: WorkCalendar, thresholds: Thresholds) -> Rule:
    """The rule of a day: how far into the future, and into the past, the thresholds reach."""
    near, red = thresholds.report_yellow_days, thresholds.report_red_days
    return Rule(
        as_of=as_of,
        yellow_until=_ahead(as_of, thresholds.yellow_days, calendar),
        owed_until=_ahead(as_of, near, calendar) if near else as_of - timedelta(days=1),
        owed_red_until=_back(as_of, red, calendar) if red else None,
        calendar=calendar,
    )


def _ahead(day: date, workdays: int, calendar: WorkCalendar) -> date:
    """The last date that is `workdays` working days away or less."""
    until = calendar.add_workdays(day, workdays)
    while not calendar.is_workday(until + timedelta(days=1)):
        until += timedelta(days=1)
    return until


def _back(day: date, workdays: int, calendar: WorkCalendar) -> date:
    """The last date after which `workdays` working days have gone by, today counted."""
    left = workdays
    while left:
        left -= calendar.is_workday(day)
        day -= timedelta(days=1)
    return day


def snapshot(facts: Facts, as_of: date) -> Snapshot:
    """What the facts amount to on a day. After the closing day the deadline stands as it was on that day."""
    closed_on = facts.closed_on if facts.closed_on is not None and facts.closed_on <= as_of else None
    effective, times = facts.deadline(closed_on or as_of, is_closed=closed_on is not None)
    last, (due, words), since = facts.last_report(as_of), facts.required(as_of), facts.required_since(as_of)
    owed = recurrence.owed(words, facts.opened_on, last.on if last else None, since) if due is None else None
    return Snapshot(
        due=due,
        effective_due=effective,
        closed_on=closed_on,
        report_due_on=owed,
        last_assessment=last.assessment if last else "",
        extended=times,
        recurrence=words,
        required_since=since,
    )


def missing_years(dates: Iterable[date | None], *, as_of: date, calendar: WorkCalendar) -> list[int]:
    """Years between the day and the dates for which the calendar has no data, in order."""
    years: set[int] = set()
    for day in dates:
        if day is not None:
            low, high = sorted((day.year, as_of.year))
            years.update(range(low, high + 1))
    return sorted(years - calendar.years)
