"""Which items somebody must still act on by when: what the reminders ask, and what the ladder climbs on.

A dated item has its effective deadline and its quarterly report, a recurring one its reporting dates. Of reports
it is the last date that went by unanswered (told once, it does not block the others) and the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.common.todo import Deadline
from apps.roster.enums import AssignmentRole
from apps.roster.selectors import liaison_users, today

from . import recurrence
from .days import QUARTER_DAY, end_of, quarter_of
from .enums import OPEN_STATES, ItemState
from .models import ActionItem, ItemUnit
from .selectors import last_answer

DUE, REPORT, QUARTER = "item_due", "item_report", "item_quarter"


@dataclass(frozen=True, slots=True)
class Asked:
    """A date an item is asked for: DUE (办结), REPORT (定期报送) or QUARTER (季度进展)."""

    kind: str
    due: date


def deadlines(day: date | None = None) -> list[Deadline]:
    """Every date open items are asked for as of a day (default today). The lead units' liaisons act. Two queries."""
    as_of = day or today()
    parts: list[Any] = list(_leading().select_related("item").order_by("item_id", "position"))
    people = liaison_users({part.unit_id for part in parts})
    found: dict[int, tuple[ActionItem, list[Any], Any]] = {}
    for part in parts:
        _item, users, _last = found.setdefault(part.item_id, (part.item, [], part.last_answer))
        users += [user for user in people[part.unit_id] if user not in users]
    return [
        _deadline(item, asked, tuple(users))
        for item, users, last in found.values()
        for asked in asked_of(item, last, as_of)
    ]


def late(day: date | None = None, *, only: int | None = None) -> list[tuple[int, Asked]]:
    """Ids of open items with the earliest date that went by: overdue, or a report missed. In the order of the dates.

    `only` is the id of the one item asked about. One query; of what is not late nothing is read.
    """
    as_of = day or today()
    rows = _leading(only).filter(_perhaps_late(as_of)).order_by("item_id", "position")
    found: dict[int, Asked] = {}
    for pk, due, owed, words, opened_on, since, last in rows.values_list(*_DATES, "last_answer"):
        asked = asked_of(_Dated(due, owed, words, opened_on, since), last, as_of)
        gone = min((one for one in asked if one.due < as_of), key=lambda one: one.due, default=None)
        if gone is not None:
            found.setdefault(pk, gone)
    return sorted(found.items(), key=lambda pair: (pair[1].due, pair[0]))


def quarters_asked(day: date | None = None) -> dict[int, list[date]]:
    """Ids of open items with a deadline → the dates of their quarterly reports: one missed, the one to come. One query."""
    as_of = day or today()
    rows = _leading().filter(item__current_due__gte=as_of).values_list(*_DATES, "last_answer")
    return {
        pk: [
            asked.due
            for asked in asked_of(_Dated(due, owed, words, opened_on, since), last, as_of)
            if asked.kind == QUARTER
        ]
        for pk, due, owed, words, opened_on, since, last in rows
    }


_DATES = (
    "item", "item__current_due", "item__report_due_on", "item__recurrence", "item__opened_on",
    "item__required_since",
)  # fmt: skip


class _Dated(NamedTuple):
    """What `asked_of` reads of an item."""

    current_due: date | None
    report_due_on: date | None
    recurrence: str
    opened_on: date
    required_since: date | None


def _perhaps_late(day: date) -> Q:
    """What can be late: a date of its own that went by, or a quarter in which a report was asked for by now."""
    quarter = quarter_of(day)
    asked = quarter if day > quarter.replace(day=QUARTER_DAY) else quarter_of(quarter - timedelta(days=1))
    silent = Q(last_answer__isnull=True) | Q(last_answer__lt=asked)
    gone = Q(item__current_due__lt=day) | Q(item__current_due__isnull=True, item__report_due_on__lt=day)
    return gone | (Q(item__current_due__gte=day, item__opened_on__lt=asked) & silent)


def _leading(only: int | None = None) -> QuerySet[Any]:
    """Lead parts of open items with a date, with the day a lead last answered."""
    dated = Q(item__current_due__isnull=False) | Q(item__report_due_on__isnull=False)
    if only is not None:
        dated &= Q(item=only)
    return (
        ItemUnit.objects.filter(dated, role=AssignmentRole.LEAD, item__state__in=OPEN_STATES)
        .exclude(item__state=ItemState.CLOSING)
        .annotate(last_answer=last_answer("item"))
    )


def asked_of(item: Any, last: date | None, day: date) -> Iterator[Asked]:
    """The dates one open item is asked for as of a day; `last`: when a lead last reported."""
    if item.current_due is not None:
        yield Asked(DUE, item.current_due)
        if item.current_due >= day:  # an overdue item is told so, and not asked twice
            yield from _quarters(item, last, day)
        return
    meaning = recurrence.read(item.recurrence)
    if meaning is not None and item.report_due_on is not None:
        missed, coming = meaning.open_dates(item.report_due_on, day)
        if missed is not None:
            yield Asked(REPORT, missed)
        yield Asked(REPORT, coming)


def _quarters(item: Any, last: date | None, day: date) -> Iterator[Asked]:
    """The quarter's date, and until it has gone by the date missed in the quarter before: it is not forgotten then."""
    quarter = quarter_of(day)
    before, coming = quarter_of(quarter - timedelta(days=1)), quarter.replace(day=QUARTER_DAY)
    since = max(item.opened_on, item.required_since or item.opened_on)
    if day <= coming and since < before and (last is None or last < before):
        yield Asked(QUARTER, before.replace(day=QUARTER_DAY))
    if since < quarter and (last is None or last < quarter):
        yield Asked(QUARTER, coming)


def _deadline(item: ActionItem, asked: Asked, users: tuple[Any, ...]) -> Deadline:
    # What is told of it says 到期 or 超期 itself; a report says which one is meant.
    label = {DUE: "", REPORT: _("定期报送："), QUARTER: _("季度进展：")}[asked.kind]
    return Deadline(
        kind=asked.kind,
        key=f"{asked.kind}:{item.pk}:{asked.due.isoformat()}",
        title=f"{label}{item.source_label}第{item.seq}项议定事项",
        url=item.get_absolute_url(),
        due_at=end_of(asked.due),
        users=users,
    )
