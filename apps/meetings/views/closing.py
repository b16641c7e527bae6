"""The look over the record before it is closed: what is missing, each with the way to it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.common.errors import demand
from apps.common.workflow import WORKFLOWS, refusal
from apps.meetings import checks, permissions, selectors
from apps.meetings.checks import Finding
from apps.meetings.enums import MeetingState
from apps.meetings.models import Meeting


@require_GET
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything the check finds, by item; the button below closes the record all the same."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    demand(permissions.runs_office(request.user), "close the record")
    if meeting.state != MeetingState.RECORDING:
        return redirect(meeting)
    found = checks.findings(meeting, by=request.user)
    context = {
        "meeting": meeting,
        "groups": _groups(meeting, found),
        "gaps": sum(row.gap for row in found),
        "doubts": sum(not row.gap for row in found),
        "refusal": refusal(WORKFLOWS[Meeting]["close_recording"], meeting),
        "told": _told(meeting),
    }
    return render(request, "meetings/close_check.html", context)


def _groups(meeting: Meeting, found: list[Finding]) -> list[dict[str, Any]]:
    """Findings under their item, each with its address; what belongs to no item is about people."""
    groups: dict[int | None, dict[str, Any]] = {}
    for row in found:
        key = row.item.pk if row.item else None
        group = groups.setdefault(key, {"item": row.item, "rows": []})
        group["rows"].append({"finding": row, "url": _address(meeting, row)})
    return list(groups.values())


def _address(meeting: Meeting, row: Finding) -> str:
    if row.item is None:
        return reverse("meetings:sign_in", args=[meeting.pk])
    at = f"{reverse('meetings:record', args=[meeting.pk])}?item={row.item.pk}"
    return f"{at}&block={row.block.pk}#block-{row.block.pk}" if row.block else at


def _told(meeting: Meeting) -> list[dict[str, Any]]:
    """What the record holds, in three figures."""
    blocks = list(selectors.live_blocks().filter(meeting=meeting).values_list("kind", "text"))
    kinds = [kind for kind, text in blocks if text.strip()]
    here = len(selectors.attending_units(meeting))
    figures = [("议定事项", kinds.count("resolution"), "项"), ("发言", kinds.count("speech"), "段")]
    figures += [("异议", kinds.count("objection"), "段"), ("与会单位", here, "家")]
    return [{"label": label, "value": value, "unit": unit} for label, value, unit in figures]
