"""延期: asking, the request's own page with review and decision, what was decided on paper, 延期审批表."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.action_items import deciding_page, item_sheets, selectors, services
from apps.action_items.enums import ExtensionState
from apps.action_items.forms.deciding import DecideForm, ExtensionForm
from apps.action_items.models import ActionItem, Extension
from apps.documents import show
from apps.documents.enums import PaperKind
from apps.roster.selectors import today

from .shared import (
    acting_units,
    ask_before_binding,
    check_decision,
    not_now,
    register_decision,
    seen_item,
    sent,
    show_form,
)

DONE = {
    "review": _("已审核，送召集人批准。"),
    "send_back": _("已退回，申请单位会收到提醒。"),
    "grant": _("已同意延期，有关单位会收到提醒。"),
    "refuse": _("已记录不同意，申请单位会收到提醒。"),
    "withdraw": _("已撤回申请。"),
}
# What is sent back is only asked for again, and what is withdrawn binds nobody.
BINDING = frozenset({"review", "grant", "refuse"})


def request_of(request: HttpRequest, pk: int, extension_pk: int) -> Extension:
    """The request of an item the user may see, or 404."""
    items = selectors.visible_to(request.user).filter(pk=pk)
    rows = Extension.objects.filter(item__in=items).select_related("item", "unit", "scan", "asked_by")
    return get_object_or_404(rows, pk=extension_pk)


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """申请延期, or after the deadline 逾期说明."""
    item = seen_item(request, pk)
    if back := not_now(request, item, "ask_extension"):
        return back
    acting, others = acting_units(request, item, leads_only=True)
    about = _about(item, on_behalf=bool(others))
    who: dict[str, Any] = {"acting": acting, "others": others, "late": about["too_late"]}
    form = ExtensionForm(request.POST or None, request.FILES or None, **who)
    made: list[Extension] = []

    def act() -> None:
        made.append(services.ask_extension(item, form.asked(), unit=form.speaker, by=request.user))

    if sent(request, form, act):
        messages.success(request, _words(made[0]))
        return redirect(made[0])
    return show_form(request, form, item=item, **about)


def _about(item: ActionItem, *, on_behalf: bool) -> dict[str, Any]:
    """The words around the form: the deadline as it is, and that it is too late for anything but an explanation."""
    due = item.current_due
    late = due is not None and today() > due
    return {
        "keep": f"extend-{item.pk}",
        "base": item.extensions.count(),
        "due": due,
        "first_due": item.due_on if item.times_extended else None,
        "times": item.times_extended,
        "too_late": late,
        "by_letter": late and on_behalf,
        "title": _("逾期说明") if late else _("申请延期"),
        "button": _("提交说明") if late else _("提交申请"),
    }


def _words(row: Extension) -> str:
    if row.state == ExtensionState.EXPLAINED:
        return _("已作为逾期说明收下。时限已过，超期状态不变。")
    return _("延期申请已提交，等待办公室审核。")


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: int, extension_pk: int) -> HttpResponse:
    """One request: what is asked, who said what, and the decision for whoever may give it (password again)."""
    row = request_of(request, pk, extension_pk)
    ask_before_binding(request, row, request.POST.get("verb", ""), binding=BINDING)
    form = DecideForm(request.POST or None)
    if sent(request, form, lambda: _act(row, request.user, **form.cleaned_data)):
        messages.success(request, DONE[form.cleaned_data["verb"]])
        return redirect(row)
    row = request_of(request, pk, extension_pk) if form.is_bound else row  # as it is, not as it nearly became
    context = deciding_page.extension(request.user, row)
    status = 422 if form.is_bound else 200
    return render(request, "action_items/extension.html", {"form": form, **context}, status=status)


def _act(row: Extension, user: Any, *, verb: str, note: str) -> None:
    check_decision(row, verb, note, user=user, known=DONE)
    if verb in ("review", "send_back"):
        services.review_extension(row, accept=verb == "review", note=note, by=user)
    elif verb == "withdraw":
        services.withdraw_extension(row, reason=note, by=user)
    else:
        services.decide_extension(row, grant=verb == "grant", note=note, by=user)


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest, pk: int, extension_pk: int) -> HttpResponse:
    """线下审批补录 of a reviewed request."""
    row = request_of(request, pk, extension_pk)
    return register_decision(request, row, "register_grant", services.register_extension)


@require_GET
def sheet(request: HttpRequest, pk: int, extension_pk: int, part: str = "") -> HttpResponse:
    """延期审批表: the request with every opinion, for printing and signing on paper."""
    row = request_of(request, pk, extension_pk)
    base = reverse("action_items:extension_sheet", args=[pk, extension_pk])
    shown = show.Shown(
        f"{row.item.source_label}第{row.item.seq}项{PaperKind.EXTENSION.label}", base, row.item,
        paper=lambda: item_sheets.extension_sheet(row), back=row.get_absolute_url(),
    )  # fmt: skip
    return show.answer(request, shown, part)
