"""督办台账: the list and its sheet."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.action_items import ledger, ledger_page, lights, selectors
from apps.action_items.forms.ledger import LedgerFilter
from apps.common import settings_rows
from apps.common.sheets import answer_xlsx, workbook
from apps.roster.enums import AssignmentRole
from apps.roster.selectors import today, units

HEADINGS = [
    "序号",
    "编号",
    "议定事项",
    "牵头单位",
    "配合单位",
    "时限",
    "延期后",
    "灯",
    "状态",
    "最近进展",
    "更新日期",
]


EXPORT_LIMIT = 10_000


def chosen_items(request: HttpRequest, form: LedgerFilter, rule: lights.Rule) -> Any:
    """The condition the filter asks for, as a Q."""
    chosen = form.chosen()
    found = ledger.matching(chosen["q"]) if "q" in chosen else ledger.everything()
    if "light" in chosen:
        found &= ledger.light_filters(rule)[chosen["light"]]
    if "state" in chosen:
        found &= ledger.state_filters(rule)[chosen["state"]]
    found &= form.in_span()
    by_pk = {str(unit.pk): unit for unit in units()}
    for name, role in (("lead", AssignmentRole.LEAD), ("support", AssignmentRole.SUPPORT)):
        if name in chosen:
            found &= ledger.of_unit(by_pk[chosen[name]], role)
    return found & ledger.of_paper(chosen["paper"]) if "paper" in chosen else found


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """督办台账: figures by lamp, filter, one page of items."""
    form, rule = LedgerFilter(request.GET), selectors.rule_on()
    seen, wanted = selectors.visible_to(request.user), chosen_items(request, form, rule)
    counts = ledger.counts(seen, rule, wanted)
    chosen = form.chosen()
    items = ledger_page.sorted_items(seen.filter(wanted), chosen.get("sort", ""))
    page, lines = ledger_page.page_of(items, counts["chosen"], request.GET.get("page"), rule)
    context = {
        "form": form, "summary": form.in_words(), "page_obj": page, "lines": lines,
        "stats": ledger_page.stat_cards(counts, chosen.get("light", "")),
        "missing_years": ledger.missing_years([line["row"] for line in lines], rule),
        "query": request.GET.urlencode(), "yellow_days": settings_rows.value("yellow_days"),
    }  # fmt: skip
    return render(request, "action_items/list.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The filtered ledger as a sheet, in the order of the page."""
    form, rule = LedgerFilter(request.GET), selectors.rule_on()
    items = selectors.visible_to(request.user).filter(chosen_items(request, form, rule))
    items = ledger_page.sorted_items(items, form.chosen().get("sort", ""))[:EXPORT_LIMIT]
    rows = [
        ledger_page.cells(ledger_page.line(row, n, rule))
        for n, row in enumerate(ledger.rows_of(items, rule), 1)
    ]
    return answer_xlsx(workbook(HEADINGS, rows, title="督办台账"), f"督办台账{today():%Y%m%d}.xlsx")
