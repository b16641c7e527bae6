"""The roster as the pages show it: units with posts and holders on a day, and what the charter misses."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from .enums import LIAISON_POSTS, MEMBER_POSTS, PostKind
from .models import Appointment, Post, Unit


@dataclass(frozen=True, slots=True)
class Seat:
    """A post on a day; `held` is None while it is vacant."""

    post: Post
    held: Appointment | None

    @property
    def words(self) -> str:
        """The state in words: vacant, 主持工作, or filled."""
        if self.held is None:
            return str(_("空缺"))
        return str(_("主持工作")) if self.held.acting else str(_("在任"))

    @property
    def colour(self) -> str:
        """Colour of the state's badge."""
        if self.held is None:
            return "amber"
        return "blue" if self.held.acting else "green"


@dataclass(frozen=True, slots=True)
class Row:
    """A unit with its seats: convener and members, then the office's, then the second contact."""

    unit: Unit
    seats: list[Seat]

    @property
    def members(self) -> list[Seat]:
        """Convener and members."""
        return [seat for seat in self.seats if seat.post.kind in MEMBER_POSTS]

    @property
    def office(self) -> list[Seat]:
        """Director, deputies and office members, and the second contact once there is one."""
        second = PostKind.LIAISON_B
        return [
            s for s in self.seats if s.post.kind not in MEMBER_POSTS and (s.held or s.post.kind != second)
        ]


def board(day: date, *, words: str = "") -> list[Row]:
    """Units that belonged on a day, in charter order, with their seats. Three queries (four with `words`).

    `words` narrows by name, alias or pinyin initials.
    """
    known = Unit.objects.filter(joined_on__lte=day).order_by("order", "pk")
    units = list(known.prefetch_related("aliases") if words else known)
    units = [unit for unit in units if unit.left_on is None or unit.left_on >= day]
    seats = seats_on(day, [unit.pk for unit in units])
    rows = [Row(unit, seats.get(unit.pk, [])) for unit in units]
    return [row for row in rows if _fits(row, words.strip().lower())]


def _fits(row: Row, words: str) -> bool:
    if not words:
        return True
    unit = row.unit
    names = [unit.short_name, unit.full_name, unit.initials, *(alias.name for alias in unit.aliases.all())]
    people = [seat.held.person.name for seat in row.seats if seat.held]
    return any(words in name.lower() for name in [*names, *people])


def seats_on(day: date, unit_ids: Any) -> dict[int, list[Seat]]:
    """Unit id → its posts in order with who holds them on a day. Two queries."""
    held = Appointment.objects.on(day).filter(post__unit__in=unit_ids)
    by_post = {row.post_id: row for row in held.select_related("person__user")}
    found: dict[int, list[Seat]] = {}
    for post in Post.objects.filter(unit__in=unit_ids).select_related("unit").order_by("order", "pk"):
        found.setdefault(post.unit_id, []).append(Seat(post, by_post.get(post.pk)))
    return found


def gaps(rows: list[Row]) -> list[str]:
    """What the charter asks for and is not there (C1, C3, C7 to C9); for the administrator, never a lock."""
    found = []
    for row in rows:
        empty = [s for s in row.seats if s.held is None and s.post.kind != PostKind.LIAISON_B]
        found += [f"{seat.post}空缺" for seat in empty]
        acts = any(
            seat.held and seat.held.person.user_id for seat in row.seats if seat.post.kind in LIAISON_POSTS
        )
        if not acts:
            found.append(f"{row.unit}没有可登录的经办人")
    return found
