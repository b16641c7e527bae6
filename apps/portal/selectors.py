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
from apps.minutes import selectors as minutes
from apps.reminders import selectors as reminders
from apps.roster.selectors import standing_of, today

from . import administration, overview
from .overview import Cell

_FIVE = (TodoKind.ANSWER, TodoKind.CONSENT, TodoKind.SIGN_FOR, TodoKind.REPORT, TodoKind.OVERDUE)
_SHOWN = 8  # papers on their way
_FAR = datetime.max.replace(tzinfo=timezone.get_default_timezone())


def waiting_for(user: Any, *, failed_papers: int = 0) -> list[Todo]:
    """Everything that waits for this user: late matters first, then by deadline.

    `failed_papers` is how many archived papers lack their files (`beside.read` counts them).
    """
    found = [
        todo
        for app in (meetings, minutes, items, bulletins, dispatch, reminders)
        for todo in app.waiting_for(user)
    ]
    found += administration.waiting_for(user)
    found += administration.failed_papers(user, failed_papers)
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


@dataclass(frozen=True, slots=True)
class Stuck:
    """A paper on its way: in which state, for how many days, and who is silent."""

    title: str
    url: str
    state: str
    days: int | None
    silent: int


def papers_on_their_way(user: Any) -> list[Stuck]:
    """Minutes between the meeting and the archive, longest held first. For those who see everything."""
    if not standing_of(user).reads_all:
        return []
    found = [_stuck(row) for row in minutes.on_their_way()]
    return sorted(found, key=lambda row: -(row.days or 0))[:_SHOWN]


def _stuck(row: Any) -> Stuck:
    days = (today() - timezone.localdate(row.since)).days if row.since else None
    return Stuck(row.meeting.title, row.get_absolute_url(), row.get_state_display(), days, row.silent)


def red_items(user: Any) -> list[Cell]:
    """Overdue matters by lead unit, for those who steer: the office, its deputies and the convener."""
    standing = standing_of(user)
    if not (standing.runs_office or standing.is_convener or standing.is_host_deputy):
        return []
    return overview.red_by_unit(user)
