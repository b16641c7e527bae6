"""Working time until a deadline, minute by minute against a plain count."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.calendar import WorkCalendar
from apps.common.working_hours import DAY, left

# National Day 2026: 1–7 October off, Saturday 10 October worked.
OFF = {date(2026, 10, day): False for day in (1, 2, 5, 6, 7)} | {date(2026, 10, 10): True}
CALENDAR = WorkCalendar(OFF, frozenset({2026}))


def at(text: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(text))


def words(now: str, until: str) -> str:
    return left(at(now), at(until), CALENDAR).words


def test_what_the_countdown_says() -> None:
    assert words("2026-11-25 08:00", "2026-11-25 17:30") == "还剩1个工作日"
    assert words("2026-11-25 11:30", "2026-11-25 15:00") == "还剩1小时"
    assert words("2026-11-25 11:30", "2026-11-26 11:30") == "还剩1个工作日"
    assert words("2026-11-25 17:29", "2026-11-25 19:00") == "还剩1分钟"
    assert words("2026-11-27 16:30", "2026-11-30 10:00") == "还剩3小时"
    assert words("2026-11-25 12:30", "2026-11-25 14:00") == "还没有截止，其间没有工作时间"
    assert words("2026-11-25 17:00", "2026-11-25 17:00") == "已截止"
    assert words("2026-11-25 18:00", "2026-11-25 17:00") == "已截止"


def test_holidays_and_exchanged_days_count_as_the_state_council_says() -> None:
    assert words("2026-09-30 17:30", "2026-10-08 10:00") == "还剩2小时"
    assert words("2026-10-09 17:30", "2026-10-12 08:00") == "还剩1个工作日"


def test_a_year_without_a_calendar_is_named() -> None:
    found = left(at("2026-12-31 16:30"), at("2027-01-04 09:00"), CALENDAR)
    assert (found.guessed, found.words) == ((2027,), "还剩1个工作日2小时")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20 * 24 * 12), st.integers(1, 9 * 24 * 12))
def test_it_is_the_count_of_working_minutes(start: int, length: int) -> None:
    now = at("2026-09-26 00:00") + timedelta(minutes=5 * start)
    until = now + timedelta(minutes=5 * length)
    moments = (now + timedelta(minutes=5 * n) for n in range(length))
    counted = sum(
        CALENDAR.is_workday(moment.date()) and any(a <= moment.time() < b for a, b in DAY)
        for moment in map(timezone.localtime, moments)
    )
    assert left(now, until, CALENDAR).left == timedelta(minutes=5 * counted)
