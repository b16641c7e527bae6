"""What somebody has to do on items now: one line an item at most, of each sort the most urgent and how many there are.

The database tells the sorts apart, so a home costs the same whether ten matters are open or ten thousand. The
conditions are those of `permissions`; a test holds them against each other.
"""

from datetime import date
from functools import cache
from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.common.prepared import Prepared, Slot, any_of, prepare
from apps.common.todo import Todo, TodoKind, Waiting, waiting_of
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import Standing, places_of, shape_of, standing_of, today

from . import waiting
from .days import QUARTER_DAY, end_of, period_of, quarter_of
from .enums import OPEN_STATES, ItemState, ReviewState
from .models import ActionItem, ItemUnit, ProgressReport

ALL = 1_000_000
# What waits → its kind and the button.
_SORTS: dict[str, tuple[TodoKind, Any]] = {
    "close": (TodoKind.REVIEW, _("审核办结")),
    "read": (TodoKind.HANDLE, _("审阅进展")),
    "confirm": (TodoKind.HANDLE, _("确认完成")),
    "sign_for": (TodoKind.SIGN_FOR, _("签收")),
    "overdue": (TodoKind.OVERDUE, _("报进展")),
    "report": (TodoKind.REPORT, _("报进展")),
}
_TITLE = 60  # characters of a matter's text
_CLOSING, _UNDATED = Q(state=ItemState.CLOSING), Q(current_due__isnull=True)
# Of every sort the most urgent: what is late, then the nearest deadline.
_RANKED = """
WITH found (id, sort, missed, due) AS MATERIALIZED ({found}),
judged AS (
    SELECT id, sort, due, CASE WHEN sort = 'overdue' OR (sort = 'report' AND missed) THEN 1 ELSE 0 END AS late
    FROM found WHERE sort <> ''
),
ranked AS (
    SELECT id, sort, late, due, COUNT(*) OVER (PARTITION BY sort) AS number,
        ROW_NUMBER() OVER (PARTITION BY sort ORDER BY late DESC, due IS NULL, due, id) AS place
    FROM judged
)
SELECT ranked.sort, ranked.number, ranked.late, ranked.due, item.id, SUBSTR(item.text, 1, %s), item.source_label, item.seq
FROM ranked JOIN action_items_actionitem item ON item.id = ranked.id
WHERE ranked.place <= %s
ORDER BY ranked.late DESC, ranked.due IS NULL, ranked.due, ranked.id
"""


def waiting_for(user: Any, *, most: int = ALL) -> Waiting:
    """Of each sort the `most` urgent lines, and how many there are of each kind. Two queries at most."""
    standing = standing_of(user)
    if not (standing.units or standing.runs_office):
        return Waiting([], {})
    rows = _question(shape_of(standing)).run(
        title=_TITLE + 1, most=most, **places_of(standing), **_days(today())
    )
    counts = {sort: number for sort, number, *_rest in rows}
    found = Waiting([_todo(*row) for row in rows], _by_kind(counts))
    return found + waiting_of(waiting.waiting_for(user))


def _by_kind(numbers: dict[str, int]) -> dict[TodoKind, int]:
    found: dict[TodoKind, int] = {}
    for sort, number in numbers.items():
        kind = _SORTS[sort][0]
        found[kind] = found.get(kind, 0) + number
    return found


def _todo(sort: str, _number: int, late: Any, due: Any, pk: int, text: str, label: str, seq: int) -> Todo:
    kind, verb = _SORTS[sort]
    day = date.fromisoformat(due) if isinstance(due, str) else due
    return Todo(
        kind=kind,
        title=text if len(text) <= _TITLE else text[: _TITLE - 1] + "…",
        url=reverse("action_items:detail", args=[pk]),
        verb=str(verb),
        deadline=end_of(day) if day else None,
        note=f"{label}-{seq}",
        late=bool(late),
    )


# --- the question -----------------------------------------------------------


def _days(day: date) -> dict[str, date]:
    """The days the question compares with."""
    quarter = quarter_of(day)
    asked = day >= quarter.replace(day=QUARTER_DAY)
    ends = {f"end_of_{months}": period_of(day, months)[1] for months in (1, 3, 6, 12)}
    return {"day": day, "quarter": quarter, "opened_before": quarter if asked else date.min, **ends}


