"""What happens in the room besides writing: taking items up, 休会, 临时议题, who leaves and comes."""

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.errors import Refused, demand
from apps.common.fields import whole_number
from apps.meetings import permissions, selectors, services, timing
from apps.meetings.enums import AgendaKind, MovementKind
from apps.meetings.models import AgendaItem, Attendance, Meeting
from apps.meetings.room_forms import SpotItemForm

from .shared import sent, status_of


def room_tools(user: Any, meeting: Meeting, item: AgendaItem | None) -> dict[str, Any]:
    """What templates/meetings/_room_tools.html shows above the record. Four queries."""
    current, paused, used, states = _clock(meeting, item)
    shown = current or item
    chairs = permissions.chairs(user, meeting)
    return {
        "may_run": permissions.can_record(user, meeting),
        "sees_script": chairs or permissions.runs_office(user),
        "chairs": chairs,
        "paused": paused,
        "current": current,
        "states": states,
        "is_current": current is not None and item is not None and current.pk == item.pk,
        "shown": shown,
        "used": used,
        "over": bool(shown and shown.minutes and used > shown.minutes),
        "files": item.files.filter(removed_at__isnull=True).count() if item else 0,
        "looks_back": item is not None and item.kind == AgendaKind.FOLLOW_UP,
    }


def _clock(
    meeting: Meeting, item: AgendaItem | None
) -> tuple[AgendaItem | None, datetime | None, int, dict[int, str]]:
    """The item taken up, since when it is adjourned, the minutes used for it (or the one shown), and each item's state."""
    spans = list(meeting.spans.select_related("agenda_item"))
    pauses = [(row.from_at, row.until_at) for row in meeting.adjournments.all()]
    current = next((span.agenda_item for span in spans if span.ended_at is None), None)
    shown = current or item
    own = [(row.started_at, row.ended_at) for row in spans if shown and row.agenda_item_id == shown.pk]
    paused = next((begin for begin, end in pauses if end is None), None)
    states = {span.agenda_item_id: "done" for span in spans}
    states |= {current.pk: "now"} if current else {}
    return current, paused, timing.minutes_of(timing.used(own, pauses, timezone.now())), states


def item_of(request: HttpRequest, pk: int) -> AgendaItem:
    """An item of a meeting this person may see, for those who run the meeting."""
    rows = AgendaItem.objects.filter(meeting__in=selectors.visible_to(request.user))
    item = get_object_or_404(rows.select_related("meeting", "reporter_unit"), pk=pk)
    demand(permissions.can_read_record(request.user, item.meeting), "the room")
    return item


@require_POST
def item_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """开始本议题, 结束本议题; 临时议题 up or down."""
    item = item_of(request, pk)
    if verb == "take-up":
        services.take_up(item, by=request.user)
    elif verb == "put-down":
        services.put_down(item, by=request.user)
    elif verb in ("up", "down"):
        services.move_spot_item(item, step=-1 if verb == "up" else 1, by=request.user)
    else:
        raise Http404(verb)
    return redirect(f"{reverse('meetings:record', args=[item.meeting_id])}?item={item.pk}")


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """休会, 继续开会."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    if verb == "adjourn":
        services.adjourn(meeting, reason=request.POST.get("reason", ""), by=request.user)
        messages.info(request, _("已休会，议题计时暂停；记录仍可修改。"))
    elif verb == "resume":
        services.resume(meeting, by=request.user)
        messages.success(request, _("继续开会。"))
    else:
        raise Http404(verb)
    return redirect("meetings:record", pk)


@require_http_methods(["GET", "POST"])
def spot_item(request: HttpRequest, pk: int) -> HttpResponse:
    """临时议题: with its basis, its unit and its place."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    demand(permissions.runs_office(request.user), "add an item")
    form = SpotItemForm(request.POST or None, meeting=meeting, items=selectors.agenda_of(meeting))
    made: list[AgendaItem] = []

    def add() -> bool:
        made.append(services.add_spot_item(meeting, **form.cleaned_data, by=request.user))
        return True

    if sent(request, form, add):
        return redirect(f"{reverse('meetings:record', args=[pk])}?item={made[0].pk}")
    return render(request, "meetings/spot.html", {"form": form, "meeting": meeting}, status=status_of(form))


def _time_of(request: HttpRequest) -> time | None:
    """The time typed, if any. Raises Refused when it is none."""
    typed = request.POST.get("at", "").strip()
    try:
        return time.fromisoformat(typed) if typed else None
    except ValueError as error:
        raise Refused("时间请写成 15:20 这样。", None, "move_person") from error


@require_POST
def move_person(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """离席, 入席, at which item and when; `undo` takes the last one back."""
    rows = Attendance.objects.filter(meeting__in=selectors.visible_to(request.user))
    row = get_object_or_404(rows.select_related("meeting", "unit"), pk=pk)
    demand(permissions.runs_office(request.user), "move a person")
    wanted = request.POST.get("item", "")
    item = get_object_or_404(row.meeting.agenda, pk=whole_number(wanted) or 0) if wanted else None
    if kind in MovementKind.values:
        services.move_person(row, kind=kind, item=item, at=_time_of(request), by=request.user)
    elif kind == "undo":
        services.take_back_move(row, by=request.user)
    else:
        raise Http404(kind)
    return redirect(f"{reverse('meetings:sign_in', args=[row.meeting_id])}#row-{row.pk}")
