"""Who keeps the rules, and who chases."""

from typing import Any

from apps.roster.selectors import standing_of


def can_set_rules(user: Any, obj: Any = None) -> bool:
    """The system administrator."""
    return standing_of(user).is_system_admin


def can_chase(user: Any, obj: Any = None) -> bool:
    """The office: its staff and its director."""
    return standing_of(user).runs_office


def can_rehearse(user: Any, obj: Any = None) -> bool:
    """Who keeps the rules, and the office that answers for what is sent."""
    return can_chase(user) or can_set_rules(user)
