"""Two invented meetings in earlier stages: one called, one whose minutes are being consented to."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from apps.accounts import grants
from apps.common import calendar
from apps.common.workflow import move
from apps.duties.models import Duty
from apps.meetings.enums import AttendanceStatus, BlockKind, MeetingKind, MeetingState, ReplyKind
from apps.meetings.models import AgendaItem, Attendance, Invitation, Meeting
from apps.meetings.services import blocks, notices, plans, recording, signin, topics
from apps.minutes.enums import PassageKind, Reply
from apps.minutes.models import Minutes
from apps.minutes.services import consulting, drafting
from apps.roster.models import Unit
from apps.roster.selectors import today

from .people import Cast

MARK = "示例（虚构）"


def at(days: int, hour: int) -> datetime:
    """That many working days from today, at an hour."""
    day = calendar.current().add_workdays(today(), days)
    return timezone.make_aware(datetime.combine(day, time(hour)))


def unit_of(code: str) -> Unit:
    """A unit by its code."""
    return Unit.objects.get(code=code)


def propose_topics(cast: Cast) -> None:
    """One topic waits for the office, one is accepted and free for an agenda."""
    topics.propose(
        unit_of("zhujianju"),
        by=cast.liaison("zhujianju"),
        title="研究建筑工地噪声危害防护提示事项（示例）",
        background="示例（虚构）：部分工地噪声防护提示不统一。",
        request="请会议研究统一提示内容和张贴要求。",
        duties=[Duty.objects.current().get(code="zhujianju.1")],
    )
    waiting = topics.propose(
        unit_of("yibaoju"),
        by=cast.liaison("yibaoju"),
        title="研究尘肺病医疗救助信息移送衔接（示例）",
        background="示例（虚构）。",
        request="请会议明确移送频次和联系人。",
    )
    move(waiting, "accept", by=cast.office)


def call_meeting(cast: Cast) -> Meeting:
    """A plenary meeting in two weeks: notice out, some units answered, one substitute waits for approval."""
    meeting = plans.make_meeting(
        units=Unit.objects.active(),
        by=cast.office,
        title=f"{at(10, 9).year}年第二次全体会议（示例）",
        kind=MeetingKind.PLENARY,
        purpose="通报前一阶段工作，研究下一步安排（示例）。",
        starts_at=at(10, 15),
        ends_at=at(10, 17),
        place="市卫健委第一会议室（示例）",
        marker=MARK,
    )
    topic = topics.propose(
        unit_of("gongxinju"),
        by=cast.liaison("gongxinju"),
        title="研究“三同时”信息共享流程运行情况（示例）",
        background="示例（虚构）：流程运行一段时间，需要回头看。",
        request="请会议听取运行情况并明确下一步安排。",
        duties=[Duty.objects.current().get(code="gongxinju.1")],
    )
    move(topic, "accept", by=cast.office)
    plans.take_topic(meeting, topic, by=cast.office)
    plans.add_item(meeting, by=cast.office, title="成员单位交流发言", reporter="各成员单位", minutes=40)
    move(meeting, "submit_plan", by=cast.office)
    move(meeting, "approve_plan", by=cast.convener)
    notices.notify(
        meeting,
        by=cast.office,
        reply_by=at(5, 17),
        materials_by=at(6, 17),
        notice_number="",
        requirements="请联席会议成员准时参会；因故不能参会的，请履行请假手续并委派本单位熟悉情况的负责同志参会。\n"
        "请于会前10分钟到会签到。",
        contact="联席会议办公室（示例，联系方式略）",
    )
    _answers(meeting, cast)
    return meeting


def _answers(meeting: Meeting, cast: Cast) -> None:
    rows = {row.unit.code: row for row in meeting.invitations.select_related("unit", "meeting")}
    for code in ("weijianwei", "gongxinju", "rensheju"):
        notices.reply(rows[code], kind=ReplyKind.ATTEND, by=cast.liaison(code))
    notices.reply(
        rows["jiaoyuju"],
        kind=ReplyKind.SUBSTITUTE,
        by=cast.liaison("jiaoyuju"),
        delegate_name="×××",
        delegate_title="有关负责同志",
        reason="示例：因公外出",
    )
    notices.mark_read(rows["guoziwei"], by=cast.liaison("guoziwei"))


_ATTENDING = ("weijianwei", "gongxinju", "rensheju", "zhujianju", "zonggonghui")


def hold_meeting(cast: Cast) -> Minutes:
    """A special meeting of three working days ago, recorded; its draft is out for consent."""
    meeting = _past_meeting(cast)
    agenda = AgendaItem.objects.create(
        meeting=meeting,
        seq=1,
        title="听取粉尘危害专项治理情况",
        reporter_unit=unit_of("weijianwei"),
        minutes=20,
    )
    second = AgendaItem.objects.create(
        meeting=meeting, seq=2, title="研究下一步治理安排", reporter="各有关单位", minutes=40
    )
    convener = next(row for row in signin.prepare_list(meeting, by=cast.office) if row.role == "convener")
    recording.start_recording(meeting, chair=convener.name, recorder="联席会议办公室（×××）", by=cast.office)
    for row in Attendance.objects.filter(meeting=meeting).select_related("unit", "meeting"):
        absent = row.unit is not None and row.unit.code == "shichangju"
        signin.sign(
            row, status=AttendanceStatus.ABSENT if absent else AttendanceStatus.PRESENT, by=cast.office
        )
    _record(agenda, second, cast)
    minutes = drafting.close_record(meeting, by=cast.office)
    _circulate(minutes, cast)
    return minutes


def _past_meeting(cast: Cast) -> Meeting:
    """Called and answered in the past: made in that state, since nobody can call a meeting backwards in time."""
    meeting = Meeting.objects.create(
        title="粉尘危害专项治理推进会（示例）",
        kind=MeetingKind.SPECIAL,
        state=MeetingState.NOTIFIED,
        marker=MARK,
        starts_at=at(-3, 9),
        ends_at=at(-3, 11),
        place="市卫健委第二会议室（示例）",
        notice_on=at(-8, 9).date(),
        reply_by=at(-5, 17),
        created_by=cast.office,
        observers="有关县（市、区）卫健局",
    )
    for code in (*_ATTENDING, "shichangju"):
        Invitation.objects.create(
            meeting=meeting,
            unit=unit_of(code),
            reply=ReplyKind.ATTEND,
            read_at=at(-7, 9),
            replied_at=at(-6, 9),
            replied_by=cast.liaison(code),
        )
    return meeting


def _record(agenda: AgendaItem, second: AgendaItem, cast: Cast) -> None:
    blocks.add_block(
        agenda,
        kind=BlockKind.SPEECH,
        unit=unit_of("gongxinju"),
        by=cast.office,
        text="建议统一企业名单口径，避免重复检查（示例）。",
    )
    first = blocks.add_block(second, kind=BlockKind.RESOLUTION, by=cast.office)
    blocks.save_block(
        first,
        version=first.version,
        by=cast.office,
        text="汇总形成粉尘危害企业名单并统一检查安排（示例）",
        leads=[unit_of("weijianwei")],
        supports=[unit_of("gongxinju"), unit_of("zhujianju")],
        due_on=at(20, 9).date(),
        duties=[Duty.objects.current().get(code="weijianwei.4")],
    )
    other = blocks.add_block(second, kind=BlockKind.RESOLUTION, by=cast.office)
    blocks.save_block(
        other,
        version=other.version,
        by=cast.office,
        text="将防护用品配备情况纳入联合执法内容（示例）",
        leads=[unit_of("rensheju")],
        supports=[unit_of("zonggonghui"), unit_of("shichangju")],
        due_on=at(25, 9).date(),
        duties=[Duty.objects.current().get(code="rensheju.2")],
    )


def _circulate(minutes: Minutes, cast: Cast) -> None:
    stressed = minutes.passages.filter(kind=PassageKind.STRESSED).first()
    if stressed is not None:
        drafting.edit_passage(
            stressed,
            drafting.Content(text="会议指出，要聚焦重点行业，统一口径、减少重复（示例）。"),
            version=stressed.version,
            by=cast.office,
        )
    drafting.change_facts(minutes, by=cast.office, secrecy_checked=True)
    move(minutes, "submit_review", by=cast.office)
    move(minutes, "pass_review", by=cast.deputy)
    circulation = consulting.circulate(minutes, reply_by=at(3, 17), silence_consents=True, by=cast.office)
    asked = {
        row.unit.code: row for row in circulation.consents.select_related("unit", "circulation__minutes")
    }
    consulting.answer(
        asked["zonggonghui"], reply=Reply.AGREE, authorised_by="×××", by=cast.liaison("zonggonghui")
    )
    passage = minutes.passages.filter(kind=PassageKind.RESOLUTION).order_by("position").first()
    remark = consulting.Remark(
        passage=passage,
        original="统一检查安排",
        suggestion="结合日常监督统一检查安排（示例）",
        reason="减少重复检查",
    )
    consulting.answer(
        asked["zhujianju"],
        reply=Reply.COMMENT,
        authorised_by="×××",
        remarks=[remark],
        by=cast.liaison("zhujianju"),
    )


def open_to_visitor(cast: Cast) -> None:
    """The visiting inspectors may read one past meeting's minutes for thirty days."""
    past = Minutes.objects.filter(meeting__import_key__isnull=False).order_by("meeting__starts_at").first()
    if past is not None:
        grants.give(past, to=cast.accounts["xuncha"], until=today() + timedelta(days=30), by=cast.office)
