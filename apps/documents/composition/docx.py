"""A paper as a Word file (WordprocessingML): the same model as the PDF, in styles an office can go on editing.

The package is written part by part; nothing in it depends on the clock, the machine or the process.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from xml.sax.saxutils import escape

from . import fonts
from .docx_body import Body, colophon, gap
from .docx_head import MM_TWIPS, SINK, Head, double_rule, tabs
from .docx_styles import (
    CHAR_SPACE,
    LINE,
    OFFICE_FACES,
    SMALL,
    exact,
    fonts_part,
    settings_part,
    styles_part,
)
from .docx_xml import (
    DECLARATION,
    Attributes,
    Properties,
    Xml,
    checked,
    element,
    paragraph,
    part,
    properties,
    run,
)
from .flow import frame_of
from .geometry import ASCENT, LANDSCAPE
from .html import RUNNING_SIZE
from .lines import MM
from .model import Face, Layout, Paper
from .pages import NUMBER_DROP, NUMBER_SIZE, lay_out
from .plaintext import located
from .plates import plate_pages

LONG, SHORT = 16838, 11906  # A4
UPRIGHT = {"top": 2098, "right": 1474, "bottom": 1984, "left": 1587}
LYING = {"top": 1587, "right": 2098, "bottom": 1474, "left": 1984}  # the sheet turned with its text's area
PLATE = {"top": SHORT // 2, "right": 567, "bottom": 397, "left": 567}  # the lower half, below the fold
PLATE_TALL = 160.0  # pt at most: a line of exact height needs room below its characters
LETTER_FOOT = 277.0  # mm: lower edge of the double rule at the foot of a 信函
OUTSIDE = {"left": -397, "right": -397}  # 170 mm of rule over 156 of text
NUMBER_LINE = 350

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
# id → (file, kind); the order is the order in the package
_PARTS = {
    "rId1": ("styles", "styles"),
    "rId2": ("settings", "settings"),
    "rId3": ("fontTable", "fontTable"),
    "rId4": ("footer1", "footer"),
    "rId5": ("footer2", "footer"),
    "rId6": ("footer3", "footer"),
    "rId7": ("footer4", "footer"),
}
ODD, EVEN, LETTER_FOOTER, BLANK_FOOTER = (f"rId{n}" for n in range(4, 8))


def render_docx(paper: Paper, typefaces: Mapping[Face, str] | None = None) -> bytes:
    """The paper as a .docx; equal papers give equal bytes. Raises `PaperError` on text no file can carry.

    ``typefaces``: role → the name of the office's typeface, where it is not that of `OFFICE_FACES`.
    """
    for where, text in located(
        paper
    ):  # a table's row comes with tabs between its cells: those are checked one by one
        if "表格" not in where:
            checked(text)
    faces = {**OFFICE_FACES, **(typefaces or {})}
    head = None if paper.layout == Layout.PLATES else Head(paper, frame_of(paper))
    body = _document(paper, head) if head else _plates(paper)
    files = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations(
            {
                "rId1": (f"{_OFFICE}/officeDocument", "word/document.xml"),
                "rId2": (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
                "rId3": (f"{_OFFICE}/extended-properties", "docProps/app.xml"),
            }
        ),
        "docProps/core.xml": _core(paper),
        "docProps/app.xml": f'{DECLARATION}<Properties xmlns="{_OFFICE.replace("relationships", "extended-properties")}"/>',
        "word/document.xml": part("document", element("body", None, *body)),
        "word/_rels/document.xml.rels": _relations(
            {key: (f"{_OFFICE}/{kind}", f"{name}.xml") for key, (name, kind) in _PARTS.items()}
        ),
        "word/styles.xml": styles_part(faces),
        "word/settings.xml": settings_part(),
        "word/fontTable.xml": fonts_part(faces),
    } | _feet(paper)
    return _packed(files, paper.dated)


def _document(paper: Paper, head: Head) -> list[Xml]:
    parts = [*head.parts, *Body(paper).parts]
    foot = colophon(paper, round(frame_of(paper).width * MM_TWIPS))
    letter = paper.layout == Layout.LETTER
    first = _section(paper, LETTER_FOOTER if letter else "")
    if not foot:
        return [*parts, first]
    if paper.even_end and len(lay_out(replace(paper, even_end=False))) % 2:
        parts.append(paragraph({"pStyle": "Gap", "sectPr": first}))  # the 版记 on the back of an odd page
        return [*parts, *foot, gap(), _section(paper, BLANK_FOOTER)]
    return [*parts, *foot, gap(), first]


def _lying(paper: Paper) -> bool:
    return frame_of(paper) == LANDSCAPE


def _section(paper: Paper, foot: str = "") -> Xml:
    """Page and grid. ``foot``: the part the section's first page has in place of a page number."""
    lying = _lying(paper)
    refs = [_reference("default", ODD), _reference("even", EVEN)]
    values: dict[str, object] = {}
    if foot:
        refs.append(_reference("first", foot))
        values["titlePg"] = True
    margins = LYING if lying else UPRIGHT
    size = {"w": LONG, "h": SHORT, "orient": "landscape"} if lying else {"w": SHORT, "h": LONG}
    foot_edge = (
        round((297 - LETTER_FOOT) * MM_TWIPS) if paper.layout == Layout.LETTER else _footer_edge(lying)
    )
    grid = {"type": "linesAndChars", "linePitch": LINE, "charSpace": CHAR_SPACE}
    values |= {
        "footerReference": Xml("".join(refs)),
        "type": "nextPage",
        "pgSz": size,
        "pgMar": {**margins, "header": 851, "footer": foot_edge, "gutter": 0},
        "docGrid": grid,
    }
    return properties("sectPr", values)  # type: ignore[arg-type]


