"""Work that takes longer than somebody waits: a row says what is wanted, the worker does it, its asker may leave meanwhile.

Whoever works holds the row's lock until the work is committed with it: one that dies leaves nothing behind and frees
the row, and the sweeper hands it out again. Short work of the same kind is done at once and makes no row.
"""

import hashlib
import json
import logging
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.http import FileResponse, Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from . import audit, files, request_cache
from .errors import Refused
from .models import LongWork
from .waking import publish
from .workflow import first_error

logger = logging.getLogger(__name__)

LONG_ROWS = 500  # a sheet of more rows (a third of a second) is made by the worker
MOST_TRIES = 3
REST = timedelta(seconds=60)  # between two tries of the same work
KEPT = timedelta(days=2)  # then the file goes; the row stays, since a line among the messages leads to it
_NOTED_EVERY = 0.3  # seconds between two notes of how far it is
_PIECE = 256 * 1024
T = TypeVar("T")
Report = Callable[[int, int], None]  # so many done, of so many


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: where to look, or a file (read from its start, closed by us) under a name; `count`: its rows."""

    url: str = ""
    content: IO[bytes] | None = None
    name: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of work is done. `writes` says that it changes rows: all of them or none, with the row of work.

    `may` is asked of the row again when the file is fetched: a right that has ended opens no file made under it.
    """

    do: Callable[[LongWork, Report], Outcome]
    writes: bool = False
    may: Callable[[LongWork], bool] = lambda _row: True


Told = Callable[[LongWork], None]  # tells the asker that it has ended, in the same transaction
KINDS: dict[str, Kind] = {}


def start(kind: str, *, title: str, by: Any, back: str = "", **given: Any) -> LongWork:
    """The row of this work, new or the one that is waiting or going on: the same is not begun twice.

    `given` is what the worker needs, fit for JSON (`words`: what the journal says of it); `back` the address one came from.
    """
    data = json.dumps({"kind": kind, **given}, sort_keys=True, ensure_ascii=False)
    key = hashlib.sha256(data.encode()).hexdigest()
    with transaction.atomic():
        row, _made = LongWork.objects.get_or_create(
            user=by, key=key, ended_at=None,
            defaults={"kind": kind, "given": given, "title": title[:200], "back": _short(back)},
        )  # fmt: skip
        transaction.on_commit(partial(publish, "portal.work", ids=[row.pk]))
    return row


def _short(back: str) -> str:
    """The address without its query where it is too long: half a query leads nowhere."""
    return back if len(back) <= 500 else back.partition("?")[0]


def going_on(kind: str, **given: Any) -> QuerySet[LongWork]:
    """Work of this kind that has not ended, with these values among what it was given."""
    wanted = {f"given__{name}": value for name, value in given.items()}
    return LongWork.objects.filter(kind=kind, ended_at=None, **wanted)


def progress(row: LongWork) -> tuple[int, int] | None:
    """(done, of how many), None while nobody knows. Kept beside the database: an import shows nothing before its end."""
    with suppress(Exception):  # a cache that is down hides a figure, nothing else
        found: tuple[int, int] | None = cache.get(f"long_work:{row.pk}")
        return found
    return None


def counted(rows: Iterable[T], total: int, report: Report) -> Iterator[T]:
    """The same rows; after each one `report` hears how many of how many there were."""
    for number, row in enumerate(rows, start=1):
        yield row
        report(number, total)


@contextmanager
def new_file() -> Iterator[IO[bytes]]:
    """A file for an outcome, without a name on the disk; closed when the block fails, read from its start after it."""
    out = tempfile.TemporaryFile()  # noqa: SIM115 - closed here, or once it is kept
    try:
        yield out
    except BaseException:
        out.close()
        raise
    out.seek(0)


# --- the worker's side --------------------------------------------------------


def run(ids: Iterable[int], *, told: Told) -> int:
    """Do these works as far as they wait and nobody else has them. Returns how many ended."""
    return sum(_run_one(pk, told) for pk in ids)


def _run_one(pk: int, told: Told) -> bool:
    if not _counted(pk):
        return False
    try:
        with request_cache.scope(), _held(pk) as row:
            if row is None:
                return False
            outcome = KINDS[row.kind].do(_of_one_who_may(row), _Noting(pk))
            return _end(row, outcome, told)
    except (Refused, ValidationError, PermissionDenied) as error:
        return _fail(pk, _words(error), told)
    except DatabaseError:
        logger.exception("long work %s waits for another try", pk)
        return False
    except Exception as error:
        logger.exception("long work %s cannot be done", pk)
        return _fail(
            pk, _("办理时出错（%(what)s），请联系系统管理员。") % {"what": type(error).__name__}, told
        )


def _rested(now: datetime) -> Q:
    """A clock that was set back makes nobody wait."""
    return Q(tried_at=None) | Q(tried_at__lte=now - REST) | Q(tried_at__gt=now + REST)


