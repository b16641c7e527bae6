"""Spreadsheets out: what people typed must stay text when the sheet is opened, and come back as it was.

XlsxWriter writes them a row at a time, openpyxl reads those that come back.
"""

import re
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import chain, islice
from typing import IO, Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header

from . import audit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Characters no XML can hold, and the escapes of sheets (_x000D_ is a carriage return), which openpyxl leaves as they are.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")
_FIRST = frozenset("'=+-@\t\r")  # what text begins with that may need an apostrophe
_LONGEST = 32_000
_LOOKED_AT = 200  # rows whose words decide how wide a column is
_FILTER = 300
KEPT_IN_MEMORY = 2 * 1024 * 1024
_DAY, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
# No cell is taken for anything but what it is; rows are on the disk once they are written.
_OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False,
}  # fmt: skip


def neutral(value: Any) -> Any:
    """A value that no program takes for a formula: text that looks like one gets an apostrophe in front."""
    if not isinstance(value, str):
        aware = isinstance(value, datetime) and timezone.is_aware(value)
        return timezone.localtime(value).replace(tzinfo=None) if aware else value
    # Nine cells of ten: nothing that cannot be seen, and no beginning that matters.
    if value.isprintable() and len(value) <= _LONGEST and value[:1] not in _FIRST:
        return value
    text = _ILLEGAL.sub("", value)[:_LONGEST]
    return f"'{text}" if text.lstrip("'").startswith(_ACTIVE) else text


def restored(value: Any) -> Any:
    """What `neutral` was given, from a cell that was read back. Other values come back unchanged."""
    if not isinstance(value, str):
        return value
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_ACTIVE) else text


def write(
    out: IO[bytes],
    headings: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    *,
    title: str,
    hidden: Sequence[int] = (),
) -> int:
    """Write an .xlsx file with one sheet: bold headings that stay in view, a row for each of `rows`. Returns how many.

    `hidden` names columns, the first is 0, that are there but not shown. `rows` are taken one by one, so memory does
    not grow with them.
    """
    from xlsxwriter import Workbook  # what few requests need is imported when it is needed

    from .sheet_cells import PlainCells

    coming = iter(rows)
    first = list(islice(coming, _LOOKED_AT))
    heads = [str(heading) for heading in headings]
    with Workbook(out, _OPTIONS) as book:
        look = {"valign": "top", "text_wrap": True, "font_name": "宋体"}
        plain, bold = book.add_format(look), book.add_format({**look, "bold": True})
        day, moment = (book.add_format({**look, "num_format": form}) for form in (_DAY, _MOMENT))
        sheet = book.add_worksheet(title[:31], PlainCells)
        sheet.freeze_panes(1, 0)
        for number, width in enumerate(_widths(heads, first)):
            sheet.set_column(number, number, width, plain, {"hidden": number in hidden})
        sheet.write_row(0, 0, heads, bold)
        write_string, write_datetime = sheet.write_string, sheet.write_datetime
        number = 0
        for number, row in enumerate(chain(first, coming), start=1):
            for column, value in enumerate(row):
                if value is None or value == "":
                    continue
                kept = neutral(value)
                if isinstance(kept, str):
                    if kept:  # a text of nothing but what no sheet can hold
                        write_string(number, column, kept, plain)
                elif isinstance(kept, date):
                    form = moment if isinstance(kept, datetime) else day
                    write_datetime(number, column, kept, form)
                else:
                    sheet.write(number, column, kept if isinstance(kept, int | float) else str(kept), plain)
    return number


def _widths(heads: list[str], rows: list[Sequence[Any]]) -> list[float]:
    """How wide each column is, by its longest words: 8 to 60 figures."""
    longest = [
        max([len(head), *(len(str(row[number] or "")) for row in rows if number < len(row))])
        for number, head in enumerate(heads)
    ]
    return [min(60.0, max(8.0, length * 1.8)) for length in longest]


def answer_xlsx(content: bytes, name: str) -> HttpResponse:
    """The file as a download."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def answer_rows(
    headings: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    *,
    title: str,
    name: str,
    by: Any,
    said: str,
    hidden: Sequence[int] = (),
) -> HttpResponseBase:
    """A sheet of any length as a download: a long one goes through a file and is handed out in pieces.

    That `by` took the rows out, by which filter (`said`, in words) and how many, is a line of the journal.
    """
    out = tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - closed here or by the answer
    count = write(out, headings, rows, title=title, hidden=hidden)  # type: ignore[arg-type]
    audit.record(
        by=by, verb="export", label=f"导出{title}", detail={"filter": said[:_FILTER], "count": count}
    )
    size = out.tell()
    out.seek(0)
    if size <= KEPT_IN_MEMORY:
        with out:
            return answer_xlsx(out.read(), name)
    response = FileResponse(out, as_attachment=True, filename=name, content_type=XLSX)
    response["X-Content-Type-Options"] = "nosniff"
    return response
