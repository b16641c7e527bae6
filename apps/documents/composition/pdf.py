"""HTML to PDF/A by WeasyPrint, shut in: no network, no files, our fonts only, equal bytes each time."""

from __future__ import annotations

import atexit
import ctypes
import datetime as dt
import gc
import hashlib
import io
import itertools
import logging
import os
import re
import shutil
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # nosec B405
from xml.sax.saxutils import escape

from . import fonts
from .fonts import FontSetupError
from .geometry import Page
from .glyphs import MissingGlyph, missing_glyphs
from .html import to_html
from .model import Paper, PaperError
from .pages import lay_out

if TYPE_CHECKING:
    from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]

#: Raised whenever our own part would give other bytes for the same data.
ENGINE_VERSION = "2"
PROFILE = "paper-srgb"
_MIME = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_made = itertools.count(1)
_lock = threading.RLock()  # Pango and the shared font configuration are not made for two threads at once


@dataclass(frozen=True)
class Embedded:
    """A file carried inside the PDF; ``name`` as a reader saves it, ``mime`` like text/csv."""

    name: str
    data: bytes
    mime: str
    description: str = ""


def render_pdf(paper: Paper, embedded: Sequence[Embedded] = ()) -> bytes:
    """The paper as PDF/A-2u, or PDF/A-3u with files inside. The same paper gives the same bytes.

    Raises `MissingGlyph` (a character no font draws) or another `PaperError`.
    """
    missing = missing_glyphs(paper)
    if missing:
        raise MissingGlyph(missing)
    return draw(paper, lay_out(paper), embedded)


def draw(paper: Paper, pages: list[Page], embedded: Sequence[Embedded] = ()) -> bytes:
    """Pages already laid out, as a PDF with the paper's properties."""
    _check_embedded(embedded)
    html, css = to_html(paper, pages)
    with _lock, _no_collection():
        return _weasyprint(html, css, len(pages), embedded, paper.dated)


def _check_embedded(embedded: Sequence[Embedded]) -> None:
    names = {item.name for item in embedded}
    if len(names) < len(embedded) or not all(names):
        raise PaperError("附带文件的文件名为空或重复")
    for item in embedded:
        if not _MIME.fullmatch(item.mime):
            raise PaperError(f"附带文件“{item.name}”的类型“{item.mime}”不对")


def write_pdf(paper: Paper, target: Path, embedded: Sequence[Embedded] = ()) -> int:
    """Render into ``target`` whole or not at all (temporary file, fsync, rename); returns the size."""
    return write_atomically(render_pdf(paper, embedded), target)


def write_atomically(data: bytes, target: Path) -> int:
    """Put ``data`` at ``target``; after an error (full disk) neither a part nor a temporary file is left."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return len(data)


@lru_cache(maxsize=1)
def engine() -> str:
    """Our version and those of the libraries that have a say in the bytes: equal data, engine and fonts, equal bytes."""
    from weasyprint import __version__ as renderer  # type: ignore[import-untyped]

    harfbuzz = ctypes.CDLL("libharfbuzz.so.0")
    harfbuzz.hb_version_string.restype = ctypes.c_char_p
    cutter = harfbuzz.hb_version_string().decode()
    return f"{ENGINE_VERSION} weasyprint {renderer} harfbuzz {cutter} zlib {zlib.ZLIB_RUNTIME_VERSION}"


def check_setup() -> None:
    """Start-up check; raises `FontSetupError` naming what is missing.

    Without libharfbuzz-subset WeasyPrint cuts fonts in Python: seconds a paper instead of a fraction.
    """
    for path in fonts.files():
        fonts.load(path)
    with _lock:
        _font_configuration()
        from weasyprint.text import ffi  # type: ignore[import-untyped]

    if ffi.harfbuzz_subset is None:
        raise FontSetupError("缺少系统库 libharfbuzz-subset，请安装 libharfbuzz-subset0")


def _weasyprint(html: str, css: str, pages: int, embedded: Sequence[Embedded], day: dt.date) -> bytes:
    configuration = _font_configuration()
    from weasyprint import CSS  # type: ignore[import-untyped]

    seed = hashlib.sha256((css + html).encode())
    for item in embedded:
        seed.update(hashlib.sha256(item.data).digest())
    with _complaints() as complaints:
        sheet = CSS(string=css, url_fetcher=_fetcher(), font_config=configuration)
        document = _document(html, sheet).render(font_config=configuration, output_intent=PROFILE)
        document.color_profiles[PROFILE] = _colour_profile()
        data = document.write_pdf(
            pdf_variant="pdf/a-3u" if embedded else "pdf/a-2u",
            pdf_tags=True,
            pdf_identifier=seed.digest()[:16],
            output_intent=PROFILE,
            attachments=[_attachment(item, day) for item in embedded],
            finisher=_mime_types(embedded),
        )
    if len(document.pages) != pages:  # the renderer may not break a page by itself
        complaints.append(f"应为{pages}页，排出{len(document.pages)}页")
    if complaints:
        raise PaperError(f"排版程序报告：{complaints[0]}")
    return bytes(data)


def _document(html: str, sheet: Any) -> Any:
    """The document with one style sheet, ours, instead of a browser's: nothing is matched that we do not use."""
    import cssselect2  # type: ignore[import-untyped]
    from weasyprint import HTML  # type: ignore[import-untyped]

    class Document(HTML):
        def __init__(self) -> None:
            tree = ET.fromstring(html)  # noqa: S314  # nosec B314
            self.base_url, self.url_fetcher, self.media_type = None, _fetcher(), "print"
            self.wrapper_element = cssselect2.ElementWrapper.from_html_root(tree, content_language=None)
            self.etree_element = self.wrapper_element.etree_element

        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            return [sheet]

    return Document()


