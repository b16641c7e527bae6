"""Start-up checks: a portal that cannot make or keep a paper must say so before the first one is issued."""

import ctypes
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from .composition import FontSetupError
from .composition.fonts import files, load

SUBSETTER = "libharfbuzz-subset.so.0"


def archive_is_writable(**_options: Any) -> list[CheckMessage]:
    """documents.E001 when the folder of archived papers cannot be written."""
    folder = Path(settings.FILES_ROOT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"ok")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return [
            Error(
                f"公文存档目录不可写：{folder}（{reason}）。",
                hint="请检查 DATA_DIR 的权限和磁盘空间。",
                id="documents.E001",
            )
        ]
    return []


def papers_can_be_made(**_options: Any) -> list[CheckMessage]:
    """documents.E002 when a font is missing, E003 without the library that cuts fonts.

    Without it a paper takes WeasyPrint a dozen seconds. The fonts are those of PAPER_FONTS and the shipped ones.
    """
    found: list[CheckMessage] = []
    try:
        for path in files():
            load(path)
    except FontSetupError as error:
        found.append(Error(str(error), hint="请检查 PAPER_FONTS 和 static/fonts。", id="documents.E002"))
    try:
        ctypes.CDLL(SUBSETTER)
    except OSError:
        hint = "apt-get install libharfbuzz-subset0"
        found.append(
            Error("缺少系统库 libharfbuzz-subset，公文排版会慢几十倍。", hint=hint, id="documents.E003")
        )
    return found
