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
    grants = RoleGrant.objects.filter(user=user, role__in=roles, starts_on__lte=day)
    return grants.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day)).exists()


def can_see_numbers(user: Any) -> bool:
    """The administrator, the office staff and the auditor."""
    return _has_role(user, Role.SYSTEM_ADMIN, Role.OFFICE_STAFF, Role.AUDITOR)


def can_set_start(user: Any) -> bool:
    """The administrator."""
    return _has_role(user, Role.SYSTEM_ADMIN)


def can_void(user: Any, number: Any) -> bool:
    """The office staff."""
    return _has_role(user, Role.OFFICE_STAFF)
