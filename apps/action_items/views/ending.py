"""终止 and 合并: the office's proposal with a look at what a merger changes, its page, what was decided on paper, 审批表."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.decorators import ask_password_again
from apps.action_items import deciding_page, item_sheets, permissions, selectors, services
from apps.action_items.enums import EndingKind
from apps.action_items.forms.deciding import DecideForm, EndingForm
from apps.action_items.models import ActionItem, Ending
from apps.documents import show
from apps.documents.enums import PaperKind

from .shared import ask_before_binding, check_decision, not_now, register_decision, seen_item, sent, show_form

DONE = {
    "approve": _("已同意，有关单位会收到提醒。"),
    "refuse": _("已记录不同意，办公室会收到提醒。"),
    "withdraw": _("已撤回建议。"),
}
BINDING = frozenset({"approve", "refuse"})


def proposal_of(request: HttpRequest, pk: int, ending_pk: int) -> Ending:
    """The proposal of an item the user may see, or 404."""
    items = selectors.visible_to(request.user).filter(pk=pk)
    rows = Ending.objects.filter(item__in=items).select_related("item", "heir", "scan", "asked_by")
    return get_object_or_404(rows, pk=ending_pk)


@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """终止、合并: the form, for 合并 a look at what it changes, then the proposal; the convener's own is his decision."""
    item = seen_item(request, pk)
    if back := not_now(request, item, "propose_ending"):
        return back
    own = permissions.can_decide(request.user, item)
    form = EndingForm(request.POST or None, item=item)
    if request.method == "POST" and form.is_valid():
        if look := _look(request, form, item, own=own):
            return look
        if own:
            ask_password_again(request)
    made: list[Ending] = []
    if sent(
        request, form, lambda: made.append(services.propose_ending(item, form.proposed(), by=request.user))
    ):
        messages.success(request, DONE["approve"] if own else _("已提交，等待召集人批准。"))
        return redirect(made[0])
    return show_form(request, form, item=item, **_around(own=own))


def _around(*, own: bool) -> dict[str, Any]:
    """The words around the form: the convener decides, the office proposes."""
    if not own:
        return {"title": _("建议终止、合并"), "button": _("下一步")}
    note = _("终止后不再跟踪，不能恢复。合并的，先列出会改变什么，再请您确定。")
    return {"title": _("终止、合并"), "button": _("确定"), "note": note}


def _look(request: HttpRequest, form: EndingForm, item: ActionItem, *, own: bool) -> HttpResponse | None:
    """What a merger would change, before it is proposed or decided."""
    heir = form.chosen_heir
    if form.cleaned_data["kind"] != EndingKind.MERGE or heir is None or form.cleaned_data["confirmed"]:
        return None
    missing = services.units_missing(item, heir)
    context = {"item": item, "heir": heir, "form": form, "missing": missing, "own": own}
    return render(request, "action_items/merge.html", context)


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: int, ending_pk: int) -> HttpResponse:
    """One proposal, and the decision for the convener, which asks for his password again."""
    row = proposal_of(request, pk, ending_pk)
    ask_before_binding(request, row, request.POST.get("verb", ""), binding=BINDING)
    form = DecideForm(request.POST or None)
    if sent(request, form, lambda: _act(row, request.user, **form.cleaned_data)):
        messages.success(request, DONE[form.cleaned_data["verb"]])
        return redirect(row.item if form.cleaned_data["verb"] == "approve" else row)
    row = proposal_of(request, pk, ending_pk) if form.is_bound else row  # as it is, not as it nearly became
    context = deciding_page.ending(request.user, row)
    status = 422 if form.is_bound else 200
    return render(request, "action_items/ending.html", {"form": form, **context}, status=status)


def _act(row: Ending, user: Any, *, verb: str, note: str) -> None:
    check_decision(row, verb, note, user=user, known=DONE)
    if verb == "withdraw":
        services.withdraw_ending(row, reason=note, by=user)
    else:
        services.decide_ending(row, approve=verb == "approve", note=note, by=user)


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest, pk: int, ending_pk: int) -> HttpResponse:
    """线下审批补录 of a proposal."""
    row = proposal_of(request, pk, ending_pk)
    return register_decision(request, row, "register_approval", services.register_ending)


@require_GET
def sheet(request: HttpRequest, pk: int, ending_pk: int, part: str = "") -> HttpResponse:
    """事项终止（合并）审批表: the proposal with every opinion, for printing and signing on paper."""
    row = proposal_of(request, pk, ending_pk)
    base = reverse("action_items:ending_sheet", args=[pk, ending_pk])
    shown = show.Shown(
        f"{row.item.source_label}第{row.item.seq}项{PaperKind.ENDING.label}", base, row.item,
        paper=lambda: item_sheets.ending_sheet(row, reader=request.user), back=row.get_absolute_url(),
    )  # fmt: skip
    return show.answer(request, shown, part)
