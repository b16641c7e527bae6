"""Uploads: what is let in, how it is kept, how it is handed out (security.md "Files")."""

import hashlib
import os
import secrets
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, BinaryIO
from xml.parsers import expat

import filetype
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.utils.translation import gettext_lazy as _

from . import audit
from .errors import Refused
from .models import StoredFile

_OFFICE = "application/vnd.openxmlformats-officedocument."
# Extension → the content types its bytes may show. Legacy Office and WPS files are OLE containers.
ALLOWED = {
    "pdf": {"application/pdf"},
    "ofd": {"application/zip"},
    "docx": {_OFFICE + "wordprocessingml.document", "application/zip"},
    "xlsx": {_OFFICE + "spreadsheetml.sheet", "application/zip"},
    "jpg": {"image/jpeg"},
    "jpeg": {"image/jpeg"},
    "png": {"image/png"},
}
_ZIPPED = {"ofd", "docx", "xlsx"}
# What reading a damaged zip, or XML that is none, can raise.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, RuntimeError, NotImplementedError, EOFError, OSError, ValueError,
    LookupError, struct.error,
)  # fmt: skip
_MAX_UNPACKED = 200 * 1024 * 1024
_MAX_RATIO = 200
HINT = _("可上传 PDF、OFD、DOCX、XLSX、JPG、PNG，每个不超过20兆。")


def check(name: str, handle: BinaryIO, size: int) -> str:
    """The content type of an acceptable file. Raises ValidationError with the reason otherwise."""
    extension = Path(name).suffix.lstrip(".").lower()
    if extension not in ALLOWED:
        raise ValidationError(_("不能上传这种文件。%(hint)s"), params={"hint": HINT})
    if size > settings.MAX_UPLOAD_BYTES:
        raise ValidationError(_("文件超过20兆。"))
    if size == 0:
        raise ValidationError(_("文件是空的。"))
    handle.seek(0)
    kind = filetype.guess(handle.read(8192))
    handle.seek(0)
    if kind is None or kind.mime not in ALLOWED[extension]:
        raise ValidationError(_("文件内容与扩展名 .%(ext)s 不符。"), params={"ext": extension})
    if extension in _ZIPPED:
        _check_zip(handle)
    return str(kind.mime)


def _check_zip(handle: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(handle) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            packed = sum(entry.compress_size for entry in entries) or 1
            if unpacked > _MAX_UNPACKED or (unpacked > 10_000_000 and unpacked / packed > _MAX_RATIO):
                raise ValidationError(_("文件解开后过大，已拒收。"))
            for entry in entries:
                lowered = entry.filename.lower()
                if lowered.endswith(("vbaproject.bin", ".exe", ".js", ".vbs")) or "activex" in lowered:
                    raise ValidationError(_("文件含有宏或程序，请另存为不含宏的文件再上传。"))
                if lowered.endswith((".xml", ".rels")) and _declares_doctype(archive.open(entry)):
                    raise ValidationError(_("文件含有不允许的外部引用，已拒收。"))
    except _DAMAGE as error:
        raise ValidationError(_("文件已损坏，请重新保存后上传。")) from error
    handle.seek(0)


class _DoctypeFoundError(Exception):
    """Stops the parser at a DOCTYPE."""


class _RootReachedError(Exception):
    """Stops the parser at the first element: no DOCTYPE can follow it."""


def _declares_doctype(handle: IO[bytes]) -> bool:
    """Whether an XML file has a DOCTYPE, in any encoding and behind any comment. Raises when it is not XML."""

    def doctype(*_args: Any) -> None:
        raise _DoctypeFoundError

    def root(*_args: Any) -> None:
        raise _RootReachedError

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = root
    try:
        while chunk := handle.read(65536):
            parser.Parse(chunk)
    except _DoctypeFoundError:
        return True
    except _RootReachedError:
        return False
    return False


def store(upload: UploadedFile, *, by: Any) -> StoredFile:
    """Check and keep an upload. The bytes are on disk before the row exists; a full disk leaves neither.

    Raises ValidationError.
    """
    name = (upload.name or "")[-200:]
    kind = check(name, upload.file, upload.size or 0)  # type: ignore[arg-type]
    relative, digest = write_bytes(upload.chunks(), suffix=Path(name).suffix.lower())
    stored = StoredFile(
        name=name, path=relative, size=upload.size or 0, sha256=digest, content_type=kind, uploaded_by=by
    )
    stored.full_clean()
    stored.save()
    audit.record(by=by, verb="upload", label="上传文件", obj=stored)
    return stored


def write_bytes(chunks: Any, *, suffix: str = "") -> tuple[str, str]:
    """Write under a random name: temp file, fsync, rename. Returns (relative path, sha256). Raises ValidationError."""
    token = secrets.token_hex(16)
    relative = f"{token[:2]}/{token}{suffix}"
    target = Path(settings.FILES_ROOT) / relative
    digest = hashlib.sha256()
    part = target.with_suffix(target.suffix + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            for chunk in chunks:
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ValidationError(_("服务器存储空间不足或不可写，文件没有保存，请联系系统管理员。")) from error
    return relative, digest.hexdigest()


def read_bytes(relative: str) -> bytes:
    """The bytes kept under a relative path."""
    return (Path(settings.FILES_ROOT) / relative).read_bytes()


def answer(stored: StoredFile, *, by: Any) -> FileResponse:
    """Hand out a file as an attachment, and journal it. The caller has already asked its owner's `visible_to`."""
    try:
        handle = (Path(settings.FILES_ROOT) / stored.path).open("rb")
    except OSError as error:
        raise Refused(str(_("文件读不出来，请联系系统管理员从备份恢复。")), stored) from error
    audit.record(by=by, verb="download", label="下载文件", obj=stored)
    response = FileResponse(
        handle,
        as_attachment=True,
        filename=stored.name,
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


class UploadField(forms.FileField):
    """A form field that lets in only what `check` accepts."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", HINT)
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if isinstance(upload, UploadedFile):
            check(upload.name or "", upload.file, upload.size or 0)  # type: ignore[arg-type]
        return upload


class FilesWidget(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(UploadField):
    """A list of uploads, each let in only as `check` accepts it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", FilesWidget)
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        found = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in found if one]
