"""终止 and 合并: the office proposes with its reason, the convener decides. What was reported stays readable.

There is one road: what the convener brings himself is proposed and approved in one transaction, with the same record.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.action_items import permissions
from apps.action_items.enums import OPEN_STATES, EndingKind, EndingState
from apps.action_items.models import ActionItem, Ending, ItemUnit
from apps.action_items.selectors import leads_of, supports_of
from apps.common import files
from apps.common.workflow import lock, move, save_with_history
from apps.roster.enums import AssignmentRole, PostKind
from apps.roster.models import Unit
from apps.roster.selectors import office_users, today, users_of

from . import extending
from .deciding import OnPaper, check_paper, name_of, note_on, people_of, tell_of, units_of


@dataclass(frozen=True, slots=True)
class Proposed:
    """How an item is to end: `heir` only for 合并. `add_missing`: its units that have no part become the heir's supports."""

    kind: str
    reason: str
    heir: ActionItem | None = None
    add_missing: bool = False


@transaction.atomic
def propose_ending(item: ActionItem, given: Proposed, *, by: Any) -> Ending:
    """The office proposes 终止 or 合并 with its reason; the convener is told. The convener's own takes effect at once.

    Raises PermissionDenied, Refused (ended, a proposal on its way), ValidationError (no reason, no or an unfit heir).
    """
    if not given.reason.strip():
        raise ValidationError({"reason": _("请写明理由。")})
    fresh = _lock_both(item.pk, given.heir)[item.pk]
    own = permissions.can_decide(by, fresh)
    move(item, "propose_ending", by=by, reason=_gist(given, own=own))
    check_heir(fresh, given.kind, given.heir)
    row = Ending(
        item=fresh, kind=given.kind, heir=given.heir, reason=given.reason, asked_on=today(), asked_by=by,
        add_missing=given.add_missing and given.heir is not None, by_convener=own,
    )  # fmt: skip
    row.full_clean()
    save_with_history(row, by=by, why="提出终止、合并")
    if own:
        return decide_ending(row, approve=True, by=by)
    what = _("%(kind)s待批准") % {"kind": row.get_kind_display()}
    tell_of(row, users_of(PostKind.CONVENER), f"ending-{row.pk}", what, by=by)
    return row


def _gist(given: Proposed, *, own: bool) -> str:
    into = f"并入{given.heir.source_label}第{given.heir.seq}项" if given.heir else ""
    return f"{'召集人决定' if own else '建议'}{EndingKind(given.kind).label}{into}：{given.reason}"


def check_heir(item: ActionItem, kind: str, heir: ActionItem | None) -> None:
    """Raise ValidationError unless a merger names an open item, not this one, with no chain of mergers."""
    if kind != EndingKind.MERGE:
        if heir is not None:
            raise ValidationError({"heir": _("终止不用选并入的事项。")})
        return
    if heir is None:
        raise ValidationError({"heir": _("请选择并入哪个事项。")})
    if heir.pk == item.pk:
        raise ValidationError({"heir": _("不能并入事项自身。")})
    if heir.state not in OPEN_STATES:
        raise ValidationError({"heir": _("并入的事项已经结束，请另选。")})
    if Ending.objects.filter(item=heir, state=EndingState.ASKED).exists():
        raise ValidationError({"heir": _("该事项本身正待批准终止、合并，请另选。")})
    if item.merged.exists():
        raise ValidationError({"heir": _("已有事项并入本事项，不能再并入其他事项。")})


def units_missing(item: ActionItem, heir: ActionItem) -> list[Unit]:
    """Units of the item, leads first, that have no part in its heir (全体配合 leaves nobody out)."""
    if heir.all_support:
        return []
    named = {part.unit_id for part in heir.parts.all()}
    return [unit for unit in (*leads_of(item), *supports_of(item)) if unit.pk not in named]


@transaction.atomic
def decide_ending(row: Ending, *, approve: bool, note: str = "", by: Any) -> Ending:
    """The convener approves, and it takes effect at once, or refuses with a reason.

    Raises PermissionDenied, Refused, ValidationError (the heir has ended meanwhile).
    """
    given = {"decided_on": today(), "decided_by": name_of(by), "decision_note": note.strip()}
    return _settle(row, "approve" if approve else "refuse", note, given, by=by)