def _reference(which: str, key: str) -> Xml:
    return Xml(f'<w:footerReference w:type="{which}" r:id="{key}"/>')


def _number_bottom() -> float:
    """Lower edge of the page number's line, in mm below the text's area: its dashes' ink begins at 7 mm (row 26)."""
    dash = fonts.ink_top(fonts.chain(Face.NUMERALS)[0], "—") * NUMBER_SIZE * 20
    return NUMBER_DROP + (dash + (1 - SINK) * NUMBER_LINE) / MM_TWIPS


def _footer_edge(lying: bool) -> int:
    """From the paper's lower edge to the footer's, in twips."""
    below = (LYING if lying else UPRIGHT)["bottom"]
    return round(below - _number_bottom() * MM_TWIPS)


def _feet(paper: Paper) -> dict[str, str]:
    letter = paper.layout == Layout.LETTER
    # in a 信函 the footers end at the double rule of the first page; the number stands above that edge
    after = round((LETTER_FOOT - 262.0 - _number_bottom()) * MM_TWIPS) if letter else 0
    nothing = paragraph({"pStyle": "Gap"})
    return {
        "word/footer1.xml": part("ftr", _page_number(paper, "Footer", after)),
        "word/footer2.xml": part("ftr", _page_number(paper, "FooterEven", after)),
        "word/footer3.xml": part("ftr", *double_rule(thick_first=False, place={"ind": OUTSIDE})),
        "word/footer4.xml": part("ftr", nothing),
    }


def _page_number(paper: Paper, style: str, after: int) -> Xml:
    values: dict[str, object] = {"pStyle": style, **({"spacing": {"after": after}} if after else {})}
    number = [run("— "), *_field("PAGE"), run(" —")]
    if not paper.running:
        return paragraph(values, *number)  # type: ignore[arg-type]
    # Opposite the number: a tab pushes the second of the two to the other edge.
    small = {"sz": round(RUNNING_SIZE * 2), "szCs": round(RUNNING_SIZE * 2)}
    words = [run(f"{paper.running}\u3000共", small), *_field("NUMPAGES", small), run("页", small)]
    even, width = style == "FooterEven", round(frame_of(paper).width * MM_TWIPS)
    values |= {
        "tabs": tabs(("right", width - SMALL)),
        "ind": {"left": SMALL, "right": 0},
        "jc": "left",
    }
    first, second = (number, words) if even else (words, number)
    return paragraph(values, *first, run("\t"), *second)  # type: ignore[arg-type]


