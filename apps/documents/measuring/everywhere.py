"""Rows every kind of paper shows: the sheet, the grid, page numbers, line ends, colours, nothing overlapping."""

from __future__ import annotations

import itertools
import re
from statistics import mean, median

from .reading import CELL, MM, PITCH, RED, Char, Measured, PdfLine

NOT_START, NOT_END = "，。、；：？！）》〉】”", "（《〈【“"
OPENING = NOT_END + "〔「『［｛"
MARKS = NOT_START + OPENING + "〕」』］｝’"  # half of their box is blank and may be squeezed away
LONG = re.compile(r"[0-9A-Za-z.,/〔〕-]{6,}")
BLACK = {(0.0, 0.0, 0.0), (0.0,)}


def sheet(pdf: Measured, head: float | None = None) -> None:
    """Rows 1–4. ``head``: where the body region of page 1 begins, if not at the 版心's top."""
    for page, size in enumerate(pdf.sizes, 1):
        frame = pdf.frame(page)
        for what, found, wanted in zip(("short edge", "long edge"), sorted(size), (210, 297), strict=True):
            pdf.near(1, f"paper's {what}, p{page}", found, wanted, 0.1)
        if page > 1 and pdf.on(page):
            top = pdf.ink(page, frame.left - 8, frame.top - 17, frame.right + 16, frame.top + 23)
            if top or pdf.body(page) or page < pdf.pages:  # else: the 版记 alone on an even page
                pdf.near(2, f"top margin p{page}", top[1] if top else 0.0, frame.top, 1)
        start = head if head is not None and page == 1 else frame.top
        right = pdf.ink(page, frame.right + 0.4, start, size[0] - 1, frame.bottom)
        pdf.check(4, f"no ink right of {frame.right:g}, p{page}", right and right[2], right is None)
        below = pdf.ink(page, 2, frame.bottom + 0.4, size[0] - 2, frame.bottom + 4.5)
        pdf.check(4, f"no ink below {frame.bottom:g}, p{page}", below and below[1], below is None)
    left_edge(pdf)


def left_edge(pdf: Measured) -> None:
    """Row 3: the outermost line begins at the 版心, or two cells in."""
    offsets = [line.x0 - pdf.frame(line.page).left for line in pdf.body()]
    if offsets:
        found = min(offsets)
        ok = abs(found) <= 1 or abs(found - 2 * CELL) < 0.3  # or every paragraph is one line
        pdf.check(3, "body begins at the left margin ±1", found, ok)


def grid(pdf: Measured) -> None:
    """Rows 5–9."""
    sizes = sorted({round(char.size, 1) for line in pdf.body() for char in line.chars})
    if sizes:
        pdf.check(5, "body 16 pt", sizes, sizes == [16.0])
    for page in range(1, pdf.pages + 1):
        _pitch(pdf, page)
        if 1 < page < pdf.pages:
            _full(pdf, page)
    _cells(pdf)


def _pitch(pdf: Measured, page: int) -> None:
    lines = sorted(line.baseline for line in pdf.body(page))
    steps = [b - a for a, b in itertools.pairwise(lines) if 0.7 * PITCH < b - a < 1.25 * PITCH]
    if len(steps) > 2:
        pdf.near(9, f"line pitch p{page}", mean(steps), PITCH, 0.02)


def _full(pdf: Measured, page: int) -> None:
    """Row 6. A page may end early before a heading, an attachment or a signature, and before the last page, which
    may take lines over to have some above its 版记. Pages with tables count no lines.
    """
    lines = pdf.body(page)
    following = pdf.body(page + 1)
    if len(lines) < 12 or len(lines) != len(pdf.on(page)) - 1 or not following:
        return
    count = round((lines[-1].baseline - lines[0].baseline) / PITCH) + 1
    first = following[0]
    kept = "Hei" in first.font or "Kai" in first.font or first.x0 > pdf.frame(page).left + 60
    kept = kept or page + 1 == pdf.pages or first.text.startswith("附件：")  # it stays with its signature
    most = int(pdf.frame(page).height / PITCH + 0.1)
    pdf.check(6, f"lines on full page {page} == {most}", count, count == most or (count < most and kept))


