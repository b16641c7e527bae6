"""Recurring obligations (每季度首月15日前): what the words mean, and the next date a report is owed. Pure.

A reporting date belongs to the calendar period it lies in (month, quarter, half-year, year): a report
filed in that period answers it, early or late; one filed before the period began answers the date before.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

EXAMPLES = "每月5日前、每季度首月15日前、每季度末、每半年、每年6月底前、每年3月15日前"
_END = 31  # a day number past the month's end means its last day
_NUMBERS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_DAY = r"(?:(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})[日号]|(?P<end>月?底|月?末))"
_TAIL = r"(?:之?以?前|内)?(?:完成|报送|报告|通报|报)?(?:一次|1次)?"
_FORMS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (1, re.compile(rf"每(?:个)?月(?:{_DAY})?{_TAIL}")),
    (3, re.compile(rf"每(?:个)?季度?(?:(?P<place>首|末|第[一二三])(?:个)?月)?(?:{_DAY})?{_TAIL}")),
    (6, re.compile(rf"每(?:个)?半年(?:(?P<place>首|末)(?:个)?月)?(?:{_DAY})?{_TAIL}")),
    (
        12,
        re.compile(
            rf"每年(?:度)?(?:(?P<month>\d{{1,2}}|[一二三四五六七八九十]{{1,2}})月)?(?:{_DAY})?{_TAIL}"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Every `months` months, in the `month`-th month of the period (1 is the first), by `day` (capped)."""

    months: int
    month: int
    day: int

    def period_start(self, day: date) -> date:
        """First day of the calendar period a date lies in."""
        return date(day.year, (day.month - 1) // self.months * self.months + 1, 1)

    def date_in(self, start: date) -> date:
        """The reporting date of the period that starts on `start`."""
        month = start.month + self.month - 1
        return date(start.year, month, min(self.day, monthrange(start.year, month)[1]))

    def next_period(self, start: date) -> date:
        """First day of the period after the one that starts on `start`."""
        month = start.month + self.months
        return date(start.year + 1, 1, 1) if month > 12 else date(start.year, month, 1)

    def open_dates(self, owed: date, day: date) -> tuple[date | None, date]:
        """(the last date gone by unanswered or None, the next one) as of a day; `owed`: the first not answered.

        A missed date does not block the ones after it: each is asked for in its turn. A date belongs to itself.
        """
        missed, coming = None, owed
        while coming < day:
            missed, coming = coming, self.date_in(self.next_period(self.period_start(coming)))
        return missed, coming

    def next_owed(self, opened_on: date, last_report: date | None) -> date:
        """The first reporting date not answered: after the opening day, or in the period after the report."""
        if last_report is not None and last_report >= opened_on:
            return self.date_in(self.next_period(self.period_start(last_report)))
        start = self.period_start(opened_on)
        first = self.date_in(start)
        return first if first > opened_on else self.date_in(self.next_period(start))


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_NUMBERS.get(tens, 1) * 10 if ten else 0) + _NUMBERS.get(ones, 0)


def _build(months: int, found: re.Match[str]) -> Recurrence | None:
    part = found.groupdict()
    month = months
    if part.get("place"):
        month = {"首": 1, "末": months}.get(part["place"]) or _number(part["place"][1])
    elif part.get("month"):
        month = _number(part["month"])
    day = _number(part["day"]) if part.get("day") else _END
    longest = monthrange(2024, month)[1] if months == 12 and 1 <= month <= 12 else _END
    fits = 1 <= month <= months and (1 <= day <= longest or not part.get("day"))
    return Recurrence(months, month, day) if fits else None


@lru_cache(maxsize=512)
def read(text: str) -> Recurrence | None:
    """What the words mean, or None when the portal cannot tell (such an item counts as 长期坚持)."""
    words = re.sub(r"\s+", "", text)
    for months, form in _FORMS:
        found = form.fullmatch(words)
        if found:
            return _build(months, found)
    return None


def owed(words: str, opened_on: date, last_report: date | None, since: date | None) -> date | None:
    """The first reporting date not answered; None where the words are none, or not understood.

    `since`: the day a 更正 put this requirement in the place of another. A date up to that day was never asked for.
    """
    meaning = read(words) if words else None
    if meaning is None:
        return None
    found = meaning.next_owed(opened_on, last_report)
    return max(found, meaning.next_owed(since, None)) if since else found


def check(text: str) -> None:
    """Raise ValidationError when a typed requirement cannot be understood."""
    if text and read(text) is None:
        raise ValidationError(
            _("看不懂定期要求“%(text)s”，请写成：%(examples)s。"),
            code="recurrence",
            params={"text": text[:30], "examples": EXAMPLES},
        )
