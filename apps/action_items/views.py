"""Pages of the ledger: the list, its sheet, one item, and the acts on it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import grants
from apps.common import files, settings_rows, workflow
from apps.common.errors import demand
from apps.common.models import StoredFile
from apps.common.sheets import answer_xlsx, workbook
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import standing_of, today, units

from . import ledger, lights, pages, permissions, selectors, services
from .enums import ItemState, ReviewState
from .forms import CloseForm, ClosingForm, LedgerFilter, ReportForm, ReviewForm
from .models import ActionItem, ProgressReport

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
DONE = {
    "sign_for": _("已签收。"),
    "confirm_close": _("已确认完成，请办公室主任办结。"),
    "return_close": _("已退回，牵头单位会收到提醒。"),
    "terminate": _("已终止。"),
}
EXPORT_LIMIT = 10_000


def chosen_items(request: HttpRequest, form: LedgerFilter, rule: lights.Rule) -> Any:
    """The condition the filter asks for, as a Q."""
    chosen = form.chosen()
    found = ledger.matching(chosen["q"]) if "q" in chosen else ledger.everything()
    if "light" in chosen:
        found &= ledger.light_filters(rule)[chosen["light"]]
    if "state" in chosen:
        found &= ledger.state_filters(rule)[chosen["state"]]
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
    items = pages.sorted_items(seen.filter(wanted), chosen.get("sort", ""))
    page, lines = pages.page_of(items, counts["chosen"], request.GET.get("page"), rule)
    context = {
        "form": form, "summary": form.in_words(), "page_obj": page, "lines": lines,
        "stats": pages.stat_cards(counts, chosen.get("light", "")),
        "missing_years": ledger.missing_years([line["row"] for line in lines], rule),
        "query": request.GET.urlencode(), "yellow_days": settings_rows.value("yellow_days"),
    }  # fmt: skip
    return render(request, "action_items/list.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The filtered ledger as a sheet, in the order of the page."""
    form, rule = LedgerFilter(request.GET), selectors.rule_on()
    items = selectors.visible_to(request.user).filter(chosen_items(request, form, rule))
    items = pages.sorted_items(items, form.chosen().get("sort", ""))[:EXPORT_LIMIT]
    rows = [pages.cells(pages.line(row, n, rule)) for n, row in enumerate(ledger.rows_of(items, rule), 1)]
    return answer_xlsx(workbook(HEADINGS, rows, title="督办台账"), f"督办台账{today():%Y%m%d}.xlsx")


def seen_item(request: HttpRequest, pk: int) -> ActionItem:
    """The item with all its page shows, or 404."""
    seen = selectors.with_facts(selectors.visible_to(request.user))
    return get_object_or_404(
        seen.select_related("source_paper__number__minutes", "confirmed_by_unit").prefetch_related(
            "duties__unit"
        ),
        pk=pk,
    )


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One item: what was decided, who does it, how far it has come, and what this user may do now."""
    item, rule = seen_item(request, pk), selectors.rule_on()
    verdict = rule.judge(lights.snapshot(selectors.facts_of(item), rule.as_of))
    actions, seldom = pages.buttons(request.user, item)
    row = ledger.Row(item, verdict, selectors.leads_of(item), selectors.supports_of(item))
    context = {
        "item": item, "row": row, "lamp": pages.lamp_of(item, verdict, rule.as_of),
        "colour": pages.STATE_COLOURS[ItemState(item.state)], "actions": actions, "seldom": seldom,
        "facts": pages.facts(item, verdict, selectors.paper_link(item, request.user)),
        "extensions": pages.extensions(item), "corrections": pages.corrections(item),
        "reports": selectors.reports_of(item), "history": pages.timeline(item),
        "may_review": permissions.can_review(request.user, item), "waiting": ReviewState.WAITING,
        "stopped": selectors.source_is_stopped(item),
        "no_duty": selectors.leads_without_duty(item), "next_step": pages.next_step(request.user, item),
        "missing_years": ledger.missing_years([row], rule), **grants.panel(item, request.user),
    }  # fmt: skip
    return render(request, "action_items/detail.html", context)


def acting_units(request: HttpRequest, item: ActionItem, *, leads_only: bool) -> tuple[list[Unit], bool]:
    """(units this user may speak for, whether it is on behalf of another). Raises PermissionDenied."""
    leads = selectors.leads_of(item)
    named = leads if leads_only else leads + selectors.supports_of(item)
    standing = standing_of(request.user)
    mine = [unit for unit in named if unit.pk in standing.liaison_units]
    if mine and not standing.runs_office:
        return mine, False
    if standing.runs_office:
        return named, not all(unit in mine for unit in named)
    raise PermissionDenied("no part in this item")


def sent(request: HttpRequest, form: BaseForm, act: Callable[[], Any]) -> bool:
    """True when a filled-in form was posted and its act done; else the reasons stand beside the fields."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        act()
    except ValidationError as error:
        found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, texts in found.items():
            for text in texts:
                form.add_error(name if name in form.fields else None, text)
        return False
    return True


