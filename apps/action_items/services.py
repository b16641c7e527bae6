"""Acts on items: open, sign for, report, review, ask for completion, confirm, close, return, terminate.

Each changes rows, history, journal and messages in one transaction. `by` is the actor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common import audit, files
from apps.common.errors import Refused
from apps.common.workflow import lock, move, save_with_history
from apps.dispatch.services import tell
from apps.documents.models import ArchivedPaper
from apps.duties.models import Duty
from apps.roster.enums import AssignmentRole, PostKind
from apps.roster.models import Unit
from apps.roster.selectors import liaison_users, office_users, standing_of, today, units, users_of

from . import lights, permissions, selectors
from .enums import ItemState, ReviewState, SelfAssessment, SourceKind
from .models import ActionItem, ItemUnit, ProgressReport


@transaction.atomic
def open_item(
    *,
    ref: str,
    seq: int,
    text: str,
    leads: Sequence[Unit],
    supports: Sequence[Unit],
    all_support: bool,
    due_on: date | None,
    recurrence: str,
    is_standing: bool,
    duties: Iterable[Duty],
    source_kind: str = SourceKind.MINUTES,
    source_paper: ArchivedPaper | None,
    source_anchor: str,
    source_label: str,
    opened_on: date,
    by: Any,
) -> ActionItem:
    """Open one item from an issued paper (交办). The caller has the right to issue; tells nobody.

    Raises ValidationError: no lead unit, a unit named twice, more than one kind of deadline, a used `ref`.
    """
    item = ActionItem(
        ref=ref, seq=seq, text=text, all_support=all_support, due_on=due_on, recurrence=recurrence,
        is_standing=is_standing, source_kind=source_kind, source_paper=source_paper,
        source_anchor=source_anchor, source_label=source_label, opened_on=opened_on,
    )  # fmt: skip
    check_parts(item, leads, supports)
    facts = lights.Facts(opened_on=opened_on, due_on=due_on, recurrence=recurrence)
    put_columns(item, facts)
    item.full_clean()
    save_with_history(item, by=by, why="交办")
    add_parts(item, leads, supports, by=by)
    item.duties.set(duties)
    audit.record(by=by, verb="open", label="交办", obj=item, detail={"on": opened_on.isoformat()})
    return item


def check_parts(item: ActionItem, leads: Sequence[Unit], supports: Sequence[Unit]) -> None:
    """Raise ValidationError when the units or the deadline of a new item make no sense."""
    if not leads:
        raise ValidationError(_("“%(text)s”没有牵头单位。"), params={"text": item.text[:20]})
    named = [unit.pk for unit in (*leads, *supports)]
    if len(named) != len(set(named)):
        raise ValidationError(_("“%(text)s”中有单位重复。"), params={"text": item.text[:20]})
    if sum((item.due_on is not None, bool(item.recurrence), item.is_standing)) > 1:
        raise ValidationError(
            _("“%(text)s”的完成时限、定期要求和长期坚持只能选一种。"), params={"text": item.text[:20]}
        )


def add_parts(item: ActionItem, leads: Sequence[Unit], supports: Sequence[Unit], *, by: Any) -> None:
    """Keep who leads and who supports, in the order named. With 全体配合 no support rows are kept."""
    named = [(AssignmentRole.LEAD, leads), (AssignmentRole.SUPPORT, () if item.all_support else supports)]
    for role, group in named:
        for position, unit in enumerate(group, start=1):
            part = ItemUnit(item=item, unit=unit, role=role, position=position)
            save_with_history(part, by=by, why="交办")


def columns(facts: lights.Facts) -> dict[str, Any]:
    """What all facts on record amount to, as the columns that lists filter by."""
    now = lights.snapshot(facts, date.max)
    return {
        "current_due": now.effective_due,
        "report_due_on": now.report_due_on,
        "last_assessment": now.last_assessment,
    }


def put_columns(item: ActionItem, facts: lights.Facts) -> None:
    """Set today's columns on an item that is not saved yet."""
    for name, value in columns(facts).items():
        setattr(item, name, value)


def _today_of(item: ActionItem) -> dict[str, Any]:
    return columns(selectors.facts_of(item))


# --- 签收 -----------------------------------------------------------------


