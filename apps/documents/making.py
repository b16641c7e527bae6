"""Papers become files here, in the worker: PDF and DOCX of a row's data, once, whole or not at all.

Two kinds of row wait for their files: an `ArchivedPaper`, which is kept for good, and a `Rendering`, which
somebody wants to look at. Both carry the paper as data, so making them again gives the same bytes. A try is
counted before it begins: a paper that kills its worker uses up its own tries and nobody else's.
"""

import hashlib
import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.common import audit, files
from apps.common.errors import Refused
from apps.common.waking import publish
from apps.common.workflow import first_error

from . import composition
from .models import ArchivedPaper, Rendering

logger = logging.getLogger(__name__)

MOST_TRIES = 8
REST = timedelta(seconds=60)  # between two tries, and the time one try may take before another begins
KEPT = timedelta(days=2)  # a rendering nobody asked for since then is thrown away
UNMADE = Q(made_at__isnull=True)
Waiting = ArchivedPaper | Rendering


@dataclass(frozen=True)
class Made:
    """The files of a paper, in bytes."""

    pdf: bytes
    docx: bytes


def produce(paper: composition.Paper) -> Made:
    """Both forms of a paper. Raises PaperError, FontSetupError."""
    return Made(composition.render_pdf(paper), composition.render_docx(paper))


# --- asking -----------------------------------------------------------------


def key_of(paper: composition.Paper) -> str:
    """Equal for equal papers made by the same engine and fonts (sha256, hex)."""
    data = json.dumps(composition.to_dict(paper), ensure_ascii=False, sort_keys=True)
    engine = f"{composition.ENGINE_VERSION}:{composition.font_fingerprint()}:{data}"
    return hashlib.sha256(engine.encode()).hexdigest()


def ask(paper: composition.Paper) -> Rendering:
    """The rendering of a paper, made already or soon. The worker is woken once the transaction is through."""
    now = timezone.now()
    row, fresh = Rendering.objects.get_or_create(
        key=key_of(paper), defaults={"data": composition.to_dict(paper), "asked_at": now}
    )
    if not fresh and now - row.asked_at > KEPT / 4:
        Rendering.objects.filter(pk=row.pk).update(asked_at=now)
    if row.made_at is None and row.attempts < MOST_TRIES and _rested(row, now):
        wake(renderings=[row.pk])
    return row


def _rested(row: Waiting, now: datetime) -> bool:
    return row.tried_at is None or not row.tried_at <= now < row.tried_at + REST


def wake(*, papers: list[int] | None = None, renderings: list[int] | None = None) -> None:
    """Ask the worker to make these rows' files after the commit; the sweeper finds them anyway."""
    given = {"papers": papers or [], "renderings": renderings or []}
    transaction.on_commit(partial(publish, "documents.make", **given))


# --- making -----------------------------------------------------------------


def make_papers(ids: list[int]) -> int:
    """Make the files of archived papers that have none yet. Returns how many were made."""
    rows = ArchivedPaper.objects.filter(pk__in=ids, pdf_path="").order_by("id")
    return sum(make(row).is_made for row in rows)


def make_renderings(ids: list[int]) -> int:
    """Make the files of renderings that have none yet. Returns how many were made."""
    rows = Rendering.objects.filter(UNMADE, pk__in=ids).order_by("id")
    return sum(draw(row).made_at is not None for row in rows)


def make(archived: ArchivedPaper) -> ArchivedPaper:
    """Give an archived paper its files, if it has none. What went wrong stands in `trouble` afterwards.

    Two workers at once make the same bytes; the first to write wins, the other's files go.
    """
    if archived.is_made:
        return archived
    made = _tried(archived)
    if made is not None:
        _keep(archived, made)
    archived.refresh_from_db()
    return archived


def draw(rendering: Rendering) -> Rendering:
    """Give a rendering its files, if it has none."""
    if rendering.made_at is not None:
        return rendering
    made = _tried(rendering)
    if made is not None:
        _keep_rendering(rendering, made)
    rendering.refresh_from_db()
    return rendering


def _tried(row: Waiting) -> Made | None:
    """Count the try in a commit of its own, then make the files outside any transaction."""
    _note(row, attempts=F("attempts") + 1, tried_at=timezone.now())
    try:
        return produce(composition.from_dict(row.data))
    except composition.PaperError as error:
        _note(row, trouble=f"不能成文：{error}"[:500])
    except composition.FontSetupError as error:
        _note(row, trouble=str(error)[:500])
    except Exception as error:
        logger.exception("paper %s cannot be made", row)
        _note(row, trouble=f"排版程序出错：{type(error).__name__}"[:500])
    return None


def _note(row: Waiting, **fields: Any) -> None:
    """Write what became of a try; neither row keeps a history."""
    if isinstance(row, ArchivedPaper):
        ArchivedPaper.objects.filter(pk=row.pk).update(**fields)
    else:
        Rendering.objects.filter(pk=row.pk).update(**fields)


