"""督办台账 as a paper: the asked lines on A4 across, for a meeting's folder or a leader's desk."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from apps.common import settings_rows
from apps.documents.composition import Align, Cell, Layout, Paper, Table, chinese_date, paragraph
from apps.documents.models import ArchivedPaper

_COLUMNS = (
    "序号", "纪要编号", "议定事项", "牵头单位\n和责任人", "配合单位", "时限", "进展、问题和下一步", "灯、状态",
)  # fmt: skip
# Wide enough for what is never cut: 〔2026〕12号, 市生态环境局, 2026-12-31, 临期，剩10天.
_WIDTHS = (1.75, 4.5, 8, 5.25, 4.5, 4, 7.75, 4.25)
_IN_CELL = 6  # characters of a unit's cell


def ledger_paper(lines: Sequence[dict[str, Any]], filter_words: str, as_of: date) -> Paper:
    """督办台账 as of a day, of the lines of `ledger_page.lines` (charter 四（二）: 办公室跟踪督促落实).

    `filter_words` says what was asked for, empty for everything one sees. One query, for the mark of sample papers.
    """
    table = Table(
        widths=_WIDTHS,
        rows=(_COLUMNS, *([_row(line) for line in lines] or [("", "", "（没有事项）", *[""] * 5)])),
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
        Cell(f"{line['item'].source_label}\n第{line['item'].seq}项", align=Align.CENTRE),
        Cell(line["item"].text, align=Align.LEFT),
        Cell(_who(line), align=Align.LEFT),
        Cell(_in_lines(str(line["supports"])), align=Align.LEFT),
        Cell(_due(line), align=Align.CENTRE),
        Cell(_said(line), align=Align.LEFT),
        Cell(_state(line), align=Align.CENTRE),
    )


def _who(line: dict[str, Any]) -> str:
    """Each lead unit on a line of its own, under it who answers for it."""
    names = line["leads"].split("、")
    if len(names) == 1:
        return "\n".join([*names, *line["holders"]])
    said, found = [], []
    for words in line["holders"]:  # the first of a unit begins with its name
        name = next((name for name in names if words.startswith(name)), "")
        said.append(name)
        found += [name, words.removeprefix(name)] if name else [words]
    return "\n".join([*found, *(name for name in names if name not in said)])


def _in_lines(names: str) -> str:
    """Names one after another, broken between two of them only."""
    lines = [""]
    for name in names.split("、"):
        joined = f"{lines[-1]}、{name}" if lines[-1] else name
        if len(joined) <= _IN_CELL:
            lines[-1] = joined
        else:
            lines[-1:] = [f"{lines[-1]}、", name] if lines[-1] else [name]
    return "\n".join(lines)


def _due(line: dict[str, Any]) -> str:
    """The deadline in force (figures, since the column is narrow), the original one under it, and whether it is a day off."""
    due = line["row"].verdict.due
    original = f"{due:%Y-%m-%d}" if due else line["due"]
    if line["moved"]:
        original = f"{line['moved']:%Y-%m-%d}\n原定\n{original}"
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
    """The lamp in words, for ink has no colour; with the day of a matter that is done."""
    closed = f"\n{line['closed_on']:%Y-%m-%d}" if line["closed_on"] else ""
    return f"{line['lamp_in_full']}{closed}"
