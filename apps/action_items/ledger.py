"""The ledger as read: today's page from the items' own columns, any other day from the dated facts.

Both go through `lights.Rule`, so a lamp is defined once; the filters below only ask the database for the same
comparisons with the rule's two dates.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import (
    F,
    Field,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from apps.common.written import Written
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import units

from . import deadlines, lights
from .enums import OPEN_STATES, ExtensionState, ItemState, LedgerState, Light, SelfAssessment
from .ledger_sql import MISPRINTS, MOVES, NAMED_UNITS, SAID, last_report, last_report_then, units_then
from .models import ActionItem, Extension, ItemUnit
from .selectors import rule_on, snapshot_now

_OPEN = Q(state__in=OPEN_STATES)
_CLOSED = Q(state=ItemState.CLOSED)
_DATED = Q(current_due__isnull=False)
# The overview's numbers by month lead to their rows: parameter → the comparison it makes.
SPANS = {
    "opened_from": "opened_on__gte",
    "opened_to": "opened_on__lte",
    "closed_from": "closed_on__gte",
    "closed_to": "closed_on__lte",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the ledger. `report`: {"pk", "on", "text", "problem", "next_step", "unit", "assessment"} or None.

    `item` is, on today's page, its `ledger_now.Columns`. The report is the last one that was not sent back, a lead unit's before
    any other. `then` is what the lamp of another day was judged by; None: the item's own columns. `moves`: the
    extensions granted, of another day only. `missed`: the day of a report that did not come (漏报), unless overdue.
    """

    item: ActionItem
    verdict: lights.Verdict
    leads: list[Unit]
    supports: list[Unit]
    report: dict[str, Any] | None = None
    then: lights.Snapshot | None = None
    moves: tuple[lights.Move, ...] = ()
    missed: date | None = None


def light_filters(rule: lights.Rule, running: Q = _OPEN, said: str = "last_assessment") -> dict[str, Q]:
    """Lamp → today's items under it. Every item falls under exactly one, stopped ones under none.

    Of another day (`stood`) what ran then is `running`, and `said` names the leads' last word of that day.
    """
    ahead = running & Q(current_due__gte=rule.as_of)
    undated = running & Q(current_due__isnull=True)
    missed, worried = _owed_by(rule.owed_red_until), Q(**{f"{said}__in": lights.WORRIED})
    owes, quiet = _owed_by(rule.owed_until), _not_owed_by(rule.owed_until)
    return {
        Light.RED: (running & Q(current_due__lt=rule.as_of)) | (undated & missed),
        Light.YELLOW: (ahead & (Q(current_due__lte=rule.yellow_until) | worried))
        | (undated & _not_owed_by(rule.owed_red_until) & (owes | worried)),
        Light.GREEN: running & Q(current_due__gt=rule.yellow_until) & ~worried,
        Light.STANDING: undated & _not_owed_by(rule.owed_red_until) & quiet & ~worried,
        Light.CLOSED: _CLOSED,
    }


def _owed_by(day: date | None) -> Q:
    """A report was due on or before the day; without one never."""
    return Q(pk__in=[]) if day is None else Q(report_due_on__lte=day)


def _not_owed_by(day: date | None) -> Q:
    if day is None:
        return everything()
    return Q(report_due_on__isnull=True) | Q(report_due_on__gt=day)


def state_filters(rule: lights.Rule, running: Q = _OPEN) -> dict[str, Q]:
    """The ledger's computed state → today's items in it; and the stopped ones. `running` as in `light_filters`."""
    late = _DATED & Q(closed_on__gt=F("current_due"))
    in_time = Q(current_due__isnull=True) | Q(closed_on__lte=F("current_due"))
    return {
        LedgerState.IN_PROGRESS: running & Q(current_due__gte=rule.as_of),
        LedgerState.OVERDUE: running & Q(current_due__lt=rule.as_of),
        LedgerState.CLOSED_ON_TIME: _CLOSED & in_time,
        LedgerState.CLOSED_LATE: _CLOSED & late,
        LedgerState.STANDING: running & Q(current_due__isnull=True),
        "stopped": Q(state__in=[ItemState.TERMINATED, ItemState.MERGED]),
    }


def rows_of(items: QuerySet[ActionItem], rule: lights.Rule) -> list[Row]:
    """Today's lines for a page of items. One query: items with their last report and their units."""
    return list(rows_in_blocks(items, rule, size=0))


def told(items: QuerySet[ActionItem], kind: type[Field] = JSONField) -> QuerySet[ActionItem]:
    """The items with their last report and their units beside them, as JSON values or (`kind`) its text."""
    last = last_report(kind)
    return items.annotate(last_report=last, named_units=Written(NAMED_UNITS, output_field=kind()))


def rows_in_blocks(items: QuerySet[ActionItem], rule: lights.Rule, *, size: int = 500) -> Iterator[Row]:
    """The same of any number of items, in their order, with `size` of them in memory at a time (0: all). One query."""
    known = {unit.pk: unit for unit in units()}
    found = told(items)
    for item in found.iterator(chunk_size=size) if size else found:
        yield row_now(item, rule, known)


