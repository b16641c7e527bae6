"""Reads of action items: who sees which, the facts of one, what waits for a user."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts import grants
from apps.common import calendar, settings_rows
from apps.common.todo import Todo, TodoKind
from apps.documents.enums import PaperStatus
from apps.documents.models import ArchivedPaper
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import Standing, standing_of, today, units

from . import lights, permissions, recurrence, waiting
from .enums import OPEN_STATES, ExtensionState, ItemState, ReviewState
from .lights import Facts, Misprint, Move, Said, Snapshot
from .models import ActionItem, ItemUnit, ProgressReport

THRESHOLDS = ("yellow_days", "report_yellow_days", "report_red_days")
QUARTER_DAY = 15  # a dated item's quarterly report is asked for by that day of the quarter's first month


def visible_to(user: Any) -> QuerySet[ActionItem]:
    """Items this user may read: the office and leaders all, a unit its own and joint ones, grants on top."""
    standing = standing_of(user)
    if standing.reads_all or (standing.units and settings_rows.value("units_see_peers")):
        return ActionItem.objects.all()
    mine = grants.readable(ActionItem, user)
    if standing.units:
        parts = ItemUnit.objects.filter(unit__in=standing.units).values("item")
        # A unit whose support is asked for (受阻) reads what it is asked about.
        mine |= Q(pk__in=parts) | Q(all_support=True) | Q(blocked_from__in=standing.units)
    # Who carries on a merged matter reads what it was made of; an heir is never merged itself, so one step is all.
    heirs = ActionItem.objects.filter(mine).values("pk")
    return ActionItem.objects.filter(mine | Q(merged_into__in=heirs))


def with_facts(items: QuerySet[ActionItem]) -> QuerySet[ActionItem]:
    """The items with all that `facts_of` and the ledger's columns need: five queries in all."""
    parts = Prefetch("parts", ItemUnit.objects.select_related("unit"))
    reports = Prefetch("reports", ProgressReport.objects.select_related("unit"))
    return items.prefetch_related(parts, reports, "extensions", "corrections")


def facts_of(item: ActionItem) -> Facts:
    """The dated facts of one item. Four queries, none when prefetched by `with_facts`.

    Only lead units answer for an item: a report of a supporting one turns no lamp.
    """
    granted = [row for row in item.extensions.all() if row.state == ExtensionState.GRANTED]
    leads = {part.unit_id for part in item.parts.all() if part.role == AssignmentRole.LEAD}
    reports = sorted(item.reports.all(), key=lambda row: (row.reported_on, row.pk))
    return Facts(
        opened_on=item.opened_on,
        due_on=item.due_on,
        recurrence=item.recurrence,
        closed_on=item.closed_on,
        moves=tuple(
            Move(row.applied_on, row.decided_on, row.new_due, row.old_due)
            for row in granted
            if row.decided_on
        ),
        misprints=tuple(Misprint(row.corrected_on, row.old_due) for row in item.corrections.all()),
        reports=tuple(_said(row) for row in reports if row.unit_id in leads),
    )


def _said(row: ProgressReport) -> Said:
    returned = row.review == ReviewState.RETURNED
    return Said(row.reported_on, row.assessment, (row.reviewed_on or row.reported_on) if returned else None)


def thresholds() -> lights.Thresholds:
    """The lamps' thresholds as the settings have them now."""
    return lights.Thresholds(**{key: settings_rows.value(key) for key in THRESHOLDS})


def rule_on(as_of: date | None = None, chosen: lights.Thresholds | None = None) -> lights.Rule:
    """The lamps' rule on a day (default today), by the settings (or the thresholds given) and the calendar of now."""
    return lights.rule(as_of or today(), calendar=calendar.current(), thresholds=chosen or thresholds())


def rule_for_red() -> lights.Rule:
    """Today's rule where only red is asked for: the calendar is read only when a missed report turns red too."""
    if thresholds().report_red_days:
        return rule_on()
    day = today()
    return lights.Rule(day, day, day, None, calendar.WorkCalendar({}, frozenset()))


