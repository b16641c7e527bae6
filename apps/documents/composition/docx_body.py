"""The running text of the Word file: one paragraph of a named style for each part, tables as tables."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

from .docx_head import tabs
from .docx_styles import BY_KEY, LINE, NONE, SMALL, TITLE_LINE, WIDTH, cells, exact, face_of, face_style
from .docx_xml import Attributes, Properties, Xml, checked, element, paragraph, properties, run
from .flow import name_runs
from .foot import printed_line, recipients
from .model import (
    Align,
    Attachment,
    Block,
    Cell,
    Layout,
    Paper,
    Run,
    Signature,
    Table,
    chinese_date,
    span_of,
    text_of,
)
from .tables import setting_of
from .titles import balance

BORDER = 4  # of a table, 1/8 pt
THICK, THIN = 20, 14  # rules of the 版记: 0.35 and 0.25 mm
TALL = 11  # lines of a row that may be cut at a page's end, as in the PDF
PAD = 51  # 0.9 mm above and below the lines between two rules
FRAME = {"wrap": "around", "vAnchor": "margin", "hAnchor": "margin", "xAlign": "left", "yAlign": "bottom"}


def width_of(text: str) -> float:
    """Width in cells: what stands in the ASCII block is half as wide, in every face an office uses."""
    return sum(0.5 if char.isascii() else 1.0 for char in text)


class Body:
    """Collects the paragraphs and tables between the title and the 版记."""

    def __init__(self, paper: Paper) -> None:
        self.parts: list[Xml] = []
        self._paper = paper
        self._after_table = 0  # space wanted above the next paragraph, to be back on the grid
        self._table_last = False
        self._all()

    def _all(self) -> None:
        paper = self._paper
        if paper.addressees:
            self._line("Addressee", "、".join(paper.addressees) + "：")
        signed_last = paper.layout == Layout.MINUTES or not paper.signature
        self._blocks(paper.body, bind=bool(paper.signature) and not signed_last)
        self._listed(paper.attachments, bind=bool(paper.signature) and not signed_last)
        if not signed_last:
            self._signed(paper)
        for index, names in enumerate(paper.names):
            self._add("Names", name_runs(names), before=0 if index else LINE)
        if signed_last:
            self._signed(paper)
        for number, item in enumerate(paper.attachments, 1):
            if item.body:
                self._attachment(item, number if len(paper.attachments) > 1 else 0)
        if self._table_last:
            self.parts.append(gap())

    def _add(self, style: str, runs: Iterable[Run], *, before: int = 0, **more: object) -> None:
        """A paragraph; a run in another face than the style's bears the name of its face."""
        own = face_of(style)
        words = [run(r.text, {} if r.face == own else {"rStyle": face_style(r.face)}) for r in runs if r.text]
        before += self._after_table
        spacing = {"spacing": {"before": before}} if before else {}
        self.parts.append(paragraph({"pStyle": style, **spacing, **more}, *words))  # type: ignore[dict-item]
        self._after_table, self._table_last = 0, False

    def _line(self, style: str, text: str, *, before: int = 0, **more: object) -> None:
        self._add(style, [Run(text, face_of(style))], before=before, **more)

    def _blocks(self, blocks: Sequence[Block | Table], *, bind: bool = False) -> None:
        for index, block in enumerate(blocks):
            if isinstance(block, Table):
                self._table(block)
            else:
                self._block(block, bind=bind and index == len(blocks) - 1)

    def _block(self, block: Block, *, bind: bool) -> None:
        """``bind``: the date below may not stand alone on a page."""
        more: dict[str, object] = {"keepNext": True} if bind else {}
        if block.level:
            style = f"Heading{block.level}" if len(block.runs) == 1 else f"RunIn{block.level}"
            more |= {"ind": NONE} if block.flush or block.centred else {}
            more |= {"jc": "center"} if block.centred else {}
        else:
            style = "CentredBody" if block.centred else "FlushBody" if block.flush else "OfficialBody"
        self._add(style, block.runs, **more)  # type: ignore[arg-type]

    def _listed(self, attachments: Sequence[Attachment], *, bind: bool) -> None:
        """附件说明, bound to the 署名 below it: the number ends with a tab, so that turned lines stand below the name in every face."""
        many = len(attachments) > 1
        for index, item in enumerate(attachments):
            number = f"{index + 1}." if many else ""
            label = "" if index else "附件："
            hang = 5 + width_of(number)
            first = 5 if index else 2
            indent = {"left": cells(hang), "hanging": cells(hang - first)}
            text = label + number + ("\t" if many else "") + item.title.replace("\n", "")
            more: dict[str, object] = {"keepNext": True} if bind else {}
            self._line("Listed", text, before=0 if index else LINE, ind=indent, **more)

    def _signed(self, paper: Paper) -> None:
        if paper.signature:
            self._signature(paper.signature)
        if paper.remark:
            self._line("Remark", f"（{paper.remark}）")

    def _signature(self, signature: Signature) -> None:
        """署名 and 成文日期 by their distance from the right edge, in cells (rows 19–20)."""
        date = chinese_date(signature.date)
        issuer_right, date_right = _rights(width_of(signature.issuer), width_of(date), signature)
        if signature.issuer:
            self._line("Issuer", signature.issuer, before=LINE, ind={"right": cells(issuer_right)})
        before = 0 if signature.issuer else LINE
        self._line("Dated", date, before=before, ind={"right": cells(date_right)})

    def _attachment(self, item: Attachment, number: int) -> None:
        """A page of its own: 附件 on line 1, the title on line 3, the text one line below it (row 22)."""
        self._line("AttachmentLabel", f"附件{number or ''}")
        lines = balance(item.title, self._paper.words)
        after = LINE + round(-len(lines) * TITLE_LINE % LINE)
        spacing = exact(TITLE_LINE, before=LINE, after=after)
        self.parts.append(paragraph({"pStyle": "AttachmentTitle", "spacing": spacing}, run("\n".join(lines))))
        self._blocks(item.body)

    def _table(self, table: Table) -> None:
        if self._table_last:  # two tables in a row would become one
            self.parts.append(gap())
        self.parts.append(table_xml(table))
        height = sum(_row_lines(table, row) for row in table.rows)
        self._after_table = round((math.ceil(height + 0.3) - height) * LINE)
        self._table_last = True


