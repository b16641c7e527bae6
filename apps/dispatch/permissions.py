"""Who sees the outbox, and who may register, confirm, send again and keep the recipients."""

from typing import Any

from apps.roster.selectors import standing_of


def can_see_outbox(user: Any, message: Any = None) -> bool:
    """Office staff and director, the host unit's deputy, the system administrator and the auditor."""
    mine = standing_of(user)
    return mine.runs_office or mine.is_host_deputy or mine.is_system_admin or mine.is_auditor


def sees_every_copy(user: Any) -> bool:
    """Those whom the list of papers shows to whom each went; a unit has its own copies there."""
    mine = standing_of(user)
    return mine.reads_all or mine.is_system_admin


def can_resend(user: Any, message: Any = None) -> bool:
    """Office staff and director, and the system administrator."""
    mine = standing_of(user)
    return mine.runs_office or mine.is_system_admin


def can_register(user: Any, delivery: Any = None) -> bool:
    """Office staff and director."""
    return standing_of(user).runs_office


def can_stop(user: Any, paper: Any = None) -> bool:
    """Office staff and director, with the name of who approved it."""
    return standing_of(user).runs_office


def can_confirm(user: Any, delivery: Any) -> bool:
    """A liaison of the unit the copy is for."""
    return delivery.recipient.unit_id is not None and (
        delivery.recipient.unit_id in standing_of(user).liaison_units
    )


def can_see_recipients(user: Any) -> bool:
    """The system administrator and those who see the outbox."""
    return can_see_outbox(user)


def can_keep_recipients(user: Any) -> bool:
    """The system administrator."""
    return standing_of(user).is_system_admin


def nobody(user: Any, obj: Any = None) -> bool:
    """The portal itself, when the mail has gone or came back."""
    return False
