"""Pages to HTML and CSS that leave the renderer no choice: every line has its baseline, x, face and spacing.

An even paragraph is one block with our line ends in it; anything else is a block of no height a line, pushed
down by padding from the baseline before it. No face and no size can move a line; the renderer breaks none.
"""

from __future__ import annotations

from html import escape
from itertools import groupby, pairwise

from . import fonts
from .geometry import ASCENT, BLACK, LEFT, PAGE_HEIGHT, PAGE_WIDTH, WIDTH, Page, Text
from .lines import MM, SIZE, Piece
from .model import Face, Paper

TOP_MARGIN, BOTTOM_MARGIN, RIGHT_MARGIN = 15.0, 31.0, 5.0
# with line-height 0 a baseline lies this many em (of the largest face on the line) below the line's top
SINK = (ASCENT - (1 - ASCENT)) / 2
STRUT = SINK * SIZE / MM
NUMBER_SIZE = 14.0
NUMBER_RULE = 269.0  # ink top of the dashes, mm from the paper's top (row 26)
INSET = NUMBER_SIZE / MM  # one 4号 cell
OUTER = PAGE_WIDTH - LEFT - WIDTH - RIGHT_MARGIN  # from the page area to the 版心, at the right


class _Styles:
    """Declarations turned into classes: a page of equal lines is parsed once, not thirty times."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def __call__(self, declarations: str) -> str:
        return self.names.setdefault(declarations, f"s{len(self.names)}")

    def sheet(self) -> str:
        return "".join(f".{name}{{{declarations}}}" for declarations, name in self.names.items())


def to_html(paper: Paper, pages: list[Page]) -> str:
    """The whole document; ``pages`` from `pages.lay_out`."""
    day = paper.dated.isoformat()
    styles = _Styles()
    body = "".join(_page(page, styles) for page in pages)
    title = escape(paper.title.replace("\n", "") or paper.mark)
    author = escape(paper.signature.issuer if paper.signature and paper.signature.issuer else paper.mark)
    return (
        f'<!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="author" content="{author}"><meta name="description" content="{escape(paper.number)}">'
        f'<meta name="dcterms.created" content="{day}"><meta name="dcterms.modified" content="{day}">'
        f"<style>{_css()}{styles.sheet()}</style></head><body>{body}</body></html>"
    )


def _css() -> str:
    song = fonts.load(fonts.chain(Face.NUMERALS)[0])
    dash_top = fonts.ink_top(song.path, "—") * NUMBER_SIZE / MM
    strut = SINK * NUMBER_SIZE / MM
    drop = NUMBER_RULE + dash_top - strut - (PAGE_HEIGHT - BOTTOM_MARGIN)
    number = (
        f'content:"— " counter(page) " —";font:{NUMBER_SIZE}pt/0 "{song.family}";vertical-align:top;'
        f"padding-top:{drop:.4f}mm;"
    )
    return (
        f"@page{{size:{PAGE_WIDTH}mm {PAGE_HEIGHT}mm;"
        f"margin:{TOP_MARGIN}mm {RIGHT_MARGIN}mm {BOTTOM_MARGIN}mm {LEFT}mm}}"
        f"@page numbered:right{{@bottom-right{{{number}padding-right:{OUTER + INSET:.4f}mm}}}}"
        f"@page numbered:left{{@bottom-left{{{number}padding-left:{INSET:.4f}mm}}}}"
        "@page plain{}"
        "html,body,p,h1,h2,h3{margin:0;padding:0;font-size:1em;font-weight:400;orphans:1;widows:1}"
        f'html{{font:{SIZE}pt/0 "{fonts.strut().family}";font-kerning:none;font-variant-ligatures:none;'
        "hyphens:none;white-space:pre}"
        "section{position:relative;height:250mm;break-after:page}section:last-child{break-after:auto}"
        ".n{page:numbered}.q{page:plain}.o>:not(u){position:relative}"
        "b{display:block;font-weight:400;height:0}i{font-style:normal;line-height:0}"
        "u{position:absolute;display:block;text-decoration:none}"
    )


def _page(page: Page, styles: _Styles) -> str:
    # a transformed box is painted after all others; where there is one, positioning keeps the reading order
    ordered_class = " o" if any(text.condense != 1 for text in page.texts) else ""
    out = [f'<section class="{"n" if page.numbered else "q"}{ordered_class}">']
    out += [
        f'<u style="left:{rect.x - LEFT:.4f}mm;top:{rect.y - TOP_MARGIN:.4f}mm;width:{rect.width:.4f}mm;'
        f'height:{rect.height:.4f}mm;background:{rect.colour}"></u>'
        for rect in page.rects
    ]
    y = TOP_MARGIN  # where the next block would begin
    drawn = (text for text in page.texts if text.line.pieces)
    ordered = sorted(drawn, key=lambda text: text.baseline)
    for (tag, _), group in groupby(ordered, key=lambda text: (text.tag, text.group)):
        texts = list(group)
        pitch = _pitch(texts)
        top = texts[0].baseline - STRUT - pitch / 2
        if pitch and top >= y - 1e-6:
            out.append(_paragraph(tag, texts, pitch, max(top - y, 0.0), styles))
            y = texts[-1].baseline - STRUT + pitch / 2
            continue
        back = min(texts[0].baseline - STRUT - y, 0.0)  # a block before it may reach below this baseline
        out.append(f'<{tag} class="{styles(f"margin-top:{back:.4f}mm")}">' if back else f"<{tag}>")
        y += back
        for text in texts:
            top = text.baseline - max(STRUT, SINK * text.line.pieces[0].size / MM)
            out.append(_line(text, top - y, styles))
            y = top
        out.append(f"</{tag}>")
    out.append("</section>")
    return "".join(out)


def _pitch(texts: list[Text]) -> float:
    """Line pitch (mm) of a group that can be one paragraph of even lines, else 0."""
    plain = all(text.colour == BLACK and text.condense == 1 for text in texts)
    turned = {text.line.x for text in texts[1:]}
    if not plain or len(turned) > 1:
        return 0.0
    steps = [b.baseline - a.baseline for a, b in pairwise(texts)]
    even = all(step > 0 and abs(step - steps[0]) < 1e-6 for step in steps)
    return (steps[0] if steps else SIZE / MM) if even else 0.0


def _paragraph(tag: str, texts: list[Text], pitch: float, down: float, styles: _Styles) -> str:
    """Even lines as one block: they end where we say (``white-space: pre``), not where the renderer would."""
    first, turned = texts[0].line.x, texts[-1].line.x
    style = f"line-height:{pitch:.4f}mm;padding-top:{down:.4f}mm"
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
        return f'<{tag} class="{styles(f"{style};{runs[0][0]}")}">{escape(runs[0][1])}</{tag}>'
    inner = "".join(f'<i class="{styles(style_)}">{escape(words)}</i>' for style_, words in runs)
    return f'<{tag} class="{styles(style)}">{inner}</{tag}>'


def _line(text: Text, down: float, styles: _Styles) -> str:
    style = f"padding-top:{down:.4f}mm;margin-left:{text.line.x:.4f}pt"
    if text.colour != BLACK:
        style += f";color:{text.colour}"
    if text.condense != 1:
        style += f";transform:scaleX({text.condense:.4f});transform-origin:0 0"
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
