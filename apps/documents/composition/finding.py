"""Where passages stand on the pages of a PDF: the lines to be tinted on their pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from .geometry import BOTTOM, PAGE_WIDTH
from .preview import pdfium_lock

PdfiumError = pypdfium2.PdfiumError

ACROSS = 1240  # the units a box is told in: an upright A4 page is 1240 wide and 1754 high
_AIR = 3  # units of tint around the characters
_FOOT = (
    BOTTOM * ACROSS / PAGE_WIDTH
)  # page numbers stand below: they would come between two halves of a passage


class Box(NamedTuple):
    """A stretch of one line, in units of the page; (0, 0) is the page's top left corner."""

    x: int
    y: int
    width: int
    height: int


class _Char(NamedTuple):
    """A character that can be seen: which page it is on, and its box in the page's units (y grows downwards)."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


def find_passages(pdf: bytes, passages: Sequence[str]) -> list[list[Box]]:
    """For each page the lines of the passages found on it, white space not counted. One that is not found has none.

    A passage that stands more than once is marked at its first place only. Raises PdfiumError.
    """
    with pdfium_lock:
        document = pypdfium2.PdfDocument(pdf)
        try:
            found: list[list[Box]] = [[] for _ in range(len(document))]
            letters, places = _read(document)
        finally:
            document.close()
    for passage in passages:
        wanted = "".join(passage.split())
        start = letters.find(wanted) if wanted else -1
        if start >= 0:
            for page, box in _lines(places[start : start + len(wanted)]):
                found[page].append(box)
    return found


def _read(document: pypdfium2.PdfDocument) -> tuple[str, list[_Char]]:
    """Every visible character of the document in reading order, and where it stands; both equally long."""
    letters, places = [], []
    for number in range(len(document)):
        page = document[number]
        width, height = page.get_size()
        text, scale = page.get_textpage(), ACROSS / width
        for index in range(text.count_chars()):
            letter = chr(pdfium.FPDFText_GetUnicode(text.raw, index))
            if letter.isspace() or not letter.isprintable():
                continue
            left, bottom, right, top = (side * scale for side in text.get_charbox(index, loose=True))
            place = _Char(number, left, height * scale - top, right, height * scale - bottom)
            if (place.top + place.bottom) / 2 < _FOOT:
                letters.append(letter)
                places.append(place)
    return "".join(letters), places


def _lines(places: Sequence[_Char]) -> Iterator[tuple[int, Box]]:
    """The boxes of a run of characters, a box a line: a character that begins further left begins a new one."""
    row: list[_Char] = []
    for place in places:
        if row and (place.page != row[-1].page or place.left < row[-1].left):
            yield row[0].page, _around(row)
            row = []
        row.append(place)
    if row:
        yield row[0].page, _around(row)


def _around(row: Sequence[_Char]) -> Box:
    left, top = min(char.left for char in row), min(char.top for char in row)
    right, bottom = max(char.right for char in row), max(char.bottom for char in row)
    x, y = round(left) - _AIR, round(top) - _AIR
    return Box(x, y, round(right) + _AIR - x, round(bottom) + _AIR - y)
