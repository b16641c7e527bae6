"""What somebody has to do on items now: one line an item at most, of each sort the most urgent and how many there are.

The database tells the sorts apart, so a home costs the same whether ten matters are open or ten thousand. The
conditions are those of `permissions`; a test holds them against each other.
"""

from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.common.prepared import Prepared, Slot, any_of, prepare
from apps.common.ready import pattern_of
from apps.common.todo import Todo, TodoKind, Waiting, waiting_of
from apps.common.written import Written
from apps.roster.enums import LIAISON_POSTS, MEMBER_POSTS, AssignmentRole
from apps.roster.models import Appointment, Unit
from apps.roster.selectors import Standing, places_of, shape_of, standing_of

from . import ledger, waiting
from .days import QUARTER_DAY, end_of, period_of, quarter_of
from .enums import OPEN_STATES, ItemState, Light, ReviewState, SelfAssessment
from .lights import WORRIED, Rule, Snapshot
from .models import ActionItem, ItemUnit, ProgressReport
from .pages import lamp_of
from .selectors import days_of, rule_on, slotted_rule

ALL = 1_000_000
PATIENCE = 5  # [D] working days a request for 办结 may wait for the office before its home marks it late
# What waits → its kind and the button.
_SORTS: dict[str, tuple[TodoKind, Any]] = {
    "close": (TodoKind.REVIEW, _("审核办结")),
    "read": (TodoKind.HANDLE, _("审阅进展")),
    "enter": (TodoKind.HANDLE, _("代录确认完成")),
    "confirm": (TodoKind.HANDLE, _("确认完成")),
    "sign_for": (TodoKind.SIGN_FOR, _("签收")),
    "overdue": (TodoKind.OVERDUE, _("报进展")),
    "report": (TodoKind.REPORT, _("报进展")),
    "soon": (TodoKind.SOON, _("申请办结")),
}
_OFFICES = {
    "close": "申请",
    "read": "报来",
    "enter": "申请",
}  # what the unit did, for which the office is waited for
_TITLE = 60  # characters of a matter's text
_CLOSING, _UNDATED = Q(state=ItemState.CLOSING), Q(current_due__isnull=True)
# Of every sort the most urgent: what is late, then the nearest deadline. A quarter's report is due on the quarter's day.
# What waits for the office has no deadline of the office's: it stands by the day it came.
# A report that was sent back is asked for with the office's word, under whatever sort its item stands.
_RANKED = """
WITH back (item, id) AS MATERIALIZED ({back}),
found (id, sort, missed, due, asked) AS MATERIALIZED ({found}),
judged AS (
    SELECT id, asked, CASE WHEN sort IN ('before', 'quarter', 'returned') THEN 'report' ELSE sort END AS sort,
        CASE sort WHEN 'before' THEN %s WHEN 'quarter' THEN %s
            WHEN 'close' THEN NULL WHEN 'read' THEN NULL WHEN 'enter' THEN NULL ELSE due END AS due,
        CASE WHEN sort IN ('overdue', 'before') OR (sort = 'quarter' AND %s) OR (sort = 'report' AND missed)
            THEN 1 ELSE 0 END AS late
    FROM found WHERE sort <> ''
),
ranked AS (
    SELECT id, sort, late, due, asked, COUNT(*) OVER (PARTITION BY sort) AS number,
        ROW_NUMBER() OVER (PARTITION BY sort ORDER BY late DESC, asked IS NULL, asked, due IS NULL, due, id) AS place
    FROM judged
)
SELECT ranked.sort, ranked.number, ranked.late, ranked.due, item.id, SUBSTR(item.text, 1, %s), item.source_label, item.seq,
    returned.review_note, ranked.asked, item.state, item.current_due, item.report_due_on, item.last_assessment
FROM ranked JOIN action_items_actionitem item ON item.id = ranked.id
LEFT JOIN back ON back.item = ranked.id AND ranked.sort IN ('overdue', 'report')
LEFT JOIN action_items_progressreport returned ON returned.id = back.id
WHERE ranked.place <= %s
ORDER BY ranked.late DESC, ranked.due IS NULL, ranked.due, ranked.asked IS NULL, ranked.asked, ranked.id
"""
_SENT_BACK = Written("action_items_actionitem.id IN (SELECT item FROM back)", output_field=BooleanField())


