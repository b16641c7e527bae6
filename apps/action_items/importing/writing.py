"""Keeping a sheet, showing what it would write, and writing it: all of it, or nothing, and once."""

import io
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.action_items import past, services
from apps.action_items.models import LedgerImport
from apps.common import audit, files
from apps.common.errors import Refused
from apps.common.workflow import lock

from .checking import Entry, Plan, check
from .reading import read


@transaction.atomic
def bring(upload: UploadedFile, *, by: Any) -> LedgerImport:
    """Keep a sheet that can be read as a ledger. Nothing of it is written yet. Raises ValidationError."""
    read(upload.file)  # type: ignore[arg-type]
    upload.seek(0)
    return LedgerImport.objects.create(user=by, file=files.store(upload, by=by))


def plan_of(row: LedgerImport, *, by: Any) -> Plan:
    """What the sheet would write now. Raises ValidationError when its file is gone or damaged."""
    try:
        content = files.read_bytes(row.file.path)
    except OSError as error:
        raise ValidationError(_("文件读不出来，请重新上传。")) from error
    return check(read(io.BytesIO(content)), by=by)


@transaction.atomic
def confirm(row: LedgerImport, *, seen: str, by: Any) -> LedgerImport:
    """Write what was shown; rows that are wrong stay out. A second time does nothing.

    `seen` is the digest of the plan the user looked at. Raises Refused: the ledger has changed since, or nothing to do.
    """
    fresh = lock(row)
    if fresh.done_at is not None:
        return fresh
    plan = _plan_locked(fresh, by)
    if plan.digest != seen:
        raise Refused(_("预览之后台账有了变化，请再核对一遍下面的内容，然后确认。"), fresh)
    if not plan.entries:
        raise Refused(_("没有可以导入的内容。"), fresh)
    for entry in plan.entries:
        _write(entry, fresh, by)
    fresh.done_at = timezone.now()
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
