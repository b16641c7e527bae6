"""Pictures of a PDF's pages, for the screen."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator

import pypdfium2  # type: ignore[import-untyped]

pdfium_lock = threading.RLock()  # PDFium is not made for threads


def render_previews(pdf: bytes, *, dpi: int = 110) -> list[bytes]:
    """One PNG a page."""
    return list(iter_previews(pdf, dpi=dpi))


def iter_previews(pdf: bytes, *, dpi: int = 110) -> Iterator[bytes]:
    """The same, one page in memory at a time."""
    with pdfium_lock:
        document = pypdfium2.PdfDocument(pdf)
        try:
            for index in range(len(document)):
                image = document[index].render(scale=dpi / 72).to_pil()
                out = io.BytesIO()
                image.save(out, "PNG", optimize=False)
                yield out.getvalue()
        finally:
            document.close()
