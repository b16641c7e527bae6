"""延期: the lead asks before the deadline, the office reviews, the convener decides. Asked late it only explains.

The original date stays on the item for good; what moves is `current_due`, kept in step by `today_columns`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from apps.action_items.enums import OPEN_REQUESTS, ExtensionState
from apps.action_items.models import ActionItem, Extension
from apps.common import files
from apps.common.workflow import lock, move, save_with_history
from apps.roster.enums import AssignmentRole, PostKind
from apps.roster.models import Unit
from apps.roster.selectors import office_users, standing_of, today, users_of

from .deciding import OnPaper, check_paper, name_of, note_on, people_of, tell_of, units_of
from .opening import today_columns
from .progress import imply_signed


@dataclass(frozen=True, slots=True)
class Asked:
    """What a unit asks. `applied_on` and `source_note` only where the office enters its letter or call."""

    reason: str
    new_due: date
    applied_on: date | None = None
    source_note: str = ""
    files: tuple[UploadedFile, ...] = ()


@transaction.atomic
def ask_extension(item: ActionItem, asked: Asked, *, unit: Unit, by: Any) -> Extension:
    """Ask for a later deadline (申请延期). After the deadline it is kept as an explanation and moves nothing.

    Raises PermissionDenied (not your unit), Refused (no deadline, a request on its way, the item has ended),
    ValidationError (dates or words).
    """
    fresh = lock(item)
    own = unit.pk in standing_of(by).liaison_units
    if not own and not standing_of(by).runs_office:
        raise PermissionDenied(f"extension for {unit.code}")
    imply_signed(fresh, unit, by)
    day = today() if own else asked.applied_on or today()
    late = fresh.current_due is not None and day > fresh.current_due
    move(item, "ask_extension", by=by, reason=_gist(asked, unit, own, late=late))
    _check(fresh, asked, unit, day, own=own)
    row = Extension(
        item=fresh, unit=unit, state=ExtensionState.EXPLAINED if late else ExtensionState.ASKED, applied_on=day,
        reason=asked.reason, old_due=_due(fresh), new_due=asked.new_due, asked_late=late, asked_by=by,
        on_behalf=not own, source_note="" if own else asked.source_note,
    )  # fmt: skip
    row.full_clean()
    save_with_history(row, by=by, why="逾期说明" if late else "申请延期")
    if asked.files:
        row.files.set([files.store(upload, by=by) for upload in asked.files])
    what = _("逾期说明") if late else _("延期申请待审核")
    tell_of(row, _office(), f"extension-{row.pk}", what, by=by)
    return row


def _due(item: ActionItem) -> date:
    """The deadline now in force; the transition has refused an item without one."""
    assert item.current_due is not None  # noqa: S101 - the guard of `ask_extension`
    return item.current_due


def _gist(asked: Asked, unit: Unit, own: bool, *, late: bool) -> str:
    what = "逾期说明，预计完成" if late else "申请延至"
    words = f"{unit}{what}{asked.new_due:%Y-%m-%d}：{asked.reason}"
    return words if own else f"{words}（办公室代录，{asked.source_note}）"


def _check(item: ActionItem, asked: Asked, unit: Unit, day: date, *, own: bool) -> None:
    errors: dict[str, Any] = {}
    leads = {part.unit_id for part in item.parts.all() if part.role == AssignmentRole.LEAD}
    if unit.pk not in leads:
        errors["unit"] = _("%(unit)s不是牵头单位，延期由牵头单位申请。") % {"unit": unit}
    if asked.new_due <= _due(item):
        errors["new_due"] = _("申请延至的日期应晚于现行时限。")
    elif asked.new_due <= today():
        errors["new_due"] = _("申请延至的日期应晚于今天。")
    if day > today():
        errors["applied_on"] = _("申请日期不能晚于今天。")
    elif day < item.opened_on:
        errors["applied_on"] = _("申请日期不能早于交办日期。")
    if not own and not asked.source_note.strip():
        errors["source_note"] = _("代录须写明来源，例如“电话，张三”或“来函”。")
    if errors:
        raise ValidationError(errors)


def _office() -> list[Any]:
    return [*office_users(), *users_of(PostKind.OFFICE_DIRECTOR)]


def _words(row: Extension, note: str) -> str:
    return f"{row.unit}申请延至{row.new_due:%Y-%m-%d}" + (f"：{note.strip()}" if note.strip() else "")


@transaction.atomic
def review_extension(row: Extension, *, accept: bool, note: str = "", by: Any) -> Extension:
    """The office passes a request on to the convener, or sends it back with a word.

    Raises PermissionDenied, Refused (decided already, out of date, no word given).
    """
    item = lock(row.item)
    verb = "review" if accept else "send_back"
    fresh = move(row, verb, by=by, reason=note, reviewed_on=today(), review_note=note.strip())
    label = "延期申请审核通过" if accept else "延期申请退回"
    note_on(item, f"extension_{verb}", label, _words(fresh, note), by=by)
    if accept:
        tell_of(fresh, users_of(PostKind.CONVENER), f"decide-{fresh.pk}", _("延期申请待批准"), by=by)
    else:
        tell_of(fresh, people_of([fresh.unit_id]), f"extension-back-{fresh.pk}", _("延期申请被退回"), by=by)
    return fresh


@transaction.atomic
def decide_extension(row: Extension, *, grant: bool, note: str = "", by: Any) -> Extension:
    """The convener decides. Granted, the deadline moves from today on; the units are told either way.

    Raises PermissionDenied, Refused (not reviewed, out of date, refused without a reason).
    """
    given = {"decided_on": today(), "decided_by": name_of(by), "decision_note": note.strip()}
    return _settle(row, "grant" if grant else "refuse", note, given, by=by)


@transaction.atomic
def register_extension(row: Extension, given: OnPaper, *, by: Any) -> Extension:
    """线下审批补录: the convener decided on paper; the office enters name, date, words and the sheet.

    Raises ValidationError (dates, name), Refused, PermissionDenied.
    """
    check_paper(given, asked_on=row.applied_on)
    _check_order(row, given)
    lock(row.item)  # before the scan is journalled: who reports on the item meanwhile waits for no one
    values = {
        "decided_on": given.decided_on, "decided_by": given.name, "decision_note": given.note.strip(),
        "scan": files.store(given.scan, by=by),
    }  # fmt: skip
    return _settle(row, "register_grant" if given.granted else "register_refusal", given.note, values, by=by)


def _check_order(row: Extension, given: OnPaper) -> None:
    """Raise ValidationError for a grant decided before the last one: how the deadline moved would read otherwise.

    The same for one decided when the day asked for had gone by.
    """
    if given.granted and given.decided_on > row.new_due:
        raise ValidationError({"decided_on": _("申请延至的日期当时已过，不能同意延期。")})
    granted = Extension.objects.filter(
        item=row.item_id, state=ExtensionState.GRANTED, decided_on__gt=given.decided_on
    )
    last = granted.order_by("-decided_on").first()
    if given.granted and last is not None and last.decided_on is not None:
        day = f"{last.decided_on:%Y-%m-%d}"
        raise ValidationError(
            {"decided_on": _("审批日期不能早于上一次同意延期的日期（%(day)s）。") % {"day": day}}
        )


def _settle(row: Extension, verb: str, note: str, values: dict[str, Any], *, by: Any) -> Extension:
    item = lock(row.item)
    fresh = move(row, verb, by=by, reason=note, **values)
    granted = fresh.state == ExtensionState.GRANTED
    words = f"{fresh.decided_by}：{_words(fresh, note)}"
    if granted:
        move(item, "decide_extension", by=by, reason=words, **today_columns(item))
    else:
        note_on(item, "refuse_extension", "不同意延期", words, by=by)
    what = _("已同意延期") if granted else _("延期未获同意")
    units = units_of(item) if granted else [fresh.unit_id]
    tell_of(fresh, [*people_of(units), *_office()], f"extension-{verb}-{fresh.pk}", what, by=by)
    return fresh


@transaction.atomic
def withdraw_extension(row: Extension, *, reason: str = "", by: Any) -> Extension:
    """The unit takes its request back while the office has not reviewed it. Raises PermissionDenied, Refused."""
    item = lock(row.item)
    fresh = move(row, "withdraw", by=by, reason=reason, decision_note=reason.strip())
    note_on(item, "withdraw_extension", "撤回延期申请", _words(fresh, reason), by=by)
    return fresh


def lapse(item: ActionItem, *, why: str, by: Any) -> None:
    """A request on its way is void because the item ended or its deadline was corrected; the unit is told why.

    The caller holds the transaction and the item's lock.
    """
    for row in Extension.objects.filter(item=item, state__in=OPEN_REQUESTS).select_related("item", "unit"):
        fresh = move(row, "lapse", by=by, reason=why, decision_note=why[:1000])
        note_on(item, "lapse_extension", "延期申请失效", _words(fresh, why), by=by)
        tell_of(fresh, people_of([fresh.unit_id]), f"lapse-{fresh.pk}", _("延期申请已失效"), by=by)
