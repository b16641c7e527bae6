"""The page on which a draft stands ready, the moment the record is closed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.documents import show
from apps.minutes import content, selectors
from apps.minutes.content import Line
from apps.minutes.enums import PassageKind
from apps.minutes.models import Minutes
from apps.minutes.permissions import can_edit

from . import papers
from .shared import fetch_whole, page


@require_GET
def born(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper as it looks, what it holds, and what is still to be filled in, each with the way to it."""
    minutes = fetch_whole(request, pk)
    lines = content.lines_of(selectors.passages_of(minutes))
    gaps = [line for line in lines if line.gaps]
    editable = can_edit(request.user, minutes)
    return page(
        request, "born", minutes, "草稿已写好", lines=lines, gaps=gaps, figures=_figures(lines),
        sheets=show.sheets(papers.shown_minutes(minutes)), took=_took(minutes),
        start=_start(minutes, gaps) if editable else minutes.get_absolute_url(), editable=editable,
    )  # fmt: skip


def _start(minutes: Minutes, gaps: list[Line]) -> str:
    """Where 开始核对 leads: the first gap, else the text."""
    if gaps:
        return reverse("minutes:edit_passage", args=[gaps[0].passage.pk])
    return minutes.get_absolute_url()


def _figures(lines: list[Line]) -> list[dict[str, Any]]:
    """What was written, in four figures."""
    decided = [line.passage for line in lines if line.seq]
    told = sum(line.passage.kind != PassageKind.RESOLUTION for line in lines)
    leads = {unit.pk for passage in decided for unit in passage.leads}
    dated = sum(bool(content.deadline_words(passage)) for passage in decided)
    figures = [("叙述", told, "段"), ("议定事项", len(decided), "项"), ("已定时限", dated, "项")]
    figures.append(("牵头单位", len(leads), "家"))
    return [{"label": label, "value": value, "unit": unit} for label, value, unit in figures]


def _took(minutes: Minutes) -> int | None:
    """Minutes from the meeting's end to this draft; None when they say nothing (another day)."""
    ended = minutes.meeting.ends_at
    if ended is None:
        return None
    spent = int((minutes.created_at - ended).total_seconds() // 60)
    return max(spent, 0) if spent < 24 * 60 else None
