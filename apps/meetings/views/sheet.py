"""The paper sign-in list, entered afterwards with its scan."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common import files
from apps.common.errors import demand
from apps.common.workflow import WORKFLOWS, refusal
from apps.meetings import permissions, selectors, services
from apps.meetings.models import Meeting
from apps.meetings.room_forms import SheetForm

from .shared import sent, status_of


@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as a form: what the paper says of each, and the scan."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    demand(permissions.runs_office(request.user), "enter the paper list")
    rows = selectors.attendance_of(meeting)
    form = SheetForm(request.POST or None, request.FILES or None, rows=rows)
    changed: list[int] = []

    def enter() -> bool:
        scan = form.cleaned_data["scan"]
        changed.append(services.enter_sheet(meeting, form.lines(), scan=scan, by=request.user))
        return True

    if sent(request, form, enter):
        messages.success(request, _("已按纸质签到表补录，改动%(n)s人。") % {"n": changed[0]})
        return redirect("meetings:sign_in", pk)
    context = {"meeting": meeting, "form": form, "refusal": _refusal(meeting)}
    return render(request, "meetings/sheet.html", context, status=status_of(form))


def _refusal(meeting: Meeting) -> str:
    """Why the list can no longer be entered, or nothing."""
    if meeting.state in permissions.SIGN_IN_STATES:
        return ""
    return refusal(WORKFLOWS[Meeting]["amend_attendance"], meeting)


@require_GET
def scan(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The scan of the paper list."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    demand(permissions.can_see_signin(request.user), "the scan of the list")
    if meeting.sign_sheet is None:
        raise Http404("no scan")
    return files.answer(meeting.sign_sheet, by=request.user)
