"""Rows of an .xlsx ledger by the names of its columns, with what is wrong with a row as a sheet. No queries."""

import json
import re
import zipfile
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import IO, Any, Self

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.common.fields import tidy
from apps.common.sheets import restored
from apps.common.unpacking import open_book

from .words import bad_text

MOST = 2000
_MOST_COLUMNS = 60
_MOST_CELL = 10_000  # characters; the longest text of an item has 8000
# Characters of all cells: a text stored once may stand in every cell, so the size of the file does not tell.
_MOST_TEXT = 10_000_000
_HEADING = 100  # characters of a cell that may be a heading, white space and all
_HEAD_WITHIN = 10  # rows in which the headings are looked for: offices print a title above them
_TITLE = 31  # characters of a sheet's name, as every program has it
_LAST_ROW = 1_048_576  # of any sheet; rows may lie far apart
_PLAIN = (str, int, float, date, time, type(None))  # what a cell holds that is no formula
# Field → the headings it goes by, white space left out.
FIELDS: dict[str, tuple[str, ...]] = {
    "seq": ("序号",),
    "label": ("纪要编号", "编号", "来源", "会议纪要", "文号"),
    "text": ("议定事项", "事项", "督办事项", "事项内容"),
    "leads": ("牵头", "牵头单位", "责任单位"),
    "supports": ("配合", "配合单位"),
    "holders": ("责任人",),
    "due": ("时限", "完成时限", "办结时限"),
    "moved": ("延期后时限", "延期后", "延期至"),
    "said": ("进展", "进展情况", "最近进展"),
    "problem": ("问题", "存在问题"),
    "next_step": ("下一步", "下一步措施", "下一步打算"),
    "state": ("状态",),
    "lamp": ("灯",),
    "updated": ("最近更新", "更新日期"),
    "closed": ("办结日", "办结日期"),
    "assessment": ("自评",),
    "on": ("进展日期",),
    "opened": ("交办日期",),
    "ref": ("事项编号",),
    "mark": ("导出标记",),
}
# Told to people and of no use here: a formula there spoils nothing.
_AS_IT_IS = frozenset({"holders", "lamp"})
_BY_HEADING = {heading: name for name, headings in FIELDS.items() for heading in headings}
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref="[A-Z]+(\d+):[A-Z]+(\d+)"')


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number in the sheet, text and dates by field (a missing column is None), troubles in Chinese."""

    number: int
    cells: dict[str, Any]
    troubles: tuple[str, ...] = ()

    def text(self, name: str) -> str:
        """A cell as text; nothing is an empty string."""
        value = self.cells.get(name)
        return f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value or "")


@dataclass(frozen=True, slots=True)
class Book:
    """What a file holds: the rows of its first sheet, that sheet's name, and the names of others that are not empty."""

    lines: tuple[Line, ...]
    sheet: str
    unread: tuple[str, ...] = ()

    def kept(self) -> bytes:
        """What is kept with the upload, so that nobody reads the file again. Packed: no database minds its characters."""
        text = json.dumps(asdict(self), default=lambda day: {"day": day.isoformat()})
        return zlib.compress(text.encode(), 1)

    @classmethod
    def of_kept(cls, kept: bytes) -> Self:
        """The book that `kept` was made of."""
        found = json.loads(zlib.decompress(kept), object_hook=_day_or_dict)
        lines = (Line(row["number"], row["cells"], tuple(row["troubles"])) for row in found["lines"])
        return cls(tuple(lines), found["sheet"], tuple(found["unread"]))


def _day_or_dict(found: dict[str, Any]) -> Any:
    return date.fromisoformat(found["day"]) if set(found) == {"day"} else found


def read(handle: IO[bytes]) -> Book:
    """The ledger in a file that `files.check` let in. Raises ValidationError: no ledger, too long, too large."""
    try:
        book = open_book(handle)
        sheet: Any = book.worksheets[0]
        rows = list(islice(_filled(sheet), MOST + _HEAD_WITHIN + 1))
        unread = tuple(str(other.title)[:_TITLE] for other in book.worksheets[1:] if any(_filled(other)))
        merged = _merged_rows(handle, sheet._worksheet_path, [number for number, _row in rows])
    except ValidationError:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers raise
        raise ValidationError(_("表格读不出来，请重新保存为 XLSX 后上传。")) from error
    head, columns = _headings(rows)
    lines = tuple(_lines([row for row in rows if row[0] > head], columns, merged))
    if not lines:
        raise ValidationError(_("表格里没有事项。"))
    if len(lines) > MOST:
        raise ValidationError(_("一次最多导入%(most)s行，请分几次。"), params={"most": MOST})
    return Book(lines, str(sheet.title)[:_TITLE], unread)


