"""Geometry of the overview's charts: numbers in, rectangles out. Pure; the templates draw them as SVG.

Lengths are SVG units of the chart's own viewBox. Widths and heights are proportional to the numbers, and a
number above 0 is always seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .overview import Cell, Line, Month

BAR_WIDTH, BAR_HEIGHT = 240.0, 16.0
PLOT_WIDTH, PLOT_HEIGHT, PLOT_TOP, PLOT_LEFT = 840.0, 170.0, 22.0, 8.0
LEAST = 3.0  # what is there must be seen
SERIES = {"opened": "交办", "closed": "办结", "due": "到期"}


@dataclass(frozen=True, slots=True)
class Box:
    """One rectangle with the middle of its top, where its number is written."""

    name: str
    value: int
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """x of the middle."""
        return round(self.x + self.width / 2, 2)

    @property
    def above(self) -> float:
        """Baseline of a number above the box."""
        return round(self.y - 4, 2)


@dataclass(frozen=True, slots=True)
class Group:
    """The columns of one month and its label."""

    start: date
    label: str
    middle: float
    boxes: tuple[Box, ...]
    is_now: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a table with its bar."""

    line: Line
    boxes: tuple[Box, ...]


def bars(lines: Sequence[Line]) -> list[Bar]:
    """A stacked bar a line, all to one scale: the longest fills the width."""
    longest = max((line.total.value for line in lines), default=0)
    return [Bar(line, _stack(line.cells, longest)) for line in lines]


def lamp_bars(cells: Sequence[Cell]) -> list[Bar]:
    """A bar a lamp, to one scale."""
    longest = max((cell.value for cell in cells), default=0)
    return [Bar(Line(cell.name, (cell,), cell), _stack((cell,), longest)) for cell in cells]


def _stack(cells: Sequence[Cell], longest: int) -> tuple[Box, ...]:
    shown = [cell for cell in cells if cell.value]
    boxes, x = [], 0.0
    for cell in shown:
        # What the smallest ones are given beyond their share stays within the width of the picture.
        width = max(LEAST, round((BAR_WIDTH - LEAST * len(cells)) * cell.value / longest, 2))
        boxes.append(Box(cell.name, cell.value, round(x, 2), 0.0, width, BAR_HEIGHT))
        x += width
    return tuple(boxes)


def columns(months: Sequence[Month]) -> list[Group]:
    """A group of columns a month, all to one scale; the highest fills the plot."""
    highest = max((cell.value for month in months for cell in month.cells), default=0)
    step = PLOT_WIDTH / max(len(months), 1)
    width = round(step / 4, 2)
    found = []
    for number, month in enumerate(months):
        left = PLOT_LEFT + number * step + width / 2
        boxes = tuple(
            _column(cell, left + place * width, width, highest) for place, cell in enumerate(month.cells)
        )
        found.append(
            Group(month.start, _label(month, number), round(left + width * 1.5, 2), boxes, month.is_now)
        )
    return found


def _column(cell: Cell, x: float, width: float, highest: int) -> Box:
    height = max(LEAST, round(PLOT_HEIGHT * cell.value / highest, 2)) if cell.value else 0.0
    return Box(
        cell.name, cell.value, round(x, 2), round(PLOT_TOP + PLOT_HEIGHT - height, 2), width - 2, height
    )


def _label(month: Month, number: int) -> str:
    """The month; with its year where a year begins and at the left edge."""
    words = f"{month.start.month}月"
    return f"{month.start.year}年{words}" if number == 0 or month.start.month == 1 else words
