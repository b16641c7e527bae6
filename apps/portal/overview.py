"""总览: how many matters stand where, by lamp, unit, month and duty clause; every number knows its rows.

Only counts, a few GROUP BY queries over what the user may see. Lamps are defined in `action_items.ledger` alone.
Units stand in charter order: nobody is ranked (减负).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.action_items import deadlines, ledger
from apps.action_items.enums import OPEN_STATES, Light
from apps.action_items.lights import Rule
from apps.action_items.models import ActionItem, ItemUnit
from apps.action_items.selectors import (
    days_of,
    places_in,
    rule_for_red,
    rule_on,
    seen_list,
    sight_of,
    slotted_rule,
)
from apps.common.prepared import Prepared, Slot, prepare
from apps.duties.models import Duty
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
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
    return f"{_ledger()}?{query}" if query else _ledger()


@cache
def _ledger() -> str:
    return reverse("action_items:list")


def overview_of(user: Any) -> Overview:
    """The reader's own overview as of today. Two queries besides standing, units, setting and calendar."""
    rule = rule_on()
    starts = list(months_around(rule.as_of))
    counts = _counts(rule, starts, sight_of(user))
    by_month = {pk: row for (word, pk), row in counts.items() if word == "month"}
    return Overview(
        day=rule.as_of,
        lamps=_line("", counts.pop(("all", 0), Counter())),
        units=_by_unit({pk: row for (word, pk), row in counts.items() if word == "unit"}),
        months=_by_month(by_month, starts, rule.as_of),
        duties=_by_duty({pk: row for (word, pk), row in counts.items() if word == "duty"}),
    )


# Lamps are counted of what still runs or was stopped. What was closed is all there is less these: it is never judged
# again, and counting whole columns in an index takes the database a tenth of judging their rows. Months are told apart
# of days, not of rows: a day's are counted in the index of their column, and there are no more than 366 days.
_COUNTED = """
WITH {seen_list} told (id, lamp) AS ({running} UNION ALL {stopped}),
marks AS MATERIALIZED (SELECT id, lamp FROM told {seen_mark})
SELECT 'all', 0, lamp, COUNT(*) FROM marks GROUP BY lamp
UNION ALL SELECT 'all', 0, 'total', COUNT(*) FROM {all}
UNION ALL SELECT 'unit', part.unit_id, marks.lamp, COUNT(*) FROM marks JOIN action_items_itemunit part
ON part.item_id = marks.id WHERE part.role = 'lead' GROUP BY part.unit_id, marks.lamp
UNION ALL {of_units}
UNION ALL SELECT 'duty', basis.duty_id, marks.lamp, COUNT(*) FROM marks JOIN action_items_actionitem_duties basis
ON basis.actionitem_id = marks.id GROUP BY basis.duty_id, marks.lamp
UNION ALL {of_duties}
"""
_OF_A_MONTH = """
UNION ALL SELECT 'month', {month}, '{name}', CAST(SUM(number) AS BIGINT) FROM (
    SELECT {field} AS day, COUNT(*) AS number FROM {dated}
    WHERE {field} >= %s AND {field} < %s GROUP BY {field}
) AS {name}_on_a_day GROUP BY 2
"""
_EVERYTHING = {
    "seen_list": "",
    "seen_mark": "",
    "all": "action_items_actionitem",
    # Unit by unit and clause by clause, so that each is counted in its own piece of an index.
    "of_units": """SELECT 'unit', unit.id, 'total', (
        SELECT COUNT(*) FROM action_items_itemunit part WHERE part.unit_id = unit.id AND part.role = 'lead'
    ) FROM roster_unit unit""",
    "of_duties": """SELECT 'duty', duty.id, 'total', (
        SELECT COUNT(*) FROM action_items_actionitem_duties basis WHERE basis.duty_id = duty.id
    ) FROM duties_duty duty""",
    "dated": "action_items_actionitem",
}
_SEEN = {
    "seen_mark": "WHERE id IN (SELECT id FROM seen) OR FALSE",
    "all": "seen",
    "of_units": """SELECT 'unit', unit_id, 'total', COUNT(*) FROM action_items_itemunit
    WHERE role = 'lead' AND (item_id IN (SELECT id FROM seen) OR FALSE) GROUP BY unit_id""",
    "of_duties": """SELECT 'duty', duty_id, 'total', COUNT(*) FROM action_items_actionitem_duties
    WHERE actionitem_id IN (SELECT id FROM seen) OR FALSE GROUP BY duty_id""",
    "dated": "dated",
}
# CASE, so that the few of these months are told by their dates before any is looked up in the list.
_DATED = """dated AS MATERIALIZED (
    SELECT opened_on, closed_on, current_due FROM action_items_actionitem
    WHERE CASE WHEN opened_on >= %s OR closed_on >= %s OR current_due >= %s THEN id IN (SELECT id FROM seen) END
),"""