def _filled(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """(number, cells) of the rows that hold something, however many empty ones lie between.

    By openpyxl's parser and not by `iter_rows`, which makes up each row that the file leaves out: a million for one
    empty row at the end. A formula is its text: openpyxl would work out a shared one anew for each cell.
    """
    from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

    book, last = sheet.parent, 0
    with sheet._get_source() as source:
        parser: Any = WorkSheetParser(
            source, sheet._shared_strings, epoch=book.epoch, date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )  # fmt: skip
        parser.parse_formula = lambda cell: f"={(cell.findtext(FORMULA_TAG) or '')[:_HEADING]}"
        for number, cells in parser.parse():
            if number > _LAST_ROW:
                return
            if number <= last:
                raise ValueError(f"row {number} after {last}")
            last = number
            row = sheet._get_row(cells, 1, _MOST_COLUMNS, values_only=True)
            if any(cell not in (None, "") for cell in row):
                yield number, row


def _headings(rows: Iterable[tuple[int, tuple[Any, ...]]]) -> tuple[int, dict[int, str]]:
    """(number of the row of headings, column → field). Raises ValidationError."""
    for number, row in rows:
        if number > _HEAD_WITHIN:
            break
        words = [re.sub(r"\s+", "", str(cell or "")[:_HEADING]) for cell in row]
        found = [(place, _BY_HEADING[word]) for place, word in enumerate(words) if word in _BY_HEADING]
        names = [name for _place, name in found]
        if len(found) >= 3 and ("text" in names or "ref" in names):
            if twice := {name for name in names if names.count(name) > 1}:
                several = "、".join(sorted(FIELDS[name][0] for name in twice))
                raise ValidationError(_("有几列都像“%(name)s”，请只留一列。"), params={"name": several})
            return number, dict(found)
    raise ValidationError(_("没有找到表头，应当有“议定事项”“牵头”“时限”“进展”等列，可先导出台账作样子。"))


def _lines(
    rows: Iterable[tuple[int, tuple[Any, ...]]], columns: dict[int, str], merged: set[int]
) -> Iterator[Line]:
    """The rows below the headings. Raises ValidationError where they hold too much."""
    held = 0
    for number, row in rows:
        line = _line(number, row, columns, merged)
        held += sum(len(value) for value in line.cells.values() if isinstance(value, str))
        if held > _MOST_TEXT:
            raise ValidationError(_("表格过大，请分几次导入。"))
        yield line


def _line(number: int, row: tuple[Any, ...], columns: dict[int, str], merged: set[int]) -> Line:
    cells: dict[str, Any] = {}
    troubles = [_("含有合并的单元格，请取消合并后再导入。")] if number in merged else []
    for place, name in columns.items():
        value = row[place] if place < len(row) else None
        cells[name], wrong = _cell(value, FIELDS[name][0])
        troubles += wrong if name not in _AS_IT_IS else []
    return Line(number, cells, tuple(troubles))


def _cell(value: Any, heading: str) -> tuple[Any, list[str]]:
    """(text, date or "", what is wrong with it). A text that no database can hold, or nobody read, is not kept."""
    if not isinstance(value, _PLAIN) or (isinstance(value, str) and value.startswith("=")):
        return _value(value), [_("“%(name)s”是公式，请改成文字。") % {"name": heading}]
    if isinstance(value, str) and len(value) > _MOST_CELL:
        given = {"label": heading, "most": _MOST_CELL, "now": len(value)}
        return "", [_("“%(label)s”过长：一格最多%(most)s字，现有%(now)s字。") % given]
    found = _value(value)
    why = bad_text(heading, found, _MOST_CELL) if isinstance(found, str) else []
    return ("" if why else found), why


def _value(value: Any) -> Any:
    """Text as the portal keeps it, a date, or an empty string."""
    if isinstance(value, datetime):
        return value.date()
    if value is None or not isinstance(value, _PLAIN):
        return ""
    if isinstance(value, date):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return tidy(str(restored(value))).strip()


def _merged_rows(handle: IO[bytes], path: str, numbers: Sequence[int]) -> set[int]:
    """Which of these rows (ascending) a merged cell covers; the reader that saves memory does not tell."""
    handle.seek(0)
    with zipfile.ZipFile(handle) as archive:
        content = archive.read(path.lstrip("/"))
    found: set[int] = set()
    done = 0
    for first, last in sorted((int(first), int(last)) for first, last in _MERGED.findall(content)):
        start, done = max(first, done + 1), max(last, done)
        found.update(numbers[bisect_left(numbers, start) : bisect_right(numbers, done)])
    return found
