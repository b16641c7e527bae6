"""Who may see and change the roster; read as sentences."""

from typing import Any

from .selectors import standing_of


def can_see_roster(user: Any) -> bool:
    """Everybody who is somebody in the joint meeting or its portal; a visitor is not."""
    return standing_of(user).is_any


def can_edit_roster(user: Any) -> bool:
    """The system administrator enters who holds which post, confirms names and links accounts."""
    return standing_of(user).is_system_admin


def can_see_contacts(user: Any) -> bool:
    """The office and the system administrator see mail addresses and telephone numbers."""
    standing = standing_of(user)
    return standing.runs_office or standing.is_system_admin


def can_see_scans(user: Any) -> bool:
    """The same, and the auditor: the letter or signed sheet on which somebody holds a post."""
    return can_see_contacts(user) or standing_of(user).is_auditor
