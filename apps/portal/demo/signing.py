"""A third invented meeting, small: its 纪要 lies before the convener, so that the first look finds something to sign."""

from apps.duties.models import Duty
from apps.meetings.enums import AttendanceStatus, BlockKind, MeetingKind, MeetingState, ReplyKind
from apps.meetings.models import AgendaItem, Attendance, Invitation, Meeting
from apps.meetings.services import blocks, recording, signin
from apps.minutes import services
from apps.minutes.enums import PassageKind, Reply
from apps.minutes.models import Consent, Minutes

from .meetings import MARK, at, unit_of
from .people import Cast

_ATTENDING = ("weijianwei", "gongxinju", "zonggonghui")


def lay_before_convener(cast: Cast) -> Minutes:
    """Recorded eight working days ago, agreed to by all who attended, audited: it waits for 签发."""
    minutes = services.close_record(_recorded(cast), by=cast.office)
    stressed = minutes.passages.get(kind=PassageKind.STRESSED)
    words = services.drafting.Content(text="会议指出，要加强日常联络，及时通报情况（示例）。")
    services.edit_passage(stressed, words, version=stressed.version, by=cast.office)
    services.change_facts(minutes, by=cast.office, secrecy_checked=True)
    services.submit_review(minutes, by=cast.office)
    services.pass_review(minutes, by=cast.deputy)
    services.circulate(minutes, reply_by=at(2, 17), silence_consents=False, by=cast.office)
    for row in Consent.objects.filter(circulation__minutes=minutes).select_related("unit"):
        services.answer(row, reply=Reply.AGREE, authorised_by="×××", by=cast.liaison(row.unit.code))
    services.settle(minutes, by=cast.office)
    services.submit_audit(minutes, by=cast.office)
    return services.pass_audit(minutes, by=cast.director)


def _recorded(cast: Cast) -> Meeting:
    meeting = Meeting.objects.create(
        title="联席会议办公室工作会议（示例）", kind=MeetingKind.LIAISON, state=MeetingState.NOTIFIED, marker=MARK,
        starts_at=at(-8, 15), ends_at=at(-8, 16), place="市卫健委第二会议室（示例）", notice_on=at(-12, 9).date(),
        reply_by=at(-10, 17), created_by=cast.office,
    )  # fmt: skip
    for code in _ATTENDING:
        Invitation.objects.create(
            meeting=meeting, unit=unit_of(code), reply=ReplyKind.ATTEND, read_at=at(-11, 9), replied_at=at(-11, 10),
            replied_by=cast.liaison(code),
        )  # fmt: skip
    item = AgendaItem.objects.create(
        meeting=meeting, seq=1, title="研究日常联络机制", reporter="联席会议办公室", minutes=30
    )
    convener = next(row for row in signin.prepare_list(meeting, by=cast.office) if row.role == "convener")
    recording.start_recording(meeting, chair=convener.name, recorder="联席会议办公室（×××）", by=cast.office)
    for row in Attendance.objects.filter(meeting=meeting).select_related("unit", "meeting"):
        signin.sign(row, status=AttendanceStatus.PRESENT, by=cast.office)
    block = blocks.add_block(item, kind=BlockKind.RESOLUTION, by=cast.office)
    blocks.save_block(
        block, version=block.version, by=cast.office, text="建立月度信息通报制度（示例）", leads=[unit_of("weijianwei")],
        supports=[unit_of("gongxinju"), unit_of("zonggonghui")], due_on=at(30, 9).date(),
        duties=[Duty.objects.current().get(code="weijianwei.4")],
    )  # fmt: skip
    return meeting
