"""The dispatch desk: every copy of every paper in one list, and which of them nobody signed for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, QuerySet

from apps.common.workflow import Verb, verbs
from apps.documents.enums import PaperStatus

from .enums import DeliveryState, MessageState
from .models import Delivery
from .selectors import visible_to

HEADINGS = [
    "公文", "文号", "文种", "收文单位", "类别", "送达方式", "状态", "邮件尝试次数", "最近的错误", "送出日期", "签收日期", "签收人",
    "未签收天数", "最近催签", "备注",
]  # fmt: skip


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
    rows = visible_to(user).defer("paper__text", "paper__data", "message__body")
    return rows.order_by("-paper", "-recipient__is_superior", "recipient__order", "id")


def unsigned_only(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Copies of papers in force for which nobody signed yet, the longest sent first."""
    waiting = rows.exclude(state=DeliveryState.RECEIVED).filter(paper__status=PaperStatus.CURRENT)
    return waiting.order_by(F("sent_on").asc(nulls_last=True), "-paper", "recipient__order", "id")


def shown(rows: Iterable[Delivery], user: Any, day: date) -> list[Copy]:
    """The rows with what may be done. No query."""
    return [_copy(row, user, day) for row in rows]


def _copy(row: Delivery, user: Any, day: date) -> Copy:
    possible: list[Verb] = verbs(user, row)
    waits = (day - row.sent_on).days if row.sent_on and row.state != DeliveryState.RECEIVED else None
    return Copy(row, waits, tuple(verb.name for verb in possible if verb.enabled))


def cells(copy: Copy) -> list[Any]:
    """One line of the sheet, in the order of HEADINGS."""
    row, message = copy.row, copy.row.message
    return [
        row.paper.title,
        row.paper.number_text,
        row.paper.get_kind_display(),
        row.recipient.name,
        row.get_role_display(),
        row.get_channel_display(),
        row.get_state_display(),
        message.attempts if message else None,
        message.last_error if message else "",
        row.sent_on,
        row.received_on,
        row.receiver,
        copy.waits,
        row.chased_on,
        row.note,
    ]
