"""Who may write, approve, number and issue; who may send information in. The only place that is asked."""

from typing import Any

from apps.roster.selectors import standing_of, units

from .enums import BulletinState, InformationState


def can_write(user: Any, bulletin: Any = None) -> bool:
    """The office's own steps: draft, take figures, submit, number, issue, chase."""
    return standing_of(user).runs_office


def can_void(user: Any, bulletin: Any) -> bool:
    """The office staff, who alone void numbers of any series."""
    return standing_of(user).is_office


def can_edit(user: Any, bulletin: Any) -> bool:
    """The text changes only while it is being drafted."""
    return bulletin.state == BulletinState.DRAFTING and can_write(user, bulletin)


def approves(user: Any) -> bool:
    """Holds a post that approves: the office director, or the convener above him."""
    standing = standing_of(user)
    return standing.is_director or standing.is_convener


def wrote(user: Any, bulletin: Any) -> bool:
    """Drafted it, or words of his stand in it: nobody approves his own."""
    return user.pk in bulletin.writers()


def can_approve(user: Any, bulletin: Any) -> bool:
    """批准 and 退回: the office director or the convener, never who submitted it or wrote in it."""
    return approves(user) and bulletin.submitted_by_id != user.pk and not wrote(user, bulletin)


def approved_it(user: Any, bulletin: Any) -> bool:
    """Who approved may take it back while nobody has gone on."""
    return bulletin.approved_by_id == user.pk and approves(user)


def can_submit_information(user: Any, information: Any = None) -> bool:
    """Send information in: a unit's liaison for its unit while it is a member, the office for any unit."""
    standing = standing_of(user)
    if standing.runs_office or not standing.liaison_units:
        return standing.runs_office
    return any(unit.pk in standing.liaison_units for unit in units())


def is_sender(user: Any, information: Any) -> bool:
    """A liaison of the unit it comes from; the office for what it entered on a unit's behalf."""
    standing = standing_of(user)
    return information.unit_id in standing.liaison_units or (information.on_behalf and standing.runs_office)


def can_edit_information(user: Any, information: Any) -> bool:
    """Its unit until it is issued or dropped; the office while it reviews."""
    if information.state == InformationState.SUBMITTED and standing_of(user).runs_office:
        return True
    open_states = (InformationState.SUBMITTED, InformationState.RETURNED)
    return information.state in open_states and is_sender(user, information)


def can_review(user: Any, information: Any = None) -> bool:
    """Issue, return, drop: the office."""
    return standing_of(user).runs_office


def sees_receipts(user: Any) -> bool:
    """Who has signed for what and who has not is the office's affair, the leaders' and the auditor's."""
    return standing_of(user).reads_all
