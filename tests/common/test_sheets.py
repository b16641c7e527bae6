"""What people typed stays text in a spreadsheet."""

import io
import re
import zipfile
from datetime import UTC, date, datetime

import pytest
from django.http import FileResponse
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from xlsxwriter.worksheet import Worksheet

from apps.common import sheet_cells, sheets
from apps.common.sheet_cells import PlainCells
from apps.common.sheets import answer_rows, neutral, restored
from tests.support.books import workbook

_HELD_BY_NO_SHEET = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def test_formulas_are_neutralised() -> None:
    typed = ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "平常", "a\x00b", 5, None]
    assert [neutral(value) for value in typed] == [
        "'=1+1", "'+1", "'-2", "'@SUM(A1)", "'\t=1", "平常", "ab", 5, None,
    ]  # fmt: skip


def test_a_workbook_comes_back() -> None:
    moment = datetime(2026, 3, 26, 7, 0, tzinfo=UTC)
    content = workbook(["时间", "内容"], [(moment, "=cmd|'/c calc'!A0"), (None, "龚䶮")], title="日志")
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert (sheet.title, sheet.freeze_panes) == ("日志", "A2")
    assert list(sheet.iter_rows(values_only=True)) == [
        ("时间", "内容"),
        (
            datetime(2026, 3, 26, 15, 0),  # noqa: DTZ001 - sheets know no zone
            "'=cmd|'/c calc'!A0",
        ),
        (None, "龚䶮"),
    ]


AWKWARD = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)


@given(
    st.lists(
        st.one_of(AWKWARD, st.sampled_from(["'=1", "''-x", "_x0041_", "a\n b ", "<&>\"'", "\r"])), min_size=1
    )
)
@settings(max_examples=60, deadline=None)
def test_what_was_typed_comes_back_as_it_was(texts: list[str]) -> None:
    """All but characters no sheet can hold."""
    sheet = load_workbook(io.BytesIO(workbook(["文"], [[text] for text in texts], title="往返"))).worksheets[
        0
    ]
    cells = [restored(sheet.cell(row=number, column=1).value) or "" for number in range(2, len(texts) + 2)]
    assert cells == [_HELD_BY_NO_SHEET.sub("", text) for text in texts]
    assert {sheet.cell(row=n, column=1).data_type for n in range(2, len(texts) + 2)} <= {"s", "n"}


@given(
    st.lists(st.one_of(AWKWARD, st.sampled_from(["<r>a</r>", "_x0041_", "a&b", " a", "a ", "a\n", "甲_x"])))
)
@settings(max_examples=60, deadline=None)
def test_cells_written_by_the_short_way_are_those_of_xlsxwriter(texts: list[str]) -> None:
    found = []
    for kind in (PlainCells, Worksheet):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sheet_cells, "PlainCells", kind)
            content = workbook(["甲"], [[text, 1, date(2026, 1, 1)] for text in texts], title="同")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found.append(archive.read("xl/worksheets/sheet1.xml"))
    assert found[0] == found[1]


def test_any_kind_of_value_and_a_column_out_of_sight() -> None:
    row = [1, 2.5, True, date(2026, 2, 28), datetime(2026, 2, 28, 23, 59, tzinfo=UTC), None, "", "长" * 40]
    content = workbook([*"abcdefgh"], [row], title="值/名"[:31].replace("/", ""), hidden=(1, 7))
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert [cell.value for cell in sheet[2]] == [
        1, 2.5, True,
        datetime(2026, 2, 28),  # noqa: DTZ001 - sheets know no zone
        datetime(2026, 3, 1, 7, 59),  # noqa: DTZ001
        None, None, "长" * 40,
    ]  # fmt: skip
    assert [sheet.column_dimensions[letter].hidden for letter in "ABH"] == [False, True, True]
    assert sheet.column_dimensions["H"].width == 60.7109375  # the margin of a cell is added
    assert (sheet["A1"].font.bold, sheet["A2"].font.bold, sheet["D2"].number_format) == (
        True, False, "yyyy-mm-dd",
    )  # fmt: skip


@pytest.mark.django_db
def test_a_long_sheet_takes_its_rows_one_by_one_and_is_handed_out_in_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sheets, "KEPT_IN_MEMORY", 4096)
    rows = ([number, "文" * 30] for number in range(5000))
    answer = answer_rows(["号", "文"], rows, title="长表", name="长表.xlsx", by=None, said="全部")
    assert isinstance(answer, FileResponse)
    book = io.BytesIO(b"".join(answer))
    answer.file_to_stream.close()  # type: ignore[union-attr]
    sheet = load_workbook(book, read_only=True).worksheets[0]
    found = list(sheet.iter_rows(values_only=True))
    assert (len(found), found[0], found[-1]) == (5001, ("号", "文"), (4999, "文" * 30))
    assert "filename*=utf-8''%E9%95%BF%E8%A1%A8.xlsx" in answer["Content-Disposition"]
