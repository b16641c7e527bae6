"""投屏: the item, the clock, used and planned time. Nothing of the record, nobody's name but the reporter's."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from apps.common.errors import demand
from apps.common.polling import unchanged
from apps.meetings import follow_up, permissions, polls, selectors, timing
from apps.meetings.enums import AgendaKind
from apps.meetings.models import AgendaItem, Meeting


@require_GET
def screen(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole screen; Esc leaves it."""
    meeting = _meeting(request, pk)
    return render(request, "meetings/screen.html", {"meeting": meeting, **_shown(meeting)})


@require_GET
def now(request: HttpRequest, pk: int) -> HttpResponse:
    """The changing part, polled every three seconds; 304 while nothing changed (the clocks run by themselves)."""
    seen = polls.screen(request.user, pk)
    if seen.rows and permissions.runs_office_or_convenes(request.user) and unchanged(request, seen.tag):
        response: HttpResponse = HttpResponseNotModified()
    else:
        meeting = _meeting(request, pk)
        response = render(request, "meetings/_screen_now.html", {"meeting": meeting, **_shown(meeting)})
    response["ETag"] = seen.tag
    response["Cache-Control"] = "private, no-cache"
    return response


def _meeting(request: HttpRequest, pk: int) -> Meeting:
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    demand(permissions.sees_screen(request.user, meeting), "the screen")
    return meeting


def _shown(meeting: Meeting) -> dict[str, Any]:
    """What stands on the screen. `base` seconds were used at `at` (epoch seconds); with `runs` the clock goes on."""
    items = selectors.agenda_of(meeting)
    spans = list(meeting.spans.all())
    pauses = [(row.from_at, row.until_at) for row in meeting.adjournments.all()]
    open_span = next((span for span in spans if span.ended_at is None), None)
    paused = next((begin for begin, end in pauses if end is None), None)
    item = next((row for row in items if open_span and row.pk == open_span.agenda_item_id), None)
    at = timezone.now()
    own = [(row.started_at, row.ended_at) for row in spans if item and row.agenda_item_id == item.pk]
    done = {span.agenda_item_id for span in spans}
    after = _after(items, item, done)
    return {
        "item": item, "next": after, "paused": paused, "runs": bool(item) and paused is None,
        "base": int(timing.used(own, pauses, at).total_seconds()), "at": int(at.timestamp()), "total": len(items),
        "sums": _sums(meeting, item),
    }  # fmt: skip


def _after(items: list[AgendaItem], item: AgendaItem | None, done: set[int]) -> AgendaItem | None:
    """The item that comes next: after the present one, or the first not yet taken up."""
    rest = [row for row in items if row.seq > item.seq] if item else items
    return next((row for row in rest if row.pk not in done), None)


def _sums(meeting: Meeting, item: AgendaItem | None) -> follow_up.Sums | None:
    """Figures alone: whose lamp is red is not for the screen."""
    if item is None or item.kind != AgendaKind.FOLLOW_UP:
        return None
    return follow_up.sums(follow_up.rows_for(meeting))
