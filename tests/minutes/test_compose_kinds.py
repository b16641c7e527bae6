"""The whole drafted 纪要 of a meeting with tables, 原则同意 and a first item that looks back."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from apps.documents.composition import plain_text
from apps.meetings import follow_up
from apps.meetings import services as meetings
from apps.meetings.enums import AgendaKind
from apps.meetings.models import AgendaItem, Meeting
from apps.minutes import content, papers, services
from apps.minutes.models import Minutes
from apps.minutes.selectors import passages_of
from apps.minutes.workflow import text_is_complete
from tests.factories.people import People
from tests.meetings import make as made

from . import make

pytestmark = [pytest.mark.django_db, pytest.mark.core]

HEAD = """草稿
泉州市职业病防治工作联席会议纪要
〔2027〕　号
尘肺病防治攻坚专题会议（示例）纪要
2027年3月4日下午，联席会议召集人、市卫生健康委员会主任叶一帆在第二会议室主持召开尘肺病防治攻坚专题会议（示例），"""
TAIL = """
出席：市发改委　陈小宝
抄报：市人民政府。
发送：各成员单位。
泉州市职业病防治工作联席会议办公室"""


def second_meeting(people: People) -> tuple[Meeting, list[AgendaItem]]:
    """A meeting being recorded after one whose 纪要 opened items: the first item looks back on them."""
    make.issued(people)
    starts = datetime(2027, 3, 4, 15, tzinfo=timezone.get_default_timezone())
    meeting = made.recording(people, starts_at=starts)
    return meeting, list(meeting.agenda.all())


def drafted(people: People, meeting: Meeting) -> tuple[Minutes, str]:
    """The draft that stands ready when the record is closed, and its printed text."""
    minutes = services.close_record(meeting, by=people.office)
    text = plain_text(papers.paper_of(minutes, number="〔2027〕　号"))
    return minutes, text


def test_tables_stay_in_the_record_and_disturb_no_numbering(people: People) -> None:
    meeting, (back, item) = second_meeting(people)
    gongxinju = people.unit("gongxinju")
    meetings.add_block(back, kind="table", text="事项\t情况\n规划衔接\t正常", by=people.office)
    for kind, words in (
        ("speech", "各县进度不一。"), ("table", "县区\t企业数\n晋江\t12\n南安\t9"),
        ("note", "会议强调，底数要清。"), ("resolution", "1.完成企业摸底；"),
        ("table", "会议指出\t表格里的字\n不进\t纪要"), ("resolution", "（二）开展专项执法。"),
    ):  # fmt: skip
        block = meetings.add_block(item, kind=kind, text=words, by=people.office)
        if kind == "resolution":
            meetings.save_block(
                block, version=1, text=words, leads=[gongxinju], due_on=date(2027, 6, 30), by=people.office
            )
    minutes, text = drafted(people, meeting)
    assert text == (
        HEAD
        + "听取联席会议办公室关于上次会议议定事项落实情况的汇报，研究救治救助保障衔接事项。现将会议议定事项纪要如下：\n"
        "会议强调，底数要清。\n会议议定：\n"
        "（一）完成企业摸底（牵头单位：市工信局；完成时限：2027年6月30日前）。\n"
        "（二）开展专项执法（牵头单位：市工信局；完成时限：2027年6月30日前）。" + TAIL
    )
    assert [line.gaps for line in content.lines_of(passages_of(minutes))] == [()] * 4


def test_the_first_item_tells_how_the_last_decisions_stand(people: People) -> None:
    """The figures are the record's; the 纪要 says that the report was heard, and what was decided about it."""
    meeting, (back, _item) = second_meeting(people)
    assert (back.kind, back.title, back.reporter) == (
        AgendaKind.FOLLOW_UP, "上次会议议定事项落实情况", "联席会议办公室",
    )  # fmt: skip
    told = follow_up.paragraph(follow_up.rows_for(meeting))
    assert told.startswith("会议听取了上次会议议定事项落实情况的汇报：共2项，")
    meetings.add_block(back, kind="note", text=told, by=people.office)
    meetings.add_block(back, kind="note", text="会议指出，要抓紧办理未办结事项。", by=people.office)
    block = meetings.add_block(back, kind="resolution", text="逾期事项按月报告进展", by=people.office)
    meetings.save_block(
        block, version=1, text=block.text, all_support=True, leads=[people.unit("weijianwei")],
        recurrence="每月5日前", by=people.office,
    )  # fmt: skip
    _minutes, text = drafted(people, meeting)
    assert text == (
        HEAD
        + "听取联席会议办公室关于上次会议议定事项落实情况的汇报，研究救治救助保障衔接事项。现将会议议定事项纪要如下：\n"
        "会议指出，要抓紧办理未办结事项。\n会议议定：\n"
        "（一）逾期事项按月报告进展（牵头单位：市卫健委；配合单位：全体成员单位；完成时限：每月5日前）。"
        + TAIL
    )


def test_what_is_agreed_in_principle_needs_neither_lead_nor_deadline(people: People) -> None:
    meeting, (_back, item) = second_meeting(people)
    for words, given in (
        ("《2027年工作要点》", {}), ("原则同意《攻坚方案》，由市卫健委修改后印发。", {}),
        ("设立专项经费", {"leads": [people.unit("fagaiwei")], "due_on": date(2027, 9, 30)}),
    ):  # fmt: skip
        block = meetings.add_block(item, kind="resolution", text=words, by=people.office)
        meetings.save_block(block, version=1, text=words, in_principle=True, by=people.office, **given)  # type: ignore[arg-type]
    minutes, text = drafted(people, meeting)
    assert text == (
        HEAD
        + "听取联席会议办公室关于上次会议议定事项落实情况的汇报，研究救治救助保障衔接事项。现将会议议定事项纪要如下：\n"
        "【待补：会议指出/强调】\n会议议定：\n"
        "（一）原则同意《2027年工作要点》。\n"
        "（二）原则同意《攻坚方案》，由市卫健委修改后印发。\n"
        "（三）原则同意设立专项经费（牵头单位：市发改委；完成时限：2027年9月30日前）。" + TAIL
    )
    assert [row.opens_item for row in passages_of(minutes)[2:]] == [False, False, True]
    assert text_is_complete(minutes) == "还有待补之处：会议指出缺会议指出/强调。"
