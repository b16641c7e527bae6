"""What stands above the text of the Word file, in paragraphs whose spacing puts it where the standard wants it.

A line of exact height has its baseline four fifths down, in Word, WPS and LibreOffice alike. From that and the
faces' ink the space above each paragraph is reckoned. Lengths are in twips from the paper's top.
"""

from __future__ import annotations

import math

from . import fonts
from .docx_styles import LINE, TITLE_LINE, cells, exact, face_style
from .docx_xml import Attributes, Properties, Xml, element, paragraph, run
from .flow import TITLE_SIZE
from .geometry import ASCENT, Frame
from .heads import MARK_MM, MARK_TALL, NARROWEST, NUMBER_GAP
from .lines import MM, SIZE
from .model import Face, Layout, Paper, chinese_date
from .titles import balance

MM_TWIPS = 20 * MM
DOUBLE = (51, 28, 17)  # thick rule, gap and thin rule of a 信函: 0.9, 0.5 and 0.3 mm
LETTER_FRAME: Attributes = {
    "w": 9638,
    "wrap": "around",
    "vAnchor": "page",
    "hAnchor": "page",
    "xAlign": "center",
}  # 170 mm
SINK = 0.8  # of an exact line's height above its baseline
ASCENT_3 = ASCENT * SIZE * 20  # from the top of a 3号 character to its baseline
_BELOW_3 = (1 - ASCENT) * SIZE * 20
RULE, RULE_PT = 12, 1.5  # the red rule, in 1/8 pt as the format counts, and in points


def tabs(*stops: tuple[str, int]) -> Xml:
    """Tab stops (kind, twips)."""
    return element("tabs", None, *(element("tab", {"val": kind, "pos": at}) for kind, at in stops))


