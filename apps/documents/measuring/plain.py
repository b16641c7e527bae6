"""Rows of sheets without a red head (名单、记录、登记表) and of name plates (桌签): rows 34, 35."""

from __future__ import annotations

from .everywhere import BLACK
from .official import title, titles
from .reading import MM, Measured, Rule

HAIR = 0.25
SIZES, SMALLEST = {14.0, 12.0, 10.5}, 9.0


def sheet_head(pdf: Measured) -> None:
    """Row 14 on a sheet: the title begins with the 版心, below a line of corner or marker if there is one."""
    found = titles(pdf)
    if not found:
        return
    frame = pdf.frame(1)
    above = [line for line in pdf.on(1) if line.baseline < found[0].baseline]
    title(pdf, frame.top + len(above) * 225 / 22, 0.0)


def tables(pdf: Measured) -> None:
    """Row 34: text sizes, closed frames, and the header again where a table goes on."""
    found = {(round(line.size, 1), pdf.lies(line.page)) for line in _in_tables(pdf)}
    if found:
        wrong = [size for size, lying in found if size not in SIZES and not (lying and size == SMALLEST)]
        sizes = sorted({size for size, _ in found})
        pdf.check(34, "table in 4号, 小4号 or 5号, 小5号 on a landscape sheet only", sizes, not wrong)
    header: tuple[str, set[float]] | None = None
    for page in range(1, pdf.pages + 1):
        rules = [rule for rule in pdf.rects if rule.page == page and rule.colour in BLACK]
        across = sorted((r for r in rules if r.weight < HAIR and r.width > 5), key=lambda rule: rule.top)
        down = [rule for rule in rules if rule.width < HAIR and rule.weight > 1]
        if not across or not down:
            continue
        ends = [rule for rule in down if not _closed(rule, across)]
        pdf.check(34, f"every cell closed, p{page}", len(ends), not ends)
        first, edges = _first_row(pdf, page, across, down)
        if header and edges == header[1] and across[0].top < pdf.frame(page).top + 1:
            pdf.check(34, f"header repeated, p{page}", first, first == header[0])
        elif first:
            header = (first, edges)
        elif page == 1 or across[0].top > pdf.frame(page).top + 1:
            header = None


def _closed(rule: Rule, across: list[Rule]) -> bool:
    tops = [a for a in across if a.x0 - 0.3 <= rule.x0 <= a.x1 + 0.3]
    starts = any(abs(a.top - rule.top) < 0.3 for a in tops)
    return starts and any(abs(a.bottom - rule.bottom) < 0.3 for a in tops)


def _first_row(pdf: Measured, page: int, across: list[Rule], down: list[Rule]) -> tuple[str, set[float]]:
    """Text of the table's first row if it is all in 黑体, and where its columns are."""
    top = across[0].top
    bottom = next((rule.top for rule in across if rule.top > top + 1), top)
    cells = [line for line in pdf.on(page) if top < line.baseline < bottom]
    heads = all("Hei" in char.font or "Rest" in char.font for line in cells for char in line.chars)
    edges = {round(rule.x0, 1) for rule in down if abs(rule.top - top) < 0.3}
    return ("".join(line.text for line in cells) if heads else ""), edges


def _in_tables(pdf: Measured) -> list:
    found = []
    for page in range(1, pdf.pages + 1):
        rules = [r for r in pdf.rects if r.page == page and r.width < HAIR and r.weight > 1]
        found += [line for line in pdf.on(page) if any(r.top < line.baseline < r.bottom for r in rules)]
    return found


def plates(pdf: Measured) -> None:
    """Row 35: A4 on its side, the fold in the middle, the lower half upright, the upper half the same turned."""
    for page, (width, height) in enumerate(pdf.sizes, 1):
        pdf.near(1, f"paper's width, p{page}", width, 297, 0.1)
        pdf.near(1, f"paper's height, p{page}", height, 210, 0.1)
        folds = [rule for rule in pdf.rects if rule.page == page]
        off = [rule for rule in folds if abs((rule.top + rule.bottom) / 2 - height / 2) > 0.3]
        pdf.check(
            35, f"fold line at half the height, p{page}", len(folds) - len(off), bool(folds) and not off
        )
        chars = [char for line in pdf.on(page) for char in line.chars]
        lower = [char for char in chars if not char.turned]
        upper = {(char.text, round(char.size, 1)) for char in chars if char.turned}
        if not lower:
            pdf.check(35, f"a name, p{page}", None, ok=False)
            continue
        pdf.check(
            35,
            f"both halves say the same, p{page}",
            len(upper),
            upper == {(c.text, round(c.size, 1)) for c in lower},
        )
        turned = [(c.text, width - c.x1, height - c.baseline) for c in chars if c.turned]
        stray = [
            c.text for c in lower
            if not any(t == c.text and abs(x - c.x0) < 0.3 and abs(y - c.baseline) < 0.3 for t, x, y in turned)
        ]  # fmt: skip
        pdf.check(35, f"upper half turned about the middle, p{page}", stray, not stray)
        name = [char for char in lower if abs(char.size - lower[0].size) < 0.1]
        pdf.near(35, f"name centred, p{page}", (name[0].x0 + name[-1].x1) / 2, width / 2, 0.5)
        below = all(
            height / 2 + 1 < c.baseline - 0.8 * c.size / MM and c.baseline + 0.1 * c.size / MM < height
            for c in lower
        )
        inside = all(char.x0 > 10 and char.x1 < width - 10 for char in lower)
        pdf.check(35, f"name within its half, p{page}", name[0].size, below and inside)
