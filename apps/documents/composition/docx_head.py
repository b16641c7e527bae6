"""What stands above the text of the Word file, in paragraphs whose spacing puts it where the standard wants it.

A line of exact height has its baseline four fifths down, in Word, WPS and LibreOffice alike. From that and the
faces' ink the space above each paragraph is reckoned. Lengths are in twips from the paper's top.
"""

from __future__ import annotations

import math

from . import fonts
from .docx_styles import LINE, TITLE_LINE, WIDTH, cells, exact, face_style
from .docx_xml import Properties, Xml, element, paragraph, run
from .geometry import ASCENT
from .heads import MARK_MM, MARK_TALL, NARROWEST
from .lines import MM, SIZE
from .model import Face, Layout, Paper, chinese_date
from .titles import balance

MM_TWIPS = 20 * MM
TOP = round(37 * MM_TWIPS)
SINK = 0.8  # of an exact line's height above its baseline
TITLE_PT = 22.0
ASCENT_3 = ASCENT * SIZE * 20  # from the top of a 3号 character to its baseline
RULE, RULE_PT = 12, 1.5  # the red rule, in 1/8 pt as the format counts, and in points


def tabs(*stops: tuple[str, int]) -> Xml:
    """Tab stops (kind, twips)."""
    return element("tabs", None, *(element("tab", {"val": kind, "pos": at}) for kind, at in stops))


