"""The draft made from a record, word for word; numbering and generated words."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from apps.meetings.enums import AttendanceStatus
from apps.meetings.models import Attendance, Meeting
from apps.minutes import content, papers, services
from apps.minutes.compose import heard
from apps.minutes.content import numeral
from apps.minutes.enums import PassageKind
from apps.minutes.models import Minutes
from apps.minutes.selectors import passages_of
from apps.minutes.workflow import text_is_complete
from tests.factories.people import People

from . import make

PLACE = "在市卫健委第一会议室主持召开2026年第一次全体会议，研究信息共享事项。现将会议议定事项纪要如下："
pytestmark = [pytest.mark.django_db, pytest.mark.core]


def _whole(minutes: Minutes) -> list[tuple[str, str, str]]:
    return [(line.passage.kind, line.label, line.words) for line in content.lines_of(passages_of(minutes))]


def test_the_whole_draft(people: People) -> None:
    meeting = make.recorded_meeting(people, decisions=(make.PLAN, make.SHARE, make.WATCH))
    minutes = services.close_record(meeting, by=people.office)
    meeting.refresh_from_db()
    assert meeting.state == "recorded"
    assert (minutes.title, minutes.drafted_by, minutes.state) == (
        "2026年第一次全体会议纪要",
        people.office,
        "drafting",
    )
    assert _whole(minutes) == [
        (
            "opening", "",
            f"2026年3月26日下午，联席会议召集人、市卫生健康委员会主任叶一帆{PLACE}",
        ),
        ("stressed", "", "会议指出，要互通信息。"),
        ("resolution", "（一）", "做好规划衔接（牵头单位：市发改委；配合单位：市卫健委；完成时限：2026年12月31日前）。"),
        (
            "resolution", "（二）",
            "明确信息共享流程（牵头单位：市工信局、市发改委；配合单位：市卫健委、市人社局；完成时限：2026年6月30日前）。",
        ),
        (
            "resolution", "（三）",
            "开展重点职业病监测（牵头单位：市卫健委；配合单位：全体成员单位；完成时限：每季度首月15日前）。",
        ),
    ]  # fmt: skip
    assert "建议明确口径" not in "".join(words for _kind, _label, words in _whole(minutes))


def test_gaps_are_marked_and_stop_the_draft(people: People) -> None:
    decisions = (make.Decision("加强宣传", ("xuanchuanbu",)), make.Decision("另行研究"))
    minutes = services.close_record(
        make.recorded_meeting(people, decisions=decisions, notes=()), by=people.office
    )
    lines = content.lines_of(passages_of(minutes))
    assert [(line.name, line.gaps) for line in lines if line.gaps] == [
        ("会议指出", ("会议指出/强调",)), ("第（一）项", ("完成时限",)), ("第（二）项", ("牵头单位", "完成时限")),
    ]  # fmt: skip
    assert lines[1].words == "【待补：会议指出/强调】"
    assert text_is_complete(minutes) == (
        "还有待补之处：会议指出缺会议指出/强调；第（一）项缺完成时限；第（二）项缺牵头单位、完成时限。"
    )


def test_a_meeting_that_decided_nothing_must_say_so(people: People) -> None:
    minutes = services.close_record(make.recorded_meeting(people, decisions=()), by=people.office)
    minutes = services.change_facts(minutes, by=people.office, secrecy_checked=True)
    assert text_is_complete(minutes) == "没有议定事项。确实没有的，请在“办文要素”中注明。"
    minutes = services.change_facts(minutes, by=people.office, no_resolutions=True)
    assert text_is_complete(minutes) is None


def test_secrecy_must_be_checked(people: People) -> None:
    minutes = services.close_record(make.recorded_meeting(people), by=people.office)
    assert text_is_complete(minutes) == "还没有作保密审查，请在“办文要素”中注明。"


def test_somebody_else_in_the_chair_is_not_called_convener(people: People) -> None:
    meeting = make.recorded_meeting(people)
    Meeting.objects.filter(pk=meeting.pk).update(chair="fagaiwei", chair_basis="召集人出差")
    meeting.refresh_from_db()
    minutes = services.close_record(meeting, by=people.office)
    assert _whole(minutes)[0][2].startswith("2026年3月26日下午，成员fagaiwei在市卫健委第一会议室主持召开")


def test_what_agenda_titles_become(people: People) -> None:
    meeting = Meeting(
        title="x", starts_at=datetime(2026, 3, 26, 9, tzinfo=timezone.get_default_timezone()), place="x"
    )
    rows = [
        ("通报2025年度全市职业病防治工作情况", "联席会议办公室"), ("听取尘肺病防治攻坚工作进展情况汇报", "市卫健委"),
        ("审议《工作要点（讨论稿）》", "市卫健委"), ("研究宣传周活动安排", "市总工会"), ("研究机制运行事项", ""),
        ("成员单位交流发言", "各成员单位"), ("召集人作会议小结", "召集人"),
    ]  # fmt: skip
    from apps.meetings.models import AgendaItem

    agenda = [AgendaItem(meeting=meeting, seq=n, title=t, reporter=who) for n, (t, who) in enumerate(rows, 1)]
    assert heard(agenda) == (
        "听取联席会议办公室关于2025年度全市职业病防治工作情况的通报、市卫健委关于尘肺病防治攻坚工作进展情况的汇报，"
        "审议《工作要点（讨论稿）》，研究宣传周活动安排、机制运行事项"
    )


def test_a_withheld_passage_has_no_number_and_is_not_printed(people: People) -> None:
    minutes = make.drafted(people)
    first, second = [p for p in passages_of(minutes) if p.kind == PassageKind.RESOLUTION]
    given = services.drafting.content_of(first, withheld=True)
    services.edit_passage(first, given, version=first.version, by=people.office)
    assert [(label, words[:6]) for kind, label, words in _whole(minutes) if kind == "resolution"] == [
        ("", "做好规划衔接"), ("（一）", "明确信息共享"),
    ]  # fmt: skip
    printed = "".join(run.text for block in papers.paper_of(minutes).body for run in block.runs)  # type: ignore[union-attr]
    assert "规划衔接" not in printed
    assert second.text in printed


def test_names_come_from_the_sign_in_list(people: People) -> None:
    minutes = make.drafted(people)
    rows = Attendance.objects.filter(meeting=minutes.meeting, unit__code="rensheju")
    rows.update(status=AttendanceStatus.SUBSTITUTE, delegate_name="×××")
    lists = [
        (names.label, [(g.unit, g.names, g.note) for g in names.groups])
        for names in papers.names_of(minutes.meeting)
    ]
    assert lists == [
        ("出席", [("市卫健委", ("叶一帆",), ""), ("市发改委", ("fagaiwei",), ""), ("市工信局", ("gongxinju",), ""),
                ("市人社局", ("×××",), "代rensheju")]),
        ("请假", [("市人社局", ("rensheju",), ""), ("市科技局", ("孙中虎",), "")]),
        ("列席", [("各县（市、区）卫健局", (), "")]),
    ]  # fmt: skip


def test_the_paper_before_and_after_its_number(people: People) -> None:
    minutes = make.circulating(people)
    draft = papers.paper_of(minutes)
    year = timezone.localdate().year
    assert (draft.number, draft.corner, draft.signature) == (f"〔{year}〕\u3000号", ("征求意见稿",), None)
    final = papers.paper_of(minutes, number="〔2026〕1号", printed_on=date(2026, 4, 9), final=True)
    assert final.imprint is not None
    assert (final.number, final.corner, final.marker) == ("〔2026〕1号", (), "示例（虚构）")
    assert (final.imprint.report_to, final.imprint.send_to, final.imprint.printed_on) == (
        ("市人民政府",), ("各成员单位",), date(2026, 4, 9),
    )  # fmt: skip
    assert [block.runs[0].text for block in draft.body if block.level == 2] == ["（一）", "（二）"]  # type: ignore[union-attr]
    assert draft.body[-3].runs[0].text == "会议议定："  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("number", "words"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (37, "三十七")]
)
def test_numerals(number: int, words: str) -> None:
    assert numeral(number) == words
