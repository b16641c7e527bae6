"""催签: asking a unit to sign for its copy, at most once a day a copy; each is in the journal."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.common.errors import Refused
from apps.common.workflow import move
from apps.roster.selectors import liaison_users

from .models import Delivery
from .telling import tell


@dataclass(frozen=True, slots=True)
class Chased:
    """Who was told, who has no account to be told, and what was left out with the reason of each."""

    told: list[Delivery]
    nobody: list[Delivery]
    left: list[tuple[Delivery, str]]


@transaction.atomic
def chase_receipts(copies: Iterable[Delivery], *, by: Any) -> Chased:
    """Ask the liaisons of these copies' units to sign. Raises PermissionDenied; what may not be chased is left out.

    A unit without an account is not marked as chased: somebody has to telephone.
    """
    rows, day = list(copies), timezone.localdate()
    # All of them before the first line of the journal: a unit that signs for its copy meanwhile is waited for once.
    list(Delivery.objects.select_for_update().filter(pk__in=[row.pk for row in rows]).order_by("pk"))
    people: dict[Any, list[Any]] = {}
    people.update(liaison_users({row.recipient.unit_id for row in rows if row.recipient.unit_id}))
    told, nobody, left = [], [], []
    for row in rows:
        if row.recipient.unit_id and not people[row.recipient.unit_id]:
            nobody.append(row)
            continue
        try:
            done = move(row, "chase", by=by, chased_on=day)
        except Refused as refused:
            left.append((row, refused.text))
            continue
        tell(
            people[row.recipient.unit_id], kind="receipt", title=f"请签收：{row.paper}",
            url=done.get_absolute_url(), key=f"{row.pk}:{day:%Y%m%d}", by=by,
        )  # fmt: skip
        told.append(row)
    return Chased(told, nobody, left)
