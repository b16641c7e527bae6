"""An item's life in words: what was asked and decided on it, what happened when, how long each step was held."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from apps.common import audit, calendar

from .enums import OPEN_STATES, EndingState, ExtensionState, ItemState
from .models import ActionItem, Ending, Extension

REQUEST_COLOURS = {
    ExtensionState.ASKED: "amber",
    ExtensionState.REVIEWED: "violet",
    ExtensionState.GRANTED: "green",
    ExtensionState.REFUSED: "red",
    ExtensionState.EXPLAINED: "grey",
    ExtensionState.RETURNED: "red",
    ExtensionState.WITHDRAWN: "grey",
}
ENDING_COLOURS = {
    EndingState.ASKED: "violet",
    EndingState.APPROVED: "green",
    EndingState.REFUSED: "red",
    EndingState.WITHDRAWN: "grey",
}
# Not of the item's life: who fetched a paper or a file stands in the journal, for the auditor.
_UNTOLD = frozenset({"download", "evidence"})


def _day(day: date) -> str:
    return date_format(day, "Y年n月j日")


def extension_words(row: Extension) -> str:
    """原定…，经…同意延至…。何日申请，理由：…"""
    old, new = _day(row.old_due), _day(row.new_due)
    end = {
        ExtensionState.GRANTED: f"经{row.decided_by}同意延至{new}",
        ExtensionState.REFUSED: f"申请延至{new}，{row.decided_by}不同意",
        ExtensionState.EXPLAINED: f"逾期说明，预计{new}完成",
        ExtensionState.WITHDRAWN: f"申请延至{new}，已失效或撤回",
    }.get(ExtensionState(row.state), f"申请延至{new}，{row.get_state_display()}")
    asked, note = ("说明", "（超期状态不变）") if row.asked_late else ("申请", "")
    return f"原定{old}，{end}。{_day(row.applied_on)}{asked}，理由：{row.reason}{note}"


def extensions(item: ActionItem) -> list[dict[str, Any]]:
    """Every request in words, the n-th that was granted numbered; the oldest first."""
    found, times = [], 0
    for row in item.extensions.all():
        granted = row.state == ExtensionState.GRANTED and not row.asked_late
        times += granted
        found.append(
            {
                "row": row,
                "url": row.get_absolute_url(),
                "words": extension_words(row),
                "number": times if granted else None,
                "label": row.get_state_display(),
                "colour": REQUEST_COLOURS[ExtensionState(row.state)],
                "note": notes_of(row),
            }
        )
    return found


def notes_of(row: Extension) -> str:
    """What the office and the convener wrote on a request."""
    parts = [
        ("办公室意见", row.review_note),
        ("说明" if row.state == ExtensionState.WITHDRAWN else "审批意见", row.decision_note),
    ]
    return "；".join(f"{label}：{words}" for label, words in parts if words)


def confirmed_words(item: ActionItem) -> str:
    """Which unit confirmed that it is done; where the office entered that, its source."""
    unit = item.confirmed_by_unit.short_name if item.confirmed_by_unit else ""
    return f"{unit}（办公室代录，{item.confirmed_note}）" if item.confirmed_note else unit


def endings(item: ActionItem) -> list[dict[str, Any]]:
    """Every proposal of 终止 or 合并, the oldest first."""
    return [
        {
            "row": row,
            "url": row.get_absolute_url(),
            "words": ending_words(row),
            "title": ending_title(row),
            "label": row.get_state_display(),
            "colour": ENDING_COLOURS[EndingState(row.state)],
        }
        for row in item.endings.all()
    ]


def ending_title(row: Ending) -> str:
    """建议终止, or where the convener brought it himself 召集人决定终止."""
    return f"{'召集人决定' if row.by_convener else '建议'}{row.get_kind_display()}"


def ending_words(row: Ending) -> str:
    """何日建议终止/合并，理由；决定."""
    into = f"，并入{row.heir.source_label}第{row.heir.seq}项" if row.heir else ""
    decided = ""
    if row.decided_on and row.state != EndingState.WITHDRAWN:
        note = f"：{row.decision_note.rstrip('。')}" if row.decision_note else ""
        decided = f"{_day(row.decided_on)}{row.decided_by}{row.get_state_display()}{note}。"
    if row.by_convener:
        return f"{_day(row.asked_on)}召集人{row.decided_by}决定{row.get_kind_display()}{into}，理由：{row.reason.rstrip('。')}。"
    return f"{_day(row.asked_on)}办公室建议{row.get_kind_display()}{into}，理由：{row.reason.rstrip('。')}。{decided}"


# --- what happened when -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """How long an item stood in one state, in working days; `now` while it still stands there."""

    state: ItemState
    workdays: int
    now: bool = False

    @property
    def words(self) -> str:
        """待签收2个工作日, 推进64个工作日, 申请办结3个工作日（至今）: one kind of days on the page."""
        label = {ItemState.IN_PROGRESS: "推进"}.get(self.state, str(self.state.label))
        return f"{label}{self.workdays}个工作日{'（至今）' if self.now else ''}"


def day_of(event: Any) -> date:
    """The local day of a line of the journal; what was imported stands under its own date."""
    if event.detail.get("imported"):
        return date.fromisoformat(event.detail["on"])
    return timezone.localdate(event.at)


def _state_after(event: Any, before: ItemState) -> ItemState:
    """The state a line led to. A paper's printed copy was signed for as it was received (imported items)."""
    if event.detail.get("imported"):
        return {"open": ItemState.IN_PROGRESS, "close": ItemState.CLOSED}.get(event.verb, before)
    return ItemState(event.detail["to"]) if event.detail.get("to") in ItemState.values else before


def held(item: ActionItem, events: Iterable[Any], today: date) -> list[Held]:
    """How long each step was held, in the order of the way; returned and asked again counts together."""
    known = calendar.current()
    spans: dict[ItemState, int] = {}
    state, since = ItemState.ASSIGNED, item.opened_on
    for event in [*events, None]:
        until = day_of(event) if event else today
        after = _state_after(event, state) if event else state
        if event is not None and after == state:
            continue
        if state in OPEN_STATES and until >= since:
            spans[state] = spans.get(state, 0) + known.workdays_left(since, until)
        state, since = after, max(until, since)
    order = [ItemState.ASSIGNED, ItemState.IN_PROGRESS, ItemState.CLOSING]
    return [Held(step, spans[step], item.state == step) for step in order if step in spans]


def timeline(item: ActionItem, events: list[Any]) -> list[dict[str, Any]]:
    """The history, newest first. What was imported stands under its own date; asked late, 延期 is called 逾期说明."""
    explained = _explaining(item, events)
    rows = [
        {
            "at": day_of(event) if event.detail.get("imported") else event.at,
            "by": "导入" if event.detail.get("imported") else event.actor_label,
            "label": str(ExtensionState.EXPLAINED.label) if event.pk in explained else event.label,
            "text": event.detail.get("reason", ""),
        }
        for event in events
    ]
    return rows[::-1]


def _explaining(item: ActionItem, events: list[Any]) -> set[int]:
    """Ids of the lines whose request came too late: each line has its request, those imported came before all."""
    asked = [event for event in events if event.verb == "ask_extension" and not event.detail.get("imported")]
    requests = sorted(item.extensions.all(), key=lambda row: row.pk)[-len(asked) :]
    return {event.pk for event, row in zip(asked, requests, strict=False) if row.asked_late}


def events_of(item: ActionItem) -> list[Any]:
    """The item's lines of the journal, oldest first, downloads left out. One query."""
    return list(audit.history_of(item).exclude(verb__in=_UNTOLD))
