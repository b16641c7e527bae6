"""The working-day calendar: seeded, pasted, from a sheet; wrong lines write nothing."""

import io
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from apps.common import calendar, calendar_import
from apps.common.calendar_import import DayLine
from apps.common.models import AuditEvent, CalendarDay

SPRING = "2027-02-05至2027-02-07 休 春节\n2027年2月14日 班 春节\n\n2027/1/1，放假，元旦\n"
DAYS = [
    DayLine(date(2027, 2, 5), False, "春节"),
    DayLine(date(2027, 2, 6), False, "春节"),
    DayLine(date(2027, 2, 7), False, "春节"),
    DayLine(date(2027, 2, 14), True, "春节"),
    DayLine(date(2027, 1, 1), False, "元旦"),
]


@pytest.mark.core
@pytest.mark.django_db
def test_the_seed_is_loaded_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_calendar")
    CalendarDay.objects.filter(date="2026-05-09").update(name="改过的")
    call_command("load_calendar", "2026", "2027")
    assert capsys.readouterr().out.splitlines() == [
        "日历：新增220天。",
        "日历：新增0天。",
        "没有2027年的数据，这些年份按周一至周五计。",
    ]
    assert CalendarDay.objects.get(date="2026-05-09").name == "改过的"
    known = calendar.current()
    assert [known.is_workday(date(2026, 5, d)) for d in (1, 4, 5, 6, 9, 10)] == [False] * 3 + [
        True,
        True,
        False,
    ]
    assert known.missing_years([date(2026, 1, 1), date(2027, 3, 1), None]) == [2027]


def test_pasted_lines_in_several_hands() -> None:
    assert calendar_import.from_text(SPRING) == DAYS


def test_a_sheet_with_a_heading() -> None:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (["日期", "安排", "名称"], [date(2027, 1, 1), "休", "元旦"], ["2027-02-14", "班", None]):
        sheet.append(row)  # type: ignore[union-attr]
    book.save(out)
    found = calendar_import.from_sheet(io.BytesIO(out.getvalue()))
    assert found == [DayLine(date(2027, 1, 1), False, "元旦"), DayLine(date(2027, 2, 14), True, "")]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", ["没有读到任何日期。"]),
        ("元旦放假", ["第1行：看不懂，应写成“2027-01-01 休 元旦”的样子。"]),
        ("2027-02-30 休 春节", ["第1行：日期2027-02-30不存在。"]),
        ("2027-01-01 玩 元旦", ["第1行：“玩”不认识，只能写休或班。"]),
        ("2027-02-07至2027-02-05 休", ["第1行：起止日期不对：止应不早于起，且不超过一个月。"]),
        ("1027-01-01 休", ["第1行：年份应在2000到2100之间。"]),
        ("2027-01-01 休\n2027-01-01 班", ["2027-01-01既写了休又写了班。"]),
        ("2027-01-01 休 " + "长" * 41, ["第1行：名称最多40个字。"]),
    ],
)
def test_wrong_lines_are_named(text: str, messages: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        calendar_import.from_text(text)
    assert caught.value.messages == messages


def test_a_file_that_is_no_sheet() -> None:
    with pytest.raises(ValidationError, match="表格读不出来"):
        calendar_import.from_sheet(io.BytesIO(b"PK\x03\x04 no"))


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    found: object = []
    try:
        found = calendar_import.from_text(text)
    except ValidationError as error:
        found = error.messages
    assert found


@pytest.mark.core
@pytest.mark.django_db
def test_putting_twice_changes_nothing_and_replacing_removes() -> None:
    assert calendar_import.put_days(DAYS, by=None) == 5
    assert calendar_import.put_days(DAYS, by=None) == 0
    assert CalendarDay.history.count() == 5  # type: ignore[attr-defined]
    kept = [DayLine(date(2027, 1, 1), False, "元旦节")]
    assert calendar_import.put_days(kept, by=None, replace=True) == 5
    assert list(CalendarDay.objects.values_list("date", "is_workday", "name")) == [
        (date(2027, 1, 1), False, "元旦节")
    ]
    assert [event.detail for event in AuditEvent.objects.order_by("id")] == [
        {"years": [2027], "added": 5, "changed": 0, "removed": 0},
        {"years": [2027], "added": 0, "changed": 1, "removed": 4},
    ]
