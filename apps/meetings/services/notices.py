"""The notice and the answers to it: notify, chase, postpone, cancel; reply, substitute, read mark."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common import audit, workflow
from apps.common.errors import Refused
from apps.dispatch.services import tell
from apps.documents.enums import PaperKind
from apps.documents.services import freeze
from apps.meetings import papers, permissions
from apps.meetings.enums import Approval, MeetingState, ReplyKind
from apps.meetings.models import Invitation, Meeting
from apps.meetings.workflow import start_of_today
from apps.roster.enums import PostKind
from apps.roster.selectors import liaison_users, users_of

from .plans import free_topics


@transaction.atomic
def notify(
    meeting: Meeting,
    *,
    reply_by: datetime,
    by: Any,
    notice_number: str = "",
    notice_on: date | None = None,
    materials_by: datetime | None = None,
    urgency: str = "",
    requirements: str = "",
    contact: str = "",
) -> Meeting:
    """Issue the 会议通知: freeze its paper and tell the liaisons of every invited unit.

    The outside number is typed in, may be empty. Raises Refused, PermissionDenied, ValidationError (a
    deadline after the meeting, a character that cannot be printed).
    """
    _before_the_meeting(reply_by, meeting.starts_at)
    fresh = workflow.move(
        meeting, "notify", by=by, reply_by=reply_by, notice_number=notice_number,
        notice_on=notice_on or timezone.localdate(), materials_by=materials_by, urgency=urgency,
        requirements=requirements, contact=contact,
    )  # fmt: skip
    _freeze_notice(fresh, by=by)
    _tell_units(fresh, f"会议通知：{fresh.title}", by=by)
    meeting.notice_paper = fresh.notice_paper
    return fresh


def _before_the_meeting(reply_by: datetime, starts_at: datetime) -> None:
    if reply_by > starts_at:
        raise ValidationError({"reply_by": _("回执截止不能晚于会议开始时间。")})


def _freeze_notice(meeting: Meeting, *, by: Any, was_at: datetime | None = None) -> None:
    paper = papers.notice(meeting, was_at=was_at)
    meeting.notice_paper = freeze(
        paper, kind=PaperKind.NOTICE, title=paper.title, by=by, number_text=meeting.notice_number,
        signed_on=meeting.notice_on, previous=meeting.notice_paper,
    )  # fmt: skip
    meeting.full_clean()
    workflow.save_with_history(meeting, by=by, why="制发通知")


def _tell_units(
    meeting: Meeting,
    title: str,
    *,
    by: Any,
    kind: str = "notice",
    key: str = "",
    was_at: datetime | None = None,
) -> None:
    """One message to each liaison of each invited unit, pointing at that unit's own page."""
    rows = list(meeting.invitations.select_related("unit"))
    near = _is_near(meeting.starts_at) or (was_at is not None and _is_near(was_at))
    _tell(rows, meeting, title, by=by, kind=kind, key=key or _version_of(meeting), urgent=near)


def _version_of(meeting: Meeting) -> str:
    """The notice that is told: one that names another place, or the first time again, is told as well."""
    return f"{meeting.starts_at:%Y%m%d%H%M}:{meeting.notice_paper_id}"


def _is_near(starts_at: datetime) -> bool:
    """Within a day: who is told of it the next morning may be told too late."""
    return abs(starts_at - timezone.now()) <= timedelta(days=1)


def _tell(
    rows: list[Invitation], meeting: Meeting, title: str, *, by: Any, kind: str, key: str, urgent: bool
) -> None:
    users = liaison_users({row.unit_id for row in rows})
    for row in rows:
        tell(
            users[row.unit_id], kind=kind, title=title, url=row.get_absolute_url(), key=f"{row.pk}:{key}",
            deadline=meeting.reply_by, by=by, urgent=urgent,
        )  # fmt: skip


@transaction.atomic
def chase(meeting: Meeting, *, by: Any) -> list[Invitation]:
    """催报: remind only the units that have not answered, each at most once a day. Returns those reminded."""
    fresh = workflow.move(meeting, "chase", by=by)
    silent = fresh.invitations.silent().exclude(chased_at__gte=start_of_today()).select_related("unit")
    rows = list(silent.select_for_update(of=("self",)))
    for row in rows:
        row.chased_at = timezone.now()
        workflow.save_with_history(row, by=by, why="催报")
    _tell(
        rows,
        fresh,
        f"请尽快填报会议回执：{fresh.title}",
        by=by,
        kind="chase",
        key=f"{timezone.localdate():%Y%m%d}",
        urgent=_is_near(fresh.starts_at),
    )
    return rows


