"""A small recorded meeting and its 纪要 in any state, made through the services."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.documents import making
from apps.meetings.enums import AttendanceStatus, AttendeeRole, BlockKind, MeetingState
from apps.meetings.models import AgendaItem, Attendance, BlockUnit, Meeting, RecordBlock
from apps.minutes import reading, services
from apps.minutes.enums import MinutesState, Reply
from apps.minutes.models import Consent, Minutes
from apps.roster.enums import AssignmentRole
from tests.factories.people import People

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)


def scan(name: str = "签批件.png") -> SimpleUploadedFile:
    """An upload that passes for a scan."""
    return SimpleUploadedFile(name, PNG + b"\x00" * 64, content_type="image/png")


@dataclass(frozen=True)
class Decision:
    """One recorded resolution; units by code."""

    text: str
    leads: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)


PLAN = Decision("做好规划衔接", ("fagaiwei",), ("weijianwei",), {"due_on": date(2026, 12, 31)})
SHARE = Decision(
    "（二）明确信息共享流程。",
    ("gongxinju", "fagaiwei"),
    ("weijianwei", "rensheju"),
    {"due_on": date(2026, 6, 30)},
)
WATCH = Decision(
    "开展重点职业病监测", ("weijianwei",), (), {"recurrence": "每季度首月15日前", "all_support": True}
)
DECISIONS = (PLAN, SHARE)
PRESENT = ("weijianwei", "fagaiwei", "gongxinju", "rensheju")


def recorded_meeting(
    people: People,
    *,
    decisions: tuple[Decision, ...] = DECISIONS,
    present: tuple[str, ...] = PRESENT,
    notes: tuple[str, ...] = ("会议指出，要互通信息。",),
) -> Meeting:
    """A meeting that is being recorded: people in the room, one agenda item, its resolutions."""
    meeting = Meeting.objects.create(
        title="2026年第一次全体会议（示例）", starts_at=datetime(2026, 3, 26, 15, tzinfo=timezone.get_default_timezone()),
        place="市卫健委第一会议室（示例）", state=MeetingState.RECORDING, chair="叶一帆", marker="示例（虚构）",
        notice_on=date(2026, 3, 17), observers="各县（市、区）卫健局", created_by=people.office,
    )  # fmt: skip
    _attendance(people, meeting, present)
    item = AgendaItem.objects.create(
        meeting=meeting, seq=1, title="研究信息共享事项", reporter_unit=people.unit("gongxinju")
    )
    texts = [(BlockKind.SPEECH, Decision("建议明确口径。"))]
    texts += [(BlockKind.NOTE, Decision(note)) for note in notes]
    texts += [(BlockKind.RESOLUTION, decision) for decision in decisions]
    for position, (kind, decision) in enumerate(texts, 1):
        _block(people, meeting, item, kind, decision, position)
    return meeting


def _attendance(people: People, meeting: Meeting, present: tuple[str, ...]) -> None:
    rows = [(AttendeeRole.CONVENER, "weijianwei", "叶一帆", "市卫生健康委员会主任", AttendanceStatus.PRESENT)]
    rows += [
        (AttendeeRole.MEMBER, code, f"{code}", "成员", AttendanceStatus.PRESENT)
        for code in present
        if code != "weijianwei"
    ]
    rows += [(AttendeeRole.MEMBER, "kejiju", "孙中虎", "副局长", AttendanceStatus.LEAVE)]
    for position, (role, code, name, title, status) in enumerate(rows, 1):
        Attendance.objects.create(
            meeting=meeting, role=role, unit=people.unit(code), name=name, title=title, status=status,
            position=position,
        )  # fmt: skip


def _block(
    people: People, meeting: Meeting, item: AgendaItem, kind: str, decision: Decision, position: int
) -> None:
    block = RecordBlock.objects.create(
        meeting=meeting, agenda_item=item, kind=kind, text=decision.text, position=position,
        updated_at=timezone.now(), **decision.fields,
    )  # fmt: skip
    for role, codes in ((AssignmentRole.LEAD, decision.leads), (AssignmentRole.SUPPORT, decision.supports)):
        for n, code in enumerate(codes, 1):
            BlockUnit.objects.create(block=block, unit=people.unit(code), role=role, position=n)


def drafted(people: People, **kwargs: Any) -> Minutes:
    """DRAFTING, with the secrecy check done."""
    minutes = services.close_record(recorded_meeting(people, **kwargs), by=people.office)
    return services.change_facts(minutes, by=people.office, secrecy_checked=True)


def reviewed(people: People, **kwargs: Any) -> Minutes:
    """REVIEWED: ready to circulate."""
    minutes = services.submit_review(drafted(people, **kwargs), by=people.office)
    return services.pass_review(minutes, by=people.host_deputy)


def circulating(
    people: People, *, silence: bool = True, days: int = 3, accounts: bool = True, **kwargs: Any
) -> Minutes:
    """CIRCULATING, nobody has answered. `accounts`: the units have one, so that they were told."""
    for code in PRESENT if accounts else ():
        people.liaison(code)
    minutes = reviewed(people, **kwargs)
    reply_by = timezone.now() + timedelta(days=days)
    services.circulate(minutes, reply_by=reply_by, silence_consents=silence, by=people.office)
    minutes.refresh_from_db()
    return minutes


def consent_of(minutes: Minutes, code: str) -> Consent:
    """A unit's consent of the newest round that asked it."""
    rows = Consent.objects.filter(circulation__minutes=minutes, unit__code=code)
    return rows.select_related("circulation__minutes", "unit").order_by("-circulation__round")[0]