@transaction.atomic
def sign_for(item: ActionItem, *, by: Any) -> ActionItem:
    """Sign for the parts of this liaison's units; the first lead to sign starts the item. Twice is once."""
    fresh = lock(item)
    mine = standing_of(by).liaison_units
    parts = [part for part in fresh.parts.all() if part.unit_id in mine]
    unsigned = [part for part in parts if part.signed_at is None]
    if parts and not unsigned:
        return fresh
    starts = fresh.state == ItemState.ASSIGNED and any(p.role == AssignmentRole.LEAD for p in unsigned)
    fresh = move(item, "sign_for" if starts else "sign_part", by=by)
    for part in unsigned:
        part.signed_at, part.signed_by = timezone.now(), by
        save_with_history(part, by=by, why="签收")
    return fresh


# --- 进展 -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """What a unit says. `reported_on` None is today; `source_note` says where the office had it from."""

    text: str
    problem: str = ""
    next_step: str = ""
    assessment: str = SelfAssessment.NORMAL
    reported_on: date | None = None
    source_note: str = ""
    files: tuple[UploadedFile, ...] = ()


@transaction.atomic
def report(item: ActionItem, said: Progress, *, unit: Unit, by: Any) -> ProgressReport:
    """Keep a progress report. Reporting implies signing for; the office may enter it on the unit's behalf.

    Raises PermissionDenied (not your unit), Refused (item ended), ValidationError (bad text or date).
    """
    fresh = lock(item)
    _imply_signed(fresh, unit, by)
    row = _keep_report(fresh, said, unit, by)
    blocked = (said.problem or said.text)[:1000] if said.assessment == SelfAssessment.BLOCKED else ""
    move(item, "report", by=by, reason=_gist(row), blocked=blocked, **_today_of(fresh))
    return row


def _imply_signed(item: ActionItem, unit: Unit, by: Any) -> None:
    owed = any(part.unit_id == unit.pk and part.signed_at is None for part in item.parts.all())
    if owed and unit.pk in standing_of(by).liaison_units:
        sign_for(item, by=by)


def _keep_report(item: ActionItem, said: Progress, unit: Unit, by: Any) -> ProgressReport:
    own = unit.pk in standing_of(by).liaison_units
    if not own and not standing_of(by).runs_office:
        raise PermissionDenied(f"report for {unit.code}")
    named = {part.unit_id for part in item.parts.all()}
    if unit.pk not in named and not (item.all_support and unit in units()):
        raise ValidationError({"unit": _("%(unit)s不是本事项的牵头或配合单位。") % {"unit": unit}})
    day = said.reported_on or today()
    if day > today():
        raise ValidationError({"reported_on": _("日期不能晚于今天。")})
    if not own and not said.source_note.strip():
        raise ValidationError({"source_note": _("代录须写明来源，例如“电话，张三”或“来函”。")})
    row = ProgressReport(
        item=item,
        unit=unit,
        reported_on=day,
        text=said.text,
        problem=said.problem,
        next_step=said.next_step,
        assessment=said.assessment,
        entered_by=by,
        on_behalf=not own,
        source_note="" if own else said.source_note,
    )
    row.full_clean()
    save_with_history(row, by=by, why="报进展")
    if said.files:
        row.files.set([files.store(upload, by=by) for upload in said.files])
    return row


def _gist(row: ProgressReport) -> str:
    words = f"{row.unit}（{row.get_assessment_display()}）{row.text}"
    if row.on_behalf:
        words = f"{words}（办公室代录，{row.source_note}）"
    return words[:500]


@transaction.atomic
def review_report(row: ProgressReport, *, accept: bool, note: str = "", by: Any) -> ProgressReport:
    """Accept a report, or send it back with a word. Raises Refused when it has been reviewed."""
    item = lock(row.item)
    fresh = lock(row)
    if fresh.review != ReviewState.WAITING:
        raise Refused(_("这条进展已经审阅过了。"), item, "accept_report")
    move(item, "accept_report" if accept else "return_report", by=by, reason=note)
    fresh.review = ReviewState.ACCEPTED if accept else ReviewState.RETURNED
    fresh.review_note = note.strip()
    fresh.full_clean()
    save_with_history(fresh, by=by, why="审阅")
    if not accept:
        _tell(
            item,
            liaison_users([fresh.unit_id])[fresh.unit_id],
            f"report-returned-{fresh.pk}",
            _("进展被退回"),
            by,
        )
    return fresh


# --- 办结 -----------------------------------------------------------------