def _cells(pdf: Measured) -> None:
    """Rows 7, 8 on full lines of Chinese characters only."""
    pure = [
        line for line in pdf.body()
        if re.fullmatch(r"[\u4e00-\u9fff，。、；：]+", line.text) and line.text[-1] not in MARKS
        and line.x0 < pdf.frame(line.page).left + 0.3 and line.x1 > pdf.frame(line.page).right - 1
    ]  # fmt: skip
    pure = [line for line in pure if not _loose(pdf, line)]
    if not pure:
        return
    wanted = int(pdf.frame(pure[0].page).width / CELL + 0.01)
    plain = [line for line in pure if not set(line.text) & set(MARKS)]
    pushed = [line for line in plain if len(line.text) == wanted - 1 and _pushed_on(pdf, line)]
    off = [line.text for line in plain if line not in pushed and len(line.text) != wanted]
    pdf.check(7, f"cells on a full line without marks == {wanted}", off or wanted, not off)
    marked = [line for line in pure if line not in plain]
    # a squeezed or pushed mark makes 27 or 29 of 28; one line in eight may be looser for the sake of its neighbours
    off = [
        line.text for line in marked if abs(len(line.text) - wanted) > (3 if _before_long(pdf, line) else 1)
    ]
    pdf.check(7, f"cells on a full line with marks {wanted} ±1", off or wanted, len(off) <= len(marked) / 8)
    exact = [line for line in pure if len(line.text) == wanted and not set(line.text) & set(MARKS)]
    if exact:
        advances = [b.x0 - a.x0 for line in exact for a, b in itertools.pairwise(line.chars)]
        pdf.near(8, "cell advance, pt", median(advances) * MM, 15.793, 0.15)


def _pushed_on(pdf: Measured, line: PdfLine) -> bool:
    """Its last character went on to the next line, to keep a mark there from standing first."""
    after = pdf.after(line)
    return after is not None and len(after.text) > 1 and after.text[1] in NOT_START


def _before_long(pdf: Measured, line: PdfLine) -> bool:
    """The next line holds something long that may not be cut, so that both were set looser (ADR 8)."""
    after = pdf.after(line)
    return after is not None and bool(LONG.search(after.text))


def _loose(pdf: Measured, line: PdfLine) -> bool:
    """Set loosely because what follows may not be cut: a number, a word, what stands in brackets (ADR 8)."""
    after = pdf.after(line)
    return after is not None and not "\u4e00" <= after.text[0] <= "\u9fff"


def numbers(pdf: Measured, *, first: int = 1) -> None:
    """Row 26 from page ``first`` on (a letter's page 1 has none: row 30)."""
    for page in range(1, pdf.pages + 1):
        frame = pdf.frame(page)
        found = [line for line in pdf.on(page) if line.baseline > frame.bottom + 1]
        if page < first:
            pdf.check(30, "no page number on page 1", [line.text for line in found], not found)
            continue
        if not found and not pdf.body(page) and page == pdf.pages:
            continue  # the 版记 alone on an even page
        if not found:
            pdf.check(26, f"page number {page}", None, ok=False)
            continue
        line, beside = _apart(found[0])
        right = line.text == f"— {page} —" and abs(line.size - 14) < 0.1
        pdf.check(26, f"page number {page}", line.text, right)
        dash = pdf.ink(page, line.x0 - 1, frame.bottom + 1, line.x0 + 4, frame.bottom + 13)
        pdf.near(26, "dash's ink top", dash[1] if dash else 0.0, frame.bottom + 7, 0.3)
        cell = 14 / MM
        edge, wanted = (line.x1, frame.right - cell) if page % 2 else (line.x0, frame.left + cell)
        pdf.near(26, "outer edge one cell in", edge, wanted, 0.5)
        if beside:
            inner, other = (
                (beside[0].x0, frame.left + cell) if page % 2 else (beside[-1].x1, frame.right - cell)
            )
            pdf.near(26, "words beside the number one cell in from the other edge", inner, other, 0.5)


