"""What a unit has to sign for: its copy of every paper in force, of whatever kind, until somebody has signed.

The to-do of its home, the number in its menu, the card of a new post and the list 收文 all count these.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

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
    rows = Delivery.objects.filter(recipient__unit__in=list(units), paper__status=PaperStatus.CURRENT)
    return rows.exclude(state=DeliveryState.RECEIVED).order_by("pk")


def to_sign(units: Iterable[int]) -> list[Todo]:
    """A line a paper, however many of the units got it. One query."""
    rows = unsigned_of(units).exclude(paper__kind__in=READ_ELSEWHERE)
    rows = rows.select_related("paper").only("paper__title", "paper__number_text", "paper__version")
    first = {row.paper_id: row for row in reversed(rows)}
    return [_todo(first[paper]) for paper in sorted(first, key=lambda paper: first[paper].pk)]


def _todo(copy: Delivery) -> Todo:
    return Todo(
        TodoKind.SIGN_FOR, copy.paper.title, copy.get_absolute_url(), _("签收"), note=copy.paper.number_text
    )


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