class Head:
    """Builds the head from the top down. ``letter`` is the first page's header of a 信函."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.parts: list[Xml] = []
        self.letter: list[Xml] = []
        self.letter_top = 0
        self.start = 0  # the line of the grid the text begins on
        self._y = TOP
        edge = self._letter() if paper.layout == Layout.LETTER else self._official()
        self._title(edge)

    def _add(self, style: str, top: float, height: int, *runs: Xml, **more: object) -> None:
        """A paragraph at ``top``; what cannot be reached (a head too full) follows close below."""
        before = max(round(top - self._y), 0)
        values: Properties = {"pStyle": style, "spacing": exact(height, before=before), **more}  # type: ignore[dict-item]
        self.parts.append(paragraph(values, *runs))
        self._y += before + height

    def _mark(self, ink_top: float) -> tuple[float, int, float, Xml]:
        """(paragraph's top, its height, ink bottom, run) of the mark whose ink begins at ``ink_top`` mm."""
        mark = self.paper.mark
        file = fonts.chain(Face.TITLE)[0]
        fitting = MARK_MM * MM / max(len(mark), 1)
        size = math.floor(2 * min(46.0, max(fitting, min(MARK_TALL, fitting / NARROWEST)))) / 2
        narrow = math.floor(min(1.0, fitting / size) * 100)
        base = ink_top * MM_TWIPS + fonts.ink_top(file, mark) * size * 20
        height = round(size * 25)
        values: Properties = {"sz": round(size * 2), "szCs": round(size * 2)}
        values = {**values, "w": narrow} if narrow < 100 else values
        bottom = base - fonts.ink_bottom(file, mark) * size * 20
        return base - SINK * height, height, bottom, run(mark, values)

    def _official(self) -> float:
        """公文, 纪要 and sheets; returns the lower edge of the red rule, or of what stands in its place."""
        paper = self.paper
        self._corners()
        if paper.layout not in (Layout.OFFICIAL, Layout.MINUTES):
            return self._sheet()
        top, height, ink, words = self._mark(72.0)
        self._add("Mark", top, height, words)
        base = ink + 2 * LINE + ASCENT_3
        headed = bool(paper.head_issuer or paper.head_date)
        self._number(base, ruled=not headed)
        if headed:
            base += 1.5 * LINE
            date = chinese_date(paper.head_date) if paper.head_date else ""
            self._ruled("SignedNumber", base, run(f"\t{paper.head_issuer}\t{date}"))
        return self._y

    def _corners(self) -> None:
        """紧急程度 line by line; the marker at the right of the last line."""
        lines = list(self.paper.corner) or [""] * bool(self.paper.marker)
        for index, text in enumerate(lines):
            last = index == len(lines) - 1 and self.paper.marker
            words = f"{text}\t{self.paper.marker}" if last else text
            self._add("Corner", self._y, LINE, run(words), tabs=tabs(("right", WIDTH)))

    def _sheet(self) -> float:
        """A sheet has no mark and no rule; its number, issuer and date stand at the right above the title."""
        paper = self.paper
        date = chinese_date(paper.head_date) if paper.head_date else ""
        for words in (paper.number, f"{paper.head_issuer}\t{date}" if paper.head_issuer or date else ""):
            if words:
                self._add("SignedNumber", self._y, LINE, run(words), tabs=tabs(("right", WIDTH)))
        return self._y - LINE if self._y > TOP else TOP - 2 * LINE

    def _number(self, base: float, *, ruled: bool) -> None:
        paper = self.paper
        style, runs = "Number", [run(paper.number)] if paper.number else []
        if paper.signers:
            names = "\u3000".join(paper.signers)
            style = "SignedNumber"
            runs = [run(f"\t{paper.number}\t签发人："), run(names, {"rStyle": face_style(Face.KAI)})]
        if ruled:
            self._ruled(style, base, *runs)
        else:
            more = {"tabs": _SIDES} if paper.signers else {}
            self._add(style, base - SINK * LINE, LINE, *runs, **more)

    def _ruled(self, style: str, base: float, *runs: Xml) -> None:
        """A line with the red rule 4 mm below its ink, as the paragraph's lower border."""
        ink = -fonts.ink_bottom(fonts.strut().path, self.paper.number or "号") * SIZE * 20
        space = round((base + ink + 4 * MM_TWIPS - (base + (1 - SINK) * LINE)) / 20)
        rule = element("bottom", {"val": "single", "sz": RULE, "space": space, "color": "FF0000"})
        more = {"tabs": _SIDES} if style == "SignedNumber" else {}
        self._add(style, base - SINK * LINE, LINE, *runs, pBdr=element("pBdr", None, rule), **more)
        self._y += round((space + RULE_PT) * 20)

    def _letter(self) -> float:
        """信函: mark and double rule go into the first page's header, which reaches below the text's top edge."""
        top, height, ink, words = self._mark(30.0)
        self.letter_top = round(top)
        mark = paragraph({"pStyle": "Mark", "spacing": exact(height)}, words)
        before = round(ink + 4 * MM_TWIPS - (top + height))
        self.letter = [mark, double_rule(before, thick_first=True)]
        edge = ink + 4 * MM_TWIPS + round(1.7 * MM_TWIPS)
        self._y = max(TOP, round(edge))
        base = edge + SIZE * 20 * 7 / 8 + ASCENT_3
        paper = self.paper
        left = [*paper.corner, *([paper.marker] if paper.marker else [])]
        stops = [("left", cells(7 * place)) for place in range(1, len(left))]
        words = run("\t".join([*(left or [""]), paper.number]))
        self._add(
            "Corner",
            base - SINK * LINE,
            LINE,
            *_faced(left, paper.number),
            tabs=tabs(*stops, ("right", WIDTH)),
        )
        return base - ASCENT_3 + SIZE * 20 + (max(1, len(left)) - 1) * LINE

    def _title(self, edge: float) -> None:
        """The title two lines below ``edge``; then down to the grid of the following pages."""
        lines = balance(self.paper.title, self.paper.words) if self.paper.title else ()
        end = edge
        if lines:
            box = edge + 2 * LINE
            end = box + (len(lines) - 1) * TITLE_LINE + TITLE_PT * 20
            top = box + ASCENT * TITLE_PT * 20 - SINK * TITLE_LINE
            before = max(round(top - self._y), 0)
            self._y += before + TITLE_LINE * len(lines)
        self.start = math.ceil((end + LINE - TOP) / LINE - 0.05)
        after = max(TOP + self.start * LINE - self._y, 0)
        if lines:
            values: Properties = {"pStyle": "Title", "spacing": exact(TITLE_LINE, before=before, after=after)}
            self.parts.append(paragraph(values, run("\n".join(lines))))


_SIDES = tabs(("left", cells(1)), ("right", cells(27)))


def _faced(left: list[str], number: str) -> list[Xml]:
    """What stands at the left of a letter's first line in 黑体, its number at the right in 仿宋."""
    runs = [run("\t".join(left))] if left else []
    return [*runs, run("\t" + number, {"rStyle": face_style(Face.FANGSONG)})] if number else runs


def double_rule(before: int, *, thick_first: bool) -> Xml:
    """The two red rules of a 信函, 170 mm, thick above thin or the other way round."""
    thick, thin = 20, 6  # 2.5 pt and 0.75 pt
    upper, lower = (thick, thin) if thick_first else (thin, thick)
    look = {"val": "single", "space": 0, "color": "FF0000"}
    borders = [element("top", {**look, "sz": upper}), element("bottom", {**look, "sz": lower})]
    return paragraph(
        {"pStyle": "RedRule", "spacing": exact(28, before=before), "pBdr": element("pBdr", None, *borders)}
    )
