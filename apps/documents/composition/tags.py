"""The tag tree: paragraphs, headings and tables in reading order, over page breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .geometry import Spot
from .objects import File, Name, Ref


@dataclass
class Element:
    """A structure element; ``kids`` are elements or (page index, marked content number)."""

    tag: str
    kids: list[Any] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)

    def holds(self, page: int, marked: int) -> None:
        self.kids.append((page, marked))


class Tree:
    """Makes each element once: lines of one paragraph find it again, on another page too."""

    def __init__(self) -> None:
        self.root = Element("Document")
        self.known: dict[Any, Element] = {}

    def paragraph(self, tag: str, group: int) -> Element:
        return self._once((tag, group), self.root, lambda: Element(tag))

    def cell(self, spot: Spot) -> Element:
        table = self._once(("Table", spot.table), self.root, lambda: Element("Table"))
        row = self._once((spot.table, spot.row), table, lambda: Element("TR"))
        return self._once((spot.table, spot.row, spot.column), row, lambda: _cell(spot))

    def _once(self, key: Any, parent: Element, make: Callable[[], Element]) -> Element:
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = make()
            parent.kids.append(found)
        return found

    def write(self, file: File, ref: Ref, pages: Sequence[Ref]) -> None:
        """Write the tree with its way back from the pages' marked content to the elements."""
        parents: list[list[Ref]] = [[] for _ in pages]
        root = self._element(file, self.root, ref, pages, parents)
        back = [item for index, refs in enumerate(parents) for item in (index, file.add(refs))]
        file.add({"Type": Name("StructTreeRoot"), "K": [root], "ParentTree": {"Nums": back}}, ref)

    def _element(
        self, file: File, element: Element, parent: Ref, pages: Sequence[Ref], parents: list[list[Ref]]
    ) -> Ref:
        ref = file.reserve()
        kids: list[Any] = []
        places = [kid for kid in element.kids if isinstance(kid, tuple)]
        for kid in element.kids:
            if isinstance(kid, Element):
                kids.append(self._element(file, kid, ref, pages, parents))
                continue
            page, marked = kid
            parents[page].append(ref)  # marked content is numbered in the order it is drawn
            if page == places[0][0]:
                kids.append(marked)
            else:
                kids.append({"Type": Name("MCR"), "Pg": pages[page], "MCID": marked})
        entries: dict[str, Any] = {"S": Name(element.tag), "P": parent, "K": kids}
        if places:
            entries["Pg"] = pages[places[0][0]]
        if element.attributes:
            entries["A"] = {"O": Name("Table")} | element.attributes
        return file.add(entries, ref)


def _cell(spot: Spot) -> Element:
    attributes: dict[str, Any] = {"ColSpan": spot.span} if spot.span > 1 else {}
    if spot.head:
        attributes["Scope"] = Name("Row" if spot.row else "Column")
    return Element("TH" if spot.head else "TD", attributes=attributes)