def snapshot_now(item: ActionItem) -> Snapshot:
    """Today's snapshot from the item's own columns: no query."""
    return Snapshot(
        due=item.due_on,
        effective_due=item.current_due,
        closed_on=item.closed_on,
        report_due_on=item.report_due_on,
        last_assessment=item.last_assessment,
        extended=item.times_extended,
    )


def leads_of(item: ActionItem) -> list[Unit]:
    """Lead units in the order the meeting named them (from prefetched parts)."""
    return _units_as(item, AssignmentRole.LEAD)


def supports_of(item: ActionItem, members: Iterable[Unit] | None = None) -> list[Unit]:
    """Supporting units as named; 全体成员单位 is every other member unit in charter order."""
    if not item.all_support:
        return _units_as(item, AssignmentRole.SUPPORT)
    leads = {part.unit_id for part in item.parts.all() if part.role == AssignmentRole.LEAD}
    return [unit for unit in (units() if members is None else members) if unit.pk not in leads]


def _units_as(item: ActionItem, role: AssignmentRole) -> list[Unit]:
    parts = [part for part in item.parts.all() if part.role == role]
    return [part.unit for part in sorted(parts, key=lambda part: (part.position, part.pk))]


def paper_link(item: ActionItem, user: Any) -> str:
    """Address of the 纪要 the item comes from; empty without one, or for a visitor to whom only this is open."""
    if not standing_of(user).is_any:
        return ""
    number = item.source_paper.number if item.source_paper else None
    minutes = getattr(number, "minutes", None) if number else None
    return minutes.get_absolute_url() if minutes else ""


def leads_without_duty(item: ActionItem) -> list[Unit]:
    """Lead units none of whose duty clauses is given as the basis: the page warns, nothing is blocked."""
    covered = {duty.unit_id for duty in item.duties.all()}
    return [unit for unit in leads_of(item) if unit.pk not in covered]


def reports_of(item: ActionItem) -> list[ProgressReport]:
    """Reports with unit and files, newest first. One query when prefetched by `with_facts`."""
    rows = list(item.reports.all())
    prefetch_related_objects(rows, "files")
    return rows


def last_report_of(item: ActionItem, acting: Iterable[Unit]) -> ProgressReport | None:
    """The last report of one of these units, to carry over."""
    return item.reports.filter(unit__in=list(acting)).order_by("-reported_on", "-pk").first()


# --- what waits -----------------------------------------------------------


def waiting_for(user: Any) -> list[Todo]:
    """What this user has to do on items now, most urgent first. Three queries."""
    standing = standing_of(user)
    if not (standing.units or standing.runs_office):
        return []
    found: list[tuple[int, date, int, Todo]] = []
    for item in _perhaps_waiting(standing):
        todo = _office_todo(user, item) if standing.runs_office else None
        todo = todo or _confirm_todo(user, item) or _unit_todo(standing, item, today())
        if todo is not None:
            when = item.current_due or item.report_due_on or date.max
            found.append((0 if todo.late else 1, when, item.pk, todo))
    return [todo for *_key, todo in sorted(found, key=lambda row: row[:3])] + waiting.waiting_for(user)


def _perhaps_waiting(standing: Standing) -> QuerySet[ActionItem]:
    own = Exists(ItemUnit.objects.filter(item=OuterRef("pk"), unit__in=standing.liaison_units))
    unread = Exists(ProgressReport.objects.filter(item=OuterRef("pk"), review=ReviewState.WAITING))
    wanted = Q(own) | Q(state=ItemState.CLOSING)
    if standing.runs_office:
        wanted |= Q(unread)
    parts = ItemUnit.objects.select_related("unit")
    return (
        ActionItem.objects.filter(wanted, state__in=OPEN_STATES)
        .annotate(last_report=last_answer("pk"), unread=unread)
        .prefetch_related(Prefetch("parts", parts))
    )


