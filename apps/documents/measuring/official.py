"""Rows of red-headed papers: 公文 (chapter 7), 纪要 (10.3) and 信函 (10.1)."""

from __future__ import annotations

import re

from .reading import CELL, MM, PITCH, RED, Measured, PdfLine, Rule

DATE = re.compile(r"20\d\d年([1-9]|1[0-2])月([1-9]|[12]\d|3[01])日")
LOOSE_DATE = re.compile(r"(\d{4}|[二〇○Ｏ零一二三四五六七八九]{4})年.{1,3}月.{1,3}日")
ORDINAL = "[一二三四五六七八九十百]+"


def head(pdf: Measured) -> None:
    """Rows 10–15, 27."""
    mark = next((line for line in pdf.lines if line.page == 1 and line.colour == RED), None)
    rule = next((rule for rule in pdf.rects if rule.page == 1 and rule.colour == RED), None)
    pdf.check(10, "a red mark and a red rule", bool(mark and rule), bool(mark and rule))
    if not mark or not rule:
        return
    x0, top, x1, bottom = pdf.line_ink(mark, 17)
    pdf.check(10, "mark in red 小标宋", mark.font, "BiaoSong" in mark.font)
    pdf.near(10, "mark centred", (x0 + x1) / 2, 106, 0.5)
    pdf.near(27, "mark's ink top", top, 72, 0.5)
    pdf.near(13, "red rule's width", rule.width, 156, 0.3)
    above = [line for line in pdf.on(1) if mark.baseline + 5 < line.baseline < rule.top]
    number = next((line for line in above if re.search(r"〔20\d\d〕第?\d+号|^第\d+期", line.text)), None)
    if number:
        _number(pdf, number, bottom)
    if above:
        pdf.near(13, "rule below the last line", rule.top - pdf.line_ink(above[-1], 6)[3], 4, 0.6)
    title(pdf, rule.bottom)


def _number(pdf: Measured, number: PdfLine, bottom: float) -> None:
    well_formed = re.search(r"〔20\d\d〕[1-9]\d*号|^第[1-9]\d*期", number.text)
    pdf.check(11, "number's form", number.text, bool(well_formed))
    pdf.near(11, "two lines from mark to number", pdf.line_ink(number, 6)[1] - bottom, 2 * PITCH, 1)
    if "签发人" in number.text:
        name = number.chars[-1]
        pdf.near(12, "number one cell in", number.x0, 28 + CELL, 0.5)
        pdf.near(12, "signer one cell in", name.x1, 184 - CELL, 0.5)
        pdf.check(12, "signer in 楷体", name.font, "Kai" in name.font or "Rest" in name.font)
    else:
        pdf.near(11, "number centred", (number.x0 + number.x1) / 2, 106, 1)


def titles(pdf: Measured, page: int = 1) -> list[PdfLine]:
    """The lines of the title: the 2号 ones, or what was meant to be them."""
    return [line for line in pdf.on(page) if 19 < line.size < 26 and line.colour != RED]


def title(pdf: Measured, above: float, gap: float = 2 * PITCH) -> None:
    """Rows 14, 15: ``gap`` mm of air below ``above``."""
    found = titles(pdf)
    right = [line for line in found if abs(line.size - 22) < 0.1 and "BiaoSong" in line.font]
    pdf.check(14, "title in 22 pt 小标宋", [line.font for line in found], bool(found) and found == right)
    if not found:
        return
    middle = pdf.frame(1).middle
    pdf.near(14, "title below", pdf.line_ink(found[0], 8)[1] - above, gap, 2)
    for line in found:
        pdf.near(14, "title centred", (line.x0 + line.x1) / 2, middle, 0.5)
    after = pdf.after(found[-1])
    if after is None or after.page != 1:
        return
    between = [r for r in pdf.rects if r.page == 1 and found[-1].baseline < r.top < after.baseline]
    if abs(after.size - 16) < 0.3 and not between:
        lines = (after.baseline - found[-1].baseline) / PITCH
        pdf.check(15, "text one line below the title", round(lines, 2), 1.1 <= lines <= 2.8)
        if after.text.endswith("：") and after.x0 < 35:
            pdf.near(15, "主送 flush left", after.x0, pdf.frame(1).left, 0.3)


