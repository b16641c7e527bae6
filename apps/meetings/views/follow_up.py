"""上次会议议定事项落实情况: the table for the first item, for print, and the block of the record made from it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from apps.common.errors import demand
from apps.meetings import follow_up, permissions, selectors, services
from apps.meetings.enums import AgendaKind, BlockKind
from apps.meetings.models import AgendaItem


def _item(request: HttpRequest, pk: int) -> AgendaItem:
    """The item, for those who see every unit's lamp."""
    rows = AgendaItem.objects.filter(
        meeting__in=selectors.visible_to(request.user), kind=AgendaKind.FOLLOW_UP
    )
    item = get_object_or_404(rows.select_related("meeting"), pk=pk)
    demand(permissions.sees_replies(request.user), "the lamps of all units")
    return item


@require_GET
def table(request: HttpRequest, pk: int) -> HttpResponse:
    """What earlier meetings decided and how it stands."""
    item = _item(request, pk)
    rows = follow_up.rows_for(item.meeting)
    context = {
        "item": item, "meeting": item.meeting, "rows": rows, "sums": follow_up.sums(rows),
        "day": follow_up.day_of(item.meeting), "before": follow_up.previous(item.meeting),
        "may_record": permissions.can_record(request.user, item.meeting),
    }  # fmt: skip
    return render(request, "meetings/follow_up.html", context)


@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the figures into the record as a note under the item; it can be edited like any other."""
    item = _item(request, pk)
    text = follow_up.paragraph(follow_up.rows_for(item.meeting))
    block = services.add_block(item, kind=BlockKind.NOTE, text=text, by=request.user)
    page = reverse("meetings:record", args=[item.meeting_id])
    return redirect(f"{page}?item={item.pk}#block-{block.pk}")


@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Make it the first item of a plan that has none."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    services.add_follow_up(meeting, by=request.user)
    messages.success(request, _("已列为第一项议题。"))
    return redirect("meetings:agenda", pk)
