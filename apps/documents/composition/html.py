"""Pages to HTML and CSS that leave the renderer no choice: every line has its baseline, x, face and spacing.

An even paragraph is one block with our line ends in it; anything else is a block of no height a line, pushed
down by padding from the baseline before it. No face and no size can move a line; the renderer breaks none.
Page numbers stand in the page's margin, where they are no part of what the paper says.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby, pairwise

from . import fonts
from .geometry import ASCENT, BLACK, Frame, Page, Text
from .lines import MM, SIZE, Piece
from .model import Face, Layout, Paper
from .pages import NUMBER_DROP, NUMBER_SIZE

ABOVE, BESIDE = 2.0, 5.0  # from the sheet's edges to the area in which the renderer may flow, mm
NUMBER_ABOVE = 4.0  # from the 版心's bottom to the margin in which the page number stands
# with line-height 0 a baseline lies this many em (of the largest face on the line) below the line's top
SINK = (ASCENT - (1 - ASCENT)) / 2
STRUT = SINK * SIZE / MM
INSET = NUMBER_SIZE / MM  # one 4号 cell


class _Styles:
    """Declarations turned into classes: a page of equal lines is parsed once, not thirty times."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def __call__(self, declarations: str) -> str:
        return self.names.setdefault(declarations, f"s{len(self.names)}")

    def sheet(self) -> str:
        return "".join(f".{name}{{{declarations}}}" for declarations, name in self.names.items())


def to_html(paper: Paper, pages: Sequence[Page]) -> str:
    """The whole document; ``pages`` from `pages.lay_out`."""
    day = paper.dated.isoformat()
    styles = _Styles()
    body = "".join(_page(page, styles) for page in pages)
    title, author = _described(paper)
    css = _css(pages[0].frame, numbered=any(page.numbered for page in pages))
    return (
        f'<!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="author" content="{escape(author)}">'
        f'<meta name="description" content="{escape(paper.number)}">'
        f'<meta name="dcterms.created" content="{day}"><meta name="dcterms.modified" content="{day}">'
        f"<style>{css}{styles.sheet()}</style></head><body>{body}</body></html>"
    )


def _described(paper: Paper) -> tuple[str, str]:
    """Title and author for the file's properties."""
    names = "、".join(plate.name for plate in paper.plates) if paper.layout == Layout.PLATES else ""
    title = paper.title.replace("\n", "") or paper.mark or names
    return title, paper.signature.issuer if paper.signature and paper.signature.issuer else paper.mark


def _css(frame: Frame, *, numbered: bool) -> str:
    song = fonts.load(fonts.chain(Face.NUMERALS)[0])
    dash_top = fonts.ink_top(song.path, "—") * NUMBER_SIZE / MM
    below = frame.page_height - frame.bottom - NUMBER_ABOVE if numbered else BESIDE
    drop = NUMBER_DROP + dash_top - SINK * NUMBER_SIZE / MM - NUMBER_ABOVE
    outer = frame.page_width - frame.left - frame.width - BESIDE + INSET
    number = (
        f'content:"— " counter(page) " —";font:{NUMBER_SIZE}pt/0 "{song.family}";vertical-align:top;'
        f"padding-top:{drop:.4f}mm;"
    )
    return (
        f"@page{{size:{frame.page_width}mm {frame.page_height}mm;"
        f"margin:{ABOVE}mm {BESIDE}mm {below:.4f}mm {frame.left}mm}}"
        f"@page numbered:right{{@bottom-right{{{number}padding-right:{outer:.4f}mm}}}}"
        f"@page numbered:left{{@bottom-left{{{number}padding-left:{INSET:.4f}mm}}}}"
        "@page plain{}"
        "html,body,p,h1,h2,h3{margin:0;padding:0;font-size:1em;font-weight:400;orphans:1;widows:1}"
        f'html{{font:{SIZE}pt/0 "{fonts.strut().family}";font-kerning:none;font-variant-ligatures:none;'
        "hyphens:none;white-space:pre}"
        f"section{{position:relative;height:{frame.page_height - ABOVE - below - 1:.4f}mm;break-after:page}}"
        "section:last-child{break-after:auto}"
        ".n{page:numbered}.q{page:plain}.o>:not(u){position:relative}.o>.a{position:absolute;top:0;left:0}"
        "b{display:block;font-weight:400;height:0}i{font-style:normal;line-height:0}"
        "u{position:absolute;display:block;text-decoration:none}"
    )


def _page(page: Page, styles: _Styles) -> str:
    shown = [text for text in page.texts if text.line.pieces and not _is_number(text)]
    blocks = _blocks(shown)
    # a transformed or placed box is painted after all others; where there is one, positioning keeps the reading order
    ordered = any(text.condense != 1 or text.turned for text in shown) or any(y is None for y, _ in blocks)
    out = [f'<section class="{"n" if page.numbered else "q"}{" o" if ordered else ""}">']
    out += [
        f'<u style="left:{rect.x - page.frame.left:.4f}mm;top:{rect.y - ABOVE:.4f}mm;width:{rect.width:.4f}mm;'
        f'height:{rect.height:.4f}mm;background:{rect.colour}"></u>'
        for rect in page.rects
    ]
    out += [_block(y, texts, styles) for y, texts in blocks]
    out.append("</section>")
    return "".join(out)


