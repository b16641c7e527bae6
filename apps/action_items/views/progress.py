"""报进展, 无新进展, 申请办结, 办结, and a word on a report."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.action_items import item_page, permissions, selectors, services, support
from apps.action_items.forms.progress import (
    NOTHING_NEW,
    CloseForm,
    ClosingForm,
    ConfirmForm,
    NothingNewForm,
    ReportForm,
    ReviewForm,
)
from apps.action_items.models import ActionItem
from apps.common.errors import demand
from apps.roster.selectors import today, units

from .shared import acting_units, chosen_unit, not_now, seen_item, sent, show_form


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """报进展, prefilled with the unit's last report; above it 无新进展 in one tap."""
    item = seen_item(request, pk)
    if back := not_now(request, item, "report"):
        return back
    form = _report_form(request, item)
    if sent(request, form, lambda: services.report(item, form.said(), unit=form.speaker, by=request.user)):
        messages.success(request, _("进展已报送。"))
        return redirect(item)
    return _report_page(request, item, form=form)


@require_POST
def nothing_new(request: HttpRequest, pk: int) -> HttpResponse:
    """无新进展, with the reason that was tapped or typed."""
    item = seen_item(request, pk)
    if back := not_now(request, item, "report"):
        return back
    acting, others = acting_units(request, item, leads_only=False)
    form = NothingNewForm(request.POST, acting=acting, others=others, chosen=chosen_unit(request, acting))

    def act() -> None:
        note = form.cleaned_data["source_note"]
        services.nothing_new(item, why=form.reason(), unit=form.speaker, source_note=note, by=request.user)

    if sent(request, form, act):
        messages.success(request, _("已报送：本期无新进展。"))
        return redirect(item)
    return _report_page(request, item, quick=form)


def _report_form(request: HttpRequest, item: ActionItem, *, empty: bool = False) -> ReportForm:
    acting, others = acting_units(request, item, leads_only=False)
    chosen = chosen_unit(request, acting)
    sent_data = () if empty else (request.POST or None, request.FILES or None)
    return ReportForm(
        *sent_data,
        acting=acting,
        others=others,
        chosen=chosen,
        last=selectors.last_report_of(item, [chosen]),
        leading=chosen in selectors.leads_of(item),
    )


def _title(request: HttpRequest, item: ActionItem) -> Any:
    answering = permissions.answers_for_support(request.user, item)
    return item_page.ANSWER_SUPPORT if answering else _("报进展")


def _report_page(
    request: HttpRequest,
    item: ActionItem,
    *,
    form: ReportForm | None = None,
    quick: NothingNewForm | None = None,
) -> HttpResponse:
    acting, others = acting_units(request, item, leads_only=False)
    chosen = chosen_unit(request, acting)
    last = selectors.last_report_of(item, [chosen])
    who: dict[str, Any] = {"acting": acting, "others": others, "chosen": chosen}
    page = show_form(
        request, form or _report_form(request, item, empty=True), item=item, last=last,
        title=_title(request, item),
        quick=quick or NothingNewForm(**who, auto_id="quick_%s"), reasons=NOTHING_NEW, speakers=item_page.speakers(item, acting, chosen),
        keep=f"report-{item.pk}-{chosen.pk}", base=last.pk if last else 0,
        leads=item_page.leads_said(item, [chosen]), asked=support.asked_of(item), template="action_items/report.html",
    )  # fmt: skip
    page.status_code = 422 if quick is not None else page.status_code
    return page


@require_http_methods(["GET", "POST"])
def ask_close(request: HttpRequest, pk: int) -> HttpResponse:
    """申请办结, by a lead unit or by the office on its behalf."""
    item = seen_item(request, pk)
    if back := not_now(request, item, "ask_close"):
        return back
    acting, others = acting_units(request, item, leads_only=True)
    form = ClosingForm(request.POST or None, request.FILES or None, acting=acting, others=others)
    if sent(request, form, lambda: form.ask(item, by=request.user)):
        messages.success(request, _("已申请办结，等待审核。"))
        return redirect(item)
    return show_form(
        request, form, item=item, title=_("申请办结"), button=_("提交申请"), keep=f"close-{item.pk}",
        base=item.reports.count(),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """代录确认完成: by the office, for a supporting unit that has no account."""
    item = seen_item(request, pk)
    if back := not_now(request, item, "enter_confirmation"):
        return back
    wanted = permissions.confirming_units(item)
    acting = [unit for unit in units() if unit.pk in wanted]
    form = ConfirmForm(request.POST or None, request.FILES or None, acting=acting, others=wanted)
    if sent(request, form, lambda: form.enter(item, by=request.user)):
        messages.success(request, _("已代录确认完成，请办公室主任办结。"))
        return redirect(item)
    about = item_page.claimed(request.user, item)
    return show_form(request, form, item=item, title=_("代录确认完成"), button=_("保存"), **about)


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
    about = item_page.claimed(request.user, item)
    return show_form(request, form, item=item, title=_("办结"), button=_("办结"), **about)


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
