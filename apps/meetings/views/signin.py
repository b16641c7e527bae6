"""Sign-in: the staff's page with one tap per person, and the board that the recording room polls."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.errors import demand
from apps.common.polling import unchanged
from apps.meetings import permissions, polls, selectors, services
from apps.meetings.enums import AttendanceStatus
from apps.meetings.forms import PersonForm
from apps.meetings.models import Attendance, Meeting

from .shared import sent, status_of

LATE_AFTER = timedelta(minutes=5)


def _seen(request: HttpRequest, pk: int) -> Meeting:
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    if not permissions.can_see_signin(request.user):
        raise PermissionDenied("sign-in")
    return meeting


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest, pk: int) -> HttpResponse:
    """The list with its buttons; the POST takes in somebody who is not on it."""
    meeting = _seen(request, pk)
    if request.method == "POST":
        demand(permissions.runs_office(request.user), "add a person")
    form = PersonForm(request.POST or None)
    if sent(request, form, lambda: services.add_person(meeting, **form.cleaned_data, by=request.user)):
        messages.success(request, _("已登记到会。"))
        return redirect("meetings:sign_in", pk)
    may_sign = permissions.can_sign_in(request.user, meeting)
    context = {
        "meeting": meeting,
        "form": form if may_sign else None,
        "may_sign": may_sign,
        "runs_office": permissions.runs_office(request.user),
        **_at_the_table(request, meeting),
        **board_of(meeting, request.user),
    }
    return render(request, "meetings/sign_in.html", context, status=status_of(form))


def _at_the_table(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """What a line of the list offers: is it late by now, may comings and goings be entered, and at which items."""
    may_move = services.may_move(request.user, meeting)
    items = selectors.taken_up(meeting) if may_move else []
    return {"late": _has_begun(meeting), "may_move": may_move, "items": items}


def _has_begun(meeting: Meeting) -> bool:
    """Whoever comes now is late: the button proposes it."""
    return timezone.now() > meeting.starts_at + LATE_AFTER


@require_POST
def prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the list, or take in later replies."""
    services.prepare_list(_seen(request, pk), by=request.user)
    messages.success(request, _("签到表已按成员名单和最新回执编好。"))
    return redirect("meetings:sign_in", pk)


@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """One tap. htmx gets the row back, everybody else the page."""
    rows = Attendance.objects.filter(meeting__in=selectors.visible_to(request.user))
    row = get_object_or_404(rows.select_related("meeting", "unit"), pk=pk)
    names = ("status", "delegate_name", "delegate_title", "reason")
    given = {name: request.POST.get(name, "")[:200] for name in names}
    row = services.sign(row, **given, by=request.user)
    if request.headers.get("HX-Request"):
        context = {"row": row, "may_sign": True, "meeting": row.meeting} | _at_the_table(request, row.meeting)
        return render(request, "meetings/_sign_row.html", context)
    return redirect(f"{reverse('meetings:sign_in', args=[row.meeting_id])}#row-{row.pk}")


@require_GET
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """The small board beside the record, polled every few seconds; 304 while nothing changed."""
    seen = polls.board(request.user, pk)
    if seen.rows and permissions.can_see_signin(request.user) and unchanged(request, seen.tag):
        response: HttpResponse = HttpResponseNotModified()
    else:
        meeting = _seen(request, pk)
        context = {"meeting": meeting, **board_of(meeting, request.user)}
        response = render(request, "meetings/_board.html", context)
    response["ETag"] = seen.tag
    response["Cache-Control"] = "private, no-cache"
    return response


def board_of(meeting: Meeting, user: Any) -> dict[str, Any]:
    """Rows and figures of the board, who else is writing. Three queries."""
    rows = selectors.board_rows(meeting)
    others = selectors.saved_lately(meeting, than=user)
    people = [row for row in rows if not row.observes]
    return {
        "rows": rows,
        "others": others,
        "expected": len(people),
        "here": sum(row.in_the_room for row in people),
        "units_here": len({row.unit_id for row in people if row.in_the_room and row.unit_id}),
        "statuses": AttendanceStatus,
    }