def _counts(
    rule: Rule, starts: list[date], sight: dict[str, Any] | None
) -> dict[tuple[str, int], Counter[str]]:
    """("all", 0), ("unit", id) or ("duty", id) → a number a lamp, the stopped ones, and all of them.

    ("month", place of its first day in `starts`) → a number a series. One query.
    """
    found: dict[tuple[str, int], Counter[str]] = {}
    question = _counted(None if sight is None else len(sight["units"]), rule.owed_red_until is None)
    days = {f"month{place}": day for place, day in enumerate([*starts, _next(starts[-1])])}
    for word, pk, lamp, number in question.run(**days_of(rule), **days, **places_in(sight)):
        if number or word == "all":
            found.setdefault((word, pk), Counter())[lamp] = number
    for (word, _pk), row in found.items():
        if word != "month":
            row[Light.CLOSED] = 2 * row["total"] - row.total()
    return found


@cache
def _counted(units: int | None, never_by_report: bool) -> Prepared:
    """The question of `_counts` for a reader of so many units (None: of all), composed once."""
    rule = slotted_rule(never_by_report)
    lights = {light: where for light, where in ledger.light_filters(rule).items() if light != Light.CLOSED}
    lamp = Case(*(When(where, then=Value(str(light))) for light, where in lights.items()))
    rows = ActionItem.objects.order_by()
    running = prepare(rows.filter(state__in=OPEN_STATES).values_list("pk", lamp))
    stopped = prepare(rows.filter(ledger.state_filters(rule)[STOPPED]).values_list("pk", Value(STOPPED)))
    parts: dict[str, str] = {"running": running.sql, "stopped": stopped.sql, **_EVERYTHING}
    params = [*running.params, *stopped.params]
    if units is not None:
        seen = seen_list(units)
        parts |= {**_SEEN, "seen_list": f"{seen.sql}, {_DATED}"}
        params[:0] = [*seen.params, *[Slot("month0")] * len(_SERIES)]
    months = _months(parts["dated"])
    return Prepared(_COUNTED.format(**parts) + months.sql, [*params, *months.params])


def _months(dated: str) -> Prepared:
    """The part of the question that counts by month, from the table `dated`; slots month0 … for their first days."""
    places = range(MONTHS_BEFORE + MONTHS_AFTER + 1)
    tests = " ".join(f"WHEN day < %s THEN {place}" for place in places)
    bounds = [Slot("month0"), Slot(f"month{len(places)}")]
    params = [*(Slot(f"month{place + 1}") for place in places), *bounds]
    sql = (
        _OF_A_MONTH.format(month=f"CASE {tests} END", name=name, field=field, dated=dated)
        for name, field in _SERIES.items()
    )
    return Prepared("".join(sql), params * len(_SERIES))


def _line(label: str, row: Counter[str], note: str = "", **chosen: Any) -> Line:
    """The line's numbers from a row of counts, each with the address of its rows."""
    here = rows_at(**chosen)
    also = f"{here}{'&' if chosen else '?'}"
    lamps = [Cell(str(light), row[light], f"{also}light={light}") for light in Light]
    stopped = Cell(STOPPED, row[STOPPED], f"{also}state={STOPPED}")
    return Line(label, (*lamps, stopped), Cell("total", row["total"], here), note)


