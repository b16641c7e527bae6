"""What has a date: meetings, and the deadlines of replies, opinions and matters, as far as the reader may see them."""

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.action_items import deadlines
from apps.action_items import selectors as items
from apps.action_items.days import QUARTER_DAY, period_of, quarter_days, quarter_of
from apps.action_items.enums import OPEN_STATES, LedgerState, Light
from apps.action_items.models import ItemUnit
from apps.action_items.pages import LEVELS, lamp_of
from apps.common.calendar import WorkCalendar
from apps.common.ready import pattern_of
from apps.common.templatetags.portal import zh_date, zh_time
from apps.meetings import selectors as meetings
from apps.meetings.enums import MeetingState
from apps.minutes import selectors as minutes
from apps.minutes.enums import MinutesState
from apps.minutes.models import Circulation
from apps.roster.enums import AssignmentRole
from apps.roster.selectors import standing_of, today

from .overview import rows_at

FIRST_YEAR, LAST_YEAR = 2000, 2100
SHOWN = 4  # entries of a day in the grid; the list has them all
KINDS = {
    "meeting": gettext_lazy("会议"),
    "reply": gettext_lazy("回执截止"),
    "consent": gettext_lazy("反馈截止"),
    "due": gettext_lazy("事项到期"),
    "report": gettext_lazy("进展报送"),
    "quarter": gettext_lazy("季度进展"),
    "quarters": gettext_lazy("季度进展"),  # of a quarter to come: one line for all matters of a unit
}


