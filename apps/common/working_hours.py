"""How much working time is left until a deadline: what a countdown shows. Pure; times are local (Asia/Shanghai).

The hours of a working day are a setting, written `08:00–12:00，14:30–17:30`: localities differ, and summer from winter.

A day off counts nothing (`WorkCalendar`), a working day its hours, the midday break left out.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .calendar import WorkCalendar

Span = tuple[time, time]
Day = tuple[Span, ...]
WORK_DAY = "08:00–12:00，14:30–17:30"  # 机关作息, unless the administrator says otherwise
_CLOCK = r"(?:[01]?\d|2[0-3])[:：][0-5]\d"
_SPAN = re.compile(rf"({_CLOCK})\s*[-–—~～至]\s*({_CLOCK})")
_SPANS = re.compile(rf"\s*{_SPAN.pattern}(?:\s*[,，、;；]\s*{_SPAN.pattern})*\s*")
_MOST = 3  # spans of a day
_WRONG = _(
    "工作时间请写成“08:00–12:00，14:30–17:30”这样：二十四小时制，最多三段，各段开始早于结束，先后不重叠。"
)


def day_of(text: str) -> Day:
    """The spans of a working day as the setting writes them. Raises ValidationError with a Chinese sentence."""
    if _SPANS.fullmatch(text) is None:
        raise ValidationError(_WRONG)
    day = tuple((_clock(one), _clock(other)) for one, other in _SPAN.findall(text))
    moments = [moment for span in day for moment in span]
    if len(day) > _MOST or any(a >= b for a, b in day) or moments != sorted(moments):
        raise ValidationError(_WRONG)
    return day


def _clock(text: str) -> time:
    hour, minute = re.split("[:：]", text)
    return time(int(hour), int(minute))


def written(text: Any) -> str:
    """The setting in its one spelling. Raises ValidationError."""
    return "，".join(f"{a:%H:%M}–{b:%H:%M}" for a, b in day_of(str(text)))


def length_of(day: Day) -> timedelta:
    """Working time of a whole day."""
    return sum((datetime.combine(date.min, b) - datetime.combine(date.min, a) for a, b in day), timedelta())


DAY = day_of(WORK_DAY)
_FULL = length_of(DAY)


@dataclass(frozen=True)
class TimeLeft:
    """`left` of working time, zero once the moment is past; `guessed` are years without a calendar of their own."""

    left: timedelta
    late: bool
    guessed: tuple[int, ...] = ()
    day: timedelta = _FULL

    @property
    def words(self) -> str:
        """还剩1个工作日3小时, 还剩40分钟, 不到1分钟, 已截止."""
        if self.late:
            return "已截止"
        days, rest = divmod(self.left, self.day)
        hours, minutes = divmod(int(rest.total_seconds()) // 60, 60)
        parts = [f"{days}个工作日"] * bool(days) + [f"{hours}小时"] * bool(hours)
        if not days and minutes:
            parts.append(f"{minutes}分钟")
        if parts:
            return f"还剩{''.join(parts)}"
        return "还没有截止，其间没有工作时间" if not self.left else "还剩不到1分钟"


def left(now: datetime, until: datetime, calendar: WorkCalendar, day: Day = DAY) -> TimeLeft:
    """Working time between two moments; `day` are the hours of a working day."""
    now, until = timezone.localtime(now), timezone.localtime(until)
    full = length_of(day)
    if until <= now:
        return TimeLeft(timedelta(), late=True, day=full)
    first, last = now.date(), until.date()
    guessed = tuple(calendar.missing_years([first, last]))
    if first == last:
        return TimeLeft(_within(now, until, calendar, day), late=False, guessed=guessed, day=full)
    whole = calendar.workdays_left(first, last) - int(calendar.is_workday(last))
    ends = _within(now, _at(now, time.max), calendar, day)
    ends += _within(_at(until, time.min), until, calendar, day)
    return TimeLeft(whole * full + ends, late=False, guessed=guessed, day=full)


def _at(moment: datetime, hour: time) -> datetime:
    return datetime.combine(moment.date(), hour, moment.tzinfo)


def _within(start: datetime, end: datetime, calendar: WorkCalendar, day: Day) -> timedelta:
    """Working time between two moments of one day."""
    if not calendar.is_workday(start.date()):
        return timedelta()
    spans = [(max(start, _at(start, a)), min(end, _at(start, b))) for a, b in day]
    return sum((b - a for a, b in spans if b > a), timedelta())
