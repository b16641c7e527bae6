"""督办台账 as a paper: the asked lines on A4 across, for a meeting's folder or a leader's desk."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from apps.common import settings_rows
from apps.documents.composition import Align, Cell, Layout, Paper, Table, chinese_date, paragraph, text_of
from apps.documents.models import ArchivedPaper

from .enums import Light
from .ledger_page import HEADINGS
from .models import ActionItem

# The fifteen columns of the ledger (`HEADINGS`) in characters of 小5号: as narrow as keeps whole what should not be cut
# (2026年 over 12月31日, 市卫健委, 经办×××, 剩24天, 推进中). The four of running text share what is left (`_widths`).
_CHARACTERS = (1, 4, 6, 4, 4, 5, 4, 4, 4, 4, 4, 3, 3, 4, 4)
_TEXTS = (2, 8, 9, 10)  # 议定事项, 进展, 问题, 下一步
_SPARE = 5  # characters the sheet holds beyond those; one of them goes to three figures in the first column
_SIZE = 9.0
_AIR, _CELL = 4.1, 15.793  # points beside the characters of a column, and in a cell of 3号
# Ink has no colour: the lamp's glyph stands with its word. The ledger's page has the same for those there are glyphs of.
_GLYPHS = {Light.RED: "●", Light.YELLOW: "▲", Light.GREEN: "■", Light.CLOSED: "√"}
_HANDLER = "经办人："
_MEMBER = "成员："
_MISSED = re.compile(r"漏报(\d+月)(\d+日)")  # three characters a line are all there is room for


def ledger_paper(lines: Sequence[dict[str, Any]], filter_words: str, as_of: date) -> Paper:
    """督办台账 as of a day, of the lines of `ledger_page.lines` (charter 四（二）: 办公室跟踪督促落实).

    `filter_words` says what was asked for, empty for everything one sees. One query, for the mark of sample papers.
    """
    nothing = ("", "", "（没有事项）", *[""] * (len(HEADINGS) - 3))
    rows = [_row(line) for line in lines] or [nothing]
    table = Table(widths=_widths(rows), rows=(tuple(map(_head, HEADINGS)), *rows), size=_SIZE, height=1)
    body_name = str(settings_rows.value("body_name"))
    scope = f"；范围：{filter_words}" if filter_words else ""
    until = f"截至{chinese_date(as_of)}"
    return Paper(
        mark="",
        title=f"{body_name}督办台账",
        layout=Layout.SHEET,
        marker=_marker(lines),
        body=(paragraph(f"{until}，共{len(lines)}项{scope}。天数为工作日。", flush=True), table),
        words=(body_name, "督办台账"),
        landscape=True,
        running=f"督办台账（{until}）",
    )


def _widths(rows: Sequence[tuple[Cell | str, ...]]) -> tuple[float, ...]:
    """Widths in cells of 3号. Each character to spare goes to the column of text that makes the table shortest."""
    texts = [[sum(0.5 if c.isascii() else 1.0 for c in text_of(row[at])) for at in _TEXTS] for row in rows]
    least = [max(text_of(cell).count("\n") + 1 for cell in row) for row in rows]
    wide = [_CHARACTERS[at] for at in _TEXTS]

    def cost(place: int) -> tuple[float, float]:
        tried = [chars + (at == place) for at, chars in enumerate(wide)]
        lines = [[text / chars for text, chars in zip(row, tried, strict=True)] for row in texts]
        tall = sum(max(low, *row) for low, row in zip(least, lines, strict=True))
        return tall, sum(map(sum, lines))

    long = len(rows) > 99
    for _ in range(_SPARE - long):
        wide[min(range(len(wide)), key=cost)] += 1
    chosen = {0: 1.5 if long else 1.0, **dict(zip(_TEXTS, wide, strict=True))}
    characters = (chosen.get(at, chars) for at, chars in enumerate(_CHARACTERS))
    return tuple(max(1.0, round((chars * _SIZE + _AIR) / _CELL, 3)) for chars in characters)


def _marker(lines: Sequence[dict[str, Any]]) -> str:
    """示例（虚构） where the matters are those of invented meetings."""
    papers = {line["item"].source_paper_id for line in lines} - {None}
    found = ArchivedPaper.objects.filter(pk__in=papers).values_list("data__marker", flat=True).distinct()
    return next((str(marker) for marker in found if marker), "")


def _head(label: str) -> str:
    """A heading of the narrow columns, cut where a reader would."""
    return {"纪要编号": "纪要\n编号", "延期后时限": "延期后\n时限", "最近更新": "最近\n更新"}.get(
        label, label
    )


def _row(line: dict[str, Any]) -> tuple[Cell | str, ...]:
    """One line under `HEADINGS`."""
    report = line["report"] or {}
    due = line["row"].verdict.due
    note = f"\n（{line['due_note']}）" if line["due_note"] else ""
    first = _day(due) if due else str(line["due"])
    moved = _day(line["moved"])
    return (
        str(line["number"]),
        Cell(_number(line["item"]), align=Align.CENTRE),
        Cell(line["item"].text, align=Align.LEFT),
        Cell(line["leads"].replace("、", "\n"), align=Align.CENTRE),
        Cell(str(line["supports"]).replace("、", "\n"), align=Align.CENTRE),
        Cell("\n".join(map(_who, line["holders"])), align=Align.CENTRE),
        Cell(first if moved else first + note, align=Align.CENTRE),
        Cell(moved + note if moved else "", align=Align.CENTRE),
        Cell(_said(line), align=Align.LEFT),
        Cell(report.get("problem", ""), align=Align.LEFT),
        Cell(report.get("next_step", ""), align=Align.LEFT),
        Cell(_halved(str(line["state"])), align=Align.CENTRE),
        Cell(_lamp(line), align=Align.CENTRE),
        Cell(_day(report.get("on")), align=Align.CENTRE),
        Cell(_day(line["closed_on"]), align=Align.CENTRE),
    )


def _number(item: ActionItem) -> str:
    """〔2026〕 over 1号第7项."""
    year, bracket, rest = item.source_label.partition("〕")
    return f"{year}{bracket}\n{rest}第{item.seq}项" if rest else f"{year}{bracket}\n第{item.seq}项"


def _day(day: date | None) -> str:
    """2026年 over 12月31日: as wide as a unit's name."""
    return f"{day.year}年\n{day.month}月{day.day}日" if day else ""


