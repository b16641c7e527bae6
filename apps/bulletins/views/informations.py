"""信息通报: list, one piece, sending it in, the office's answer."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.bulletins import pages, permissions, selectors, services
from apps.bulletins.forms import InformationFilter, InformationForm, IssueForm
from apps.bulletins.models import Information
from apps.bulletins.services.informations import StaleInformationError
from apps.common import files, workflow
from apps.common.errors import Refused, demand
from apps.common.fields import tidy
from apps.dispatch.telling import held_words
from apps.dispatch.views.desk import say_chased
from apps.documents import show
from apps.meetings.views.shared import attempt, page_of, sent, status_of, timeline
from apps.roster.models import Unit
from apps.roster.selectors import standing_of, units

from .bulletins import STOPPED

DONE = {
    "return_": _("已退回报送单位。"),
    "drop": _("已标为不采用，报送单位会收到消息。"),
    "withdraw": _("已撤回。"),
}


def fetch(request: HttpRequest, pk: int) -> Information:
    """The information if the user may see it, else 404."""
    rows = selectors.informations_visible_to(request.user).select_related("submitted_by")
    return get_object_or_404(rows.prefetch_related("files"), pk=pk)


@require_GET
def informations(request: HttpRequest) -> HttpResponse:
    """Information the user may see, the newest first."""
    form = InformationFilter(request.GET)
    rows = form.narrow(selectors.informations_visible_to(request.user), day="submitted_at")
    context = {
        "form": form, "summary": form.in_words(), "page_obj": page_of(request, rows),
        "may_send": permissions.can_submit_information(request.user),
    }  # fmt: skip
    return render(request, "bulletins/informations.html", context)


def _senders(user: Any) -> tuple[list[Unit], bool]:
    """(units the user may send for, whether the office does so on their behalf)."""
    standing = standing_of(user)
    if standing.runs_office:
        return units(), True
    return [unit for unit in units() if unit.pk in standing.liaison_units], False


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A unit sends information in; the office may do so for it."""
    demand(permissions.can_submit_information(request.user), "send information")
    senders, on_behalf = _senders(request.user)
    form = InformationForm(request.POST or None, request.FILES or None, units=senders, on_behalf=on_behalf)
    if request.method == "POST" and form.is_valid():
        unit = form.sender()
        note = form.cleaned_data.get("source_note", "")
        made = attempt(
            form,
            lambda: services.send_information(
                unit, **form.values(), source_note=note, by=request.user, once=True
            ),
        )
        if made:
            messages.success(request, _("已报送联席会议办公室，审核后印发。"))
            return redirect(made)
    return render(request, "bulletins/information_form.html", {"form": form}, status=status_of(form))


@require_GET
def information(request: HttpRequest, pk: int) -> HttpResponse:
    """One piece of information; a unit that opens what was sent to it has signed for it."""
    row = fetch(request, pk)
    services.open_copy(row, by=request.user)
    context = pages.information_context(request.user, row, timeline)
    return render(request, "bulletins/information.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change it before it is issued; what was sent back is handed in again."""
    row = fetch(request, pk)
    demand(permissions.can_edit_information(request.user, row), "change information")
    original = Information.objects.get(pk=pk)  # the form writes into its own copy
    form = InformationForm(
        request.POST or None, request.FILES or None, instance=row, units=[row.unit], on_behalf=False
    )
    try:
        if sent(
            request, form, lambda: services.change_information(original, **form.values(), by=request.user)
        ):
            messages.success(request, _("已保存。"))
            return redirect(original)
    except StaleInformationError as stale:
        return _both_texts(request, form, stale.information)
    context = {"form": form, "row": original}
    return render(request, "bulletins/information_form.html", context, status=status_of(form))


def _both_texts(request: HttpRequest, form: InformationForm, theirs: Information) -> HttpResponse:
    """409: what is kept now beside one's own words, which stand in the form; saved once more, they count."""
    mine = {name: form.cleaned_data[name] for name in ("kind", "title", "text")}
    again = InformationForm(instance=theirs, initial=mine, units=[theirs.unit], on_behalf=False)
    before, after = (
        f"{title}\n{tidy(text)}"
        for title, text in ((theirs.title, theirs.text), (mine["title"], mine["text"]))
    )
    kind = "" if theirs.kind == mine["kind"] else theirs.get_kind_display()
    context = {
        "form": again,
        "row": theirs,
        "stale": True,
        "before": before,
        "after": after,
        "their_kind": kind,
    }
    return render(request, "bulletins/information_form.html", context, status=409)


def _issue_initial(row: Information) -> dict[str, Any]:
    return {"units": units(), "seen": selectors.information_mark(row)}


def _issued(row: Information, data: dict[str, Any], user: Any) -> Information:
    return services.issue_information(row, to=list(data["units"]), seen=data["seen"], by=user)


@require_http_methods(["GET", "POST"])
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """审核印发: to all units, or to those chosen."""
    row = fetch(request, pk)
    verb = workflow.WORKFLOWS[Information]["issue"]
    demand(verb.allowed(request.user, row), "issue information")
    if why := workflow.refusal(verb, row):
        raise Refused(why, row)
    form = IssueForm(request.POST if request.method == "POST" else None, initial=_issue_initial(row))
    if sent(request, form, lambda: _issued(row, form.cleaned_data, request.user)):
        messages.success(request, _("已印发。各单位签收情况见下方。") + held_words())
        return redirect(row)
    context = {"form": form, "row": row, "sheets": show.sheets(pages.shown_information(row))}
    return render(request, "bulletins/information_issue.html", context, status=status_of(form))


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """退回, 不采用, 撤回, 催签."""
    row, reason = fetch(request, pk), request.POST.get("reason", "")
    if verb == "return_":
        services.return_information(row, reason=reason, by=request.user)
    elif verb == "drop":
        services.drop_information(row, reason=reason, by=request.user)
    elif verb == "withdraw":
        services.withdraw_information(row, by=request.user)
    elif verb == "chase":
        say_chased(request, services.chase(row, by=request.user))
        return redirect(row)
    else:
        raise Http404(verb)
    messages.success(request, DONE[verb])
    return redirect(row)


@require_GET
def download(request: HttpRequest, pk: int, file: int) -> HttpResponseBase:
    """One of its files, for whoever may see it."""
    row = fetch(request, pk)
    if not pages.can_be_read_as_issued(request.user, row):
        raise Refused(STOPPED, row)
    return files.answer(get_object_or_404(row.files, pk=file), by=request.user)


@require_GET
def paper(request: HttpRequest, pk: int, part: str = "") -> HttpResponse:
    """The paper: its page, its pictures, its files."""
    row = fetch(request, pk)
    if part in show.TYPES and not pages.can_be_read_as_issued(request.user, row):
        raise Refused(STOPPED, row)
    return show.answer(request, pages.shown_information(row), part)
