"""The ledger as read: today's page from the items' own columns, any other day from the dated facts.

Both go through `lights.Rule`, so a lamp is defined once; the filters below only ask the database for the same
comparisons with the rule's two dates.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import units

from . import lights
from .enums import OPEN_STATES, ItemState, LedgerState, Light
from .models import ActionItem, ItemUnit, ProgressReport
from .selectors import facts_of, leads_of, rule_on, snapshot_now, supports_of, with_facts

_OPEN = Q(state__in=OPEN_STATES)
_CLOSED = Q(state=ItemState.CLOSED)
_WORRIED = Q(last_assessment__in=lights.WORRIED)
_DATED = Q(current_due__isnull=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the ledger. `report` is the last report as {"on", "text", "unit"} or None."""

    item: ActionItem
    verdict: lights.Verdict
    leads: list[Unit]
    supports: list[Unit]
    report: dict[str, Any] | None = None


def light_filters(rule: lights.Rule) -> dict[str, Q]:
    """Lamp → today's items under it. Every item falls under exactly one, stopped ones under none."""
    ahead = _OPEN & Q(current_due__gte=rule.as_of)
    undated = _OPEN & Q(current_due__isnull=True)
    missed = _owed_by(rule.owed_red_until)
    owes, quiet = _owed_by(rule.owed_until), _not_owed_by(rule.owed_until)
    return {
        Light.RED: (_OPEN & Q(current_due__lt=rule.as_of)) | (undated & missed),
        Light.YELLOW: (ahead & (Q(current_due__lte=rule.yellow_until) | _WORRIED))
        | (undated & _not_owed_by(rule.owed_red_until) & (owes | _WORRIED)),
        Light.GREEN: _OPEN & Q(current_due__gt=rule.yellow_until) & ~_WORRIED,
        Light.STANDING: undated & _not_owed_by(rule.owed_red_until) & quiet & ~_WORRIED,
        Light.CLOSED: _CLOSED,
    }


def _owed_by(day: date | None) -> Q:
    """A report was due on or before the day; without one never."""
    return Q(pk__in=[]) if day is None else Q(report_due_on__lte=day)


def _not_owed_by(day: date | None) -> Q:
    if day is None:
        return everything()
    return Q(report_due_on__isnull=True) | Q(report_due_on__gt=day)


def state_filters(rule: lights.Rule) -> dict[str, Q]:
    """The ledger's computed state → today's items in it; and the stopped ones."""
    late = _DATED & Q(closed_on__gt=F("current_due"))
    in_time = Q(current_due__isnull=True) | Q(closed_on__lte=F("current_due"))
    return {
        LedgerState.IN_PROGRESS: _OPEN & Q(current_due__gte=rule.as_of),
        LedgerState.OVERDUE: _OPEN & Q(current_due__lt=rule.as_of),
        LedgerState.CLOSED_ON_TIME: _CLOSED & in_time,
        LedgerState.CLOSED_LATE: _CLOSED & late,
        LedgerState.STANDING: _OPEN & Q(current_due__isnull=True),
        "stopped": Q(state__in=[ItemState.TERMINATED, ItemState.MERGED]),
    }


def counts(items: QuerySet[ActionItem], rule: lights.Rule, chosen: Q) -> dict[str, int]:
    """How many items stand under each lamp, and how many `chosen` picks ("chosen"). One query."""
    wanted = {str(light): Count("pk", filter=where) for light, where in light_filters(rule).items()}
    return items.aggregate(chosen=Count("pk", filter=chosen), **wanted)


def rows_of(items: QuerySet[ActionItem], rule: lights.Rule) -> list[Row]:
    """Today's lines for a page of items. Two queries (items with their last report, parts)."""
    last = (
        ProgressReport.objects.filter(item=OuterRef("pk"))
        .order_by("-reported_on", "-pk")
        .values(found=JSONObject(on="reported_on", text="text", unit="unit__short_name"))[:1]
    )
    parts = Prefetch("parts", ItemUnit.objects.select_related("unit"))
    found = items.annotate(last_report=Subquery(last)).prefetch_related(parts)
    return [
        Row(item, rule.judge(snapshot_now(item)), leads_of(item), supports_of(item), _dated(item.last_report))
        for item in found
    ]


def _dated(report: dict[str, Any] | None) -> dict[str, Any] | None:
    return {**report, "on": date.fromisoformat(report["on"])} if report else None


def as_of(day: date, items: QuerySet[ActionItem] | None = None) -> list[Row]:
    """The ledger of a day, from the facts dated on or before it: items opened by then and not stopped."""
    rule = rule_on(day)
    source = ActionItem.objects.all() if items is None else items
    going_on = source.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day), opened_on__lte=day)
    members = units()
    return [
        Row(
            item, rule.judge(lights.snapshot(facts_of(item), day)), leads_of(item), supports_of(item, members)
        )
        for item in with_facts(going_on)
    ]


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
    words = text.strip()
    lowered = words.lower()
    named = [
        unit.pk
        for unit in units()
        if words in unit.short_name or words in unit.full_name or unit.initials.lower().startswith(lowered)
    ]
    found = Q(text__icontains=words) | Q(source_label__icontains=words) | Q(ref__iexact=words)
    return found | Q(pk__in=ItemUnit.objects.filter(unit__in=named).values("item")) if named else found


def of_unit(unit: Unit, role: str = "") -> Q:
    """Items a unit has a part in: as lead, as support (全体配合 included), or either."""
    parts = ItemUnit.objects.filter(unit=unit)
    led = Q(pk__in=parts.filter(role=AssignmentRole.LEAD).values("item"))
    if role == AssignmentRole.LEAD:
        return led
    named = Q(pk__in=parts.filter(role=AssignmentRole.SUPPORT).values("item"))
    supported = named | (Q(all_support=True) & ~led)
    return supported if role == AssignmentRole.SUPPORT else led | supported
