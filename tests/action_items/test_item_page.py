"""The page of one item: its way to the passage, the time held at each step, the same queries for one report and three."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.action_items import item_life, item_page, item_reading, services
from apps.action_items.models import ActionItem
from apps.action_items.pages import day_off_words
from apps.action_items.services import Asked, Given, Progress, Proposed
from apps.common import calendar
from apps.minutes.models import Passage
from apps.roster.selectors import today
from tests.factories.people import People

from .test_extending import scan
from .test_services import make

Login = Callable[[Any], Client]
SAMPLE_DAY = datetime(2026, 11, 23, 2, tzinfo=UTC)


def read(pk: int) -> ActionItem:
    return item_reading.fill(item_reading.with_flags(ActionItem.objects.all()).get(pk=pk))


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_report_and_for_three(
    rows: int, people: People, client_of: Login
) -> None:
    item = make(people, "jiaoyuju", "kejiju", "minzhengju")
    for code in ("jiaoyuju", "kejiju", "minzhengju")[:rows]:
        services.report(item, Progress(text="x"), unit=people.unit(code), by=people.liaison(code))
    url = f"/items/{item.pk}/"
    assert queries(client_of(people.office), url) == 10
    assert queries(client_of(people.liaison("jiaoyuju")), url) == 11  # a unit's name stands in the frame


@pytest.mark.parametrize("rows", [1, 3])
def test_and_with_everything_an_item_can_have(rows: int, people: People, client_of: Login) -> None:
    item, other = make(people, "jiaoyuju"), make(people, "jiaoyuju")
    unit, user = people.unit("jiaoyuju"), people.liaison("jiaoyuju")
    merged = services.propose_ending(other, Proposed("merge", "x", item), by=people.office)
    services.decide_ending(merged, approve=True, by=people.convener)
    for n in range(rows):
        services.report(item, Progress(text="x", files=(scan(),)), unit=unit, by=user)
        services.direct(item, Given("请抓紧", "市政府×××", today(), scan()), by=people.office)
        asked = Asked("x", date(2030, 1, 1) + timedelta(days=n), files=(scan(),))
        services.withdraw_extension(services.ask_extension(item, asked, unit=unit, by=user), by=user)
        ending = services.propose_ending(item, Proposed("terminate", "x"), by=people.office)
        services.withdraw_ending(ending, by=people.office)
    assert queries(client_of(people.office), f"/items/{item.pk}/") == 16


def test_nothing_read_is_read_again(people: People, django_assert_num_queries: Any) -> None:
    """What `fill` left out because there is none costs no query when the page asks for it."""
    item = read(make(people, "jiaoyuju").pk)
    with django_assert_num_queries(0):
        assert [list(item.extensions.all()), list(item.endings.all()), list(item.directives.all())] == [
            [],
            [],
            [],
        ]
        assert [list(item.merged.all()), list(item.duties.all()), list(item.reports.all())] == [[], [], []]
        assert [row.unit.short_name for row in item.parts.all()] == ["市教育局", "市生态环境局"]


@time_machine.travel(SAMPLE_DAY)
def test_the_source_leads_to_its_passage_for_office_and_units(past: People, client_of: Login) -> None:
    item = ActionItem.objects.get(ref="M2-6")
    for user in (past.office, past.liaison("zhujianju")):
        client = client_of(user)
        source = client.get(f"/items/{item.pk}/").context["facts"][0]
        address, _hash, anchor = source["url"].partition("#")
        assert anchor == item.source_anchor != ""
        page = client.get(address).content.decode()
        assert f'id="{anchor}"' in page
        assert item.text[:12] in page.partition(f'id="{anchor}"')[2][:400]


@time_machine.travel(SAMPLE_DAY)
def test_a_unit_reads_what_is_printed_and_nothing_withheld(past: People, client_of: Login) -> None:
    item = ActionItem.objects.get(ref="M2-6")
    minutes = item.source_paper.number.minutes  # type: ignore[union-attr]
    passage = minutes.passages.filter(kind="resolution").exclude(text__contains=item.text[:12])[0]
    address, client = minutes.get_absolute_url(), client_of(past.liaison("zhujianju"))
    assert f'id="passage-{passage.pk}"' in client.get(address).content.decode()
    Passage.objects.filter(pk=passage.pk).update(withheld=True)
    page = client.get(address).content.decode()
    assert (f'id="passage-{passage.pk}"' in page, passage.text[:12] in page) == (False, False)


@time_machine.travel(SAMPLE_DAY)
def test_a_visitor_to_one_item_gets_no_way_to_the_minutes(past: People) -> None:
    item = ActionItem.objects.get(ref="M2-6")
    assert item_page.at_passage(item, "") == ""
    from apps.action_items import selectors

    assert selectors.paper_link(item, past.visitor) == ""


def walked(people: People) -> ActionItem:
    """Opened on a Thursday, signed for on the Monday, asked to close after 95 days, returned, asked again, closed."""
    unit, user = people.unit("jiaoyuju"), people.liaison("jiaoyuju")
    item = make(people, "jiaoyuju", opened_on=date(2026, 4, 9), due_on=date(2026, 12, 31))
    for day, act in (
        (date(2026, 4, 13), lambda row: services.sign_for(row, by=user)),
        (date(2026, 7, 17), lambda row: services.ask_close(row, Progress(text="已完成"), unit=unit, by=user)),
        (date(2026, 7, 20), lambda row: services.return_close(row, reason="缺佐证", by=people.office)),
        (date(2026, 7, 25), lambda row: services.ask_close(row, Progress(text="补齐"), unit=unit, by=user)),
        (date(2026, 7, 27), lambda row: services.close(row, by=people.office)),
    ):
        with time_machine.travel(datetime(day.year, day.month, day.day, 2, tzinfo=UTC), tick=False):
            act(ActionItem.objects.get(pk=item.pk))
    return read(item.pk)


def test_the_time_held_at_each_step(people: People, workdays: None) -> None:
    item = walked(people)
    found = item_life.held(item, item_life.events_of(item), date(2026, 11, 23))
    assert [step.words for step in found] == ["待签收2个工作日", "推进70个工作日", "申请办结2个工作日"]
    open_item = read(make(people, "kejiju", opened_on=date(2026, 11, 2)).pk)
    waiting = item_life.held(open_item, item_life.events_of(open_item), date(2026, 11, 9))
    assert [step.words for step in waiting] == ["待签收5个工作日（至今）"]


@time_machine.travel(SAMPLE_DAY)
def test_imported_items_were_signed_for_as_they_were_received(past: People) -> None:
    item = read(ActionItem.objects.get(ref="M1-9").pk)
    assert item.closed_on is not None
    found = item_life.held(item, item_life.events_of(item), today())
    days = calendar.current().workdays_left(item.opened_on, item.closed_on)
    assert [step.words for step in found] == ["待签收0个工作日", f"推进{days}个工作日"]


@time_machine.travel(SAMPLE_DAY)
def test_an_extension_is_told_with_both_dates_and_its_count(past: People, client_of: Login) -> None:
    item = read(ActionItem.objects.get(ref="M1-7").pk)
    assert (item.due_on, item.current_due, item.times_extended) == (date(2026, 9, 30), date(2026, 12, 15), 1)
    entry = item_life.extensions(item)[0]
    assert (entry["number"], entry["label"], entry["colour"]) == (1, "同意", "green")
    page = client_of(past.office).get(f"/items/{item.pk}/").content.decode()
    assert "2026年12月15日（原定2026年9月30日，经同意延期1次）" in page


def test_a_deadline_on_a_day_off_says_so(people: People, workdays: None, client_of: Login) -> None:
    assert day_off_words(date(2026, 12, 11)) == ""
    assert day_off_words(date(2026, 10, 10)) == ""  # a Saturday on which people work
    assert day_off_words(date(2026, 12, 12)) == "时限12月12日（周六）不上班，此前最后一个工作日是12月11日。"
    assert day_off_words(date(2026, 10, 5)) == "时限10月5日（周一）不上班，此前最后一个工作日是9月30日。"
    assert day_off_words(date(2027, 1, 2)).endswith("（该年的工作日历还没有录入，按周一至周五计算）。")
    item = make(people, "jiaoyuju", due_on=date(2027, 1, 2))
    facts = client_of(people.office).get(f"/items/{item.pk}/").context["facts"]
    assert [str(fact["label"]) for fact in facts] == ["来源", "交办日期", "完成时限", "请注意"]


def test_who_signed_for_it_and_when(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju")
    services.sign_for(item, by=people.liaison("jiaoyuju"))
    page = client_of(people.office).get(f"/items/{item.pk}/")
    rows = [
        (e["part"].unit.code, str(e["part"].signed_by or ""), e["reported_on"]) for e in page.context["parts"]
    ]
    assert rows == [("jiaoyuju", "市教育局经办人A", None), ("shengtaiju", "", None)]
    assert "签收（市教育局经办人A）" in page.content.decode()


def test_the_buttons_of_each_role(people: People) -> None:
    item = make(people, "jiaoyuju")

    def names(user: Any) -> tuple[list[str], list[str]]:
        bar, seldom = item_page.buttons(user, read(item.pk))
        return [row["name"] for row in bar], [row["name"] for row in seldom]

    assert names(people.liaison("jiaoyuju")) == (["sign_for", "report", "ask_extension", "ask_close"], [])
    assert names(people.liaison("shengtaiju")) == (["sign_part", "report"], [])
    assert names(people.office) == (["report", "ask_extension", "ask_close", "direct"], ["propose_ending"])
    assert names(people.convener) == (["direct"], ["propose_ending"])
    assert names(people.auditor) == ([], [])
