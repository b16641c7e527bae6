"""Keeping a sheet, showing what it would write, and writing it: all of it, or nothing, and once."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.action_items import past, services
from apps.action_items.models import LedgerImport
from apps.common import audit, files, long_work
from apps.common.errors import Refused
from apps.common.workflow import lock

from .checking import Entry, Plan, check
from .reading import Book, read

# A preview is looked at within the hour; a day leaves room for one who asks a colleague first.
UPLOADS_KEPT = timedelta(days=1)
_LOCK = 7_204_113  # one advisory lock for whatever an import writes; the journal's is the number before


@transaction.atomic
def bring(upload: UploadedFile, *, by: Any) -> LedgerImport:
    """Keep a sheet that can be read as a ledger, and what was read. Nothing of it is written yet. Raises ValidationError."""
    book = read(upload.file)  # type: ignore[arg-type]
    upload.seek(0)
    return LedgerImport.objects.create(user=by, file=files.store(upload, by=by), kept=book.kept())


def plan_of(row: LedgerImport, *, by: Any) -> Plan:
    """What the sheet would write now, by what was read when it was brought.

    One brought before that was kept is read from its file: raises ValidationError when that is gone or damaged.
    """
    if row.kept:
        return check(Book.of_kept(bytes(row.kept)), by=by)
    try:
        content = files.read_bytes(row.file.path)
    except OSError as error:
        raise ValidationError(_("文件读不出来，请重新上传。")) from error
    return check(read(io.BytesIO(content)), by=by)


@transaction.atomic
def confirm(
    row: LedgerImport, *, seen: str, by: Any, report: Callable[[int, int], None] | None = None
) -> LedgerImport:
    """Write what was shown; rows that are wrong stay out. A second time does nothing.

    `report` hears after each row how many of how many are written. `seen` is the digest of the plan the user looked
    at. Raises Refused: the ledger has changed since, nothing to do, or (without `report`) another import is going on.
    """
    fresh = lock(row)
    if fresh.done_at is not None:
        return fresh
    _one_at_a_time(fresh, wait=report is not None)
    plan = _plan_locked(fresh, by)
    refuse_unseen(plan, seen, fresh)
    with audit.at_the_end():
        for number, entry in enumerate(plan.entries, start=1):
            _write(entry, fresh, by)
            if report is not None:
                report(number, len(plan.entries))
    fresh.done_at, fresh.kept = timezone.now(), b""
    fresh.written = {
        "reports": len(plan.reports), "items": len(plan.items), "left_out": plan.wrong_rows, "unchanged": plan.unchanged,
    }  # fmt: skip
    fresh.save()
    audit.record(
        by=by,
        verb="import_ledger",
        label=_("导入台账"),
        obj=fresh,
        detail={**fresh.written, "file": fresh.file.name},
    )
    return fresh


def refuse_unseen(plan: Plan, seen: str, row: LedgerImport) -> None:
    """Raise Refused when this is not the plan somebody looked at, or when it writes nothing."""
    if plan.digest != seen:
        raise Refused(_("预览之后台账有了变化，请再核对一遍下面的内容，然后确认。"), row)
    if not plan.entries:
        raise Refused(_("没有可以导入的内容。"), row)


def _one_at_a_time(row: LedgerImport, *, wait: bool) -> None:
    """Take the lock of all imports, before the items' and the journal's. SQLite has one writer anyway.

    New items have no row to lock: the same ledger from two people is judged by the second once the first is written.
    The worker waits for a long one, somebody at a page does not: raises Refused.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            return
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise Refused(_("有人正在导入另一份表格，请过一会儿再确认。"), row)


def _plan_locked(row: LedgerImport, by: Any) -> Plan:
    """The plan with its items locked, in the order of their ids: nobody reports on one before it is written."""
    named = {item.pk: item for entry in plan_of(row, by=by).entries if (item := entry.item) is not None}
    for pk in sorted(named):
        lock(named[pk])
    return plan_of(row, by=by)


def _write(entry: Entry, row: LedgerImport, by: Any) -> None:
    try:
        if entry.past is not None:
            report, extension = entry.extra
            item = replace(entry.past, ref=f"TZ{row.pk}-{entry.number}")
            past.keep_item(
                item, reports=[report] if report else [], extensions=[extension] if extension else [], by=by
            )
        elif entry.item is not None and entry.unit is not None and entry.said is not None:
            services.report(entry.item, entry.said, unit=entry.unit, by=by)
    except (ValidationError, Refused) as error:
        why = error.text if isinstance(error, Refused) else "；".join(error.messages)
        raise Refused(_("第%(row)s行：%(why)s") % {"row": entry.number, "why": why}, row) from error


def forget_unconfirmed() -> int:
    """Throw away sheets that were brought a day ago and never confirmed, with their files. Returns how many.

    One that is being written is locked by its writer; one that waits for the worker stays until it is.
    """
    count = 0
    old = Q(done_at=None, brought_at__lt=timezone.now() - UPLOADS_KEPT)
    for pk in LedgerImport.objects.filter(old).order_by("pk").values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            rows = LedgerImport.objects.filter(old, pk=pk).select_related("file")
            row = rows.select_for_update(skip_locked=True, of=("self",)).first()
            if row is None or long_work.going_on("ledger_import", sheet=pk).exists():
                continue
            row.delete()
            row.file.delete()
            path = Path(settings.FILES_ROOT) / row.file.path
            transaction.on_commit(partial(path.unlink, missing_ok=True))
        count += 1
    return count
