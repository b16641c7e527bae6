"""A simple table of the record: one line a row, tabs between the cells."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

COLUMNS, ROWS = 8, 40  # what one page of paper can hold


def cells_of(text: str) -> list[list[str]]:
    """Rows of equally many cells; empty rows and columns at the end are left out."""
    rows = [[cell.strip() for cell in line.split("\t")] for line in text.split("\n")]
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((place for row in rows for place, cell in enumerate(row, 1) if cell), default=0)
    return [row[:width] + [""] * (width - len(row)) for row in rows]


def check_grid(text: str) -> None:
    """Raise ValidationError when the table is too large for the record."""
    rows = cells_of(text)
    if len(rows) > ROWS or (rows and len(rows[0]) > COLUMNS):
        raise ValidationError({"text": _("表格最多8列、40行，请分成几个表格。")})
