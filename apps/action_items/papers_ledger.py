"""督办台账 as a paper: the asked lines on A4 across, for a meeting's folder or a leader's desk."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from apps.common import settings_rows
from apps.documents.composition import Align, Cell, Layout, Paper, Table, chinese_date, paragraph
from apps.documents.models import ArchivedPaper

_COLUMNS = (
    "序号", "纪要编号", "议定事项", "牵头单位", "配合单位", "责任人", "时限", "进展、问题和下一步", "状态",
)  # fmt: skip
_WIDTHS = (1.75, 3.5, 7.5, 3.25, 3.75, 5.25, 4, 7.25, 3.75)


def ledger_paper(lines: Sequence[dict[str, Any]], filter_words: str, as_of: date) -> Paper:
    """督办台账 as of a day, of the lines of `ledger_page.lines` (charter 四（二）: 办公室跟踪督促落实).

    `filter_words` says what was asked for, empty for everything one sees. One query, for the mark of sample papers.
    """
    table = Table(
        widths=_WIDTHS,
        rows=(_COLUMNS, *([_row(line) for line in lines] or [("", "", "（没有事项）", *[""] * 6)])),
        size=10.5,
    )
    body_name = str(settings_rows.value("body_name"))
    scope = f"；范围：{filter_words}" if filter_words else ""
    return Paper(
        mark="",
        title=f"{body_name}督办台账",
        layout=Layout.SHEET,
        marker=_marker(lines),
        body=(
            paragraph(f"截至{chinese_date(as_of)}，共{len(lines)}项{scope}。天数为工作日。", flush=True),
            table,
        ),
        words=(body_name, "督办台账"),
        landscape=True,
    )


def _marker(lines: Sequence[dict[str, Any]]) -> str:
    """示例（虚构） where the matters are those of invented meetings."""
    papers = {line["item"].source_paper_id for line in lines} - {None}
    found = ArchivedPaper.objects.filter(pk__in=papers).values_list("data__marker", flat=True).distinct()
    return next((str(marker) for marker in found if marker), "")


def _row(line: dict[str, Any]) -> tuple[Cell | str, ...]:
    return (
        str(line["number"]),
        line["paper"],
        Cell(line["item"].text, align=Align.LEFT),
        line["leads"],
        str(line["supports"]),
        "\n".join(line["holders"]),
        _due(line),
        Cell(_said(line), align=Align.LEFT),
        _state(line),
    )


def _due(line: dict[str, Any]) -> str:
    """The deadline in force (figures, since the column is narrow), the original one under it, and whether it is a day off."""
    due = line["row"].verdict.due
    original = f"{due:%Y-%m-%d}" if due else line["due"]
    if line["moved"]:
        original = f"{line['moved']:%Y-%m-%d}\n（原定{original}）"
    return f"{original}\n（{line['due_note']}）" if line["due_note"] else original


def _said(line: dict[str, Any]) -> str:
    report = line["report"]
    if not report:
        return "" if line["closed_on"] else "尚未报告"
    parts = [f"{chinese_date(report['on'])}{report['unit']}：{report['text']}"]
    parts += [
        f"{label}：{report[name]}"
        for name, label in (("problem", "问题"), ("next_step", "下一步"))
        if report[name]
    ]
    return "\n".join(parts)


def _state(line: dict[str, Any]) -> str:
    state, lamp = line["state_note"], line["lamp"]["words"]
    closed = f"{line['closed_on']:%Y-%m-%d}" if line["closed_on"] else ""
    return "\n".join(dict.fromkeys(part for part in (state, lamp, closed) if part))
