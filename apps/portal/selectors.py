"""What waits for a user across all apps."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils import timezone

from apps.accounts import grants
from apps.action_items import at_hand
from apps.bulletins import selectors as bulletins
from apps.common.ready import labels_of, pattern_of
from apps.common.templatetags.portal import zh_datetime
from apps.common.todo import Todo, TodoKind, Waiting, waiting_of
from apps.dispatch import selectors as dispatch
from apps.meetings import at_home as meetings
from apps.minutes import selectors as minutes
from apps.minutes.enums import MinutesState
from apps.roster.selectors import standing_of, today

from . import administration, overview

_FIVE = (TodoKind.ANSWER, TodoKind.CONSENT, TodoKind.SIGN_FOR, TodoKind.REPORT, TodoKind.OVERDUE)
FEW, PAGE_SIZE = 10, 50  # lines of a kind on the home page, and where one kind is shown alone
_SHOWN = 8  # papers on their way
_FAR = datetime.max.replace(tzinfo=timezone.get_default_timezone())


def waiting_for(user: Any, *, failed_papers: int = 0, most: int = at_hand.ALL) -> Waiting:
    """Everything that waits for this user: late matters first, then by deadline; of the items' lines the `most` urgent.

    `failed_papers` is how many archived papers lack their files (`beside.read` counts them).
    """
    others = [todo for app in (meetings, minutes, bulletins, dispatch) for todo in app.waiting_for(user)]
    others += administration.waiting_for(user)
    others += administration.failed_papers(user, failed_papers)
    found = waiting_of(others) + at_hand.waiting_for(user, most=most)
    return Waiting(sorted(found.todos, key=lambda todo: (not todo.late, todo.deadline or _FAR)), found.counts)


@dataclass(frozen=True, slots=True)
class More:
    """How many lines of a kind are not shown, and where they all stand."""

    label: str
    value: int
    url: str


@dataclass(frozen=True, slots=True)
class Work:
    """What the home page shows of what waits: a few lines of each kind, or a page of one.

    `more` has a line a kind that has more than is shown; `page` is that of one kind (None: all kinds).
    """

    todos: list[Todo]
    counts: dict[TodoKind, int]
    more: list[More]
    page: Page | None = None

    @property
    def count(self) -> int:
        """How many matters wait in all."""
        return sum(self.counts.values())


def work_of(user: Any, *, kind: str = "", page: str | None = None, failed_papers: int = 0) -> Work:
    """The most urgent few of each kind; with `kind` a page of that one alone. A bad page is the nearest."""
    if kind not in TodoKind.values:
        found = waiting_for(user, failed_papers=failed_papers, most=FEW)
        return Work(_few(found.todos), found.counts, _more(found.counts))
    wanted = max(1, int(page)) if page and page.isascii() and page.isdigit() and len(page) < 5 else 1
    # Some kinds are found by the day they were asked and shown by deadline: these are read whole.
    whole = kind in (TodoKind.REVIEW, TodoKind.HANDLE)
    most = at_hand.ALL if whole else PAGE_SIZE * wanted
    found = waiting_for(user, failed_papers=failed_papers, most=most)
    # Its rows end where the items' lines do that were asked for: pages beyond are empty, and become the last.
    shown = Paginator(range(found.counts.get(TodoKind(kind), 0)), PAGE_SIZE).get_page(wanted)
    start = (shown.number - 1) * PAGE_SIZE
    todos = [todo for todo in found.todos if todo.kind == kind][start : start + PAGE_SIZE]
    return Work(todos, found.counts, [], shown)


def on_screen(todos: Iterable[Todo]) -> list[dict[str, Any]]:
    """The lines as the home page prints them: each a ready text, "" where there is nothing to say."""
    return [
        {
            "kind": labels_of(TodoKind)[todo.kind], "url": todo.url, "title": todo.title, "verb": todo.verb,
            "late": todo.late, "note": todo.note,
            "deadline": f"{'已过期限' if todo.late else '期限'} {zh_datetime(todo.deadline)}" if todo.deadline else "",
        }
        for todo in todos
    ]  # fmt: skip


def _few(todos: list[Todo]) -> list[Todo]:
    """The first few lines of each kind, in their order."""
    seen: Counter[TodoKind] = Counter()
    found = []
    for todo in todos:
        seen[todo.kind] += 1
        if seen[todo.kind] <= FEW:
            found.append(todo)
    return found


def _more(counts: dict[TodoKind, int]) -> list[More]:
    return [
        More(str(kind.label), counts[kind] - FEW, f"?kind={kind.value}")
        for kind in TodoKind
        if counts.get(kind, 0) > FEW
    ]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the home page and where its rows stand."""

    kind: TodoKind
    label: str
    value: int
    url: str


def figures(user: Any, counts: dict[TodoKind, int]) -> list[Figure]:
    """A unit's five numbers (always all five); for the others the kinds that wait."""
    kinds = list(_FIVE) if standing_of(user).liaison_units else []
    kinds += [kind for kind in TodoKind if kind not in kinds and counts.get(kind)]
    return [
        Figure(kind, str(kind.label), counts.get(kind, 0), f"?kind={kind.value}" if counts.get(kind) else "")
        for kind in kinds
    ]


@dataclass(frozen=True, slots=True)
class Stuck:
    """A paper on its way: in which state, for how many days, and how many are silent, in words."""

    title: str
    url: str
    state: str
    days: int | None
    silent: str


def papers_on_their_way(user: Any) -> list[Stuck]:
    """Minutes between the meeting and the archive, longest held first. For those who see everything."""
    if not standing_of(user).reads_all:
        return []
    found = [_stuck(row) for row in minutes.on_their_way(user)]
    return sorted(found, key=lambda row: -(row.days or 0))[:_SHOWN]


def _stuck(row: minutes.OnItsWay) -> Stuck:
    days = (today() - timezone.localdate(row.since)).days if row.since else None
    url = pattern_of("minutes:detail").format(row.pk)
    return Stuck(row.meeting, url, str(MinutesState(row.state).label), days, row.silent_words)


def late_items(user: Any) -> overview.Late | None:
    """Overdue matters by lead unit and reports missed, for those who steer: the office, its deputies and the convener."""
    standing = standing_of(user)
    if not (standing.runs_office or standing.is_convener or standing.is_host_deputy):
        return None
    return overview.late()


@dataclass(frozen=True, slots=True)
class Opened:
    """Something opened to a visitor, until a day."""

    title: str
    url: str
    until: date


def opened_to(user: Any) -> list[Opened] | None:
    """向您开放的: what a visitor was given to read, soonest to end first; None for those who have a post or a role."""
    if standing_of(user).is_any:
        return None
    found: dict[str, Opened] = {}
    for grant in grants.held_by(user):
        obj = grant.content_object
        row = Opened(str(obj), obj.get_absolute_url(), grant.until)
        found[row.url] = row  # given twice, to the person and to a group: the later day counts
    return list(found.values())