@cache
def _words() -> dict[str, str]:
    return {kind: str(label) for kind, label in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on a day. `at` is None for a whole day; `plain` is the title without content, for a feed.

    `level` and `words` are those of the matter's lamp, so that the calendar says what the ledger says.
    """

    kind: str
    pk: int
    day: date
    at: datetime | None
    title: str
    plain: str
    url: str
    ends: datetime | None = None
    level: str = ""
    words: str = ""

    @property
    def label(self) -> str:
        """The kind in words."""
        return _words()[self.kind]

    @property
    def late(self) -> bool:
        """Whether its lamp is red."""
        return self.level == LEVELS[Light.RED]


def entries(user: Any, first: date, last: date) -> list[Entry]:
    """Everything dated from `first` to `last` inclusive, in order of time.

    Three queries, and one more where a quarter's report is due on one of the days, or will be in a quarter to come.
    """
    found = [*_meetings(user, first, last), *_consents(user, first, last), *_items(user, first, last)]
    found += _quarters_to_come(user, first, last)
    midnight = timezone.make_aware(datetime.combine(last, time.max))
    return sorted(found, key=lambda row: (row.day, row.at is None, row.at or midnight, row.kind, row.pk))


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    """The two moments between which local days `first` to `last` lie."""
    start = timezone.make_aware(datetime.combine(first, time.min))
    return start, timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))


def _within(field: str, first: date, last: date) -> Q:
    start, end = _span(first, last)
    return Q(**{f"{field}__gte": start, f"{field}__lt": end})


def _meetings(user: Any, first: date, last: date) -> Iterator[Entry]:
    held = _within("starts_at", first, last)
    asked = _within("reply_by", first, last) & Q(state=MeetingState.NOTIFIED)
    rows = meetings.visible_to(user).filter(held | asked).exclude(state=MeetingState.CANCELLED)
    address = pattern_of("meetings:detail")
    for row in rows.order_by("pk"):
        url, begins = address.format(row.pk), timezone.localtime(row.starts_at)
        if first <= begins.date() <= last:
            yield Entry("meeting", row.pk, begins.date(), begins, row.title, row.title, url, row.ends_at)
        if row.state == MeetingState.NOTIFIED and row.reply_by is not None:
            ends = timezone.localtime(row.reply_by)
            if first <= ends.date() <= last:
                title = _("回执截止：%(title)s") % {"title": row.title}
                yield Entry("reply", row.pk, ends.date(), ends, row.title, title, url)


def _consents(user: Any, first: date, last: date) -> Iterator[Entry]:
    """Open rounds of 征求意见: all for those who read everything, for a unit those in which it was asked."""
    asked = minutes.consents_visible_to(user).order_by().values("circulation")
    rows = Circulation.objects.filter(
        _within("reply_by", first, last),
        pk__in=asked,
        closed_at__isnull=True,
        minutes__state=MinutesState.CIRCULATING,
    )
    for row in rows.select_related("minutes__meeting").order_by("pk"):
        ends, name = timezone.localtime(row.reply_by), str(row.minutes)
        title = _("反馈截止：%(title)s") % {"title": name}
        yield Entry("consent", row.pk, ends.date(), ends, name, title, row.minutes.get_absolute_url())


class _Item(NamedTuple):
    """What an entry says of a matter and judges its lamp by."""

    pk: int
    source_label: str
    seq: int
    text: str
    state: str
    due_on: date | None
    current_due: date | None
    closed_on: date | None
    report_due_on: date | None
    last_assessment: str
    times_extended: int
    recurrence: str
    required_since: date | None


def _items(user: Any, first: date, last: date) -> Iterator[Entry]:
    """Deadlines of running matters, reporting dates of those without one, each under the matter's lamp; quarters."""
    rule = items.rule_on()
    asked_for = any(first <= day <= last for day in quarter_days(rule.as_of))
    quarters = {
        pk: [day for day in days if first <= day <= last]
        for pk, days in (deadlines.quarters_asked() if asked_for else {}).items()
    }
    due = Q(current_due__range=(first, last))
    report = Q(current_due__isnull=True, report_due_on__range=(first, last))
    asked = Q(pk__in=[pk for pk, days in quarters.items() if days])
    rows = items.visible_to(user).filter(due | report | asked, state__in=OPEN_STATES).order_by("pk")
    address, words_of_name = pattern_of("action_items:detail"), _("%(paper)s第%(seq)s项议定事项")
    found: Iterator[Any] = map(_Item._make, rows.values_list(*_Item._fields))
    for row in found:
        name = words_of_name % {"paper": row.source_label, "seq": row.seq}
        url, day = address.format(row.pk), row.current_due or row.report_due_on
        if day is not None and first <= day <= last:
            kind = "due" if row.current_due else "report"
            lamp = lamp_of(row, rule.judge(items.snapshot_now(row)), rule.as_of)
            plain = f"{_words()[kind]}：{name}"
            yield Entry(
                kind, row.pk, day, None, row.text, plain, url, level=lamp["level"], words=lamp["words"]
            )
        for owed in quarters.get(row.pk, ()):
            words = str(_("漏报")) if owed < rule.as_of else ""  # no lamp (ADR 21)
            plain = f"{_words()['quarter']}：{name}"
            yield Entry("quarter", row.pk, owed, None, row.text, plain, url, words=words)


def _quarters_to_come(user: Any, first: date, last: date) -> Iterator[Entry]:
    """The day of each later quarter's report: a line a day with the number of open matters whose deadline is
    that day or later, one that waits to be closed included.

    Of one's own units each as lead; of all of them for those who read everything. The line leads to these matters.
    """
    days = _later_quarter_days(first, last)
    standing = standing_of(user)
    if not days or not (standing.reads_all or standing.units):
        return
    numbers = {f"on_{at}": Count("pk", filter=Q(item__current_due__gte=day)) for at, day in enumerate(days)}
    dated = Q(item__state__in=OPEN_STATES, item__current_due__gte=days[0], role=AssignmentRole.LEAD)
    mine = ItemUnit.objects.filter(dated).order_by()
    if standing.reads_all:
        numbers = {
            name: Count("item", distinct=True, filter=number.filter) for name, number in numbers.items()
        }
        rows: list[Any] = [{"unit": 0, "name": "", **mine.aggregate(**numbers)}]
    else:
        named = mine.filter(unit__in=standing.units).values("unit", name=F("unit__short_name"))
        rows = list(named.annotate(**numbers).order_by("unit"))
    for row in rows:
        whose = row["name"] if len(rows) > 1 else ""
        for at, day in enumerate(days):
            if number := row[f"on_{at}"]:
                title = _("%(unit)s进展报送（%(number)s项）") % {"unit": whose, "number": number}
                url = rows_at(lead=row["unit"] or "", state=LedgerState.IN_PROGRESS, due_from=day.isoformat())
                yield Entry("quarters", row["unit"], day, None, title, title, url)


def _later_quarter_days(first: date, last: date) -> list[date]:
    """Days from `first` to `last` on which quarterly reports are due, of quarters after today's."""
    start, found = max(period_of(today(), 3)[1] + timedelta(days=1), quarter_of(first)), []
    while start <= last:
        if first <= (day := start.replace(day=QUARTER_DAY)) <= last:
            found.append(day)
        start = period_of(start, 3)[1] + timedelta(days=1)
    return found


# --- a month ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Day:
    """One square of the grid. `mark` is 休 on a day off, 班 on a working Saturday or Sunday, else empty."""

    day: date
    entries: tuple[Entry, ...]
    mark: str
    is_workday: bool
    inside: bool
    is_today: bool

    @property
    def first_entries(self) -> tuple[Entry, ...]:
        """What the square has room for."""
        return self.entries[:SHOWN]

    @property
    def more(self) -> int:
        """How many there is no room for."""
        return max(len(self.entries) - SHOWN, 0)


def month_of(text: str) -> date:
    """The first day of `2026-11`; of this month for anything that is no month between 2000 and 2100."""
    year, _dash, month = text.partition("-")
    plain = year.isascii() and year.isdigit() and month.isascii() and month.isdigit()
    if plain and len(text) <= 7 and FIRST_YEAR <= int(year) <= LAST_YEAR and 1 <= int(month) <= 12:
        return date(int(year), int(month), 1)
    return today().replace(day=1)


def last_of(first: date) -> date:
    """The last day of the month."""
    return first.replace(day=months.monthrange(first.year, first.month)[1])


def weeks(first: date, found: list[Entry], work: WorkCalendar) -> list[list[Day]]:
    """The month's weeks from Monday to Sunday, days of the neighbouring months empty."""
    by_day: dict[date, list[Entry]] = {}
    for row in found:
        by_day.setdefault(row.day, []).append(row)
    return [
        [_day(day, first, tuple(by_day.get(day, ())), work) for day in week]
        for week in months.Calendar(firstweekday=0).monthdatescalendar(first.year, first.month)
    ]


def _day(day: date, first: date, found: tuple[Entry, ...], work: WorkCalendar) -> Day:
    works, usual = work.is_workday(day), day.weekday() < 5
    mark = "" if works == usual else str(_("班") if works else _("休"))
    inside = (day.year, day.month) == (first.year, first.month)
    return Day(day, found if inside else (), mark, works, inside, day == today())


# --- the month as the page prints it: ready texts, "" where there is nothing to say --------------

_TITLE = 28  # characters of a title in a square


def grid(found: list[list[Day]]) -> list[dict[str, Any]]:
    """The weeks (`weeks`) as rows of the page."""
    return [{"days": [_square(day) for day in week]} for week in found]


def _square(day: Day) -> dict[str, Any]:
    kept = "" if day.inside and day.entries else "quiet" if day.inside else "outside"
    css = f"{kept}{'' if day.is_workday else ' rest'}{' today' if day.is_today else ''}"
    if not day.inside:
        return {"css": css, "inside": False}
    return {
        "css": css, "inside": True, "iso": day.day.isoformat(), "long": zh_date(day.day), "number": day.day.day,
        "is_today": day.is_today, "mark": day.mark, "mark_kind": "work" if day.is_workday else "off",
        "entries": [_printed(entry) for entry in day.first_entries], "more": day.more, "month": f"{day.day:%Y-%m}",
    }  # fmt: skip


def _printed(entry: Entry) -> dict[str, str]:
    title = entry.title if len(entry.title) <= _TITLE else f"{entry.title[: _TITLE - 1]}…"
    at = f" {zh_time(entry.at)}" if entry.at else ""
    return {
        "css": f"entry-{entry.kind}{f' entry-{entry.level}' if entry.level else ''}", "url": entry.url,
        "level": entry.level, "words": entry.words, "label": f"{entry.label}{at}", "title": title,
    }  # fmt: skip
