"""Who may see and keep the numbers. Roles only: posts are the roster's, which stands below this app."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from apps.accounts.enums import Role
from apps.accounts.models import RoleGrant


def _has_role(user: Any, *roles: Role) -> bool:
    if user is None or not user.is_authenticated or not user.is_active:
        return False
    day = timezone.localdate()
    kept = user.__dict__.get("_number_roles")  # one query a request, like the standing
    if kept is None or kept[0] != day:
        grants = RoleGrant.objects.filter(user=user, starts_on__lte=day)
        grants = grants.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day))
        kept = user.__dict__["_number_roles"] = (day, frozenset(grants.values_list("role", flat=True)))
    return not kept[1].isdisjoint(roles)


def can_see_numbers(user: Any) -> bool:
    """The administrator, the office staff and the auditor."""
    return _has_role(user, Role.SYSTEM_ADMIN, Role.OFFICE_STAFF, Role.AUDITOR)


def can_set_start(user: Any) -> bool:
    """The administrator."""
    return _has_role(user, Role.SYSTEM_ADMIN)


def can_void(user: Any, number: Any) -> bool:
    """The office staff."""
    return _has_role(user, Role.OFFICE_STAFF)