def row_now(item: Any, rule: lights.Rule, known: Mapping[int, Any]) -> Row:
    """Today's line of an item that was `told`. `known`: the units of today, or their names, by their ids."""
    leads, others = units_of(item, known)
    report, missed = _dated(item.last_report), None
    if item.state in OPEN_STATES and item.state != ItemState.CLOSING:
        answered = report is not None and report["unit"] in {unit.short_name for unit in leads}
        missed = deadlines.missed_on(item, report["on"] if report and answered else None, rule.as_of)
    return Row(item, rule.judge(snapshot_now(item)), leads, others, report, missed=missed)


def units_of(item: Any, known: Mapping[int, Any]) -> tuple[list[Unit], list[Unit]]:
    """Lead and supporting units as named (`NAMED_UNITS`); 全体成员单位 is every other member unit in charter order."""
    leads: list[Unit] = []
    others: list[Unit] = []
    for part in sorted(item.named_units or (), key=_as_named):
        (leads if part["role"] == AssignmentRole.LEAD else others).append(_unit(part, known))
    return leads, [unit for unit in known.values() if unit not in leads] if item.all_support else others


def _as_named(part: dict[str, Any]) -> tuple[int, int]:
    return part["at"], part["unit"]


def _unit(part: dict[str, Any], known: Mapping[int, Any]) -> Any:
    """The unit of a part; one that has left the joint meeting since is known by its name."""
    return known.get(part["unit"]) or Unit(pk=part["unit"], short_name=part["name"])


def _lead_parts() -> QuerySet[ItemUnit]:
    return ItemUnit.objects.filter(role=AssignmentRole.LEAD)


_day = date.fromisoformat


def _dated(report: dict[str, Any] | None) -> dict[str, Any] | None:
    return {**report, "on": date.fromisoformat(report["on"])} if report else None


def in_charter_order(items: QuerySet[ActionItem]) -> QuerySet[ActionItem]:
    """The items by their first lead unit, in the charter's order of units."""
    first = _lead_parts().filter(item=OuterRef("pk")).order_by("position", "pk").values("unit__order")[:1]
    return items.annotate(lead_order=Subquery(first)).order_by("lead_order", "source_paper_id", "seq", "id")


def as_of(day: date, items: QuerySet[ActionItem] | None = None) -> list[Row]:
    """The ledger of a day, from the facts dated on or before it: items opened by then and not stopped."""
    source = ActionItem.objects.all() if items is None else items
    return rows_then(day, source.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day), opened_on__lte=day))


def rows_then(day: date, items: QuerySet[ActionItem]) -> list[Row]:
    """These items as they stood on a day, those stopped by then as well. One query."""
    rule, known = rule_on(day), {unit.pk: unit for unit in units()}
    until = connection.ops.adapt_datefield_value(day)
    told = items.annotate(
        last_report=last_report_then(until),
        named_units=Written(NAMED_UNITS, output_field=JSONField()),
        units_then=units_then(until),
        moves=MOVES,
        misprints=MISPRINTS,
        said=SAID,
    )
    return [_row_then(item, rule, known) for item in told]


def _row_then(item: Any, rule: lights.Rule, known: dict[int, Unit]) -> Row:
    _put_back(item, rule.as_of)
    leads, supports = units_of(item, known)
    facts = _facts(item, {unit.pk for unit in leads})
    now = lights.snapshot(facts, rule.as_of)
    missed = _missed_then(item, facts, now, rule.as_of)
    report = _dated(item.last_report)
    return Row(item, rule.judge(now), leads, supports, report, now, facts.moves, missed)


def _missed_then(item: Any, facts: lights.Facts, now: lights.Snapshot, day: date) -> date | None:
    """漏报 on a day; a request for 办结 (the last word was 申请办结) waits for the office."""
    ended = item.ended_on is not None and item.ended_on <= day
    if ended or now.closed_on is not None or now.last_assessment == SelfAssessment.CLOSING:
        return None
    last, dated = facts.last_report(day), deadlines.Dated.of(now, item.opened_on)
    return deadlines.missed_on(dated, last.on if last else None, day)


def _put_back(item: Any, day: date) -> None:
    """Words and units as they stood on the day, where a 更正 since put others in their place (DueCorrection)."""
    later = [row for row in item.misprints or () if row["text"] and _day(row["on"]) > day]
    if later:
        was = min(later, key=lambda row: (row["on"], row["pk"]))
        item.text, item.all_support, item.named_units = was["text"], bool(was["all"]), item.units_then


