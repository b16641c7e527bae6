"""总览: how many matters stand where, by lamp, unit, month and duty clause; every number knows its rows.

Only counts, a few GROUP BY queries over what the user may see. Lamps are defined in `action_items.ledger` alone.
Units stand in charter order: nobody is ranked (减负).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import CharField, Count, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast, ExtractMonth, ExtractYear
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.action_items import ledger
from apps.action_items.enums import Light
from apps.action_items.lights import Rule
from apps.action_items.models import ActionItem
from apps.action_items.selectors import rule_for_red, rule_on, visible_to
from apps.roster.enums import AssignmentRole
from apps.roster.selectors import units

MONTHS_BEFORE, MONTHS_AFTER = 8, 3  # this month stands between them
STOPPED = "stopped"  # 终止、合并: under no lamp, found by the ledger's filter of states
# What a month counts: series → the item's date, and the ledger's filter of that date.
_SERIES = {"opened": "opened_on", "closed": "closed_on", "due": "current_due"}


# The lamps' glyphs of apps.common.templatetags.portal; 长期 shares green's lamp, but not its shape.
GLYPHS = {"red": "●", "yellow": "▲", "green": "■", "standing": "◆", "closed": "✓", STOPPED: "○"}
LABELS = {**{light.value: light.label for light in Light}, STOPPED: gettext_lazy("终止合并")}


@dataclass(frozen=True, slots=True)
class Cell:
    """One number and the address of its rows; `name` is the lamp or the series it counts."""

    name: str
    value: int
    url: str

    @property
    def words(self) -> str:
        """Glyph and words of the lamp."""
        return f"{GLYPHS[self.name]}{LABELS[self.name]}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: what it is about, a number a lamp and of the stopped ones, and the sum of these."""

    label: str
    cells: tuple[Cell, ...]
    total: Cell
    note: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """Items opened, closed and due in one calendar month (its first day is `start`)."""

    start: date
    cells: tuple[Cell, ...]
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """All four views of one reader's matters as of `day`."""

    day: date
    lamps: Line
    units: list[Line]
    months: list[Month]
    duties: list[Line]


def rows_at(**chosen: Any) -> str:
    """Address of the ledger's rows with these filters; empty ones are left out."""
    query = urlencode({name: value for name, value in chosen.items() if value not in ("", None)})
    here = reverse("action_items:list")
    return f"{here}?{query}" if query else here


def overview_of(user: Any) -> Overview:
    """The reader's own overview as of today. Four queries besides standing, units, setting and calendar."""
    rule, seen = rule_on(), visible_to(user)
    return Overview(
        day=rule.as_of,
        lamps=_lamps(seen, rule),
        units=_by_unit(seen, rule),
        months=_by_month(seen, rule.as_of),
        duties=_by_duty(seen, rule),
    )


def _counts(rule: Rule) -> dict[str, Count]:
    """A number a lamp, the stopped ones, and all of them: lamps and stopped add up to the total."""
    found = {str(light): Count("pk", filter=where) for light, where in ledger.light_filters(rule).items()}
    stopped = Count("pk", filter=ledger.state_filters(rule)[STOPPED])
    return {**found, STOPPED: stopped, "total": Count("pk")}


def _line(label: str, row: dict[str, Any], note: str = "", **chosen: Any) -> Line:
    """The line's numbers from a row of counts, each with the address of its rows."""
    lamps = [Cell(str(light), row[light], rows_at(light=light, **chosen)) for light in Light]
    stopped = Cell(STOPPED, row[STOPPED], rows_at(state=STOPPED, **chosen))
    return Line(label, (*lamps, stopped), Cell("total", row["total"], rows_at(**chosen)), note)


def _lamps(seen: QuerySet[ActionItem], rule: Rule) -> Line:
    return _line("", seen.aggregate(**_counts(rule)))


