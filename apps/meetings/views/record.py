"""The recording room: one agenda item at a time. Its blocks: blocks.py; what goes on meanwhile: live.py."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.meetings import permissions, selectors, services
from apps.meetings.blocks import RECURRENCES, dress, duties_of
from apps.meetings.enums import BlockKind, MeetingState
from apps.meetings.forms import StartForm
from apps.meetings.models import AgendaItem, Meeting, RecordBlock
from apps.roster.enums import PostKind
from apps.roster.selectors import holders, units

from .room import room_tools
from .shared import sent, status_of
from .signin import board_of


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Who chairs, who records; then the record is open (C10)."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    if not permissions.runs_office(request.user):
        raise PermissionDenied("record")
    conveners = [held.person.name for held in holders(PostKind.CONVENER)]
    initial = {"chair": meeting.chair or "".join(conveners[:1]), "recorder": _("联席会议办公室")}
    form = StartForm(request.POST or None, instance=Meeting.objects.get(pk=pk), initial=initial)
    if sent(request, form, lambda: services.start_recording(meeting, **form.cleaned_data, by=request.user)):
        messages.success(request, _("会议记录已打开，签到表已编好。"))
        return redirect("meetings:record", pk)
    context = {"form": form, "meeting": meeting, "conveners": conveners, "now": timezone.now()}
    return render(request, "meetings/start.html", context, status=status_of(form))


def readable(request: HttpRequest, pk: int) -> Meeting:
    """A meeting whose record this person may read: unseen 404, seen by a unit 403."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    if not permissions.can_read_record(request.user, meeting):
        raise PermissionDenied("record")
    return meeting


@require_GET
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Agenda, the blocks of one item, the sign-in board."""
    meeting = readable(request, pk)
    items = selectors.whole_record_of(meeting)
    item = _chosen(items, request.GET.get("item", ""))
    may_record = permissions.can_record(request.user, meeting)
    context = {
        "meeting": meeting, "items": items, "item": item, "new_block": request.GET.get("block", ""),
        "may_record": may_record,
        "scripts": scripts_of(may_record),
        "kinds": list(BlockKind),
        "units": units(),
        "recurrences": RECURRENCES,
        "room": stand(items, room_tools(request.user, meeting, item), written=meeting.state == MeetingState.RECORDED),
        "around": neighbours(items, item),
        "loose": selectors.loose_blocks(meeting),
        "blocks": dressed_of(item),
        "deleted": [row for each in items for row in each.blocks.all() if row.deleted_at is not None],
        **board_of(meeting, request.user),
    }  # fmt: skip
    return render(request, "meetings/record.html", context)


def stand(items: list[AgendaItem], room: dict[str, Any], *, written: bool) -> dict[str, Any]:
    """Give each item its state: `now`, `done` (taken up and left), or nothing yet; hands the room on.

    With `written` a record counts as taken up: of old meetings nobody knows when an item began.
    """
    for item in items:
        live = sum(block.deleted_at is None for block in item.blocks.all())
        item.written = live  # type: ignore[attr-defined]
        item.standing = room["states"].get(item.pk, "done" if written and live else "")  # type: ignore[attr-defined]
    return room


def neighbours(items: list[AgendaItem], item: AgendaItem | None) -> dict[str, AgendaItem | None]:
    """The items before and after the one shown."""
    at = items.index(item) if item in items else 0
    return {"before": items[at - 1] if at else None, "after": items[at + 1] if at + 1 < len(items) else None}


def scripts_of(may_record: bool) -> list[str]:
    """The room's scripts in the order they need each other; for reading, only those that offer unsaved words."""
    reading = ["merge", "panel", "drafts", "offer"]
    writing = [
        "merge",
        "panel",
        "drafts",
        "offer",
        "paste",
        "net",
        "block",
        "ask",
        "queue",
        "table",
        "live",
        "start",
    ]
    return [f"js/room/{name}.js" for name in (writing if may_record else reading)]


def _chosen(items: list[AgendaItem], asked: str) -> AgendaItem | None:
    """The asked item, else the last one with a record, else the first."""
    for item in items:
        if str(item.pk) == asked:
            return item
    begun = [item for item in items if item.blocks.all()]
    return begun[-1] if begun else next(iter(items), None)


def dressed_of(item: AgendaItem | None) -> list[RecordBlock]:
    """The live blocks of an item with what their forms show."""
    live = [block for block in item.blocks.all() if block.deleted_at is None] if item else []
    leading = list(dict.fromkeys(unit.pk for block in live for unit in block.leads))
    return dress(live, duties_of(leading))
