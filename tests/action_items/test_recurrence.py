"""Recurring obligations: what the words mean and when the next report is owed."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.action_items.recurrence import Recurrence, check, read

# A busy machine is no fault of the code.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

UNDERSTOOD = {
    "每月5日前": (1, 1, 5),
    "每月十五日前": (1, 1, 15),
    "每月底前": (1, 1, 31),
    "每月": (1, 1, 31),
    "每季度首月15日前": (3, 1, 15),
    "每季度首月 15 日前报送": (3, 1, 15),
    "每季度末月25日前": (3, 3, 25),
    "每季度第二月10号前": (3, 2, 10),
    "每季度": (3, 3, 31),
    "每季末": (3, 3, 31),
    "每半年": (6, 6, 31),
    "每半年一次": (6, 6, 31),
    "每半年首月10日前": (6, 1, 10),
    "每年6月底前": (12, 6, 31),
    "每年十二月底前": (12, 12, 31),
    "每年3月15日前": (12, 3, 15),
    "每年底前完成": (12, 12, 31),
    "每年": (12, 12, 31),
}
NOT_UNDERSTOOD = [
    "",
    "每周五前",
    "每季度首月15日前或月底",
    "每年13月底前",
    "每年2月30日前",
    "每月32日前",
    "每月0日前",
    "定期",
    "每两年",
    "每季度第四月1日前",
]


@pytest.mark.parametrize(("words", "meaning"), UNDERSTOOD.items())
def test_ordinary_words_are_understood(words: str, meaning: tuple[int, int, int]) -> None:
    assert read(words) == Recurrence(*meaning)


@pytest.mark.parametrize("words", NOT_UNDERSTOOD)
def test_other_words_are_not(words: str) -> None:
    assert read(words) is None


def test_what_is_typed_and_not_understood_is_refused_with_examples() -> None:
    check("")
    check("每月5日前")
    with pytest.raises(ValidationError) as caught:
        check("每逢佳节")
    assert caught.value.messages == [
        "看不懂定期要求“每逢佳节”，请写成：每月5日前、每季度首月15日前、每季度末、每半年、每年6月底前、每年3月15日前。"
    ]


QUARTER = Recurrence(3, 1, 15)
OWED = [
    # opened on, last report, next owed
    (date(2026, 4, 9), None, date(2026, 4, 15)),
    (date(2026, 4, 15), None, date(2026, 7, 15)),
    (date(2026, 4, 9), date(2026, 10, 14), date(2027, 1, 15)),
    (date(2026, 4, 9), date(2026, 10, 20), date(2027, 1, 15)),
    (date(2026, 4, 9), date(2026, 9, 30), date(2026, 10, 15)),
    (date(2026, 4, 9), date(2026, 12, 31), date(2027, 1, 15)),
    (date(2026, 12, 1), None, date(2027, 1, 15)),
]


@pytest.mark.parametrize(("opened_on", "last", "owed"), OWED)
def test_next_report_of_a_quarterly_item(opened_on: date, last: date | None, owed: date) -> None:
    assert QUARTER.next_owed(opened_on, last) == owed


OPEN_DATES = [
    # first not answered, as of, (last gone by, next)
    (date(2026, 4, 15), date(2026, 4, 15), (None, date(2026, 4, 15))),
    (date(2026, 4, 15), date(2026, 4, 16), (date(2026, 4, 15), date(2026, 7, 15))),
    (date(2026, 4, 15), date(2027, 1, 15), (date(2026, 10, 15), date(2027, 1, 15))),
    (date(2026, 10, 15), date(2026, 1, 1), (None, date(2026, 10, 15))),
]


@pytest.mark.parametrize(("owed", "day", "wanted"), OPEN_DATES)
def test_a_missed_date_does_not_block_the_next(owed: date, day: date, wanted: tuple) -> None:
    assert QUARTER.open_dates(owed, day) == wanted


def test_a_day_past_the_month_end_is_its_last_day() -> None:
    monthly = Recurrence(1, 1, 31)
    assert monthly.next_owed(date(2028, 1, 31), None) == date(2028, 2, 29)
    assert monthly.next_owed(date(2026, 12, 31), None) == date(2027, 1, 31)


@CALM
@given(
    st.sampled_from([1, 3, 6, 12]),
    st.integers(1, 12),
    st.integers(1, 31),
    st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    st.none() | st.dates(date(2020, 1, 1), date(2040, 12, 31)),
)
def test_the_owed_date_lies_ahead_of_what_was_last_done(
    months: int, month: int, day: int, opened_on: date, last: date | None
) -> None:
    rule = Recurrence(months, min(month, months), day)
    owed = rule.next_owed(opened_on, last)
    done = last if last is not None and last >= opened_on else opened_on
    assert owed > done or rule.period_start(owed) > rule.period_start(done)
    assert owed == rule.date_in(rule.period_start(owed))
