"""Measure a finished PDF against GB/T 9704: from its text layer and its ink, never from our own data.

`measure(pdf, kind)` gives rows ``{row, required, measured, ok}``, numbered as in docs/papers.md.
Baselines come from the text matrix, edges of rules and marks from the page drawn at 600 dpi.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cached_property
from statistics import mean, median
from typing import Any

import numpy as np
import pdfplumber
import pypdfium2  # type: ignore[import-untyped]

MM = 72 / 25.4
DPI = 600
NOT_START, NOT_END = "，。、；：？！）》〉】”", "（《〈【“"
RED = (1.0, 0.0, 0.0)


@dataclass(frozen=True)
class Char:
    text: str
    x0: float
    x1: float
    baseline: float
    size: float
    font: str
    colour: tuple[float, ...]


@dataclass(frozen=True)
class PdfLine:
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


class Measured:
    """A PDF opened for measuring; lengths in mm from the paper's top left."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.rows: list[dict[str, Any]] = []
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            self.sizes = [(float(page.width) / MM, float(page.height) / MM) for page in pdf.pages]
            self.lines = [line for n, page in enumerate(pdf.pages, 1) for line in _lines(n, page)]
            self.rects = [(n, *_rect(r)) for n, page in enumerate(pdf.pages, 1) for r in page.rects]
            self.images = sum(len(page.images) for page in pdf.pages)

    @cached_property
    def pages(self) -> int:
        return len(self.sizes)

    def body(self, page: int | None = None) -> list[PdfLine]:
        """3号 lines inside the 版心."""
        return [
            line for line in self.lines
            if abs(line.size - 16) < 0.1 and (page is None or line.page == page) and 37 < line.baseline < 262
        ]  # fmt: skip

    def find(self, pattern: str) -> PdfLine:
        """The first line whose text matches."""
        return next(line for line in self.lines if re.search(pattern, line.text))

    def after(self, line: PdfLine, count: int = 1) -> PdfLine:
        return self.lines[self.lines.index(line) + count]

    def ink(
        self, page: int, x0: float, y0: float, x1: float, y1: float
    ) -> tuple[float, float, float, float] | None:
        """Bounding box of the ink inside a region (mm), or None."""
        width, height = self.sizes[page - 1]
        document = pypdfium2.PdfDocument(self.data)
        crop = (x0 * MM, (height - y1) * MM, (width - x1) * MM, y0 * MM)
        image = (
            document[page - 1]
            .render(scale=DPI / 72, crop=crop, grayscale=True, no_smoothtext=True)
            .to_numpy()
        )
        document.close()
        dark = np.asarray(image).reshape(image.shape[0], -1) < 200
        if not dark.any():
            return None
        ys, xs = np.where(dark.any(axis=1))[0], np.where(dark.any(axis=0))[0]
        k = 25.4 / DPI
        return x0 + xs[0] * k, y0 + ys[0] * k, x0 + (xs[-1] + 1) * k, y0 + (ys[-1] + 1) * k

    def line_ink(self, line: PdfLine, reach: float = 14.0) -> tuple[float, float, float, float]:
        found = self.ink(
            line.page, line.x0 - 1, line.baseline - reach, line.x1 + 1, line.baseline + reach / 5
        )
        assert found, line.text
        return found

    def check(self, row: int, required: str, measured: Any, ok: bool) -> None:
        shown = round(float(measured), 3) if isinstance(measured, float) else measured
        self.rows.append({"row": row, "required": required, "measured": shown, "ok": bool(ok)})

    def near(self, row: int, what: str, measured: float, wanted: float, tolerance: float) -> None:
        self.check(row, f"{what} {wanted:g} ±{tolerance:g}", measured, abs(measured - wanted) <= tolerance)


def _rect(rect: dict[str, Any]) -> tuple[float, float, float, float, tuple[float, ...]]:
    colour = tuple(rect["non_stroking_color"] or (0.0,))
    return rect["x0"] / MM, rect["top"] / MM, rect["x1"] / MM, rect["bottom"] / MM, colour


def _lines(number: int, page: Any) -> list[PdfLine]:
    rows: dict[float, list[Char]] = {}
    for c in page.chars:
        baseline = (float(page.height) - c["matrix"][5]) / MM
        key = next((known for known in rows if abs(known - baseline) < 0.3), baseline)
        size = abs(c["matrix"][3]) * (c["size"] / abs(c["matrix"][3]) if c["matrix"][3] else 1)
        rows.setdefault(key, []).append(
            Char(c["text"], c["x0"] / MM, c["x1"] / MM, baseline, size, c["fontname"].split("+")[-1],
                 tuple(c["non_stroking_color"] or (0.0,)))
        )  # fmt: skip
    return [
        PdfLine(number, mean(char.baseline for char in chars), tuple(sorted(chars, key=lambda char: char.x0)))
        for _, chars in sorted(rows.items())
    ]


