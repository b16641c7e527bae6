"""How much working time is left until a deadline: what a countdown shows. Pure; times are local (Asia/Shanghai).

A day off counts nothing (`WorkCalendar`), a working day its hours, the midday break left out.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from .calendar import WorkCalendar

# 机关作息: the State's hours; summer and winter differ by locality only in the afternoon's start.
DAY = ((time(8), time(12)), (time(14, 30), time(17, 30)))
_FULL = sum((datetime.combine(date.min, b) - datetime.combine(date.min, a) for a, b in DAY), timedelta())


@dataclass(frozen=True)
class TimeLeft:
    """`left` of working time, zero once the moment is past; `guessed` are years without a calendar of their own."""

    left: timedelta
    late: bool
    guessed: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """还剩1个工作日3小时, 还剩40分钟, 不到1分钟, 已截止."""
        if self.late:
            return "已截止"
        days, rest = divmod(self.left, _FULL)
        hours, minutes = divmod(int(rest.total_seconds()) // 60, 60)
        parts = [f"{days}个工作日"] * bool(days) + [f"{hours}小时"] * bool(hours)
        if not days and minutes:
            parts.append(f"{minutes}分钟")
        if parts:
            return f"还剩{''.join(parts)}"
        return "还没有截止，其间没有工作时间" if not self.left else "还剩不到1分钟"


def left(now: datetime, until: datetime, calendar: WorkCalendar) -> TimeLeft:
    """Working time between two moments."""
    now, until = timezone.localtime(now), timezone.localtime(until)
    if until <= now:
        return TimeLeft(timedelta(), late=True)
    first, last = now.date(), until.date()
    guessed = tuple(calendar.missing_years([first, last]))
    if first == last:
        return TimeLeft(_within(now, until, calendar), late=False, guessed=guessed)
    whole = calendar.workdays_left(first, last) - int(calendar.is_workday(last))
    ends = _within(now, _at(now, time.max), calendar) + _within(_at(until, time.min), until, calendar)
    return TimeLeft(whole * _FULL + ends, late=False, guessed=guessed)


def _at(moment: datetime, hour: time) -> datetime:
    return datetime.combine(moment.date(), hour, moment.tzinfo)


def _within(start: datetime, end: datetime, calendar: WorkCalendar) -> timedelta:
    """Working time between two moments of one day."""
    if not calendar.is_workday(start.date()):
        return timedelta()
    spans = [(max(start, _at(start, a)), min(end, _at(start, b))) for a, b in DAY]
    return sum((b - a for a, b in spans if b > a), timedelta())
