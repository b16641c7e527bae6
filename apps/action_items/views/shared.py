"""What the pages of an item share: the item or 404, who may speak for whom, forms that come back with reasons."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from apps.accounts.decorators import ask_password_again
from apps.action_items import selectors
from apps.action_items.forms.deciding import PaperDecisionForm
from apps.action_items.models import ActionItem, Ending, Extension
from apps.common import workflow
from apps.common.forms import put_reasons
from apps.roster.models import Unit
from apps.roster.selectors import standing_of


def seen_item(request: HttpRequest, pk: int) -> ActionItem:
    """The item with all its page shows, or 404."""
    seen = selectors.with_facts(selectors.visible_to(request.user))
    return get_object_or_404(
        seen.select_related("blocked_from").prefetch_related("endings"),
        pk=pk,
    )


def acting_units(request: HttpRequest, item: ActionItem, *, leads_only: bool) -> tuple[list[Unit], set[int]]:
    """(units this user may speak for, ids of those for which only as the office: 代录). Raises PermissionDenied."""
    leads = selectors.leads_of(item)
    named = leads if leads_only else leads + selectors.supports_of(item)
    if not leads_only and item.blocked_from and item.blocked_from not in named:
        named = [*named, item.blocked_from]  # asked for support, it answers by a report
    standing = standing_of(request.user)
    mine = [unit for unit in named if unit.pk in standing.liaison_units]
    if mine and not standing.runs_office:
        return mine, set()
    if standing.runs_office:
        return named, {unit.pk for unit in named if unit not in mine}
    raise PermissionDenied("no part in this item")


def chosen_unit(request: HttpRequest, acting: list[Unit]) -> Unit:
    """In whose name a report is written: the unit posted, else that of `?unit=`, else the first named (a lead).

    A form is filled with what this unit said last and sent for it alone, so no unit's words end under another's name.
    """
    asked = request.POST.get("unit") or request.GET.get("unit")
    return next((unit for unit in acting if str(unit.pk) == asked), acting[0])


def sent(request: HttpRequest, form: BaseForm, act: Callable[[], Any]) -> bool:
    """True when a filled-in form was posted and its act done; else the reasons stand beside the fields."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        act()
    except ValidationError as error:
        put_reasons(form, error)
        return False
    return True


def show_form(request: HttpRequest, form: BaseForm, **context: Any) -> HttpResponse:
    """A form page of an item; 422 when it came back with errors. `keep` and `base` let the browser keep its words."""
    status = 422 if form.is_bound and form.errors else 200
    template = context.pop("template", "action_items/form.html")
    return render(request, template, {"form": form, **context}, status=status)


def not_now(request: HttpRequest, obj: Any, verb: str) -> HttpResponse | None:
    """A redirect with the reason when a form's page is opened too late; 403 without the right."""
    row = workflow.WORKFLOWS[type(obj)][verb]
    if not row.allowed(request.user, obj):
        raise PermissionDenied(verb)
    if why := workflow.refusal(row, obj):
        messages.error(request, why)
        return redirect(obj)
    return None


def register_decision(
    request: HttpRequest, row: Extension | Ending, verb: str, register: Callable[..., Any]
) -> HttpResponse:
    """线下审批补录: what the convener decided on paper about a request or a proposal, kept by `register`."""
    if back := not_now(request, row, verb):
        return back
    form = PaperDecisionForm(request.POST or None, request.FILES or None)
    if sent(request, form, lambda: register(row, form.on_paper(), by=request.user)):
        messages.success(request, _("已补录召集人的审批。"))
        return redirect(row)
    return show_form(request, form, item=row.item, title=_("线下审批补录"), button=_("保存"), back=row)


def check_decision(obj: Any, verb: str, note: str, *, user: Any, known: Iterable[str]) -> None:
    """Raise PermissionDenied for a verb that is not this user's, ValidationError when words are missing."""
    if verb not in known or not workflow.WORKFLOWS[type(obj)][verb].allowed(user, obj):
        raise PermissionDenied(verb)
    row = workflow.WORKFLOWS[type(obj)][verb]
    if row.needs_reason and not note.strip():
        raise ValidationError({"note": _("请写明%(verb)s的理由。") % {"verb": row.label}})


def ask_before_binding(request: HttpRequest, obj: Any, verb: str, *, binding: Collection[str] = ()) -> None:
    """Ask for the password again before a verb that binds (all do where `binding` is empty), of whoever may do it.

    Raises ReauthenticationRequired. Who may not, or names no verb of the table, is refused where the verb is checked.
    """
    known = {row.name: row for row in workflow.WORKFLOWS[type(obj)].rows}
    if (verb in known and (not binding or verb in binding)) and known[verb].allowed(request.user, obj):
        ask_password_again(request)