class Head:
    """Builds the head from the top down."""

    def __init__(self, paper: Paper, frame: Frame) -> None:
        self.paper = paper
        self.frame = frame
        self.parts: list[Xml] = []
        self._top = self._y = round(frame.top * MM_TWIPS)
        self._width = round(frame.width * MM_TWIPS)
        if paper.layout == Layout.SHEET:
            edge = self._sheet()
        elif paper.layout == Layout.LETTER:
            edge = self._title(self._letter() + 2 * LINE)
        else:
            edge = self._title(self._official() + 2 * LINE)
        self._to_grid(edge)

    def _add(self, style: str, top: float, height: int, *runs: Xml, **more: object) -> None:
        """A paragraph at ``top``; what cannot be reached (a head too full) follows close below."""
        before = max(round(top - self._y), 0)
        more = {name: value for name, value in more.items() if value}
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
        """公文 and 纪要; returns the lower edge of the red rule."""
        paper = self.paper
        self._corners()
        top, height, ink, words = self._mark(72.0)
        self._add("Mark", top, height, words)
        base = ink + 2 * LINE + ASCENT_3
        headed = bool(paper.head_issuer or paper.head_date)
        style, runs = self._number()
        if not headed:
            self._ruled(style, base, *runs)
            return self._y
        self._add(style, base - SINK * LINE, LINE, *runs, tabs=self._sides(style))
        self._ruled("SignedNumber", base + 1.5 * LINE, run(f"\t{paper.head_issuer}\t{self._date()}"))
        return self._y

    def _date(self) -> str:
        return chinese_date(self.paper.head_date) if self.paper.head_date else ""

    def _corners(self) -> None:
        """紧急程度 line by line; the marker at the right of the last line."""
        lines = list(self.paper.corner) or [""] * bool(self.paper.marker)
        for index, text in enumerate(lines):
            last = index == len(lines) - 1 and self.paper.marker
            words = f"{text}\t{self.paper.marker}" if last else text
            self._add("Corner", self._y, LINE, run(words), tabs=tabs(("right", self._width)))

    def _sheet(self) -> float:
        """A sheet: its title on the first free line, below it its number, and a line of issuer and date."""
        self._corners()
        edge = float(self._y)
        if self.paper.title:
            edge = self._title(edge)
        if self.paper.number or self.paper.signers:
            edge += NUMBER_GAP * LINE + SIZE * 20
            style, runs = self._number()
            self._add(style, edge - _BELOW_3 - SINK * LINE, LINE, *runs, tabs=self._sides(style))
        if self.paper.head_issuer or self.paper.head_date:
            edge += NUMBER_GAP * LINE + SIZE * 20
            words = run(f"{self.paper.head_issuer}\t{self._date()}")
            stop = tabs(("right", self._width))
            self._add("SignedNumber", edge - _BELOW_3 - SINK * LINE, LINE, words, tabs=stop)
        return edge

    def _number(self) -> tuple[str, list[Xml]]:
        """Style and runs of 发文字号, with 签发人 where a paper goes to a superior."""
        number = self.paper.number
        if not self.paper.signers:
            return "Number", [run(number)] if number else []
        names = "\u3000".join(self.paper.signers)
        kai: Properties = {"rStyle": face_style(Face.KAI)}
        return "SignedNumber", [run(f"\t{number}\t签发人："), run(names, kai)]

    def _sides(self, style: str) -> Xml:
        """Stops one cell in from either side, for the line that has something at both."""
        if style != "SignedNumber":
            return Xml("")
        return tabs(("left", cells(1)), ("right", self._width - cells(1)))

    def _ruled(self, style: str, base: float, *runs: Xml) -> None:
        """A line with the red rule 4 mm below its ink, as the paragraph's lower border."""
        ink = -fonts.ink_bottom(fonts.strut().path, self.paper.number or "号") * SIZE * 20
        space = round((base + ink + 4 * MM_TWIPS - (base + (1 - SINK) * LINE)) / 20)
        rule = element("bottom", {"val": "single", "sz": RULE, "space": space, "color": "FF0000"})
        border = element("pBdr", None, rule)
        self._add(style, base - SINK * LINE, LINE, *runs, pBdr=border, tabs=self._sides(style))
        self._y += round((space + RULE_PT) * 20)

    def _letter(self) -> float:
        """信函: mark and double rule stand in a frame, for they begin above the text's area; returns the head's edge."""
        top, height, ink, words = self._mark(30.0)
        frame: Properties = {"framePr": {**LETTER_FRAME, "y": round(top)}}
        air = round(ink + 4 * MM_TWIPS - (top + height))
        self.parts.append(paragraph({"pStyle": "Mark", **frame, "spacing": exact(height, after=air)}, words))
        self.parts += double_rule(thick_first=True, place=frame)
        edge = ink + 4 * MM_TWIPS + sum(DOUBLE)
        base = edge + SIZE * 20 * 7 / 8 + ASCENT_3
        paper = self.paper
        left = [*paper.corner, *([paper.marker] if paper.marker else [])]
        stops = [("left", cells(7 * place)) for place in range(1, len(left))]
        self._add(
            "Corner",
            base - SINK * LINE,
            LINE,
            *_faced(left, paper.number),
            tabs=tabs(*stops, ("right", self._width)),
        )
        return base - ASCENT_3 + SIZE * 20 + (max(1, len(left)) - 1) * LINE

    def _title(self, box: float) -> float:
        """The title with its characters' box at ``box``; returns the box's lower edge."""
        if not self.paper.title:
            return box - 2 * LINE
        lines = balance(self.paper.title, self.paper.words)
        top = box + ASCENT * TITLE_SIZE * 20 - SINK * TITLE_LINE
        self._add("Title", top, TITLE_LINE, run("\n".join(lines)))
        self._y += TITLE_LINE * (len(lines) - 1)
        return box + (len(lines) - 1) * TITLE_LINE + TITLE_SIZE * 20

    def _to_grid(self, edge: float) -> None:
        """One empty line below ``edge``, then the grid of the following pages: as space after the last paragraph."""
        if not self.parts:
            return
        start = math.ceil((edge + LINE - self._top) / LINE - 0.05)
        after = max(self._top + start * LINE - self._y, 0)
        self.parts[-1] = Xml(self.parts[-1].replace("<w:spacing ", f'<w:spacing w:after="{after}" ', 1))


def _faced(left: list[str], number: str) -> list[Xml]:
    """What stands at the left of a letter's first line in 黑体, its number at the right in 仿宋."""
    runs = [run("\t".join(left))] if left else []
    return [*runs, run("\t" + number, {"rStyle": face_style(Face.FANGSONG)})] if number else runs


def double_rule(*, thick_first: bool, place: Properties) -> list[Xml]:
    """The two red rules of a 信函, thick above thin or the other way round, as filled paragraphs."""
    heights = DOUBLE if thick_first else DOUBLE[::-1]
    fills = ("FF0000", "auto", "FF0000")
    return [
        paragraph(
            {
                "pStyle": "RedRule",
                **place,
                "spacing": exact(height),
                "shd": {"val": "clear", "color": "auto", "fill": fill},
            }
        )
        for height, fill in zip(heights, fills, strict=True)
    ]