def letter(pdf: Measured) -> None:
    """Row 30."""
    mark = next((line for line in pdf.lines if line.colour == RED), None)
    rules = sorted((r for r in pdf.rects if r.page == 1 and r.colour == RED), key=lambda rule: rule.top)
    pdf.check(30, "a red mark and two double rules", len(rules), mark is not None and len(rules) == 4)
    if mark is None or len(rules) != 4:
        return
    ink = pdf.line_ink(mark, 17)
    pdf.near(30, "mark's ink top", ink[1], 30, 0.5)
    thick = [round(rule.weight, 2) for rule in rules]
    outside = thick[0] > thick[1] and thick[2] < thick[3]
    pdf.check(30, "thick above thin, then thin above thick", thick, outside)
    pdf.near(30, "first rule below the mark", rules[0].top - ink[3], 4, 0.5)
    pdf.near(30, "last rule above the paper's bottom", pdf.sizes[0][1] - rules[3].bottom, 20, 0.5)
    for rule in rules:
        pdf.near(30, "rule's width", rule.width, 170, 0.5)
        pdf.near(30, "rule centred", (rule.x0 + rule.x1) / 2, 106, 0.5)
    thickest = [rule.weight for rule in pdf.rects if rule.colour != RED and rule.weight < 1]
    pdf.check(30, "no rule in the 版记", thickest, all(weight < 0.21 for weight in thickest))
    number = next((line for line in pdf.on(1) if re.search(r"〔20\d\d〕\d+号$", line.text)), None)
    if number:
        pdf.near(30, "number flush right", number.x1, 184, 0.5)
    above = [line for line in pdf.on(1) if rules[1].bottom < line.baseline and abs(line.size - 16) < 0.3]
    first_title = titles(pdf)[:1]
    shown = [line for line in above if first_title and line.baseline < first_title[0].baseline]
    title(pdf, pdf.line_ink(shown[-1], 6)[3] if shown else rules[1].bottom)


def parts(pdf: Measured, kind: str) -> None:
    """Rows 16–22, 28, 29: what stands in the body, where it does."""
    body = pdf.body()
    indents = [line.x0 - pdf.frame(line.page).left for line in body]
    indented = [line for line, x in zip(body, indents, strict=True) if 8 < x < 14]
    for line in indented:
        if abs(line.x0 - pdf.frame(line.page).left - 2 * CELL) > 0.3 or line is indented[0]:
            pdf.near(16, "first line's indent", line.x0 - pdf.frame(line.page).left, 2 * CELL, 0.3)
    levels = ((rf"^{ORDINAL}、", "Hei"), (rf"^（{ORDINAL}）.{{2,12}}。", "Kai"), (r"^\d+\.", "FangSong"))
    for pattern, font in levels:
        for line in (line for line in indented if re.search(pattern, line.text)):
            pdf.check(17, f"{line.text[:6]} in {font}", line.font, font in line.font)
    for label in ("出席", "请假", "列席"):
        for line in (line for line in body if line.text.startswith(label + "：")):
            _names(pdf, line)
    if kind == "minutes":
        pdf.check(29, "no seal", pdf.images, pdf.images == 0)
    signature(pdf, required=True)
    for line in body:
        _attachment(pdf, line)


def signature(pdf: Measured, *, required: bool) -> None:
    """Rows 19–21. A long 署名 takes its date far to the left: there it is known by the line above it."""
    whole = [line for line in pdf.body() if LOOSE_DATE.fullmatch(line.text)]
    dates = [line for line in whole if line.x0 > 80 or _under_a_long_name(pdf, line)]
    if dates or required:
        shown = [line.text for line in dates]
        pdf.check(21, "a 成文日期 like 2026年4月8日", shown, bool(dates) and all(map(DATE.fullmatch, shown)))
    if not dates:
        return
    date, right = dates[0], pdf.frame(dates[0].page).right
    before = pdf.after(date, -1)
    issuer = before if before and before.page == date.page and abs(before.size - 16) < 0.1 else None
    if issuer and (abs(date.baseline - issuer.baseline - PITCH) > 0.2 or issuer.x0 < date.x0 - 100):
        issuer = None
    _accompanied(pdf, issuer or date)
    if abs(date.x1 - (right - 4 * CELL)) < 1.5 or (issuer and issuer.x1 > right - 0.7):
        _sealed(pdf, date, issuer, right)
    elif issuer and (issuer.x0 > 50 or _under_a_long_name(pdf, date)):
        pdf.near(19, "署名 two cells in", max(issuer.x1, date.x1), right - 2 * CELL, 0.5)
        pdf.near(19, "date two cells right of 署名", date.x0 - issuer.x0, 2 * CELL, 0.5)
    else:
        pdf.near(19, "date two cells in", date.x1, right - 2 * CELL, 0.5)


def _under_a_long_name(pdf: Measured, date: PdfLine) -> bool:
    """The line above is a 署名: it ends two cells in from the right, and the date begins about two cells after it does."""
    name = pdf.after(date, -1)
    if name is None or name.page != date.page or abs(date.baseline - name.baseline - PITCH) > 0.2:
        return False
    ends_in_place = abs(name.x1 - (pdf.frame(date.page).right - 2 * CELL)) < 1.5
    return ends_in_place and abs(date.x0 - name.x0 - 2 * CELL) < 3


def _accompanied(pdf: Measured, first: PdfLine) -> None:
    """Row 19: two lines of text at least stand on the page of 署名 and date, the 附件说明 not counted.

    Below a table that filled the page before they may stand alone: its rows are no lines to be carried.
    """
    above = [line for line in pdf.on(first.page) if line.baseline < first.baseline - 0.1]
    end = pdf.frame(first.page).bottom
    near = above or [line for line in pdf.on(first.page - 1) if line.baseline < end]
    if first.page == 1 or any(not 14.6 < line.size < 18 for line in (above or near[-1:])):
        return
    text = [line.text for line in above if not line.text.startswith("附件：")]
    pdf.check(19, "two lines of text with 署名 and date", len(text), len(text) >= 2)


