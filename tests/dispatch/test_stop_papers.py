"""停止使用通知 and 发文登记表."""

from datetime import date
from typing import Any

import pytest

from apps.dispatch import papers, selectors, services
from apps.dispatch.models import Delivery, Recipient, StopOrder
from apps.documents.composition import Layout, Table, plain_text
from apps.documents.models import ArchivedPaper
from tests.factories.people import People
from tests.factories.printed import faults_of, printed, text_of_sound

pytestmark = pytest.mark.django_db


@pytest.fixture
def copies(people: People, paper: ArchivedPaper) -> list[Delivery]:
    """Seventeen copies sent on paper, one given back, and one that never went out."""
    services.sync_recipients()
    Recipient.objects.filter(unit__code="zonggonghui").update(channel="exchange")
    sent = services.send_paper(paper, recipients=services.issue_list(), by=people.office)
    Delivery.objects.filter(pk__in=[row.pk for row in sent[:-1]]).update(
        state="sent", sent_on=date(2026, 4, 9), channel="paper"
    )
    received = {"state": "received", "received_on": date(2026, 4, 10), "receiver": "×××"}
    Delivery.objects.filter(pk__in=[row.pk for row in sent[:2]]).update(**received)
    Delivery.objects.filter(pk=sent[1].pk).update(returned_on=date(2026, 5, 8), note="原件")
    return selectors.deliveries_of(paper)


@pytest.fixture
def order(copies: list[Delivery]) -> StopOrder:
    return StopOrder.objects.create(
        paper=copies[0].paper, stopped_on=date(2026, 5, 6), reason="因议定事项文字有误。",
        approved_by="召集人叶一帆", letter_number="泉卫函〔2026〕30号",
    )  # fmt: skip


def test_whole_text_of_the_stop_notice(order: StopOrder) -> None:
    paper = papers.stop_notice(order)
    assert text_of_sound(paper) == printed(__file__, "stop_notice")
    assert (paper.layout, paper.number, paper.dated) == (
        Layout.OFFICIAL, "泉卫函〔2026〕30号", date(2026, 5, 6),
    )  # fmt: skip
    assert faults_of(paper) == []


def test_only_those_who_had_the_paper_are_addressed(order: StopOrder) -> None:
    paper = papers.stop_notice(order)
    assert "市总工会" not in paper.addressees  # its copy never went out
    assert len(paper.addressees) == 15
    assert paper.imprint
    assert paper.imprint.report_to == ("市人民政府",)
    table = paper.attachments[0].body[0]
    assert isinstance(table, Table)
    assert table.rows[1:3] == (
        ("1", "市人民政府", "抄报", "纸质送达", "2026年4月10日", ""),
        ("2", "市卫健委", "发送", "纸质送达", "2026年4月10日", "2026年5月8日退回"),
    )
    assert len(table.rows) == 17


def test_a_paper_that_was_never_sent_is_stopped_all_the_same(paper: ArchivedPaper, people: People) -> None:
    order = StopOrder.objects.create(
        paper=paper, stopped_on=date(2026, 5, 6), reason="文字有误", approved_by="召集人"
    )
    found = papers.stop_notice(order)
    assert (found.addressees, found.imprint and found.imprint.report_to) == ((), ())
    assert "\t（没有送出）\t\t\t\t" in plain_text(found)


def test_whole_text_of_the_register(copies: list[Delivery], people: People) -> None:
    rows = selectors.register_rows(people.office, year=2026)
    paper = papers.register(rows, scope="2026年")
    assert text_of_sound(paper) == printed(__file__, "register")
    assert (paper.layout, paper.landscape, paper.marker) == (Layout.SHEET, True, "")
    assert faults_of(paper) == []


def test_the_register_bears_the_mark_of_its_papers(people: People, paper: ArchivedPaper) -> None:
    marked = ArchivedPaper.objects.create(
        kind="minutes", title="示例纪要", pages=1, text="", data={"marker": "示例（虚构）"}, made_at=paper.made_at,
        printed_on=date(2026, 1, 2),
    )  # fmt: skip
    services.sync_recipients()
    services.send_paper(marked, recipients=services.issue_list()[:1], by=people.office)
    rows = selectors.register_rows(people.office, paper=marked)
    assert papers.register(rows, scope="示例").marker == "示例（虚构）"


def test_a_unit_registers_its_own_copies_only(copies: list[Delivery], people: People) -> None:
    own = selectors.register_rows(people.liaison("kejiju"), year=2026)
    assert [row.recipient.name for row in own] == ["市科技局"]
    assert selectors.register_rows(people.office, year=2025) == []
    assert len(selectors.register_rows(people.office, year=2026)) == 17
    assert Recipient.objects.count() == 17


def test_more_copies_cost_no_more_queries(
    order: StopOrder, people: People, django_assert_num_queries: Any
) -> None:
    rows = selectors.register_rows(people.office, year=2026)
    for some in (rows[:1], rows):
        with django_assert_num_queries(2):
            papers.register(some, scope="2026年")
    with django_assert_num_queries(5):
        papers.stop_notice(order)
    Delivery.objects.exclude(pk=rows[0].pk).delete()
    with django_assert_num_queries(4):  # no member unit to compare with all
        papers.stop_notice(order)
