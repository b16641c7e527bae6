"""The board of replies on a meeting's page: each cell a ready text."""

from collections.abc import Iterable
from typing import Any

from apps.common.ready import pattern_of, under
from apps.common.templatetags.portal import zh_date, zh_name, zh_time
from apps.meetings.enums import Approval, ReplyKind
from apps.meetings.models import Invitation

_ANSWERS = {
    "": ("yellow", "未回执"),
    ReplyKind.ATTEND: ("green", "参会"),
    ReplyKind.SUBSTITUTE: ("green", "代会（已同意）"),
    ReplyKind.LEAVE: ("grey", "请假"),
}


def on_screen(invitations: Iterable[Invitation], *, may_reply: bool) -> list[dict[str, Any]]:
    """A line a unit: whether it read the notice, its answer as a lamp, what it said.

    `look` and `behalf` are addresses of buttons; `may_reply`: the office may answer for a unit now.
    """
    page, behalf = pattern_of("meetings:reply"), pattern_of("meetings:behalf")
    return [_row(row, page.format(row.pk), behalf.format(row.pk) if may_reply else "") for row in invitations]


def _row(row: Invitation, page: str, behalf: str) -> dict[str, Any]:
    waits = row.approval == Approval.WAITING
    level, words = _answer(row)
    return {
        "url": page, "unit": str(row.unit), "read": _moment(row.read_at) if row.read_at else "",
        "by_office": row.on_behalf, "level": level, "lamp": words,
        "notes": under(
            [
                not row.reply and row.chased_at and f"{zh_date(row.chased_at, 'short')} 已催报",
                row.reply and row.is_late and "逾期回执",
            ]
        ),
        "delegate": f"{zh_name(row.delegate_name)} {row.delegate_title}" if row.delegate_name else "",
        "said": _said(row), "look": page if waits else "", "behalf": "" if waits else behalf,
    }  # fmt: skip


def _answer(row: Invitation) -> tuple[str, str]:
    """Level and words of the lamp of an answer."""
    if row.approval == Approval.REFUSED:
        return "red", "代会未同意，待重回"
    if row.reply == ReplyKind.SUBSTITUTE and row.approval == Approval.WAITING:
        return "yellow", "代会（待批准）"
    return _ANSWERS[row.reply]


def _said(row: Invitation) -> str:
    """Reason, source, remark and who answered when, a line each."""
    answered = row.replied_at and _moment(row.replied_at)
    return under(
        [
            " ".join(row.reason.split()),
            row.on_behalf and f"办公室代录：{row.source_note}",
            row.approval_note and f"批注：{row.approval_note}",
            answered and (f"{answered} · {row.replied_by}" if row.replied_by else answered),
        ]
    )


def _moment(when: Any) -> str:
    return f"{zh_date(when, 'short')} {zh_time(when)}"
