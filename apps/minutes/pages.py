"""What the pages of a 纪要 show, ready for templates: steps, buttons, history, page images. Reads only."""

from datetime import date
from typing import Any

from django.urls import reverse

from apps.common import audit
from apps.common.models import AuditEvent
from apps.common.workflow import verbs

from .enums import MinutesState as S
from .enums import Step
from .models import Endorsement, Minutes
from .pages_consent import answers_in_short, figures, grouped
from .permissions import can_answer, can_edit, can_handle
from .selectors import own_consents

__all__ = [
    "STEPS", "actions", "answers", "answers_in_short", "figures", "grouped", "history", "last_return", "shell", "steps",
]  # fmt: skip
# The ten steps of the paper, the endorsement that marks each, and how many are behind it in a state.
STEPS = (
    ("拟稿", Step.DRAFT), ("核稿", Step.PROOFREAD), ("征求意见", Step.CIRCULATE), ("审核", Step.AUDIT), ("签发", Step.SIGN),
    ("复核", Step.CHECK), ("编号", Step.NUMBER), ("印发", Step.PRINT), ("抄报", Step.REPORT), ("归档", None),
)  # fmt: skip
_BEHIND = {
    S.DRAFTING: 0, S.REVIEWING: 1, S.REVIEWED: 2, S.CIRCULATING: 2, S.SETTLING: 2, S.AUDITING: 3, S.SIGNING: 4,
    S.CHECKING: 5, S.NUMBERING: 6, S.ISSUING: 7, S.ISSUED: 8, S.ARCHIVED: 10,
    S.STOPPED: 10,
}  # fmt: skip
# Acts that need more than a button: verb → the page where it is done.
_PAGES = {
    "circulate": "minutes:circulate",
    "countersign": "minutes:countersign",
    "recirculate": "minutes:circulate",
    "register_signature": "minutes:register_signature",
    "number": "minutes:number",
    "issue": "minutes:issue",
    "sign": "minutes:sign",
}
_ICONS = {
    "submit_review": "send", "pass_review": "check", "circulate": "users", "recirculate": "refresh", "settle": "check",
    "submit_audit": "send", "pass_audit": "check", "sign": "rubber-stamp", "register_signature": "upload",
    "countersign": "edit", "check": "check", "number": "list-check", "issue": "send", "archive": "lock",
}  # fmt: skip
# Done on pages of their own, and never shown as a button of the bar.
_ELSEWHERE = frozenset({"correct", "stop"})
_QUESTIONS = {
    "settle": "结束后各单位不能再反馈。逾期未反馈的，按征求意见函载明的办法处理。确定结束吗？",
    "archive": "归档后不再办理。确定归档吗？",
    "reopen": "退回后，审核和签发都失效，须重新办理。",
}


def steps(minutes: Minutes, endorsements: list[Endorsement]) -> list[dict[str, Any]]:
    """The stepper: each of the ten steps with who and when, as far as it got."""
    behind = _BEHIND[S(minutes.state)]
    done = {line.step: line for line in endorsements if not line.voided}
    rows = []
    for place, (label, step) in enumerate(STEPS):
        line = done.get(step) if step and place < behind else None
        state = "done" if place < behind else "current" if place == behind else "todo"
        rows.append(
            {
                "label": label,
                "state": state,
                "at": line.signed_on if line else None,
                "by": line.name if line else "",
            }
        )
    return rows


def answers(user: Any, minutes: Minutes) -> list[dict[str, Any]]:
    """The way to a unit's own answer, for leaders who are a unit's liaison besides (the host unit's deputy)."""
    if minutes.state != S.CIRCULATING:
        return []
    return [
        {
            "label": f"{consent.unit}反馈意见",
            "url": reverse("minutes:consent", args=[consent.pk]),
            "method": "get",
            "style": "primary",
            "icon": "message",
        }
        for consent in own_consents(user, minutes)
        if consent.circulation.closed_at is None and can_answer(user, consent)
    ]


def actions(user: Any, minutes: Minutes, *, leave_out: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The action bar: what this user may do with it now, and why a button is grey."""
    rows = []
    for verb in verbs(user, minutes):
        too_late = verb.name.startswith("withdraw_") and not verb.enabled  # the next person has acted
        if verb.name in leave_out or verb.name in _ELSEWHERE or too_late:
            continue
        page = _PAGES.get(verb.name)
        url = (
            reverse(page, args=[minutes.pk]) if page else reverse("minutes:act", args=[minutes.pk, verb.name])
        )
        rows.append(
            {
                "label": verb.label,
                "url": url,
                "method": "get" if page else "post",
                "style": verb.style if verb.style == "primary" else "outline-primary",
                "enabled": verb.enabled,
                "reason_disabled": verb.refusal,
                "icon": _ICONS.get(verb.name, "arrow-back-up"),
                "reason": "理由" if verb.needs_reason else "",
                "reason_required": verb.needs_reason,
                "confirm": "" if page else _QUESTIONS.get(verb.name, ""),
            }
        )
    return rows


def history(minutes: Minutes) -> list[dict[str, Any]]:
    """What happened, the newest first, with the reasons given; downloads stand in the journal alone.

    What was imported stands under its own date, as on the pages of items.
    """
    return [_line(event) for event in audit.history_of(minutes).exclude(verb="download")][::-1]


def _line(event: AuditEvent) -> dict[str, Any]:
    text = event.detail.get("reason") or event.detail.get("text") or ""
    if not event.detail.get("imported"):
        return {"at": event.at, "by": event.actor_label, "label": event.label, "text": text}
    day = event.detail.get("on")
    at = date.fromisoformat(day) if day else event.at
    who = event.detail.get("who")
    return {"at": at, "by": f"{who}（导入）" if who else "导入", "label": event.label, "text": text}


def last_return(minutes: Minutes, endorsements: list[Endorsement]) -> Endorsement | None:
    """Why it came back, while it lies with those who must put it right."""
    if minutes.state not in (S.DRAFTING, S.SETTLING):
        return None
    lines = [line for line in endorsements if line.step in (Step.RETURN, Step.SETTLE, Step.DRAFT)]
    return lines[-1] if lines and lines[-1].step == Step.RETURN else None


def shell(user: Any, minutes: Minutes, page: str) -> dict[str, Any]:
    """What every page of one 纪要 has: the object, crumbs, badge, rights."""
    crumbs = [
        {"label": "会议纪要", "url": reverse("minutes:list")},
        {"label": str(minutes), "url": minutes.get_absolute_url()},
    ]
    return {
        "minutes": minutes,
        "meeting": minutes.meeting,
        "crumbs": [*crumbs, {"label": page}] if page else crumbs,
        "colour": minutes.colour,
        "may_edit": can_edit(user, minutes),
        "is_office": can_handle(user, minutes),
    }
