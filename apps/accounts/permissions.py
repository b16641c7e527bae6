"""Who may do what with accounts, roles, grants, settings and the journal; read as sentences.

Posts belong to the roster, an app further down, which teaches this room what they mean (`learn`).
"""

from collections.abc import Callable
from typing import Any

from apps.common import settings_rows

from . import selectors
from .enums import DISJOINT, Role

Rule = Callable[[Any], bool]
_posts: dict[str, Rule] = {}


def learn(post: str, rule: Rule) -> None:
    """The roster says who holds a post today: "director" or "convener"."""
    _posts[post] = rule


def holds(post: str, user: Any) -> bool:
    """True when the user holds the post today; False before the roster has said what it means."""
    return post in _posts and _posts[post](user)


def _has(user: Any, *roles: Role) -> bool:
    return bool(selectors.roles_of(user) & set(roles))


def can_manage_accounts(user: Any) -> bool:
    """The system administrator opens, disables and resets accounts."""
    return _has(user, Role.SYSTEM_ADMIN)


def can_see_accounts(user: Any) -> bool:
    """The administrators and the auditor see accounts and roles."""
    return _has(user, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR)


def can_unlock(user: Any) -> bool:
    """The security administrator lifts a login that is blocked after wrong passwords."""
    return _has(user, Role.SECURITY_ADMIN)


def can_give_role(user: Any, role: str) -> bool:
    """The security administrator hands out roles; the system administrator while there is no other way."""
    if _has(user, Role.SECURITY_ADMIN):
        return True
    if not _has(user, Role.SYSTEM_ADMIN):
        return False
    if not settings_rows.value("separate_administrators"):
        return True
    return role == Role.SECURITY_ADMIN and not selectors.holders(Role.SECURITY_ADMIN).exists()


def can_manage_roles(user: Any) -> bool:
    """True when the user may hand out at least one role."""
    return any(can_give_role(user, role) for role in Role.values)


def role_clash(held: frozenset[str], role: str) -> str:
    """The label of a role that may not stand beside `role` (三员分立), or an empty text."""
    if role not in DISJOINT or not settings_rows.value("separate_administrators"):
        return ""
    other = next((mine for mine in sorted(held) if mine in DISJOINT and mine != role), "")
    return str(Role(other).label) if other else ""


def can_share(user: Any) -> bool:
    """The office's staff and its director open an object to others."""
    return _has(user, Role.OFFICE_STAFF) or holds("director", user)


def can_see_grants(user: Any) -> bool:
    """Those who share, the security administrator and the auditor see all that is shared."""
    return can_share(user) or _has(user, Role.SECURITY_ADMIN, Role.AUDITOR)


def can_take_back(user: Any) -> bool:
    """Those who share and the security administrator end a grant."""
    return can_share(user) or _has(user, Role.SECURITY_ADMIN)


def can_read_journal(user: Any) -> bool:
    """The auditor alone reads the journal."""
    return _has(user, Role.AUDITOR)


def can_set(user: Any) -> bool:
    """The system administrator changes settings and the calendar."""
    return _has(user, Role.SYSTEM_ADMIN)


def can_see_settings(user: Any) -> bool:
    """The office, the administrators and the auditor see settings and the calendar."""
    return can_share(user) or can_see_accounts(user)


def needs_second_factor(user: Any) -> bool:
    """Office, convener and administrators, when the setting asks for it."""
    if not settings_rows.value("second_factor"):
        return False
    return bool(selectors.roles_of(user)) or holds("director", user) or holds("convener", user)