def _facts(item: Any, leads: set[int]) -> lights.Facts:
    """The same as `selectors.facts_of`, of what was read beside the item."""
    moves = sorted(item.moves or (), key=lambda row: row["pk"])
    misprints = sorted(item.misprints or (), key=lambda row: (row["on"], row["pk"]))
    reports = sorted(item.said or (), key=lambda row: (row["on"], row["pk"]))
    return lights.Facts(
        opened_on=item.opened_on,
        due_on=item.due_on,
        recurrence=item.recurrence,
        closed_on=item.closed_on,
        moves=tuple(
            lights.Move(_day(row["asked"]), _day(row["on"]), _day(row["new"]), _day(row["old"]))
            for row in moves
        ),
        misprints=tuple(
            lights.Misprint(_day(row["on"]), row["old"] and _day(row["old"]), row["words"])
            for row in misprints
        ),
        reports=tuple(
            lights.Said(_day(row["on"]), row["assessment"], _day(row["back"]) if row["back"] else None)
            for row in reports
            if row["unit"] in leads
        ),
    )


def missing_years(rows: Iterable[Row], rule: lights.Rule) -> list[int]:
    """Years whose calendar is missing between the rule's day and the open rows' deadlines."""
    dates = [row.verdict.effective_due for row in rows if row.verdict.workdays_left is not None]
    return lights.missing_years(dates, as_of=rule.as_of, calendar=rule.calendar)


def everything() -> Q:
    """The condition that leaves nothing out."""
    return Q(pk__isnull=False)


def of_paper(text: str) -> Q:
    """Items of the paper with this number, or part of it."""
    return Q(source_label__icontains=text.strip())


def matching(text: str) -> Q:
    """Items whose text, number or unit holds the words; a unit also by its pinyin initials (swjw)."""
    words, named = text.strip(), units_called(text)
    found = Q(text__icontains=words) | Q(source_label__icontains=words) | Q(ref__iexact=words)
    return found | Q(pk__in=ItemUnit.objects.filter(unit__in=named).values("item")) if named else found


def units_called(text: str) -> list[int]:
    """Ids of the units whose name holds the words, or whose initials begin with them."""
    words = text.strip()
    lowered = words.lower()
    return [
        unit.pk
        for unit in units()
        if words in unit.short_name or words in unit.full_name or unit.initials.lower().startswith(lowered)
    ]


def of_unit(unit: Unit, role: str = "") -> Q:
    """Items a unit has a part in: as lead, as support (全体配合 included), or either."""
    return having_part(ItemUnit.objects.filter(unit=unit), "item", Q(all_support=True), role)


def having_part(parts: QuerySet[Any], of: str, joint: Q, role: str) -> Q:
    """What one unit's `parts` are `of`, by its role ("" either); `joint`: all that lead nothing in it support it."""
    led = Q(pk__in=parts.filter(role=AssignmentRole.LEAD).values(of))
    if role == AssignmentRole.LEAD:
        return led
    supported = Q(pk__in=parts.filter(role=AssignmentRole.SUPPORT).values(of)) | (joint & ~led)
    return supported if role == AssignmentRole.SUPPORT else led | supported


def of_duty(duty: int) -> Q:
    """Items that name this clause as their basis."""
    return Q(pk__in=ActionItem.duties.through.objects.filter(duty=duty).values("actionitem"))


def in_spans(days: Mapping[str, date]) -> Q:
    """Items opened or closed between days, both ends included; keys are those of SPANS."""
    return Q(**{SPANS[name]: day for name, day in days.items()})


def due_between(first: date | None, last: date | None, running: Q = _OPEN) -> Q:
    """Items whose deadline now in force lies between two days, both included; open recurring ones by their reporting date.

    `running` as in `light_filters`.
    """
    ends = {"gte": first, "lte": last}
    dated = {f"current_due__{end}": day for end, day in ends.items() if day}
    if not dated:
        return everything()
    owed = {f"report_due_on__{end}": day for end, day in ends.items() if day}
    return Q(**dated) | (running & Q(current_due__isnull=True, **owed))


def ever_overdue(rule: lights.Rule) -> Q:
    """曾逾期: overdue now, closed late, or saved by an extension granted after the old deadline had passed."""
    late = Extension.objects.filter(state=ExtensionState.GRANTED, decided_on__gt=F("old_due"))
    states = state_filters(rule)
    return states[LedgerState.OVERDUE] | states[LedgerState.CLOSED_LATE] | Q(pk__in=late.values("item"))


def blocked() -> Q:
    """受阻: open, and the lead said what is in the way."""
    return _OPEN & ~Q(blocked="")


def is_blocked(row: Row) -> bool:
    """The same of a line, of today or of another day."""
    return was_blocked(row) if row.then else row.item.state in OPEN_STATES and bool(row.item.blocked)


def was_overdue(row: Row, day: date) -> bool:
    """The same as `ever_overdue`, of a line of `as_of`."""
    late = row.verdict.state in (LedgerState.OVERDUE, LedgerState.CLOSED_LATE)
    return late or any(
        move.old_due is not None and move.old_due < move.decided_on <= day for move in row.moves
    )


def was_blocked(row: Row) -> bool:
    """The same as `blocked`, of a line of `as_of`: open, and the last report said so."""
    return (
        row.verdict.light != Light.CLOSED
        and row.then is not None
        and row.then.last_assessment == SelfAssessment.BLOCKED
    )