def _apart(line: PdfLine) -> tuple[PdfLine, tuple[Char, ...]]:
    """The number (4号), and what is said beside it in a smaller size, if anything is."""
    beside = tuple(char for char in line.chars if char.size < 13)
    number = tuple(char for char in line.chars if char.size >= 13)
    return (PdfLine(line.page, line.baseline, number), beside) if number else (line, ())


def text(pdf: Measured, *, red: bool) -> None:
    """Rows 31–33."""
    bad = [
        line.text for line in pdf.lines
        if line.text[0] in NOT_START or (line.text[-1] in NOT_END and not line.chars[-1].turned)
    ]  # fmt: skip
    pdf.check(31, "no mark at a line's wrong end", bad, not bad)
    split = [
        a.text[-4:] + "|" + b.text[:4]
        for a, b in itertools.pairwise(pdf.lines)
        if a.x1 > pdf.frame(a.page).right - 1
        and a.text[-1].isdigit()
        and b.text[0].isdigit()
        and a.page == b.page
        and len(a.text) < 50
    ]
    pdf.check(31, "no number cut", split, not split)
    colours = {char.colour for line in pdf.lines for char in line.chars} | {rule.colour for rule in pdf.rects}
    allowed = BLACK | ({RED} if red else set())
    pdf.check(32, "black and pure red only" if red else "black only", sorted(colours), colours <= allowed)
    found = list(itertools.islice(overlaps(pdf), 5))
    pdf.check(33, "nothing overlaps", found, not found)


def overlaps(pdf: Measured) -> list[str]:
    """Characters on characters and characters on rules."""
    found: list[str] = []
    for page in range(1, pdf.pages + 1):
        lines = pdf.on(page)
        for line in lines:
            found += _within(line)
        for above, below in itertools.combinations(lines, 2):
            if below.baseline - above.baseline < max(above.size, below.size) / MM * 1.2:
                found += _between(above, below)
        found += _ruled(pdf, page, lines)
    return found


def _within(line: PdfLine) -> list[str]:
    """Marks may be squeezed by half an em, nothing else may reach into its neighbour."""
    found = []
    for a, b in itertools.pairwise(line.chars):
        em = max(a.size, b.size) / MM
        allowed = 0.55 if a.text in MARKS or b.text in MARKS else 0.15
        if a.x1 - b.x0 > allowed * em:
            found.append(f"p{line.page} {a.text}{b.text}")
    return found


def _between(above: PdfLine, below: PdfLine) -> list[str]:
    hit = next(
        ((a, b) for a in above.chars for b in below.chars if _meet(a, b.box)),
        None,
    )
    return [f"p{above.page} {hit[0].text}/{hit[1].text}"] if hit else []


def _ruled(pdf: Measured, page: int, lines: list[PdfLine]) -> list[str]:
    found = []
    for rule in (rule for rule in pdf.rects if rule.page == page):
        box = (rule.x0, rule.top, rule.x1, rule.bottom)
        near = (line for line in lines if line.baseline > rule.top - 1 and line.baseline - 90 < rule.bottom)
        hit = next((char for line in near for char in line.chars if _meet(char, box)), None)
        if hit:
            found.append(f"p{page} {hit.text} on a rule")
    return found


def _meet(char: Char, box: tuple[float, float, float, float]) -> bool:
    """Does a box reach into the middle of a character? A tenth of an em at its edges is air."""
    x0, y0, x1, y1 = char.box
    if char.text in MARKS:  # half of its box is blank, and may be squeezed away
        half = (x1 - x0) / 2
        x0, x1 = (x0 + half, x1) if char.text in OPENING else (x0, x1 - half)
    air = char.size / MM * 0.1
    return x0 + air < box[2] and box[0] < x1 - air and y0 + air < box[3] and box[1] < y1 - air
