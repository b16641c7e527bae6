"""The check before a record is closed: what it finds, where it leads, and that it never stands in the way."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.duties.models import Duty
from apps.meetings import checks, services
from apps.meetings.models import Meeting, RoomPresence
from tests.factories.people import People, client_of

from . import make

pytestmark = [pytest.mark.django_db]


def _codes(meeting: Meeting, people: People) -> list[str]:
    return [row.code for row in checks.findings(meeting, by=people.office)]


def _all_signed(meeting: Meeting, people: People) -> None:
    for row in meeting.attendance.filter(status="expected"):
        services.sign(row, status="present", by=people.office)


def test_an_empty_record_is_named_item_by_item_and_so_are_those_not_signed(people: People) -> None:
    meeting = make.recording(people)
    services.add_spot_item(meeting, title="通报有关情况", basis="主持人同意", by=people.office)
    found = checks.findings(meeting, by=people.office)
    assert [(row.code, row.item.title if row.item else "") for row in found] == [
        ("item_empty", "研究救治救助保障衔接事项"), ("item_empty", "通报有关情况"), ("not_signed", ""),
    ]  # fmt: skip
    assert (
        found[-1].words
        == "市卫健委叶一帆、市科技局孙中虎、市工信局黄海平、市卫健委吴光腾未签到，请登记出席、请假或缺席。"
    )


def test_a_whole_resolution_has_nothing_to_find(people: People) -> None:
    block = make.block(people, text="由市发改委在2026年12月31日前做好规划衔接")
    duty = Duty.objects.current().filter(unit__code="fagaiwei")[0]
    services.save_block(
        block, version=1, text=block.text, by=people.office, leads=[people.unit("fagaiwei")],
        due_on=date(2026, 12, 31), duties=[duty],
    )  # fmt: skip
    _all_signed(block.meeting, people)
    assert _codes(block.meeting, people) == []


def test_what_a_resolution_lacks_or_contradicts(people: People) -> None:
    block = make.block(people, text="由市工信局会同市科技局在2026年6月30日前完成")
    foreign = Duty.objects.current().filter(unit__code="fagaiwei")[0]
    services.save_block(
        block, version=1, text=block.text, by=people.office, leads=[people.unit("gongxinju")],
        due_on=date(2026, 9, 30), duties=[foreign],
    )  # fmt: skip
    found = [row for row in checks.findings(block.meeting, by=people.office) if row.block]
    assert [(row.code, row.words) for row in found] == [
        ("date_differs", "文字里写的是2026年6月30日，完成时限选的是2026年9月30日。"),
        ("unit_only_in_words", "文字里提到市科技局，牵头、配合单位里没有。"),
        ("lead_away", "牵头的市工信局没有人签到，征求意见时会单独征询。"),
        ("named_away", "市科技局没有人到会，请核对文字和分工。"),
        ("foreign_clause", "勾选的职责依据不是牵头单位的职责。"),
    ]
    assert [row.gap for row in found] == [False] * 5


def test_gaps_are_what_the_draft_will_mark(people: People) -> None:
    block = make.block(people, text="建立治理企业台账")
    found = [row for row in checks.findings(block.meeting, by=people.office) if row.block]
    assert [(row.code, row.gap, row.place) for row in found] == [
        ("no_lead", True, "议定事项第1项"), ("no_deadline", True, "议定事项第1项"),
    ]  # fmt: skip
    services.save_block(block, version=1, text="6月底前建立台账", by=people.office)
    codes = [(row.code, row.gap) for row in checks.findings(block.meeting, by=people.office) if row.block]
    assert codes == [("no_lead", True), ("date_only_in_words", True)]
    services.save_block(block, version=2, text="建立台账", in_principle=True, by=people.office)
    assert [row.code for row in checks.findings(block.meeting, by=people.office) if row.block] == []


def test_words_that_are_no_recurrence_an_empty_block_and_an_item_without_a_decision(people: People) -> None:
    block = make.block(people, text="开展监测")
    services.save_block(
        block, version=1, text="开展监测", by=people.office, leads=[people.unit("fagaiwei")], recurrence="有空就报",
    )  # fmt: skip
    item = services.add_spot_item(block.meeting, title="研究经费", basis="主持人同意", by=people.office)
    services.add_block(item, kind="speech", text="建议增加", by=people.office)
    services.add_block(item, kind="objection", text="", by=people.office)
    codes = _codes(block.meeting, people)
    assert codes == ["recurrence", "no_clause", "nothing_decided", "block_empty", "not_signed"]
    services.add_block(item, kind="note", text="本议题无议定事项", by=people.office)
    assert "nothing_decided" not in _codes(block.meeting, people)


def test_somebody_still_writing_is_named_and_one_who_left_is_not(people: People) -> None:
    block = make.block(people, kind="speech", text="发言")
    row = RoomPresence.objects.create(
        meeting=block.meeting, user=people.office2, agenda_item=block.agenda_item, block=block, seen_at=timezone.now()
    )  # fmt: skip
    assert "still_writing" in _codes(block.meeting, people)
    assert "still_writing" not in [r.code for r in checks.findings(block.meeting, by=people.office2)]
    row.seen_at = timezone.now() - timedelta(minutes=2)
    row.save()
    assert "still_writing" not in _codes(block.meeting, people)


def test_the_page_leads_to_each_place_and_closes_all_the_same(people: People) -> None:
    block = make.block(people)
    client = client_of(people.office)
    page = client.get(reverse("meetings:close", args=[block.meeting_id]))
    assert page.status_code == 200
    html = page.content.decode()
    assert f"record/?item={block.agenda_item_id}&amp;block={block.pk}#block-{block.pk}" in html
    assert reverse("meetings:sign_in", args=[block.meeting_id]) in html
    closed = client.post(reverse("minutes:close_record", args=[block.meeting_id]))
    minutes = Meeting.objects.get(pk=block.meeting_id).minutes
    assert (closed.status_code, closed["Location"]) == (302, reverse("minutes:born", args=[minutes.pk]))
    again = client.get(reverse("meetings:close", args=[block.meeting_id]))
    assert again["Location"] == block.meeting.get_absolute_url()


def test_without_anybody_signed_in_the_page_says_why_it_cannot_be_closed(people: People) -> None:
    meeting = services.start_recording(make.notified(people), chair="叶一帆", by=people.office)
    html = client_of(people.office).get(reverse("meetings:close", args=[meeting.pk])).content.decode()
    assert "还没有成员单位签到，请先完成签到。" in html
    assert reverse("minutes:close_record", args=[meeting.pk]) not in html


def test_only_the_office_looks_and_the_queries_stay_few(
    people: People, django_assert_max_num_queries: object
) -> None:
    block = make.block(people)
    page = reverse("meetings:close", args=[block.meeting_id])
    assert client_of(people.convener).get(page).status_code == 403
    assert client_of(people.liaison("fagaiwei")).get(page).status_code == 403
    assert client_of(people.liaison("jiaoyuju")).get(page).status_code == 404
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        checks.findings(block.meeting, by=people.office)