@cache
def _question(shape: Standing) -> Prepared:
    found = prepare(_told_apart(shape))
    params = (*found.params, Slot("title"), Slot("most"))
    return Prepared(_RANKED.format(found=found.sql), params)


def _told_apart(shape: Standing) -> QuerySet[Any, Any]:
    """Open items that may wait for somebody of this standing: id, sort (empty: nothing), report missed, its date."""
    unread = Q(pk__in=ProgressReport.objects.filter(review=ReviewState.WAITING).values("item"))
    mine = ItemUnit.objects.filter(item=OuterRef("pk"), unit__in=any_of(shape.liaison_units))
    wanted = Q(Exists(mine)) | _CLOSING
    sorts = [*_units_sorts(mine)]
    if shape.units:
        sorts.insert(0, ("confirm", _CLOSING & Q(confirmed_by_unit__isnull=True) & _may_confirm(shape)))
    if shape.runs_office:
        wanted |= unread
        sorts[:0] = [("close", _CLOSING & _may_close(shape)), ("read", ~_CLOSING & unread)]
    sort = Case(*(When(where, then=Value(name)) for name, where in sorts), default=Value(""))
    rows = ActionItem.objects.filter(wanted, state__in=OPEN_STATES).order_by()
    missed = Case(When(report_due_on__lt=Slot("day"), then=True), default=False, output_field=BooleanField())
    return rows.values_list("pk", sort, missed, Coalesce("current_due", "report_due_on"))


def _units_sorts(mine: QuerySet[ItemUnit]) -> list[tuple[str, Q]]:
    led = Q(Exists(mine.filter(role=AssignmentRole.LEAD)))
    return [
        ("sign_for", Q(Exists(mine.filter(signed_at__isnull=True)))),
        ("overdue", ~_CLOSING & led & Q(current_due__lt=Slot("day"))),
        ("report", ~_CLOSING & led & (_owes_by_quarter() | _owes_by_date())),
    ]


def _owes_by_quarter() -> Q:
    """Dated items owe one report a quarter, from the 15th of its first month, not in the opening quarter."""
    leads = ItemUnit.objects.filter(item=OuterRef("item"), unit=OuterRef("unit"), role=AssignmentRole.LEAD)
    answer = ProgressReport.objects.filter(
        Exists(leads), item=OuterRef("pk"), reported_on__gte=Slot("quarter")
    ).exclude(review=ReviewState.RETURNED)
    return ~_UNDATED & Q(opened_on__lt=Slot("opened_before")) & ~Q(Exists(answer))


def _owes_by_date() -> Q:
    """Recurring items owe from the first day of the period of their next reporting date.

    That is: when the date lies in the period of today or before. The period is told by its one word (`recurrence`);
    a requirement the portal cannot read has no reporting date.
    """
    found = Q(pk__in=[])
    known = Q()
    for word, months in (("季", 3), ("半", 6), ("年", 12), ("", 1)):
        here = Q(recurrence__contains=word) if word else Q()
        found |= here & known & Q(report_due_on__lte=Slot(f"end_of_{months}"))
        known &= ~here
    return _UNDATED & found


def _hosted() -> Q:
    """The host unit leads: it does not close its own work alone (`permissions.host_leads`)."""
    parts = ItemUnit.objects.filter(item=OuterRef("pk"), role=AssignmentRole.LEAD, unit__is_host=True)
    return Q(Exists(parts))


def _others(**which: Any) -> Q:
    parts = ItemUnit.objects.filter(item=OuterRef("pk"), unit__is_host=False, **which)
    return Q(Exists(parts))


def _may_close(shape: Standing) -> Q:
    """`permissions.can_close`, once a unit that has to confirm did so."""
    settled = Q(confirmed_by_unit__isnull=False) | ~_hosted() | ~(Q(all_support=True) | _others())
    return settled if shape.is_director else settled & ~_hosted()


def _may_confirm(shape: Standing) -> Q:
    """`permissions.can_confirm_close`."""
    support = {"role": AssignmentRole.SUPPORT}
    mine = {"unit__in": any_of(shape.units)}
    named = _others(**support, **mine) | (~_others(**support) & _others(**mine))
    anybody = Exists(Unit.objects.filter(pk__in=any_of(shape.units), is_host=False))
    return _hosted() & ((Q(all_support=True) & Q(anybody)) | (Q(all_support=False) & named))
