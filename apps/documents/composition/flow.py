"""The running parts of a paper as rows of the 22-line grid: addressees to remark, and the attachments."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .lines import CELL, MM, Line, Measure, at, compose, single
from .model import Attachment, Block, Face, NameList, Paper, Run, Signature, Table, chinese_date, printed_name
from .titles import balance

FULL = 28 * CELL
TITLE_SIZE = 22.0
TITLE_PITCH = 1.2  # grid lines from one title line to the next


@dataclass(frozen=True)
class Row:
    """A row of the grid: composed lines, each ``drop`` grid lines below the row's top.

    ``skip``: empty lines wanted above it (dropped at a page's top). ``bars``: rules as
    (x pt, drop, width pt, height in lines; 0 = a hair rule).
    """

    lines: tuple[tuple[float, Line], ...]
    height: float = 1.0
    skip: float = 0.0
    keep_next: bool = False
    new_page: bool = False
    tag: str = "p"
    group: int = 0
    bars: tuple[tuple[float, float, float, float], ...] = ()


def rows(paper: Paper) -> list[Row]:
    """Everything between the title and the 版记, in order."""
    flow = _Flow()
    if paper.addressees:
        flow.paragraph(compose([Run("、".join(paper.addressees) + "：")]))
    for block in paper.body:
        flow.block(block)
    flow.listed(paper.attachments)
    if paper.layout != "minutes" and paper.signature:
        flow.signature(paper.signature)
        flow.remark(paper.remark)
    flow.names(paper.names)
    if paper.layout == "minutes" and paper.signature:
        flow.signature(paper.signature)
        flow.remark(paper.remark)
    if not paper.signature:
        flow.remark(paper.remark)
    printed = [item for item in paper.attachments if item.body]
    for attachment in printed:
        number = paper.attachments.index(attachment) + 1 if len(paper.attachments) > 1 else 0
        flow.attachment(attachment, number, paper.words)
    return flow.rows


def name_runs(names: NameList) -> list[Run]:
    """出席：unit　name、name，unit　name — the label in 黑体, each name whole."""
    runs = [Run(names.label + "：", Face.HEI, keep=True)]
    for index, group in enumerate(names.groups):
        if index:
            runs.append(Run("，" if group.unit or names.groups[index - 1].unit else "、"))
        if group.unit:
            runs.append(Run(group.unit + ("\u3000" if group.names else "")))
        for place, name in enumerate(group.names):
            runs += [Run("、")] * bool(place) + [Run(printed_name(name), keep=True)]
        if group.note:
            runs.append(Run(f"（{group.note}）"))
    return runs


class _Flow:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.group = 0

    def paragraph(
        self, lines: Iterable[Line], *, skip: float = 0.0, tag: str = "p", keep: bool = False
    ) -> None:
        """Lines of one paragraph, one grid row each. ``keep``: with what follows."""
        self.group += 1
        for index, line in enumerate(lines):
            self.rows.append(
                Row(((0.0, line),), skip=0.0 if index else skip, tag=tag, group=self.group, keep_next=keep)
            )

    def keep_last(self) -> None:
        """Bind the last row to what follows, so that nothing stands alone on a new page."""
        if self.rows and not self.rows[-1].bars:
            self.rows[-1] = replace(self.rows[-1], keep_next=True)

    def block(self, block: Block | Table) -> None:
        if isinstance(block, Table):
            self.table(block)
            return
        indent = 0.0 if block.flush or block.centred else 2 * CELL
        lines = compose(block.runs, Measure(first=indent))
        if block.centred:
            lines = tuple(at(line, (FULL - line.width) / 2) for line in lines)
        heading = 0 < block.level <= 2 and len(block.runs) == 1
        self.paragraph(lines, tag=f"h{block.level + 1}" if heading else "p", keep=heading)

    def listed(self, attachments: Sequence[Attachment]) -> None:
        """附件说明 (row 18)."""
        many = len(attachments) > 1
        for index, item in enumerate(attachments):
            label = "" if index else "附件："
            number = f"{index + 1}." if many else ""
            first = (5 if index else 2) * CELL
            hang = 5 * CELL + (single(number, cell=CELL).width if number else 0.0)
            runs = [Run(label + number, keep=True), Run(item.title.replace("\n", ""))]
            self.paragraph(compose(runs, Measure(first=first, hang=hang)), skip=0.0 if index else 1.0)

    def signature(self, signature: Signature) -> None:
        """署名 and 成文日期 (rows 19–20)."""
        self.keep_last()
        issuer, date = _signature_lines(signature)
        self.group += 1
        if issuer:
            self.rows.append(Row(((0.0, issuer),), skip=1.0, keep_next=True, group=self.group))
        self.rows.append(Row(((0.0, date),), skip=0.0 if issuer else 1.0, group=self.group + 1))
        self.group += 1

    def names(self, lists: Sequence[NameList]) -> None:
        """出席, 请假, 列席 (row 28)."""
        for index, names in enumerate(lists):
            lines = compose(name_runs(names), Measure(first=2 * CELL, hang=5 * CELL))
            self.paragraph(lines, skip=0.0 if index else 1.0)

    def remark(self, text: str) -> None:
        """附注: two cells in, in brackets, below the date."""
        if text:
            self.paragraph(compose([Run(f"（{text}）")], Measure(first=2 * CELL)))

    def attachment(self, item: Attachment, number: int, words: tuple[str, ...]) -> None:
        """A page of its own: 附件 on line 1, the title centred on line 3 (row 22)."""
        self.group += 1
        label = single(f"附件{number or ''}", Face.HEI, cell=CELL)
        self.rows.append(Row(((0.0, label),), new_page=True, group=self.group, keep_next=True))
        self.group += 1
        for index, line in enumerate(title_lines(item.title, words)):
            row = Row(
                ((0.0, line),), height=TITLE_PITCH, skip=0.0 if index else 1.0, tag="h2", group=self.group
            )
            self.rows.append(replace(row, keep_next=True))
        gap = 1.0
        for block in item.body:
            start = len(self.rows)
            self.block(block)
            if gap and len(self.rows) > start:
                height = sum(row.height for row in self.rows if row.group == self.rows[start - 1].group)
                self.rows[start] = replace(self.rows[start], skip=gap + (-height) % 1)
                gap = 0.0

    def table(self, table: Table) -> None:
        """Ruled rows; a cell's text is centred in its height, short texts centred in its width."""
        edges = [0.0]
        for width in table.widths:
            edges.append(edges[-1] + width * CELL)
        left = (FULL - edges[-1]) / 2
        edges = [left + edge for edge in edges]
        for index, cells in enumerate(table.rows):
            self.group += 1
            self.rows.append(_table_row(table, cells, edges, top=index == 0, group=self.group))


def _table_row(table: Table, cells: tuple[str, ...], edges: list[float], *, top: bool, group: int) -> Row:
    face = Face.HEI if top and table.header else Face.FANGSONG
    composed: list[list[Line]] = []
    for cell, (x0, x1) in zip(cells, itertools.pairwise(edges), strict=True):
        inner = x1 - x0 - 8
        lines = compose([Run(cell, face)], Measure(width=inner, size=14.0, cell=14.0))
        if len(lines) == 1 or face == Face.HEI:
            lines = tuple(at(line, (inner - line.width) / 2) for line in lines)
        composed.append([at(line, x0 + 4 + line.x) for line in lines])
    step = 0.72
    tallest = max((len(column) for column in composed), default=1)
    height = max(table.height, tallest * step + 0.5)
    placed: list[tuple[float, Line]] = []
    for column in composed:
        start = (height - len(column) * step) / 2 + (step - 0.4828) / 2  # a 14 pt box is 0.4828 lines high
        placed += [(start + i * step - 0.0607, line) for i, line in enumerate(column)]
    placed.sort(key=lambda pair: pair[0])
    width = edges[-1] - edges[0]
    # each row draws its own upper rule too, so that a table may go on over a page
    bars = [(edges[0], drop, width, 0.0) for drop in (0.0, height)] + [(x, 0.0, 0.0, height) for x in edges]
    head = top and table.header  # the header goes with the first row
    return Row(tuple(placed), height=height, group=group, bars=tuple(bars), keep_next=head)


def _signature_lines(signature: Signature) -> tuple[Line | None, Line]:
    date = single(chinese_date(signature.date), cell=CELL)
    issuer = single(signature.issuer, cell=CELL) if signature.issuer else None
    visible = CELL - 16.0  # the trailing spacing is not seen
    if signature.seal:
        x = FULL - 4 * CELL - date.width + visible
        return (at(issuer, x + (date.width - issuer.width) / 2) if issuer else None), at(date, x)
    right = FULL - 2 * CELL + visible
    if issuer is None:
        return None, at(date, right - date.width)
    x = min(right - issuer.width, right - date.width - 2 * CELL)
    return at(issuer, x), at(date, x + 2 * CELL)


def title_lines(title: str, words: tuple[str, ...]) -> Iterator[Line]:
    """The balanced title in 2号 小标宋, centred."""
    for text in balance(title, words):
        line = single(text, Face.TITLE, size=TITLE_SIZE)
        yield at(line, (156 * MM - line.width) / 2)
