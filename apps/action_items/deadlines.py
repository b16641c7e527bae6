"""Which items somebody must still act on by when: what the reminders ask, and what the ladder climbs on.

A dated item has its effective deadline and its quarterly report, a recurring one its reporting dates. Of reports
it is the last date that went by unanswered (told once, it does not block the others) and the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.common.todo import Deadline
from apps.roster.enums import AssignmentRole
from apps.roster.selectors import liaison_users, today

from . import recurrence
from .days import QUARTER_DAY, end_of, quarter_of
from .enums import OPEN_STATES, ItemState, ReviewState
from .lights import Snapshot
from .models import ActionItem, ItemUnit, ProgressReport
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
    asked = last_asked(as_of)
    items = ActionItem.objects.filter(_awaited(""), **({} if only is None else {"pk": only})).order_by()
    rows: Any = items.filter(_late(as_of, asked)).values_list(
        "pk", "current_due", "report_due_on", "recurrence"
    )
    missed, found = Asked(QUARTER, asked.replace(day=QUARTER_DAY)), []
    for pk, due, owed, words in rows:
        if due is not None:
            found.append((pk, Asked(DUE, due) if due < as_of else missed))
        elif (meaning := recurrence.read(words)) and (gone := meaning.open_dates(owed, as_of)[0]):
            found.append((pk, Asked(REPORT, gone)))
    return sorted(found, key=lambda pair: (pair[1].due, pair[0]))


def missed(day: date) -> Q:
    """漏报: open items of today that are not overdue and whose last asked report did not come.

    These are the lines of the ladder (`late`) that are not there for their deadline.
    """
    return missed_since(day, last_asked(day))


def missed_since(day: Any, asked: Any) -> Q:
    """The same of the day and its `last_asked`, which may be the slots of a prepared question."""
    return _awaited("") & _missed(day, asked)


def missed_then(day: date) -> Q:
    """The same as of another day, of items whose dates are those of that day (`stood`)."""
    stands = ~Q(review=ReviewState.RETURNED) | Q(reviewed_on__gt=day)
    return _missed(day, last_asked(day), stands & Q(reported_on__lte=day))


def missed_on(item: Any, last: date | None, day: date) -> date | None:
    """The day of the report that one open item missed as of a day; None: no report, or it is overdue anyhow.

    `item` and `last` as in `asked_of`.
    """
    if item.current_due is not None and item.current_due < day:
        return None
    return next(
        (asked.due for asked in asked_of(item, last, day) if asked.kind != DUE and asked.due < day), None
    )


def last_asked(day: date) -> date:
    """First day of the last quarter whose report was asked for by now (`_quarters`): until the 15th the one before."""
    quarter = quarter_of(day)
    return quarter if day > quarter.replace(day=QUARTER_DAY) else quarter_of(quarter - timedelta(days=1))


def _late(day: date, asked: date) -> Q:
    """A date of their own that went by, or a report missed."""
    return Q(current_due__lt=day) | _missed(day, asked)


def _missed(day: Any, asked: Any, counts: Q | None = None) -> Q:
    """A reporting date that went by, or no report of a lead since the quarter `asked`, in which one was due.

    `counts`: which reports are answers; without it those not sent back.
    """
    leads = ItemUnit.objects.filter(item=OuterRef("item"), unit=OuterRef("unit"), role=AssignmentRole.LEAD)
    answers = ProgressReport.objects.filter(
        ~Q(review=ReviewState.RETURNED) if counts is None else counts,
        Exists(leads),
        item=OuterRef("pk"),
        reported_on__gte=asked,
    )
    since = Q(required_since__isnull=True) | Q(required_since__lt=asked)
    silent = since & Q(current_due__gte=day, opened_on__lt=asked) & ~Q(Exists(answers.order_by()))
    return Q(current_due__isnull=True, report_due_on__lt=day) | silent


def quarters_asked(day: date | None = None) -> dict[int, list[date]]:
    """Ids of open items with a deadline → the dates of their quarterly reports: one missed, the one to come. One query."""
    as_of = day or today()
    rows = _leading().filter(item__current_due__gte=as_of).values_list(*_DATES, "last_answer")
    return {
        pk: [
            asked.due
            for asked in asked_of(Dated(due, owed, words, opened_on, since), last, as_of)
            if asked.kind == QUARTER
        ]
        for pk, due, owed, words, opened_on, since, last in rows
    }


_DATES = (
    "item", "item__current_due", "item__report_due_on", "item__recurrence", "item__opened_on",
    "item__required_since",
)  # fmt: skip


class Dated(NamedTuple):
    """What `asked_of` reads of an item."""

    current_due: date | None
    report_due_on: date | None
    recurrence: str
    opened_on: date
    required_since: date | None

    @classmethod
    def of(cls, now: Snapshot, opened_on: date) -> "Dated":
        """What a snapshot of any day says of it."""
        return cls(now.effective_due, now.report_due_on, now.recurrence, opened_on, now.required_since)


def _awaited(item: str) -> Q:
    """Open items with a date that do not wait for the office; `item` is the way to them ("item__"), empty from themselves."""
    dated = Q(**{f"{item}current_due__isnull": False}) | Q(**{f"{item}report_due_on__isnull": False})
    return dated & Q(**{f"{item}state__in": OPEN_STATES - {ItemState.CLOSING}})


def _leading() -> QuerySet[Any]:
    """Lead parts of open items with a date, with the day a lead last answered."""
    parts = ItemUnit.objects.filter(_awaited("item__"), role=AssignmentRole.LEAD)
    return parts.annotate(last_answer=last_answer("item"))


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
