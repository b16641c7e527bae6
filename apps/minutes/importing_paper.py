"""The paper of an imported meeting: archive and number first, then the 纪要 with rounds, steps, copies and items."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import SimpleNamespace
from typing import Any

from apps.action_items import past as past_items
from apps.action_items.models import DueCorrection
from apps.action_items.past import keep_all
from apps.common import audit
from apps.common.yamlfile import Problem, Table
from apps.dispatch.enums import Channel, DeliveryRole, DeliveryState
from apps.dispatch.models import Delivery, Recipient
from apps.documents.enums import PaperKind
from apps.documents.models import ArchivedPaper, IssuedNumber
from apps.documents.services import enter_taken, freeze, number_text
from apps.meetings.models import Meeting
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit

from . import importing_rounds, papers
from .compose import unmarked
from .enums import MinutesState, PassageKind, SignMethod, Step
from .importing_rounds import UNNAMED, keep, midnight
from .meeting_file import misprint
from .models import Correction, Endorsement, Minutes, Passage, PassageUnit
from .past import Misprint, PastEvent, PastItem, PastMeeting

ISSUED_BY_HAND = "导入，送达方式不详"


class _Rows(list[Any]):
    """A list that answers `.all()`, as a relation does."""

    def all(self) -> "list[Any]":
        return self


@dataclass(frozen=True)
class Printed:
    """A passage as the composer reads it, before there are rows: the archive must exist before the 纪要 does."""

    kind: PassageKind
    text: str
    leads: Sequence[Unit] = ()
    supports: Sequence[Unit] = ()
    all_support: bool = False
    due_on: date | None = None
    recurrence: str = ""
    is_standing: bool = False
    in_principle: bool = False
    duties: Any = field(default_factory=_Rows)
    gap: str = ""
    withheld: bool = False
    opens_item: bool = True
    parts: Any = field(default_factory=_Rows)
    pk: None = None


@dataclass(frozen=True)
class Fix:
    """A 更正 that could be read: which item, what the first print said."""

    event: PastEvent
    found: Misprint
    item: PastItem


def write(meeting: Meeting, past: PastMeeting, notes: list[str], *, by: Any) -> Minutes:
    """Write the paper, its way and its items. Raises ValidationError, Refused (number), Problem."""
    fix = _fix(past, notes)
    if fix is not None and fix.item.due_on == fix.found.old_due:
        fix.item.due_on = fix.found.new_due  # the file kept the misprint in its list
    year, number = past.number
    at = past.event(Step.NUMBER)
    taken_at = midnight(at.on if at else past.printed_on)
    taken = enter_taken(PaperKind.MINUTES, year=year, number=number, by=by, taken_at=taken_at)
    copies = _copies(past, by=by)
    first, current = _freeze(meeting, past, fix, taken, copies, by=by)
    minutes = _minutes(meeting, past, taken, current, copies, by=by)
    passages = _passages(minutes, past, by=by)
    importing_rounds.write(minutes, past, passages, by=by)
    _steps(minutes, past, by=by)
    _deliveries(past, first, copies, on=past.printed_on, by=by)
    if fix is not None:
        _correction(minutes, fix, current, by=by)
        _deliveries(past, current, copies, on=fix.event.on, by=by)
    for item in past.items:
        _item(item, past, first, passages[item.ref], fix, by=by)
    return minutes


def _fix(past: PastMeeting, notes: list[str]) -> Fix | None:
    """The correction, when its reason can be read; else it stays a line of the history and a remark."""
    event = past.event(Step.CORRECT)
    if event is None:
        return None
    found = misprint(event.reason)
    if found is None or not 1 <= found.seq <= len(past.items):
        notes.append(f"会议“{past.key}”：更正的内容无法识别，只记入历史，没有另存旧版。")
        return None
    item = past.items[found.seq - 1]
    if found.new_due is not None and item.due_on not in (found.old_due, found.new_due):
        raise Problem(event.line, f"更正的完成时限与“{item.ref}”的完成时限不符。")
    return Fix(event, found, item)


# --- the sheet ------------------------------------------------------------


def _printed(past: PastMeeting) -> list[Printed]:
    row = past.table
    lead = row.get_kind("resolution_lead", str, "") or ""
    told = [Printed(PassageKind.OPENING, row.text("opening"))]
    told += [Printed(PassageKind.STRESSED, lead)] if lead.strip() else []
    return told + [
        Printed(
            PassageKind.RESOLUTION, item.text, item.leads, item.supports, item.all_support, item.due_on,
            item.recurrence, not item.due_on and not item.recurrence, duties=_Rows(item.duties),
        )
        for item in past.items
    ]  # fmt: skip


def _before(rows: list[Printed], fix: Fix) -> list[Printed]:
    """The passages as first printed, misprint included."""
    at = _first_resolution(rows) + fix.found.seq - 1
    wrong = rows[at]
    if fix.found.old_due is not None:
        wrong = replace(wrong, due_on=fix.found.old_due)
    elif fix.found.new in wrong.text:
        wrong = replace(wrong, text=wrong.text.replace(fix.found.new, fix.found.old))
    return [*rows[:at], wrong, *rows[at + 1 :]]


def _first_resolution(rows: list[Printed]) -> int:
    return next(n for n, row in enumerate(rows) if row.kind == PassageKind.RESOLUTION)


def _freeze(
    meeting: Meeting,
    past: PastMeeting,
    fix: Fix | None,
    taken: IssuedNumber,
    copies: list[Recipient],
    *,
    by: Any,
) -> tuple[ArchivedPaper, ArchivedPaper]:
    """(first version, version in force); the same one without a correction."""
    rows = _printed(past)
    first = _archive(
        meeting, past, _before(rows, fix) if fix else rows, taken, copies, past.printed_on, None, by
    )
    if fix is None:
        return first, first
    return first, _archive(meeting, past, rows, taken, copies, fix.event.on, first, by)


def _archive(
    meeting: Meeting, past: PastMeeting, rows: list[Printed], taken: IssuedNumber, copies: list[Recipient],
    printed_on: date, previous: ArchivedPaper | None, by: Any,
) -> ArchivedPaper:  # fmt: skip
    sheet: Any = SimpleNamespace(
        meeting=meeting, title=_title(meeting), state=MinutesState.ARCHIVED, signed_on=past.signed_on,
        printed_on=printed_on, copies=_Rows(copies),
    )  # fmt: skip
    passages: Any = rows
    paper = papers.paper_of(
        sheet, passages=passages, number=number_text(taken), printed_on=printed_on, final=True
    )
    return freeze(
        paper, kind=PaperKind.MINUTES, title=_title(meeting), by=by, number=taken, number_text=number_text(taken),
        signed_on=past.signed_on, printed_on=printed_on, previous=previous, made_at=midnight(printed_on),
    )  # fmt: skip


def _title(meeting: Meeting) -> str:
    return f"{unmarked(meeting, meeting.title)}纪要"


# --- the 纪要 and its way --------------------------------------------------


def _minutes(
    meeting: Meeting, past: PastMeeting, taken: IssuedNumber, paper: ArchivedPaper, copies: list[Recipient],
    *, by: Any,
) -> Minutes:  # fmt: skip
    """Archived, unless no 抄报 is on record: then it waits for it (C12)."""
    reported = past.event(Step.REPORT) is not None
    minutes = Minutes(
        meeting=meeting, title=_title(meeting), signed_on=past.signed_on, printed_on=past.printed_on,
        number=taken, paper=paper, state=MinutesState.ARCHIVED if reported else MinutesState.ISSUED,
    )  # fmt: skip
    kept: Minutes = keep(minutes, by=by)
    kept.copies.set(copies)
    return kept


def _passages(minutes: Minutes, past: PastMeeting, *, by: Any) -> dict[str, Passage]:
    """Write the passages as they read in force. Returns those of the items, by the items' ids."""
    found: dict[str, Passage] = {}
    refs = iter(past.items)
    for position, row in enumerate(_printed(past), start=1):
        item = next(refs) if row.kind == PassageKind.RESOLUTION else None
        passage = Passage(
            minutes=minutes, kind=row.kind, position=position, text=row.text, due_on=row.due_on,
            recurrence=row.recurrence, is_standing=row.is_standing if item else False,
            all_support=row.all_support, opens_item=item is not None, item_ref=item.ref if item else "",
            in_principle=row.text.startswith("原则同意"),
        )  # fmt: skip
        keep(passage, by=by)
        if item is not None:
            passage.duties.set(item.duties)
            _passage_units(passage, row, by=by)
            found[item.ref] = passage
    return found


