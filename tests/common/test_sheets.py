"""What people typed stays text in a spreadsheet."""

import io
from datetime import UTC, datetime

from openpyxl import load_workbook

from apps.common.sheets import neutral, workbook


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
