"""The ledger's long works: a sheet of many rows going out, one of many rows coming in. Done by the worker."""

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common import long_work, sheets
from apps.common.errors import Refused
from apps.common.long_work import Kind, Outcome, Report
from apps.common.models import LongWork

from . import importing, ledger_page, permissions, selectors
from .asking import Question
from .beside import Beside, beside
from .forms.ledger import LedgerFilter, filter_of
from .models import LedgerImport

EXPORT, IMPORT = "ledger_export", "ledger_import"
LONG_IMPORT = (
    50  # rows written; each is a report with its journal line and its mails, some 20 ms of a processor
)


def asked(user: Any, given: QueryDict) -> tuple[Beside, LedgerFilter, Question]:
    """What stands beside the items, the filter, and the question it asks."""
    found = beside(user, LedgerFilter.day_of(given))
    form = filter_of(given, found.duties)
    return found, form, Question(user, form.chosen())


# --- out ----------------------------------------------------------------------


def sheet_rows(question: Question, found: Beside) -> Iterator[list[Any]]:
    """The cells under `ledger_page.SHEET` of every asked line, in the order of the page."""
    moment = timezone.localtime()
    lines = ledger_page.lines(question.rows(), question.rule, found.holders)
    return (ledger_page.sheet_cells(line, moment) for line in lines)


def sheet_name(question: Question) -> str:
    """The name of the file."""
    return f"督办台账{question.day:%Y%m%d}.xlsx"


def in_words(question: Question, form: LedgerFilter) -> str:
    """The filter as the journal keeps it: with the day, where that is not today."""
    day = "" if question.is_today else f"{form.fields['as_of'].label}：{question.day.isoformat()}"
    return "；".join(filter(None, [day, form.in_words()]))


def start_export(question: Question, form: LedgerFilter, *, by: Any) -> LongWork | None:
    """The work that makes a long sheet; None for one that is made while one waits. One query, or a few.

    It is given the items' ids, or None by who sees every item: whoever fetches the file must still see as much.
    """
    if question.at_most() <= long_work.LONG_ROWS:
        return None
    query = form.query()
    back = f"{reverse('action_items:list')}?{query}"
    given = {"query": query, "items": question.ids(), "words": in_words(question, form)[:300]}
    return long_work.start(EXPORT, title=_("导出督办台账"), by=by, back=back, **given)


def _export(row: LongWork, report: Report) -> Outcome:
    found, _form, question = asked(row.user, QueryDict(row.given["query"]))
    rows = long_work.counted(sheet_rows(question, found), question.at_most(), report)
    with long_work.new_file() as out:
        count = sheets.write(out, ledger_page.SHEET, rows, title="督办台账", hidden=ledger_page.HIDDEN)
    return Outcome(content=out, name=sheet_name(question), count=count)


def _still_sees(row: LongWork) -> bool:
    """Each item in the file is one its asker sees today. One query."""
    if selectors.sight_of(row.user) is None:
        return True
    wanted = row.given.get("items")
    return wanted is not None and selectors.visible_to(row.user).filter(pk__in=wanted).count() == len(wanted)


# --- in -----------------------------------------------------------------------


def start_import(row: LedgerImport, *, seen: str, by: Any) -> LongWork | None:
    """The work that writes a long sheet that was confirmed; None for a short one, or one that is written already.

    Raises Refused as `importing.confirm` does: what was not looked at is not handed on.
    """
    if row.done_at is not None:
        return None
    if (known := work_of(row)) is not None:
        return known
    plan = importing.plan_of(row, by=by)
    if len(plan.entries) <= LONG_IMPORT:
        return None
    importing.refuse_unseen(plan, seen, row)
    title = _("导入%(name)s") % {"name": row.file.name}
    return long_work.start(IMPORT, title=title, by=by, back=row.get_absolute_url(), sheet=row.pk, seen=seen)


def work_of(row: LedgerImport) -> LongWork | None:
    """The work that is writing this sheet, or about to."""
    return long_work.going_on(IMPORT, sheet=row.pk).first()


def _import(row: LongWork, report: Report) -> Outcome:
    sheet = LedgerImport.objects.select_related("file").filter(pk=row.given["sheet"], user=row.user).first()
    if sheet is None or not permissions.can_import(row.user):
        raise Refused(_("上传的表格已经清理，或者您不再有导入的权限。"))
    written = importing.confirm(sheet, seen=row.given["seen"], by=row.user, report=report)
    return Outcome(url=written.get_absolute_url())


long_work.KINDS[EXPORT] = Kind(_export, may=_still_sees)
long_work.KINDS[IMPORT] = Kind(_import, writes=True)