def show_form(request: HttpRequest, form: BaseForm, **context: Any) -> HttpResponse:
    """A form page of an item; 422 when it came back with errors."""
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "action_items/form.html", {"form": form, **context}, status=status)


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """报进展, prefilled with the unit's last report."""
    item = seen_item(request, pk)
    if back := not_now(request, item, "report"):
        return back
    acting, on_behalf = acting_units(request, item, leads_only=False)
    last = selectors.last_report_of(item, acting)
    form = ReportForm(
        request.POST or None, request.FILES or None, acting=acting, on_behalf=on_behalf, last=last
    )
    if sent(request, form, lambda: services.report(item, form.said(), unit=form.speaker, by=request.user)):
        messages.success(request, _("进展已报送。"))
        return redirect(item)
    return show_form(request, form, item=item, last=last, title=_("报进展"), button=_("报送"))


def not_now(request: HttpRequest, item: ActionItem, verb: str) -> HttpResponse | None:
    """A redirect with the reason when a form's page is opened too late; 403 without the right."""
    row = workflow.WORKFLOWS[ActionItem][verb]
    if not row.allowed(request.user, item):
        raise PermissionDenied(verb)
    if why := workflow.refusal(row, item):
        messages.error(request, why)
        return redirect(item)
    return None


@require_http_methods(["GET", "POST"])
def ask_close(request: HttpRequest, pk: int) -> HttpResponse:
    """申请办结, by a lead unit or by the office on its behalf."""
    item = seen_item(request, pk)
    if back := not_now(request, item, "ask_close"):
        return back
    acting, on_behalf = acting_units(request, item, leads_only=True)
    form = ClosingForm(request.POST or None, request.FILES or None, acting=acting, on_behalf=on_behalf)
    if sent(request, form, lambda: form.ask(item, by=request.user)):
        messages.success(request, _("已申请办结，等待审核。"))
        return redirect(item)
    return show_form(request, form, item=item, title=_("申请办结"), button=_("提交申请"))


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """办结 on a day: the stated day of completion unless the office decides otherwise."""
    item = seen_item(request, pk)
    if back := not_now(request, item, "close"):
        return back
    form = CloseForm(request.POST or None, initial={"closed_on": item.claimed_on or today()})
    if sent(request, form, lambda: services.close(item, **form.cleaned_data, by=request.user)):
        messages.success(request, _("已办结。"))
        return redirect(item)
    return show_form(request, form, item=item, title=_("办结"), button=_("办结"))


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """An act without fields of its own: 签收, 确认完成, 退回, 终止."""
    item, reason = seen_item(request, pk), request.POST.get("reason", "").strip()
    if verb == "sign_for":
        services.sign_for(item, by=request.user)
    elif verb == "confirm_close":
        services.confirm_close(item, by=request.user)
    elif verb == "return_close":
        services.return_close(item, reason=reason, by=request.user)
    elif verb == "terminate":
        services.terminate(item, reason=reason, by=request.user)
    else:
        raise Http404(verb)
    messages.success(request, DONE[verb])
    return redirect(item)


@require_POST
def review(request: HttpRequest, pk: int, report_pk: int) -> HttpResponse:
    """已阅 or 退回 of one report."""
    item = seen_item(request, pk)
    row = get_object_or_404(item.reports, pk=report_pk)
    demand(permissions.can_review(request.user, item), "review a report")
    form = ReviewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("没有办理：请选择已阅或退回。"))
        return redirect(item)
    accept = form.cleaned_data["verdict"] == "accept"
    services.review_report(row, accept=accept, note=form.cleaned_data["reason"], by=request.user)
    messages.success(request, _("已标为已阅。") if accept else _("已退回，单位会收到提醒。"))
    return redirect(item)


@require_GET
def download(request: HttpRequest, pk: int, file_pk: int) -> FileResponse:
    """A file of one of the item's reports."""
    item = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    reports = ProgressReport.objects.filter(item=item)
    stored = get_object_or_404(StoredFile, pk=file_pk, pk__in=reports.values("files"))
    return files.answer(stored, by=request.user)
