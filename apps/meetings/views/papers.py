"""The papers of a meeting: which there are, who sees them, and the two addresses of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.documents import show
from apps.documents.composition import Paper
from apps.documents.enums import PaperKind
from apps.meetings import papers, permissions, selectors
from apps.meetings.enums import MeetingState
from apps.meetings.models import Meeting


@dataclass(frozen=True)
class _Kind:
    make: Callable[[Meeting], Paper]
    allowed: Callable[[Any, Meeting], bool]
    exists: Callable[[Meeting], bool]


def _everybody(user: Any, meeting: Meeting) -> bool:
    """Whoever sees the meeting."""
    return True


def _preparing(user: Any, meeting: Meeting) -> bool:
    """Those who prepare the meeting."""
    return permissions.sees_replies(user)


def _told_or_preparing(user: Any, meeting: Meeting) -> bool:
    """The issued notice is everybody's who sees the meeting; what it would look like is not."""
    return meeting.notice_paper_id is not None or permissions.sees_replies(user)


def _has_agenda(meeting: Meeting) -> bool:
    return meeting.agenda.exists()


def _always(meeting: Meeting) -> bool:
    return True


def _was_recorded(meeting: Meeting) -> bool:
    return meeting.state in (MeetingState.RECORDING, MeetingState.RECORDED)


KINDS: dict[str, _Kind] = {
    PaperKind.NOTICE: _Kind(papers.notice, _told_or_preparing, _has_agenda),
    PaperKind.AGENDA: _Kind(papers.agenda, _everybody, _has_agenda),
    PaperKind.SIGN_IN: _Kind(papers.sign_in_sheet, _preparing, _always),
    PaperKind.PLATES: _Kind(papers.name_plates, _preparing, _always),
    PaperKind.RECORD: _Kind(papers.record, permissions.can_read_record, _was_recorded),
}


def links(user: Any, meeting: Meeting) -> list[dict[str, str]]:
    """The papers this user may open, for the meeting's page."""
    return [
        {"label": str(PaperKind(name).label), "url": reverse("meetings:paper", args=[meeting.pk, name])}
        for name, kind in KINDS.items()
        if kind.allowed(user, meeting) and kind.exists(meeting)
    ]


@require_GET
def paper(request: HttpRequest, pk: int, kind: str, part: str = "") -> HttpResponse:
    """One paper of the meeting: its page, its pictures, its files."""
    rows = selectors.visible_to(request.user).select_related("notice_paper")
    meeting = get_object_or_404(rows, pk=pk)
    wanted = KINDS.get(kind)
    if wanted is None or not wanted.exists(meeting):
        raise Http404(kind)
    if not wanted.allowed(request.user, meeting):
        raise PermissionDenied(f"{kind} of meeting {pk}")
    archived = meeting.notice_paper if kind == PaperKind.NOTICE else None
    shown = show.Shown(
        f"{meeting.title}{PaperKind(kind).label}", reverse("meetings:paper", args=[pk, kind]), meeting,
        archived=archived, paper=lambda: wanted.make(meeting), back=meeting.get_absolute_url(),
    )  # fmt: skip
    return show.answer(request, shown, part)
