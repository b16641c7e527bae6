"""Dates that a Chinese sentence names, as people write them in minutes: 2026年6月30日前, 6月底前, 年底前."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0}
_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_YEAR = r"(?:(?P<year>\d{4}|[〇零一二三四五六七八九]{4})年|(?P<this>今年|本年)|(?P<next>明年|次年))?"
_DAY = re.compile(rf"{_YEAR}(?P<month>{_NUMBER})月(?:(?P<day>{_NUMBER})[日号]|(?P<end>底|末))")
_YEAR_END = re.compile(r"(?:(?P<year>\d{4})年|(?P<next>明|次)|(?P<this>今|本)?)年?(?:底|末)前?")


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text, and where it stands (``text[start:end] == words``)."""

    day: date
    start: int
    end: int
    words: str


def dates_in(text: str, *, year: int) -> list[FoundDate]:
    """Every whole date named in ``text``, in order. A date without a year belongs to ``year``.

    Impossible days (2月30日) are no dates; 6月底 and 6月末 are the month's last day, 年底 and 2026年底 the 31st of December.
    """
    found = [hit for match in _DAY.finditer(text) if (hit := _day(match, year))]
    taken = {place for hit in found for place in range(hit.start, hit.end)}
    for match in _YEAR_END.finditer(text):
        named = match["year"] or match["next"] or "年" in match[0]
        if named and not taken & set(range(match.start(), match.end())):
            wanted = int(match["year"]) if match["year"] else year + bool(match["next"])
            found.append(FoundDate(date(wanted, 12, 31), match.start(), match.end(), match[0]))
    return sorted(found, key=lambda hit: hit.start)


def _day(match: re.Match[str], year: int) -> FoundDate | None:
    wanted = _year(match["year"]) if match["year"] else year + bool(match["next"])
    month = number(match["month"])
    if not 1 <= month <= 12 or not 2000 <= wanted <= 2199:
        return None
    last = calendar.monthrange(wanted, month)[1]
    day = last if match["end"] else number(match["day"])
    if not 1 <= day <= last:
        return None
    return FoundDate(date(wanted, month, day), match.start(), match.end(), match[0])


def _year(text: str) -> int:
    return (
        int(text) if text.isdigit() and text.isascii() else int("".join(str(_DIGITS[char]) for char in text))
    )


def number(text: str) -> int:
    """1–99 in Arabic or Chinese digits: 十 is 10, 二十一 is 21."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _DIGITS[text]
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
