"""您接手的: what a person finds on the first days in a new post. Open matters belong to the unit and the post,
so nothing is moved when somebody comes or goes; the card only says what there is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.action_items import ledger
from apps.action_items.enums import OPEN_STATES
from apps.action_items.models import ActionItem
from apps.action_items.selectors import visible_to
from apps.common.todo import TodoKind
from apps.dispatch import receiving
from apps.roster.enums import AssignmentRole
from apps.roster.models import Appointment
from apps.roster.selectors import standing_of, units

from .models import PutAway
from .overview import rows_at


@dataclass(frozen=True, slots=True)
class Taken:
    """A post taken over: its words, since when, and the key by which its card is put away."""

    pk: int
    post: str
    since: date


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of matter and where it stands."""

    label: str
    value: int
    url: str


@dataclass(frozen=True, slots=True)
class Handover:
    """The card."""

    posts: list[Taken]
    lines: list[Line]


def own_appointments(user: Any) -> Any:
    """Posts this person holds or held."""
    return Appointment.objects.filter(person__user=user)


def put_away(appointment: Appointment, *, by: Any) -> None:
    """Do not show this person the card of this post again. Twice is as once."""
    PutAway.objects.get_or_create(user=by, appointment=appointment)


def handover_of(user: Any, appointments: Iterable[int], counts: dict[TodoKind, int]) -> Handover | None:
    """The card of the posts taken over lately; None without one. At most four queries."""
    wanted = list(appointments)
    if not wanted:
        return None
    rows = own_appointments(user).filter(pk__in=wanted).select_related("post__unit")
    posts = [Taken(row.pk, _post_words(row), row.starts_on) for row in rows]
    return Handover(posts, [*_items(user), *_todos(counts), *_papers(user)])


def _post_words(row: Appointment) -> str:
    return f"{row.post.unit.short_name}{row.post.get_kind_display()}"


def _items(user: Any) -> list[Line]:
    standing, still = standing_of(user), Q(state__in=OPEN_STATES)
    if not standing.units or standing.reads_all:
        seen = visible_to(user).aggregate(all=Count("pk"), open=Count("pk", filter=still))
        label = _("议定事项（在办 %(open)s 项）") % {"open": seen["open"]}
        return [Line(label, seen["all"], rows_at())] if seen["all"] else []
    return [line for unit in units() if unit.pk in standing.units for line in _items_of(unit)]


def _items_of(unit: Any) -> list[Line]:
    """What a unit leads and supports. One query."""
    led = ledger.of_unit(unit, AssignmentRole.LEAD)
    supported = ledger.of_unit(unit, AssignmentRole.SUPPORT)
    found = ActionItem.objects.aggregate(
        led=Count("pk", filter=led),
        open=Count("pk", filter=led & Q(state__in=OPEN_STATES)),
        supported=Count("pk", filter=supported),
    )
    label = _("牵头的事项（在办 %(open)s 项）") % {"open": found["open"]}
    lines = [
        Line(label, found["led"], rows_at(lead=unit.pk)),
        Line(_("配合的事项"), found["supported"], rows_at(support=unit.pk)),
    ]
    return [line for line in lines if line.value]


def _todos(counts: dict[TodoKind, int]) -> list[Line]:
    return [Line(str(kind.label), counts[kind], f"?kind={kind.value}") for kind in TodoKind if kind in counts]


def _papers(user: Any) -> list[Line]:
    """Papers of the unit nobody has signed for yet."""
    mine = standing_of(user).units
    if not mine:
        return []
    count = receiving.unsigned_of(mine).order_by().values("paper").distinct().count()
    return [Line(_("未签收的公文"), count, reverse("dispatch:list"))] if count else []
