"""Rows onto pages: the head of page 1, 22 lines a page, the 版记 on the last page's bottom."""

from __future__ import annotations

import math
from collections.abc import Sequence

from . import fonts
from .flow import TITLE_PITCH, TITLE_SIZE, Row, rows, title_lines
from .geometry import ASCENT, BOTTOM, HEIGHT, LEFT, LINES, PITCH, RED, TOP, WIDTH, Page, Rect, Text, baseline
from .lines import CELL, MM, SIZE, Line, Measure, at, compose, single
from .model import Colophon, Face, Imprint, Layout, Paper, Run, chinese_date

SMALL = 14.0  # 4号
FOOT_PITCH, FOOT_PAD = 7.5, 0.9
HAIR = 0.2
MARK_MM, MARK_TALL = 150.0, 35.0  # a mark's widest, and the size below which it is narrowed instead
NARROWEST = 0.62
FULL_PT = WIDTH * MM


def lay_out(paper: Paper) -> list[Page]:
    """The pages of a paper. The last one carries the 版记."""
    first, start = _head(paper)
    flow = rows(paper)
    foot = _foot(paper)
    room = (HEIGHT - foot[0]) / PITCH if foot[0] else float(LINES)
    placed = _place(flow, start, {})
    if _bottom(placed[-1], start if len(placed) == 1 else 0.0) > room + 1e-6:
        placed = _place(flow, start, {len(placed) - 1: room})
    pages = [_draw(items) for items in placed]
    pages[0].texts[:0], pages[0].rects[:0] = first.texts, first.rects
    pages[0].numbered = paper.layout != Layout.LETTER
    if paper.even_end and len(pages) % 2 and foot[0]:
        pages.append(Page(numbered=False))
    pages[-1].texts += foot[1]
    pages[-1].rects += foot[2]
    return pages


def _place(flow: Sequence[Row], start: float, limits: dict[int, float]) -> list[list[tuple[float, Row]]]:
    """Rows with their grid positions, page by page. ``limits`` lowers the capacity of single pages."""
    pages: list[list[tuple[float, Row]]] = [[]]
    position = start
    for row in flow:
        limit = limits.get(len(pages) - 1, float(LINES))
        fresh = not pages[-1] and len(pages) > 1
        if not row.bars and pages[-1] and pages[-1][-1][1].bars:
            position = math.ceil(position + 0.3)  # back on the grid below a table
        top = position + (0.0 if fresh else row.skip)
        if (row.new_page and not fresh) or (top + row.height > limit + 1e-6 and not fresh):
            carried = [] if row.new_page else _carried(pages[-1])
            pages.append([])
            position = 0.0
            for old in carried:
                position += old.skip if pages[-1] else 0.0
                pages[-1].append((position, old))
                position += old.height
            top = position + (row.skip if carried else 0.0)
        pages[-1].append((top, row))
        position = top + row.height
    return pages


def _carried(page: list[tuple[float, Row]]) -> list[Row]:
    """Take the rows off a page's end that must stay with the row that did not fit."""
    carried: list[Row] = []
    while len(page) > 1 and page[-1][1].keep_next:
        carried.insert(0, page.pop()[1])
    return carried


def _bottom(items: list[tuple[float, Row]], start: float) -> float:
    return items[-1][0] + items[-1][1].height if items else start


def _draw(items: list[tuple[float, Row]]) -> Page:
    page = Page()
    for top, row in items:
        shift = (TITLE_SIZE - SIZE) * ASCENT / MM if row.tag == "h2" and row.height == TITLE_PITCH else 0.0
        for drop, line in row.lines:
            page.texts.append(Text(baseline(top + drop) + shift, line, row.tag, row.group))
        for x, drop, width, height in row.bars:
            y = TOP + (top + drop) * PITCH
            page.rects.append(
                Rect(LEFT + x / MM - HAIR / 2, y - HAIR / 2, width / MM + HAIR, height * PITCH + HAIR)
            )
    return page


def _head(paper: Paper) -> tuple[Page, float]:
    """What stands above the text on page 1, and the grid row where the text begins."""
    page = Page()
    y = _letter_head(paper, page) if paper.layout == Layout.LETTER else _red_head(paper, page)
    if paper.title:
        y += 2 * PITCH
        for line in title_lines(paper.title, paper.words):
            page.texts.append(Text(y + ASCENT * TITLE_SIZE / MM, line, "h1", -20))
            y += TITLE_PITCH * PITCH
        y -= TITLE_PITCH * PITCH - TITLE_SIZE / MM
    page.texts.sort(key=lambda text: text.baseline)
    row = (y + PITCH - TOP) / PITCH
    return page, float(math.ceil(row - 0.05))  # the text keeps to the grid of the following pages


def _mark(paper: Paper, page: Page, ink_y: float) -> float:
    """The red mark with its ink top at ``ink_y``; returns its ink bottom."""
    file = fonts.chain(Face.TITLE)[0]
    length = max(len(paper.mark), 1)
    fitting = MARK_MM * MM / length
    size = min(46.0, max(fitting, min(MARK_TALL, fitting / NARROWEST)))
    condense = min(1.0, fitting / size)
    line = single(paper.mark, Face.TITLE, size=size)
    base = ink_y + fonts.ink_top(file, paper.mark) * size / MM
    x = (FULL_PT - line.width * condense) / 2
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
        page.texts.append(Text(first, at(marker, FULL_PT - marker.width), group=-9))