def _rights(issuer: float, date: float, signature: Signature) -> tuple[float, float]:
    """Cells between the right edge and (署名, 成文日期)."""
    if signature.seal:
        beside = max(4 + (date - issuer) / 2, 0.0)  # a long name may not leave the text's width
        return (beside, beside + (issuer - date) / 2) if signature.issuer else (4.0, 4.0)
    if not signature.issuer:
        return 2.0, 2.0
    longer = issuer - 2 - date  # the date begins two cells right of the name
    return (2.0, 2.0 + longer) if longer >= 0 else (2.0 - longer, 2.0)


def gap() -> Xml:
    """An all but invisible paragraph: between tables, and where the 版记 is tied to the last page."""
    return paragraph({"pStyle": "Gap"})


def _edges(table: Table) -> list[int]:
    edges = [0]
    total = 0.0
    for width in table.widths:
        total += width
        edges.append(cells(total))
    return edges


def _padding(size: float) -> int:
    """Twips left and right of a cell's text."""
    return round(setting_of(size).inset * 20)


def _inset(width: int, size: float) -> int:
    """Air left and right of a cell's text; a column of one cell still holds one character."""
    return max(0, min(_padding(size), int((width - size * 20) / 2)))


def _text_lines(text: str, width: int, size: float) -> int:
    """Lines a text takes in a cell ``width`` twips wide, near enough."""
    inner = width - 2 * _inset(width, size)
    return sum(max(1, math.ceil(width_of(part) * size * 20 / inner - 1e-6)) for part in text.split("\n"))


def _row_lines(table: Table, row: Sequence[Cell | str]) -> float:
    """Height of a row in lines of the grid."""
    edges, at, tallest = _edges(table), 0, 1
    for cell in row:
        width = edges[at + span_of(cell)] - edges[at]
        tallest = max(tallest, _text_lines(text_of(cell), width, table.size))
        at += span_of(cell)
    close = setting_of(table.size)
    return max(table.height, tallest * close.step * table.size + close.pad)


def table_xml(table: Table) -> Xml:
    """A ruled table with columns of fixed width; its head row comes again on every page."""
    edges = _edges(table)
    border: Attributes = {"val": "single", "sz": BORDER, "space": 0, "color": "000000"}
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    padding, air = _padding(table.size), int(setting_of(table.size).pad * LINE / 2)
    pad = {"top": air, "left": padding, "bottom": air, "right": padding}
    values: Properties = {
        "tblW": {"w": edges[-1], "type": "dxa"},
        "jc": "center",
        "tblBorders": element("tblBorders", None, *(element(side, border) for side in sides)),
        "tblLayout": {"type": "fixed"},
        "tblCellMar": element(
            "tblCellMar", None, *(element(k, {"w": v, "type": "dxa"}) for k, v in pad.items())
        ),
    }
    grid = [element("gridCol", {"w": b - a}) for a, b in itertools.pairwise(edges)]
    rows = [_row(table, row, edges, first=index == 0) for index, row in enumerate(table.rows)]
    return element("tbl", None, properties("tblPr", values), element("tblGrid", None, *grid), *rows)


