"""A paper on the screen: its page, its pictures, its two files. Each owner asks its own `visible_to` first.

An owner keeps two addresses, `…/<kind>/` and `…/<kind>/<part>`, fetches and authorises, and hands a `Shown` to
`answer`. The web process draws pictures of a PDF; the PDF itself is made by the worker, and awaited by the page.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header

from apps.common import audit, files
from apps.common.errors import Refused

from . import composition, making
from .models import ArchivedPaper, Rendering

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
logger = logging.getLogger(__name__)
_PICTURE = re.compile(r"^([1-9]\d{0,2})\.png$")


@dataclass(frozen=True)
class Shown:
    """What is shown: a frozen paper, or one made from rows as they stand. ``base``: address of its page;
    ``query``: what follows the ? of each of its addresses; ``obj``: whom a download is journalled on;
    ``marks``: passages that are tinted on the pictures (the reader's own), ``mark_words``: what the tint means.
    """

    title: str
    base: str
    obj: Any
    archived: ArchivedPaper | None = None
    paper: Callable[[], composition.Paper] | None = None
    query: str = ""
    back: str = ""
    note: str = ""
    marks: tuple[str, ...] = ()
    mark_words: str = ""

    def address(self, part: str) -> str:
        """The address of its page (``part`` empty) or of one of its parts."""
        return f"{self.base}{part}{'?' if self.query else ''}{self.query}"


@dataclass(frozen=True)
class Sheets:
    """The pictures of a paper, or why there are none: it is being made (``waiting``), or cannot be (``trouble``)."""

    url: str
    images: tuple[str, ...] = ()
    waiting: bool = False
    trouble: str = ""
    landscape: bool = False
    marks: tuple[tuple[composition.Box, ...], ...] = ()
    mark_words: str = ""

    @property
    def pages(self) -> list[dict[str, Any]]:
        """The pictures for a template: address, and the boxes tinted on it."""
        boxes = self.marks or ((),) * len(self.images)
        return [{"url": url, "boxes": row} for url, row in zip(self.images, boxes, strict=True)]


def sheets(shown: Shown) -> Sheets:
    """Where the pictures are. Asks for the paper to be made if nobody has yet."""
    url = shown.address("sheets")
    row = _row(shown)
    if not row.pdf_path:
        stuck = bool(row.trouble) or row.attempts >= making.MOST_TRIES
        return Sheets(url, waiting=not stuck, trouble=making.waiting_words(row) if stuck else "")
    images = tuple(shown.address(f"{number}.png") for number in range(1, row.pages + 1))
    landscape = bool(row.data.get("landscape") or row.data.get("plates"))
    marks = _marks(row.pdf_path, shown.marks, len(images)) if shown.marks else ()
    return Sheets(url, images, landscape=landscape, marks=marks, mark_words=shown.mark_words if marks else "")


def _marks(path: str, passages: tuple[str, ...], pages: int) -> tuple[tuple[composition.Box, ...], ...]:
    """Where the passages stand on each page; nothing where that cannot be found out: a tint is a help, no more."""
    try:
        found = _found(path, passages)
    except (OSError, composition.PdfiumError):
        logger.warning("passages not looked for in %s", path, exc_info=True)
        return ()
    return found if len(found) == pages and any(found) else ()


@lru_cache(maxsize=64)
def _found(path: str, passages: tuple[str, ...]) -> tuple[tuple[composition.Box, ...], ...]:
    return tuple(map(tuple, composition.find_passages(files.read_bytes(path), passages)))


def _row(shown: Shown) -> ArchivedPaper | Rendering:
    """The row whose files these are. What cannot be set is found by the worker, who has the fonts, and said here."""
    if shown.archived is not None:
        return shown.archived
    assert shown.paper is not None  # noqa: S101 - one of the two is given
    return making.ask(shown.paper())


def answer(request: HttpRequest, shown: Shown, part: str = "") -> HttpResponse:
    """The page (``part`` empty), its sheets alone, a picture (2.png) or a file (pdf, docx). Raises Http404, Refused."""
    if part in TYPES:
        return _file(request, shown, part)
    if found := _PICTURE.match(part):
        return _picture(shown, int(found[1]))
    if part not in ("", "sheets"):
        raise Http404(part)
    pictures, look = sheets(shown), request.GET.get("look", "")
    if not part:
        urls = {"pdf_url": shown.address("pdf"), "docx_url": shown.address("docx")}
        return render(request, "documents/paper.html", {"shown": shown, "sheets": pictures, **urls})
    looks = {"sheets": pictures, "strip": look == "strip", "swipe": look == "swipe"}
    response = render(request, "documents/_sheets.html", looks)
    at_home = urlsplit(request.headers.get("HX-Current-URL", "")).path == shown.base
    if at_home and not (pictures.waiting or look):
        response["HX-Refresh"] = (
            "true"  # the paper's own page gets its buttons; another page is left in peace
        )
    return response


def _file(request: HttpRequest, shown: Shown, form: str) -> HttpResponse:
    data = _bytes(shown, form)
    detail = {"form": form, "paper": shown.title}
    audit.record(
        by=request.user, verb="download", label="下载公文", obj=shown.archived or shown.obj, detail=detail
    )
    response = HttpResponse(data, content_type=TYPES[form])
    worth = (
        f"（{shown.archived.get_status_display()}）"
        if shown.archived and shown.archived.status != "current"
        else ""
    )
    name = file_name(shown.archived.number_text if shown.archived else "", f"{worth}{shown.title}", form)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _bytes(shown: Shown, form: str) -> bytes:
    row = _row(shown)
    if isinstance(row, ArchivedPaper):
        return making.file_of(row, form)
    if row.made_at is None:
        raise Refused(making.waiting_words(row), shown.obj)
    try:
        return files.read_bytes(row.pdf_path if form == "pdf" else row.docx_path)
    except OSError as error:
        raise Refused("文件读不出来，请稍后再试。", shown.obj) from error


def _picture(shown: Shown, number: int) -> HttpResponse:
    row = _row(shown)
    if not row.pdf_path or number > row.pages:
        raise Http404("no such page")
    data = making.file_of(row) if isinstance(row, ArchivedPaper) else _bytes(shown, "pdf")
    response = HttpResponse(_pictures(_Pdf(row.pdf_path, data))[number - 1], content_type="image/png")
    patch_cache_control(response, private=True, max_age=0, must_revalidate=True)
    return response


class _Pdf:
    """Bytes as a key: a file once written never changes, so its path names its pictures."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path, self.data = path, data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pdf) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)


@lru_cache(maxsize=8)
def _pictures(pdf: _Pdf) -> tuple[bytes, ...]:
    return tuple(composition.render_previews(pdf.data))


def file_name(number: str, title: str, form: str) -> str:
    """〔2026〕1号 标题.pdf, without what file systems refuse."""
    name = f"{number} {title}".strip()
    return "".join(" " if char in '\\/:*?"<>|\r\n\t' else char for char in name)[:120].strip() + f".{form}"
