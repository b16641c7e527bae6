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


@dataclass(frozen=True)
class Frame:
    """A sheet of paper and its 版心, in mm; ``lines``: rows of the grid, one `PITCH` each."""

    page_width: float
    page_height: float
    left: float
    top: float
    width: float
    height: float
    lines: int

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def width_pt(self) -> float:
        return self.width * MM

    def baseline(self, row: float) -> float:
        """Baseline of a grid row, mm from the paper's top: row 0 has its character box at the 版心's top."""
        return self.top + row * PITCH + ASCENT * SIZE / MM


PORTRAIT = Frame(PAGE_WIDTH, PAGE_HEIGHT, LEFT, TOP, WIDTH, HEIGHT, LINES)
#: The portrait sheet turned so that its binding edge is on top (ADR 13): the 版心 stays where it is on the paper.
LANDSCAPE = Frame(PAGE_HEIGHT, PAGE_WIDTH, 35.0, 28.0, HEIGHT, WIDTH, 15)


@dataclass(frozen=True)
class Spot:
    """A table's cell in the tag tree. ``repeated``: a header printed once more, which nobody reads aloud again."""

    table: int
    row: int
    column: int
    span: int = 1
    head: bool = False
    repeated: bool = False


@dataclass(frozen=True)
class Text:
    """One composed line at a baseline (mm from the paper's top). ``group`` joins lines of one paragraph, over
    pages too; ``condense`` narrows the characters (a long mark stays tall); ``turned``: by 180°, about the
    line's own beginning; ``ornament``: not part of what the paper says (page numbers).
    """

    baseline: float
    line: Line
    tag: str = "p"
    group: int = 0
    colour: str = BLACK
    condense: float = 1.0
    turned: bool = False
    ornament: bool = False
    spot: Spot | None = None


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
    """What stands on one page, texts in reading order; ``numbered``: whether it bears a page number."""

    texts: list[Text] = field(default_factory=list)
    rects: list[Rect] = field(default_factory=list)
    numbered: bool = True
    frame: Frame = PORTRAIT