def measure(data: bytes, kind: str = "minutes", *, sealed: bool | None = None) -> list[dict[str, Any]]:
    """All rows that a paper of this kind (minutes, official, letter) shows; letters bear a seal unless told otherwise."""
    pdf = Measured(data)
    _sheet(pdf, 60.0 if kind == "letter" else 37.0)
    _grid(pdf)
    _letter(pdf) if kind == "letter" else _head(pdf)
    _parts(pdf, kind, sealed=kind == "letter" if sealed is None else sealed)
    if kind != "letter":
        _imprint(pdf)
    _numbers(pdf, kind)
    _text(pdf)
    return pdf.rows


def _sheet(pdf: Measured, head: float) -> None:
    for width, height in pdf.sizes:
        pdf.near(1, "paper width", width, 210, 0.1)
        pdf.near(1, "paper height", height, 297, 0.1)
    for page in range(2, pdf.pages + 1):
        if not pdf.body(page):
            continue
        top = pdf.ink(page, 20, 20, 200, 60)
        pdf.near(2, f"top margin p{page}", top[1] if top else 0, 37, 1)
    lefts = [line.x0 for line in pdf.body() if line.x0 < 30]
    if lefts:
        pdf.near(3, "left edge", max(lefts, key=lambda x: abs(x - 28)), 28, 1)
    for page in range(1, pdf.pages + 1):
        right = pdf.ink(page, 184.4, head if page == 1 else 37, 209, 262)
        pdf.check(4, f"no ink right of 184, p{page}", right and right[2], right is None)
        below = pdf.ink(page, 2, 262.4, 208, 266.5)
        pdf.check(4, f"no ink below 262, p{page}", below and below[1], below is None)


def _grid(pdf: Measured) -> None:
    sizes = {round(line.size, 1) for line in pdf.body()}
    pdf.check(5, "body 16 pt", sizes, sizes == {16.0})
    full = [page for page in range(2, pdf.pages) if len(_baselines(pdf, page)) > 19]
    for page in full:
        count = len(_baselines(pdf, page))
        pdf.check(6, f"lines on full page {page} == 22", count, count == 22)
        steps = np.diff(_baselines(pdf, page))
        pdf.near(9, f"line pitch p{page}", float(np.mean(steps)), 225 / 22, 0.02)
    pure = [line for line in pdf.body() if re.fullmatch(r"[\u4e00-\u9fff，。、；：]+", line.text)
            and line.x0 < 28.3 and line.x1 > 183]  # fmt: skip
    cells = {len(line.text) for line in pure if line.text[-1] not in "，。、；："}
    if cells:
        pdf.check(7, "cells on a full line of Chinese == 28", cells, 28 in cells and cells <= {27, 28, 29})
    exact = [line for line in pure if len(line.text) == 28]
    if exact:
        advances = [b.x0 - a.x0 for line in exact for a, b in zip(line.chars, line.chars[1:], strict=False)]
        pdf.near(8, "cell advance, pt", median(advances) * MM, 15.793, 0.15)


def _baselines(pdf: Measured, page: int) -> list[float]:
    return sorted(line.baseline for line in pdf.body(page))


def _head(pdf: Measured) -> None:
    mark = next(line for line in pdf.lines if line.chars[0].colour == RED)
    x0, top, x1, bottom = pdf.line_ink(mark, 17)
    pdf.check(10, "mark in red 小标宋", mark.font, "BiaoSong" in mark.font)
    pdf.near(10, "mark centred", (x0 + x1) / 2, 106, 0.5)
    pdf.near(27, "mark's ink top", top, 72, 0.5)
    rule = next(rect for rect in pdf.rects if rect[5] == RED)
    pdf.near(13, "red rule's width", rule[3] - rule[1], 156, 0.3)
    number = next((line for line in pdf.lines if re.search(r"〔20\d\d〕[1-9]\d*号|^第[1-9]\d*期", line.text)
                   and line.page == 1 and line.baseline < rule[2]), None)  # fmt: skip
    if number:
        ink = pdf.line_ink(number, 6)
        pdf.near(11, "two lines from mark to number", ink[1] - bottom, 2 * 225 / 22, 1)
        if "签发人" in number.text:
            name = number.chars[-1]
            pdf.near(12, "number one cell in", number.x0, 28 + 156 / 28, 0.5)
            pdf.near(12, "signer one cell in", name.x1, 184 - 156 / 28, 0.5)
            pdf.check(12, "signer in 楷体", name.font, "Kai" in name.font)
        else:
            pdf.near(11, "number centred", (number.x0 + number.x1) / 2, 106, 1)
        pdf.near(13, "rule below number", rule[2] - ink[3], 4, 0.3)
    _title(pdf, rule[4])


