"""Words that several papers of a meeting share: its name, times as a notice says them, who is in the chair."""

import datetime as dt

from django.utils import timezone

from apps.common import settings_rows
from apps.documents.composition import Block, Face, Run, chinese_date
from apps.meetings.models import AgendaItem, Meeting
from apps.roster.enums import PostKind
from apps.roster.papers import unmarked
from apps.roster.selectors import holders

_WEEKDAYS = "一二三四五六日"


def bare(meeting: Meeting, words: str) -> str:
    """Words of the meeting without the mark of an example, which the sheet bears in its corner already."""
    return unmarked(words.strip(), meeting.marker)


def own_title(meeting: Meeting) -> str:
    """The meeting's name as it is printed: never with the mark of an example, which is no part of a name."""
    return meeting.title.strip().removesuffix("（示例）")


def whole_title(meeting: Meeting) -> str:
    """The joint meeting's name and the meeting's own."""
    return f"{settings_rows.value('body_name')}{own_title(meeting)}"


def clock(local: dt.datetime) -> str:
    """上午9:00, 中午12:30, 下午3:00: the halves of the day go with the twelve hours of a clock (GB/T 15835)."""
    if (local.hour, local.minute) == (23, 59):
        return "24:00"  # 当日 is kept as its last minute
    if local.hour < 12:
        return f"{'凌晨' if local.hour < 6 else '上午'}{local.hour}:{local:%M}"
    if local.hour == 12:
        return f"中午12:{local:%M}"
    return f"{'下午' if local.hour < 18 else '晚上'}{local.hour - 12}:{local:%M}"


def spoken_time(moment: dt.datetime, until: dt.datetime | None = None) -> str:
    """2026年3月26日（星期四）下午3:00至5:10, as a notice says it; local time.

    The end names its day only when that is another one, its half of the day only when that changes.
    """
    begin = timezone.localtime(moment)
    words = f"{chinese_date(begin.date())}（星期{_WEEKDAYS[begin.weekday()]}）{clock(begin)}"
    if until is None:
        return words
    end = timezone.localtime(until)
    if end.date() != begin.date():
        return f"{words}至{spoken_time(until)}"
    later = clock(end)
    return f"{words}至{later.removeprefix(clock(begin)[:2])}"


def chair_of(meeting: Meeting) -> str:
    """Who takes the chair: the name set for the meeting, else the convener of that day (C10). At most one query."""
    held = holders(PostKind.CONVENER, on=timezone.localdate(meeting.starts_at))
    if held and meeting.chair in ("", held[0].person.name):
        return f"{held[0].person.name}（联席会议召集人、{held[0].title}）".replace("、）", "）")
    return meeting.chair


def reporter_of(item: AgendaItem) -> str:
    """Who reports: the words typed in, else the unit."""
    return item.reporter or (item.reporter_unit.short_name if item.reporter_unit else "")


def sheet_title(meeting: Meeting, kind: str) -> str:
    """The joint meeting's name on the first line, the meeting's own with the kind of sheet on the second."""
    return f"{settings_rows.value('body_name')}\n{own_title(meeting)}{kind}"


def fact(label: str, *words: Run | str) -> Block:
    """A line of facts above a sheet: its label in 黑体, flush left."""
    said = [word if isinstance(word, Run) else Run(word) for word in words]
    return Block((Run(f"{label}：", Face.HEI), *said), flush=True)