def _is_number(text: Text) -> bool:
    """The page number, which the margin prints."""
    return text.ornament and not text.turned and text.spot is None


def _blocks(texts: list[Text]) -> list[tuple[float | None, list[Text]]]:
    """Lines of one group together, in reading order, each with the end of the block before it (mm).

    None: the group begins above that (a table's next cell, a date beside a name) and is placed by itself.
    """
    found: list[tuple[float | None, list[Text]]] = []
    y = ABOVE
    for _key, group in groupby(texts, key=lambda text: (text.tag, text.group, text.spot, text.turned)):
        lines = list(group)
        top, bottom = _extent(lines)
        found.append((y if top >= y - 1e-6 else None, lines))
        y = bottom if top >= y - 1e-6 else y
    return found


def _extent(lines: list[Text]) -> tuple[float, float]:
    """Where the block of a group begins and ends."""
    pitch = _pitch(lines)
    if pitch:
        return lines[0].baseline - STRUT - pitch / 2, lines[-1].baseline - STRUT + pitch / 2
    return _top(lines[0]), max(map(_top, lines))


def _block(y: float | None, lines: list[Text], styles: _Styles) -> str:
    # a cell is a paragraph of its own: ours are no table boxes, and a parser drops cells that stand alone
    tag, pitch = "p" if lines[0].spot else lines[0].tag, _pitch(lines)
    start = ABOVE if y is None else y
    placed = "a " if y is None else ""
    if pitch:
        return _paragraph(tag, lines, pitch, _extent(lines)[0] - start, placed, styles)
    inner = []
    for line in lines:
        top = max(_top(line), start)
        inner.append(_line(line, top - start, styles))
        start = top
    return f'<{tag} class="{placed}">{"".join(inner)}</{tag}>'


def _top(text: Text) -> float:
    """Where a line of no height must begin for its baseline to be where it is wanted."""
    sizes = [piece.size for piece in text.line.pieces[:1]]
    return text.baseline - max(STRUT, *(SINK * size / MM for size in sizes))


def _pitch(texts: list[Text]) -> float:
    """Line pitch (mm) of a group that can be one paragraph of even lines, else 0."""
    plain = all(text.colour == BLACK and text.condense == 1 and not text.turned for text in texts)
    turned = {text.line.x for text in texts[1:]}
    if not plain or len(turned) > 1 or any(piece.size > SIZE for text in texts for piece in text.line.pieces):
        return 0.0
    steps = [b.baseline - a.baseline for a, b in pairwise(texts)]
    even = all(step > 0 and abs(step - steps[0]) < 1e-6 for step in steps)
    return (steps[0] if steps else SIZE / MM) if even else 0.0


def _paragraph(tag: str, texts: list[Text], pitch: float, down: float, placed: str, styles: _Styles) -> str:
    """Even lines as one block: they end where we say (``white-space: pre``), not where the renderer would."""
    first, turned = texts[0].line.x, texts[-1].line.x
    style = f"line-height:{pitch:.4f}mm;padding-top:{max(down, 0.0):.4f}mm"
    style += f";margin-left:{turned:.4f}pt;text-indent:{first - turned:.4f}pt"
    runs: list[tuple[str, str]] = []
    for index, text in enumerate(texts):
        for place, piece in enumerate(text.line.pieces):
            start = "\n" if index and not place else ""
            if runs and runs[-1][0] == _style(piece):
                runs[-1] = (runs[-1][0], runs[-1][1] + start + piece.text)
            else:
                if start:  # the break belongs to the line it ends
                    runs[-1] = (runs[-1][0], runs[-1][1] + start)
                runs.append((_style(piece), piece.text))
    if len(runs) == 1 and all(_plain(piece) for text in texts for piece in text.line.pieces):
        return f'<{tag} class="{placed}{styles(f"{style};{runs[0][0]}")}">{escape(runs[0][1])}</{tag}>'
    inner = "".join(f'<i class="{styles(style_)}">{escape(words)}</i>' for style_, words in runs)
    return f'<{tag} class="{placed}{styles(style)}">{inner}</{tag}>'


def _line(text: Text, down: float, styles: _Styles) -> str:
    style = f"padding-top:{down:.4f}mm;margin-left:{text.line.x:.4f}pt"
    if text.colour != BLACK:
        style += f";color:{text.colour}"
    if text.condense != 1:
        style += f";transform:scaleX({text.condense:.4f});transform-origin:0 0"
    if text.turned:
        baseline = down + max(STRUT, SINK * text.line.pieces[0].size / MM)
        style += f";transform:rotate(180deg);transform-origin:0 {baseline:.4f}mm"
    inner = "".join(
        f'<i class="{styles(_style(piece))}">{escape(piece.text)}</i>' for piece in text.line.pieces
    )
    return f'<b class="{styles(style)}">{inner}</b>'


def _plain(piece: Piece) -> bool:
    return piece.family == fonts.strut().family and piece.size == SIZE


def _style(piece: Piece) -> str:
    style = "" if piece.family == fonts.strut().family else f"font-family:'{piece.family}';"
    if piece.size != SIZE:
        style += f"font-size:{piece.size:.4f}pt;"
    return f"{style}letter-spacing:{piece.spacing:.4f}pt"
