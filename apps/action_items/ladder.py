"""The ladder of what is stuck: 经办人 → 成员 → 办公室主任 → 召集人 → 列入议题. Reads only.

A person of the office releases each rung; each is released once a deadline, in this order, and none on a day on which
the item was chased: nobody is told twice, and who was told has a day to answer.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from django.db.models import TextField

from apps.common.prepared import Prepared, any_of, named, prepare, slots
from apps.common.written import Written
from apps.roster.enums import AssignmentRole, PostKind
from apps.roster.models import Appointment, Unit
from apps.roster.selectors import holders, liaison_users, today, units

from .deadlines import Asked, late
from .enums import Rung
from .ledger import units_of
from .ledger_sql import NAMED_UNITS
from .models import ActionItem
from .selectors import leads_of

LADDER = (Rung.LIAISON, Rung.MEMBER, Rung.DIRECTOR, Rung.CONVENER, Rung.AGENDA)


class Item(NamedTuple):
    """The columns of an item that a line of the ladder shows, and what stands beside it, as JSON text."""

    pk: int
    source_label: str
    seq: int
    text: str
    all_support: bool
    named_units: Any
    rungs: Any


class Prompted(NamedTuple):
    """A rung that was released, or a 催办: the day, the deadline it was about, who else must be told."""

    rung: str
    on: date
    due: date
    note: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """An item with the date that went by, the rungs released for that date, and the next (None: all are).

    `leads`: lead units as named. `prompted_today`: somebody was told by a 催办 or a rung today, of whatever date.
    """

    item: Item
    asked: Asked
    released: tuple[Prompted, ...]
    chased_today: bool
    prompted_today: bool
    leads: list[Unit]

    @property
    def next_rung(self) -> Rung | None:
        """The lowest rung not released."""
        done = {row.rung for row in self.released}
        return next((rung for rung in LADDER if rung not in done), None)

    @property
    def since(self) -> date:
        """Since when it has stood there: the last rung's day, else the date that went by."""
        return max((row.on for row in self.released), default=self.asked.due)


_PROMPTS = Written(
    """SELECT JSONB_AGG(JSONB_BUILD_OBJECT(
    'pk', prompt.id, 'rung', prompt.rung, 'on', prompt."on", 'due', prompt.due, 'note', prompt.note))
FROM action_items_prompt prompt WHERE prompt.item_id = action_items_actionitem.id""",
    output_field=TextField(),
)
_BLOCK = 50  # a question is composed for each number of items, rounded up to a page


def stuck(day: date | None = None) -> list[Stuck]:
    """Every item that is overdue or missed a report, the longest overdue first. Three queries."""
    return stuck_of(late(day), day)


def stuck_of(pairs: Sequence[tuple[int, Asked]], day: date | None = None) -> list[Stuck]:
    """The rungs of some of the late items (`deadlines.late`), in their order. Two queries."""
    if not pairs:
        return []
    ids = [pk for pk, _asked in pairs]
    places = -(-len(ids) // _BLOCK) * _BLOCK
    places_filled = [*ids, *ids[-1:] * (places - len(ids))]
    rows = {row[0]: row for row in _question(places).run(**named("item", places_filled))}
    known = {unit.pk: unit for unit in units()}
    return [_stuck(Item._make(rows[pk]), asked, day or today(), known) for pk, asked in pairs]


@cache
def _question(places: int) -> Prepared:
    rows = ActionItem.objects.filter(pk__in=any_of(slots("item", range(places)))).order_by()
    told = rows.annotate(named_units=Written(NAMED_UNITS, output_field=TextField()), rungs=_PROMPTS)
    return prepare(told.values_list(*Item._fields))


def stuck_one(item: ActionItem) -> Stuck | None:
    """The same of one item as it stands now, or None when nothing is late."""
    found = stuck_of(late(only=item.pk))
    return found[0] if found else None


def _stuck(item: Item, asked: Asked, day: date, known: dict[int, Unit]) -> Stuck:
    item = item._replace(
        named_units=json.loads(item.named_units or "[]"), rungs=json.loads(item.rungs or "[]")
    )
    rows = sorted(item.rungs, key=lambda row: (row["on"], row["pk"]))
    prompts = [Prompted(row["rung"], _day(row["on"]), _day(row["due"]), row["note"]) for row in rows]
    released = tuple(row for row in prompts if row.rung != Rung.CHASE and row.due == asked.due)
    told = {row.rung for row in prompts if row.on == day}
    return Stuck(item, asked, released, Rung.CHASE in told, bool(told), units_of(item, known)[0])


_day = date.fromisoformat


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
