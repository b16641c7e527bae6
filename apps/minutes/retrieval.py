"""收回清单 of a stopped 纪要: everybody who has it, by whatever way, and who has given it back. Reads only."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.accounts import grants
from apps.action_items.enums import OPEN_STATES
from apps.action_items.models import ActionItem
from apps.action_items.selectors import items_of_paper
from apps.common import audit
from apps.dispatch.enums import Channel
from apps.dispatch.models import Delivery
from apps.dispatch.selectors import copies_sent, versions_of
from apps.roster.selectors import liaison_users

from .models import Minutes


@dataclass(frozen=True, slots=True)
class Holder:
    """One who has the paper: how it came to him, how he is told, and when he gave it back."""

    name: str
    way: str
    had_on: date | None
    told: str
    delivery: Delivery | None = None

    @property
    def returned_on(self) -> date | None:
        """The day his copy came back; None for those who hold no copy of paper or mail."""
        return self.delivery.returned_on if self.delivery is not None else None


def holders(minutes: Minutes) -> list[Holder]:
    """Copies sent (of every version), then downloads by accounts, then those to whom it was opened."""
    if minutes.paper is None:
        return []
    copies = copies_sent(minutes.paper)
    accounts = liaison_users({copy.recipient.unit_id for copy in copies if copy.recipient.unit_id})
    found = [_copy(copy, accounts.get(copy.recipient.unit_id or 0, [])) for copy in copies]
    return found + _downloads(minutes) + _granted(minutes)


def _copy(copy: Delivery, accounts: list[Any]) -> Holder:
    told = "平台消息" if accounts else "没有账号，请书面通知"
    way = str(Channel(copy.channel).label) + (
        f"（第{copy.paper.version}版）" if copy.paper.version > 1 else ""
    )
    return Holder(copy.recipient.name, way, copy.received_on or copy.sent_on, told, copy)


def _downloads(minutes: Minutes) -> list[Holder]:
    """Each account that downloaded the file, with the last day."""
    assert minutes.paper is not None  # noqa: S101 - the caller has asked
    last: dict[str, date] = {}
    for version in versions_of(minutes.paper):
        for event in audit.history_of(version):
            if event.verb == "download" and event.allowed:
                last[event.actor_label] = max(event.at.date(), last.get(event.actor_label, event.at.date()))
    return [Holder(name, "下载电子件", day, "请删除电子件") for name, day in sorted(last.items())]


def _granted(minutes: Minutes) -> list[Holder]:
    return [
        Holder(grants.name_of(grants.holder_of(row)), "开放查阅", None, "平台消息")
        for row in grants.grants_on(minutes)
    ]


def holders_by_grant(minutes: Minutes) -> list[Any]:
    """Accounts to whom the 纪要 was opened, by themselves or by their unit."""
    found: list[Any] = []
    for row in grants.grants_on(minutes):
        found += [row.user] if hasattr(row, "user_id") else list(row.group.user_set.filter(is_active=True))
    return list(dict.fromkeys(found))


def items_left(minutes: Minutes) -> list[ActionItem]:
    """Its action items that are still open: each waits for the convener's word."""
    if minutes.paper is None:
        return []
    return [item for item in items_of_paper(minutes.paper) if item.state in OPEN_STATES]
