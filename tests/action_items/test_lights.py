"""Lamps against a day-by-day recomputation, and the rules that the sample meetings do not show."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.action_items import lights
from apps.action_items.enums import LedgerState, Light
from apps.action_items.lights import Facts, Misprint, Move, Said, Snapshot, Thresholds, Verdict
from apps.common.calendar import WorkCalendar

# A busy machine is no fault of the code.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# 2026: three days off in May, a working Saturday after them, as the notices of the State Council do.
ODD = {date(2026, 5, 1): False, date(2026, 5, 4): False, date(2026, 5, 5): False, date(2026, 5, 9): True}
CALENDAR = WorkCalendar(ODD, frozenset({2026}))
DAYS = st.dates(date(2026, 3, 1), date(2026, 8, 31))


def naive_left(as_of: date, due: date) -> int:
    """Walk the days one by one."""
    low, high, sign = (as_of, due, 1) if due >= as_of else (due, as_of, -1)
    days = [low + timedelta(days=n) for n in range(1, (high - low).days + 1)]
    return sign * sum(ODD.get(day, day.weekday() < 5) for day in days)


def verdict(facts: Facts, as_of: date, yellow_days: int = 10) -> Verdict:
    rule = lights.rule(as_of, calendar=CALENDAR, thresholds=Thresholds(yellow_days))
    return rule.judge(lights.snapshot(facts, as_of))


@CALM
@given(DAYS, DAYS, st.integers(1, 30), st.sampled_from(["", "normal", "behind", "blocked", "closing"]))
def test_workdays_and_lamp_of_an_open_dated_item(
    as_of: date, due: date, yellow: int, assessment: str
) -> None:
    now = Snapshot(due, due, None, None, assessment)
    left = naive_left(as_of, due)
    if due < as_of:
        light = Light.RED
    elif left <= yellow or assessment in ("behind", "blocked"):
        light = Light.YELLOW
    else:
        light = Light.GREEN
    state = LedgerState.OVERDUE if due < as_of else LedgerState.IN_PROGRESS
    rule = lights.rule(as_of, calendar=CALENDAR, thresholds=Thresholds(yellow))
    assert rule.judge(now) == Verdict(due, due, left, light, state, 0)


@CALM
@given(
    DAYS,
    st.none() | DAYS,
    st.integers(0, 12),
    st.integers(0, 12),
    st.sampled_from(["", "normal", "behind", "blocked", "closing"]),
)
def test_the_lamp_of_an_undated_item_walks_the_days(
    as_of: date, owed: date | None, near: int, red: int, assessment: str
) -> None:
    rule = lights.rule(as_of, calendar=CALENDAR, thresholds=Thresholds(10, near, red))
    missed = owed is not None and owed < as_of
    gone = -naive_left(as_of, owed) if owed is not None and missed else 0
    soon = owed is not None and not missed and near > 0 and naive_left(as_of, owed) <= near
    if missed and red and gone >= red:
        light = Light.RED
    elif missed or soon or assessment in ("behind", "blocked"):
        light = Light.YELLOW
    else:
        light = Light.STANDING
    now = Snapshot(None, None, None, owed, assessment)
    assert rule.judge(now) == Verdict(None, None, None, light, LedgerState.STANDING, 0)


OPENED = date(2026, 4, 1)
FACTS = Facts(OPENED, date(2026, 6, 30))
CLOSED = Facts(OPENED, date(2026, 6, 30), closed_on=date(2026, 7, 2))
MOVED = Facts(
    OPENED, date(2026, 6, 30), moves=(Move(date(2026, 6, 20), date(2026, 6, 25), date(2026, 7, 31)),)
)
MOVED_LATE = Facts(
    OPENED, date(2026, 6, 30), moves=(Move(date(2026, 7, 1), date(2026, 7, 3), date(2026, 7, 31)),)
)
MOVED_TWICE = Facts(
    OPENED,
    date(2026, 6, 30),
    closed_on=date(2026, 8, 20),
    moves=(
        Move(date(2026, 6, 20), date(2026, 6, 25), date(2026, 7, 31)),
        Move(date(2026, 7, 31), date(2026, 8, 3), date(2026, 8, 31)),
    ),
)
MISPRINT = Facts(OPENED, date(2026, 6, 30), misprints=(Misprint(date(2026, 5, 6), date(2026, 6, 3)),))
# Extended on 25 June, then the printed date is put right on 6 July: to 15 June, and to 30 September.
EARLIER, LATER = (
    Facts(
        OPENED,
        due,
        moves=(Move(date(2026, 6, 20), date(2026, 6, 25), date(2026, 7, 31), date(2026, 6, 30)),),
        misprints=(Misprint(date(2026, 7, 6), date(2026, 6, 30)),),
    )
    for due in (date(2026, 6, 15), date(2026, 9, 30))
)
RECURRING = Facts(OPENED, None, "每季度首月15日前", reports=(Said(date(2026, 4, 14), "normal"),))
BEHIND = Facts(
    OPENED, date(2026, 8, 31), reports=(Said(date(2026, 5, 8), "behind"), Said(date(2026, 5, 20), "normal"))
)
SENT_BACK = Facts(
    OPENED,
    date(2026, 8, 31),
    reports=(Said(date(2026, 5, 8), "behind", date(2026, 5, 12)), Said(date(2026, 4, 20), "normal")),
)
ANSWER_SENT_BACK = Facts(
    OPENED, None, "每季度首月15日前", reports=(Said(date(2026, 7, 14), "normal", date(2026, 7, 20)),)
)
UNKNOWN_WORDS = Facts(OPENED, None, "视情况适时")
JUN30, JUL31, AUG31 = date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31)
# The first grant was entered late, decided before the second: no granted time is taken away.
OUT_OF_ORDER = Facts(
    OPENED,
    date(2026, 6, 30),
    moves=(
        Move(date(2026, 6, 29), date(2026, 6, 30), date(2026, 7, 31), date(2026, 6, 30)),
        Move(date(2026, 6, 20), date(2026, 6, 25), date(2026, 8, 31), date(2026, 7, 31)),
    ),
)
# Asked in time, done before the answer came.
DONE_MEANWHILE = Facts(OPENED, date(2026, 6, 30), closed_on=date(2026, 7, 2), moves=(
    Move(date(2026, 6, 20), date(2026, 7, 6), date(2026, 7, 31)),
    Move(date(2026, 7, 3), date(2026, 7, 7), date(2026, 8, 31)),
))  # fmt: skip
TO_RECURRING = Facts(
    OPENED, None, "每季度首月15日前", misprints=(Misprint(date(2026, 5, 6), date(2026, 6, 30)),)
)
QUARTER_DAY = date(2026, 7, 15)
# Monthly until a 更正 set a date; and quarterly until one made it monthly.
TO_DATE = Facts(OPENED, date(2026, 8, 31), misprints=(Misprint(date(2026, 5, 7), None, "每月5日前"),))
TO_MONTHLY = Facts(
    OPENED, None, "每月5日前", misprints=(Misprint(date(2026, 7, 6), None, "每季度首月15日前"),)
)
CASES = [
    ("granted out of order", OUT_OF_ORDER, date(2026, 7, 1), (JUN30, AUG31, 43, "green", "in_progress", 2)),
    (
        "asked in time, done before the answer",
        DONE_MEANWHILE,
        AUG31,
        (JUN30, JUL31, None, "closed", "closed_on_time", 1),
    ),
    (
        "dated until it was put right",
        TO_RECURRING,
        date(2026, 5, 5),
        (JUN30, JUN30, 41, "green", "in_progress", 0),
    ),
    ("recurring since", TO_RECURRING, date(2026, 5, 6), (None, None, None, "standing", "standing", 0)),
    ("its first date", TO_RECURRING, QUARTER_DAY, (None, None, None, "standing", "standing", 0)),
    ("missed", TO_RECURRING, date(2026, 7, 16), (None, None, None, "yellow", "standing", 0)),
    ("missed, dated the next day", TO_DATE, date(2026, 5, 6), (None, None, None, "yellow", "standing", 0)),
    ("dated since", TO_DATE, date(2026, 5, 7), (AUG31, AUG31, 83, "green", "in_progress", 0)),
    ("quarterly, missed", TO_MONTHLY, date(2026, 7, 5), (None, None, None, "yellow", "standing", 0)),
    ("monthly since", TO_MONTHLY, date(2026, 8, 5), (None, None, None, "standing", "standing", 0)),
    ("its month missed", TO_MONTHLY, date(2026, 8, 6), (None, None, None, "yellow", "standing", 0)),
    ("on its last day", FACTS, JUN30, (JUN30, JUN30, 0, "yellow", "in_progress", 0)),
    ("the day after", FACTS, date(2026, 7, 1), (JUN30, JUN30, -1, "red", "overdue", 0)),
    ("closing not yet known", CLOSED, date(2026, 7, 1), (JUN30, JUN30, -1, "red", "overdue", 0)),
    ("closed after the deadline", CLOSED, date(2026, 7, 2), (JUN30, JUN30, None, "closed", "closed_late", 0)),
    ("extension not decided", MOVED, date(2026, 6, 24), (JUN30, JUN30, 4, "yellow", "in_progress", 0)),
    ("extension decided", MOVED, date(2026, 6, 25), (JUN30, JUL31, 26, "green", "in_progress", 1)),
    ("asked too late: red stays", MOVED_LATE, date(2026, 7, 6), (JUN30, JUN30, -4, "red", "overdue", 0)),
    ("between two extensions", MOVED_TWICE, date(2026, 8, 2), (JUN30, JUL31, 0, "red", "overdue", 1)),
    ("twice extended", MOVED_TWICE, date(2026, 8, 19), (JUN30, AUG31, 8, "yellow", "in_progress", 2)),
    ("in time thanks to both", MOVED_TWICE, AUG31, (JUN30, AUG31, None, "closed", "closed_on_time", 2)),
    (
        "misprint still counts",
        MISPRINT,
        date(2026, 5, 5),
        (date(2026, 6, 3), date(2026, 6, 3), 22, "green", "in_progress", 0),
    ),
    ("misprint put right", MISPRINT, date(2026, 5, 6), (JUN30, JUN30, 40, "green", "in_progress", 0)),
    ("extended, not yet put right", EARLIER, date(2026, 7, 5), (JUN30, JUL31, 20, "green", "in_progress", 1)),
    (
        "extended, then put right to before the request",
        EARLIER,
        date(2026, 7, 6),
        (date(2026, 6, 15), JUL31, 19, "green", "in_progress", 1),
    ),
    (
        "extended, then put right to after the extension",
        LATER,
        date(2026, 9, 29),
        (date(2026, 9, 30), date(2026, 9, 30), 1, "yellow", "in_progress", 1),
    ),
    ("reported this quarter", RECURRING, date(2026, 7, 15), (None, None, None, "standing", "standing", 0)),
    ("reporting day passed", RECURRING, date(2026, 7, 16), (None, None, None, "yellow", "standing", 0)),
    ("says it is behind", BEHIND, date(2026, 5, 19), (AUG31, AUG31, 74, "yellow", "in_progress", 0)),
    ("caught up", BEHIND, date(2026, 5, 20), (AUG31, AUG31, 73, "green", "in_progress", 0)),
    (
        "sent back: the day before",
        SENT_BACK,
        date(2026, 5, 11),
        (AUG31, AUG31, 80, "yellow", "in_progress", 0),
    ),
    ("sent back", SENT_BACK, date(2026, 5, 12), (AUG31, AUG31, 79, "green", "in_progress", 0)),
    ("answered", ANSWER_SENT_BACK, date(2026, 7, 19), (None, None, None, "standing", "standing", 0)),
    (
        "its answer sent back",
        ANSWER_SENT_BACK,
        date(2026, 7, 20),
        (None, None, None, "yellow", "standing", 0),
    ),
    ("words nobody can read", UNKNOWN_WORDS, AUG31, (None, None, None, "standing", "standing", 0)),
]


@pytest.mark.parametrize(("name", "facts", "as_of", "wanted"), CASES, ids=[case[0] for case in CASES])
def test_facts_as_of_a_day(name: str, facts: Facts, as_of: date, wanted: tuple) -> None:
    assert verdict(facts, as_of) == Verdict(*wanted)


def test_missing_years_are_named() -> None:
    dates = [None, date(2026, 6, 1), date(2028, 1, 1)]
    assert lights.missing_years(dates, as_of=date(2026, 1, 1), calendar=CALENDAR) == [2027, 2028]
    assert lights.missing_years(dates[:2], as_of=date(2026, 1, 1), calendar=CALENDAR) == []


DATE_PAIRS = st.lists(st.tuples(DAYS, DAYS), max_size=4)


@CALM
@given(DAYS, DATE_PAIRS, st.lists(st.tuples(DAYS, st.sampled_from(["normal", "behind"])), max_size=4), DAYS)
def test_what_happens_later_changes_nothing_before(
    as_of: date, moves: list, reports: list, closed_on: date
) -> None:
    """Facts dated after a day leave that day's verdict as it was without them."""
    all_moves = tuple(Move(day, day, max(day, new) + timedelta(days=1)) for day, new in moves)
    said = tuple(Said(*row) for row in reports)
    whole = Facts(OPENED, JUN30, closed_on=closed_on, moves=all_moves, reports=said)
    known = Facts(
        OPENED,
        JUN30,
        closed_on=closed_on if closed_on <= as_of else None,
        moves=tuple(row for row in all_moves if row.decided_on <= as_of),
        reports=tuple(row for row in said if row.on <= as_of),
    )
    assert verdict(whole, as_of) == verdict(known, as_of)