def waiting_for(user: Any, *, most: int = ALL) -> Waiting:
    """Of each sort the `most` urgent lines, and how many there are of each kind.

    Two queries at most, besides the lamps' settings and the working days where the page has not kept them.
    """
    standing = standing_of(user)
    if not (standing.units or standing.runs_office):
        return Waiting([], {})
    rule = rule_on()
    rows = _question(shape_of(standing), rule.owed_red_until is None).run(
        title=_TITLE + 1, most=most, **places_of(standing), **_days(rule.as_of), **days_of(rule)
    )
    counts = {sort: number for sort, number, *_rest in rows}
    todos = [_todo(_Line._make(row), rule) for row in rows]
    todos.sort(key=lambda todo: not todo.late)  # the rest of the order is the question's
    found = Waiting(todos, _by_kind(counts))
    return found + waiting_of(waiting.waiting_for(user))


class _Line(NamedTuple):
    """One row of the answer. `word`: the office's on a report it sent back; `asked`: when the request or report came."""

    sort: str
    number: int
    late: Any
    due: Any
    pk: int
    text: str
    label: str
    seq: int
    word: str | None
    asked: Any
    state: str
    current_due: Any
    report_due_on: Any
    last_assessment: str


def _by_kind(numbers: dict[str, int]) -> dict[TodoKind, int]:
    found: dict[TodoKind, int] = {}
    for sort, number in numbers.items():
        kind = _SORTS[sort][0]
        found[kind] = found.get(kind, 0) + number
    return found


def _waits_long(line: _Line, rule: Rule) -> bool:
    """A request for 办结 that waits for the office for more than `PATIENCE` working days."""
    day = _as_day(line.asked)
    if line.sort not in ("close", "enter") or day is None:
        return False
    return rule.calendar.workdays_left(day, rule.as_of) > PATIENCE


def _as_day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _todo(line: _Line, rule: Rule) -> Todo:
    kind, verb = _SORTS[line.sort]
    day = _as_day(line.due)
    back = line.word is not None
    page = _page(line, back=back)
    notes = [f"{line.label}-{line.seq}", *_came(line, rule), *_lamp(line, rule)]
    if back:
        notes.append(f"已退回：{_cut(' '.join((line.word or '').split()))}")
        verb = _("修改进展")
    elif line.sort == "soon" and page == "report":
        verb = _("报进展")
    return Todo(
        kind=kind,
        title=_cut(line.text),
        url=pattern_of(f"action_items:{page}").format(line.pk),
        verb=str(verb),
        deadline=end_of(day) if day else None,
        note=" · ".join(notes),
        late=bool(line.late) or _waits_long(line, rule),
    )


def _page(line: _Line, *, back: bool) -> str:
    """Where the button leads: to the form itself where there is one. What nears its deadline and goes well can be ended."""
    if back or line.sort in ("overdue", "report"):
        return "report"
    if line.sort != "soon":
        return "detail"
    return "report" if line.current_due is None or line.last_assessment in WORRIED else "ask_close"


def _came(line: _Line, rule: Rule) -> list[str]:
    """11月26日报来，已等2个工作日: the item's deadline is not the office's."""
    day = _as_day(line.asked)
    if day is None or line.sort not in _OFFICES:
        return []
    waited = rule.calendar.workdays_left(day, rule.as_of)
    words = f"{day.month}月{day.day}日{_OFFICES[line.sort]}"
    return [f"{words}，已等{waited}个工作日" if waited > 0 else words]


