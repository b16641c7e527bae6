"""Reads of accounts and of the roles handed out to them."""

from datetime import date
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, Min, OuterRef, Q, QuerySet, When
from django.utils import timezone

from .enums import Role
from .models import RoleGrant, User


def roles_of(user: Any) -> frozenset[str]:
    """Roles the account holds today. One query, kept on the user object of this request."""
    if user is None or not user.is_authenticated or not user.is_active:
        return frozenset()
    day = timezone.localdate()
    kept = user.__dict__.get("_roles")
    if kept is None or kept[0] != day:
        rows = valid(RoleGrant.objects.filter(user=user), day)
        keep_roles(user, day, frozenset(rows.values_list("role", flat=True)))
        kept = user.__dict__["_roles"]
    return kept[1]


def keep_roles(user: Any, day: date, roles: frozenset[str]) -> None:
    """Keep on a user object what was read of its roles of a day."""
    user.__dict__["_roles"] = (day, roles)


def forget_roles(user: Any) -> None:
    """Drop what is kept on a user object after its roles changed."""
    user.__dict__.pop("_roles", None)


def valid(rows: QuerySet[RoleGrant], day: date) -> QuerySet[RoleGrant]:
    """Grants in force on a day."""
    return rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


def grants_today() -> QuerySet[RoleGrant]:
    """Every role in force today, by role and account, with the names a page needs."""
    rows = RoleGrant.objects.select_related("user", "granted_by").order_by("role", "user__username")
    return valid(rows, timezone.localdate())


def holders(role: Role) -> QuerySet[User]:
    """Active accounts that hold a role today."""
    grants = valid(RoleGrant.objects.filter(role=role), timezone.localdate())
    return User.objects.filter(is_active=True, pk__in=grants.values("user"))


def accounts(*, words: str = "", role: str = "", active: str = "") -> QuerySet[User]:
    """Accounts for the list: by name or login, by role held today, by `active` ("yes", "no" or all).

    The office and the administrators first, then the units in the charter's order, in each by post and name.
    """
    last = {"nulls_last": True}
    rows = _placed(User.objects.select_related("person__unit")).order_by(
        "-is_active",
        "rank",
        F("person__unit__order").asc(**last),
        F("post_order").asc(**last),
        "name",
        "username",
    )
    if words:
        rows = rows.filter(Q(username__icontains=words) | Q(name__icontains=words))
    if role:
        rows = rows.filter(
            pk__in=valid(RoleGrant.objects.filter(role=role), timezone.localdate()).values("user")
        )
    if active:
        rows = rows.filter(is_active=active == "yes")
    return rows


def _placed(rows: QuerySet[User]) -> Any:
    """With `rank` (the office 0, the administrators 1 to 3 by role, others 4) and `post_order`, of the posts held today.

    The convener and the office's director have no handed-out role: they belong to the office by their posts.
    """
    day = timezone.localdate()
    held = "person__appointments"
    until = Q(**{f"{held}__ends_on__isnull": True}) | Q(**{f"{held}__ends_on__gte": day})
    today = until & Q(**{f"{held}__starts_on__lte": day})
    grants = valid(RoleGrant.objects.filter(user=OuterRef("pk")), day)
    ranks = [When(Exists(grants.filter(role=role)), then=place) for place, role in enumerate(Role.values)]
    office = Q(**{f"{held}__post__kind__in": ["convener", "office_director"]})
    return rows.annotate(
        post_order=Min(f"{held}__post__order", filter=today),
        office_posts=Count(held, filter=today & office),
        rank=Case(When(office_posts__gt=0, then=0), *ranks, default=len(ranks), output_field=IntegerField()),
    )


def roles_by_user(user_ids: Any) -> dict[int, list[str]]:
    """Account id → labels of the roles it holds today. One query."""
    found: dict[int, list[str]] = {pk: [] for pk in user_ids}
    rows = valid(RoleGrant.objects.filter(user__in=list(found)), timezone.localdate())
    for grant in rows.order_by("id"):
        found[grant.user_id].append(grant.get_role_display())
    return found