def _free(now: datetime) -> QuerySet[LongWork]:
    """Rows nobody works on. Inside a transaction; locks them."""
    rows = LongWork.objects.filter(_rested(now), ended_at=None).order_by("id")
    return rows.select_for_update(skip_locked=True)


def _counted(pk: int) -> bool:
    """Count the try in a commit of its own: work that kills its worker uses up its tries."""
    now = timezone.now()
    with transaction.atomic():
        row = _free(now).filter(pk=pk, attempts__lt=MOST_TRIES).first()
        if row is not None:
            LongWork.objects.filter(pk=pk).update(attempts=F("attempts") + 1, tried_at=now)
    return row is not None


@contextmanager
def _held(pk: int) -> Iterator[LongWork | None]:
    """The row under its lock, None when another worker has it or it has ended.

    SQLite has one worker and one lock for everything: only work that writes takes it for so long.
    """
    open_rows = LongWork.objects.select_related("user").filter(pk=pk, ended_at=None)
    row = open_rows.first()
    locks = connection.features.has_select_for_update or (row is not None and KINDS[row.kind].writes)
    with transaction.atomic() if locks else nullcontext():
        if connection.features.has_select_for_update:
            row = open_rows.select_for_update(skip_locked=True, of=("self",)).first()
        yield row


def _of_one_who_may(row: LongWork) -> LongWork:
    if not row.user.is_active:
        raise Refused(_("账号已停用，没有办理。"), row)
    return row


def _end(row: LongWork, outcome: Outcome, told: Told) -> bool:
    """Keep the file, close the row, tell. A row that somebody else closed meanwhile keeps what it has."""
    path = ""
    if outcome.content is not None:
        with outcome.content as content:
            path, _digest = files.write_bytes(_pieces(content), suffix=Path(outcome.name).suffix)
    given = row.given if outcome.count is None else row.given | {"count": outcome.count}
    try:
        return _close(row.pk, told, path=path, name=outcome.name, url=outcome.url, given=given)
    except BaseException:
        _remove(path)
        raise


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(_PIECE):
        yield piece


def _fail(pk: int, words: str, told: Told) -> bool:
    return _close(pk, told, trouble=words[:500])


def _close(pk: int, told: Told, **fields: Any) -> bool:
    with transaction.atomic():
        closed = LongWork.objects.filter(pk=pk, ended_at=None).update(ended_at=timezone.now(), **fields)
        if closed:
            told(LongWork.objects.select_related("user").get(pk=pk))
        else:
            _remove(fields.get("path", ""))
    return bool(closed)


def _words(error: Refused | ValidationError | PermissionDenied) -> str:
    if isinstance(error, Refused):
        return error.text
    return first_error(error) if isinstance(error, ValidationError) else _("您现在没有办理这件事的权限。")


class _Noting:
    """Notes how far a work is, now and then."""

    def __init__(self, pk: int) -> None:
        self._key, self._next = f"long_work:{pk}", 0.0

    def __call__(self, done: int, total: int) -> None:
        if (now := time.monotonic()) >= self._next:
            self._next = now + _NOTED_EVERY
            with suppress(Exception):
                cache.set(self._key, (done, total), timeout=3600)


# --- sweeping -----------------------------------------------------------------


def sweep(*, told: Told) -> int:
    """What beat calls: close what its workers died of, do what a lost message left, throw away what is old."""
    now = timezone.now()
    with transaction.atomic():
        dead = list(_free(now).filter(attempts__gte=MOST_TRIES)[:100])
        for row in dead:
            _fail(row.pk, _("办理时多次中断，没有办成，请联系系统管理员。"), told)
        due = [row.pk for row in _free(now).filter(attempts__lt=MOST_TRIES)[:100]]
    for row in LongWork.objects.filter(ended_at__lt=now - KEPT).exclude(path="")[:500]:
        LongWork.objects.filter(pk=row.pk).update(path="", given={})
        _remove(row.path)
    return run(due, told=told)


def _remove(path: str) -> None:
    if path:
        (Path(settings.FILES_ROOT) / path).unlink(missing_ok=True)


# --- the asker's side ---------------------------------------------------------


def answer(row: LongWork) -> FileResponse:
    """The file as a download, each a line of the journal; the caller has made sure that it is the asker's own.

    Raises Http404, PermissionDenied, Refused (also once it was thrown away).
    """
    if row.is_cleared:
        raise Refused(_("文件只保留两天，已经清除，请重新导出。"), row)
    if not row.path:
        raise Http404("no file")
    if row.kind in KINDS and not KINDS[row.kind].may(row):
        raise PermissionDenied("no right to this file any more")
    try:
        handle = (Path(settings.FILES_ROOT) / row.path).open("rb")
    except OSError as error:
        raise Refused(_("文件读不出来，请重新办理一次。"), row) from error
    detail = {"filter": row.given.get("words", ""), "count": row.given.get("count")}
    audit.record(by=row.user, verb="export", label=row.title, obj=row, detail=detail)
    response = FileResponse(
        handle, as_attachment=True, filename=row.name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response
