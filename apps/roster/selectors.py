"""Reads of the roster: units in charter order, who holds what on a day, and what a user stands for today."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from apps.accounts.enums import Role
from apps.accounts.models import RoleGrant
from apps.accounts.selectors import forget_roles, keep_roles, roles_of
from apps.common import prepared, request_cache

from .enums import LIAISON_POSTS, MEMBER_POSTS, PostKind
from .models import Appointment, Post, Unit, UnitAlias


@dataclass(frozen=True, slots=True)
class Standing:
    """What a user is today: computed from roster rows and handed-out roles, never stored."""

    liaison_units: frozenset[int] = frozenset()
    member_units: frozenset[int] = frozenset()
    is_convener: bool = False
    is_director: bool = False
    deputy_units: frozenset[int] = frozenset()
    is_host_deputy: bool = False
    is_office: bool = False
    is_system_admin: bool = False
    is_security_admin: bool = False
    is_auditor: bool = False

    @property
    def units(self) -> frozenset[int]:
        """Ids of the units the user belongs to, as liaison or member."""
        return self.liaison_units | self.member_units

    @property
    def reads_all(self) -> bool:
        """True for those who see every object of the joint meeting."""
        leads = self.is_director or self.is_convener or self.is_host_deputy
        return self.is_office or leads or self.is_auditor

    @property
    def runs_office(self) -> bool:
        """True for the people who do the office's work: its staff and its director."""
        return self.is_office or self.is_director

    @property
    def is_any(self) -> bool:
        """True when the user is anybody here at all (a visitor is not)."""
        return bool(self.units) or self.reads_all or self.is_system_admin or self.is_security_admin


def today() -> date:
    """The local date (Asia/Shanghai); one for the whole of a request."""
    return request_cache.get_or_make("today", timezone.localdate)


# Every request asks this; written out, since putting it together anew took five times as long as its answer.
# Rows: "role", the role; or "post", its kind, the unit, whether that unit hosts the office. The last column is nobody's.
_STANDING = """
SELECT 'role', role, 0, 0, 0 FROM accounts_rolegrant
WHERE user_id = %s AND starts_on <= %s AND (ends_on IS NULL OR ends_on >= %s)
UNION ALL
SELECT 'post', post.kind, post.unit_id, CASE WHEN unit.is_host THEN 1 ELSE 0 END, 0
FROM roster_appointment held
JOIN roster_person person ON person.id = held.person_id
JOIN roster_post post ON post.id = held.post_id
JOIN roster_unit unit ON unit.id = post.unit_id
WHERE person.user_id = %s AND held.starts_on <= %s AND (held.ends_on IS NULL OR held.ends_on >= %s)
"""


def standing_of(user: Any) -> Standing:
    """What the user is today. One query, kept on the user object of this request."""
    if user is None or not user.is_authenticated or not user.is_active:
        return Standing()
    day = today()
    kept = user.__dict__.get("_standing")
    if kept is None or kept[0] != day:
        standing_beside(user)
        kept = user.__dict__["_standing"]
    return kept[1]


def standing_beside(user: Any, sql: str = "", *values: Any) -> list[tuple[str, str, int, int, int]]:
    """Read a logged-in user's standing anew, and in the same query other rows, which are returned.

    `sql` gives rows of a word other than "role" and "post", a text and three numbers. What they say may be told
    only after the standing has been asked: they were read before it was known.
    """
    day = today()
    adapted = connection.ops.adapt_datefield_value(day)
    mine = (user.pk, adapted, adapted)
    with connection.cursor() as cursor:
        cursor.execute(f"{_STANDING} UNION ALL {sql}" if sql else _STANDING, [*mine, *mine, *values])
        rows = cursor.fetchall()
    keep_roles(user, day, frozenset(row[1] for row in rows if row[0] == "role"))
    held = [row[1:4] for row in rows if row[0] == "post"]
    user.__dict__["_standing"] = (day, _standing_from(roles_of(user), held))
    return [row for row in rows if row[0] not in ("role", "post")]


def _standing_from(roles: frozenset[str], held: list[tuple[str, int, int]]) -> Standing:
    kinds = {kind for kind, _unit, _host in held}
    return Standing(
        liaison_units=frozenset(unit for kind, unit, _host in held if kind in LIAISON_POSTS),
        member_units=frozenset(unit for kind, unit, _host in held if kind in MEMBER_POSTS),
        is_convener=PostKind.CONVENER in kinds,
        is_director=PostKind.OFFICE_DIRECTOR in kinds,
        deputy_units=frozenset(unit for kind, unit, _host in held if kind == PostKind.OFFICE_DEPUTY),
        is_host_deputy=any(kind == PostKind.OFFICE_DEPUTY and host for kind, _unit, host in held),
        is_office=Role.OFFICE_STAFF in roles,
        is_system_admin=Role.SYSTEM_ADMIN in roles,
        is_security_admin=Role.SECURITY_ADMIN in roles,
        is_auditor=Role.AUDITOR in roles,
    )


def shape_of(standing: Standing) -> Standing:
    """The standing with slots in place of its units: what is asked for it can be composed once (`common.prepared`)."""
    return replace(
        standing,
        liaison_units=prepared.slots("liaison", standing.liaison_units),
        member_units=prepared.slots("member", standing.member_units),
        deputy_units=frozenset(),
    )


