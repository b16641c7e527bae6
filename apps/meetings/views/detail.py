"""The page of one meeting: facts, agenda, papers; replies and history for the office."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts import grants
from apps.common.workflow import WORKFLOWS
from apps.meetings import page_reads, permissions, selectors
from apps.meetings.enums import Approval, MeetingKind, MeetingState
from apps.meetings.models import Invitation, Meeting
from apps.roster.selectors import standing_of

from . import papers, reply_board
from .shared import STATE_COLOURS, buttons, link, split_bar, timeline

# Done by the minutes' own button, which composes the draft in the same act; in the room; on the sign-in page.
ELSEWHERE = frozenset({"close_recording", "adjourn", "resume", "amend_attendance"})

# From here on the words for the chair are worth a button.
SCRIPTED = frozenset({MeetingState.PLAN_APPROVED, MeetingState.NOTIFIED, MeetingState.RECORDING})


@require_GET
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting as far as this person may see it."""
    found = page_reads.fill(get_object_or_404(page_reads.detailed(selectors.visible_to(request.user)), pk=pk))
    actions, seldom = _actions(request.user, found)
    context = {
        "meeting": found,
        "colour": STATE_COLOURS[found.state],
        "facts": _facts(found),
        "actions": actions,
        "seldom": seldom,
        "agenda": list(found.agenda.all()),
        "invitations": list(found.invitations.all()),
        "papers": papers.links(request.user, found),
        **(_inside(request.user, found) if permissions.sees_replies(request.user) else {}),
    }
    return render(request, "meetings/detail.html", context)


def _inside(user: Any, found: Any) -> dict[str, Any]:
    """What only those see who prepare the meeting: replies, sign-in, history, what was opened to whom."""
    runs, asked = permissions.runs_office(user), list(found.invitations.all())
    may_reply = runs and found.state == MeetingState.NOTIFIED
    return {
        "sees_all": True,
        "board": _board(asked) if found.notice_on else [],
        "replies": reply_board.on_screen(asked, may_reply=may_reply) if found.notice_on else [],
        "signed": _signed(found),
        "history": timeline(found),
        "may_edit": permissions.can_edit_plan(user, found),
        "runs_office": runs,
        "shared": grants.panel(found, user, none_given=not found.is_shared),
    }


def _actions(user: Any, found: Meeting) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The bar and the seldom acts of this user on this meeting."""
    bar = []
    own = [row for row in found.invitations.all() if row.unit_id in standing_of(user).liaison_units]
    if own and found.state == MeetingState.NOTIFIED:
        label = _("填回执") if own[0].awaits_answer else _("修改回执")
        bar.append(link(label, "meetings:reply", own[0].pk, style="primary", icon="edit"))
    if permissions.can_edit_plan(user, found):
        bar.append(link(_("修改方案"), "meetings:edit", found.pk, icon="edit"))
        bar.append(link(_("编排议程"), "meetings:agenda", found.pk, icon="list-check"))
    if permissions.can_sign_in(user, found):
        bar.append(link(_("签到"), "meetings:sign_in", found.pk, icon="user-check"))
    elif permissions.can_sign_self(user, found) and found.attendance.all() and _is_today(found):
        bar.append(link(_("扫码签到"), "meetings:here", found.pk, style="primary", icon="qrcode"))
    bar += _for_the_chair(user, found)
    if permissions.can_read_record(user) and found.state in (MeetingState.RECORDING, MeetingState.RECORDED):
        label = _("进入会议记录") if permissions.can_record(user, found) else _("查看会议记录")
        bar.append(link(label, "meetings:record", found.pk, style="primary", icon="microphone"))
    here = tuple(row.name for row in WORKFLOWS[Meeting].rows if row.name not in ELSEWHERE)
    main, seldom = split_bar(buttons(user, found, act="meetings:act", only=here))
    return [*bar, *main], seldom


def _for_the_chair(user: Any, found: Meeting) -> list[dict[str, Any]]:
    if found.state not in SCRIPTED or not permissions.sees_script(user, found):
        return []
    return [link(_("主持词"), "meetings:script", found.pk, icon="speakerphone")]


def _is_today(found: Meeting) -> bool:
    return timezone.localdate(found.starts_at) == timezone.localdate()


def _facts(found: Meeting) -> list[dict[str, Any]]:
    """The rows of the facts list that are not dates (those the template words itself)."""
    pairs = [
        (_("类型"), MeetingKind(found.kind).label),
        (_("地点"), found.place),
        (_("主持人"), found.chair or _("召集人")),
        (_("记录人"), found.recorder),
        (_("通知文号"), found.notice_number),
        (_("紧急程度"), found.urgency),
        (_("联系人"), found.contact),
    ]
    return [{"label": label, "value": value} for label, value in pairs if value]


def _board(invitations: list[Invitation]) -> list[dict[str, Any]]:
    """Figures above the reply board."""
    asked = [row for row in invitations if row.approval == Approval.WAITING]
    figures = [
        (_("应回执"), len(invitations)),
        (_("已阅读"), sum(row.read_at is not None for row in invitations)),
        (_("已回执"), sum(not row.awaits_answer for row in invitations)),
        (_("未回执"), sum(row.awaits_answer for row in invitations)),
        (_("代会待批"), len(asked)),
    ]
    return [{"label": label, "value": value, "unit": _("家")} for label, value in figures]


def _signed(found: Meeting) -> list[dict[str, Any]]:
    """Figures of the sign-in; nothing before there is a list."""
    rows = [row for row in found.attendance.all() if not row.observes]
    if not rows:
        return []
    here = [row for row in rows if row.in_the_room]
    units = {row.unit_id for row in here if row.unit_id}
    figures = [
        (_("应到"), len(rows), _("人")),
        (_("实到"), len(here), _("人")),
        (_("与会单位"), len(units), _("家")),
    ]
    return [{"label": label, "value": value, "unit": unit} for label, value, unit in figures]
