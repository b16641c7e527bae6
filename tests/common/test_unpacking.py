"""What a sheet unpacks to is found out before it is read: by size, by tags, and whatever its headers say."""

import zipfile
import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook

from apps.common import calendar_import
from apps.common.unpacking import check_size

LARGE = "表格过大，请分几次导入。"


def swollen(size: int, *, declared: int | None = None, parts: int = 1, of: bytes = b"x") -> bytes:
    """A sheet with `size` bytes more in each of some more files inside, whose headers may say less."""
    book, small, out = Workbook(), BytesIO(), BytesIO()
    book.save(small)
    with zipfile.ZipFile(small) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in source.infolist():
            archive.writestr(entry.filename, source.read(entry))
        for number in range(parts):
            archive.writestr(f"xl/{number}.xml", of * size)
    content = bytearray(out.getvalue())
    if declared is not None:
        crc = zlib.crc32(of * declared)
        for head, where in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
            at = content.rindex(head) + where
            content[at : at + 4] = crc.to_bytes(4, "little")
            content[at + 8 : at + 12] = declared.to_bytes(4, "little")
    return bytes(content)


def test_a_sheet_as_large_as_may_be_is_let_in_and_stands_at_its_start() -> None:
    handle = BytesIO(swollen(20 * 1024**2))
    check_size(handle)
    assert handle.tell() == 0


@pytest.mark.parametrize(
    "content",
    [
        swollen(20 * 1024**2 + 1),
        swollen(14 * 1024**2, parts=3),
        swollen(30 * 1024**2, declared=100),
        swollen(600_001, of=b"<"),
    ],
    ids=["one too large", "all too large", "a header that lies", "too many tags"],
)
def test_one_that_unpacks_to_too_much_is_refused(content: bytes) -> None:
    with pytest.raises(ValidationError) as caught:
        check_size(BytesIO(content))
    assert caught.value.messages == [LARGE]


def test_a_small_lie_is_damage() -> None:
    with pytest.raises(zipfile.BadZipFile):
        check_size(BytesIO(swollen(1000, declared=100)))


def test_the_calendars_sheet_is_looked_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openpyxl.load_workbook", None)
    with pytest.raises(ValidationError) as caught:
        calendar_import.from_sheet(BytesIO(swollen(600_001, of=b"<")))
    assert caught.value.messages == [LARGE]
