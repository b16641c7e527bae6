"""Dates as people write them in minutes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.dates_in_text import dates_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026年6月30日前完成", [(date(2026, 6, 30), "2026年6月30日")]),
        ("6月底前报送，12月5日通报", [(date(2026, 6, 30), "6月底"), (date(2026, 12, 5), "12月5日")]),
        ("二〇二六年十二月三十一日", [(date(2026, 12, 31), "二〇二六年十二月三十一日")]),
        ("明年二月末前", [(date(2027, 2, 28), "明年二月末")]),
        ("今年九月二十一日", [(date(2026, 9, 21), "今年九月二十一日")]),
        ("年底前完成", [(date(2026, 12, 31), "年底前")]),
        ("2027年底前", [(date(2027, 12, 31), "2027年底前")]),
        ("明年底", [(date(2027, 12, 31), "明年底")]),
        ("2月30日、13月1日、第3期、摸清底数、每季度首月15日前", []),
    ],
)
def test_dates_are_found_with_their_words(text: str, found: list[tuple[date, str]]) -> None:
    assert [(hit.day, hit.words) for hit in dates_in(text, year=2026)] == found


@given(st.dates(date(2000, 1, 1), date(2199, 12, 31)), st.text(alphabet="前由市局完成，。", max_size=6))
def test_every_date_written_out_is_found_where_it_stands(day: date, around: str) -> None:
    words = f"{day.year}年{day.month}月{day.day}日"
    [hit] = dates_in(around + words + around, year=2026)
    assert (hit.day, hit.start, hit.words) == (day, len(around), words)
