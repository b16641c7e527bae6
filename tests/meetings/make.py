"""Meetings and topics in any state, made through the services: what tests of this app start from."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.common import workflow
from apps.meetings import services
from apps.meetings.enums import AttendanceStatus, MeetingState, TopicState
from apps.meetings.models import Invitation, Meeting, RecordBlock, Topic
from apps.roster.models import Unit
from tests.factories.people import People

SPECIAL = ("weijianwei", "fagaiwei", "kejiju", "gongxinju")


def topic(people: People, code: str = "gongxinju", title: str = "研究信息共享事项") -> Topic:
    """A proposed topic of a unit."""
    return services.propose(
        people.unit(code),
        title=title,
        request="请会议明确信息共享范围。",
        background="示例",
        by=people.liaison(code),
    )


def topic_in(people: People, state: str) -> Topic:
    """A topic that went the ordinary way to a state."""
    row = topic(people)
    if state in (TopicState.ACCEPTED, TopicState.SCHEDULED):
        workflow.move(row, "accept", by=people.office)
    if state == TopicState.SCHEDULED:
        services.take_topic(planning(people), row, by=people.office)
    verb = {TopicState.RETURNED: "return_", TopicState.DEFERRED: "defer"}.get(state)  # type: ignore[call-overload]
    if verb:
        services.answer_topic(row, verb, by=people.office, reason="材料不足")
    if state == TopicState.WITHDRAWN:
        workflow.move(row, "withdraw", by=people.liaison("gongxinju"))
    return Topic.objects.get(pk=row.pk)


def planning(people: People, codes: tuple[str, ...] = SPECIAL, **values: Any) -> Meeting:
    """A meeting in planning with one agenda item, ten days ahead."""
    fields = {
        "title": "尘肺病防治攻坚专题会议（示例）", "kind": "special", "place": "第二会议室",
        "starts_at": timezone.now() + timedelta(days=10),
    }  # fmt: skip
    units = list(Unit.objects.filter(code__in=codes))
    meeting = services.make_meeting(units=units, by=people.office, **fields | values)
    services.add_item(meeting, title="研究救治救助保障衔接事项", by=people.office)
    return meeting


def submitted(people: People, **values: Any) -> Meeting:
    """PLAN_SUBMITTED."""
    return services.step_plan(planning(people, **values), "submit_plan", by=people.office)


def approved(people: People, **values: Any) -> Meeting:
    """PLAN_APPROVED."""
    return services.step_plan(submitted(people, **values), "approve_plan", by=people.convener)


def notified(people: People, **values: Any) -> Meeting:
    """NOTIFIED: the units were told, nobody answered."""
    meeting = approved(people, **values)
    reply_by = meeting.starts_at - timedelta(days=3)
    return services.notify(meeting, reply_by=reply_by, notice_number="泉卫函〔2026〕12号", by=people.office)


def recording(people: People, **values: Any) -> Meeting:
    """RECORDING, the member of 市发改委 in the room."""
    meeting = services.start_recording(notified(people, **values), chair="叶一帆", by=people.office)
    row = meeting.attendance.get(unit__code="fagaiwei")
    services.sign(row, status=AttendanceStatus.PRESENT, by=people.office)
    return meeting


def recorded(people: People, **values: Any) -> Meeting:
    """RECORDED."""
    return services.close_recording(recording(people, **values), by=people.office)


def cancelled(people: People, **values: Any) -> Meeting:
    """CANCELLED before anybody was told."""
    return services.cancel(planning(people, **values), reason="议题未成熟", by=people.office)


MAKERS = {
    MeetingState.PLANNING: planning,
    MeetingState.PLAN_SUBMITTED: submitted,
    MeetingState.PLAN_APPROVED: approved,
    MeetingState.NOTIFIED: notified,
    MeetingState.RECORDING: recording,
    MeetingState.RECORDED: recorded,
    MeetingState.CANCELLED: cancelled,
}


def invitation(meeting: Meeting, code: str) -> Invitation:
    """The invitation of a unit, fresh."""
    return Invitation.objects.select_related("meeting", "unit").get(meeting=meeting, unit__code=code)


def block(people: People, kind: str = "resolution", text: str = "建立治理企业台账") -> RecordBlock:
    """A first block in an open record."""
    item = recording(people).agenda.get()
    return services.add_block(item, kind=kind, text=text, by=people.office)
