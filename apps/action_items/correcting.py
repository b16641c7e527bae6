"""A 更正 of the paper reaches the ledger: the item follows the corrected words, and keeps what was reported on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from apps.common.workflow import lock, move, save_with_history
from apps.dispatch.services import tell
from apps.duties.models import Duty
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import liaison_users

from . import permissions
from .enums import OPEN_STATES
from .models import ActionItem, CorrectedPart, DueCorrection, ItemUnit
from .selectors import facts_of
from .services import UNCONFIRMED, check_parts, columns, ending, extending, refresh


@dataclass(frozen=True)
class Corrected:
    """The matter as the corrected paper has it."""

    text: str
    leads: Sequence[Unit]
    supports: Sequence[Unit] = ()
    all_support: bool = False
    due_on: date | None = None
    recurrence: str = ""
    is_standing: bool = False
    duties: Sequence[Duty] = field(default=())


@transaction.atomic
def correct_item(item: ActionItem, given: Corrected, *, reason: str, on: date, by: Any) -> ActionItem:
    """Put an item right after its paper was corrected on a day. Closed items stay closed; reports are all kept.

    What becomes another is kept as it was for the days before (DueCorrection): deadline or requirement, words, units.
    Reports are owed for dates after that day only, by the new requirement. Where no lead that is named now has
    signed for it, an open item waits for 签收 again. Raises ValidationError, Refused, PermissionDenied.
    """
    fresh = lock(item)
    check_parts(fresh, given.leads, () if given.all_support else given.supports)
    before = (fresh.due_on, {part.unit_id for part in fresh.parts.all() if part.role == AssignmentRole.LEAD})
    _keep_old(fresh, given, reason=reason, on=on, by=by)
    for name in ("text", "all_support", "due_on", "recurrence", "is_standing"):
        setattr(fresh, name, getattr(given, name))
    put = {
        name: getattr(fresh, name) for name in ("text", "all_support", "due_on", "recurrence", "is_standing")
    }
    fresh = move(item, "correct", by=by, reason=reason, **put, **columns(facts_of(fresh)))
    fresh.duties.set(given.duties)
    _set_parts(fresh, given, by=by)
    fresh = lock(fresh)  # without the parts it had: a unit that leads no more answers for nothing
    refresh(fresh, by=by)
    fresh = _only_of_its_units(fresh, by=by)
    if before != (given.due_on, {unit.pk for unit in given.leads}):
        # Asked of another deadline, or by a unit that leads no more: the unit looks and asks anew.
        extending.lapse(fresh, why=f"纪要更正了时限或牵头单位，如仍须延期请重新申请。{reason}", by=by)
    signed = fresh.parts.filter(role=AssignmentRole.LEAD, signed_at__isnull=False).exists()
    if fresh.state in OPEN_STATES and not signed:
        fresh = move(fresh, "sign_again", by=by, claimed_on=None, **UNCONFIRMED)
    _tell(fresh, on, by=by)
    return fresh


@transaction.atomic
def renumber_item(item: ActionItem, seq: int, *, reason: str, by: Any) -> ActionItem:
    """The matter stands under another number in the corrected paper; its reference stays. Raises Refused."""
    return move(item, "correct", by=by, reason=reason, seq=seq)


@transaction.atomic
def end_item(item: ActionItem, *, reason: str, on: date, by: Any) -> ActionItem:
    """The corrected paper does not hold the matter any more: an open item ends, a closed one stays and says why.

    The signer's approval of the 更正 is the approval of this end. Raises Refused, PermissionDenied.
    """
    if lock(item).state not in OPEN_STATES:
        return move(item, "correct", by=by, reason=reason)
    fresh = move(item, "end_by_correction", by=by, reason=reason, ended_on=on)
    extending.lapse(fresh, why="事项已随更正终止。", by=by)
    ending.drop_open(fresh, why="事项已随更正终止。", by=by)
    _tell(fresh, on, by=by, what="议定事项随更正终止")
    return fresh


def _keep_old(item: ActionItem, given: Corrected, *, reason: str, on: date, by: Any) -> None:
    """Keep what stood till now, whole, where any of it becomes another: the ledger of an earlier day tells it."""
    parts = list(item.parts.all())
    before = (item.text, item.due_on, item.recurrence, item.all_support, _named(parts))
    supports = () if given.all_support else given.supports
    wanted = [
        *((AssignmentRole.LEAD, u.pk) for u in given.leads),
        *((AssignmentRole.SUPPORT, u.pk) for u in supports),
    ]
    if before == (given.text, given.due_on, given.recurrence, given.all_support, wanted):
        return
    row = DueCorrection(
        item=item, corrected_on=on, old_due=item.due_on, old_recurrence=item.recurrence, new_due=given.due_on,
        old_text=item.text, old_all_support=item.all_support, reason=reason[:500],
    )  # fmt: skip
    row.full_clean()
    save_with_history(row, by=by, why="更正")
    CorrectedPart.objects.bulk_create(
        CorrectedPart(correction=row, unit_id=part.unit_id, role=part.role, position=part.position)
        for part in parts
    )


def _named(parts: list[ItemUnit]) -> list[tuple[AssignmentRole, int]]:
    """Leads before supports, each in the order named."""
    ordered = sorted(parts, key=lambda part: (part.role != AssignmentRole.LEAD, part.position, part.pk))
    return [(AssignmentRole(part.role), part.unit_id) for part in ordered]


def _only_of_its_units(item: ActionItem, *, by: Any) -> ActionItem:
    """A confirmation by a unit that has no part any more is none."""
    settled = item.state not in OPEN_STATES or item.confirmed_by_unit_id is None
    if settled or item.confirmed_by_unit_id in permissions.confirming_units(item):
        return item
    for name, value in UNCONFIRMED.items():
        setattr(item, name, value)
    save_with_history(item, by=by, why="更正后须重新确认")
    return item


def _set_parts(item: ActionItem, given: Corrected, *, by: Any) -> None:
    supports = () if given.all_support else given.supports
    wanted = {unit.pk: (AssignmentRole.LEAD, n) for n, unit in enumerate(given.leads, 1)}
    wanted |= {unit.pk: (AssignmentRole.SUPPORT, n) for n, unit in enumerate(supports, 1)}
    have = {part.unit_id: part for part in item.parts.all()}
    for unit_id in set(have) - set(wanted):
        have[unit_id]._history_user, have[unit_id]._change_reason = by, "更正"  # type: ignore[attr-defined]
        have[unit_id].delete()
    for unit_id, (role, position) in wanted.items():
        part = have.get(unit_id) or ItemUnit(item=item, unit_id=unit_id)
        if part.role == role and part.position == position and part.pk:
            continue
        if part.pk and part.role != role:
            part.signed_at = part.signed_by = None  # a new part in it is signed for anew
        part.role, part.position = role, position
        part.full_clean()
        save_with_history(part, by=by, why="更正")


def _tell(item: ActionItem, on: date, *, by: Any, what: str = "议定事项已更正") -> None:
    units = [part.unit_id for part in item.parts.all()]
    people = list(dict.fromkeys(user for group in liaison_users(units).values() for user in group))
    tell(
        people, kind="item_corrected", title=f"{what}：{item.source_label}第{item.seq}项", url=item.get_absolute_url(),
        key=f"{item.pk}:corrected:{on}:{item.history.count()}", by=by,
    )  # fmt: skip