def _lamp(line: _Line, rule: Rule) -> list[str]:
    """The words of a red or yellow lamp, for the unit; with the item's own deadline where the line has another."""
    if line.sort not in ("overdue", "report", "soon"):
        return []
    due, owed = _as_day(line.current_due), _as_day(line.report_due_on)
    verdict = rule.judge(Snapshot(due, due, None, owed, line.last_assessment))
    if verdict.light not in (Light.RED, Light.YELLOW):
        return []
    item = ActionItem(state=line.state, report_due_on=owed, last_assessment=line.last_assessment)
    words = lamp_of(item, verdict, rule.as_of)["words"]
    other = due is not None and _as_day(line.due) != due
    return [f"事项时限{due.month}月{due.day}日，{words}" if due and other else words]


def _cut(text: str) -> str:
    return text if len(text) <= _TITLE else text[: _TITLE - 1] + "…"


# --- the question -----------------------------------------------------------


def _days(day: date) -> dict[str, Any]:
    """The days the question compares with."""
    quarter = quarter_of(day)
    before, coming = quarter_of(quarter - timedelta(days=1)), quarter.replace(day=QUARTER_DAY)
    ends = {f"end_of_{months}": period_of(day, months)[1] for months in (1, 3, 6, 12)}
    return {
        "day": day, "quarter": quarter, "coming": coming, "coming_is_gone": coming < day, "before": before,
        "before_due": before.replace(day=QUARTER_DAY), "missed_before": before if day <= coming else date.min, **ends,
    }  # fmt: skip


@cache
def _question(shape: Standing, never_by_report: bool) -> Prepared:
    """The question of somebody of this shape. `never_by_report`: a missed report turns nothing red."""
    found = prepare(_told_apart(shape, slotted_rule(never_by_report)))
    back = prepare(_returned(shape)) if shape.liaison_units else Prepared("SELECT 0, 0", ())
    dates = (Slot("before_due"), Slot("coming"), Slot("coming_is_gone"))
    params = (*back.params, *found.params, *dates, Slot("title"), Slot("most"))
    return Prepared(_RANKED.format(back=back.sql, found=found.sql), params)


def _told_apart(shape: Standing, rule: Rule) -> QuerySet[Any, Any]:
    """Open items that may wait for somebody of this standing: id, sort (empty: nothing), report missed, its date."""
    unread = Q(pk__in=ProgressReport.objects.filter(review=ReviewState.WAITING).values("item"))
    mine = ItemUnit.objects.filter(item=OuterRef("pk"), unit__in=any_of(shape.liaison_units))
    others = Q(all_support=True) | Q(blocked_from__in=any_of(shape.liaison_units))  # who may report besides
    wanted = Q(Exists(mine)) | _CLOSING | (others & Q(_SENT_BACK))
    sorts = [
        *_units_sorts(mine),
        ("returned", ~_CLOSING & Q(_SENT_BACK)),
        ("soon", ~_CLOSING & _led(mine) & _alight(rule)),
    ]
    if shape.units:
        sorts.insert(0, ("confirm", _CLOSING & Q(confirmed_by_unit__isnull=True) & _may_confirm(shape)))
    if shape.runs_office:
        wanted |= unread
        sorts[:0] = [
            ("close", _CLOSING & _may_close(shape)),
            ("enter", _CLOSING & _must_be_entered()),
            ("read", ~_CLOSING & unread),
        ]
    sort = Case(*(When(where, then=Value(name)) for name, where in sorts), default=Value(""))
    rows = ActionItem.objects.filter(wanted, state__in=OPEN_STATES).order_by()
    missed = Case(When(report_due_on__lt=Slot("day"), then=True), default=False, output_field=BooleanField())
    request = ProgressReport.objects.filter(item=OuterRef("pk"), assessment=SelfAssessment.CLOSING)
    whens = [When(_CLOSING, then=Subquery(request.order_by("-pk").values("reported_on")[:1]))]
    if shape.runs_office:
        came = ProgressReport.objects.filter(item=OuterRef("pk"), review=ReviewState.WAITING)
        first = Subquery(came.order_by("reported_on", "pk").values("reported_on")[:1])
        whens.append(When(unread, then=first))
    asked = Case(*whens)
    return rows.values_list("pk", sort, missed, Coalesce("current_due", "report_due_on"), asked)


