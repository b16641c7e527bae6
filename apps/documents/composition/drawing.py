"""What is drawn: a content stream a page, every line at its baseline, and the tags that say how it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from . import fonts
from .embedding import Typeface
from .geometry import BLACK, RED, Page, Rect, Text
from .lines import MM
from .objects import File, Name, Ref, number
from .tags import Element, Tree

_PAINT = {BLACK: "0 0 0 rg", RED: "1 0 0 rg"}
ORNAMENT = "/Artifact BMC"


class Drawing:
    """Pages with their fonts and tags, ready to be written into a file."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self.pages = pages
        used: dict[str, set[str]] = {}
        for page in pages:
            for text in page.texts:
                for piece in text.line.pieces:
                    used.setdefault(piece.family, set()).update(piece.text)
        known = {font.family: font for font in map(fonts.load, fonts.files())}
        self.faces = {
            family: Typeface(f"F{index}", known[family], "".join(sorted(used[family])))
            for index, family in enumerate(sorted(used), 1)
        }
        self.tree = Tree()

    def write(self, file: File, tree: Ref) -> Ref:
        """Put pages, fonts and tags into ``file``; returns the page tree. ``tree``: reserved for the tags."""
        node = file.reserve()
        resources = file.add({"Font": {face.label: face.write(file) for face in self.faces.values()}})
        refs = []
        for index, page in enumerate(self.pages):
            content = file.stream("\n".join(self._content(page, index)).encode())
            size = [page.frame.page_width * MM, page.frame.page_height * MM]
            refs.append(file.add({
                "Type": Name("Page"), "Parent": node, "MediaBox": [0, 0, *size], "Resources": resources,
                "Contents": content, "StructParents": index, "Tabs": Name("S"),
            }))  # fmt: skip
        file.add({"Type": Name("Pages"), "Kids": refs, "Count": len(refs)}, node)
        self.tree.write(file, tree, refs)
        return node

    def _content(self, page: Page, index: int) -> Iterator[str]:
        if page.rects:
            yield ORNAMENT
            yield from _rules(page)
            yield "EMC"
        marked = 0
        for element, texts in groupby(page.texts, key=self._element):
            drawn = [text for text in texts if text.line.pieces]
            if not drawn:
                continue
            if element is None:
                yield ORNAMENT
            else:
                yield f"/{element.tag} <</MCID {marked}>> BDC"
                element.holds(index, marked)
                marked += 1
            yield from self._lines(page, drawn)
            yield "EMC"

    def _element(self, text: Text) -> Element | None:
        if text.ornament:
            return None
        if text.spot:
            return self.tree.cell(text.spot)
        return self.tree.paragraph(text.tag.upper(), text.group)

    def _lines(self, page: Page, texts: list[Text]) -> Iterator[str]:
        frame = page.frame
        yield "BT"
        state: Any = None
        for text in texts:
            if text.colour != state:
                yield _PAINT[text.colour]
                state = text.colour
            x = frame.left * MM + text.line.x
            y = (frame.page_height - text.baseline) * MM
            matrix = "-1 0 0 -1" if text.turned else f"{number(text.condense)} 0 0 1"
            yield f"{matrix} {number(x)} {number(y)} Tm"
            move = ""  # each piece is sent to its place: readers differ on the spacing after a string's last character
            for piece in text.line.pieces:
                face = self.faces[piece.family]
                shown = face.shown(piece.text)
                yield f"{move}/{face.label} {number(piece.size)} Tf {number(piece.spacing)} Tc {shown}"
                move = (
                    f"{number(face.width(piece.text) * piece.size + len(piece.text) * piece.spacing)} 0 Td "
                )
        yield "ET"


def _rules(page: Page) -> Iterator[str]:
    def paint(rect: Rect) -> str:
        return _PAINT[rect.colour]

    for colour, rects in groupby(page.rects, key=paint):
        yield colour
        for rect in rects:
            y = page.frame.page_height - rect.y - rect.height
            edges = (rect.x, y, rect.width, rect.height)
            yield " ".join(number(edge * MM) for edge in edges) + " re"
        yield "f"
