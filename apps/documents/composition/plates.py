"""桌签: an A4 sheet on its side, folded in the middle, the name to be read from both sides of the table."""

from __future__ import annotations

from collections.abc import Sequence

from .geometry import ASCENT, LANDSCAPE, Page, Rect, Text
from .lines import MM, Line, at, single
from .model import Face, PaperError, Plate, printed_name

NAME_SIZE, UNIT_SIZE, SMALLEST = 200.0, 40.0, 24.0  # pt
WIDEST = 240.0  # mm of ink at most
FOLD = LANDSCAPE.page_height / 2
HAIR, DASH = 0.2, 3.0
NAME_BOX = (0.46, 0.40)  # middle of the name's characters in the half sheet: alone, above a unit
UNIT_BOX = 0.83  # middle of the unit's


def plate_pages(plates: Sequence[Plate]) -> list[Page]:
    """One sheet a plate: the lower half upright, the upper half the same turned by 180°.

    Only the lower half is text for a reader; the upper one is its mirror and said to be an ornament.
    """
    if not plates:
        raise PaperError("没有要打印的桌签")
    return [_page(plate, 3 * index) for index, plate in enumerate(plates)]


def _page(plate: Plate, group: int) -> Page:
    page = Page(numbered=False, frame=LANDSCAPE)
    lines = [(_fitting(printed_name(plate.name), NAME_SIZE), NAME_BOX[bool(plate.unit)], "h1")]
    if plate.unit:
        lines.append((_fitting(plate.unit, UNIT_SIZE), UNIT_BOX, "p"))
    for turned in (False, True):
        for place, (line, middle, tag) in enumerate(lines, 1):
            page.texts.append(_text(line, middle, tag, group + place, turned=turned))
    count = int(LANDSCAPE.page_width / (2 * DASH))
    page.rects = [Rect(DASH / 2 + n * 2 * DASH, FOLD - HAIR / 2, DASH, HAIR) for n in range(count)]
    return page


def _text(line: Line, middle: float, tag: str, group: int, *, turned: bool) -> Text:
    size = line.pieces[0].size
    down = middle * FOLD + (ASCENT - 0.5) * size / MM  # from the fold to the baseline
    x = (LANDSCAPE.page_width * MM - line.width) / 2
    if turned:  # about the middle of the sheet: the line begins at the right
        x = LANDSCAPE.page_width * MM - x
    placed = at(line, x - LANDSCAPE.left * MM)
    return Text(FOLD + (-down if turned else down), placed, tag, group, turned=turned, ornament=turned)


def _fitting(text: str, size: float) -> Line:
    """As large as the half sheet holds; raises `PaperError` when it would be too small to be read."""
    width = single(text, Face.TITLE, size=1.0).width
    if not width:
        raise PaperError("桌签上没有姓名")
    size = min(size, WIDEST * MM / width)
    if size < SMALLEST:
        raise PaperError(f"桌签上的“{text[:20]}”太长，一行放不下")
    return single(text, Face.TITLE, size=size)
