"""Pages to HTML and CSS that leave the renderer no choice: every line has its baseline, x, face and spacing.

An even paragraph is one block with our line ends in it; anything else is a block of no height a line, pushed
down by padding from the baseline before it. No face and no size can move a line; the renderer breaks none.
"""

from __future__ import annotations

from html import escape
from itertools import groupby, pairwise

from . import fonts
from .geometry import ASCENT, BLACK, Frame, Page, Text
from .lines import MM, SIZE, Piece
from .model import Face, Paper
from .pages import NUMBER_DROP, NUMBER_GROUP

TOP_MARGIN, RIGHT_MARGIN = 4.0, 5.0
BELOW = 4.0  # mm from the 版心 to the margin box with the page number
FAR_BELOW = 20.0  # where there is no number, as on plates
AIR = 1.0  # keeps a first block's negative margin from moving its page
# with line-height 0 a baseline lies this many em (of the largest face on the line) below the line's top
SINK = (ASCENT - (1 - ASCENT)) / 2
STRUT = SINK * SIZE / MM
NUMBER_SIZE = 14.0
RUNNING_SIZE = 10.5  # 5号, beside the number
INSET = NUMBER_SIZE / MM  # one 4号 cell
LARGEST = 30.0  # pt; a larger line would stretch a paragraph's line box


