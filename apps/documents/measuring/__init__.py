"""A finished PDF measured against GB/T 9704: from its text layer and its ink, never from our own data.

`measure(pdf)` gives rows ``{row, required, measured, ok}``, numbered as in docs/papers.md; the kind of paper
is seen from the PDF unless it is said. `manage.py measure_paper FILE.pdf` prints them.
"""

from __future__ import annotations

from typing import Any

from . import everywhere, official, plain
from .reading import RED, Measured, NotReadable

KINDS = ("official", "minutes", "letter", "sheet", "plates")
__all__ = ["KINDS", "Measured", "NotReadable", "detect", "measure", "measured"]


def detect(pdf: Measured) -> str:
    """The kind a PDF looks like: upside-down text, the red mark and its rules tell."""
    if any(char.turned for line in pdf.lines for char in line.chars):
        return "plates"
    mark = next((line for line in pdf.lines if line.page == 1 and line.colour == RED), None)
    rules = [rule for rule in pdf.rects if rule.page == 1 and rule.colour == RED]
    if len(rules) > 1:
        return "letter"
    if mark is None and not rules:
        return "sheet"
    return "minutes" if mark and mark.text.endswith("纪要") else "official"


def measure(data: bytes, kind: str | None = None) -> list[dict[str, Any]]:
    """All rows that a paper of this kind shows. Raises `NotReadable` for what is no PDF."""
    return measured(data, kind)[1]


def measured(data: bytes, kind: str | None = None) -> tuple[str, list[dict[str, Any]]]:
    """The kind of a paper and its rows."""
    pdf = Measured(data)
    kind = kind or detect(pdf)
    _plates(pdf) if kind == "plates" else _paper(pdf, kind)
    return kind, pdf.rows


def _plates(pdf: Measured) -> None:
    plain.plates(pdf)
    everywhere.text(pdf, red=False)


def _paper(pdf: Measured, kind: str) -> None:
    everywhere.sheet(pdf, 60.0 if kind == "letter" else None)
    everywhere.grid(pdf)
    if kind == "sheet":
        plain.sheet_head(pdf)
        official.signature(pdf, required=False)
    else:
        official.letter(pdf) if kind == "letter" else official.head(pdf)
        official.parts(pdf, kind)
    if kind != "letter":
        official.imprint(pdf)
    plain.tables(pdf)
    everywhere.numbers(pdf, first=2 if kind == "letter" else 1)
    everywhere.text(pdf, red=kind != "sheet")