def _attachment(item: Embedded, day: dt.date) -> Any:
    from weasyprint import Attachment  # type: ignore[import-untyped]

    moment = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    return Attachment(
        file_obj=io.BytesIO(item.data), name=item.name, description=item.description or item.name,
        relationship="Supplement", created=moment, modified=moment, url_fetcher=_fetcher(),
    )  # fmt: skip


def _mime_types(embedded: Sequence[Embedded]) -> Callable[[Any, Any], None]:
    """WeasyPrint guesses an attachment's type by its name; here it is what the caller said."""

    def finish(_document: Any, pdf: Any) -> None:
        streams = [item for item in pdf.objects if getattr(item, "extra", {}).get("Type") == "/EmbeddedFile"]
        for item, stream in zip(embedded, streams, strict=True):
            stream.extra["Subtype"] = "/" + item.mime.replace("/", "#2f")

    return finish


class _ColourProfile:
    """The sRGB profile PDF/A wants, in the shape WeasyPrint asks for.

    Its own class opens the file anew for each paper, leaves it open, and writes other bytes the second time.
    """

    name = "sRGB2014"
    src = "sRGB2014.icc"
    rendering_intent = "relative-colorimetric"
    components = (["r"], ["g"], ["b"])
    pdf_reference: bytes | None = None  # set by the writer, paper by paper, under our lock

    def __init__(self) -> None:
        self.content = (files("weasyprint.pdf") / self.src).read_bytes()


@lru_cache(maxsize=1)
def _colour_profile() -> _ColourProfile:
    return _ColourProfile()


@lru_cache(maxsize=1)
def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]

    class NoFetcher(URLFetcher):
        """Papers are self-contained: only ``data:`` is read, anything else is refused before it is opened."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols={"data"}, allow_redirects=False)

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if not url.lower().startswith("data:"):
                raise ValueError(f"refused: {url[:80]}")
            return super().fetch(url, headers)

    return NoFetcher()


@lru_cache(maxsize=1)
def _font_configuration() -> FontConfiguration:
    """One configuration a process, made while fontconfig sees our own folder of links only."""
    folder = Path(tempfile.mkdtemp(prefix="paper-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for index, path in enumerate(fonts.files()):
        fonts.load(path)  # says by name which file is missing
        (folder / f"{index}{path.suffix}").symlink_to(path)
    private = folder / "fonts.conf"
    private.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig><dir>{escape(str(folder))}</dir></fontconfig>",
        encoding="utf-8",
    )
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(private)
    try:
        from weasyprint.text.fonts import FontConfiguration, fontconfig  # type: ignore[import-untyped]

        configuration = FontConfiguration()
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before
    seen = fontconfig.FcConfigGetFonts(configuration._config, fontconfig.FcSetSystem).nfont
    if seen != len(fonts.files()):  # Pango without a font does not raise, it crashes
        raise FontSetupError(f"字体只读到{seen}个，应为{len(fonts.files())}个")
    return configuration


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what WeasyPrint would only log; any of it means the paper is not what was asked for."""
    found: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    logger = logging.getLogger("weasyprint")
    handler = Collector(level=logging.WARNING)
    logger.addHandler(handler)
    try:
        yield found
    finally:
        logger.removeHandler(handler)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection in the middle of a paper; afterwards a cheap one, and pages back to the system.

    After the first paper all that is loaded is frozen out of later collections, which then look at one paper
    only: a worker that makes papers all day stays fast and small.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
        gc.collect()
        if next(_made) == 1:
            gc.freeze()
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
        if trim is not None:
            trim(0)