def last_answer(item: str) -> Subquery:
    """When a lead unit last reported and was not sent back; one lead reports for all. `item` names the outer key."""
    lead = ItemUnit.objects.filter(item=OuterRef("item"), unit=OuterRef("unit"), role=AssignmentRole.LEAD)
    rows = ProgressReport.objects.filter(Exists(lead), item=OuterRef(item)).exclude(
        review=ReviewState.RETURNED
    )
    return Subquery(rows.order_by("-reported_on").values("reported_on")[:1])


def quarter_of(day: date) -> date:
    """First day of the quarter a date lies in."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _office_todo(user: Any, item: Any) -> Todo | None:
    if item.state == ItemState.CLOSING:
        if not permissions.can_close(user, item):
            return None
        if permissions.needs_confirmation(item) and item.confirmed_by_unit_id is None:
            return None  # a supporting unit acts first
        return _todo(item, TodoKind.REVIEW, _("审核办结"))
    return _todo(item, TodoKind.HANDLE, _("审阅进展")) if item.unread else None


def _confirm_todo(user: Any, item: ActionItem) -> Todo | None:
    waits = item.state == ItemState.CLOSING and item.confirmed_by_unit_id is None
    if not waits or not permissions.can_confirm_close(user, item):
        return None
    return _todo(item, TodoKind.HANDLE, _("确认完成"))


def _unit_todo(standing: Standing, item: Any, day: date) -> Todo | None:
    """One line an item at most: sign for it, else it is overdue, else a report is owed."""
    mine = [part for part in item.parts.all() if part.unit_id in standing.liaison_units]
    if any(part.signed_at is None for part in mine):
        return _todo(item, TodoKind.SIGN_FOR, _("签收"))
    if item.state == ItemState.CLOSING or not any(part.role == AssignmentRole.LEAD for part in mine):
        return None
    if item.current_due is not None and item.current_due < day:
        return _todo(item, TodoKind.OVERDUE, _("报进展"), late=True)
    return (
        _todo(item, TodoKind.REPORT, _("报进展"), late=_is_late(item, day))
        if _owes_report(item, day)
        else None
    )


def _is_late(item: ActionItem, day: date) -> bool:
    return item.report_due_on is not None and item.report_due_on < day


def _owes_report(item: Any, day: date) -> bool:
    """Recurring items owe from the first day of the period of their next reporting date.

    Dated items owe one report a quarter, from the 15th of its first month, not in the opening quarter.
    """
    if item.current_due is None:
        meaning = recurrence.read(item.recurrence)
        return bool(meaning and item.report_due_on and day >= meaning.period_start(item.report_due_on))
    quarter = quarter_of(day)
    if item.opened_on >= quarter or day < quarter.replace(day=QUARTER_DAY):
        return False
    return item.last_report is None or item.last_report < quarter


def _todo(item: ActionItem, kind: TodoKind, verb: str, *, late: bool = False) -> Todo:
    due = item.current_due or item.report_due_on
    return Todo(
        kind=kind,
        title=item.text if len(item.text) <= 60 else item.text[:59] + "…",
        url=item.get_absolute_url(),
        verb=verb,
        deadline=end_of(due) if due else None,
        note=f"{item.source_label}-{item.seq}",
        late=late,
    )


def end_of(day: date) -> datetime:
    """The last minute of a day: a deadline's day belongs to it."""
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


def items_of_paper(paper: ArchivedPaper) -> list[ActionItem]:
    """The matters a paper opened, in its order; those of every version that bears its number. Two queries."""
    mine = Q(source_paper__number=paper.number_id) if paper.number_id else Q(source_paper=paper.pk)
    parts = Prefetch("parts", ItemUnit.objects.select_related("unit"))
    return list(ActionItem.objects.filter(mine).prefetch_related(parts).order_by("seq", "pk"))


def source_is_stopped(item: ActionItem) -> bool:
    """True when the paper it comes from, in any version, may not be used any more (停止使用)."""
    if item.source_paper is None:
        return False
    mine = (
        Q(number=item.source_paper.number_id) if item.source_paper.number_id else Q(pk=item.source_paper.pk)
    )
    return ArchivedPaper.objects.filter(mine, status=PaperStatus.STOPPED).exists()
