"""主持词 (written by the office, read by the chair) and the chair's own notes, item by item, saved as they are typed."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.common.errors import Refused, demand
from apps.common.fields import tidy, whole_number
from apps.common.polling import unchanged
from apps.common.workflow import first_error
from apps.meetings import permissions, polls, selectors, services, timing
from apps.meetings.enums import MeetingState
from apps.meetings.models import AgendaItem, ChairNote, Meeting

TICK = 15  # seconds after which a running clock is told anew: the minutes shown are never further behind


def _meeting(request: HttpRequest, pk: int) -> Meeting:
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    demand(permissions.sees_script(request.user, meeting), "script")
    return meeting


@require_GET
def script(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole meeting's words for the chair; with its own notes for whoever chairs."""
    meeting = _meeting(request, pk)
    chairs = permissions.chairs(request.user, meeting)
    own = {"agenda_item__meeting": meeting, "user": request.user}
    rows = ChairNote.objects.filter(**own) if chairs else []
    notes = {note.agenda_item_id: note for note in rows}
    closed = meeting.state in (MeetingState.RECORDED, MeetingState.CANCELLED)
    times = _times(meeting)
    context = {
        "rows": [
            {"time": row, "item": row.item, "note": notes.get(row.item.pk)} for row in times["times"].rows
        ],
        "may_write": permissions.runs_office(request.user) and not closed,
        "chairs": chairs,
        "polls": not closed,
    }
    return render(request, "meetings/script.html", context | times)


@require_GET
def script_times(request: HttpRequest, pk: int) -> HttpResponse:
    """The clocks of that page, polled; 304 while nothing changed and no minute went by."""
    seen = polls.screen(request.user, pk)
    running = any(row[1] == "" for row in seen.of("span"))
    tag = f'{seen.tag[:-1]}-{int(timezone.now().timestamp()) // TICK if running else 0}"'
    if seen.rows and permissions.runs_office_or_convenes(request.user) and unchanged(request, tag):
        response: HttpResponse = HttpResponseNotModified()
    else:
        times = _times(_meeting(request, pk))
        response = render(request, "meetings/_script_times.html", times | {"polled": True})
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def _times(meeting: Meeting) -> dict[str, Any]:
    """What meetings/_script_times.html shows. Three queries."""
    pauses = [(row.from_at, row.until_at) for row in meeting.adjournments.all()]
    items = selectors.agenda_of(meeting)
    return {
        "meeting": meeting,
        "times": timing.timetable(items, meeting.spans.all(), pauses, timezone.now()),
        "paused": next((begin for begin, end in pauses if end is None), None),
    }


def _item(request: HttpRequest, pk: int) -> AgendaItem:
    rows = AgendaItem.objects.filter(meeting__in=selectors.visible_to(request.user))
    return get_object_or_404(rows.select_related("meeting"), pk=pk)


@require_POST
def save_script(request: HttpRequest, pk: int) -> HttpResponse:
    """One item's 主持词."""
    item = _item(request, pk)
    demand(permissions.runs_office(request.user), "write the script")
    return _saved(request, item, "script", lambda **given: services.save_script(item, **given).script_version)


@require_POST
def save_note(request: HttpRequest, pk: int) -> HttpResponse:
    """One item's note of the chair."""
    item = _item(request, pk)
    demand(permissions.chairs(request.user, item.meeting), "the chair's note")
    return _saved(request, item, "note", lambda **given: services.save_note(item, **given).version)


def _saved(request: HttpRequest, item: AgendaItem, kind: str, save: Callable[..., int]) -> HttpResponse:
    """JSON for the page's own saving, the page again for everybody else; typed words are never dropped."""
    text, version = tidy(request.POST.get("text", "")), whole_number(request.POST.get("version", ""))
    json = "application/json" in request.headers.get("Accept", "")
    try:
        now = save(text=text, version=version if version is not None else -1, by=request.user)
    except services.StaleNoteError as stale:
        body = {"version": stale.version, "text": stale.text}
        return JsonResponse(body, status=409) if json else _again(request, item, kind, text, body, 409)
    except (ValidationError, Refused) as error:
        why = first_error(error) if isinstance(error, ValidationError) else error.text
        if json:
            return JsonResponse({"error": why}, status=422)
        return _again(request, item, kind, text, {"why": why, "version": version or 0}, 422)
    return JsonResponse({"version": now}) if json else redirect("meetings:script", item.meeting_id)


def _again(
    request: HttpRequest, item: AgendaItem, kind: str, mine: str, found: dict[str, Any], status: int
) -> HttpResponse:
    context = {"item": item, "kind": kind, "mine": mine[:8000], "meeting": item.meeting, **found}
    return render(request, "meetings/note_retry.html", context, status=status)
