"""报进展, 申请办结, 办结, and a word on a report."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.action_items import permissions, selectors, services
from apps.action_items.forms.progress import CloseForm, ClosingForm, ReportForm, ReviewForm
from apps.common.errors import demand
from apps.roster.selectors import today

from .shared import acting_units, not_now, seen_item, sent, show_form


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