def _row(table: Table, row: Sequence[Cell | str], edges: list[int], *, first: bool) -> Xml:
    header = first and table.header
    values: dict[str, object] = {
        "cantSplit": _row_lines(table, row) < TALL,
        "trHeight": {"val": round(table.height * LINE), "hRule": "atLeast"},
    }
    values |= {"tblHeader": True} if header else {}
    out, at = [], 0
    for cell in row:
        left, right = edges[at], edges[at + span_of(cell)]
        out.append(_cell(table, cell, right - left, header=header))
        at += span_of(cell)
    return element("tr", None, properties("trPr", values), *out)  # type: ignore[arg-type]


def _cell(table: Table, cell: Cell | str, width: int, *, header: bool) -> Xml:
    text = text_of(cell)
    checked(text.replace("\n", ""))
    head = header or (isinstance(cell, Cell) and cell.head)
    align = cell.align if isinstance(cell, Cell) else Align.AUTO
    if align == Align.AUTO:
        single = _text_lines(text, width, table.size) == 1
        align = Align.CENTRE if head or single else Align.LEFT
    values: dict[str, object] = {"tcW": {"w": width, "type": "dxa"}, "vAlign": "center"}
    values |= {"gridSpan": span_of(cell)} if span_of(cell) > 1 else {}
    inset = _inset(width, table.size)
    if inset < _padding(table.size):
        sides = (element(side, {"w": inset, "type": "dxa"}) for side in ("left", "right"))
        values["tcMar"] = element("tcMar", None, *sides)
    style = "TableHead" if head else "TableText"
    look: dict[str, object] = {"pStyle": style, "jc": "center" if align == Align.CENTRE else "left"}
    size: Properties = {}
    if table.size != BY_KEY["TableText"].size:
        look["spacing"] = exact(round(setting_of(table.size).step * LINE * table.size))
        size = {"sz": round(table.size * 2), "szCs": round(table.size * 2)}
    lines = [paragraph(look, *([run(part, size)] if part else [])) for part in text.split("\n")]  # type: ignore[arg-type]
    return element("tc", None, properties("tcPr", values), *lines)  # type: ignore[arg-type]


def colophon(paper: Paper, width: int = WIDTH) -> list[Xml]:
    """The 版记 (rows 23–25): a frame at the foot of the page its anchor is on, which is the last, also after edits.

    Its rules are filled paragraphs of no more than their height: a border keeps to its paragraph's indents, and
    LibreOffice takes no frame whose paragraphs have borders.
    """
    imprint = paper.imprint
    if imprint is None:
        return []
    ruled = paper.layout != Layout.LETTER
    blocks = [[_recipients(label, text) for label, text in recipients(imprint)]]
    if ruled and (imprint.issuer or imprint.printed_on):
        words = run(f"{imprint.issuer}\t{printed_line(imprint)}")
        blocks.append([({"pStyle": "Printer", "tabs": tabs(("right", width - SMALL))}, words)])
    blocks = [block for block in blocks if block]
    frame: Properties = {"framePr": {**FRAME, "w": width}}
    out: list[Xml] = [_rule(THICK, frame)] if ruled and blocks else []
    for index, block in enumerate(blocks):
        for place, (values, words) in enumerate(block):
            pad = {"before": PAD if place == 0 else 0, "after": PAD if place == len(block) - 1 else 0}
            out.append(paragraph({**values, **frame, "spacing": pad}, words))
        last = index == len(blocks) - 1
        out += [_rule(THICK if last else THIN, frame)] if ruled else []
    if out and not ruled:  # space after a frame's last paragraph is not kept
        out.append(paragraph({"pStyle": "ColophonRule", **frame}))
    return out


def _recipients(label: str, text: str) -> tuple[Properties, Xml]:
    """Turned lines stand below the first word after the colon."""
    hang = len(label) * SMALL
    indent = {"left": SMALL + hang, "hanging": hang, "right": SMALL}
    return {"pStyle": "Colophon", "ind": indent}, run(label + text)


def _rule(height: int, frame: Properties) -> Xml:
    shade = {"val": "clear", "color": "auto", "fill": "000000"}
    return paragraph({"pStyle": "ColophonRule", **frame, "shd": shade, "spacing": exact(height)})
