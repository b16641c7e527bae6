"""Reads of topics, meetings, replies, attendance and the record; what waits for whom, and by when."""

from datetime import timedelta
from typing import Any

from django.db.models import (
    Prefetch,
    Q,
    QuerySet,
)
from django.utils import timezone

from apps.accounts import grants
from apps.common.todo import Deadline
from apps.duties.models import Duty
from apps.roster.enums import PostKind
from apps.roster.models import Unit
from apps.roster.selectors import liaison_users, members_on, standing_of

from .enums import (
    IN_THE_ROOM,
    Approval,
    AttendanceStatus,
    AttendeeRole,
    MeetingState,
    ReplyKind,
    TopicState,
)
from .models import (
    AgendaItem,
    Attendance,
    BlockUnit,
    Invitation,
    Meeting,
    Movement,
    RecordBlock,
    Topic,
)

VACANT_SEAT = "（成员空缺）"  # stands in the sign-in list for a unit without a member

# A cancelled meeting stays visible to the units only if they had been told of it.
_TOLD = Q(state__in=[MeetingState.NOTIFIED, MeetingState.RECORDING, MeetingState.RECORDED]) | Q(
    state=MeetingState.CANCELLED, notice_on__isnull=False
)

LATELY = timedelta(minutes=3)  # somebody who saved in the last minutes is writing


def visible_to(user: Any) -> QuerySet[Meeting]:
    """Meetings the user may see: all for the office and leaders; a unit's own once told; grants."""
    standing = standing_of(user)
    if standing.reads_all:  # what was handed out adds nothing
        return seen(standing.reads_all, standing.units, Q())
    return seen(standing.reads_all, standing.units, grants.readable(Meeting, user))


def seen(reads_all: bool, units: Any, granted: Q) -> QuerySet[Meeting]:
    """Meetings seen by people of these units, with what was handed out to them; all where they read all."""
    if reads_all:
        return Meeting.objects.all()
    facts = _TOLD & Q(pk__in=Invitation.objects.filter(unit__in=units).values("meeting"))
    return Meeting.objects.filter(facts | granted)


def topics_visible_to(user: Any) -> QuerySet[Topic]:
    """Topics the user may see: all for the office and the leaders, a unit's own for the unit."""
    standing = standing_of(user)
    rows = Topic.objects.select_related("unit")
    return rows if standing.reads_all else rows.filter(unit__in=standing.units)


def invitations_visible_to(user: Any) -> QuerySet[Invitation]:
    """Invitations the user may see: all for those who prepare the meeting, a unit's own once it was told."""
    standing = standing_of(user)
    rows = Invitation.objects.select_related("meeting", "unit", "replied_by", "approved_by")
    if standing.reads_all:
        return rows
    return rows.filter(unit__in=standing.units, meeting__in=Meeting.objects.filter(_TOLD))


def agenda_of(meeting: Meeting) -> list[AgendaItem]:
    """The agenda in its order."""
    return list(meeting.agenda.select_related("reporter_unit", "topic__unit"))


def invitations_of(meeting: Meeting) -> list[Invitation]:
    """Invitations in charter order."""
    return list(
        meeting.invitations.select_related("unit", "replied_by", "approved_by").order_by("unit__order", "id")
    )


def acceptable_topics() -> QuerySet[Topic]:
    """Accepted topics that stand on no agenda yet."""
    return Topic.objects.filter(state=TopicState.ACCEPTED, agenda_item__isnull=True).select_related("unit")


def attending_units(meeting: Meeting) -> list[Unit]:
    """与会单位 (C11): units with somebody in the room, in charter order."""
    here = Attendance.objects.filter(meeting=meeting, status__in=IN_THE_ROOM).exclude(
        role=AttendeeRole.OBSERVER
    )
    return list(Unit.objects.filter(pk__in=here.values("unit")).order_by("order", "id"))


def _blocks() -> QuerySet[RecordBlock]:
    """Blocks with units and duties, in the order of the record, deleted ones included."""
    parts = Prefetch("parts", BlockUnit.objects.select_related("unit"))
    duties = Prefetch("duties", Duty.objects.select_related("unit"))
    rows = RecordBlock.objects.select_related("unit", "updated_by").prefetch_related(parts, duties)
    return rows.order_by("position", "id")


def live_blocks() -> QuerySet[RecordBlock]:
    """Blocks that were not deleted, with units and duties, in the order of the record."""
    return _blocks().filter(deleted_at__isnull=True)


def record_of(meeting: Meeting) -> list[AgendaItem]:
    """The agenda in order; `item.blocks.all()` are its live blocks, prefetched with units and duties."""
    return list(
        meeting.agenda.select_related("reporter_unit", "topic").prefetch_related(
            Prefetch("blocks", live_blocks())
        )
    )


def whole_record_of(meeting: Meeting) -> list[AgendaItem]:
    """Like `record_of`, deleted blocks included: the recording room offers to bring them back."""
    return list(
        meeting.agenda.select_related("reporter_unit").prefetch_related(Prefetch("blocks", _blocks()))
    )


