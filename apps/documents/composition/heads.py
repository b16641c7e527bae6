"""What stands above the text on page 1: red heads, the letter's head, a plain title."""

from __future__ import annotations

import math

from . import fonts
from .flow import TITLE_PITCH, TITLE_SIZE, fitted, title_lines
from .geometry import ASCENT, LEFT, PITCH, PORTRAIT, RED, WIDTH, Frame, Page, Rect, Text
from .lines import CELL, MM, SIZE, at, single
from .model import Face, Layout, Paper, chinese_date

MARK_MM, MARK_TALL = 150.0, 35.0  # a mark's widest, and the size below which it is narrowed instead
NARROWEST = 0.62
NUMBER_GAP = 0.7  # grid lines from a sheet's title to its number, and on to its line of issuer and date


def head(paper: Paper, frame: Frame = PORTRAIT) -> tuple[Page, float]:
    """The head's texts and rules in reading order, and the grid row where the text begins."""
    page = Page(frame=frame)
    if paper.layout == Layout.SHEET:
        return page, _sheet_head(paper, page)
    y = _letter_head(paper, page) if paper.layout == Layout.LETTER else _red_head(paper, page)
    if paper.title:
        y = _title(paper, page, y + 2 * PITCH)
    return page, _next_row(page, y)


def _next_row(page: Page, y: float) -> float:
    """One empty line below ``y``, then the grid of the following pages."""
    return float(math.ceil((y + PITCH - page.frame.top) / PITCH - 0.05))


def _title(paper: Paper, page: Page, y: float) -> float:
    """The title with its character box at ``y``; returns the box's lower edge."""
    for line in title_lines(paper.title, paper.words, page.frame):
        page.texts.append(Text(y + ASCENT * TITLE_SIZE / MM, line, "h1", -20))
        y += TITLE_PITCH * PITCH
    return y - (TITLE_PITCH * PITCH - TITLE_SIZE / MM)


def _sheet_head(paper: Paper, page: Page) -> float:
    """No red: corner and marker on the first lines, the title, its number, and a line of issuer and date."""
    frame = page.frame
    _corners(paper, page, frame.baseline(0), marker_right=True)
    y = frame.top + max(len(paper.corner), bool(paper.marker)) * PITCH
    if paper.title:
        y = _title(paper, page, y)
    if paper.number or paper.signers:
        y += NUMBER_GAP * PITCH + SIZE / MM
        _number_line(paper, page, y - (1 - ASCENT) * SIZE / MM)
    if paper.head_issuer or paper.head_date:
        y += NUMBER_GAP * PITCH + SIZE / MM
        _head_line(paper, page, y - (1 - ASCENT) * SIZE / MM, inset=0.0)
    return _next_row(page, y) if y > frame.top else 0.0


def _mark(paper: Paper, page: Page, ink_y: float) -> float:
    """The red mark with its ink top at ``ink_y``; returns its ink bottom."""
    file = fonts.chain(Face.TITLE)[0]
    length = max(len(paper.mark), 1)
    fitting = MARK_MM * MM / length
    size = min(46.0, max(fitting, min(MARK_TALL, fitting / NARROWEST)))
    condense = min(1.0, fitting / size)
    line = single(paper.mark, Face.TITLE, size=size)
    base = ink_y + fonts.ink_top(file, paper.mark) * size / MM
    x = (page.frame.width_pt - line.width * condense) / 2
    if paper.mark:
        page.texts.append(Text(base, at(line, x), "p", -10, RED, condense))
    return base - fonts.ink_bottom(file, paper.mark) * size / MM


def _corners(paper: Paper, page: Page, first: float, marker_right: bool) -> None:
    """紧急程度 and the like at the left from baseline ``first`` down; the marker right, or below."""
    lines = [single(text, Face.HEI, cell=CELL) for text in paper.corner]
    marker = single(paper.marker, Face.HEI, cell=CELL) if paper.marker else None
    if marker and not marker_right:
        lines.append(marker)
    for index, line in enumerate(lines):
        page.texts.append(Text(first + index * PITCH, line, group=-1 - index))
    if marker and marker_right:
        page.texts.append(Text(first, at(marker, page.frame.width_pt - marker.width), group=-9))


def _red_head(paper: Paper, page: Page) -> float:
    """公文 and 纪要 (rows 10–13, 27); returns the y of the red rule's lower edge."""
    _corners(paper, page, page.frame.baseline(0), marker_right=True)
    base = _mark(paper, page, 72.0) + 2 * PITCH + ASCENT * SIZE / MM
    _number_line(paper, page, base)
    lowest = paper.number or "号"
    if paper.head_issuer or paper.head_date:
        base += 1.5 * PITCH
        lowest = _head_line(paper, page, base)
    y = base - fonts.ink_bottom(fonts.strut().path, lowest) * SIZE / MM + 4.0
    page.rects.append(Rect(LEFT, y, WIDTH, 0.5, RED))
    return y + 0.5


def _number_line(paper: Paper, page: Page, base: float) -> None:
    """发文字号, centred; or one cell in at the left with 签发人 at the right (rows 11, 12)."""
    full = page.frame.width_pt
    number = fitted(single(paper.number, cell=CELL), full, "发文字号")
    if paper.signers:
        if paper.number:
            page.texts.append(Text(base, at(number, CELL), "p", -11))
        label = single("签发人：", cell=CELL)
        names = single("\u3000".join(paper.signers), Face.KAI, cell=CELL)
        fitted(names, full - 3 * CELL - number.width - label.width, "签发人")
        x = full - CELL - names.width + CELL - SIZE
        page.texts.append(Text(base, at(label, x - label.width), "p", -12))
        page.texts.append(Text(base, at(names, x), "p", -12))
    elif paper.number:
        page.texts.append(Text(base, at(number, (full - number.width + CELL - SIZE) / 2), "p", -11))


def _head_line(paper: Paper, page: Page, base: float, inset: float = CELL) -> str:
    issuer = single(paper.head_issuer, cell=CELL)
    date = chinese_date(paper.head_date) if paper.head_date else ""
    line = single(date, cell=CELL)
    fitted(issuer, page.frame.width_pt - 2 * inset - CELL - line.width, "版头的机关名称")
    for part, x, group in ((issuer, inset, -13), (line, page.frame.width_pt - inset - line.width, -14)):
        if part.text:
            page.texts.append(Text(base, at(part, x), "p", group))
    return paper.head_issuer + date


def _letter_head(paper: Paper, page: Page) -> float:
    """信函 (row 30); returns the y of the last element's lower edge."""
    bottom = _mark(paper, page, 30.0)
    left = LEFT + WIDTH / 2 - 85.0
    for y, thick, gap, thin, order in ((bottom + 4, 0.9, 0.5, 0.3, 1), (277.0, 0.9, 0.5, 0.3, -1)):
        first, second = (thick, thin) if order > 0 else (thin, thick)
        top = y if order > 0 else y - thick - gap - thin
        page.rects.append(Rect(left, top, 170.0, first, RED))
        page.rects.append(Rect(left, top + first + gap, 170.0, second, RED))
    y = bottom + 4 + 1.7 + SIZE / MM * 7 / 8
    _corners(paper, page, y + ASCENT * SIZE / MM, marker_right=False)
    if paper.number:
        line = single(paper.number, cell=CELL)
        page.texts.append(
            Text(y + ASCENT * SIZE / MM, at(line, page.frame.width_pt - line.width + CELL - SIZE), "p", -11)
        )
    rows_used = max(1, len(paper.corner) + bool(paper.marker))
    return y + SIZE / MM + (rows_used - 1) * PITCH