def _field(code: str, values: Properties | None = None) -> list[Xml]:
    """A field of Word's as runs; it says 1 until Word counts."""
    look = properties("rPr", values or {})
    marks = [element("fldChar", {"fldCharType": kind}) for kind in ("begin", "separate", "end")]
    asked = Xml(f'<w:instrText xml:space="preserve"> {code} </w:instrText>')
    begin, said, there, end = (
        element("r", None, look, piece) for piece in (marks[0], asked, marks[1], marks[2])
    )
    return [begin, said, there, run("1", values), end]


def _plates(paper: Paper) -> list[Xml]:
    """A page a plate, in the lower half as in the PDF, but once: Word turns no text by 180°."""
    parts: list[Xml] = []
    for page in plate_pages(paper.plates):
        y = PLATE["top"]
        for index, text in enumerate(text for text in page.texts if not text.ornament):
            size = min(math.floor(2 * text.line.pieces[0].size) / 2, PLATE_TALL)
            height = round(size * 22)
            sink = (ASCENT - 0.5) * (text.line.pieces[0].size - size) / MM  # the same middle, smaller
            before = max(round((text.baseline - sink) * MM_TWIPS - SINK * height) - y, 0)
            values: Properties = {"sz": round(2 * size), "szCs": round(2 * size)}
            spacing: Properties = {"spacing": exact(height, before=before)}
            style = "PlateUnit" if index else "PlateName"
            parts.append(paragraph({"pStyle": style, **spacing}, run(text.line.text, values)))
            y += before + height
    size_of_page: Attributes = {"w": LONG, "h": SHORT, "orient": "landscape"}
    margins: Attributes = {**PLATE, "header": 567, "footer": 567, "gutter": 0}
    return [*parts, properties("sectPr", {"pgSz": size_of_page, "pgMar": margins})]


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{key}" Type="{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'{DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _content_types() -> str:
    kinds = {"word/document.xml": f"{_WORD}.document.main+xml"}
    kinds |= {f"word/{name}.xml": f"{_WORD}.{kind}+xml" for name, kind in _PARTS.values()}
    kinds |= {
        "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
    }
    inner = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    )
    inner += '<Default Extension="xml" ContentType="application/xml"/>'
    inner += "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in kinds.items())
    return f'{DECLARATION}<Types xmlns="{_PACKAGE}/content-types">{inner}</Types>'


def _core(paper: Paper) -> str:
    day = f"{paper.dated.isoformat()}T00:00:00Z"
    names = "、".join(plate.name for plate in paper.plates) if paper.layout == Layout.PLATES else ""
    title = paper.title.replace("\n", "") or paper.mark or names
    author = paper.signature.issuer if paper.signature and paper.signature.issuer else paper.mark
    return (
        f'{DECLARATION}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(checked(title))}</dc:title><dc:creator>{escape(checked(author))}</dc:creator>"
        f"<dc:description>{escape(checked(paper.number))}</dc:description><dc:language>zh-CN</dc:language>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{day}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{day}</dcterms:modified></cp:coreProperties>'
    )


def _packed(files: Mapping[str, str], day: dt.date) -> bytes:
    """The parts in one archive, in this order, dated with the paper."""
    stamp = (min(max(day.year, 1980), 2107), day.month, day.day, 0, 0, 0)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name, stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            info.create_system = 3  # the same on every system
            archive.writestr(info, text.encode())
    return target.getvalue()