def _sealed(pdf: Measured, date: PdfLine, issuer: PdfLine | None, right: float) -> None:
    """Row 20: a 署名 too long for its place ends at the 版心 and takes the date with it."""
    if issuer is None or issuer.x1 < right - 0.7:
        pdf.near(20, "date four cells in", date.x1, right - 4 * CELL, 0.5)
    if issuer:
        off = (issuer.x0 + issuer.x1 - date.x0 - date.x1) / 2
        pdf.near(20, "署名 centred on the date", off, 0, 0.5)


def _attachment(pdf: Measured, line: PdfLine) -> None:
    left = pdf.frame(line.page).left
    if line.text.startswith("附件："):
        pdf.near(18, "附件说明 two cells in", line.x0, left + 2 * CELL, 0.3)
        pdf.check(18, "no closing mark", line.text, line.text[-1] not in "。；，")
    if re.fullmatch(r"附件\d*", line.text):
        flush = "Hei" in line.font and abs(line.x0 - left) < 0.3
        pdf.check(22, "附件 in 黑体 flush left on line 1", line.font, flush)
        heading = pdf.after(line)
        if heading is None or heading.page != line.page:
            pdf.check(22, "its title on line 3", None, ok=False)
            return
        gap = (heading.baseline - line.baseline) / PITCH
        middle = (heading.x0 + heading.x1) / 2 - pdf.frame(line.page).middle
        pdf.check(22, "its title on line 3, centred", round(gap, 2), 1.9 <= gap <= 2.4 and abs(middle) < 0.5)


def _names(pdf: Measured, line: PdfLine) -> None:
    left = pdf.frame(line.page).left
    pdf.near(28, f"{line.text[:2]} two cells in", line.x0, left + 2 * CELL, 0.3)
    faces = [char.font.split("-")[-1] for char in line.chars[:4]]
    right = faces[:3] == ["Hei"] * 3 and faces[3:] in ([], ["FangSong"], ["Rest"])
    pdf.check(28, "label in 黑体, names in 仿宋", faces, right)
    turned = pdf.after(line)
    below = turned and turned.page == line.page and abs(turned.baseline - line.baseline - PITCH) < 0.1
    if turned and below and turned.x0 > left + 17:
        pdf.near(28, "turned line after the colon", turned.x0, left + 5 * CELL, 0.3)


def imprint(pdf: Measured) -> None:
    """Rows 23–25, where there is a 版记."""
    frame = pdf.frame(pdf.pages)
    rules = sorted(
        (
            r
            for r in pdf.rects
            if r.page == pdf.pages and r.colour != RED and r.width > 150 and r.weight > 0.21
        ),
        key=lambda rule: rule.top,
    )
    if len(rules) < 2:
        return
    weights = [0.35] + [0.25] * (len(rules) - 2) + [0.35]
    for rule, thick in zip(rules, weights, strict=True):
        pdf.near(23, "版记 rule's width", rule.width, frame.width, 0.3)
        pdf.near(23, "版记 rule's weight", rule.weight, thick, 0.1)
    last = rules[-1]
    pdf.near(23, "last rule at the 版心's bottom", (last.top + last.bottom) / 2, frame.bottom, 0.3)
    small = [line for line in pdf.on(pdf.pages) if rules[0].top < line.baseline < rules[-1].bottom]
    right = all(
        abs(c.size - 14) < 0.1 and ("FangSong" in c.font or "Rest" in c.font)
        for line in small
        for c in line.chars
    )
    pdf.check(24, "版记 in 14 pt 仿宋", sorted({round(line.size, 1) for line in small}), right)
    _recipients(pdf, small, rules)


def _recipients(pdf: Measured, small: list[PdfLine], rules: list[Rule]) -> None:
    frame, cell = pdf.frame(pdf.pages), 14 / MM
    printed = [line for line in small if line.text.endswith("印发") and line.baseline > rules[-2].top]
    for line in (line for line in small if line not in printed):
        if line.text[2:3] == "：":
            pdf.near(24, f"{line.text[:2]} one cell in", line.x0, frame.left + cell, 0.5)
        else:
            pdf.near(24, "turned line after the colon", line.x0, frame.left + 4 * cell, 0.5)
        pdf.check(
            24, "one cell in at the right", line.x1, line.x1 < frame.right - cell / 2 + 0.1
        )  # a closing mark may be squeezed
    for line in printed:
        if line.x0 < 100:
            pdf.near(25, "印发机关 one cell in", line.x0, frame.left + cell, 0.5)
        pdf.near(25, "印发日期 one cell in", line.x1, frame.right - cell, 0.5)
        good = re.search(r"20\d\d年([1-9]|1[0-2])月([1-9]|[12]\d|3[01])日印发$", line.text)
        pdf.check(25, "date followed by 印发", line.text[-12:], bool(good))