def _written(row: Waiting, made: Made) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """Both files on the disk, or neither: (path, sha256) of each."""
    kept: list[tuple[str, str]] = []
    try:
        for data, suffix in ((made.pdf, ".pdf"), (made.docx, ".docx")):
            kept.append(files.write_bytes([data], suffix=suffix))
    except ValidationError as error:
        _remove(*(path for path, _digest in kept))
        _note(row, trouble=first_error(error)[:500])
        return None
    return kept[0], kept[1]


def _keep(archived: ArchivedPaper, made: Made) -> None:
    written = _written(archived, made)
    if written is None:
        return
    (pdf, pdf_sha), (docx, docx_sha) = written
    with transaction.atomic():
        won = ArchivedPaper.objects.filter(pk=archived.pk, pdf_path="").update(
            pdf_path=pdf, pdf_sha256=pdf_sha, docx_path=docx, docx_sha256=docx_sha, trouble="",
            engine=composition.engine(), fonts=composition.font_fingerprint(),
        )  # fmt: skip
        if won:
            detail = {"sha256": pdf_sha, "docx_sha256": docx_sha}
            audit.record(by=None, verb="make_files", label="制作存档文件", obj=archived, detail=detail)
    if not won:
        _remove(pdf, docx)


def _keep_rendering(rendering: Rendering, made: Made) -> None:
    written = _written(rendering, made)
    if written is None:
        return
    (pdf, _pdf_sha), (docx, _docx_sha) = written
    won = Rendering.objects.filter(UNMADE, pk=rendering.pk).update(
        pdf_path=pdf, docx_path=docx, pages=page_count(made.pdf), made_at=timezone.now(), trouble=""
    )
    if not won:
        _remove(pdf, docx)


def page_count(pdf: bytes) -> int:
    """Pages of a PDF."""
    import pypdfium2

    from .composition.preview import pdfium_lock

    with pdfium_lock:  # PDFium is not made for threads
        document = pypdfium2.PdfDocument(pdf)
        try:
            return len(document)
        finally:
            document.close()


def _remove(*paths: str) -> None:
    for path in paths:
        if path:
            (Path(settings.FILES_ROOT) / path).unlink(missing_ok=True)


# --- sweeping ---------------------------------------------------------------


def _due(rows: QuerySet[Any], now: datetime) -> list[int]:
    rested = Q(tried_at__isnull=True) | Q(tried_at__lte=now - REST) | Q(tried_at__gt=now + REST)
    return list(
        rows.filter(rested, attempts__lt=MOST_TRIES).order_by("id").values_list("id", flat=True)[:200]
    )


def make_due() -> int:
    """Make everything that waits, here and now (worker, commands, tests). Returns how many rows were made."""
    now = timezone.now()
    made = make_papers(_due(ArchivedPaper.objects.filter(pdf_path=""), now))
    return made + make_renderings(_due(Rendering.objects.filter(UNMADE), now))


def sweep() -> int:
    """What beat calls: throw away what nobody looks at any more, make what a lost message left behind."""
    old = Rendering.objects.filter(asked_at__lt=timezone.now() - KEPT)
    for row in old[:500]:
        Rendering.objects.filter(pk=row.pk).delete()
        _remove(row.pdf_path, row.docx_path)
    return make_due()


def try_again(archived: ArchivedPaper, *, by: Any) -> None:
    """Somebody has cleared what stood in the way: count the tries anew."""
    ArchivedPaper.objects.filter(pk=archived.pk, pdf_path="").update(attempts=0, tried_at=None)
    audit.record(by=by, verb="make_again", label="重新制作存档文件", obj=archived)
    wake(papers=[archived.pk])


# --- reading ----------------------------------------------------------------


def stored(path: str, digest: str, obj: Any) -> bytes:
    """Archived bytes, checked against their hash. Raises Refused when they are gone or were altered."""
    try:
        data = files.read_bytes(path)
    except OSError as error:
        raise Refused("存档文件读不出来，请联系系统管理员从备份恢复。", obj) from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise Refused("存档文件与登记的校验值不符，可能被改动，请联系系统管理员从备份恢复。", obj)
    return data


def file_of(archived: ArchivedPaper, form: str = "pdf") -> bytes:
    """The archived bytes in one form (pdf, docx). Raises Refused: not made yet, none kept, gone or altered."""
    if not archived.is_made:
        raise Refused(waiting_words(archived), archived)
    path, digest = (
        (archived.pdf_path, archived.pdf_sha256)
        if form == "pdf"
        else (archived.docx_path, archived.docx_sha256)
    )
    if not path:
        raise Refused("这份文件存档时没有留存 DOCX。", archived)
    return stored(path, digest, archived)


def waiting_words(row: Waiting) -> str:
    """Why there are no files yet, for a reader."""
    if row.trouble:
        return f"文件没有做成：{row.trouble}"
    return "文件正在排版，请稍候。"
