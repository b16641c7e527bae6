"""What waits for a user across all apps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.action_items import selectors as items
from apps.bulletins import selectors as bulletins
from apps.common.todo import Todo, TodoKind
from apps.dispatch import selectors as dispatch
from apps.meetings import selectors as meetings
from apps.meetings.enums import MeetingState
from apps.meetings.models import Meeting
from apps.minutes import selectors as minutes
from apps.minutes.enums import MinutesState
from apps.minutes.models import Minutes
from apps.roster.selectors import standing_of

from . import administration

_FIVE = (TodoKind.ANSWER, TodoKind.CONSENT, TodoKind.SIGN_FOR, TodoKind.REPORT, TodoKind.OVERDUE)
_FAR = datetime.max.replace(tzinfo=timezone.get_default_timezone())


def waiting_for(user: Any) -> list[Todo]:
    """Everything that waits for this user: late matters first, then by deadline."""
    found = [
        todo for app in (meetings, minutes, items, bulletins, dispatch) for todo in app.waiting_for(user)
    ]
    found += administration.waiting_for(user)
    return sorted(found, key=lambda todo: (not todo.late, todo.deadline or _FAR))


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the home page and where its rows stand."""

    kind: TodoKind
    label: str
    value: int
    url: str


def figures(user: Any, todos: list[Todo]) -> list[Figure]:
    """A unit's five numbers (always all five); for the others the kinds that wait."""
    counts: dict[TodoKind, int] = {}
    for todo in todos:
        counts[todo.kind] = counts.get(todo.kind, 0) + 1
    kinds = list(_FIVE) if standing_of(user).liaison_units else []
    kinds += [kind for kind in TodoKind if kind not in kinds and counts.get(kind)]
    return [
        Figure(kind, str(kind.label), counts.get(kind, 0), f"?kind={kind.value}" if counts.get(kind) else "")
        for kind in kinds
    ]


def coming_meetings(user: Any) -> list[Meeting]:
    """The next meetings the user may see."""
    return list(
        meetings.visible_to(user)
        .filter(starts_at__gte=timezone.now())
        .exclude(state=MeetingState.CANCELLED)
        .order_by("starts_at")[:3]
    )


def papers_on_their_way(user: Any) -> list[Minutes]:
    """Minutes between the meeting and the archive: where each is stuck. For those who see everything."""
    if not standing_of(user).reads_all:
        return []
    rows = minutes.visible_to(user).exclude(state__in=[MinutesState.ARCHIVED, MinutesState.STOPPED])
    return list(rows.select_related("meeting").order_by("meeting__starts_at")[:5])
