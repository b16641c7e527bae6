"""The overview's tables of lines as the page prints them: ready texts for {% rows %}, "" where there is nothing to say."""

from collections.abc import Iterable
from typing import Any

from .charts import Bar
from .overview import GLYPHS, LABELS, Cell

_NOTE = 46  # characters of a clause beside its name


def table(bars: Iterable[Bar]) -> list[dict[str, Any]]:
    """A row a line: its name, its bar, a cell a lamp and the sum, each number with a link to its rows."""
    words = {name: f"{GLYPHS[name]}{label}" for name, label in LABELS.items()}
    return [_row(bar, words) for bar in bars]


def _row(bar: Bar, words: dict[str, str]) -> dict[str, Any]:
    line = bar.line
    note = line.note if len(line.note) <= _NOTE else f"{line.note[: _NOTE - 1]}…"
    cells = [_cell(cell, words[cell.name], is_zero=not cell.value) for cell in line.cells]
    return {
        "label": line.label, "note": note, "about": " ".join([line.label, *(str(box.value) for box in bar.boxes)]),
        "boxes": [{"name": box.name, "x": box.x, "width": box.width} for box in bar.boxes],
        "cells": [*cells, _cell(line.total, "合计", is_zero=False)],
    }  # fmt: skip


def _cell(cell: Cell, words: str, *, is_zero: bool) -> dict[str, Any]:
    return {"words": words, "value": cell.value, "url": cell.url if cell.value else "", "is_zero": is_zero}