def _title(pdf: Measured, above: float) -> None:
    title = [line for line in pdf.lines if line.page == 1 and abs(line.size - 22) < 0.1]
    pdf.check(14, "title in 22 pt 小标宋", title[0].font, all("BiaoSong" in line.font for line in title))
    pdf.near(14, "title two lines below", pdf.line_ink(title[0], 8)[1] - above, 2 * 225 / 22, 2)
    for line in title:
        pdf.near(14, "title centred", (line.x0 + line.x1) / 2, 106, 0.5)
    after = pdf.after(title[-1])
    gap = (after.baseline - title[-1].baseline) / (225 / 22)
    pdf.check(15, "text one line below the title", round(gap, 2), 1.5 <= gap <= 2.8)
    if after.text.endswith("："):
        pdf.near(15, "主送 flush left", after.x0, 28, 0.3)


def _letter(pdf: Measured) -> None:
    mark = next(line for line in pdf.lines if line.chars[0].colour == RED)
    ink = pdf.line_ink(mark, 17)
    pdf.near(30, "mark's ink top", ink[1], 30, 0.5)
    rules = sorted((rect for rect in pdf.rects if rect[0] == 1 and rect[5] == RED), key=lambda rect: rect[2])
    pdf.check(30, "two double rules", len(rules), len(rules) == 4)
    thick = [rect[4] - rect[2] for rect in rules]
    pdf.check(
        30, "thick above thin, then thin above thick", thick, thick[0] > thick[1] and thick[2] < thick[3]
    )
    pdf.near(30, "first rule below the mark", rules[0][2] - ink[3], 4, 0.5)
    pdf.near(30, "last rule above the paper's bottom", 297 - rules[3][4], 20, 0.5)
    for rect in rules:
        pdf.near(30, "rule's width", rect[3] - rect[1], 170, 0.5)
        pdf.near(30, "rule centred", (rect[1] + rect[3]) / 2, 106, 0.5)
    number = pdf.find(r"〔20\d\d〕\d+号$")
    pdf.near(30, "number flush right", number.x1, 184, 0.5)
    pdf.check(30, "no rule in the 版记", len(pdf.rects), len(pdf.rects) == 4)
    _title(pdf, pdf.line_ink(number, 6)[3])


def _parts(pdf: Measured, kind: str, *, sealed: bool) -> None:
    body = pdf.body()
    indented = [line for line in body if 38 < line.x0 < 40]
    pdf.near(
        16,
        "first line's indent",
        max((line.x0 for line in indented), key=lambda x: abs(x - 39.14)),
        39.14,
        0.3,
    )
    ordinal = "[一二三四五六七八九十]+"
    levels = ((rf"^{ordinal}、", "Hei"), (rf"^（{ordinal}）.{{2,12}}。", "Kai"), (r"^\d+\.", "FangSong"))
    for pattern, font in levels:
        for line in (line for line in indented if re.search(pattern, line.text)):
            pdf.check(17, f"{line.text[:6]} in {font}", line.font, font in line.font)
    for label in ("出席", "请假", "列席"):
        _names(pdf, [line for line in body if line.text.startswith(label + "：")])
    dates = [
        line for line in body if re.fullmatch(r"20\d\d年([1-9]|1[0-2])月([1-9]|[12]\d|3[01])日", line.text)
    ]
    pdf.check(21, "one 成文日期", [line.text for line in dates], len(dates) == 1)
    if kind == "minutes":
        pdf.check(29, "no seal", pdf.images, pdf.images == 0)
    else:
        _signature(pdf, dates[0], sealed=sealed)
    for line in body:
        if line.text.startswith("附件："):
            pdf.near(18, "附件说明 two cells in", line.x0, 39.14, 0.3)
            pdf.check(18, "no closing mark", line.text, line.text[-1] not in "。；，")
        if re.fullmatch(r"附件\d*", line.text):
            pdf.check(
                22,
                "附件 in 黑体 flush left on line 1",
                line.font,
                "Hei" in line.font and abs(line.x0 - 28) < 0.3,
            )
            title = pdf.after(line)
            gap = (title.baseline - line.baseline) / (225 / 22)
            pdf.check(
                22, "its title on line 3", gap, 1.9 <= gap <= 2.4 and abs(title.x0 + title.x1 - 212) < 1
            )


