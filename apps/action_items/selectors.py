"""Reads of action items: who sees which, the facts of one, what waits for a user."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from apps.accounts import grants
from apps.common import calendar, settings_rows
from apps.common.prepared import Prepared, Slot, any_of, named, prepare, slots
from apps.common.written import Written
from apps.documents.enums import PaperStatus
from apps.documents.models import ArchivedPaper
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import standing_of, today, units

from . import lights
from .enums import ExtensionState, ReviewState
from .lights import Facts, Misprint, Move, Said, Snapshot
from .models import ActionItem, DueCorrection, ItemUnit, ProgressReport

RULE_DAYS = ("as_of", "yellow_until", "owed_until", "owed_red_until")
THRESHOLDS = ("yellow_days", "report_yellow_days", "report_red_days")


def visible_to(user: Any) -> QuerySet[ActionItem]:
    """Items this user may read: the office and leaders all, a unit its own and joint ones, grants on top."""
    sight = sight_of(user)
    return ActionItem.objects.all() if sight is None else ActionItem.objects.filter(pk__in=_ids(**sight))


def looked_up(user: Any) -> QuerySet[ActionItem]:
    """The same items as `visible_to` has, each looked up in the list of what is seen, as `IN_SEEN` does.

    For a page in an order that has an index: joined, all that is seen is read and sorted where fifty are shown.
    """
    sight = sight_of(user)
    if sight is None:
        return ActionItem.objects.all()
    seen = Case(When(pk__in=_ids(**sight), then=Value(True)), default=Value(False))
    return ActionItem.objects.filter(seen)


def sees(user: Any, item: ActionItem) -> bool:
    """Whether this user may read the item. One query, none for who reads all."""
    return sight_of(user) is None or visible_to(user).filter(pk=item.pk).exists()


def sight_of(user: Any) -> dict[str, Any] | None:
    """What decides which items this user may read: account, day, units. None: all of them."""
    standing = standing_of(user)
    if standing.reads_all or (standing.units and settings_rows.value("units_see_peers")):
        return None
    nobody = 0  # no account has this id: what was handed out to a disabled account opens nothing
    account = user.pk if user.is_authenticated and user.is_active else nobody
    return {"user": account, "day": today(), "units": standing.units}


# The ids somebody sees, found once however often a question names them. Who carries on a merged matter reads what it
# was made of. "OR FALSE" keeps PostgreSQL from turning a look into the list into a join, for which it would sort and
# read every row that is seen where fifty are shown.
_SEEN = """
{own},
seen (id) AS MATERIALIZED (
    SELECT id FROM own UNION ALL SELECT part.id FROM action_items_actionitem part
    WHERE part.merged_into_id IS NOT NULL AND (part.merged_into_id IN (SELECT id FROM own) OR FALSE)
    AND part.id NOT IN (SELECT id FROM own)
)"""
_OWN = "own (id) AS MATERIALIZED ({own})"
# One unit has at most one part in an item: the long list needs no sorting out, only the few besides are held against it.
# It is read where it is named: for matters that were merged, where there are any, an index is quicker than a copy.
_OWN_OF_ONE = """
besides (id) AS ({besides}),
own (id) AS NOT MATERIALIZED ({parts} UNION ALL SELECT id FROM besides WHERE NOT EXISTS (
    SELECT 1 FROM action_items_itemunit part WHERE part.item_id = besides.id AND part.unit_id = %s
))"""
IN_SEEN = Written("action_items_actionitem.id IN (SELECT id FROM seen) OR FALSE", output_field=BooleanField())


@cache
def seen_list(units: int) -> Prepared:
    """The list `seen` of what somebody of so many units sees, to stand after WITH: the same ids as `visible_to` has.

    Slots for account, day and units (`places_in`). `IN_SEEN` filters items by it.
    """
    own = _own_of_one() if units == 1 else _own_of_several(units)
    return Prepared(_SEEN.format(own=own.sql), own.params)


def _own_of_several(units: int) -> Prepared:
    own = prepare(_own_ids(Slot("user"), Slot("day"), slots("unit", range(units)), asked=True))
    return Prepared(_OWN.format(own=own.sql), own.params)


def _own_of_one() -> Prepared:
    unit = slots("unit", range(1))
    besides = prepare(_own_ids(Slot("user"), Slot("day"), unit, asked=True, parts=False))
    parts = prepare(_parts_of(unit))
    params = (*besides.params, *parts.params, *unit)
    return Prepared(_OWN_OF_ONE.format(besides=besides.sql, parts=parts.sql), params)


def among_seen(units: int | None, question: Prepared) -> Prepared:
    """The question with the list `seen` before it; as it is for those who see all (None)."""
    return question if units is None else question.after("WITH ", seen_list(units))


def places_in(sight: dict[str, Any] | None) -> dict[str, Any]:
    """What stands in the slots of `seen_list`; nothing for those who see all."""
    if sight is None:
        return {}
    return {"user": sight["user"], "day": sight["day"], **named("unit", sight["units"])}


def may_open_files(user: Any, item: ActionItem) -> bool:
    """Files, 档案 and scans of an item this user may read: not for a unit that is merely asked for support (受阻)."""
    sight = sight_of(user)
    if sight is None or item.blocked_from_id not in sight["units"]:
        return True
    return ActionItem.objects.filter(pk=item.pk, pk__in=_ids(**sight, asked=False)).exists()


def _ids(user: Any, day: Any, units: Iterable[Any], *, asked: bool = True) -> QuerySet[Any, Any]:
    """One list of ids out of several short ones: asked row by row, each item would be held against all of them."""
    mine = _own_ids(user, day, units, asked=asked)
    # Who carries on a merged matter reads what it was made of; an heir is never merged itself, so one step is all.
    merged = ActionItem.objects.filter(merged_into__in=mine).order_by().values("pk")
    return _own_ids(user, day, units, asked=asked).union(merged)


def _parts_of(units: Iterable[Any]) -> QuerySet[Any, Any]:
    return ItemUnit.objects.filter(unit__in=any_of(units)).order_by().values("item")


def _own_ids(
    user: Any, day: Any, units: Iterable[Any], *, asked: bool, parts: bool = True
) -> QuerySet[Any, Any]:
    own, groups = grants.readable_ids(ActionItem, user, day)
    if not units:
        return own.order_by().union(groups.order_by())
    # 全体配合 means the members of today: what a unit that has left still sees is what names it.
    member = Exists(Unit.objects.active().filter(pk__in=any_of(units)))
    joint = ActionItem.objects.filter(member, all_support=True).order_by().values("pk")
    found = own.order_by().union(groups.order_by(), joint, *([_parts_of(units)] if parts else []))
    if not asked:
        return found
    # A unit whose support is asked for (受阻) reads what it is asked about.
    return found.union(ActionItem.objects.filter(blocked_from__in=any_of(units)).order_by().values("pk"))


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
        misprints=tuple(misprint_of(row) for row in item.corrections.all()),
        reports=tuple(said_of(row) for row in reports if row.unit_id in leads),
    )


def misprint_of(row: DueCorrection) -> Misprint:
    """A 更正 of what was required by when, as the lamps read it."""
    return Misprint(row.corrected_on, row.old_due, row.old_recurrence)


def said_of(row: ProgressReport) -> Said:
    """A report as the lamps read it: with the day it was sent back."""
    returned = row.review == ReviewState.RETURNED
    return Said(row.reported_on, row.assessment, (row.reviewed_on or row.reported_on) if returned else None)


def thresholds() -> lights.Thresholds:
    """The lamps' thresholds as the settings have them now."""
    return lights.Thresholds(**{key: settings_rows.value(key) for key in THRESHOLDS})


