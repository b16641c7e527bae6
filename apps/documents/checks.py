"""Start-up check: a portal that cannot keep a paper must say so before the first one is issued."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error


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