def _red_head(paper: Paper, page: Page) -> float:
    """公文 and 纪要 (rows 10–13, 27); returns the y of the red rule's lower edge."""
    _corners(paper, page, baseline(0), marker_right=True)
    base = _mark(paper, page, 72.0) + 2 * PITCH + ASCENT * SIZE / MM
    number = single(paper.number, cell=CELL)
    if paper.signers:
        page.texts.append(Text(base, at(number, CELL), "p", -11))
        label = single("签发人：", cell=CELL)
        names = single("\u3000".join(paper.signers), Face.KAI, cell=CELL)
        x = FULL_PT - CELL - names.width + CELL - SIZE
        page.texts.append(Text(base, at(label, x - label.width), "p", -12))
        page.texts.append(Text(base, at(names, x), "p", -12))
    elif paper.number:
        page.texts.append(Text(base, at(number, (FULL_PT - number.width + CELL - SIZE) / 2), "p", -11))
    lowest = paper.number or "号"
    if paper.head_issuer or paper.head_date:
        base += 1.5 * PITCH
        lowest = _head_line(paper, page, base)
    y = base - fonts.ink_bottom(fonts.strut().path, lowest) * SIZE / MM + 4.0
    page.rects.append(Rect(LEFT, y, WIDTH, 0.5, RED))
    return y + 0.5


def _head_line(paper: Paper, page: Page, base: float) -> str:
    issuer = single(paper.head_issuer, cell=CELL)
    page.texts.append(Text(base, at(issuer, CELL), "p", -13))
    date = chinese_date(paper.head_date) if paper.head_date else ""
    line = single(date, cell=CELL)
    page.texts.append(Text(base, at(line, FULL_PT - CELL - line.width), "p", -14))
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
            Text(y + ASCENT * SIZE / MM, at(line, FULL_PT - line.width + CELL - SIZE), "p", -11)
        )
    rows_used = max(1, len(paper.corner) + bool(paper.marker))
    return y + SIZE / MM + (rows_used - 1) * PITCH


def recipients(imprint: Imprint) -> list[tuple[str, str]]:
    """(label, text) of each recipients' line of the 版记, by its style."""
    if imprint.style == Colophon.STRICT:
        everyone = imprint.report_to + imprint.send_to + imprint.copy_to
        return [("抄送：", "，".join(everyone) + "。")] if everyone else []
    pairs = (("抄报：", imprint.report_to), ("发送：", imprint.send_to), ("抄送：", imprint.copy_to))
    return [(label, "，".join(units) + "。") for label, units in pairs if units]


def printed_line(imprint: Imprint) -> str:
    """2026年4月9日印发, or nothing."""
    return chinese_date(imprint.printed_on) + "印发" if imprint.printed_on else ""


def _foot(paper: Paper) -> tuple[float, list[Text], list[Rect]]:
    """The 版记: its height in mm, its lines and rules (rows 23–25). A letter has no rules and no printer."""
    if paper.imprint is None:
        return 0.0, [], []
    blocks = [_recipient_lines(paper.imprint)]
    if paper.layout != Layout.LETTER:
        blocks.append(_printer_line(paper.imprint))
    blocks = [block for block in blocks if block]
    if not blocks:
        return 0.0, [], []
    ruled = paper.layout != Layout.LETTER
    height = sum(2 * FOOT_PAD + len(block) * FOOT_PITCH for block in blocks)
    texts: list[Text] = []
    y = BOTTOM - height
    rects = [_rule(y, 0.35)] if ruled else []
    for index, block in enumerate(blocks):
        inset = FOOT_PAD + (FOOT_PITCH - SMALL / MM) / 2 + ASCENT * SMALL / MM
        for place, (group, segments) in enumerate(block):
            base = y + inset + place * FOOT_PITCH
            texts += [Text(base, line, "p", -100 - 10 * index - group) for line in segments]
        y += 2 * FOOT_PAD + len(block) * FOOT_PITCH
        if ruled:
            rects.append(_rule(y, 0.35 if index == len(blocks) - 1 else 0.25))
    return height + 2.0, texts, rects


def _rule(y: float, thick: float) -> Rect:
    return Rect(LEFT, y - thick / 2, WIDTH, thick)


def _recipient_lines(imprint: Imprint) -> list[tuple[int, list[Line]]]:
    width = FULL_PT - 2 * SMALL
    found: list[tuple[int, list[Line]]] = []
    for group, (label, text) in enumerate(recipients(imprint)):
        measure = Measure(width=width, hang=len(label) * SMALL, size=SMALL, cell=SMALL)
        lines = compose([Run(label, keep=True), Run(text)], measure)
        found += [(group, [at(line, line.x + SMALL)]) for line in lines]
    return found


def _printer_line(imprint: Imprint) -> list[tuple[int, list[Line]]]:
    date = single(printed_line(imprint), size=SMALL)
    issuer = single(imprint.issuer, size=SMALL)
    segments = [at(issuer, SMALL)] * bool(imprint.issuer) + [at(date, FULL_PT - SMALL - date.width)] * bool(
        date.text
    )
    return [(0, segments)] if segments else []
