"""Home by role, search, the administrators' door, and the health answer."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.meetings import at_home as meetings
from apps.portal import administration, beside, doors, handover, searching, selectors
from apps.roster.selectors import standing_of


@require_GET
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me, each with one button; for those who steer, what is stuck and where."""
    user, found = request.user, beside.read(request.user)
    kind, page = request.GET.get("kind", ""), request.GET.get("page")
    work = selectors.work_of(user, kind=kind, page=page, failed_papers=found.failed_papers)
    context: dict[str, Any] = {
        "work": work,
        "lines": selectors.on_screen(work.todos),
        "kind": kind,
        "todo_count": work.count,
        "figures": selectors.figures(user, work.counts),
        "handover": handover.handover_of(user, found.new_posts, work.counts),
        "meetings": meetings.coming(user),
        "papers": selectors.papers_on_their_way(user),
        "late": selectors.late_items(user),
        "journal": administration.journal_for(user),
        "opened": selectors.opened_to(user),
    }
    return render(request, "portal/home.html", context)


@require_POST
def put_away(request: HttpRequest, pk: int) -> HttpResponse:
    """I have read what came with my new post."""
    appointment = get_object_or_404(handover.own_appointments(request.user), pk=pk)
    handover.put_away(appointment, by=request.user)
    return redirect("portal:home")


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Everything that holds the words, as far as I may see it."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    hits = searching.search(request.user, words) if words else []
    return render(request, "portal/search.html", {"words": words, "hits": hits})


@require_GET
def manage(request: HttpRequest) -> HttpResponse:
    """The administrators' pages, each with a sentence."""
    found = doors.doors_for(standing_of(request.user))
    if not found:
        raise PermissionDenied
    return render(request, "portal/manage.html", {"doors": found})
