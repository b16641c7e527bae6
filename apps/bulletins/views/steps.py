"""批准, 编号 and 印发: each on a page that shows what is decided."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.bulletins import pages, selectors, services
from apps.bulletins.forms import ApproveForm, NumberForm
from apps.bulletins.models import Bulletin
from apps.common import workflow
from apps.common.errors import demand
from apps.dispatch.telling import held_words
from apps.documents import show
from apps.meetings.views.shared import sent, status_of

from .bulletins import fetch


def _ask(request: HttpRequest, bulletin: Bulletin, verb: str) -> HttpResponse | None:
    """A redirect with the reason when the page is opened too late; 403 without the right."""
    row = workflow.WORKFLOWS[Bulletin][verb]
    demand(row.allowed(request.user, bulletin), verb)
    if bulletin.state not in row.sources:
        messages.error(request, workflow.refusal(row, bulletin))
        return redirect(bulletin)
    return None


@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it as it will look, then 批准 or 退回 with a word."""
    bulletin = fetch(request, pk)
    if back := _ask(request, bulletin, "approve"):
        return back
    form = ApproveForm(request.POST or None)
    if sent(request, form, lambda: _decide(bulletin, form.cleaned_data, request.user)):
        approved = form.cleaned_data["verb"] == "approve"
        messages.success(request, _("已批准，请办公室编号印发。") if approved else _("已退回修改。"))
        return redirect(bulletin)
    context = {
        "bulletin": bulletin, "form": form, "sheets": show.sheets(pages.shown(bulletin)),
        "mark": selectors.mark_of(bulletin), "facts": pages.facts(bulletin, whole=True), "stats": pages.stats(bulletin.snapshot),
        "warnings": pages.warnings(list(bulletin.sections.all()), bulletin.snapshot),
        **pages.tables(bulletin.snapshot),
    }  # fmt: skip
    return render(request, "bulletins/approve.html", context, status=status_of(form))


def _decide(bulletin: Bulletin, data: dict[str, Any], user: Any) -> Bulletin:
    if data["verb"] == "approve":
        return services.approve(bulletin, by=user, seen=data["seen"], opinion=data["opinion"])
    return services.send_back(bulletin, reason=data["opinion"], by=user)


@require_http_methods(["GET", "POST"])
def number(request: HttpRequest, pk: int) -> HttpResponse:
    """编号成文."""
    bulletin = fetch(request, pk)
    if back := _ask(request, bulletin, "number"):
        return back
    form = NumberForm(request.POST or None, initial={"printed_on": timezone.localdate()})
    if sent(request, form, lambda: services.number(bulletin, **form.cleaned_data, by=request.user)):
        messages.success(request, _("已编号成文，文件正在制作。"))
        return redirect("bulletins:issue", pk)
    context = {
        "form": form, "bulletin": bulletin, "title": _("编号成文"), "button": _("编号成文"),
        "note": _("编号取本年度下一号，不跳号。编号之后文字不能再改。"),
    }  # fmt: skip
    return render(request, "bulletins/form.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Who gets it, and 印发."""
    bulletin = fetch(request, pk)
    if back := _ask(request, bulletin, "issue"):
        return back
    if request.method == "POST":
        services.issue(bulletin, by=request.user)
        messages.success(request, _("已印发。各单位签收情况见“签收情况”。") + held_words())
        return redirect(bulletin)
    why = workflow.refusal(workflow.WORKFLOWS[Bulletin]["issue"], bulletin) or selectors.switched_off()
    recipients = selectors.recipients_of(bulletin)
    sheets = show.sheets(pages.shown(bulletin))
    context = {"bulletin": bulletin, "recipients": recipients, "refusal": why, "sheets": sheets}
    return render(request, "bulletins/issue.html", context)
