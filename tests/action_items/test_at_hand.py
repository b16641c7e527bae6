"""What waits, as the database tells it, held against `permissions` and the calendar for many made-up items at once."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.action_items import at_hand, permissions, recurrence, selectors
from apps.action_items.days import quarter_of
from apps.action_items.enums import ItemState, Light, ReviewState
from apps.action_items.models import ActionItem, ItemUnit, ProgressReport
from apps.action_items.pages import lamp_of
from apps.common import calendar
from apps.common.todo import Todo, TodoKind
from apps.roster.enums import AssignmentRole
from apps.roster.selectors import standing_of
from tests.factories.people import People

DAYS = (date(2026, 11, 27), date(2026, 10, 14), date(2026, 10, 15), date(2026, 1, 20))
WORDS = (
    "每月5日前",
    "每季度首月15日前",
    "每季度末",
    "每半年",
    "每年6月底前",
    "每 年3月15日前",
    "每半年首月10日前",
)


def many(people: People, count: int) -> None:
    """Items of every state, party, date and requirement, with reports read, unread and sent back."""
    dice, now = random.Random(7), timezone.now()
    units = [people.unit(code) for code in ("weijianwei", "jiaoyuju", "kejiju", "minzhengju")]
    for n in range(count):
        due = dice.choice([None, dice.choice(DAYS) + timedelta(days=dice.randint(-40, 40))])
        words = "" if due else dice.choice(("", *WORDS))
        owed = date(2026, dice.randint(1, 12), dice.randint(1, 28)) if words else None
        item = ActionItem.objects.create(
            ref=f"A-{n}", seq=n + 1, source_kind="inspection", source_label="示例", text=f"第{n}项" + "字" * (n % 90),
            opened_on=date(2025, 6, 1) + timedelta(days=dice.randint(0, 500)), due_on=due, current_due=due,
            recurrence=words, report_due_on=owed, is_standing=not (due or words),
            all_support=dice.random() < 0.2, state=dice.choice([*ItemState][:3]),
            confirmed_by_unit=dice.choice([None, None, units[2]]),
            last_assessment=dice.choice(["", "normal", "behind", "blocked"]),
            required_since=date(2026, 5 + n % 7, 20) if n % 3 == 0 else None,
        )  # fmt: skip
        leads = dice.sample(units, dice.randint(1, 2))
        others = [] if item.all_support else [u for u in units if u not in leads and dice.random() < 0.5]
        for role, named in ((AssignmentRole.LEAD, leads), (AssignmentRole.SUPPORT, others)):
            for place, unit in enumerate(named):
                signed = now if dice.random() < 0.7 else None
                ItemUnit.objects.create(item=item, unit=unit, role=role, position=place, signed_at=signed)
        for _report in range(dice.randint(0, 2)):
            ProgressReport.objects.create(
                item=item, unit=dice.choice(units), text="x", review=dice.choice([*ReviewState]), review_note=f"改{n}",
                reported_on=dice.choice(DAYS) - timedelta(days=dice.randint(0, 60)),
            )  # fmt: skip


def expected(user: Any, item: Any, day: date, reached: set[int]) -> tuple[TodoKind, str, bool] | None:
    """The one line of an item, by the functions that also show and hide its buttons; `reached`: units with an account."""
    standing, closing = standing_of(user), item.state == ItemState.CLOSING
    reports = list(item.reports.all())
    confirmed = item.confirmed_by_unit_id is not None
    settled = confirmed or not permissions.needs_confirmation(item)
    if standing.runs_office and closing and permissions.can_close(user, item) and settled:
        return TodoKind.REVIEW, "审核办结", False
    if standing.runs_office and closing and not settled and not permissions.confirming_units(item) & reached:
        return TodoKind.HANDLE, "代录确认完成", False
    if standing.runs_office and not closing and any(row.review == ReviewState.WAITING for row in reports):
        return TodoKind.HANDLE, "审阅进展", False
    if closing and not confirmed and permissions.can_confirm_close(user, item):
        return TodoKind.HANDLE, "确认完成", False
    if permissions.can_sign_part(user, item):
        return TodoKind.SIGN_FOR, "签收", False
    back = bool(sent_back(user, item))
    verb = "修改进展" if back else "报进展"
    if closing or not (back or permissions.is_lead(user, item)):
        return None
    if not permissions.is_lead(user, item):
        return TodoKind.REPORT, verb, False
    if item.current_due is not None and item.current_due < day:
        return TodoKind.OVERDUE, verb, True
    due = owed(item, day)
    if due or back:
        return TodoKind.REPORT, verb, bool(due and due < day)
    if lamp(item)[0] not in (Light.RED, Light.YELLOW):
        return None
    ends = item.current_due is not None and item.last_assessment not in ("behind", "blocked")
    return TodoKind.SOON, "申请办结" if ends else "报进展", False


def lamp(item: Any) -> tuple[Light, str]:
    """The lamp of today with its words."""
    rule = selectors.rule_on()
    verdict = rule.judge(selectors.snapshot_now(item))
    return verdict.light, lamp_of(item, verdict, rule.as_of)["words"]


def told_beside(user: Any, item: Any, line: Any, when: date, came: date | None) -> str:
    """The note of a line: its number, since when the office is waited for, or how the lamp stands, the office's word."""
    kind, verb, _late = line
    notes = [f"示例-{item.seq}"]
    light, words = lamp(item)
    if came:
        days = calendar.current().workdays_left(came, selectors.rule_on().as_of)
        said = f"{came.month}月{came.day}日报来"
        notes.append(f"{said}，已等{days}个工作日" if days > 0 else said)
    elif kind in (TodoKind.OVERDUE, TodoKind.REPORT, TodoKind.SOON) and light in (Light.RED, Light.YELLOW):
        due = item.current_due
        notes.append(words if due in (None, when) else f"事项时限{due.month}月{due.day}日，{words}")
    if verb == "修改进展":
        notes.append(f"已退回：{sent_back(user, item)[0]}")
    return " · ".join(notes)


