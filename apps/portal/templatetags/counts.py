"""Rows of the overview's tables and their bars: five hundred cells of one form, written at once instead of node by node.

Pure output, as in `components`: no query, no permission question.
"""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.portal.charts import Bar
from apps.portal.overview import Cell

register = template.Library()
_NOTE = 46  # characters of a clause beside its name


@register.simple_tag
def count_bar(bar: Bar, words: str) -> SafeString:
    """A stacked bar of one line; `words` say what it is a bar of."""
    boxes = format_html_join(
        "",
        '<rect class="box-{}" x="{}" y="0.5" width="{}" height="15"></rect>',
        ((box.name, box.x, box.width) for box in bar.boxes),
    )
    return format_html(
        '<svg class="chart-bar" viewBox="0 0 240 16" width="240" height="16" role="img" '
        'aria-label="{}{}" preserveAspectRatio="none">{}</svg>',
        words,
        "".join(f" {box.value}" for box in bar.boxes),
        boxes,
    )


@register.simple_tag
def count_row(bar: Bar) -> SafeString:
    """A line of a table: its name, its bar, a cell a lamp and the sum, each number with a link to its rows."""
    line = bar.line
    short = line.note if len(line.note) <= _NOTE else f"{line.note[: _NOTE - 1]}…"
    return format_html(
        '<tr><th scope="row" class="card-title">{}{}</th><td class="bar-cell">{}</td>{}{}</tr>',
        line.label,
        format_html('<span class="cell-note">{}</span>', short) if short else "",
        count_bar(bar, line.label),
        format_html_join("", "{}", ((_cell(cell, cell.words, cell.value),) for cell in line.cells)),
        _cell(line.total, "合计", 1),
    )


def _cell(cell: Cell, words: str, shown: int) -> SafeString:
    linked = (
        format_html('<a href="{}">{}</a>', cell.url, cell.value) if cell.value and cell.url else cell.value
    )
    return format_html('<td class="num{}" data-label="{}">{}</td>', "" if shown else " zero", words, linked)