def places_of(standing: Standing) -> dict[str, int]:
    """The units that stand in the slots of its shape."""
    return {
        **prepared.named("liaison", standing.liaison_units),
        **prepared.named("member", standing.member_units),
    }


def forget_standing(user: Any) -> None:
    """Drop what is kept on a user object after its posts or roles changed."""
    user.__dict__.pop("_standing", None)
    forget_roles(user)


def units() -> list[Unit]:
    """The member units of today in charter order; read once a request."""
    return request_cache.get_or_make("units", lambda: _units().run())


@cache
def _units() -> prepared.PreparedObjects:
    return prepared.PreparedObjects(Unit.objects.active())


class UnitName(NamedTuple):
    """A member unit of today where only its name is asked."""

    pk: int
    short_name: str


# The units' names beside another question (`keep_unit_names`): rows of a word, the name, the id, the order.
NAMES_BESIDE = """SELECT 'unit', short_name, id, "order", 0 FROM roster_unit WHERE left_on IS NULL"""


def keep_unit_names(rows: Iterable[tuple[str, int, int]]) -> None:
    """Keep for this request what `NAMES_BESIDE` read: name, id, order."""
    found = sorted((order, pk, name) for name, pk, order in rows)
    request_cache.keep("unit_names", [UnitName(pk, name) for _order, pk, name in found])


def unit_names() -> list[UnitName]:
    """The names of the member units of today in charter order. No query where the units, or these, were read already."""
    return request_cache.get_or_make(
        "unit_names", lambda: [UnitName(unit.pk, unit.short_name) for unit in units()]
    )


def host_unit() -> Unit:
    """The unit that hosts the office (市卫健委). Raises Unit.DoesNotExist before a charter is loaded."""
    return Unit.objects.get(is_host=True)


def names() -> dict[str, Unit]:
    """Every known name of a unit, code included → the unit."""
    found: dict[str, Unit] = {}
    for unit in Unit.objects.all():
        found.update({unit.code: unit, unit.short_name: unit, unit.full_name: unit})
    for alias in UnitAlias.objects.select_related("unit"):
        found[alias.name] = alias.unit
    return found


def holders(kind: PostKind, *, on: date | None = None, unit: Unit | None = None) -> list[Appointment]:
    """Appointments to a kind of post in force on a day, in the posts' order."""
    rows = Appointment.objects.on(on or today()).filter(post__kind=kind)
    if unit is not None:
        rows = rows.filter(post__unit=unit)
    return list(rows.select_related("post__unit", "person__user"))


def members_on(day: date) -> list[Appointment]:
    """Convener and members on a day, convener first, then in the printed roster's order (17 people)."""
    rows = (
        Appointment.objects.on(day)
        .filter(post__kind__in=[PostKind.CONVENER, PostKind.MEMBER])
        .select_related("post__unit", "person")
    )
    return sorted(rows, key=lambda row: (row.post.kind != PostKind.CONVENER, row.post.order, row.pk))


def users_of(kind: PostKind, *, unit: Unit | None = None) -> list[Any]:
    """Active accounts of those who hold a kind of post today."""
    found = [row.person.user for row in holders(kind, unit=unit)]
    return [user for user in found if user is not None and user.is_active]


def liaison_users(unit_ids: Any) -> dict[int, list[Any]]:
    """Unit id → the active accounts that act for it today. One query."""
    found: dict[int, list[Any]] = {pk: [] for pk in unit_ids}
    rows = (
        Appointment.objects.on(today())
        .filter(post__unit__in=list(found), post__kind__in=LIAISON_POSTS, person__user__is_active=True)
        .select_related("person__user", "post")
    )
    for row in rows:
        if row.person.user not in found[row.post.unit_id]:
            found[row.post.unit_id].append(row.person.user)
    return found


def office_users() -> list[Any]:
    """Active accounts of the office staff today."""
    day = today()
    grants = RoleGrant.objects.filter(role=Role.OFFICE_STAFF, starts_on__lte=day, user__is_active=True)
    return [g.user for g in grants.select_related("user") if g.ends_on is None or g.ends_on >= day]


def names_by_unit() -> dict[int, tuple[str, ...]]:
    """Unit id → every name it bears, the longest first, to take a unit's name off the front of a title. Two queries."""
    found: dict[int, set[str]] = {}
    for name, unit in names().items():
        found.setdefault(unit.pk, set()).add(name)
    return {pk: tuple(sorted(rows, key=lambda name: (-len(name), name))) for pk, rows in found.items()}


def seats_on(day: date) -> list[tuple[Post, Appointment | None]]:
    """Every post of the printed roster and the office with its holder on a day, vacant ones too. Two queries.

    Posts of units that were not members on that day are left out; the second contact is no post of the text.
    """
    posts = (
        Post.objects.exclude(kind=PostKind.LIAISON_B)
        .filter(Q(unit__left_on__isnull=True) | Q(unit__left_on__gt=day), unit__joined_on__lte=day)
        .select_related("unit")
    )
    held = {row.post_id: row for row in Appointment.objects.on(day).select_related("person")}
    return [(post, held.get(post.pk)) for post in posts]
