"""Spreadsheets out: what people typed must stay text when the sheet is opened, and come back as it was.

The sheet is written by us, a row at a time: the object model of a library costs three times the writing itself.
"""

import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain, islice
from typing import IO, Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Characters no XML can hold, and the escapes Excel would read as characters (_x0041_ is an A).
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x005F_(?=x[0-9A-Fa-f]{4}_)")
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")
_LOOKED_AT = 200  # rows whose words decide how wide a column is
KEPT_IN_MEMORY = 2 * 1024 * 1024
_BOLD, _DAY, _MOMENT = 1, 2, 3
_FIRST_DAY = date(1899, 12, 30)


def neutral(value: Any) -> Any:
    """A value that no program takes for a formula: text that looks like one gets an apostrophe in front."""
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    if not isinstance(value, str):
        return value
    text = _ILLEGAL.sub("", value)[:32000]
    return f"'{text}" if text.lstrip("'").startswith(_ACTIVE) else text


def restored(value: Any) -> Any:
    """What `neutral` was given, from a cell that was read back. Other values come back unchanged."""
    if not isinstance(value, str):
        return value
    text = _ESCAPED.sub("_", value)
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_ACTIVE) else text


def workbook(
    headings: Sequence[Any], rows: Iterable[Sequence[Any]], *, title: str, hidden: Sequence[int] = ()
) -> bytes:
    """An .xlsx file with one sheet: bold headings that stay in view, a row for each of `rows`.

    `hidden` names columns, the first is 0, that are there but not shown.
    """
    out = io.BytesIO()
    write(out, headings, rows, title=title, hidden=hidden)
    return out.getvalue()


def write(
    out: IO[bytes],
    headings: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    *,
    title: str,
    hidden: Sequence[int] = (),
) -> None:
    """The same into a file; `rows` are taken one by one, so memory does not grow with them."""
    coming = iter(rows)
    first = list(islice(coming, _LOOKED_AT))
    heads = [str(heading) for heading in headings]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=2) as archive:
        for name, text in _FRAME.items():
            archive.writestr(name, text.replace("{title}", _xml(title[:31])))
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write((_SHEET_START + _columns(heads, first, hidden) + "<sheetData>").encode())
            for piece in _pieces(chain([heads], first, coming), len(heads)):
                sheet.write(piece.encode())
            sheet.write(b"</sheetData></worksheet>")


def _pieces(rows: Iterable[Sequence[Any]], width: int) -> Iterator[str]:
    """Rows as XML, some hundred at a time."""
    letters = [_letters(number) for number in range(width)]
    numbered = enumerate(rows, start=1)
    while block := list(islice(numbered, 256)):
        yield "".join(
            f'<row r="{n}">'
            + "".join([_cell(value, letter, n) for value, letter in zip(row, letters, strict=False)])
            + "</row>"
            for n, row in block
        )


def _cell(value: Any, letter: str, n: int) -> str:
    """One cell. The first row is the headings'."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return f'<c r="{letter}{n}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{letter}{n}"><v>{value}</v></c>'
    if isinstance(value, datetime):
        moment = neutral(value)
        days = (moment.date() - _FIRST_DAY).days
        seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
        return f'<c r="{letter}{n}" s="{_MOMENT}"><v>{days + seconds / 86400:.10f}</v></c>'
    if isinstance(value, date):
        return f'<c r="{letter}{n}" s="{_DAY}"><v>{(value - _FIRST_DAY).days}</v></c>'
    style = f' s="{_BOLD}"' if n == 1 else ""
    text = _xml(neutral(str(value)))
    return f'<c r="{letter}{n}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _xml(text: str) -> str:
    if "_x" in text:
        text = _ESCAPE.sub("_x005F_", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text.replace("\r", "&#13;") if "\r" in text else text


def _letters(number: int) -> str:
    """Column 0 is A, 26 is AA."""
    head, last = divmod(number, 26)
    return (_letters(head - 1) if head else "") + chr(65 + last)


def _columns(heads: list[str], rows: list[Sequence[Any]], hidden: Sequence[int]) -> str:
    """How wide each column is, by its longest words: 8 to 60 figures."""
    found = []
    for number, head in enumerate(heads):
        longest = max([len(head), *(len(str(row[number] or "")) for row in rows if number < len(row))])
        width = min(60.0, max(8.0, longest * 1.8))
        away = ' hidden="1"' if number in hidden else ""
        found.append(
            f'<col min="{number + 1}" max="{number + 1}" width="{width:.1f}" customWidth="1" style="0"{away}/>'
        )
    return f"<cols>{''.join(found)}</cols>"


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
    hidden: Sequence[int] = (),
) -> HttpResponseBase:
    """A sheet of any length as a download: a long one goes through a file and is handed out in pieces."""
    out = tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - closed here or by the answer
    write(out, headings, rows, title=title, hidden=hidden)  # type: ignore[arg-type]
    size = out.tell()
    out.seek(0)
    if size <= KEPT_IN_MEMORY:
        with out:
            return answer_xlsx(out.read(), name)
    response = FileResponse(out, as_attachment=True, filename=name, content_type=XLSX)
    response["X-Content-Type-Options"] = "nosniff"
    return response


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PART = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TOP = '<alignment vertical="top" wrapText="1"/>'
_XF = '<xf numFmtId="{fmt}" fontId="{font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyAlignment="1">'
_FRAME = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_PART}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_PART}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_PART}.styles+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="{title}" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="宋体"/></font><font><b/><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4">'
    + "".join(
        _XF.format(fmt=fmt, font=font) + _TOP + "</xf>" for fmt, font in ((0, 0), (0, 1), (164, 0), (165, 0))
    )
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_SHEET_START = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<sheetFormatPr defaultRowHeight="15"/>'
)
