"""The papers of a meeting: whole texts of the sample meetings, and the rules behind them."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from apps.common import settings_rows
from apps.documents.composition import Align, Cell, Paper, Plate, Table, plain_text
from apps.meetings import papers, selectors, services
from apps.meetings.enums import AttendanceStatus, BlockKind
from apps.meetings.models import Attendance, Meeting
from apps.roster.enums import AssignmentRole, PostKind
from apps.roster.models import Appointment
from tests.factories.people import People
from tests.factories.printed import text_of_sound

from . import make

pytestmark = pytest.mark.django_db


def sample(key: str) -> Meeting:
    return Meeting.objects.get(import_key=key)


def lines(paper: Paper) -> list[str]:
    return plain_text(paper).split("\n")


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        ("2026-03-26T15:00", None, "2026年3月26日（星期四）下午3:00"),
        ("2026-03-26T15:00", "2026-03-26T17:10", "2026年3月26日（星期四）下午3:00至5:10"),
        ("2026-09-17T09:00", "2026-09-17T11:20", "2026年9月17日（星期四）上午9:00至11:20"),
        ("2026-09-17T09:00", "2026-09-17T12:00", "2026年9月17日（星期四）上午9:00至中午12:00"),
        ("2026-09-17T09:00", "2026-09-17T14:30", "2026年9月17日（星期四）上午9:00至下午2:30"),
        ("2026-09-17T17:30", "2026-09-17T19:05", "2026年9月17日（星期四）下午5:30至晚上7:05"),
        ("2026-09-17T05:30", None, "2026年9月17日（星期四）凌晨5:30"),
        ("2026-09-17T23:59", None, "2026年9月17日（星期四）24:00"),
        (
            "2026-09-17T09:00",
            "2026-09-18T17:00",
            "2026年9月17日（星期四）上午9:00至2026年9月18日（星期五）下午5:00",
        ),
    ],
)
def test_times_as_a_notice_says_them(begin: str, end: str | None, words: str) -> None:
    zone = timezone.get_default_timezone()
    moments = [datetime.fromisoformat(text).replace(tzinfo=zone) for text in (begin, end) if text]
    assert papers.spoken_time(*[moment.astimezone(UTC) for moment in moments]) == words


def replied(people: People) -> Meeting:
    """Four units: a substitute asked for (市发改委), one refused (市工信局), leave (市科技局)."""
    meeting = make.notified(people)
    asked = {"reply": "substitute", "delegate_name": "张三", "delegate_title": "科长", "reason": "因公"}
    for code, fields in (
        ("fagaiwei", asked | {"approval": "waiting"}),
        ("gongxinju", asked | {"approval": "refused"}),
        ("kejiju", {"reply": "leave", "reason": "因病"}),
    ):
        meeting.invitations.filter(unit__code=code).update(replied_at=timezone.now(), **fields)
    return meeting


def facts(rows: list[Attendance]) -> list[tuple[str, str, str, str, str]]:
    return [
        (row.unit.code if row.unit else "", row.name, row.delegate_name, str(row.status), row.title)
        for row in rows
    ]


def test_those_expected_are_the_same_before_and_after_the_list_is_made(people: People) -> None:
    meeting = replied(people)
    foreseen = facts(selectors.expected_at(meeting))
    assert foreseen == [
        ("weijianwei", "叶一帆", "", "expected", "市卫生健康委员会主任"),
        ("fagaiwei", "陈小宝", "张三", "expected", "市发改委副主任"),
        ("kejiju", "孙中虎", "", "leave", "市科技局机关党委副书记、四级调研员"),
        ("gongxinju", "黄海平", "", "expected", "市工信局三级调研员"),
        ("weijianwei", "吴光腾", "", "expected", "市卫生健康委员会四级调研员"),
    ]
    services.prepare_list(meeting, by=people.office)
    assert meeting.attendance.count() == 5
    assert facts(selectors.expected_at(meeting)) == foreseen


def test_a_substitute_sits_in_the_members_place_and_nobody_on_leave_has_a_plate(people: People) -> None:
    meeting = replied(people)
    table = next(part for part in papers.sign_in_sheet(meeting).body if isinstance(part, Table))
    assert table.rows[2:4] == (
        ("2", "市发改委", "张\u3000三", "科长", "", "代陈小宝"),
        ("3", "市科技局", "孙中虎", "机关党委副书记、四级调研员", "", "请假"),
    )
    assert lines(papers.sign_in_sheet(meeting))[-1].startswith("应到5人（委派代会1人、请假1人），实到")
    assert papers.name_plates(meeting).plates == (
        Plate("叶一帆", "市卫健委"), Plate("张三", "市发改委"), Plate("黄海平", "市工信局"), Plate("吴光腾", "市卫健委"),
    )  # fmt: skip


def test_a_unit_without_a_member_has_a_line_and_its_own_plate(people: People) -> None:
    meeting = make.planning(people, ("weijianwei", "kejiju"))
    Appointment.objects.filter(post__unit__code="kejiju").delete()
    table = next(part for part in papers.sign_in_sheet(meeting).body if isinstance(part, Table))
    assert table.rows[2] == ("2", "市科技局", "（成员空缺）", "", "", "")
    assert papers.name_plates(meeting).plates[1] == Plate("市科技局")


def test_a_member_who_came_himself_is_not_stood_in_for(people: People) -> None:
    meeting = replied(people)
    services.prepare_list(meeting, by=people.office)
    meeting.attendance.filter(unit__code="fagaiwei").update(status=AttendanceStatus.PRESENT)
    table = next(part for part in papers.sign_in_sheet(meeting).body if isinstance(part, Table))
    assert table.rows[2] == ("2", "市发改委", "陈小宝", "副主任", "", "")


def test_the_agenda_without_planned_minutes_has_no_column_for_them(people: People) -> None:
    meeting = make.planning(people)
    table = next(part for part in papers.agenda(meeting).body if isinstance(part, Table))
    assert table.rows == (
        ("序号", "议\u3000题", "汇报（发言）"),
        ("1", Cell("研究救治救助保障衔接事项", align=Align.LEFT), ""),
    )
    meeting.agenda.all().delete()
    table = next(part for part in papers.agenda(meeting).body if isinstance(part, Table))
    assert table.rows[1:] == (("", "（尚未确定）", ""),)


def test_somebody_else_in_the_chair_is_not_called_convener(people: People) -> None:
    meeting = make.planning(people)
    assert "主持人：叶一帆（联席会议召集人、市卫生健康委员会主任）" in lines(papers.agenda(meeting))
    meeting.chair = "吴光腾"
    assert "主持人：吴光腾" in lines(papers.agenda(meeting))
    meeting.chair = ""
    Appointment.objects.filter(post__kind=PostKind.CONVENER).delete()
    assert "主持人：（待定）" in lines(papers.agenda(meeting))


@pytest.mark.parametrize(
    ("purpose", "opening"),
    [
        ("", "经研究，"),
        ("通报前一阶段工作，研究下一步安排（示例）。", "为通报前一阶段工作，研究下一步安排，经研究，"),
        ("根据工作安排", "根据工作安排，经研究，"),
        ("近期形势严峻。须研究对策", "近期形势严峻。须研究对策。经研究，"),
    ],
)
def test_the_purpose_leads_into_the_notice(people: People, purpose: str, opening: str) -> None:
    meeting = make.planning(people, purpose=purpose, marker="示例（虚构）")
    assert lines(papers.notice(meeting))[4].startswith(opening + "定于")


def test_a_notice_by_the_office_bears_the_hosts_seal_and_one_requirement_no_number(people: People) -> None:
    settings_rows.put("letter_issuer", "office", by=None)
    meeting = make.planning(people, requirements="请携带材料。", urgency="特急", contact="×××，0595")
    paper = papers.notice(meeting)
    office = "泉州市职业病防治工作联席会议办公室"
    assert (paper.mark, paper.signature and paper.signature.issuer, paper.imprint and paper.imprint.issuer) == (
        office, f"{office}（代章）", office,
    )  # fmt: skip
    assert paper.signature
    assert not paper.signature.seal  # too long to be centred over the date
    text = lines(paper)
    assert text[0] == "特急"
    assert text[text.index("五、有关事项") + 1] == "请携带材料。"
    assert "（联系人及电话：×××，0595）" in text


def test_a_change_of_time_says_why_and_what_was(people: People) -> None:
    meeting = make.notified(people, marker="示例（虚构）")
    was, meeting.starts_at = meeting.starts_at, meeting.starts_at.replace(hour=1, minute=0)
    meeting.reason = "因防汛应急响应。"
    paper = papers.notice(meeting, was_at=was)
    title = "泉州市职业病防治工作联席会议尘肺病防治攻坚专题会议"
    assert paper.title == f"关于调整{title}时间的通知"
    assert (
        f"因防汛应急响应，原定于{papers.spoken_time(was)}召开的{title}改期举行。现将调整后的有关事项通知如下："
        in lines(paper)
    )


def test_the_record_tells_who_said_and_decided_what(people: People) -> None:
    meeting = make.recording(people)
    item = meeting.agenda.get()
    unit = people.unit("gongxinju")
    by = people.office
    services.add_block(item, kind=BlockKind.SPEECH, text="建议统一口径。\n避免重复。", by=by)
    block = services.add_block(item, kind=BlockKind.RESOLUTION, text="建立台账", by=by)
    block.parts.create(unit=unit, role=AssignmentRole.LEAD, position=1)
    block.due_on, block.all_support = date(2026, 12, 25), True
    block.save()
    spoken = item.blocks.get(kind=BlockKind.SPEECH)
    spoken.unit, spoken.speaker = unit, "×××"
    spoken.save()
    services.add_block(item, kind=BlockKind.OBJECTION, text="时限过紧", by=by)
    services.add_block(item, kind=BlockKind.NOTE, text="会后再议", by=by)
    meeting.attendance.filter(unit__code="kejiju").update(status=AttendanceStatus.LATE)
    text = text_of_sound(papers.record(meeting)).split("\n")
    assert text[0] == "内部资料\u3000不得外传"
    start = text.index("一、研究救治救助保障衔接事项")
    assert text[start + 1 : start + 7] == [
        "市工信局（×××）：建议统一口径。", "避免重复。", "议定事项（1）：建立台账",
        "（牵头单位：市工信局；配合单位：全体成员单位；完成时限：2026年12月25日前）", "异议：时限过紧", "备注：会后再议",
    ]  # fmt: skip
    assert "出\u3000\u3000席：市发改委\u3000陈小宝；市科技局\u3000孙中虎（迟到）" in text
    assert "未\u3000签\u3000到：市卫健委\u3000叶一帆、吴光腾；市工信局\u3000黄海平" in text
    assert text[-3:] == [
        "主持人（签名）\t\t记录人（签名）\t",
        "日\u3000\u3000期\t年\u3000\u3000月\u3000\u3000日\t日\u3000\u3000期\t年\u3000\u3000月\u3000\u3000日",
        "",
    ]


def test_a_deleted_block_is_not_printed(people: People) -> None:
    meeting = make.recording(people)
    block = services.add_block(meeting.agenda.get(), kind=BlockKind.NOTE, text="会后再议", by=people.office)
    assert "备注：会后再议" in lines(papers.record(meeting))
    block.deleted_at = timezone.now()
    block.save()
    assert "（本议题没有记录。）" in lines(papers.record(meeting))
    assert "备注：会后再议" not in lines(papers.record(meeting))