@transaction.atomic
def ask_close(
    item: ActionItem, said: Progress, *, unit: Unit, completed_on: date | None = None, by: Any
) -> ActionItem:
    """Ask for completion (申请办结), with what was done and the day it was done (default today).

    Raises PermissionDenied, Refused, ValidationError.
    """
    done = completed_on or today()
    if done > today():
        raise ValidationError({"completed_on": _("完成日期不能晚于今天。")})
    fresh = lock(item)
    if unit.pk not in {part.unit_id for part in fresh.parts.all() if part.role == AssignmentRole.LEAD}:
        raise ValidationError({"unit": _("%(unit)s不是牵头单位，不能申请办结。") % {"unit": unit}})
    _imply_signed(fresh, unit, by)
    row = _keep_report(fresh, _as_closing(said), unit, by)
    fresh = move(
        item,
        "ask_close",
        by=by,
        reason=_gist(row),
        claimed_on=done,
        confirmed_by_unit=None,
        blocked="",
        **_today_of(fresh),
    )
    _tell(fresh, _who_handles(fresh), f"closing-{row.pk}", _("申请办结待审核"), by)
    return fresh


def _as_closing(said: Progress) -> Progress:
    return Progress(
        text=said.text,
        problem=said.problem,
        next_step=said.next_step,
        assessment=SelfAssessment.CLOSING,
        reported_on=said.reported_on,
        source_note=said.source_note,
        files=said.files,
    )


def _who_handles(item: ActionItem) -> list[Any]:
    """Who acts next on a request for completion: the confirming units, else director or office."""
    if permissions.needs_confirmation(item) and item.confirmed_by_unit_id is None:
        wanted = permissions.confirming_units(item)
        host = {part.unit_id for part in item.parts.all() if part.unit.is_host}
        ids = {unit.pk for unit in units()} - host if wanted is None else wanted
        return [user for group in liaison_users(ids).values() for user in group]
    return users_of(PostKind.OFFICE_DIRECTOR) if permissions.host_leads(item) else office_users()


@transaction.atomic
def confirm_close(item: ActionItem, *, by: Any) -> ActionItem:
    """A supporting unit confirms that what the host unit led is done; the director may then close."""
    unit_id = permissions.confirms_for(by, item)
    unit = Unit.objects.get(pk=unit_id) if unit_id is not None else None
    fresh = move(item, "confirm_close", by=by, reason=str(unit or ""), confirmed_by_unit=unit)
    _tell(fresh, _who_handles(fresh), f"confirmed-{fresh.claimed_on}", _("配合单位已确认，待办结"), by)
    return fresh


@transaction.atomic
def close(item: ActionItem, *, closed_on: date | None = None, note: str = "", by: Any) -> ActionItem:
    """Close an item (销号) on the day of closing or the stated day of completion. Open reports are accepted.

    Raises PermissionDenied, Refused (not confirmed), ValidationError (a day after today).
    """
    day = closed_on or today()
    if day > today():
        raise ValidationError({"closed_on": _("办结日期不能晚于今天。")})
    if day < item.opened_on and item.source_kind != SourceKind.MINUTES:
        raise ValidationError({"closed_on": _("办结日期不能早于交办日期。")})
    fresh = lock(item)
    fresh.closed_on = day
    fresh = move(item, "close", by=by, reason=note, closed_on=day, closed_by=by, **_today_of(fresh))
    for row in fresh.reports.filter(review=ReviewState.WAITING):
        row.review = ReviewState.ACCEPTED
        save_with_history(row, by=by, why="办结")
    return fresh


@transaction.atomic
def return_close(item: ActionItem, *, reason: str, by: Any) -> ActionItem:
    """Send a request for completion back, with the reason; a confirmation given for it is void.

    The report that came with the request goes back with it: nobody has to read it again.
    """
    fresh = move(item, "return_close", by=by, reason=reason, claimed_on=None, confirmed_by_unit=None)
    for row in fresh.reports.filter(review=ReviewState.WAITING, assessment=SelfAssessment.CLOSING):
        row.review, row.review_note = ReviewState.RETURNED, reason.strip()[:1000]
        save_with_history(row, by=by, why="退回")
    leads = [part.unit_id for part in fresh.parts.all() if part.role == AssignmentRole.LEAD]
    people = [user for group in liaison_users(leads).values() for user in group]
    _tell(fresh, people, f"close-returned-{timezone.now():%Y%m%d%H%M%S}", _("申请办结被退回"), by)
    return fresh


def terminate(item: ActionItem, *, reason: str, by: Any) -> ActionItem:
    """End an item without completion: the convener alone, with the reason."""
    return move(item, "terminate", by=by, reason=reason, ended_on=today())


def _tell(item: ActionItem, users: list[Any], key: str, what: str, by: Any) -> None:
    due = selectors.end_of(item.current_due) if item.current_due else None
    tell(
        users,
        kind="item",
        title=f"{what}：{item.source_label}第{item.seq}项议定事项",
        url=item.get_absolute_url(),
        key=f"{item.pk}:{key}",
        deadline=due,
        by=by,
    )
