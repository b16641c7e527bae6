"""Lamps and deadlines in words, for the list and the item's page. No writes."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.common import calendar
from apps.common.ready import labels_of

from .enums import ENDED_STATES, ItemState, LedgerState, Light, SelfAssessment
from .lights import Verdict
from .models import ActionItem

# Lamp → the level of the lamp component. 长期坚持 runs, so it is green; its glyph and its words tell it apart.
LEVELS = {
    Light.RED: "red",
    Light.YELLOW: "yellow",
    Light.GREEN: "green",
    Light.STANDING: "standing",
    Light.CLOSED: "done",
}


STATE_COLOURS = {
    ItemState.ASSIGNED: "amber",
    ItemState.IN_PROGRESS: "blue",
    ItemState.CLOSING: "violet",
    ItemState.CLOSED: "green",
    ItemState.TERMINATED: "grey",
    ItemState.MERGED: "grey",
}


def lamp_of(item: ActionItem, verdict: Verdict, today: date) -> dict[str, str]:
    """Level and words of an item's lamp; working days are counted."""
    if item.state in ENDED_STATES and item.state != ItemState.CLOSED:
        return {"level": "grey", "words": labels_of(ItemState)[item.state]}
    return {"level": LEVELS[verdict.light], "words": " ".join(_words(item, verdict, today))}


def missed_words(day: date | None) -> str:
    """漏报10月15日: the day of the report that did not come; empty without one."""
    return _("漏报%(month)s月%(day)s日") % {"month": day.month, "day": day.day} if day else ""


def lamp_in_full(
    item: ActionItem, verdict: Verdict, today: date, *, blocked: bool, missed: date | None = None
) -> str:
    """The lamp where no glyph tells it, on a sheet or a paper: 临期，剩5天，受阻. A stopped matter: 已终止."""
    if item.state in ENDED_STATES and item.state != ItemState.CLOSED:
        return labels_of(ItemState)[item.state]
    words = [part.replace(" ", "") for part in _words(item, verdict, today)]
    light = labels_of(Light)[verdict.light]
    parts = [
        *([] if light in words[0] else [light]),
        *words,
        *([str(SelfAssessment.BLOCKED.label)] if blocked else []),
        *filter(None, [told := missed_words(missed)]),
    ]
    return "，".join(part for part in dict.fromkeys(parts) if part == told or not told.startswith(part))


def _words(item: ActionItem, verdict: Verdict, today: date) -> tuple[str, ...]:
    """What a lamp says, in parts: how the unit sees it where it is behind, then the days."""
    left = verdict.workdays_left
    if left is None:
        if verdict.light in (Light.YELLOW, Light.RED):
            return (_owed_words(item, today),)
        return (labels_of(LedgerState)[verdict.state],)
    if verdict.light == Light.RED:
        return (f"超期 {-left} 天" if left else "超期",)
    near = f"剩 {left} 天" if verdict.effective_due != today else "今天到期"
    worried = item.last_assessment in (SelfAssessment.BEHIND, SelfAssessment.BLOCKED)
    return (_worry(item), near) if worried else (near,)


def _owed_words(item: ActionItem, today: date) -> str:
    """An undated item: missed its reporting date, says itself that it is behind, or is to report soon."""
    if item.report_due_on is not None and item.report_due_on < today:
        return "漏报"
    worried = item.last_assessment in (SelfAssessment.BEHIND, SelfAssessment.BLOCKED)
    return _worry(item) if worried else "临近报送"


def _worry(item: ActionItem) -> str:
    return labels_of(SelfAssessment)[item.last_assessment]


def deadline_words(item: ActionItem, verdict: Verdict) -> str:
    """2026年12月15日（原定2026年9月30日，经同意延期1次）."""
    if verdict.effective_due is None or verdict.due is None:
        return item.recurrence or str(LedgerState.STANDING.label)
    words = date_format(verdict.effective_due, "Y年n月j日")
    if verdict.extended:
        original = date_format(verdict.due, "Y年n月j日")
        return f"{words}（原定{original}，经同意延期{verdict.extended}次）"
    return words


def day_off_words(day: date) -> str:
    """What a page says of a deadline on which nobody works; empty on a working day."""
    known = calendar.current()
    if known.is_workday(day):
        return ""
    before = known.add_workdays(day, -1)
    when = f"{date_format(day, 'n月j日')}（周{'一二三四五六日'[day.weekday()]}）"
    sure = "" if day.year in known.years else "（该年的工作日历还没有录入，按周一至周五计算）"
    return f"时限{when}不上班，此前最后一个工作日是{date_format(before, 'n月j日')}{sure}。"


def due_words(item: ActionItem) -> str:
    """The original requirement: a date, a recurring one, or 长期坚持."""
    if item.due_on:
        return f"{item.due_on:%Y-%m-%d}"
    return item.recurrence or str(LedgerState.STANDING.label)