def _passage_units(passage: Passage, row: Printed, *, by: Any) -> None:
    supports = () if row.all_support else row.supports
    rows = [
        PassageUnit(passage=passage, unit=unit, role=role, position=position)
        for role, units in ((AssignmentRole.LEAD, row.leads), (AssignmentRole.SUPPORT, supports))
        for position, unit in enumerate(units, start=1)
    ]
    keep_all(rows, by=by)


def _steps(minutes: Minutes, past: PastMeeting, *, by: Any) -> None:
    """A line of the 发文稿纸 and a line of the journal for each step."""
    lines = [
        Endorsement(
            minutes=minutes, step=event.step, opinion=event.reason, name=event.by, signed_on=event.on,
            method=SignMethod.PAPER, entered_by=by,
        )
        for event in past.events
    ]  # fmt: skip
    keep_all(lines, by=by)
    for event in past.events:
        detail = {"on": event.on.isoformat(), "who": event.by, "imported": True}
        detail |= {"reason": event.reason} if event.reason else {}
        audit.record(by=by, verb=event.step, label=event.label, obj=minutes, detail=detail)


# --- copies, correction, items --------------------------------------------


def _copies(past: PastMeeting, *, by: Any) -> list[Recipient]:
    """Recipients of 抄送, made when they are new."""
    given = past.table.get_kind("distribution", Table)
    wanted = given.texts("copy_to") if given is not None and given.get("copy_to") is not None else []
    found = []
    for name in wanted:
        row = Recipient.objects.filter(name=name).first()
        found.append(row or keep(Recipient(name=name, channel=Channel.PAPER, order=900), by=by))
    return found


