"""What a unit has to sign for: its copy of every paper in force, of whatever kind, until somebody has signed.

The to-do of its home, the number in its menu, the card of a new post and the list 收文 all count these.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.common import request_cache
from apps.common.prepared import Prepared, any_of, named, prepare, slots
from apps.common.ready import pattern_of
from apps.common.todo import Todo, TodoKind
from apps.documents.enums import PaperKind, PaperStatus
from apps.documents.models import ArchivedPaper

from . import permissions
from .enums import DeliveryState
from .models import Delivery

# Read and signed for on pages of the app that issues them, which writes their lines itself, from the same copies.
READ_ELSEWHERE = (PaperKind.BULLETIN, PaperKind.ANNUAL, PaperKind.INFORMATION)


def unsigned_of(units: Iterable[int]) -> QuerySet[Delivery]:
    """Copies of these units nobody has signed for, the oldest first; a version that was corrected or stopped waits for nobody."""
    rows = Delivery.objects.filter(recipient__unit__in=any_of(units), paper__status=PaperStatus.CURRENT)
    return rows.exclude(state=DeliveryState.RECEIVED).order_by("pk")


class Unsigned(NamedTuple):
    """A paper units have to sign for; `kind` is the paper's."""

    paper: int
    kind: str
    title: str
    number: str


def papers_to_sign(units: Collection[int]) -> list[Unsigned]:
    """A line a paper, however many of the units got it, the oldest copy first. One query, once a request."""
    key = f"papers_to_sign:{sorted(units)}"
    return request_cache.get_or_make(key, lambda: _papers_to_sign(units))


def _papers_to_sign(units: Collection[int]) -> list[Unsigned]:
    found: dict[int, Unsigned] = {}
    for row in _question(len(units)).run(**named("unit", units)):
        found.setdefault(row[0], Unsigned._make(row))
    return list(found.values())


@cache
def _question(units: int) -> Prepared:
    rows = unsigned_of(slots("unit", range(units)))
    return prepare(rows.values_list("paper", "paper__kind", "paper__title", "paper__number_text"))


def to_sign(units: Collection[int]) -> list[Todo]:
    """The lines of papers that are signed for on their own page. One query."""
    address, verb = pattern_of("dispatch:paper"), _("签收")
    return [
        Todo(TodoKind.SIGN_FOR, row.title, address.format(row.paper), verb, note=row.number)
        for row in papers_to_sign(units)
        if row.kind not in READ_ELSEWHERE
    ]


@dataclass(frozen=True, slots=True)
class Received:
    """A paper on a unit's list 收文: its copies, and those of them this user may sign for now."""

    paper: ArchivedPaper
    issuer: str
    copies: list[Delivery]
    to_sign: list[Delivery]


def received(paper: ArchivedPaper, issuer: str, copies: list[Delivery], user: Any) -> Received:
    """A line of the list 收文. No query where the copies come with their recipients."""
    open_ones = [copy for copy in copies if copy.state != DeliveryState.RECEIVED]
    in_force = paper.status == PaperStatus.CURRENT
    return Received(
        paper,
        issuer,
        copies,
        [copy for copy in open_ones if in_force and permissions.can_confirm(user, copy)],
    )