def whole_block(pk: int) -> RecordBlock:
    """One block with everything its form shows, whether deleted or not."""
    return _blocks().select_related("agenda_item").get(pk=pk)


def loose_blocks(meeting: Meeting) -> list[RecordBlock]:
    """Blocks of a finished record under no agenda item: imported meetings do not say where a speech belongs."""
    if meeting.state != MeetingState.RECORDED:
        return []
    return list(live_blocks().filter(meeting=meeting, agenda_item__isnull=True))


def attendance_of(meeting: Meeting) -> list[Attendance]:
    """The sign-in list in its printed order."""
    return list(meeting.attendance.select_related("unit"))


def board_rows(meeting: Meeting) -> list[Attendance]:
    """The sign-in list with who left and came (`movements`, in time). Two queries."""
    moves = Prefetch("movements", Movement.objects.select_related("agenda_item"))
    return list(meeting.attendance.select_related("unit").prefetch_related(moves))


def taken_up(meeting: Meeting) -> list[AgendaItem]:
    """The items that were before the meeting, in the agenda's order; all of them where nobody kept the times."""
    begun = meeting.agenda.filter(spans__isnull=False).distinct().order_by("seq")
    return list(begun) or list(meeting.agenda.order_by("seq"))


def saved_lately(meeting: Meeting, *, than: Any) -> list[RecordBlock]:
    """Blocks that somebody else saved in the last minutes, newest first: who is writing where."""
    rows = meeting.blocks.filter(updated_at__gte=timezone.now() - LATELY).exclude(updated_by=than)
    return list(rows.select_related("updated_by", "agenda_item").order_by("-updated_at")[:5])


def deadlines() -> list[Deadline]:
    """Reply deadlines of the units that have not answered a notice. Two queries."""
    rows = list(
        Invitation.objects.silent()
        .filter(meeting__state=MeetingState.NOTIFIED, meeting__reply_by__isnull=False)
        .select_related("meeting")
    )
    users = liaison_users({row.unit_id for row in rows}) if rows else {}
    return [
        Deadline(
            kind="meeting_reply",
            key=f"invitation:{row.pk}",
            title=f"会议回执：{row.meeting.title}",
            url=row.get_absolute_url(),
            due_at=row.meeting.reply_by,  # type: ignore[arg-type]
            users=tuple(users[row.unit_id]),
        )
        for row in rows
    ]


def expected_at(meeting: Meeting) -> list[Attendance]:
    """Who is expected, in the printed roster's order: convener, members, observers.

    The sign-in list where it was made; before that the same people from the invitations and the members of the
    meeting's day, as rows that are not saved. At most four queries.
    """
    rows = attendance_of(meeting) or _foreseen(meeting)
    return sorted(rows, key=_place)


def _place(row: Attendance) -> tuple[int, int, int]:
    """召集人 first, members by the charter's name list, observers last; never by pinyin."""
    rank = [AttendeeRole.CONVENER, AttendeeRole.MEMBER, AttendeeRole.OBSERVER].index(AttendeeRole(row.role))
    by_unit = row.unit.roster_order if row.unit and rank == 1 else 0
    return rank, by_unit, row.position


def _foreseen(meeting: Meeting) -> list[Attendance]:
    replies = {row.unit_id: row for row in invitations_of(meeting)}
    rows = []
    for held in members_on(timezone.localdate(meeting.starts_at)):
        is_convener = held.post.kind == PostKind.CONVENER
        if is_convener or held.post.unit_id in replies:
            role = AttendeeRole.CONVENER if is_convener else AttendeeRole.MEMBER
            row = Attendance(role=role, unit=held.post.unit, name=held.person.name, title=held.title)
            rows.append(row if is_convener else _as_replied(row, replies[held.post.unit_id]))
    here = {row.unit_id for row in rows if row.role == AttendeeRole.MEMBER}
    rows += [
        _as_replied(Attendance(role=AttendeeRole.MEMBER, unit=invitation.unit, name=VACANT_SEAT), invitation)
        for unit_id, invitation in replies.items()
        if unit_id not in here
    ]
    lines = [line.strip() for line in meeting.observers.splitlines() if line.strip()]
    rows += [Attendance(role=AttendeeRole.OBSERVER, name=line) for line in lines]
    for position, row in enumerate(rows, 1):
        row.position = position
    return rows


def _as_replied(row: Attendance, invitation: Invitation) -> Attendance:
    """The row with what the unit's reply says of it; a refused substitute counts for nothing."""
    if invitation.reply == ReplyKind.LEAVE:
        row.status, row.reason = AttendanceStatus.LEAVE, invitation.reason
    elif invitation.reply == ReplyKind.SUBSTITUTE and invitation.approval != Approval.REFUSED:
        row.delegate_name, row.delegate_title = invitation.delegate_name, invitation.delegate_title
        row.reason = invitation.reason
    return row


def loose_of(meeting: Meeting) -> list[RecordBlock]:
    """Live blocks under no agenda item, whatever the meeting's state. Three queries."""
    return list(live_blocks().filter(meeting=meeting, agenda_item__isnull=True))
