"""The sheet in millimetres, and what can stand on it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .lines import MM, SIZE, Line

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
LEFT, TOP, WIDTH, HEIGHT = 28.0, 37.0, 156.0, 225.0  # 版心
BOTTOM = TOP + HEIGHT
LINES = 22
PITCH = HEIGHT / LINES
ASCENT = 0.88  # em above the baseline, the same in every cut font
RED, BLACK = "#ff0000", "#000000"


def baseline(row: float) -> float:
    """Baseline of grid row 0…21, in mm from the paper's top: row 0 has its character box at 37 mm."""
    return TOP + row * PITCH + ASCENT * SIZE / MM


@dataclass(frozen=True)
class Text:
    """One composed line at a baseline (mm from the paper's top). ``group`` joins lines of one paragraph;
    ``condense`` narrows the characters (a long mark stays tall).
    """

    baseline: float
    line: Line
    tag: str = "p"
    group: int = 0
    colour: str = BLACK
    condense: float = 1.0


@dataclass(frozen=True)
class Rect:
    """A filled rectangle, mm from the paper's top left: rules and table borders."""

    x: float
    y: float
    width: float
    height: float
    colour: str = BLACK


@dataclass
class Page:
    """What stands on one page; ``numbered``: whether it bears a page number."""

    texts: list[Text] = field(default_factory=list)
    rects: list[Rect] = field(default_factory=list)
    numbered: bool = True