@transaction.atomic
def register_ending(row: Ending, given: OnPaper, *, by: Any) -> Ending:
    """线下审批补录 of a proposal. Raises ValidationError (dates, name), Refused, PermissionDenied."""
    check_paper(given, asked_on=row.asked_on)
    _lock_both(row.item_id, row.heir)  # before the scan is journalled
    values = {
        "decided_on": given.decided_on, "decided_by": given.name, "decision_note": given.note.strip(),
        "scan": files.store(given.scan, by=by),
    }  # fmt: skip
    verb = "register_approval" if given.granted else "register_refusal"
    return _settle(row, verb, given.note, values, by=by)


def _lock_both(pk: int, heir: ActionItem | None) -> dict[int, ActionItem]:
    """An item and its heir by id, locked in the order of their ids: two mergers at once wait for each other in no ring."""
    return {one: lock(ActionItem(pk=one)) for one in sorted({pk, heir.pk if heir else pk})}


def _settle(row: Ending, verb: str, note: str, values: dict[str, Any], *, by: Any) -> Ending:
    locked = _lock_both(row.item_id, row.heir)
    item, heir = locked[row.item_id], locked.get(row.heir_id or 0)
    if verb in ("approve", "register_approval") and lock(row).state == EndingState.ASKED:
        check_heir(
            item, row.kind, heir
        )  # before the move: a row that cannot be approved never looks approved
    fresh = move(row, verb, by=by, reason=note, **values)
    if fresh.state == EndingState.APPROVED:
        _carry_out(fresh, item, heir, by=by)
        return fresh
    note_on(item, "refuse_ending", f"不同意{fresh.get_kind_display()}", note, by=by)
    tell_of(fresh, _office(), f"ending-{verb}-{fresh.pk}", _("终止、合并未获同意"), by=by)
    return fresh


def _carry_out(row: Ending, item: ActionItem, heir: ActionItem | None, *, by: Any) -> None:
    words = f"{row.decided_by}同意。{row.reason}"
    extending.lapse(item, why=f"事项已{row.get_kind_display()}。", by=by)
    people = people_of(units_of(item))
    if heir is None:
        move(item, "end_approved", by=by, reason=words, ended_on=row.decided_on)
    else:
        words = f"并入{heir.source_label}第{heir.seq}项。{words}"
        move(item, "merge", by=by, reason=words, ended_on=row.decided_on, merged_into=heir)
        added = _add_supports(item, heir, by=by) if row.add_missing else []
        names = "、".join(unit.short_name for unit in added)
        joined = f"{item.source_label}第{item.seq}项并入本事项" + (f"，{names}列为配合单位" if names else "")
        move(heir, "take_over", by=by, reason=joined)
        people += people_of(units_of(heir))
    what = _("事项已%(kind)s") % {"kind": row.get_kind_display()}
    tell_of(row, [*people, *_office()], f"ended-{row.pk}", what, by=by)


def _add_supports(item: ActionItem, heir: ActionItem, *, by: Any) -> list[Unit]:
    missing = units_missing(item, heir)
    last = max((part.position for part in heir.parts.all() if part.role == AssignmentRole.SUPPORT), default=0)
    for position, unit in enumerate(missing, start=last + 1):
        part = ItemUnit(item=heir, unit=unit, role=AssignmentRole.SUPPORT, position=position)
        part.full_clean()
        save_with_history(part, by=by, why="合并")
    return missing


def _office() -> list[Any]:
    return [*office_users(), *users_of(PostKind.OFFICE_DIRECTOR)]


@transaction.atomic
def withdraw_ending(row: Ending, *, reason: str = "", by: Any) -> Ending:
    """The office takes its proposal back. Raises PermissionDenied, Refused."""
    item = lock(row.item)
    given = {"decided_on": today(), "decided_by": name_of(by), "decision_note": reason.strip()}
    fresh = move(row, "withdraw", by=by, reason=reason, **given)
    note_on(item, "withdraw_ending", f"撤回{fresh.get_kind_display()}建议", reason, by=by)
    return fresh


def drop_open(item: ActionItem, *, why: str, by: Any) -> None:
    """A proposal on its way is void because the item ended another way. The caller holds the item's lock."""
    for row in Ending.objects.filter(item=item, state=EndingState.ASKED).select_related("item"):
        given = {"decided_on": today(), "decided_by": name_of(by), "decision_note": why[:1000]}
        move(row, "lapse", by=by, reason=why, **given)
