"""总览: every number is the number of its rows, the same queries for 3 and for 300 items, charts true to scale."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.action_items import selectors
from apps.action_items import services as items
from apps.action_items.asking import Question
from apps.action_items.enums import Light
from apps.action_items.forms.ledger import LedgerFilter
from apps.action_items.models import ActionItem, ItemUnit
from apps.duties.models import Duty
from apps.portal import charts, overview
from apps.portal.overview import Cell, Line, Month
from apps.roster.enums import AssignmentRole
from apps.roster.selectors import standing_of
from tests.action_items.test_services import make
from tests.factories.people import People, client_of

Login = Callable[[Any], Client]
SAMPLE_DAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
QUERIES = (
    9  # session, user, standing, calendar, settings, counts with months, units, clauses, messages not read
)


def values(line: Line) -> list[int]:
    return [cell.value for cell in line.cells]


def refs(client: Client, url: str) -> set[str]:
    """What the ledger lists at an address, over all its pages."""
    page = client.get(url)
    assert page.status_code == 200
    found = {line["item"].ref for line in page.context["lines"]}
    assert not page.context["page_obj"].has_next()
    return found


@pytest.mark.core
@time_machine.travel(SAMPLE_DAY)
def test_the_sample_meetings_as_the_office_sees_them(past: People) -> None:
    found = overview.overview_of(past.office)
    assert found.day == date(2026, 11, 23)
    assert [cell.name for cell in found.lamps.cells] == [*Light, "stopped"]
    assert (values(found.lamps), found.lamps.total.value) == ([2, 3, 6, 1, 4, 0], 16)
    assert {line.label: values(line) for line in found.units} == {
        "市卫健委": [0, 1, 2, 1, 2, 0],
        "市发改委": [0, 0, 1, 0, 1, 0],
        "市教育局": [1, 0, 0, 0, 0, 0],
        "市工信局": [0, 0, 0, 0, 1, 0],
        "市民政局": [0, 0, 1, 0, 0, 0],
        "市财政局": [0, 1, 0, 0, 0, 0],
        "市人社局": [1, 0, 1, 0, 0, 0],
        "市住建局": [0, 1, 0, 0, 0, 0],
        "市国资委": [0, 0, 0, 0, 1, 0],
        "市医保局": [0, 0, 1, 0, 0, 0],
        "市总工会": [0, 0, 0, 0, 1, 0],
    }
    by_month = {f"{month.start:%Y-%m}": [cell.value for cell in month.cells] for month in found.months}
    assert by_month == {
        "2026-03": [0, 0, 0], "2026-04": [9, 1, 1], "2026-05": [0, 1, 1], "2026-06": [0, 1, 1],
        "2026-07": [0, 0, 0], "2026-08": [0, 0, 1], "2026-09": [7, 1, 0], "2026-10": [0, 0, 1],
        "2026-11": [0, 0, 3], "2026-12": [0, 0, 6], "2027-01": [0, 0, 0], "2027-02": [0, 0, 0],
    }  # fmt: skip
    assert [f"{month.start:%Y-%m}" for month in found.months if month.is_now] == ["2026-11"]


@time_machine.travel(SAMPLE_DAY)
def test_units_and_clauses_stand_in_charter_order(past: People) -> None:
    found = overview.overview_of(past.office)
    order = [unit.short_name for unit in overview.units()]
    assert [line.label for line in found.units] == [
        name for name in order if name in {u.label for u in found.units}
    ]
    rows = Duty.objects.filter(items__isnull=False).distinct().select_related("unit")
    wanted = sorted(
        rows, key=lambda row: (row.unit is not None, row.unit.order if row.unit else 0, row.seq, row.pk)
    )
    assert [(line.label, line.note, line.total.value) for line in found.duties] == [
        (f"{row.unit.short_name if row.unit else '联席会议'}第{row.seq}项", row.text, row.items.count())
        for row in wanted
    ]


@time_machine.travel(SAMPLE_DAY)
def test_every_number_leads_to_its_rows(past: People, client_of: Login) -> None:
    office = client_of(past.office)
    found = overview.overview_of(past.office)
    lines = [found.lamps, *found.units]
    cells = [cell for line in lines for cell in (*line.cells, line.total)]
    cells += [cell for month in found.months for cell in month.cells if cell.name != "due"]
    assert {cell.url: len(refs(office, cell.url)) for cell in cells} == {
        cell.url: cell.value for cell in cells
    }
    assert refs(office, found.units[1].cells[2].url) == {"M1-2"}


@time_machine.travel(SAMPLE_DAY)
def test_what_the_ledger_filters_elsewhere_is_asked_by_its_names(past: People) -> None:
    found = overview.overview_of(past.office)
    december = next(month for month in found.months if month.start == date(2026, 12, 1))
    assert dict(parse_qsl(urlsplit(december.cells[2].url).query)) == {
        "due_from": "2026-12-01", "due_to": "2026-12-31",
    }  # fmt: skip
    clause = found.duties[0]
    duty = Duty.objects.get(text=clause.note, items__isnull=False)
    assert dict(parse_qsl(urlsplit(clause.total.url).query)) == {"duty": str(duty.pk)}
    assert dict(parse_qsl(urlsplit(clause.cells[0].url).query)) == {"light": "red", "duty": str(duty.pk)}


@time_machine.travel(SAMPLE_DAY)
def test_a_unit_counts_its_own_and_joint_matters_only(past: People, client_of: Login) -> None:
    user = past.liaison("jiaoyuju")
    own = set(selectors.visible_to(user).values_list("ref", flat=True))
    assert own == {"M1-1", "M1-4", "M1-5", "M1-8"}
    found = overview.overview_of(user)
    assert (values(found.lamps), found.lamps.total.value) == ([1, 0, 0, 1, 2, 0], 4)
    assert {line.label: line.total.value for line in found.units} == {
        "市卫健委": 3,
        "市教育局": 1,
        "市总工会": 1,
    }
    page = client_of(user).get("/overview/")
    assert page.status_code == 200
    assert "市人社局" not in page.content.decode()


def test_a_visitor_without_a_grant_counts_nothing(people: People, client_of: Login) -> None:
    make(people, "jiaoyuju")
    assert overview.overview_of(people.visitor).lamps.total.value == 0
    page = client_of(people.visitor).get("/overview/")
    assert page.status_code == 200
    assert "还没有议定事项" in page.content.decode()


def test_a_stopped_matter_is_in_the_total_and_under_no_lamp(people: People, client_of: Login) -> None:
    make(people, "jiaoyuju")
    row = make(people, "jiaoyuju")
    ActionItem.objects.filter(pk=row.pk).update(state="terminated", ended_on=date(2026, 1, 1))
    [line] = overview.overview_of(people.office).units
    assert (sum(values(line)), line.cells[-1].value, line.total.value) == (2, 1, 2)
    office = client_of(people.office)
    assert refs(office, line.cells[-1].url) == {"T-2"}
    assert refs(office, line.total.url) == {"T-1", "T-2"}


@pytest.mark.parametrize("rows", [3, 300])
def test_three_hundred_matters_cost_what_three_cost(rows: int, people: People, client_of: Login) -> None:
    first = make(people, "jiaoyuju")
    duty = Duty.objects.filter(unit__code="jiaoyuju")[0]
    fields = {"source_kind": "minutes", "source_label": "示例", "opened_on": date(2026, 4, 1), "text": "示例"}
    made = ActionItem.objects.bulk_create(
        [ActionItem(ref=f"B-{n}", seq=n, **fields) for n in range(rows - 1)]
    )
    unit = people.unit("jiaoyuju")
    ItemUnit.objects.bulk_create(
        [ItemUnit(item=row, unit=unit, role=AssignmentRole.LEAD, position=1) for row in made]
    )
    for row in [first, *made[:5]]:
        row.duties.add(duty)
    office = client_of(people.office)
    office.get("/overview/")
    with CaptureQueriesContext(connection) as asked:
        page = office.get("/overview/")
    assert (page.context["overview"].lamps.total.value, len(asked)) == (rows, QUERIES)


def test_hidden_dates_narrow_the_ledger_and_a_wrong_one_does_nothing(
    people: People, client_of: Login
) -> None:
    make(people, "jiaoyuju")
    office = client_of(people.office)
    assert refs(office, "/items/?opened_to=2020-01-01") == set()
    assert refs(office, "/items/?opened_to=gestern&closed_from=%00") == {"T-1"}
    form = LedgerFilter(QueryDict("opened_from=2026-04-01&opened_to=2026-04-30"))
    assert form.in_words() == "交办自：2026-04-01；交办至：2026-04-30"


# --- charts ---------------------------------------------------------------


def cell(name: str, value: int) -> Cell:
    return Cell(name, value, "")


def test_bars_are_to_one_scale_and_stay_in_the_picture() -> None:
    long = Line("a", (cell("red", 1), cell("green", 999)), cell("total", 1000))
    short = Line("b", (cell("red", 0), cell("green", 100)), cell("total", 100))
    found = charts.bars([long, short])
    [red, green] = found[0].boxes
    [only] = found[1].boxes
    assert (red.x, red.width, green.x) == (0.0, charts.LEAST, charts.LEAST)
    assert green.x + green.width <= charts.BAR_WIDTH
    assert only.width == pytest.approx(green.width * 100 / 999, abs=0.01)
    assert (only.name, only.value) == ("green", 100)


def test_columns_reach_the_top_and_none_is_drawn_for_nothing() -> None:
    months = [
        Month(date(2026, 12, 1), (cell("opened", 0), cell("closed", 5), cell("due", 10))),
        Month(date(2027, 1, 1), (cell("opened", 0), cell("closed", 0), cell("due", 0)), is_now=True),
    ]
    first, second = charts.columns(months)
    assert [box.height for box in first.boxes] == [0.0, charts.PLOT_HEIGHT / 2, charts.PLOT_HEIGHT]
    assert first.boxes[2].y == charts.PLOT_TOP
    assert [box.height for box in second.boxes] == [0.0, 0.0, 0.0]
    assert [(group.label, group.is_now) for group in (first, second)] == [
        ("2026年12月", False), ("2027年1月", True),
    ]  # fmt: skip


def test_charts_of_nothing_are_empty() -> None:
    assert charts.bars([]) == []
    assert charts.columns([]) == []
    [bar] = charts.lamp_bars([cell("red", 0)])
    assert bar.boxes == ()


def test_every_lamp_has_a_glyph_of_its_own() -> None:
    assert set(overview.GLYPHS) == {*Light, overview.STOPPED}
    assert len(set(overview.GLYPHS.values())) == len(overview.GLYPHS)


def test_a_clause_that_was_revised_still_leads_to_its_rows(past: People, client_of: Login) -> None:
    duty = Duty.objects.filter(items__isnull=False, ends_on__isnull=True).order_by("pk")[0]
    duty.ends_on = date(2026, 11, 1)
    duty.save()
    [line] = [row for row in overview.overview_of(past.office).duties if f"duty={duty.pk}" in row.total.url]
    client = client_of(past.office)
    assert len(refs(client, line.total.url)) == line.total.value < ActionItem.objects.count()


def test_a_unit_that_left_still_counts_and_leads_to_its_own_matters_only(past: People) -> None:
    unit = past.unit("jiaoyuju")  # it leads one of the two matters that are red
    unit.left_on = date(2026, 10, 1)
    unit.save()
    [line] = [row for row in overview.overview_of(past.office).units if row.label == unit.short_name]
    client, mine = (
        client_of(past.office),
        set(ItemUnit.objects.filter(unit=unit, role=AssignmentRole.LEAD).values_list("item__ref", flat=True)),
    )
    assert set(refs(client, line.total.url)) == mine
    [card] = [cell for cell in overview.late().red if cell.name == unit.short_name]
    assert (card.value, len(refs(client, card.url))) == (1, 1)
    assert set(refs(client, card.url)) < mine | {""}
    page = client.get(card.url).content.decode()
    assert "市教育局（已退出）" in page


def told(user: Any) -> dict[str, Any]:
    """The same figures item by item: by the lamp's own rule, of what the parts and the heirs say is seen."""
    rule, units = selectors.rule_on(), standing_of(user).units
    rows = list(ActionItem.objects.prefetch_related("parts__unit", "duties"))
    mine = {
        row.pk for row in rows
        if row.all_support or row.blocked_from_id in units or units & {part.unit_id for part in row.parts.all()}
    }  # fmt: skip
    found: dict[str, Any] = {"lamps": Counter(), "months": Counter(), "units": {}, "duties": {}}
    for row in rows:
        if not (standing_of(user).reads_all or row.pk in mine or row.merged_into_id in mine):
            continue
        stopped = row.ended_on is not None
        lamp = "stopped" if stopped else str(rule.judge(selectors.snapshot_now(row)).light)
        found["lamps"][lamp] += 1
        for name, day in (("opened", row.opened_on), ("closed", row.closed_on), ("due", row.current_due)):
            found["months"].update([(name, day.replace(day=1))] if day else [])
        for part in row.parts.all():
            if part.role == AssignmentRole.LEAD:
                found["units"].setdefault(part.unit.short_name, Counter())[lamp] += 1
        for duty in row.duties.all():
            found["duties"].setdefault(duty.text, Counter())[lamp] += 1
    return found


