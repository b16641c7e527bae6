"""How much work a sheet is, found out before anything reads it: a small file can hold hours of it. No queries."""

import zipfile
from copy import copy
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# A ledger of 2000 long rows is some 5 MB of XML.
MOST_ENTRY = 20 * 1024 * 1024  # bytes of one file inside
MOST_ALL = 40 * 1024 * 1024
# Time and memory go by elements, not by bytes. 2000 rows of 30 texts, each stored apart, have some 480 000 tags.
MOST_TAGS = 600_000
MOST_SHEETS = 10
_PIECE = 64 * 1024


def check_size(handle: IO[bytes]) -> None:
    """Refuse a sheet that unpacks to too much, by what it declares and by what it holds in truth.

    Raises ValidationError, and whatever damage makes `zipfile` raise.
    """
    with zipfile.ZipFile(handle) as archive:
        entries = archive.infolist()
        _refuse_large([entry.file_size for entry in entries])
        held = [_held(archive, entry) for entry in entries]
    _refuse_large([size for size, _tags in held])
    if sum(tags for _size, tags in held) > MOST_TAGS:
        raise _too_large()
    handle.seek(0)


def open_book(handle: IO[bytes], *, data_only: bool = False) -> Any:
    """The workbook in a file, to be read a row at a time; `data_only` gives the results of formulas in their place.

    Raises ValidationError where it is too large or has too many sheets, and whatever openpyxl raises.
    """
    from openpyxl.reader.excel import ExcelReader  # large, for what few requests need

    class Reader(ExcelReader):  # type: ignore[misc]
        def read_worksheets(self) -> None:
            """Each sheet is opened here, and many may be one and the same part of the file: count them first."""
            if len(self.parser.sheets) > MOST_SHEETS:
                raise ValidationError(
                    _("工作表太多：最多%(most)s张，请只留要导入的。"), params={"most": MOST_SHEETS}
                )
            super().read_worksheets()

    check_size(handle)
    reader = Reader(handle, read_only=True, keep_links=False, data_only=data_only)
    reader.read()
    return reader.wb


def _refuse_large(sizes: list[int]) -> None:
    if sum(sizes) > MOST_ALL or any(size > MOST_ENTRY for size in sizes):
        raise _too_large()


def _too_large() -> ValidationError:
    return ValidationError(_("表格过大，请分几次导入。"))


def _held(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, int]:
    """(bytes, tags at most) an entry holds, read no further than `MOST_ENTRY`. Raises BadZipFile where its header lies.

    `zipfile` stops where the header says and looks no further; a reader that takes all at once unpacks the rest in memory.
    """
    open_ended, size, tags = copy(entry), 0, 0
    open_ended.file_size = MOST_ENTRY + 2 * _PIECE
    with archive.open(open_ended) as packed:
        while size <= MOST_ENTRY and (piece := packed.read(_PIECE)):
            size += len(piece)
            tags += piece.count(b"<")
    if size != entry.file_size and size <= MOST_ENTRY:
        raise zipfile.BadZipFile(entry.filename)
    return size, tags
