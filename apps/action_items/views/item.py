"""One item: its page, acts without fields of their own, 批示, files."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import grants
from apps.accounts.decorators import ask_password_again
from apps.action_items import evidence, item_page, item_reading, selectors, services
from apps.action_items.forms.deciding import DirectiveForm
from apps.common import files
from apps.common.errors import demand
from apps.common.models import StoredFile
from apps.roster.selectors import standing_of

from .shared import not_now, seen_item, sent, show_form

DONE = {
    "sign_for": _("已签收。"),
    "confirm_close": _("已确认完成，请办公室主任办结。"),
    "return_close": _("已退回，牵头单位会收到提醒。"),
}


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One item: what was decided, who does it, how far it has come, and what this user may do now."""
    seen = item_reading.with_flags(selectors.visible_to(request.user))
    found: Any = get_object_or_404(seen, pk=pk)
    item = item_reading.fill(found)
    shared = grants.panel(item, request.user, none_given=not found.has_grants)
    return render(request, "action_items/detail.html", {**item_page.whole(request.user, item), **shared})


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """An act without fields of its own: 签收, 确认完成, 退回."""
    item, reason = seen_item(request, pk), request.POST.get("reason", "").strip()
    if verb == "sign_for":
        services.sign_for(item, by=request.user)
    elif verb == "confirm_close":
        services.confirm_close(item, by=request.user)
    elif verb == "return_close":
        services.return_close(item, reason=reason, by=request.user)
    else:
        raise Http404(verb)
    messages.success(request, DONE[verb])
    return redirect(item)


@require_http_methods(["GET", "POST"])
def direct(request: HttpRequest, pk: int) -> HttpResponse:
    """批示: the convener writes his own, the office enters a leader's. Asks for the password again."""
    item = seen_item(request, pk)
    if back := not_now(request, item, "direct"):
        return back
    standing = standing_of(request.user)
    own = standing.is_convener and not standing.runs_office
    if (
        request.method == "POST" or not own
    ):  # the office's form takes a scan, which the page that asks would lose
        ask_password_again(request)
    form = DirectiveForm(request.POST or None, request.FILES or None, own=own)
    if sent(request, form, lambda: services.direct(item, form.given(), by=request.user)):
        messages.success(request, _("批示已记录，牵头单位会收到提醒。"))
        return redirect(item)
    return show_form(
        request, form, item=item, title=_("批示"), button=_("保存"), keep=f"direct-{item.pk}",
        base=item.directives.count(),
    )  # fmt: skip


@require_GET
def download(request: HttpRequest, pk: int, file_pk: int) -> FileResponse:
    """A file of the item: of a report, a request for 延期, a decision on paper, a 批示."""
    item = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    demand(selectors.may_open_files(request.user, item), "files of an item")
    stored = get_object_or_404(StoredFile, evidence.files_of(item), pk=file_pk)
    return files.answer(stored, by=request.user)
