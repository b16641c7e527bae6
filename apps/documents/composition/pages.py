"""Rows onto pages: as many lines as the sheet has, the 版记 on the last page's bottom, numbers below."""

from __future__ import annotations

from collections.abc import Sequence

from . import fonts
from .flow import TITLE_PITCH, TITLE_SIZE, Row, frame_of, rows, table_row
from .foot import foot
from .geometry import ASCENT, PITCH, Frame, Page, Rect, Text
from .heads import head
from .lines import MM, SIZE, at, single
from .model import Face, Layout, Paper, PaperError
from .plates import plate_pages

HAIR = 0.2
NUMBER_SIZE = 14.0
NUMBER_DROP = 7.0  # mm from the 版心 to the ink top of the number's dashes (row 26)
NUMBER_GROUP = -1000
MOST_PAGES = 120
MOST_CHARACTERS = MOST_PAGES * 28 * 22 * 2  # refused before a line is composed
MOST_CARRIED = 8.0  # grid lines of headings that follow their text to the next page
Placed = list[tuple[float, Row]]


def lay_out(paper: Paper) -> list[Page]:
    """The pages of a paper, the last one with the 版记. Raises `PaperError` when there would be too many."""
    _refuse_length(_characters(paper), MOST_CHARACTERS)
    if paper.layout == Layout.PLATES:
        plates = plate_pages(paper.plates)
        _refuse_length(len(plates), MOST_PAGES)
        return plates
    frame = frame_of(paper)
    first, start = head(paper, frame)
    ending = foot(paper, frame)
    placed = _placed(rows(paper), start, frame, frame.height / PITCH - ending.height / PITCH)
    _refuse_length(len(placed), MOST_PAGES)
    pages = [_draw(items, frame) for items in placed]
    pages[0].texts[:0], pages[0].rects[:0] = first.texts, first.rects
    pages[0].numbered = paper.layout != Layout.LETTER
    if paper.even_end and len(pages) % 2 and ending.height:
        pages.append(Page(numbered=False, frame=frame))
    pages[-1].texts += ending.texts
    pages[-1].rects += ending.rects
    for number, page in enumerate(pages, 1):
        if page.numbered:
            page.texts.append(_number(number, frame))
    return pages


def _characters(value: object) -> int:
    """Characters of a paper, without looking at what they say."""
    if isinstance(value, str):
        return len(value)
    parts = value if isinstance(value, tuple) else getattr(value, "__dict__", {}).values()
    return sum(_characters(part) for part in parts)


def _refuse_length(found: int, most: int) -> None:
    if found > most:
        raise PaperError(f"这份材料超过{MOST_PAGES}页，不能制成一件公文，请分件或改作附件另报")


def _placed(flow: Sequence[Row], start: float, frame: Frame, room: float) -> list[Placed]:
    """Rows on their pages. ``room``: grid lines of the last page above the 版记, whichever page that will be."""
    if room < 4:
        raise PaperError("版记太长，一页放不下，请减少抄送单位或写作“各成员单位”一类的统称")
    limits: dict[int, float] = {}
    while True:
        pages = _Filling(start, frame.lines, limits).fill(flow)
        last = len(pages) - 1
        bottom = pages[-1][-1][0] + pages[-1][-1][1].height if pages[-1] else start
        if bottom <= room + 1e-6 or last in limits:
            break
        limits[last] = room  # each round fixes one page more: the rows are finite, so are the rounds
    if bottom > room + 1e-6:  # nothing can go over from here: the 版记 gets the next page, text and all
        pages.append([])
    return pages


