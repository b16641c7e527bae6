"""A sheet as the portal writes it, in memory."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from apps.common import sheets


def workbook(
    headings: Sequence[Any], rows: Iterable[Sequence[Any]], *, title: str, hidden: Sequence[int] = ()
) -> bytes:
    """The bytes of what `sheets.write` puts into a file."""
    out = io.BytesIO()
    sheets.write(out, headings, rows, title=title, hidden=hidden)
    return out.getvalue()