def _who(words: str) -> str:
    """Who answers for a lead unit, the column's heading said once; with several leads its name stands above."""
    for label, said in ((_MEMBER, ""), (_HANDLER, "经办")):
        unit, found, names = words.partition(label)
        if found:
            return f"{unit}\n{said}{names}" if unit else f"{said}{names}"
    return words


def _said(line: dict[str, Any]) -> str:
    """What was reported last; by whom, unless it is the only lead unit."""
    report = line["report"]
    if not report:
        return "" if line["closed_on"] else "尚未报告"
    return str(report["text"] if report["unit"] == line["leads"] else f"{report['unit']}：{report['text']}")


def _lamp(line: dict[str, Any]) -> str:
    """●超期 over 20天: glyph and word, then the days, 受阻 and 漏报. A stopped matter has no lamp."""
    if line["lamp"]["level"] == "grey":
        return "—"
    light = Light(line["row"].verdict.light)
    if light == Light.CLOSED:  # in time or late is told by the state
        return f"{_GLYPHS[light]}{light.label}"
    first, *rest = str(line["lamp_in_full"]).split("，")
    word = str(light.label)
    days = (
        [first.removeprefix(word)]
        if first.startswith(word) and first != word
        else []
        if first == word
        else [first]
    )
    told = [_MISSED.sub(r"漏报\n\1\n\2", part) for part in rest]
    return "\n".join([f"{_GLYPHS.get(light, '')}{word}", *days, *told])


def _halved(state: str) -> str:
    """按期 over 办结: words of four characters stand as two and two."""
    return f"{state[:2]}\n{state[2:]}" if len(state) == 4 else state