def _names(pdf: Measured, found: list[PdfLine]) -> None:
    for line in found:
        pdf.near(28, f"{line.text[:2]} two cells in", line.x0, 39.14, 0.3)
        faces = [char.font.split("-")[1] for char in line.chars[:4]]
        pdf.check(
            28,
            "label in 黑体, names in 仿宋",
            faces,
            faces[:3] == ["Hei"] * 3 and faces[3] in ("FangSong", "Rest"),
        )
        turned = pdf.after(line)
        if (
            turned.page == line.page
            and abs(turned.baseline - line.baseline - 225 / 22) < 0.1
            and turned.x0 > 45
        ):
            pdf.near(28, "turned line after the colon", turned.x0, 55.86, 0.3)


def _signature(pdf: Measured, date: PdfLine, *, sealed: bool) -> None:
    issuer = pdf.lines[pdf.lines.index(date) - 1]
    if sealed:
        pdf.near(20, "date four cells in", date.x1, 161.7, 0.5)
        pdf.near(20, "署名 centred on the date", (issuer.x0 + issuer.x1 - date.x0 - date.x1) / 2, 0, 0.5)
    else:
        pdf.near(19, "署名 two cells in", issuer.x1, 172.86, 0.5)
        pdf.near(19, "date two cells right of 署名", date.x0 - issuer.x0, 156 / 14, 0.5)


def _imprint(pdf: Measured) -> None:
    wide = [r for r in pdf.rects if r[0] == pdf.pages and r[5] != RED and r[3] - r[1] > 155.5]
    rules = sorted((r for r in wide if r[2] > 200 and r[4] - r[2] > 0.21), key=lambda r: r[2])
    for rule, thick in zip(rules, [0.35] + [0.25] * (len(rules) - 2) + [0.35], strict=True):
        pdf.near(23, "版记 rule's width", rule[3] - rule[1], 156, 0.3)
        pdf.near(23, "版记 rule's weight", rule[4] - rule[2], thick, 0.1)
    pdf.near(23, "last rule at the 版心's bottom", (rules[-1][2] + rules[-1][4]) / 2, 262, 0.3)
    small = [line for line in pdf.lines if line.page == pdf.pages and rules[0][2] < line.baseline < 262]
    pdf.check(24, "版记 in 14 pt 仿宋", {line.size for line in small},
              all(abs(line.size - 14) < 0.1 and "FangSong" in line.font for line in small))  # fmt: skip
    heads = [line for line in small if line.text[2:3] == "："]
    for line in heads:
        pdf.near(24, f"{line.text[:2]} one cell in", line.x0, 32.94, 0.5)
    for line in small[:-1]:
        if line not in heads:
            pdf.near(24, "turned line after the colon", line.x0, 32.94 + 3 * 14 / MM, 0.5)
    last = small[-1]
    pdf.near(25, "印发机关 one cell in", last.x0, 32.94, 0.5)
    pdf.near(25, "印发日期 one cell in", last.x1, 179.06, 0.5)
    pdf.check(
        25, "date followed by 印发", last.text[-12:], bool(re.search(r"20\d\d年\d+月\d+日印发$", last.text))
    )


def _numbers(pdf: Measured, kind: str) -> None:
    for page in range(1, pdf.pages + 1):
        found = [line for line in pdf.lines if line.page == page and line.baseline > 263]
        if kind == "letter" and page == 1:
            pdf.check(30, "no page number on page 1", [line.text for line in found], not found)
            continue
        line = found[0]
        pdf.check(
            26, f"page number {page}", line.text, line.text == f"— {page} —" and abs(line.size - 14) < 0.1
        )
        dash = pdf.ink(page, line.x0 - 1, 263, line.x0 + 4, 275)
        pdf.near(26, "dash's ink top", dash[1] if dash else 0, 269, 0.3)
        edge, wanted = (line.x1, 179.06) if page % 2 else (line.x0, 32.94)
        pdf.near(26, "outer edge one cell in", edge, wanted, 0.5)


def _text(pdf: Measured) -> None:
    bad = [line.text for line in pdf.lines if line.text[0] in NOT_START or line.text[-1] in NOT_END]
    split = [
        a.text[-4:] + "|" + b.text[:4]
        for a, b in zip(pdf.lines, pdf.lines[1:], strict=False)
        if a.x1 > 183 and a.text[-1].isdigit() and b.text[0].isdigit() and a.page == b.page
    ]
    pdf.check(31, "no mark at a line's wrong end", bad, not bad)
    pdf.check(31, "no number cut", split, not split)
    colours = {char.colour for line in pdf.lines for char in line.chars} | {rect[5] for rect in pdf.rects}
    pdf.check(32, "black and pure red only", sorted(colours), colours <= {RED, (0.0, 0.0, 0.0), (0.0,)})
