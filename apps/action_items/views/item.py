"""One item: its page, acts without fields of their own, files."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import grants
from apps.action_items import item_page, ledger, lights, pages, permissions, selectors, services
from apps.action_items.enums import ItemState, ReviewState
from apps.action_items.models import ProgressReport
from apps.common import files
from apps.common.models import StoredFile

from .shared import seen_item

DONE = {
    "sign_for": _("已签收。"),
    "confirm_close": _("已确认完成，请办公室主任办结。"),
    "return_close": _("已退回，牵头单位会收到提醒。"),
    "terminate": _("已终止。"),
}


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One item: what was decided, who does it, how far it has come, and what this user may do now."""
    item, rule = seen_item(request, pk), selectors.rule_on()
    verdict = rule.judge(lights.snapshot(selectors.facts_of(item), rule.as_of))
    actions, seldom = item_page.buttons(request.user, item)
    row = ledger.Row(item, verdict, selectors.leads_of(item), selectors.supports_of(item))
    context = {
        "item": item, "row": row, "lamp": pages.lamp_of(item, verdict, rule.as_of),
        "colour": pages.STATE_COLOURS[ItemState(item.state)], "actions": actions, "seldom": seldom,
        "facts": item_page.facts(item, verdict, selectors.paper_link(item, request.user)),
        "extensions": item_page.extensions(item), "corrections": item_page.corrections(item),
        "reports": selectors.reports_of(item), "history": item_page.timeline(item),
        "may_review": permissions.can_review(request.user, item), "waiting": ReviewState.WAITING,
        "stopped": selectors.source_is_stopped(item),
        "no_duty": selectors.leads_without_duty(item), "next_step": item_page.next_step(request.user, item),
        "missing_years": ledger.missing_years([row], rule), **grants.panel(item, request.user),
    }  # fmt: skip
    return render(request, "action_items/detail.html", context)


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


@require_GET
def download(request: HttpRequest, pk: int, file_pk: int) -> FileResponse:
    """A file of one of the item's reports."""
    item = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    reports = ProgressReport.objects.filter(item=item)
    stored = get_object_or_404(StoredFile, pk=file_pk, pk__in=reports.values("files"))
    return files.answer(stored, by=request.user)
