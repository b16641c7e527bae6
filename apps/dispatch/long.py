"""The dispatch desk's sheet: many copies are written by the worker."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common import long_work, sheets
from apps.common.long_work import Kind, Outcome, Report
from apps.common.models import LongWork

from . import desk, permissions, selectors
from .forms import CopyFilter
from .models import Delivery

EXPORT = "desk_export"
EXPORT_LIMIT = 10_000


def asked(user: Any, given: QueryDict) -> tuple[CopyFilter, QuerySet[Delivery]]:
    """The filter and its rows. Raises PermissionDenied for those who do not see the outbox."""
    if not permissions.can_see_outbox(user):
        raise PermissionDenied("desk")
    form = CopyFilter(given, recipients=selectors.recipient_names())
    return form, form.narrow(desk.copies(user))


def sheet_rows(rows: QuerySet[Delivery], user: Any) -> Iterator[list[Any]]:
    """The cells under `desk.HEADINGS` of the copies, at most as many as a sheet holds."""
    return (desk.cells(copy) for copy in desk.shown(rows[:EXPORT_LIMIT], user, timezone.localdate()))


def sheet_name() -> str:
    """The name of the file."""
    return f"发文台{timezone.localdate():%Y%m%d}.xlsx"


def start_export(rows: QuerySet[Delivery], given: QueryDict, *, words: str, by: Any) -> LongWork | None:
    """The work that writes a long sheet; None for one that is written while one waits. One query, or a few."""
    if rows[: long_work.LONG_ROWS + 1].count() <= long_work.LONG_ROWS:
        return None
    query = given.urlencode()
    back = f"{reverse('dispatch:copies')}?{query}"
    return long_work.start(EXPORT, title=_("导出发文台"), by=by, back=back, query=query, words=words[:300])


def _export(row: LongWork, report: Report) -> Outcome:
    _form, rows = asked(row.user, QueryDict(row.given["query"]))
    total = rows[:EXPORT_LIMIT].count()
    with long_work.new_file() as out:
        cells = long_work.counted(sheet_rows(rows, row.user), total, report)
        count = sheets.write(out, desk.HEADINGS, cells, title="发文台")
    return Outcome(content=out, name=sheet_name(), count=count)


long_work.KINDS[EXPORT] = Kind(_export, may=lambda row: permissions.can_see_outbox(row.user))