def rule_on(as_of: date | None = None, chosen: lights.Thresholds | None = None) -> lights.Rule:
    """The lamps' rule on a day (default today), by the settings (or the thresholds given) and the calendar of now."""
    return lights.rule(as_of or today(), calendar=calendar.current(), thresholds=chosen or thresholds())


def slotted_rule(never_by_report: bool) -> Any:
    """A rule with slots in place of its days, for `ledger.light_filters` of a prepared question."""
    days = {name: Slot(name) for name in RULE_DAYS}
    if never_by_report:
        days["owed_red_until"] = None  # type: ignore[assignment]
    return lights.Rule(**days, calendar=calendar.WorkCalendar({}, frozenset()))  # type: ignore[arg-type]


def days_of(rule: lights.Rule) -> dict[str, Any]:
    """The days that stand in the slots of `slotted_rule`."""
    return {name: getattr(rule, name) for name in RULE_DAYS}


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
        recurrence=item.recurrence,
        required_since=item.required_since,
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


def last_report_of(item: ActionItem, acting: Iterable[Unit]) -> ProgressReport | None:
    """The last report of one of these units, to carry over."""
    return item.reports.filter(unit__in=list(acting)).order_by("-reported_on", "-pk").first()


def last_answer(item: str) -> Subquery:
    """When a lead unit last reported and was not sent back; one lead reports for all. `item` names the outer key."""
    lead = ItemUnit.objects.filter(item=OuterRef("item"), unit=OuterRef("unit"), role=AssignmentRole.LEAD)
    rows = ProgressReport.objects.filter(Exists(lead), item=OuterRef(item)).exclude(
        review=ReviewState.RETURNED
    )
    return Subquery(rows.order_by("-reported_on").values("reported_on")[:1])


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
