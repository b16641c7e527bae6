"""The two tables of this app: a topic's road to the agenda, a meeting's road from plan to closed record."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.workflow import STAY, Transition, Workflow, register, sources

from . import permissions as may
from .enums import MeetingKind, MeetingState, TopicState
from .models import Meeting, Topic


def stands_on_an_agenda(topic: Any) -> str | None:
    """须先放入会议议程"""
    return None if hasattr(topic, "agenda_item") else str(_("请在会议议程中选入这项议题。"))


def left_its_agenda(topic: Any) -> str | None:
    """须先从会议议程中移出"""
    return str(_("请先在会议议程中移出这项议题。")) if hasattr(topic, "agenda_item") else None


def plan_is_complete(meeting: Any) -> str | None:
    """有议题、有参会单位，时间未过（紧急会议除外）"""
    if not meeting.agenda.exists():
        return str(_("还没有议题，请先编排议程。"))
    if not meeting.invitations.exists():
        return str(_("还没有选择参会单位。"))
    return still_ahead(meeting)


def still_ahead(meeting: Any) -> str | None:
    """会议时间未过（紧急会议除外）"""
    if meeting.kind != MeetingKind.EMERGENCY and meeting.starts_at <= timezone.now():
        return str(_("会议时间已过，请先修改时间。"))
    return None


def somebody_to_chase(meeting: Any) -> str | None:
    """有单位未回执，且今天还没有催过"""
    silent = [row for row in meeting.invitations.all() if row.awaits_answer]
    if not silent:
        return str(_("各单位均已回执，不需要催报。"))
    if all(row.chased_at and row.chased_at >= start_of_today() for row in silent):
        return str(_("今天已经催报过，同一单位一天只催一次。"))
    return None


def start_of_today() -> Any:
    """Midnight, local time."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def somebody_attends(meeting: Any) -> str | None:
    """至少有一个成员单位签到（C11 以与会单位为准）"""
    here = [row for row in meeting.attendance.all() if row.in_the_room and row.unit_id and not row.observes]
    return None if here else str(_("还没有成员单位签到，请先完成签到。"))


def is_adjourned(meeting: Any) -> bool:
    """Whether the meeting is in a recess now."""
    return bool(meeting.adjournments.filter(until_at__isnull=True).exists())


def goes_on(meeting: Any) -> str | None:
    """没有在休会"""
    return str(_("已经在休会。")) if is_adjourned(meeting) else None


def stands_still(meeting: Any) -> str | None:
    """正在休会"""
    return None if is_adjourned(meeting) else str(_("没有在休会。"))


def draft_is_at_hand(meeting: Any) -> str | None:
    """纪要还在拟稿（与会单位决定向谁征求意见）"""
    minutes = getattr(meeting, "minutes", None)  # made by the app above; a record closed alone has none
    if minutes is None or minutes.state == "drafting":
        return None
    return str(_("纪要已送核稿，签到不能再补录。"))


_T, _M = TopicState, MeetingState

register(
    Workflow(
        model=Topic,
        label=_("议题"),
        states=TopicState,
        rows=(
            Transition(
                "accept",
                _("受理"),
                sources(_T.PROPOSED, _T.DEFERRED),
                _T.ACCEPTED,
                may.runs_office,
                style="primary",
            ),
            Transition(
                "return_",
                _("退回"),
                sources(_T.PROPOSED),
                _T.RETURNED,
                may.runs_office,
                needs_reason=True,
                style="outline-danger",
            ),
            Transition(
                "defer",
                _("缓议"),
                sources(_T.PROPOSED),
                _T.DEFERRED,
                may.runs_office,
                needs_reason=True,
                style="outline-secondary",
            ),
            Transition(
                "resubmit", _("重新提交"), sources(_T.RETURNED), _T.PROPOSED, may.proposed_it, style="primary"
            ),
            Transition(
                "schedule",
                _("列入议程"),
                sources(_T.ACCEPTED),
                _T.SCHEDULED,
                may.runs_office,
                stands_on_an_agenda,
            ),
            Transition(
                "unschedule",
                _("移出议程"),
                sources(_T.SCHEDULED),
                _T.ACCEPTED,
                may.runs_office_or_convenes,
                left_its_agenda,
            ),
            Transition(
                "withdraw",
                _("撤回"),
                sources(_T.PROPOSED, _T.RETURNED, _T.DEFERRED),
                _T.WITHDRAWN,
                may.proposed_it,
                style="outline-danger",
            ),
        ),
    )
)

register(
    Workflow(
        model=Meeting,
        label=_("会议"),
        states=MeetingState,
        rows=(
            Transition(
                "submit_plan",
                _("提交方案"),
                sources(_M.PLANNING),
                _M.PLAN_SUBMITTED,
                may.runs_office,
                plan_is_complete,
                style="primary",
            ),
            Transition(
                "approve_plan",
                _("批准方案"),
                sources(_M.PLAN_SUBMITTED),
                _M.PLAN_APPROVED,
                may.convenes,
                style="primary",
            ),
            Transition(
                "return_plan",
                _("退回修改"),
                sources(_M.PLAN_SUBMITTED),
                _M.PLANNING,
                may.convenes,
                needs_reason=True,
                style="outline-danger",
            ),
            Transition(
                "withdraw_plan",
                _("撤回方案"),
                sources(_M.PLAN_SUBMITTED),
                _M.PLANNING,
                may.runs_office,
                style="outline-secondary",
            ),
            Transition(
                "notify",
                _("发出通知"),
                sources(_M.PLAN_APPROVED),
                _M.NOTIFIED,
                may.runs_office,
                still_ahead,
                style="primary",
            ),
            Transition(
                "rework_plan",
                _("修改方案"),
                sources(_M.PLAN_APPROVED),
                _M.PLANNING,
                may.runs_office,
                needs_reason=True,
                style="outline-secondary",
            ),
            Transition(
                "start_recording",
                _("开始会议记录"),
                sources(_M.NOTIFIED),
                _M.RECORDING,
                may.runs_office,
                style="primary",
            ),
            Transition(
                "chase",
                _("催报"),
                sources(_M.NOTIFIED),
                STAY,
                may.runs_office,
                somebody_to_chase,
                style="outline-primary",
            ),
            Transition(
                "postpone",
                _("改期"),
                sources(_M.NOTIFIED),
                STAY,
                may.runs_office,
                needs_reason=True,
                style="outline-secondary",
            ),
            Transition(
                "adjourn",
                _("休会"),
                sources(_M.RECORDING),
                STAY,
                may.runs_office,
                goes_on,
                style="outline-secondary",
            ),
            Transition(
                "resume",
                _("继续开会"),
                sources(_M.RECORDING),
                STAY,
                may.runs_office,
                stands_still,
                style="primary",
            ),
            Transition(
                "amend_attendance",
                _("按纸质签到表补录"),
                sources(_M.RECORDED),
                STAY,
                may.runs_office,
                draft_is_at_hand,
                style="outline-secondary",
            ),
            Transition(
                "close_recording",
                _("结束会议记录"),
                sources(_M.RECORDING),
                _M.RECORDED,
                may.runs_office,
                somebody_attends,
                style="primary",
            ),
            Transition(
                "cancel",
                _("取消会议"),
                sources(_M.PLANNING, _M.PLAN_SUBMITTED, _M.PLAN_APPROVED, _M.NOTIFIED),
                _M.CANCELLED,
                may.runs_office_or_convenes,
                needs_reason=True,
                style="outline-danger",
            ),
        ),
    )
)