def _returned(shape: Standing) -> QuerySet[Any, Any]:
    """Item and id of the last report of these units that the office sent back and the unit has not answered by another."""
    later = ProgressReport.objects.filter(
        item=OuterRef("item"), unit=OuterRef("unit"), pk__gt=OuterRef("pk")
    ).order_by()
    rows = ProgressReport.objects.filter(unit__in=any_of(shape.liaison_units), review=ReviewState.RETURNED)
    return (
        rows.filter(~Exists(later))
        .order_by()
        .values("item")
        .annotate(last=Max("pk"))
        .values_list("item", "last")
    )


def _led(mine: QuerySet[ItemUnit]) -> Q:
    return Q(Exists(mine.filter(role=AssignmentRole.LEAD)))


def _alight(rule: Rule) -> Q:
    """Under a red or yellow lamp: it stands on its lead's home whether or not a report is owed."""
    lamps = ledger.light_filters(rule)
    return lamps[Light.RED] | lamps[Light.YELLOW]


def _units_sorts(mine: QuerySet[ItemUnit]) -> list[tuple[str, Q]]:
    led = _led(mine)
    return [
        ("sign_for", Q(Exists(mine.filter(signed_at__isnull=True)))),
        ("overdue", ~_CLOSING & led & Q(current_due__lt=Slot("day"))),
        ("before", ~_CLOSING & led & _owes_quarter("missed_before", "before")),
        ("quarter", ~_CLOSING & led & _owes_quarter("quarter", "quarter")),
        ("report", ~_CLOSING & led & _owes_by_date()),
    ]


def _owes_quarter(opened_before: str, since: str) -> Q:
    """Dated items owe one report a quarter, by the 15th of its first month, not in the opening quarter.

    The rule of `deadlines`: the quarter's report is asked for from its first day, and until the 15th the one missed in
    the quarter before comes first. The arguments name slots: opened (and dated by a 更正) before that day, not
    answered since that day.
    """
    leads = ItemUnit.objects.filter(item=OuterRef("item"), unit=OuterRef("unit"), role=AssignmentRole.LEAD)
    answer = ProgressReport.objects.filter(
        Exists(leads), item=OuterRef("pk"), reported_on__gte=Slot(since)
    ).exclude(review=ReviewState.RETURNED)
    since_then = Q(required_since__isnull=True) | Q(required_since__lt=Slot(opened_before))
    return ~_UNDATED & Q(opened_on__lt=Slot(opened_before)) & since_then & ~Q(Exists(answer))


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
    parts = ItemUnit.objects.filter(
        item=OuterRef("pk"), unit__is_host=False, unit__left_on__isnull=True, **which
    )
    return Q(Exists(parts))


def _may_close(shape: Standing) -> Q:
    """`permissions.can_close`, once a unit that has to confirm did so."""
    settled = Q(confirmed_by_unit__isnull=False) | ~_hosted() | ~(Q(all_support=True) | _others())
    return settled if shape.is_director else settled & ~_hosted()


def _may_confirm(shape: Standing) -> Q:
    """`permissions.can_confirm_close`."""
    return _confirmed_by(any_of(shape.units))


def _confirmed_by(units: Any) -> Q:
    """One of these units is among those that confirm (`permissions.confirming_units`)."""
    support, mine = {"role": AssignmentRole.SUPPORT}, {"unit__in": units}
    named = _others(**support, **mine) | (~_others(**support) & _others(**mine))
    anybody = Exists(Unit.objects.active().filter(pk__in=units, is_host=False))
    return _hosted() & ((Q(all_support=True) & Q(anybody)) | (Q(all_support=False) & named))


def _must_be_entered() -> Q:
    """Nobody of the units that have to confirm has an account: the office enters it for one of them (代录)."""
    held = Appointment.objects.on(Slot("day")).filter(
        person__user__is_active=True, post__kind__in=sorted(LIAISON_POSTS | MEMBER_POSTS)
    )
    wanted = _hosted() & (Q(all_support=True) | _others())
    return Q(confirmed_by_unit__isnull=True) & wanted & ~_confirmed_by(held.order_by().values("post__unit"))