ADDRESSES = {"修改进展": "report", "报进展": "report", "申请办结": "ask-close"}


def came_on(item: Any, verb: str) -> date | None:
    """The day of the oldest report the office has not read."""
    days = [row.reported_on for row in item.reports.all() if row.review == ReviewState.WAITING]
    return min(days) if verb == "审阅进展" else None


def sent_back(user: Any, item: Any) -> list[str]:
    """The office's words on reports of the user's units that were sent back, the last first, where none followed."""
    units = standing_of(user).liaison_units if permissions.can_report(user, item) else frozenset()
    rows = {row.unit_id: row for row in sorted(item.reports.all(), key=lambda row: row.pk)}
    found = [row for unit, row in rows.items() if unit in units and row.review == ReviewState.RETURNED]
    return [row.review_note for row in sorted(found, key=lambda row: -row.pk)]


def sort_of(todo: Todo) -> tuple[TodoKind, str]:
    """Lines of one sort are cut together: a report sent back stands among the other reports."""
    reports = (TodoKind.OVERDUE, TodoKind.REPORT)
    return todo.kind, "" if todo.kind in reports else todo.verb


def owed(item: Any, day: date) -> date | None:
    """By when a lead's report is asked for; the quarter's rule is that of `deadlines`, the missed one first."""
    if item.current_due is None:
        meaning = recurrence.read(item.recurrence)
        return item.report_due_on if meaning and day >= meaning.period_start(item.report_due_on) else None
    quarter = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    before = quarter_of(quarter - timedelta(days=1))
    reports = list(item.reports.all())
    leads = {part.unit_id for part in item.parts.all() if part.role == AssignmentRole.LEAD}
    answers = [row for row in reports if row.unit_id in leads and row.review != ReviewState.RETURNED]
    for since in (before, quarter) if day <= quarter.replace(day=15) else (quarter,):
        asked_from = max(item.opened_on, item.required_since or item.opened_on)
        if asked_from < since and not any(row.reported_on >= since for row in answers):
            return since.replace(day=15)
    return None


@pytest.mark.core
def test_the_database_tells_what_the_rules_tell(people: People) -> None:
    many(people, 160)
    ActionItem.objects.filter(seq=160).update(
        state=ItemState.CLOSING, confirmed_by_unit=None, all_support=False
    )
    ItemUnit.objects.filter(item__seq=160).delete()
    parts = {"weijianwei": AssignmentRole.LEAD, "minzhengju": AssignmentRole.SUPPORT}  # who has no account
    for code, role in parts.items():
        item = ActionItem.objects.get(seq=160)
        ItemUnit.objects.create(
            item=item, unit=people.unit(code), role=role, position=1, signed_at=timezone.now()
        )
    users = [
        people.office,
        people.director,
        people.convener,
        people.host_deputy,
        people.auditor,
        people.visitor,
    ]
    users += [people.liaison(code) for code in ("weijianwei", "jiaoyuju", "kejiju")]
    users += [people.member("kejiju"), people.member("weijianwei")]
    items = list(ActionItem.objects.prefetch_related("parts__unit", "reports"))
    found: dict[str, int] = {}
    reached = {people.unit(code).pk for code in ("weijianwei", "jiaoyuju", "kejiju")}
    for day in DAYS:
        with time_machine.travel(f"{day}T10:00+08:00", tick=False):
            for user in users:
                wanted: list[tuple[Any, ...]] = []
                for item in items:
                    line = expected(user, item, day, reached)
                    if line is None:
                        continue
                    when, came = item.current_due or item.report_due_on or date.max, came_on(item, line[1])
                    if line[0] == TodoKind.REPORT and permissions.is_lead(user, item):
                        when = owed(item, day) or when
                    note = told_beside(user, item, line, when, came)
                    page = ADDRESSES.get(line[1])
                    url = f"{item.get_absolute_url()}{page}/" if page else item.get_absolute_url()
                    if line[1] in ("审核办结", "代录确认完成", "审阅进展"):
                        when = date.max  # it has no deadline of the office's
                    wanted.append((not line[2], when, came or date.max, item.pk, line, note, url))
                whole = at_hand.waiting_for(user)
                told = [((todo.kind, todo.verb, todo.late), todo.note, todo.url) for todo in whole.todos]
                assert told == [row[4:] for row in sorted(wanted)]
                assert [todo.deadline and timezone.localdate(todo.deadline) for todo in whole.todos] == [
                    None if row[1] == date.max else row[1] for row in sorted(wanted)
                ]
                assert whole.counts == {
                    kind: sum(row[4][0] == kind for row in wanted) for kind in {row[4][0] for row in wanted}
                }
                few = at_hand.waiting_for(user, most=2)
                assert few.counts == whole.counts
                sorts = {sort_of(todo) for todo in whole.todos}
                assert {sort: [t for t in few.todos if sort_of(t) == sort] for sort in sorts} == {
                    sort: [t for t in whole.todos if sort_of(t) == sort][:2] for sort in sorts
                }
                for *_order, (_kind, verb, _late), _note, _url in wanted:
                    found[verb] = found.get(verb, 0) + 1
    assert set(found) == {
        "审核办结",
        "审阅进展",
        "代录确认完成",
        "确认完成",
        "签收",
        "报进展",
        "申请办结",
        "修改进展",
    }  # each sort was met
