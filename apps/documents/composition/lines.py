"""Text into lines: 28 cells of 156/28 mm, kinsoku, squeezed punctuation, numbers unbroken (rows 5–8, 31).

A paragraph's breaks are chosen together (least sum of squared departures from the grid), so a comma that
may not begin a line is pulled in by squeezing marks where it can be, and pushed on only where it cannot.
Widths are advances read from the fonts; nothing here renders.
"""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from . import fonts
from .model import Face, PaperError, Run

MM = 72 / 25.4  # points in a millimetre
CELL = 156 / 28 * MM  # 15.793 pt
SIZE = 16.0  # 3号, pt

NOT_START = frozenset("，。、；：？！）》〉】”’」』〕］｝·…％‰℃～,.;:?!)]}%/－-–\u3000 ")
NOT_END = frozenset("（《〈【“‘「『〔［｛([{/¥￥№\u00a0")
SQUEEZE_RIGHT = frozenset("，。、；：？！）》〉】”’」』〕］｝")  # the blank half is on the right
SQUEEZE_LEFT = frozenset("（《〈【“‘「『〔［｛")
SPACES = frozenset(" \u3000")

# What is never cut: dates, document numbers, numbers with their unit, Latin words, double dashes and dots.
_ATOM = re.compile(
    r"(?:\d{2,4}年)?\d{1,2}月(?:\d{1,2}[日号])?|\d{2,4}年(?:度)?|[〔﹝\[]\d{4}[〕﹞\]]第?\d+号"
    r"|第\d+[期号次届条款项章节]|\d[\d.,:：/\-–—~～]*\d*(?:[%％‰℃]|[万亿]?[元个人件项家次期日号时分天年月]?)"
    r"|[A-Za-z0-9][A-Za-z0-9.\-_/+@:&'#?=]*|——|……|.",
    re.S,
)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character with the font that draws it; ``width`` in points, grid spacing included."""

    char: str
    font: fonts.Font
    face: Face
    width: float


@dataclass(frozen=True, slots=True)
class Piece:
    """Neighbouring characters of one font and one spacing (points after each character)."""

    text: str
    family: str
    size: float
    spacing: float


@dataclass(frozen=True, slots=True)
class Line:
    """A composed line: ``x`` from the left of the 版心 and ``width`` of what is drawn, in points."""

    pieces: tuple[Piece, ...]
    x: float
    width: float

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Measure:
    """The column a text is set in, in points. ``hang`` indents turned lines.

    ``stretch``: a line is filled to the edge only where that adds so much after a character at most, as a share of
    its size; in a narrow cell a number or a name would else be pulled apart.
    """

    width: float = 28 * CELL
    first: float = 0.0
    hang: float = 0.0
    size: float = SIZE
    cell: float = CELL
    stretch: float = math.inf


def glyph(char: str, face: Face, measure: Measure) -> Glyph:
    """Measure one character; raises `PaperError` naming it when no font draws it."""
    font = fonts.find(char, face)
    if font is None:
        raise PaperError(f"字库中没有“{char}”（U+{ord(char):04X}）")
    return Glyph(char, font, face, font.advance(char) * measure.size + measure.cell - measure.size)


def atoms(runs: Sequence[Run], measure: Measure) -> list[tuple[Glyph, ...]]:
    """The text as unbreakable groups of measured characters."""
    groups: list[tuple[Glyph, ...]] = []
    limit = measure.width - max(measure.first, measure.hang)
    for kept, stretch in _stretches(runs):
        text = "".join(run.text for run in stretch)
        glyphs = [glyph(char, run.face, measure) for run in stretch for char in run.text]
        spans = [(0, len(text))] if kept else [match.span() for match in _ATOM.finditer(text)]
        for start, end in spans:
            group = tuple(glyphs[start:end])
            fits = sum(g.width for g in group) <= limit
            groups.extend([group] if fits else [(g,) for g in group])
    return groups


def _stretches(runs: Sequence[Run]) -> list[tuple[bool, list[Run]]]:
    """Runs grouped so that a number spanning two faces is still one atom; kept runs stand alone."""
    found: list[tuple[bool, list[Run]]] = []
    for run in runs:
        if not run.text:
            continue
        if not run.keep and found and not found[-1][0]:
            found[-1][1].append(run)
        else:
            found.append((run.keep, [run]))
    return found


class _Breaker:
    """Chooses the breaks of one paragraph."""

    def __init__(self, groups: list[tuple[Glyph, ...]], measure: Measure) -> None:
        self.groups = groups
        self.measure = measure
        self.ends = [0.0]
        self.slack = [0.0]
        for group in groups:
            self.ends.append(self.ends[-1] + sum(g.width for g in group))
            self.slack.append(self.slack[-1] + 0.5 * measure.size * sum(_squeezable(g) for g in group))
        self.trimmed = self._trim()

    def _trim(self) -> list[float]:
        """Prefix widths without the spaces just before the break."""
        out = [0.0]
        for index, group in enumerate(self.groups):
            blank = all(g.char in SPACES for g in group)
            out.append(out[-1] if blank and index else self.ends[index + 1])
        return out

    def legal(self, index: int) -> bool:
        """May a line end before group ``index``?"""
        if index == len(self.groups):
            return True
        return self.groups[index][0].char not in NOT_START and self.groups[index - 1][-1].char not in NOT_END

    def cost(self, start: int, end: int) -> float | None:
        """Departure of the line ``start:end`` from the grid, squared; None if it cannot be set."""
        room = self.measure.width - (self.measure.hang if start else self.measure.first)
        over = self.trimmed[end] - self.ends[start] - room
        if over > 0.01:
            slack = self.slack[end] - self.slack[start]
            opening = self.groups[start][0]
            if opening.char in SQUEEZE_LEFT and _squeezable(opening):
                slack -= (
                    0.5 * self.measure.size
                )  # its blank half is at the line's edge: nothing can move into it
            return (over / self.measure.size) ** 2 * 0.8 if over <= slack + 1e-6 else None
        if end == len(self.groups):
            ink = [g for group in self.groups[start:end] for g in group if g.char not in NOT_START]
            return 0.6 if start and len(ink) < 2 else 0.0
        return (over / self.measure.size) ** 2

    def ends_from(self, start: int, window: float) -> list[int]:
        """Break candidates after ``start`` whose line is at most ``window`` points short."""
        room = self.measure.width - (self.measure.hang if start else self.measure.first)
        index = max(start + 1, bisect_left(self.trimmed, self.ends[start] + room - window))
        index = min(index, len(self.groups))  # the last line may be as short as it likes
        found = []
        while index <= len(self.groups):
            if self.trimmed[index] - self.ends[start] - room > 3 * self.measure.size:
                break
            if self.legal(index):
                found.append(index)
            index += 1
        return found

    def best(self, window: float) -> list[int] | None:
        """Break positions of least cost, or None if ``window`` is too strict."""
        count = len(self.groups)
        cost: list[float | None] = [0.0] + [None] * count
        back = [0] * (count + 1)
        for start in range(count):
            so_far = cost[start]
            if so_far is None:
                continue
            for end in self.ends_from(start, window):
                step = self.cost(start, end)
                known = cost[end]
                if step is not None and (known is None or so_far + step < known - 1e-9):
                    cost[end], back[end] = so_far + step, start
        if cost[count] is None:
            return None
        path = [count]
        while path[-1]:
            path.append(back[path[-1]])
        return path[::-1]


def _squeezable(item: Glyph) -> bool:
    full = item.font.advance(item.char) > 0.99
    return full and (item.char in SQUEEZE_RIGHT or item.char in SQUEEZE_LEFT)


def compose(runs: Sequence[Run], measure: Measure | None = None) -> tuple[Line, ...]:
    """Break ``runs`` into lines. Every line but the last is filled to the measure's right edge (``stretch`` allowing)."""
    measure = measure or Measure()
    groups = atoms(runs, measure)
    if not groups:
        return ()
    breaker = _Breaker(groups, measure)
    path = None
    for window in (2 * measure.size, 8 * measure.size, 2 * measure.width):
        path = path or breaker.best(window)
    if path is None:  # nowhere to break by the rules (a wall of marks): break by width alone
        path = _greedy(breaker)
    lines = []
    for start, end in itertools.pairwise(path):
        line = [g for group in groups[start:end] for g in group]
        while len(line) > 1 and line[-1].char in SPACES:
            line.pop()
        indent = measure.hang if start else measure.first
        lines.append(_fill(line, indent, measure, last=end == len(groups)))
    return tuple(lines)


