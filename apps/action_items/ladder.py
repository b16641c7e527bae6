"""The ladder of what is stuck: 经办人 → 成员 → 办公室主任 → 召集人 → 列入议题. Reads only.

A person of the office releases each rung; each is released once a deadline, in this order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.roster.enums import AssignmentRole, PostKind
from apps.roster.models import Appointment, Unit
from apps.roster.selectors import holders, liaison_users, today

from .deadlines import Asked, late
from .enums import Rung
from .models import ActionItem, Prompt
from .selectors import leads_of

LADDER = (Rung.LIAISON, Rung.MEMBER, Rung.DIRECTOR, Rung.CONVENER, Rung.AGENDA)


@dataclass(frozen=True, slots=True)
class Stuck:
    """An item with the date that went by, the rungs released for that date, and the next (None: all are)."""

    item: ActionItem
    asked: Asked
    released: tuple[Prompt, ...]
    chased_today: bool

    @property
    def next_rung(self) -> Rung | None:
        """The lowest rung not released."""
        done = {row.rung for row in self.released}
        return next((rung for rung in LADDER if rung not in done), None)

    @property
    def since(self) -> date:
        """Since when it has stood there: the last rung's day, else the date that went by."""
        return max((row.on for row in self.released), default=self.asked.due)

    @property
    def leads(self) -> list[Unit]:
        """Lead units as named."""
        return leads_of(self.item)


def stuck(day: date | None = None) -> list[Stuck]:
    """Every item that is overdue or missed a report, the longest overdue first. Five queries."""
    return stuck_of(late(day), day)


def stuck_of(pairs: Sequence[tuple[int, Asked]], day: date | None = None) -> list[Stuck]:
    """The rungs of some of the late items (`deadlines.late`), in their order. Four queries."""
    rows = ActionItem.objects.prefetch_related("parts__unit", "prompts").in_bulk([pk for pk, _asked in pairs])
    return [_stuck(rows[pk], asked, day or today()) for pk, asked in pairs]


def stuck_one(item: ActionItem) -> Stuck | None:
    """The same of one item as it stands now, or None when nothing is late."""
    found = stuck_of(late(only=item.pk))
    return found[0] if found else None


def _stuck(item: ActionItem, asked: Asked, day: date) -> Stuck:
    prompts = list(item.prompts.all())
    released = tuple(row for row in prompts if row.rung != Rung.CHASE and row.due == asked.due)
    return Stuck(item, asked, released, any(row.rung == Rung.CHASE and row.on == day for row in prompts))


@dataclass(frozen=True, slots=True)
class Audience:
    """Accounts that are told, and in words those who have none and must be told otherwise."""

    users: tuple[Any, ...] = ()
    silent: tuple[str, ...] = ()


def audience(item: ActionItem, rung: Rung) -> Audience:
    """Whom a rung names for an item, as the posts are held today. At most a query a lead unit."""
    if rung == Rung.MEMBER:
        rows = [row for unit in leads_of(item) for row in holders(PostKind.MEMBER, unit=unit)]
        return _of_posts(rows, leads_of(item), "成员")
    if rung == Rung.DIRECTOR:
        return _of_posts(holders(PostKind.OFFICE_DIRECTOR), [], "办公室主任")
    if rung == Rung.CONVENER:
        return _of_posts(holders(PostKind.CONVENER), [], "召集人")
    return Audience() if rung == Rung.AGENDA else liaisons(item)


def liaisons(item: ActionItem) -> Audience:
    """The accounts of the lead units' liaisons, and the lead units that have none."""
    leads = [part for part in item.parts.all() if part.role == AssignmentRole.LEAD]
    people = liaison_users([part.unit_id for part in leads])
    users = tuple(user for part in leads for user in people[part.unit_id])
    return Audience(_once(users), tuple(part.unit.short_name for part in leads if not people[part.unit_id]))


def _of_posts(rows: list[Appointment], wanted: list[Unit], post: str) -> Audience:
    users = [row.person.user for row in rows if row.person.user is not None and row.person.user.is_active]
    silent = [
        f"{row.post.unit.short_name}{row.person.name}"
        for row in rows
        if row.person.user is None or not row.person.user.is_active
    ]
    held = {row.post.unit_id for row in rows}
    silent += [f"{unit.short_name}{post}空缺" for unit in wanted if unit.pk not in held]
    if not rows and not wanted:
        silent.append(f"{post}空缺")
    return Audience(_once(users), tuple(silent))


def _once(users: Iterable[Any]) -> tuple[Any, ...]:
    return tuple({user.pk: user for user in users}.values())