class _Filling:
    """Fills pages row by row; ``limits`` lowers the capacity of single pages (by index)."""

    def __init__(self, start: float, lines: int, limits: dict[int, float]) -> None:
        self.pages: list[Placed] = [[]]
        self.position = start
        self.lines = float(lines)
        self.limits = limits

    @property
    def limit(self) -> float:
        return self.limits.get(len(self.pages) - 1, self.lines)

    @property
    def fresh(self) -> bool:
        """At the top of a page that is not the first."""
        return len(self.pages) > 1 and not self.pages[-1]

    def fill(self, flow: Sequence[Row]) -> list[Placed]:
        for row in flow:
            self._add(row)
        return self.pages

    def _add(self, row: Row) -> None:
        page = self.pages[-1]
        if not row.bars and page and page[-1][1].bars:
            self.position = float(int(self.position + 1.29))  # back on the grid below a table
        if row.new_page and not self.fresh:
            self._turn([])
        top = self.position + (0.0 if self.fresh else row.skip)
        if top + row.height <= self.limit + 1e-6:
            self._put(row, top)
        elif row.table and row.height > self.limit / 2:
            self._divide(row, top)
        elif self.fresh:
            self._put(row, top)
        else:
            self._turn(_carried(page))
            self._header(row)
            self._put(row, self.position + (row.skip if self.pages[-1] else 0.0))

    def _put(self, row: Row, top: float) -> None:
        self.pages[-1].append((top, row))
        self.position = top + row.height

    def _turn(self, carried: list[Row]) -> None:
        self.pages.append([])
        self.position = 0.0
        for row in carried:
            self._put(row, self.position + (row.skip if self.pages[-1] else 0.0))

    def _header(self, row: Row) -> None:
        """The table's header once more, on a page where the table goes on."""
        header = row.table.header if row.table else None
        if header and not self.pages[-1] and header.height < self.lines / 3:
            self._put(table_row(header, row.group), self.position)

    def _divide(self, row: Row, top: float) -> None:
        """A tall row stands on as many pages as it needs."""
        rest, turned = row.table, False
        while rest and top + rest.height > self.limit + 1e-6:
            parts = rest.divide(self.limit - top)
            if parts:
                self._put(table_row(parts[0], row.group), top)
                rest = parts[1]
            elif turned:
                break  # a page of its own does not hold it either
            self._turn([] if parts else _carried(self.pages[-1]))
            self._header(row)
            top, turned = self.position, not parts
        if rest:
            self._put(table_row(rest, row.group), top)


def _carried(page: Placed) -> list[Row]:
    """Take the rows off a page's end that must stay with the row that did not fit.

    A long chain of headings is cut, or it would push page after page before it.
    """
    carried: list[Row] = []
    height = 0.0
    while len(page) > 1 and page[-1][1].keep_next and height + page[-1][1].height <= MOST_CARRIED:
        height += page[-1][1].height
        carried.insert(0, page.pop()[1])
    return carried


def _draw(items: Placed, frame: Frame) -> Page:
    page = Page(frame=frame)
    for top, row in items:
        shift = (TITLE_SIZE - SIZE) * ASCENT / MM if row.tag == "h2" and row.height == TITLE_PITCH else 0.0
        spots = row.spots or (None,) * len(row.lines)
        for (drop, line), spot in zip(row.lines, spots, strict=True):
            base = frame.baseline(top + drop) + shift
            repeated = bool(spot and spot.repeated)
            page.texts.append(Text(base, line, row.tag, row.group, spot=spot, ornament=repeated))
        for x, drop, width, height in row.bars:
            y = frame.top + (top + drop) * PITCH
            page.rects.append(
                Rect(frame.left + x / MM - HAIR / 2, y - HAIR / 2, width / MM + HAIR, height * PITCH + HAIR)
            )
    return page


def _number(number: int, frame: Frame) -> Text:
    """— 1 — in 4号 宋体, one cell of it in from the outer edge (row 26)."""
    line = single(f"— {number} —", Face.NUMERALS, size=NUMBER_SIZE)
    x = frame.width_pt - NUMBER_SIZE - line.width if number % 2 else NUMBER_SIZE
    top = fonts.ink_top(fonts.chain(Face.NUMERALS)[0], "—") * NUMBER_SIZE / MM
    return Text(frame.bottom + NUMBER_DROP + top, at(line, x), group=NUMBER_GROUP, ornament=True)
