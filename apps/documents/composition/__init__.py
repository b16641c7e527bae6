"""GB/T 9704-2012 papers from typed data: a library of its own, no Django in it.

    paper = Paper(mark="…纪要", title="…", number="〔2026〕1号", layout=Layout.MINUTES, body=(…,))
    problems = missing_glyphs(paper)      # before a paper is issued; render_pdf refuses them too
    pdf = render_pdf(paper)               # bytes, PDF/A-2u; equal data, engine() and fonts give equal bytes
    pngs = render_previews(pdf)           # a PNG a page
    boxes = find_passages(pdf, texts)     # for each page the lines of some passages
    word = render_docx(paper)             # bytes, the same paper as a Word file that can be edited
    text = plain_text(paper)              # what the PDF's text layer says, one line a paragraph
    data = to_dict(paper)                 # JSON for the archive; from_dict(data) == paper

The road: model → titles, lines (breaks) → flow (rows of the grid) → pages → html → pdf. Errors for
readers are `PaperError` (Chinese); `check_setup()` at start-up raises `FontSetupError`. See docs/papers.md.
"""

from collections.abc import Mapping

from .finding import Box, PdfiumError, find_passages
from .fonts import FontSetupError, font_fingerprint, use_fonts
from .glyphs import Missing, MissingGlyph, missing_glyphs
from .model import (
    Align,
    Attachment,
    Block,
    Cell,
    Colophon,
    Face,
    Imprint,
    Layout,
    NameGroup,
    NameList,
    Paper,
    PaperError,
    Plate,
    Run,
    Signature,
    Table,
    chinese_date,
    chinese_number,
    from_dict,
    heading,
    level_label,
    paragraph,
    printed_name,
    span_of,
    text_of,
    to_dict,
)
from .pages import lay_out
from .pdf import ENGINE_VERSION, Embedded, check_setup, engine, render_pdf, write_atomically, write_pdf
from .plaintext import plain_text
from .preview import render_previews


def render_docx(paper: Paper, typefaces: Mapping[Face, str] | None = None) -> bytes:
    """The paper as a Word file, see `docx.render_docx`. Its writer is loaded when the first one is wanted."""
    from .docx import render_docx as render

    return render(paper, typefaces)


__all__ = [
    "ENGINE_VERSION",
    "Align",
    "Attachment",
    "Block",
    "Box",
    "Cell",
    "Colophon",
    "Embedded",
    "Face",
    "FontSetupError",
    "Imprint",
    "Layout",
    "Missing",
    "MissingGlyph",
    "NameGroup",
    "NameList",
    "Paper",
    "PaperError",
    "PdfiumError",
    "Plate",
    "Run",
    "Signature",
    "Table",
    "check_setup",
    "chinese_date",
    "chinese_number",
    "engine",
    "find_passages",
    "font_fingerprint",
    "from_dict",
    "heading",
    "lay_out",
    "level_label",
    "missing_glyphs",
    "paragraph",
    "plain_text",
    "printed_name",
    "render_docx",
    "render_pdf",
    "render_previews",
    "span_of",
    "text_of",
    "to_dict",
    "use_fonts",
    "write_atomically",
    "write_pdf",
]