@transaction.atomic
def postpone(
    meeting: Meeting,
    *,
    starts_at: datetime,
    ends_at: datetime | None,
    place: str,
    reply_by: datetime,
    reason: str,
    by: Any,
) -> Meeting:
    """改期: new time and place for a meeting that was notified; every unit is told and asked again.

    The notice gets a new version, a notice of change. Raises Refused without a reason, ValidationError.
    """
    if starts_at <= timezone.now():
        raise ValidationError({"starts_at": _("新的开始时间须在将来。")})
    _before_the_meeting(reply_by, starts_at)
    was_at = workflow.lock(meeting).starts_at
    fresh = workflow.move(
        meeting, "postpone", by=by, reason=reason, starts_at=starts_at, ends_at=ends_at, place=place,
        reply_by=reply_by,
    )  # fmt: skip
    fresh.reason, fresh.notice_on = reason, timezone.localdate()
    for row in fresh.invitations.select_for_update(of=("self",)):
        _forget_answer(row)
        workflow.save_with_history(row, by=by, why="会议改期，重新回执")
    fresh.attendance.all().delete()
    _freeze_notice(fresh, by=by, was_at=was_at)
    _tell_units(fresh, f"会议改期，请重新回执：{fresh.title}", by=by, was_at=was_at)
    return fresh


def _forget_answer(row: Invitation) -> None:
    row.reply = row.delegate_name = row.delegate_title = row.reason = row.source_note = row.approval_note = ""
    row.read_at = row.replied_at = row.replied_by = row.approved_at = row.approved_by = row.chased_at = None
    row.on_behalf, row.approval = False, Approval.NOT_NEEDED


@transaction.atomic
def cancel(meeting: Meeting, *, reason: str, by: Any) -> Meeting:
    """Cancel a meeting that has not begun; its topics are free again, units that had been told are told."""
    told = workflow.lock(meeting).state == MeetingState.NOTIFIED
    fresh = workflow.move(meeting, "cancel", by=by, reason=reason)
    fresh.reason = reason
    fresh.full_clean()
    workflow.save_with_history(fresh, by=by, why="取消会议")
    free_topics(fresh, by=by)
    if told:
        fresh.reply_by = None  # nothing is to be answered any more; the row keeps its date
        _tell_units(fresh, f"会议取消：{fresh.title}", by=by, kind="cancelled")
    return fresh


@transaction.atomic
def reply(
    invitation: Invitation,
    *,
    kind: str,
    by: Any,
    delegate_name: str = "",
    delegate_title: str = "",
    reason: str = "",
    on_behalf: bool = False,
    source_note: str = "",
) -> Invitation:
    """回执 of a unit: attend, substitute (waits for approval) or leave; again until the recording starts.

    By the unit's liaison, or `on_behalf` by the office for a unit that telephoned or wrote. After the
    deadline it is taken and marked late. Raises PermissionDenied, Refused (begun already), ValidationError.
    """
    if kind not in ReplyKind.values:
        raise ValidationError(_("请选择参会、委派代会或请假。"))
    row, meeting = _answerable(invitation, by=by, on_behalf=on_behalf)
    is_substitute = kind == ReplyKind.SUBSTITUTE
    row.reply = kind
    row.delegate_name = delegate_name if is_substitute else ""
    row.delegate_title = delegate_title if is_substitute else ""
    row.reason = "" if kind == ReplyKind.ATTEND else reason.strip()
    row.replied_at, row.replied_by = timezone.now(), by
    row.on_behalf, row.source_note = on_behalf, source_note if on_behalf else ""
    row.read_at = row.read_at or (None if on_behalf else row.replied_at)
    row.approval = Approval.WAITING if is_substitute else Approval.NOT_NEEDED
    row.approved_by, row.approved_at, row.approval_note = None, None, ""
    row.full_clean()
    workflow.save_with_history(row, by=by, why="回执")
    label = "代录回执" if on_behalf else "回执"
    audit.record(by=by, verb="reply", label=label, obj=meeting, detail={"reason": _reply_words(row)})
    if is_substitute:
        _ask_approval(row, meeting, by=by)
    return row


