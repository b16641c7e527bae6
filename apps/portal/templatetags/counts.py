"""Rows of the overview's tables and their bars: five hundred cells of one form, written at once instead of node by node.

Pure output, as in `components`: no query, no permission question.
"""

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.portal.charts import Bar
from apps.portal.overview import Cell

register = template.Library()
_NOTE = 46  # characters of a clause beside its name


@register.simple_tag
def count_bar(bar: Bar, words: str) -> SafeString:
    """A stacked bar of one line; `words` say what it is a bar of."""
    said = "".join(f" {box.value}" for box in bar.boxes)
    boxes = "".join(
        f'<rect class="box-{escape(box.name)}" x="{box.x}" y="0.5" width="{box.width}" height="15"></rect>'
        for box in bar.boxes
    )
    return mark_safe(  # noqa: S308 - every text in it is escaped, the rest are numbers and codes
        f'<svg class="chart-bar" viewBox="0 0 240 16" width="240" height="16" role="img" '
        f'aria-label="{escape(words)}{said}" preserveAspectRatio="none">{boxes}</svg>'
    )


@register.simple_tag
def count_row(bar: Bar) -> SafeString:
    """A line of a table: its name, its bar, a cell a lamp and the sum, each number with a link to its rows."""
    line = bar.line
    short = line.note if len(line.note) <= _NOTE else f"{line.note[: _NOTE - 1]}…"
    note = f'<span class="cell-note">{escape(short)}</span>' if short else ""
    cells = "".join(_cell(cell, cell.words, cell.value) for cell in line.cells)
    return mark_safe(  # noqa: S308 - every text in it is escaped, the rest are numbers and codes
        f'<tr><th scope="row" class="card-title">{escape(line.label)}{note}</th>'
        f'<td class="bar-cell">{count_bar(bar, line.label)}</td>{cells}{_cell(line.total, "合计", 1)}</tr>'
    )


def _cell(cell: Cell, words: str, shown: int) -> str:
    number = f'<a href="{escape(cell.url)}">{cell.value}</a>' if cell.value and cell.url else str(cell.value)
    return f'<td class="num{"" if shown else " zero"}" data-label="{escape(words)}">{number}</td>'