def _greedy(breaker: _Breaker) -> list[int]:
    path, count = [0], len(breaker.groups)
    while path[-1] < count:
        start = path[-1]
        room = breaker.measure.width - (breaker.measure.hang if start else breaker.measure.first)
        end = start + 1
        while end < count and breaker.ends[end + 1] - breaker.ends[start] <= room + 0.01:
            end += 1
        path.append(end)
    return path


def _fill(line: list[Glyph], indent: float, measure: Measure, *, last: bool) -> Line:
    """Spread or squeeze one line to the measure."""
    extra = [0.0] * len(line)  # points added after each character
    room = measure.width - indent
    natural = sum(g.width for g in line)
    if natural > room + 0.01:
        _squeeze(line, extra, natural - room, measure.size)
    elif not last and len(line) > 1 and room - natural <= measure.stretch * measure.size * len(line):
        # the last character's own spacing is not seen, so it takes a share too: 28 cells stay 28 cells
        extra = [(room - natural) / len(line)] * len(line)
    return Line(_pieces(line, extra, measure), indent, sum(g.width for g in line) + sum(extra))


def _squeeze(line: list[Glyph], extra: list[float], excess: float, size: float) -> None:
    """Take ``excess`` points out of the blank halves of marks: the line's end first, then all alike."""
    if line[-1].char in SQUEEZE_RIGHT and _squeezable(line[-1]):
        taken = min(excess, size / 2)
        extra[-1] -= taken
        excess -= taken
    spots = [i for i, g in enumerate(line[:-1]) if g.char in SQUEEZE_RIGHT and _squeezable(g)]
    spots += [i - 1 for i, g in enumerate(line) if i and g.char in SQUEEZE_LEFT and _squeezable(g)]
    for spot in spots:  # a mark before a bracket gives two halves
        extra[spot] -= excess / len(spots)


def _pieces(line: list[Glyph], extra: list[float], measure: Measure) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    grid = measure.cell - measure.size
    for item, more in zip(line, extra, strict=True):
        spacing = round(grid + more, 4)
        previous = pieces[-1] if pieces else None
        if previous and previous.family == item.font.family and previous.spacing == spacing:
            pieces[-1] = Piece(previous.text + item.char, previous.family, previous.size, spacing)
        else:
            pieces.append(Piece(item.char, item.font.family, measure.size, spacing))
    return tuple(pieces)


def single(text: str, face: Face = Face.FANGSONG, *, size: float = SIZE, cell: float | None = None) -> Line:
    """One unbroken line at natural spacing (``cell`` defaults to the size itself, no grid)."""
    measure = Measure(width=1e9, size=size, cell=size if cell is None else cell)
    return _fill([glyph(char, face, measure) for char in text], 0.0, measure, last=True)


def at(line: Line, x: float) -> Line:
    """The same line with its left edge at ``x`` points."""
    return Line(line.pieces, x, line.width)
