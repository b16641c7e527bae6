"""Who may do what with an item. Facts come from the item's parts and the roster."""

from typing import Any

from apps.roster.enums import AssignmentRole
from apps.roster.selectors import standing_of, units


def _parts(item: Any, role: AssignmentRole | None = None) -> list[Any]:
    return [part for part in item.parts.all() if role is None or part.role == role]


def _unit_ids(item: Any, role: AssignmentRole | None = None) -> set[int]:
    return {part.unit_id for part in _parts(item, role)}


def host_leads(item: Any) -> bool:
    """True when the host unit (市卫健委) is a lead: it must not close its own work alone."""
    return any(part.unit.is_host for part in _parts(item, AssignmentRole.LEAD))


def confirming_units(item: Any) -> set[int]:
    """Ids of the units of which one must confirm a host item's completion.

    The supporting units (with 全体配合 any member unit but the host); where there are none, the other lead units; none
    where the host is alone. A unit that has left the joint meeting answers for nothing any more and confirms nothing.
    """
    if item.all_support:
        return {unit.pk for unit in units() if not unit.is_host}
    others = [part for part in _parts(item) if not part.unit.is_host and part.unit.left_on is None]
    supports = {part.unit_id for part in others if part.role == AssignmentRole.SUPPORT}
    return supports or {part.unit_id for part in others}


def needs_confirmation(item: Any) -> bool:
    """True when a supporting unit has to confirm before the director closes."""
    return host_leads(item) and bool(confirming_units(item))


def is_involved(user: Any, item: Any) -> bool:
    """A liaison of a lead or supporting unit (with 全体配合: of any member unit)."""
    mine = standing_of(user).liaison_units
    return bool(mine & _unit_ids(item)) or (item.all_support and any(unit.pk in mine for unit in units()))


def is_lead(user: Any, item: Any) -> bool:
    """A liaison of a lead unit."""
    return bool(standing_of(user).liaison_units & _unit_ids(item, AssignmentRole.LEAD))


def can_start(user: Any, item: Any) -> bool:
    """A liaison of a lead unit that has not signed for the item."""
    mine = standing_of(user).liaison_units
    return any(part.unit_id in mine and not part.signed_at for part in _parts(item, AssignmentRole.LEAD))


def can_sign_part(user: Any, item: Any) -> bool:
    """A liaison of an involved unit that has not signed for its part."""
    mine = standing_of(user).liaison_units
    return any(part.unit_id in mine and not part.signed_at for part in _parts(item))


def is_asked_for_help(user: Any, item: Any) -> bool:
    """A liaison of the unit whose support the lead unit waits for (受阻)."""
    return item.blocked_from_id is not None and item.blocked_from_id in standing_of(user).liaison_units


def answers_for_support(user: Any, item: Any) -> bool:
    """The same where the unit does not lead the item: what it reports is its answer."""
    return is_asked_for_help(user, item) and not is_lead(user, item)


def can_report(user: Any, item: Any) -> bool:
    """A liaison of an involved unit or of one asked for support, or the office on a unit's behalf."""
    return is_involved(user, item) or is_asked_for_help(user, item) or standing_of(user).runs_office


def can_review(user: Any, item: Any) -> bool:
    """The office: its staff and its director."""
    return standing_of(user).runs_office


def can_ask_close(user: Any, item: Any) -> bool:
    """A liaison of a lead unit, or the office on its behalf."""
    return is_lead(user, item) or standing_of(user).runs_office


def can_confirm_close(user: Any, item: Any) -> bool:
    """A liaison or member of a supporting unit, for items the host unit leads."""
    return host_leads(item) and bool(standing_of(user).units & confirming_units(item))


def can_enter_confirmation(user: Any, item: Any) -> bool:
    """The office, for a supporting unit that cannot confirm in the portal (代录); the director still closes."""
    return standing_of(user).runs_office and needs_confirmation(item)


def can_close(user: Any, item: Any) -> bool:
    """The office; for items the host unit leads, the office director alone."""
    standing = standing_of(user)
    return standing.is_director if host_leads(item) else standing.runs_office


def can_return_close(user: Any, item: Any) -> bool:
    """The office: its staff and its director."""
    return standing_of(user).runs_office


def can_ask_extension(user: Any, item: Any) -> bool:
    """A liaison of a lead unit, or the office on its behalf (延期由牵头单位申请)."""
    return is_lead(user, item) or standing_of(user).runs_office


def can_review_extension(user: Any, extension: Any) -> bool:
    """The office: its staff and its director."""
    return standing_of(user).runs_office


def can_decide(user: Any, obj: Any) -> bool:
    """The convener decides on 延期, 终止 and 合并."""
    return standing_of(user).is_convener


def can_register_decision(user: Any, obj: Any) -> bool:
    """The office enters what the convener decided on paper (线下审批补录)."""
    return standing_of(user).runs_office


def can_withdraw_extension(user: Any, extension: Any) -> bool:
    """A liaison of the unit that asked; the office for what it entered on the unit's behalf."""
    standing = standing_of(user)
    return extension.unit_id in standing.liaison_units or (extension.on_behalf and standing.runs_office)


def can_carry_out(user: Any, obj: Any) -> bool:
    """Who makes an approved decision take effect: the convener, or the office that entered it."""
    standing = standing_of(user)
    return standing.is_convener or standing.runs_office


def can_propose_ending(user: Any, item: Any) -> bool:
    """The office proposes; what the convener brings himself is decided with it."""
    standing = standing_of(user)
    return standing.runs_office or standing.is_convener


def can_withdraw_ending(user: Any, ending: Any) -> bool:
    """The office: its staff and its director."""
    return standing_of(user).runs_office


def can_direct(user: Any, item: Any) -> bool:
    """批示: the convener writes his own, the office enters those of leaders."""
    standing = standing_of(user)
    return standing.is_convener or standing.runs_office


def can_open(user: Any, item: Any = None) -> bool:
    """The office: its staff and its director (an item opens when its paper is issued)."""
    return standing_of(user).runs_office


def can_set_rules(user: Any, obj: Any = None) -> bool:
    """The system administrator sets the thresholds of the lamps."""
    return standing_of(user).is_system_admin


def can_read_rules(user: Any, obj: Any = None) -> bool:
    """Who sets the thresholds of the lamps, and the auditor, who reads everything."""
    return can_set_rules(user) or standing_of(user).is_auditor


def can_chase(user: Any, obj: Any = None) -> bool:
    """The office: 催办, the rungs of the ladder, and the letters."""
    return standing_of(user).runs_office


def can_share(user: Any, item: Any) -> bool:
    """The office may open an item to another unit or a person until a date."""
    return standing_of(user).runs_office


def confirms_for(user: Any, item: Any) -> int | None:
    """Id of the unit in whose name this user would confirm a completion, or None."""
    return min(standing_of(user).units & confirming_units(item), default=None)


def can_import(user: Any, obj: Any = None) -> bool:
    """Who may bring a filled sheet: the office for all, a liaison for its own units."""
    standing = standing_of(user)
    return standing.runs_office or bool(standing.liaison_units)
