"""Pages to HTML and CSS that leave the renderer no choice: every line has its baseline, x, face and spacing.

Each line is a block of no height, pushed down by padding from the baseline before it, so neither a face nor a
size can move it; the renderer breaks no line and no page by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby

from . import fonts
from .geometry import ASCENT, BLACK, LEFT, PAGE_HEIGHT, PAGE_WIDTH, Page, Text
from .lines import MM, SIZE, Line
from .model import Face, Paper

TOP_MARGIN, BOTTOM_MARGIN, RIGHT_MARGIN = 15.0, 35.0, 5.0
# an empty line's baseline lies this far below its top when line-height is 0 (mm)
STRUT = (ASCENT - (1 - ASCENT)) / 2 * SIZE / MM
NUMBER_SIZE = 14.0
NUMBER_RULE = 269.0  # ink top of the dashes, mm from the paper's top (row 26)
INSET = NUMBER_SIZE / MM  # one 4号 cell


def to_html(paper: Paper, pages: list[Page]) -> str:
    """The whole document; ``pages`` from `pages.lay_out`."""
    day = paper.dated.isoformat()
    body = "".join(_page(page) for page in pages)
    title = escape(paper.title.replace("\n", "") or paper.mark)
    author = escape(paper.signature.issuer if paper.signature and paper.signature.issuer else paper.mark)
    return (
        f'<!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="author" content="{author}"><meta name="description" content="{escape(paper.number)}">'
        f'<meta name="dcterms.created" content="{day}"><meta name="dcterms.modified" content="{day}">'
        f"<style>{_css()}</style></head><body>{body}</body></html>"
    )


def _css() -> str:
    song = fonts.load(fonts.chain(Face.NUMERALS)[0])
    dash_top = fonts.ink_top(song.path, "—") * NUMBER_SIZE / MM
    strut = (ASCENT - (1 - ASCENT)) / 2 * NUMBER_SIZE / MM
    drop = NUMBER_RULE + dash_top - strut - (PAGE_HEIGHT - BOTTOM_MARGIN)
    number = (
        f'content:"— " counter(page) " —";font:{NUMBER_SIZE}pt/0 "{song.family}";vertical-align:top;'
        f"padding-top:{drop:.4f}mm;"
    )
    return (
        f"@page{{size:{PAGE_WIDTH}mm {PAGE_HEIGHT}mm;"
        f"margin:{TOP_MARGIN}mm {RIGHT_MARGIN}mm {BOTTOM_MARGIN}mm {LEFT}mm}}"
        f"@page numbered:right{{@bottom-right{{{number}padding-right:{210 - 184 - RIGHT_MARGIN + INSET:.4f}mm}}}}"
        f"@page numbered:left{{@bottom-left{{{number}padding-left:{INSET:.4f}mm}}}}"
        "@page plain{}"
        "html,body,p,h1,h2,h3{margin:0;padding:0;font-size:1em;font-weight:400;orphans:1;widows:1}"
        f'html{{font:{SIZE}pt/0 "{fonts.strut().family}";font-kerning:none;font-variant-ligatures:none;'
        "hyphens:none;white-space:pre}"
        "section{position:relative;height:240mm;break-after:page}section:last-child{break-after:auto}"
        ".n{page:numbered}.q{page:plain}"
        "b{display:block;font-weight:400;height:0;line-height:0}i{font-style:normal;line-height:0}"
        "u{position:absolute;display:block;text-decoration:none}"
    )


def _page(page: Page) -> str:
    out = [f'<section class="{"n" if page.numbered else "q"}">']
    for rect in page.rects:
        out.append(
            f'<u style="left:{rect.x - LEFT:.4f}mm;top:{rect.y - TOP_MARGIN:.4f}mm;width:{rect.width:.4f}mm;'
            f'height:{rect.height:.4f}mm;background:{rect.colour}"></u>'
        )
    previous = TOP_MARGIN + STRUT
    ordered = sorted(page.texts, key=lambda text: text.baseline)
    for (tag, _), texts in groupby(ordered, key=lambda text: (text.tag, text.group)):
        out.append(f"<{tag}>")
        for text in texts:
            out.append(_line(text, text.baseline - previous))
            previous = text.baseline
        out.append(f"</{tag}>")
    out.append("</section>")
    return "".join(out)


def _line(text: Text, down: float) -> str:
    colour = "" if text.colour == BLACK else f";color:{text.colour}"
    style = f"padding:{down:.4f}mm 0 0 {text.line.x:.4f}pt{colour}"
    return f'<b style="{style}">{"".join(_pieces(text.line))}</b>'


def _pieces(line: Line) -> Iterable[str]:
    main = fonts.strut().family
    for piece in line.pieces:
        style = [] if piece.family == main else [f"font-family:'{piece.family}'"]
        if piece.size != SIZE:
            style.append(f"font-size:{piece.size:.4f}pt")
        if piece.spacing:
            style.append(f"letter-spacing:{piece.spacing:.4f}pt")
        yield f'<i style="{";".join(style)}">{escape(piece.text)}</i>'
