"""A PDF opened for measuring: characters with their baselines, rules, and the ink of the drawn page.

Baselines come from the text matrix, edges of rules and marks from the page drawn at 600 dpi. The libraries
are loaded when a PDF is opened, so a process that never measures never carries them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from statistics import mean
from typing import Any

MM = 72 / 25.4
DPI = 600
RED = (1.0, 0.0, 0.0)
PITCH = 225 / 22
CELL = 156 / 28


class NotReadable(ValueError):
    """The file cannot be measured; the message is Chinese and says why."""


@dataclass(frozen=True)
class Frame:
    """Where the standard puts the 版心 on the sheet, mm."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


UPRIGHT = Frame(28.0, 37.0, 156.0, 225.0)
LYING = Frame(35.0, 28.0, 225.0, 156.0)  # the same 版心 on a sheet turned by a quarter (ADR 13)


@dataclass(frozen=True)
class Char:
    """``turned``: drawn upside down."""

    text: str
    x0: float
    x1: float
    baseline: float
    size: float
    font: str
    colour: tuple[float, ...]
    turned: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Its character box, mm: 0.88 em above the baseline and 0.12 em below."""
        em = self.size / MM
        above, below = (0.12, 0.88) if self.turned else (0.88, 0.12)
        return self.x0, self.baseline - above * em, self.x1, self.baseline + below * em


@dataclass(frozen=True)
class PdfLine:
    """Characters on one baseline of one page, from left to right."""

    page: int
    baseline: float
    chars: tuple[Char, ...]

    @property
    def text(self) -> str:
        return "".join(char.text for char in self.chars)

    @property
    def x0(self) -> float:
        return self.chars[0].x0

    @property
    def x1(self) -> float:
        return self.chars[-1].x1

    @property
    def font(self) -> str:
        return self.chars[0].font

    @property
    def size(self) -> float:
        return self.chars[0].size

    @property
    def colour(self) -> tuple[float, ...]:
        return self.chars[0].colour


@dataclass(frozen=True)
class Rule:
    """A filled rectangle of a page, mm."""

    page: int
    x0: float
    top: float
    x1: float
    bottom: float
    colour: tuple[float, ...]

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def weight(self) -> float:
        return self.bottom - self.top


class Measured:
    """Lengths in mm from the paper's top left. Raises `NotReadable`."""

    def __init__(self, data: bytes) -> None:
        if not data[:1024].lstrip().startswith(b"%PDF-"):
            raise NotReadable("不是 PDF 文件")
        self.data = data
        self.rows: list[dict[str, Any]] = []
        import pdfplumber

        try:
            with pdfplumber.open(io.BytesIO(data)) as pdf:
                self.sizes = [(float(page.width) / MM, float(page.height) / MM) for page in pdf.pages]
                self.lines = [line for n, page in enumerate(pdf.pages, 1) for line in _lines(n, page)]
                self.rects = [_rule(n, r) for n, page in enumerate(pdf.pages, 1) for r in page.rects]
                self.images = sum(len(page.images) for page in pdf.pages)
        except Exception as error:  # whatever a broken file breaks in a parser, the reader is told one thing
            raise NotReadable(f"PDF 文件已损坏，读不出来（{type(error).__name__}）") from error
        if not self.sizes:
            raise NotReadable("PDF 文件里没有页面")

    @cached_property
    def pages(self) -> int:
        return len(self.sizes)

    def lies(self, page: int) -> bool:
        """Whether a page lies on its side."""
        width, height = self.sizes[page - 1]
        return width > height

    def frame(self, page: int) -> Frame:
        return LYING if self.lies(page) else UPRIGHT

    def on(self, page: int) -> list[PdfLine]:
        return [line for line in self.lines if line.page == page]

    def body(self, page: int | None = None) -> list[PdfLine]:
        """Black lines inside the 版心 that are neither title nor 版记 nor in a table: 3号, or nearly so."""
        return [
            line for line in self.lines
            if 14.6 < line.size < 18 and (page is None or line.page == page) and line.colour != RED
            and self.frame(line.page).top < line.baseline < self.frame(line.page).bottom
        ]  # fmt: skip

    def find(self, pattern: str) -> PdfLine:
        """The first line whose text matches; raises `LookupError`."""
        for line in self.lines:
            if re.search(pattern, line.text):
                return line
        raise LookupError(pattern)

    def after(self, line: PdfLine, count: int = 1) -> PdfLine | None:
        """The next line in reading order, if there is one."""
        place = self.lines.index(line) + count
        return self.lines[place] if 0 <= place < len(self.lines) else None

    @cached_property
    def _drawn(self) -> Any:
        import pypdfium2  # type: ignore[import-untyped]

        return pypdfium2.PdfDocument(self.data)

    def ink(
        self, page: int, x0: float, y0: float, x1: float, y1: float
    ) -> tuple[float, float, float, float] | None:
        """Bounding box of the ink inside a region (mm), or None."""
        import numpy as np

        width, height = self.sizes[page - 1]
        crop = (x0 * MM, (height - y1) * MM, (width - x1) * MM, y0 * MM)
        image = self._drawn[page - 1].render(scale=DPI / 72, crop=crop, grayscale=True, no_smoothtext=True)
        pixels = np.asarray(image.to_numpy())
        dark = pixels.reshape(pixels.shape[0], -1) < 200
        if not dark.any():
            return None
        ys, xs = np.where(dark.any(axis=1))[0], np.where(dark.any(axis=0))[0]
        k = 25.4 / DPI
        return x0 + xs[0] * k, y0 + ys[0] * k, x0 + (xs[-1] + 1) * k, y0 + (ys[-1] + 1) * k

    def line_ink(self, line: PdfLine, reach: float = 14.0) -> tuple[float, float, float, float]:
        """The ink of one line, looked for ``reach`` mm above its baseline."""
        top = max(line.baseline - reach, 0.0)
        found = self.ink(line.page, line.x0 - 1, top, line.x1 + 1, line.baseline + reach / 5)
        return found or (line.x0, line.baseline, line.x1, line.baseline)

    def check(self, row: int, required: str, measured: Any, ok: bool) -> None:
        """One verdict."""
        shown = round(float(measured), 3) if isinstance(measured, float) else measured
        self.rows.append({"row": row, "required": required, "measured": shown, "ok": bool(ok)})

    def near(self, row: int, what: str, measured: float, wanted: float, tolerance: float) -> None:
        """A length within its tolerance."""
        wanted_shown = f"{what} {round(wanted, 3):g} ±{tolerance:g}"
        self.check(row, wanted_shown, float(measured), abs(measured - wanted) <= tolerance)


def _colour(value: Any) -> tuple[float, ...]:
    return tuple(float(part) for part in (value or (0.0,)))


def _rule(page: int, rect: dict[str, Any]) -> Rule:
    edges = (rect["x0"] / MM, rect["top"] / MM, rect["x1"] / MM, rect["bottom"] / MM)
    return Rule(page, *edges, _colour(rect["non_stroking_color"]))


def _chars(page: Any) -> Iterator[Char]:
    for c in page.chars:
        baseline = (float(page.height) - c["matrix"][5]) / MM
        font = c["fontname"].split("+")[-1]
        colour = _colour(c["non_stroking_color"])
        yield Char(
            c["text"], c["x0"] / MM, c["x1"] / MM, baseline, c["size"], font, colour, c["matrix"][3] < 0
        )


def _lines(number: int, page: Any) -> list[PdfLine]:
    rows: dict[float, list[Char]] = {}
    for char in _chars(page):
        key = next((known for known in rows if abs(known - char.baseline) < 0.3), char.baseline)
        rows.setdefault(key, []).append(char)
    return [
        PdfLine(number, mean(char.baseline for char in chars), tuple(sorted(chars, key=lambda char: char.x0)))
        for _, chars in sorted(rows.items())
    ]
