"""Working time until a deadline, minute by minute against a plain count."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.forms import SettingsForm
from apps.common import settings_rows
from apps.common.calendar import WorkCalendar
from apps.common.working_hours import DAY, day_of, left, written
from tests.factories.people import People

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


def test_the_hours_are_a_setting_and_count_as_it_says() -> None:
    summer = day_of("8:00-12:00, 15:00-18:00")
    assert written("8:00-12:00, 15:00-18:00") == "08:00–12:00，15:00–18:00"
    found = left(at("2026-11-25 11:30"), at("2026-11-25 15:30"), CALENDAR, summer)
    assert (found.words, found.day) == ("还剩1小时", timedelta(hours=7))
    whole = left(at("2026-11-25 08:00"), at("2026-11-26 18:00"), CALENDAR, day_of("09:00至17:00"))
    assert whole.words == "还剩2个工作日"


@pytest.mark.parametrize(
    "wrong",
    [
        "", "8点到12点", "08:00–12:00，", "12:00–08:00", "08:00–12:00，11:00–17:00", "08:00–25:00", "08:00", "08:60–12:00",
        "01:00–02:00，03:00–04:00，05:00–06:00，07:00–08:00",
    ],
)  # fmt: skip
def test_what_no_working_day_is_is_refused_in_words(wrong: str) -> None:
    with pytest.raises(ValidationError, match="工作时间请写成"):
        day_of(wrong)


@pytest.mark.django_db
def test_the_administrator_sets_it_and_is_told_what_is_wrong(people: People) -> None:
    with pytest.raises(ValidationError, match="工作时间请写成"):
        settings_rows.put("work_day", "上午", by=None)
    given = {
        d.key: settings_rows.value(d.key) for d in settings_rows.DEFINITIONS if settings_rows.value(d.key)
    }
    assert given["work_day"] == "08:00–12:00，14:30–17:30"
    form = SettingsForm({**given, "work_day": "上午"}, may_change=True)
    assert list(form.errors) == ["work_day"]
    assert "工作时间请写成“08:00–12:00，14:30–17:30”这样" in str(form.errors)
    assert SettingsForm({**given, "work_day": "8:00-12:00"}, may_change=True).is_valid()
    settings_rows.put("work_day", "8:00-12:00,15:00-18:00", by=people.sysadmin)
    assert settings_rows.value("work_day") == "08:00–12:00，15:00–18:00"
