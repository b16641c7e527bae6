"""The dispatch desk: every copy of every paper in one list, and which of them nobody signed for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from apps.common.ready import labels_of, pattern_of, under
from apps.common.workflow import open_to
from apps.documents.enums import PaperKind, PaperStatus
from apps.documents.models import ArchivedPaper

from .enums import Channel, DeliveryRole, DeliveryState, MessageState
from .models import Delivery
from .selectors import visible_to

HEADINGS = [
    "公文", "文号", "文种", "收文单位", "类别", "送达方式", "状态", "邮件尝试次数", "最近的错误", "送出日期", "签收日期", "签收人",
    "未签收天数", "最近催签", "备注",
]  # fmt: skip

# What a line says or an act looks at; a paper holds its whole text, a message its body.
_SHOWN = (
    "role", "channel", "state", "sent_on", "received_on", "receiver", "chased_on", "confirmed_at", "note",
    "paper__title", "paper__number_text", "paper__kind", "paper__status", "paper__version", "recipient__name", "recipient__unit",
    "message__state", "message__attempts", "message__last_error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy with what this user may do; `waits` is the days since it was sent while nobody signed for it."""

    row: Delivery
    waits: int | None
    acts: tuple[str, ...]

    @property
    def may_register(self) -> bool:
        """The office may write down how the copy went."""
        return bool({"register_sent", "register_received", "amend"} & set(self.acts))

    @property
    def may_chase(self) -> bool:
        """Nobody asked the unit today."""
        return "chase" in self.acts

    @property
    def may_resend(self) -> bool:
        """Its mail came back and may be sent again."""
        message = self.row.message
        return "mail_again" in self.acts and message is not None and message.state == MessageState.DEAD


def copies(user: Any) -> QuerySet[Delivery]:
    """Copies of papers the user may see, the newest paper first, then in the order of the register."""
    rows = visible_to(user).select_related(None).select_related("paper", "recipient", "message").only(*_SHOWN)
    return rows.order_by("-paper", "-recipient__is_superior", "recipient__order", "id")


def unsigned_only(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Copies of papers in force that went out and nobody signed for, the longest sent first; what waits to go is not asked for."""
    waiting = rows.filter(state=DeliveryState.SENT, paper__status=PaperStatus.CURRENT)
    return waiting.order_by("sent_on", "-paper", "recipient__order", "id")


def shown(rows: Iterable[Delivery], user: Any, day: date) -> list[Copy]:
    """The rows with what may be done. No query."""
    return [_copy(row, user, day) for row in rows]


def _copy(row: Delivery, user: Any, day: date) -> Copy:
    waits = (day - row.sent_on).days if row.sent_on and row.state != DeliveryState.RECEIVED else None
    return Copy(row, waits, open_to(user, row))


def number_of(paper: ArchivedPaper) -> str:
    """Its number; with the version from the second on, and what it is worth where it is not in force."""
    words = [paper.number_text, f"第{paper.version}版" if paper.version > 1 else ""]
    words.append("" if paper.status == PaperStatus.CURRENT else labels_of(PaperStatus)[paper.status])
    return "　".join(word for word in words if word)


def cells(copy: Copy) -> list[Any]:
    """One line of the sheet, in the order of HEADINGS."""
    row, message = copy.row, copy.row.message
    return [
        row.paper.title,
        number_of(row.paper),
        labels_of(PaperKind)[row.paper.kind],
        row.recipient.name,
        labels_of(DeliveryRole)[row.role],
        labels_of(Channel)[row.channel],
        labels_of(DeliveryState)[row.state],
        message.attempts if message else None,
        message.last_error if message else "",
        row.sent_on,
        row.received_on,
        row.receiver,
        copy.waits,
        row.chased_on,
        row.note,
    ]


def on_screen(found: Iterable[Copy]) -> list[dict[str, Any]]:
    """The copies as the table of the page prints them: each cell a ready text, "" where there is nothing to say."""
    patterns = {name: pattern_of(f"dispatch:{name}") for name in ("paper", "register")}
    resend = pattern_of("dispatch:act", "resend")
    return [_on_screen(copy, **patterns, resend=resend) for copy in found]


def _on_screen(copy: Copy, *, paper: str, register: str, resend: str) -> dict[str, Any]:
    row = copy.row
    sent, received, chased = row.sent_on, row.received_on, row.chased_on
    return {
        "pk": str(row.pk), "url": paper.format(row.paper_id), "title": row.paper.title,
        "about": f"{labels_of(PaperKind)[row.paper.kind]}　{number_of(row.paper)}", "to": row.recipient.name,
        "way": f"{labels_of(DeliveryRole)[row.role]}　{labels_of(Channel)[row.channel]}",
        "state": labels_of(DeliveryState)[row.state], "colour": row.colour, "mail": _mail(row),
        "sent": sent.isoformat() if sent else "—", "waits": f"已 {copy.waits} 天" if copy.waits else "",
        "received": received.isoformat() if received else "未签收",
        "notes": under([row.receiver, chased and f"{chased.month}月{chased.day}日催过"]),
        "may_chase": copy.may_chase, "resend": resend.format(row.message_id) if copy.may_resend else "",
        "register": register.format(row.pk) if copy.may_register else "",
        "registering": "更正" if row.state == DeliveryState.RECEIVED else "登记",
    }  # fmt: skip


def _mail(row: Delivery) -> str:
    """How its mail fares, and what went wrong last."""
    message = row.message
    if message is None:
        return ""
    tried = f"邮件{labels_of(MessageState)[message.state]}，尝试 {message.attempts} 次"
    return under([message.attempts and tried, message.last_error])