def _by_unit(seen: QuerySet[ActionItem], rule: Rule) -> list[Line]:
    """Lead units in charter order; a matter of several leads stands under each of them."""
    rows = (
        seen.filter(parts__role=AssignmentRole.LEAD)
        .order_by()
        .values("parts__unit", "parts__unit__short_name")
        .annotate(**_counts(rule))
    )
    found: dict[int, Any] = {row["parts__unit"]: row for row in rows}
    lines = [_line(unit.short_name, found.pop(unit.pk), lead=unit.pk) for unit in units() if unit.pk in found]
    # A unit that left and still leads something stands behind those that are members.
    return lines + [
        _line(row["parts__unit__short_name"], row, lead=row["parts__unit"]) for row in found.values()
    ]


def _by_duty(seen: QuerySet[ActionItem], rule: Rule) -> list[Line]:
    """Duty clauses some matter rests on: the joint meeting's first, then the units' in charter order."""
    fields = ("duties", "duties__unit__short_name", "duties__seq", "duties__text")
    rows = (
        seen.filter(duties__isnull=False)
        .order_by("duties__unit__order", "duties__seq", "duties")
        .values(*fields, "duties__unit__order")
        .annotate(**_counts(rule))
    )
    # Databases differ on where NULL sorts: the joint meeting's own clauses have no unit.
    ordered = sorted(rows, key=lambda row: row["duties__unit__short_name"] is not None)
    return [_line(_clause(row), row, row["duties__text"], duty=row["duties"]) for row in ordered]


def _clause(row: dict[str, Any]) -> str:
    owner = row["duties__unit__short_name"] or _("联席会议")
    return _("%(owner)s第%(seq)s项") % {"owner": owner, "seq": row["duties__seq"]}


def _by_month(seen: QuerySet[ActionItem], day: date) -> list[Month]:
    """Opened, closed and due in each month around the day. One query (a union of three)."""
    starts = list(months_around(day))
    end = _next(starts[-1])
    parts = [
        seen.filter(Q(**{f"{field}__gte": starts[0], f"{field}__lt": end}))
        .order_by()
        .values_list(
            Cast(Value(name), CharField(max_length=8)),
            Cast(ExtractYear(field), IntegerField()),
            Cast(ExtractMonth(field), IntegerField()),
        )
        .annotate(number=Count("pk"))
        for name, field in _SERIES.items()
    ]
    found = {(name, date(year, month, 1)): number for name, year, month, number in parts[0].union(*parts[1:])}
    return [
        Month(start, tuple(_of_month(name, start, found) for name in _SERIES), start == day.replace(day=1))
        for start in starts
    ]


def _of_month(name: str, start: date, found: dict[tuple[str, date], int]) -> Cell:
    last = _next(start) - timedelta(days=1)
    url = rows_at(**{f"{name}_from": start.isoformat(), f"{name}_to": last.isoformat()})
    return Cell(name, found.get((name, start), 0), url)


def months_around(day: date) -> Iterator[date]:
    """First days of the months shown, this month's among them."""
    number = day.year * 12 + day.month - 1
    for month in range(number - MONTHS_BEFORE, number + MONTHS_AFTER + 1):
        yield date(month // 12, month % 12 + 1, 1)


def _next(start: date) -> date:
    return (start + timedelta(days=31)).replace(day=1)


def red_by_unit(user: Any) -> list[Cell]:
    """Units that lead matters past their deadline, in charter order, each with its number. One query."""
    red = ledger.light_filters(rule_for_red())[Light.RED]
    rows = (
        visible_to(user)
        .filter(red, parts__role=AssignmentRole.LEAD)
        .order_by("parts__unit__order", "parts__unit")
        .values_list("parts__unit", "parts__unit__short_name", "parts__unit__order")
        .annotate(number=Count("pk"))
    )
    return [Cell(name, number, rows_at(light=Light.RED, lead=pk)) for pk, name, _order, number in rows]