def shown(line: Line) -> Counter[str]:
    assert sum(values(line)) == line.total.value
    return Counter({cell.name: cell.value for cell in line.cells if cell.value})


@pytest.mark.core
@time_machine.travel(SAMPLE_DAY)
def test_the_figures_are_exact_after_every_act(past: People) -> None:
    duty = list(Duty.objects.filter(unit__code="jiaoyuju"))
    one, two, three = (make(past, "jiaoyuju", "kejiju", duties=duty) for _item in range(3))
    four = make(past, "minzhengju", supports=(), duties=duty, all_support=True)
    readers = [past.office, past.liaison("jiaoyuju"), past.liaison("minzhengju"), past.liaison("shengtaiju")]
    liaison, lead = past.liaison("jiaoyuju"), past.unit("jiaoyuju")
    merger = items.Proposed("merge", "内容相同", four)
    acts: list[Callable[[], Any]] = [
        lambda: items.report(one, items.Progress(text="x", assessment="behind"), unit=lead, by=liaison),
        lambda: items.ask_close(
            one, items.Progress(text="x"), unit=lead, completed_on=one.opened_on, by=liaison
        ),
        lambda: items.return_close(one, reason="缺材料", by=past.office),
        lambda: items.ask_close(
            one, items.Progress(text="x"), unit=lead, completed_on=one.opened_on, by=liaison
        ),
        lambda: items.close(one, closed_on=one.opened_on, by=past.office),
        lambda: items.propose_ending(two, items.Proposed("terminate", "不再需要"), by=past.convener),
        lambda: items.decide_ending(
            items.propose_ending(three, merger, by=past.office), approve=True, by=past.convener
        ),
        four.duties.clear,
        lambda: ItemUnit.objects.filter(item=one, unit=past.unit("kejiju")).delete(),
    ]
    for act in (lambda: None, *acts):
        act()
        for row in (one, two, three, four):
            row.refresh_from_db()
        for user in readers:
            found, wanted = overview.overview_of(user), told(user)
            assert shown(found.lamps) == wanted["lamps"]
            assert {line.label: shown(line) for line in found.units} == wanted["units"]
            assert {line.note: shown(line) for line in found.duties} == wanted["duties"]
            months = {(cell.name, month.start): cell.value for month in found.months for cell in month.cells}
            assert months == {at: wanted["months"][at] for at in months}
            for chosen, number in (
                ({"state": "stopped"}, wanted["lamps"]["stopped"]),
                ({}, found.lamps.total.value),
            ):
                counts, page, rows = Question(user, chosen).page(None)
                assert (counts.pop("chosen"), page.paginator.count, len(rows)) == (number, number, number)
            kinds = [*(str(light) for light in Light), "stopped"]
            assert Counter(counts) == Counter(
                {kind: wanted["lamps"][kind] for kind in kinds} | {"all": number}
            )