def agree(people: People, minutes: Minutes, *codes: str) -> None:
    """无意见 of the units named, or of every unit still silent in the open round."""
    pending = Consent.objects.filter(
        circulation__minutes=minutes, circulation__closed_at=None, reply=Reply.PENDING
    )
    names = codes or tuple(pending.values_list("unit__code", flat=True))
    for code in names:
        services.answer(
            consent_of(minutes, code), reply=Reply.AGREE, authorised_by="×××", by=people.liaison(code)
        )


def settled(people: People, **kwargs: Any) -> Minutes:
    """SETTLING, everybody agreed."""
    minutes = circulating(people, **kwargs)
    agree(people, minutes)
    return services.settle(minutes, by=people.office)


def audited(people: People, **kwargs: Any) -> Minutes:
    """SIGNING: it lies with the convener."""
    minutes = services.submit_audit(settled(people, **kwargs), by=people.office)
    return services.pass_audit(minutes, by=people.director)


def signed_by(user: Any, minutes: Minutes, opinion: str = "") -> Minutes:
    """Signed by a convener who has just read it."""
    return services.sign(minutes, by=user, seen=mark(minutes), opinion=opinion)


def mark(minutes: Minutes) -> str:
    """The mark of the text as it reads now, for a signature."""
    return reading.mark_of(reading.text_of(minutes))


def signed(people: People, **kwargs: Any) -> Minutes:
    """CHECKING."""
    return signed_by(people.convener, audited(people, **kwargs))


def checked(people: People, **kwargs: Any) -> Minutes:
    """NUMBERING."""
    return services.check(signed(people, **kwargs), by=people.office)


def numbered(people: People, **kwargs: Any) -> Minutes:
    """ISSUING: number taken, paper frozen, its files made."""
    minutes = services.number(checked(people, **kwargs), printed_on=timezone.localdate(), by=people.office)
    assert minutes.paper is not None
    making.make(minutes.paper)
    return minutes


def issued(people: People, **kwargs: Any) -> Minutes:
    """ISSUED."""
    return services.issue(numbered(people, **kwargs), by=people.office)


MAKERS = {
    MinutesState.DRAFTING: drafted,
    MinutesState.REVIEWED: reviewed,
    MinutesState.CIRCULATING: circulating,
    MinutesState.SETTLING: settled,
    MinutesState.SIGNING: audited,
    MinutesState.CHECKING: signed,
    MinutesState.NUMBERING: checked,
    MinutesState.ISSUING: numbered,
    MinutesState.ISSUED: issued,
}
