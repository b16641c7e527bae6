"""Ruled tables as rows of the grid: spans, heads, repeated headers, and rows cut in two at a page's end."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .geometry import ASCENT, LANDSCAPE, PITCH, Frame, Spot
from .lines import CELL, MM, SIZE, Line, Measure, at, compose
from .model import SMALLEST, Align, Cell, Face, PaperError, Run, Table, span_of, text_of

STRETCH = 0.1  # of a character's size: a line of a cell is spread so far at most, else it stays short
FEWEST = 3  # lines of a cut row that stand on either page


@dataclass(frozen=True)
class Setting:
    """How close the text of a table stands. ``step``: grid lines from one line of a cell to the next, for each point
    of its size; ``pad``: grid lines of air in a row, above and below together; ``inset``: points from a rule to the
    text beside it.
    """

    step: float
    pad: float
    inset: float


_WIDE = Setting(0.72 / 14.0, 0.5, 4.0)
_CLOSE = Setting(0.0448, 0.25, 2.0)  # 小5号: lines of 1.3 em, for many narrow columns


def setting_of(size: float) -> Setting:
    """The setting of a table whose text has this size (points)."""
    return _CLOSE if size == SMALLEST else _WIDE


@dataclass(frozen=True)
class TableRow:
    """A table's row before it is placed: composed lines a cell, and where the cells' edges are (points)."""

    columns: tuple[tuple[Line, ...], ...]
    spots: tuple[Spot, ...]
    edges: tuple[float, ...]
    least: float
    size: float
    frame: Frame
    header: TableRow | None = None
    cut: bool = False  # one part of a row that stands on more than one page

    @property
    def step(self) -> float:
        return self.size * setting_of(self.size).step

    @property
    def pad(self) -> float:
        return setting_of(self.size).pad

    @property
    def height(self) -> float:
        """In grid lines."""
        tallest = max(len(column) for column in self.columns)
        return max(0.0 if self.cut else self.least, max(tallest, 1) * self.step + self.pad)

    def placed(self) -> Iterator[tuple[float, Line, Spot]]:
        """(drop, line, cell) of every line: in the middle of the row's height, from the top in a cut row."""
        box = self.size / MM / PITCH
        to_baseline = ASCENT * (self.size - SIZE) / MM / PITCH  # `Frame.baseline` reckons with 3号
        for column, spot in zip(self.columns, self.spots, strict=True):
            lines = column or (Line((), 0.0, 0.0),)  # an empty cell is a cell all the same
            air = self.pad if self.cut else self.height - len(lines) * self.step
            for index, line in enumerate(lines):
                yield air / 2 + index * self.step + (self.step - box) / 2 + to_baseline, line, spot

    def bars(self) -> tuple[tuple[float, float, float, float], ...]:
        """Each row draws its own upper rule too, so that a table may go on over a page."""
        left, width = self.edges[0], self.edges[-1] - self.edges[0]
        across = [(left, drop, width, 0.0) for drop in (0.0, self.height)]
        return (*across, *((x, 0.0, 0.0, self.height) for x in self.edges))

    def divide(self, room: float) -> tuple[TableRow, TableRow] | None:
        """The part that fits into ``room`` grid lines, and the rest; None if too little would stand on a page."""
        count = math.floor((room - self.pad) / self.step + 1e-6)
        tallest = max(len(column) for column in self.columns)
        count = min(count, tallest - FEWEST)
        if count < FEWEST:
            return None
        first = replace(self, columns=tuple(column[:count] for column in self.columns), cut=True)
        return first, replace(self, columns=tuple(column[count:] for column in self.columns), cut=True)


def table_rows(table: Table, number: int, frame: Frame) -> Iterator[TableRow]:
    """The rows of a table, centred on the 版心; the header is not among them but with each of them.

    A table of nothing but a header is printed as that one row. Raises `PaperError` for 小5号 on an upright sheet.
    """
    if table.size == SMALLEST and frame != LANDSCAPE:
        raise PaperError("小五号的表格只能横排")
    edges = [(frame.width_pt - sum(table.widths) * CELL) / 2]
    for width in table.widths:
        edges.append(edges[-1] + width * CELL)
    rows = [_row(table, index, number, edges, frame) for index in range(len(table.rows))]
    if not table.header or len(rows) == 1:
        yield from rows
        return
    header = rows[0]
    again = replace(header, spots=tuple(replace(spot, repeated=True) for spot in header.spots))
    yield header
    yield from (replace(row, header=again) for row in rows[1:])


def _row(table: Table, index: int, number: int, edges: list[float], frame: Frame) -> TableRow:
    columns, spots, bounds, at_column = [], [], [edges[0]], 0
    for cell in table.rows[index]:
        span = span_of(cell)
        head = (table.header and not index) or (isinstance(cell, Cell) and cell.head)
        x0, x1 = edges[at_column], edges[at_column + span]
        columns.append(_cell(cell, x0, x1, head=head, size=table.size))
        spots.append(Spot(number, index, at_column, span, head))
        bounds.append(x1)
        at_column += span
    return TableRow(tuple(columns), tuple(spots), tuple(bounds), table.height, table.size, frame)


def _cell(cell: Cell | str, x0: float, x1: float, *, head: bool, size: float) -> tuple[Line, ...]:
    inset = min(
        setting_of(size).inset, max((x1 - x0 - size) / 2, 0.0)
    )  # a column of one cell still holds one character
    inner = x1 - x0 - 2 * inset
    face = Face.HEI if head else Face.FANGSONG
    measure = Measure(width=inner, size=size, cell=size, stretch=STRETCH)
    paragraphs = [compose([Run(text, face)], measure) for text in text_of(cell).split("\n")]
    lines = list(itertools.chain.from_iterable(paragraphs))
    align = cell.align if isinstance(cell, Cell) else Align.AUTO
    centred = align == Align.CENTRE or (align == Align.AUTO and (len(lines) == 1 or head))
    return tuple(at(line, x0 + inset + ((inner - line.width) / 2 if centred else line.x)) for line in lines)