def _by_unit(rows: dict[int, Counter[str]]) -> list[Line]:
    """Lead units in charter order; a matter of several leads stands under each of them."""
    lines = [_line(unit.short_name, rows.pop(unit.pk), lead=unit.pk) for unit in units() if unit.pk in rows]
    # A unit that left and still leads something stands behind those that are members.
    left = Unit.objects.filter(pk__in=rows).order_by("order", "pk") if rows else ()
    return lines + [_line(unit.short_name, rows[unit.pk], lead=unit.pk) for unit in left]


def _by_duty(rows: dict[int, Counter[str]]) -> list[Line]:
    """Duty clauses some matter rests on: the joint meeting's first, then the units' in charter order. One query."""
    clauses = Duty.objects.filter(pk__in=rows).order_by("unit__order", "seq", "pk")
    found = list(clauses.values_list("pk", "unit__short_name", "seq", "text"))
    # Databases differ on where NULL sorts: the joint meeting's own clauses have no unit.
    found.sort(key=lambda row: row[1] is not None)
    return [_line(_clause(unit, seq), rows[pk], text, duty=pk) for pk, unit, seq, text in found]


def _clause(unit: str | None, seq: int) -> str:
    return _("%(owner)s第%(seq)s项") % {"owner": unit or _("联席会议"), "seq": seq}


def _by_month(rows: dict[int, Counter[str]], starts: list[date], day: date) -> list[Month]:
    """Opened, closed and due in each month around the day."""
    none: Counter[str] = Counter()
    return [
        Month(
            start,
            tuple(_of_month(name, start, rows.get(place, none)) for name in _SERIES),
            start == day.replace(day=1),
        )
        for place, start in enumerate(starts)
    ]


def _of_month(name: str, start: date, row: Counter[str]) -> Cell:
    last = _next(start) - timedelta(days=1)
    url = rows_at(**{f"{name}_from": start.isoformat(), f"{name}_to": last.isoformat()})
    return Cell(name, row[name], url)


def months_around(day: date) -> Iterator[date]:
    """First days of the months shown, this month's among them."""
    number = day.year * 12 + day.month - 1
    for month in range(number - MONTHS_BEFORE, number + MONTHS_AFTER + 1):
        yield date(month // 12, month % 12 + 1, 1)


def _next(start: date) -> date:
    return (start + timedelta(days=31)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Late:
    """What the office is behind: `red` is overdue matters by lead unit in charter order, `missed` the reports missed."""

    red: list[Cell]
    missed: Cell


def late() -> Late:
    """Matters past their deadline by unit, and those whose report was missed (漏报): for those who see all.

    One query.
    """
    rule = rule_for_red()
    rows = _late(rule.owed_red_until is None).run(
        as_of=rule.as_of, owed_red_until=rule.owed_red_until, asked=deadlines.last_asked(rule.as_of)
    )
    units = sorted((order, pk, name, number) for pk, name, order, number in rows if pk)
    red = [Cell(name, number, rows_at(light=Light.RED, lead=pk)) for _order, pk, name, number in units]
    missed = sum(number for pk, _name, _order, number in rows if not pk)
    return Late(red, Cell(str(_("漏报")), missed, rows_at(missed=1)))


@cache
def _late(never_by_report: bool) -> Prepared:
    """The question of `late`, composed once. `never_by_report`: a missed report turns nothing red."""
    red = ledger.light_filters(slotted_rule(never_by_report))[Light.RED]
    leads = ItemUnit.objects.filter(role=AssignmentRole.LEAD, item__in=ActionItem.objects.filter(red))
    units = leads.order_by().values_list("unit", "unit__short_name", "unit__order")
    silent = ActionItem.objects.filter(deadlines.missed_since(Slot("as_of"), Slot("asked"))).order_by()
    nobody = silent.values_list(Value(0), Value(""), Value(0))
    return prepare(units.annotate(number=Count("pk")).union(nobody.annotate(number=Count("*")), all=True))
