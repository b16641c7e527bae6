"""What an item's page shows: facts in words, buttons, history. No writes."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.common import audit, workflow
from apps.roster.selectors import standing_of

from . import permissions
from .enums import ExtensionState, ItemState, LedgerState
from .lights import Verdict
from .models import ActionItem

FORM_PAGES = {"report": "report", "ask_close": "ask_close", "close": "close"}


ONE_BUTTON = (
    "sign_for",
    "sign_part",
    "report",
    "ask_close",
    "confirm_close",
    "close",
    "return_close",
    "terminate",
)


ICONS = {
    "sign_for": "check",
    "sign_part": "check",
    "report": "edit",
    "ask_close": "flag",
    "close": "circle-check",
}


QUESTIONS = {
    "confirm_close": _("确认后，由办公室主任办结。"),
    "terminate": _("终止后不再跟踪，不能恢复。"),
}


def facts(item: ActionItem, verdict: Verdict, link: str) -> list[dict[str, Any]]:
    """Field list of an item's page."""
    opened = date_format(item.opened_on, "Y年n月j日")
    rows: list[dict[str, Any]] = [
        {"label": _("来源"), "value": f"{item.source_label}第{item.seq}项", "url": link},
        {"label": _("交办日期"), "value": opened},
        {"label": _("完成时限"), "value": deadline_words(item, verdict)},
    ]
    if item.report_due_on and not item.current_due:
        rows.append({"label": _("下次报送日"), "value": date_format(item.report_due_on, "Y年n月j日")})
    if item.claimed_on and item.state == ItemState.CLOSING:
        rows.append({"label": _("申报完成日期"), "value": date_format(item.claimed_on, "Y年n月j日")})
    if item.closed_on:
        rows.append({"label": _("办结日期"), "value": date_format(item.closed_on, "Y年n月j日")})
    if item.confirmed_by_unit:
        rows.append({"label": _("确认完成的配合单位"), "value": item.confirmed_by_unit.short_name})
    if item.blocked:
        rows.append({"label": _("受阻情况"), "value": item.blocked, "wide": True})
    return rows


def deadline_words(item: ActionItem, verdict: Verdict) -> str:
    """2026年12月15日（原定2026年9月30日，经同意延期1次）."""
    if verdict.effective_due is None or verdict.due is None:
        return item.recurrence or str(LedgerState.STANDING.label)
    words = date_format(verdict.effective_due, "Y年n月j日")
    if verdict.extended:
        original = date_format(verdict.due, "Y年n月j日")
        return f"{words}（原定{original}，经同意延期{verdict.extended}次）"
    return words


def extensions(item: ActionItem) -> list[str]:
    """Each request in words: 原定…，经同意延至…."""
    found = []
    for row in item.extensions.all():
        old, new = date_format(row.old_due, "Y年n月j日"), date_format(row.new_due, "Y年n月j日")
        asked = f"{date_format(row.applied_on, 'Y年n月j日')}申请"
        end = {
            ExtensionState.GRANTED: f"经{row.decided_by}同意延至{new}",
            ExtensionState.REFUSED: f"申请延至{new}，{row.decided_by}不同意",
        }.get(ExtensionState(row.state), f"申请延至{new}，{row.get_state_display()}")
        late = "（逾期后申请，超期状态不变）" if row.asked_late else ""
        found.append(f"原定{old}，{end}。{asked}，理由：{row.reason}{late}")
    return found


def corrections(item: ActionItem) -> list[str]:
    """Each 更正 of the deadline in words."""
    return [
        f"{date_format(row.corrected_on, 'Y年n月j日')}更正：{row.reason}" for row in item.corrections.all()
    ]


def timeline(item: ActionItem) -> list[dict[str, Any]]:
    """The history, newest first. What was imported stands under its own date. One query."""
    events = list(audit.history_of(item))
    rows = [
        {
            "at": date.fromisoformat(event.detail["on"]) if event.detail.get("imported") else event.at,
            "by": "导入" if event.detail.get("imported") else event.actor_label,
            "label": event.label,
            "text": event.detail.get("reason", ""),
        }
        for event in events
    ]
    return rows[::-1]


def buttons(user: Any, item: ActionItem) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(the bar, what is done seldom): the acts this user may do now, with the reason where not yet."""
    verbs = workflow.verbs(user, item, only=ONE_BUTTON)
    if any(verb.name == "sign_for" for verb in verbs):
        verbs = [verb for verb in verbs if verb.name != "sign_part"]
    found = [_button(verb, item) for verb in verbs]
    seldom = [row for row in found if row["name"] == "terminate"]
    return [row for row in found if row not in seldom], seldom


def _button(verb: workflow.Verb, item: ActionItem) -> dict[str, Any]:
    page = FORM_PAGES.get(verb.name)
    url = reverse(f"action_items:{page}", args=[item.pk]) if page else ""
    name = "sign_for" if verb.name == "sign_part" else verb.name
    return {
        "name": verb.name,
        "label": verb.label,
        "url": url or reverse("action_items:act", args=[item.pk, name]),
        "method": "get" if page else "post",
        "style": {"secondary": "outline-primary"}.get(verb.style, verb.style),
        "enabled": verb.enabled,
        "reason_disabled": verb.refusal,
        "icon": ICONS.get(verb.name, ""),
        "confirm": "" if page else QUESTIONS.get(verb.name, ""),
        "reason": _("理由") if verb.needs_reason and not page else "",
        "reason_required": verb.needs_reason and not page,
    }


def next_step(user: Any, item: ActionItem) -> str:
    """One sentence: what is waited for, and from whom."""
    standing = standing_of(user)
    leads = permissions.is_lead(user, item) and not standing.runs_office
    if item.state == ItemState.ASSIGNED:
        return "请先点“签收”，表示已收到这项任务。" if leads else "等待牵头单位签收。"
    if item.state == ItemState.CLOSING and permissions.needs_confirmation(item):
        if item.confirmed_by_unit_id is None:
            return "市卫健委牵头的事项，先由一个配合单位确认完成，再由办公室主任办结。"
        return "配合单位已确认，等待办公室主任办结。"
    if item.state == ItemState.CLOSING:
        return "已申请办结，等待办公室审核。"
    if item.state == ItemState.IN_PROGRESS and leads:
        return "请按时报进展；完成后点“申请办结”。"
    return ""
