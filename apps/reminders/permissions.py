"""Who keeps the rules, and who chases."""

from typing import Any

from apps.roster.selectors import standing_of


def can_set_rules(user: Any, obj: Any = None) -> bool:
    """The system administrator."""
    return standing_of(user).is_system_admin


def can_chase(user: Any, obj: Any = None) -> bool:
    """The office: its staff and its director."""
    return standing_of(user).runs_office


def can_read_chases(user: Any, obj: Any = None) -> bool:
    """The office, and the auditor, who reads everything: the ladder and the letters as they would go."""
    return can_chase(user) or standing_of(user).is_auditor


def can_read_rules(user: Any, obj: Any = None) -> bool:
    """Who keeps the rules, and the auditor."""
    return can_set_rules(user) or standing_of(user).is_auditor


def can_rehearse(user: Any, obj: Any = None) -> bool:
    """Who keeps the rules, the office that answers for what is sent, and the auditor. It writes nothing."""
    return can_chase(user) or can_read_rules(user)
