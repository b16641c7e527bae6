"""The journal as a sheet: many lines are written by the worker."""

from typing import IO, Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common import audit, long_work, sheets
from apps.common.long_work import Kind, Outcome, Report
from apps.common.models import AuditEvent, LongWork

from . import journal_pages, permissions
from .forms import AuditFilter

EXPORT = "journal_export"


def _asked(given: QueryDict) -> QuerySet[AuditEvent]:
    form = AuditFilter(given)
    return journal_pages.events(form.cleaned_data if form.is_valid() else {})


def start_export(given: QueryDict, *, words: str, by: Any) -> LongWork | None:
    """The work that writes a long sheet; None for one that is written while one waits. One query, or a few."""
    if _asked(given)[: long_work.LONG_ROWS + 1].count() <= long_work.LONG_ROWS:
        return None
    query = given.urlencode()
    back = f"{reverse('accounts:audit')}?{query}"
    return long_work.start(EXPORT, title=_("导出审计日志"), by=by, back=back, query=query, words=words[:300])


def write(
    out: IO[bytes], given: QueryDict, *, words: str, by: Any, report: Report | None = None
) -> tuple[str, int]:
    """The sheet into a file; returns its name and how many lines. That they were taken out is itself a line: of a long
    one when it is fetched (`long_work.answer`)."""
    events = _asked(given)[: journal_pages.EXPORT_LIMIT]
    rows = journal_pages.export_rows(events)
    if report is not None:
        rows = long_work.counted(rows, events.count(), report)
    count = sheets.write(out, journal_pages.HEADINGS, rows, title="审计日志")
    if report is None:
        audit.record(
            by=by, verb="export_audit", label="导出日志", detail={"filter": words[:300], "count": count}
        )
    return f"审计日志_{timezone.localdate():%Y%m%d}.xlsx", count


def _export(row: LongWork, report: Report) -> Outcome:
    if not permissions.can_read_journal(row.user):
        raise PermissionDenied("read the journal")
    query, words = QueryDict(row.given["query"]), row.given["words"]
    with long_work.new_file() as out:
        name, count = write(out, query, words=words, by=row.user, report=report)
    return Outcome(content=out, name=name, count=count)


long_work.KINDS[EXPORT] = Kind(_export, may=lambda row: permissions.can_read_journal(row.user))