def _answerable(invitation: Invitation, *, by: Any, on_behalf: bool) -> tuple[Invitation, Meeting]:
    """Both rows locked (the meeting first, as everywhere), when this person may answer now."""
    meeting = workflow.lock(invitation.meeting)
    row = Invitation.objects.select_for_update(of=("self",)).select_related("unit").get(pk=invitation.pk)
    row.meeting = meeting
    may = permissions.runs_office(by) if on_behalf else permissions.answers_for(by, row)
    if not may:
        raise PermissionDenied(f"reply for {row.unit}")
    if meeting.state != MeetingState.NOTIFIED:
        raise Refused(
            f"会议{meeting.get_state_display()}，不能再填回执；如有变化请电话告知联席会议办公室。",
            meeting,
            "reply",
        )
    return row, meeting


def _reply_words(row: Invitation) -> str:
    words = f"{row.unit}：{row.get_reply_display()}"
    if row.reply == ReplyKind.SUBSTITUTE:
        words += f"（{row.delegate_name} {row.delegate_title}）".replace(" ）", "）")
    words += "，逾期" if row.is_late else ""
    return f"{words}；来源：{row.source_note}" if row.source_note else words


def _ask_approval(row: Invitation, meeting: Meeting, *, by: Any) -> None:
    people = [*users_of(PostKind.CONVENER), *users_of(PostKind.OFFICE_DIRECTOR)]
    approvers = [user for user in dict.fromkeys(people) if permissions.approves_substitutes(user)]
    tell(
        approvers, kind="substitute", title=f"{row.unit}申请委派代会：{meeting.title}",
        url=row.get_absolute_url(), key=f"{row.pk}:{row.replied_at:%Y%m%d%H%M%S}", deadline=meeting.starts_at,
        by=by,
    )  # fmt: skip


@transaction.atomic
def approve_substitute(invitation: Invitation, *, by: Any) -> Invitation:
    """Agree that a unit sends somebody else (who may: setting `substitute_approver`)."""
    return _decide(invitation, Approval.APPROVED, "", by=by)


@transaction.atomic
def refuse_substitute(invitation: Invitation, *, reason: str, by: Any) -> Invitation:
    """Do not agree; the unit is told why and answers again. Raises Refused without a reason."""
    if not reason.strip():
        raise Refused("请写明不同意代会的理由。", invitation.meeting, "refuse_substitute")
    row = _decide(invitation, Approval.REFUSED, reason, by=by)
    tell(
        liaison_users({row.unit_id})[row.unit_id], kind="refused",
        title=f"代会未获同意，请重新回执：{row.meeting.title}", url=row.get_absolute_url(),
        key=f"{row.pk}:{row.approved_at:%Y%m%d%H%M%S}", deadline=row.meeting.reply_by, by=by,
    )  # fmt: skip
    return row


def _decide(invitation: Invitation, decision: Approval, note: str, *, by: Any) -> Invitation:
    meeting = workflow.lock(invitation.meeting)
    row = Invitation.objects.select_for_update(of=("self",)).select_related("unit").get(pk=invitation.pk)
    row.meeting = meeting
    if not permissions.approves_substitutes(by):
        raise PermissionDenied(f"decide on the substitute of {row.unit}")
    if not permissions.can_decide_substitute(by, row):
        raise Refused("这项代会申请已经办理，或者会议已经结束。", meeting, "decide_substitute")
    row.approval, row.approval_note = decision, note.strip()
    row.approved_by, row.approved_at = by, timezone.now()
    row.full_clean()
    label = "同意代会" if decision == Approval.APPROVED else "不同意代会"
    workflow.save_with_history(row, by=by, why=label)
    words = f"{row.unit}：{row.delegate_name}" + (f"；{row.approval_note}" if note else "")
    audit.record(by=by, verb=f"substitute_{decision}", label=label, obj=meeting, detail={"reason": words})
    return row


@transaction.atomic
def mark_read(invitation: Invitation, *, by: Any) -> None:
    """The unit has opened its notice; only the first time counts, and only its own liaison's."""
    if invitation.read_at is None and permissions.can_reply(by, invitation):
        fresh = workflow.lock(invitation)  # an answer may have come in meanwhile
        if fresh.read_at is None:
            fresh.read_at = timezone.now()
            workflow.save_with_history(fresh, by=by, why="阅读通知")
        invitation.read_at = fresh.read_at