class _Styles:
    """Declarations turned into classes: a page of equal lines is parsed once, not thirty times."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def __call__(self, declarations: str) -> str:
        return self.names.setdefault(declarations, f"s{len(self.names)}")

    def sheet(self) -> str:
        return "".join(f".{name}{{{declarations}}}" for declarations, name in self.names.items())


def to_html(paper: Paper, pages: list[Page]) -> tuple[str, str]:
    """The document and its style sheet; ``pages`` from `pages.lay_out`. Well-formed XML, so it is read quickly."""
    day = paper.dated.isoformat()
    styles = _Styles()
    body = "".join(_page(page, styles) for page in pages)
    names = "、".join(plate.name for plate in paper.plates)
    title = escape(paper.title.replace("\n", "") or paper.mark or names)
    author = escape(paper.signature.issuer if paper.signature and paper.signature.issuer else paper.mark)
    html = (
        f'<html lang="zh-Hans"><head><title>{title}</title>'
        f'<meta name="author" content="{author}"/><meta name="description" content="{escape(paper.number)}"/>'
        f'<meta name="dcterms.created" content="{day}"/><meta name="dcterms.modified" content="{day}"/>'
        f"</head><body>{body}</body></html>"
    )
    numbered = any(page.numbered for page in pages)
    return html, _css(pages[0].frame, BELOW if numbered else FAR_BELOW, paper.running) + styles.sheet()


def _css(frame: Frame, below: float, running: str) -> str:
    song = fonts.load(fonts.chain(Face.NUMERALS)[0])
    dash_top = fonts.ink_top(song.path, "—") * NUMBER_SIZE / MM
    base = NUMBER_DROP + dash_top - below
    drop = base - SINK * NUMBER_SIZE / MM
    outer = frame.page_width - frame.left - frame.width - RIGHT_MARGIN  # from the page area to the 版心
    number = (
        f'content:"— " counter(page) " —";font:{NUMBER_SIZE}pt/0 "{song.family}";vertical-align:top;'
        f"padding-top:{drop:.4f}mm;"
    )
    words = _running(running, base) if running else ""
    on_left = f"@bottom-left{{{words}padding-left:{INSET:.4f}mm}}" if words else ""
    on_right = f"@bottom-right{{{words}padding-right:{outer + INSET:.4f}mm}}" if words else ""
    numbers = (
        f"@page numbered:right{{@bottom-right{{{number}padding-right:{outer + INSET:.4f}mm}}{on_left}}}"
        f"@page numbered:left{{@bottom-left{{{number}padding-left:{INSET:.4f}mm}}{on_right}}}"
    )
    return (
        f"@page{{size:{frame.page_width}mm {frame.page_height}mm;"
        f"margin:{TOP_MARGIN}mm {RIGHT_MARGIN}mm {frame.page_height - frame.bottom - below}mm {frame.left}mm}}"
        f"{numbers if below == BELOW else ''}@page plain{{}}"
        "html,body,section,p,h1,h2,h3{display:block;orphans:1;widows:1}head{display:none}"
        f'html{{font:{SIZE}pt/0 "{fonts.strut().family}";font-kerning:none;font-variant-ligatures:none;'
        "hyphens:none;white-space:pre}"
        f"section{{position:relative;padding-top:{AIR}mm;height:{frame.bottom + below - 3 - TOP_MARGIN - AIR}mm;break-after:page}}"
        "section:last-child{break-after:auto}"
        ".n{page:numbered}.q{page:plain}.o>:not(u){position:relative}"
        "b{display:block;height:0}i{line-height:0}u{position:absolute;display:block}"
    )


def _running(words: str, base: float) -> str:
    """Declarations of the margin box opposite the number, on the number's baseline (``base`` mm below the box's top)."""
    quoted = words.replace("\\", "\\\\").replace('"', '\\"')
    families = ",".join(f'"{fonts.load(path).family}"' for path in fonts.chain(Face.FANGSONG))
    return (
        f'content:"{quoted}\u3000共" counter(pages) "页";font:{RUNNING_SIZE}pt/0 {families};white-space:pre;'
        f"vertical-align:top;padding-top:{base - SINK * RUNNING_SIZE / MM:.4f}mm;"
    )


def _page(page: Page, styles: _Styles) -> str:
    # a transformed box is painted after all others; where there is one, positioning keeps the reading order
    shown = [text for text in page.texts if text.line.pieces and text.group != NUMBER_GROUP]
    ordered = " o" if any(text.condense != 1 or text.turned for text in shown) else ""
    out = [f'<section class="{"n" if page.numbered else "q"}{ordered}">']
    left = page.frame.left
    out += [
        f'<u style="left:{rect.x - left:.4f}mm;top:{rect.y - TOP_MARGIN:.4f}mm;width:{rect.width:.4f}mm;'
        f'height:{rect.height:.4f}mm;background:{rect.colour}"></u>'
        for rect in page.rects
    ]
    y = TOP_MARGIN + AIR  # where the next block would begin
    for (tag, *_), group in groupby(shown, key=_block):
        texts = list(group)
        pitch = _pitch(texts)
        if pitch:
            top = texts[0].baseline - STRUT - pitch / 2
            out.append(_paragraph(tag, texts, pitch, top - y, styles))
            y = texts[-1].baseline - STRUT + pitch / 2
            continue
        back = min(
            min(_top(text) for text in texts) - y, 0.0
        )  # a block before it may reach below this baseline
        out.append(f'<{tag} class="{styles(f"margin-top:{back:.4f}mm")}">' if back else f"<{tag}>")
        y += back
        for text in texts:
            out.append(_line(text, _top(text) - y, styles))
            y = _top(text)
        out.append(f"</{tag}>")
    out.append("</section>")
    return "".join(out)


def _block(text: Text) -> tuple[str, int, int, int, bool]:
    """Tag, group and cell: lines of one are a paragraph. A cell is a paragraph too."""
    spot = text.spot
    return (
        "p" if spot else text.tag,
        text.group,
        spot.row if spot else -1,
        spot.column if spot else -1,
        text.turned,
    )


def _top(text: Text) -> float:
    """Top of a line that has no height, mm."""
    return text.baseline - max(STRUT, SINK * text.line.pieces[0].size / MM)


def _pitch(texts: list[Text]) -> float:
    """Line pitch (mm) of a group that can be one paragraph of even lines, else 0."""
    plain = all(
        text.colour == BLACK and text.condense == 1 and not text.turned and text.line.pieces[0].size < LARGEST
        for text in texts
    )
    turned = {text.line.x for text in texts[1:]}
    if not plain or len(turned) > 1:
        return 0.0
    steps = [b.baseline - a.baseline for a, b in pairwise(texts)]
    even = all(step > 0 and abs(step - steps[0]) < 1e-6 for step in steps)
    return (steps[0] if steps else SIZE / MM) if even else 0.0


def _paragraph(tag: str, texts: list[Text], pitch: float, down: float, styles: _Styles) -> str:
    """Even lines as one block: they end where we say (``white-space: pre``), not where the renderer would."""
    first, turned = texts[0].line.x, texts[-1].line.x
    style = f"line-height:{pitch:.4f}mm;{'padding' if down >= 0 else 'margin'}-top:{down:.4f}mm"
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
    if text.turned:
        turn = text.baseline - _top(text) + down
        style += f";transform:rotate(180deg);transform-origin:0 {turn:.4f}mm"
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