def _deliveries(
    past: PastMeeting, paper: ArchivedPaper, copies: list[Recipient], *, on: date, by: Any
) -> None:
    """The copies that went out, as registered by hand. Nothing is sent."""
    report = past.event(Step.REPORT)
    reported_on = max(report.on, on) if report else None
    sent = {"state": DeliveryState.SENT, "sent_on": on}
    taken: dict[str, Any] = {"state": DeliveryState.RECEIVED, "receiver": UNNAMED}
    taken |= {"sent_on": reported_on, "received_on": reported_on}
    found = []
    for row in Recipient.objects.filter(is_active=True).select_related("unit"):
        if row.is_superior:
            found.append(_delivery(paper, row, DeliveryRole.REPORT, taken if report else {}, by=by))
        elif row.unit is not None:
            found.append(_delivery(paper, row, DeliveryRole.SEND, sent, by=by))
    found += [_delivery(paper, row, DeliveryRole.COPY, sent, by=by) for row in copies]
    keep_all(found, by=by)


def _delivery(
    paper: ArchivedPaper, to: Recipient, role: DeliveryRole, fields: dict[str, Any], *, by: Any
) -> Delivery:
    ways = {
        Channel.MAIL: Channel.PAPER,
        Channel.PORTAL: Channel.EXCHANGE,
    }  # it went before there was a portal
    channel = ways.get(Channel(to.channel), to.channel)
    done = {"registered_by": by, "note": ISSUED_BY_HAND} if fields else {}
    return Delivery(paper=paper, recipient=to, role=role, channel=channel, **fields, **done)


def _correction(minutes: Minutes, fix: Fix, paper: ArchivedPaper, *, by: Any) -> None:
    row = Correction(
        minutes=minutes, version=paper.version, corrected_on=fix.event.on, reason=fix.event.reason,
        approved_by=fix.event.approved_by or UNNAMED, paper=paper,
    )  # fmt: skip
    keep(row, by=by)
    row.consented.set(fix.event.consent)


def _item(
    item: PastItem, past: PastMeeting, paper: ArchivedPaper, passage: Passage, fix: Fix | None, *, by: Any
) -> None:
    corrections = []
    if fix is not None and fix.item is item and fix.found.old_due and fix.found.new_due:
        corrections = [
            DueCorrection(
                corrected_on=fix.event.on, old_due=fix.found.old_due, new_due=fix.found.new_due,
                reason=fix.event.reason[:500],
            )
        ]  # fmt: skip
    past_items.keep_item(
        past_items.PastItem(
            ref=item.ref, seq=item.seq, text=item.text, leads=item.leads, supports=item.supports,
            all_support=item.all_support, due_on=item.due_on, recurrence=item.recurrence, duties=item.duties,
            paper=paper, anchor=f"passage-{passage.pk}", label=paper.number_text, opened_on=past.printed_on,
            closed_on=item.done_on,
        ),
        reports=[
            past_items.report_row(
                row.unit, row.on, row.text, problem=row.problem, next_step=row.next_step, assessment=row.assessment
            )
            for row in item.reports
        ],
        extensions=_extensions(item),
        corrections=corrections,
        by=by,
    )  # fmt: skip


def _extensions(item: PastItem) -> list[Any]:
    """Requests in order; each moves the deadline that stood when it was made."""
    found, old = [], item.due_on
    for row in item.extensions:
        if old is None:
            break
        found.append(
            past_items.extension_row(
                item.leads[0], asked=row.applied_on, reason=row.reason, old=old, new=row.new_due,
                decided_on=row.decided_on, decided_by=row.decided_by, granted=row.granted,
            )
        )  # fmt: skip
        old = row.new_due if row.granted and row.applied_on <= old else old
    return found
