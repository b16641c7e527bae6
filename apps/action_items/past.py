"""Items of past meetings, written in the state they ended in, with their dated facts.

Nobody acts here, so no transition is run and nobody is told; the journal's lines carry the original dates in
`detail.on`. Receiving the printed paper was the signing-for, so parts count as signed on the opening day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from apps.common import audit
from apps.common.workflow import save_with_history
from apps.documents.models import ArchivedPaper
from apps.duties.models import Duty
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit

from . import lights, selectors, services
from .enums import ExtensionState, ItemState, ReviewState
from .models import ActionItem, DueCorrection, Extension, ItemUnit, ProgressReport

SOURCE = "导入"


@dataclass(frozen=True, slots=True)
class PastItem:
    """An item as decided; `closed_on` None while open. `due_on` as the corrected paper has it."""

    ref: str
    seq: int
    text: str
    leads: Sequence[Unit]
    supports: Sequence[Unit]
    all_support: bool
    due_on: date | None
    recurrence: str
    duties: Sequence[Duty]
    paper: ArchivedPaper | None
    anchor: str
    label: str
    opened_on: date
    closed_on: date | None


@transaction.atomic
def keep_item(
    past: PastItem,
    *,
    reports: Sequence[ProgressReport] = (),
    extensions: Sequence[Extension] = (),
    corrections: Sequence[DueCorrection] = (),
    by: Any,
) -> ActionItem:
    """Write one item with its reports, extensions and corrections (unsaved rows without `item`).

    Raises ValidationError.
    """
    item = _item(past, reports, extensions, corrections, by=by)
    services.check_parts(item, past.leads, past.supports)
    check(item)
    save_with_history(item, by=by, why=SOURCE)
    _parts(item, past, by=by)
    item.duties.set(past.duties)
    for rows in (reports, extensions, corrections):
        for row in rows:
            row.item = item
        keep_all(rows, by=by)
    _journal(item, reports, extensions, corrections, by=by)
    return item


def _item(past: PastItem, reports: Any, extensions: Any, corrections: Any, *, by: Any) -> ActionItem:
    moves = [row for row in extensions if row.state == ExtensionState.GRANTED]
    facts = lights.Facts(
        opened_on=past.opened_on,
        due_on=past.due_on,
        recurrence=past.recurrence,
        closed_on=past.closed_on,
        moves=tuple(lights.Move(row.applied_on, row.decided_on, row.new_due, row.old_due) for row in moves),
        misprints=tuple(selectors.misprint_of(row) for row in corrections),
        reports=tuple(
            lights.Said(row.reported_on, row.assessment)
            for row in _in_order(reports)
            if row.unit in past.leads
        ),
    )
    return ActionItem(
        ref=past.ref, seq=past.seq, text=past.text, all_support=past.all_support, due_on=past.due_on,
        recurrence=past.recurrence, is_standing=past.due_on is None and not past.recurrence,
        source_paper=past.paper, source_anchor=past.anchor, source_label=past.label, source_kind="minutes",
        opened_on=past.opened_on, closed_on=past.closed_on, claimed_on=past.closed_on,
        state=ItemState.CLOSED if past.closed_on else ItemState.IN_PROGRESS, **services.columns(facts),
        **_blocked(past, reports),
    )  # fmt: skip


def _blocked(past: PastItem, reports: Sequence[ProgressReport]) -> dict[str, Any]:
    """受阻 as the last report of a lead says it, of an item that is open: as `services.report` would have set it."""
    told = [row for row in _in_order(reports) if row.unit in past.leads]
    return services.blocked_by(told[-1]) if told and past.closed_on is None else services.UNBLOCKED


def _in_order(reports: Sequence[ProgressReport]) -> list[ProgressReport]:
    return sorted(reports, key=lambda row: row.reported_on)


def _parts(item: ActionItem, past: PastItem, *, by: Any) -> None:
    signed_at = timezone.make_aware(datetime.combine(past.opened_on, time.min))
    supports = () if past.all_support else past.supports
    parts = []
    for role, units in ((AssignmentRole.LEAD, past.leads), (AssignmentRole.SUPPORT, supports)):
        for position, unit in enumerate(units, start=1):
            part = ItemUnit(item=item, unit=unit, role=role, position=position, signed_at=signed_at)
            parts.append(part)
    keep_all(parts, by=by)


def _journal(item: ActionItem, reports: Any, extensions: Any, corrections: Any, *, by: Any) -> None:
    """One line a dated fact, in the order of their dates."""
    lines = [(item.opened_on, "open", "交办", "")]
    lines += [(row.reported_on, "report", "报进展", f"{row.unit}：{row.text}") for row in reports]
    for row in extensions:
        lines.append((row.applied_on, "ask_extension", "申请延期", row.reason))
        if row.decided_on:
            words = f"{row.decided_by}{row.get_state_display()}，{row.old_due} → {row.new_due}"
            lines.append((row.decided_on, "decide_extension", "延期审批", words))
    lines += [(row.corrected_on, "correct", "更正时限", row.reason) for row in corrections]
    if item.closed_on:
        lines.append((item.closed_on, "close", "办结", ""))
    for on, verb, label, words in sorted(lines, key=lambda line: line[0]):
        detail = {"on": on.isoformat(), "imported": True} | ({"reason": words[:500]} if words else {})
        audit.record(by=by, verb=verb, label=label, obj=item, detail=detail)


def check(row: Any) -> None:
    """Raise ValidationError unless every value fits its column; empty columns that may be null stay unasked.

    Rules over several columns or rows are left to the database: they cost no statement there.
    """
    unasked = [
        field.name
        for field in row._meta.fields
        if field.is_relation or (field.null and getattr(row, field.attname) is None)
    ]
    row.clean_fields(exclude=unasked)
    row.clean()


def keep_all(rows: Sequence[Any], *, by: Any) -> None:
    """Check and save rows of one model with their history, in a few statements."""
    for row in rows:
        check(row)
    if rows:
        bulk_create_with_history(list(rows), type(rows[0]), default_user=by, default_change_reason=SOURCE)


def report_row(unit: Unit, on: date, text: str, **fields: Any) -> ProgressReport:
    """A report of the past, read by the office already."""
    return ProgressReport(
        unit=unit,
        reported_on=on,
        text=text,
        review=ReviewState.ACCEPTED,
        on_behalf=True,
        source_note=SOURCE,
        **fields,
    )


def extension_row(
    unit: Unit, *, asked: date, reason: str, old: date, new: date, decided_on: date | None, decided_by: str,
    granted: bool | None,
) -> Extension:  # fmt: skip
    """A request of the past; `granted` None while undecided. Asked after the deadline it moves nothing."""
    undecided = ExtensionState.EXPLAINED if asked > old else ExtensionState.ASKED
    answer = {True: ExtensionState.GRANTED, False: ExtensionState.REFUSED, None: undecided}[granted]
    return Extension(
        unit=unit,
        applied_on=asked,
        reason=reason,
        old_due=old,
        new_due=new,
        decided_on=decided_on,
        decided_by=decided_by,
        asked_late=asked > old,
        state=answer,
    )
