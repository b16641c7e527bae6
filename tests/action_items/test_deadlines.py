"""What items are asked for by when: dated, quarterly and recurring; a missed date does not block the next."""

import importlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps

from apps.action_items import at_hand, ledger, ledger_page, services
from apps.action_items.correcting import Corrected, correct_item
from apps.action_items.deadlines import deadlines, late
from apps.action_items.models import ActionItem
from apps.action_items.selectors import rule_on
from apps.action_items.services import Progress
from tests.factories.people import People

from .test_ledger import unsettle
from .test_services import FAR, make

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENED = date(2026, 2, 10)


def asked(day: str) -> list[tuple[str, str]]:
    """(ref, kind:date) of everything asked for on a day."""
    refs = {str(item.pk): item.ref for item in ActionItem.objects.all()}
    keys = [row.key.split(":") for row in deadlines(date.fromisoformat(day))]
    return [(refs[pk], f"{kind}:{due}") for kind, pk, due in keys]


def report(item: ActionItem, people: People, code: str, day: str) -> Any:
    with time_machine.travel(datetime.fromisoformat(day).replace(hour=10, tzinfo=SHANGHAI), tick=False):
        return services.report(item, Progress(text="x"), unit=people.unit(code), by=people.liaison(code))


def test_deadlines_name_the_leads_liaisons(people: People, django_assert_num_queries: Any) -> None:
    with time_machine.travel("2026-03-02T10:00+08:00", tick=False):
        item = make(people, "jiaoyuju", "kejiju", due_on=FAR, opened_on=OPENED)
        users = {people.liaison("jiaoyuju"), people.liaison_b("jiaoyuju"), people.liaison("kejiju")}
        make(people, "minzhengju", due_on=None, is_standing=True, opened_on=OPENED)
        recurring = make(people, "minzhengju", due_on=None, recurrence="每月5日前", opened_on=OPENED)
        with django_assert_num_queries(2):
            found = deadlines()
        assert [(d.key, d.title, set(d.users)) for d in found] == [
            (f"item_due:{item.pk}:{FAR.isoformat()}", "〔2026〕1号第1项议定事项", users),
            (f"item_report:{recurring.pk}:2026-03-05", "定期报送：〔2026〕1号第3项议定事项", set()),
        ]
        assert f"{found[0].due_at.astimezone(SHANGHAI):%H:%M:%S}" == "23:59:59"  # its last minute is not late
        services.propose_ending(item, services.Proposed("terminate", "不再需要"), by=people.convener)
        assert [d.kind for d in deadlines()] == ["item_report"]


@pytest.mark.core
def test_a_dated_item_is_asked_once_a_quarter_and_any_lead_answers(people: People) -> None:
    with time_machine.travel("2026-02-10T10:00+08:00", tick=False):
        item = make(people, "jiaoyuju", "kejiju", due_on=date(2026, 12, 31), opened_on=OPENED)
        services.sign_for(item, by=people.liaison("jiaoyuju"))

    def home(day: str) -> list[tuple[str, bool, str]]:
        """(kind, late, deadline) of what the lead's home shows on a day."""
        with time_machine.travel(f"{day}T10:00+08:00", tick=False):
            rows = at_hand.waiting_for(people.liaison("jiaoyuju")).todos
        return [(row.kind.value, row.late, f"{row.deadline.astimezone(SHANGHAI):%m-%d}") for row in rows]  # type: ignore[union-attr]

    due = ("T-1", "item_due:2026-12-31")
    assert asked("2026-03-31") == [due]  # opened in this quarter
    assert asked("2026-04-01") == [due, ("T-1", "item_quarter:2026-04-15")]
    assert (home("2026-03-31"), home("2026-04-01")) == ([], [("report", False, "04-15")])
    report(item, people, "shengtaiju", "2026-04-10")  # a supporting unit answers for nobody
    assert asked("2026-04-20") == [due, ("T-1", "item_quarter:2026-04-15")]
    assert (home("2026-04-15"), home("2026-04-16")) == (
        [("report", False, "04-15")],
        [("report", True, "04-15")],
    )
    row = report(item, people, "kejiju", "2026-04-21")
    assert (asked("2026-04-22"), home("2026-04-22")) == ([due], [])
    with time_machine.travel("2026-04-23T10:00+08:00", tick=False):
        services.review_report(row, accept=False, note="请写明数字", by=people.office)
    assert asked("2026-04-23") == [due, ("T-1", "item_quarter:2026-04-15")]
    # The ledger of the day before the return still shows it, as the lamp does.
    shown = [ledger.as_of(date(2026, 4, day))[0].report for day in (22, 23)]
    assert [row and row["on"] for row in shown] == [date(2026, 4, 21), date(2026, 4, 10)]
    missed, coming = ("T-1", "item_quarter:2026-04-15"), ("T-1", "item_quarter:2026-07-15")
    assert asked("2026-07-01") == [due, missed, coming]  # not forgotten in the first days of the next quarter
    assert [(pk, what.due) for pk, what in late(date(2026, 7, 15))] == [(item.pk, date(2026, 4, 15))]
    assert home("2026-07-01") == home("2026-07-15") == [("report", True, "04-15")]
    assert (asked("2026-07-16"), home("2026-07-16")) == ([due, coming], [("report", True, "07-15")])
    assert asked("2027-01-20") == [due]  # overdue: told so, and not asked twice
    assert home("2027-01-20") == [("overdue", True, "12-31")]


@pytest.mark.core
def test_a_missed_date_does_not_block_the_ones_after_it(people: People) -> None:
    with time_machine.travel("2026-02-10T10:00+08:00", tick=False):
        item = make(people, "jiaoyuju", due_on=None, recurrence="每月5日前", opened_on=OPENED)
    assert asked("2026-03-05") == [("T-1", "item_report:2026-03-05")]
    assert asked("2026-03-06") == [("T-1", "item_report:2026-03-05"), ("T-1", "item_report:2026-04-05")]
    assert asked("2026-05-06") == [("T-1", "item_report:2026-05-05"), ("T-1", "item_report:2026-06-05")]
    assert [(pk, what.kind, what.due) for pk, what in late(date(2026, 5, 6))] == [
        (item.pk, "item_report", date(2026, 5, 5))
    ]
    report(item, people, "jiaoyuju", "2026-05-20")
    assert asked("2026-05-21") == [("T-1", "item_report:2026-06-05")]
    assert late(date(2026, 5, 21)) == []


@pytest.mark.core
def test_the_lamp_reads_lead_reports_that_were_not_sent_back(people: People, client_of: Callable) -> None:
    with time_machine.travel("2026-02-10T10:00+08:00", tick=False):
        item = make(people, "jiaoyuju", due_on=date(2026, 12, 31), opened_on=OPENED)

    def seen() -> str:
        return ActionItem.objects.get(pk=item.pk).last_assessment

    with time_machine.travel("2026-03-02T10:00+08:00", tick=False):
        behind = Progress(text="x", assessment="behind")
        services.report(item, behind, unit=people.unit("shengtaiju"), by=people.liaison("shengtaiju"))
        assert seen() == ""
        row = services.report(item, behind, unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju"))
        assert seen() == "behind"
        services.review_report(row, accept=False, note="写清楚", by=people.office)
        assert seen() == ""


def corrected(item: ActionItem, people: People, day: str, **what: Any) -> ActionItem:
    """The item after a 更正 of what is required by when, issued on a day."""
    given = Corrected(item.text, [people.unit("jiaoyuju")], [people.unit("shengtaiju")], **what)
    with time_machine.travel(f"{day}T10:00+08:00", tick=False):
        return correct_item(item, given, reason="印错", on=date.fromisoformat(day), by=people.office)


@pytest.mark.core
def test_a_correction_asks_only_for_what_comes_after_it(people: People) -> None:
    with time_machine.travel("2026-02-10T10:00+08:00", tick=False):
        dated = make(people, "jiaoyuju", due_on=date(2026, 12, 31), opened_on=OPENED)
        monthly = make(people, "jiaoyuju", due_on=None, recurrence="每月5日前", opened_on=OPENED)
        services.sign_for(dated, by=people.liaison("jiaoyuju"))
        services.sign_for(monthly, by=people.liaison("jiaoyuju"))
    day = "2026-07-06"
    assert asked(day)[1:] == [
        ("T-1", "item_quarter:2026-04-15"), ("T-1", "item_quarter:2026-07-15"),
        ("T-2", "item_report:2026-07-05"), ("T-2", "item_report:2026-08-05"),
    ]  # fmt: skip
    dated = corrected(dated, people, day, recurrence="每季度首月5日前")
    monthly = corrected(monthly, people, day, due_on=date(2026, 12, 31))
    assert [
        (row.required_since, row.report_due_on, [(fix.old_due, fix.old_recurrence, fix.new_due) for fix in row.corrections.all()])
        for row in (dated, monthly)
    ] == [
        (date(2026, 7, 6), date(2026, 10, 5), [(date(2026, 12, 31), "", None)]),
        (date(2026, 7, 6), None, [(None, "每月5日前", date(2026, 12, 31))]),
    ]  # fmt: skip
    # What was owed by columns of before is mended by the migration.
    ActionItem.objects.filter(pk=dated.pk).update(required_since=None, report_due_on=date(2026, 4, 5))
    mend = importlib.import_module("apps.action_items.migrations.0011_requirement_corrected")
    mend.end_what_was_never_owed(apps, None)
    assert ActionItem.objects.get(pk=dated.pk).report_due_on == date(2026, 10, 5)
    due = ("T-2", "item_due:2026-12-31")
    assert asked(day) == [("T-1", "item_report:2026-10-05"), due]
    assert late(date(2026, 9, 30)) == []
    with time_machine.travel("2026-09-30T10:00+08:00", tick=False):
        assert at_hand.waiting_for(people.liaison("jiaoyuju")).todos == []
    assert asked("2026-10-06")[-1] == ("T-2", "item_quarter:2026-10-15")
    rows = ledger.as_of(date(2026, 7, 5))
    rule = rule_on(date(2026, 7, 5))
    assert [ledger_page.line(row, 1, rule, {})["due"] for row in rows] == ["2026-12-31", "每月5日前"]
    # One requirement follows another: what was reported in its first period before that day answers it.
    report(dated, people, "jiaoyuju", "2026-08-03")
    assert asked("2026-08-04")[0] == ("T-1", "item_report:2026-10-05")
    dated = corrected(dated, people, "2026-08-10", recurrence="每月15日前")
    assert (dated.required_since, dated.report_due_on) == (date(2026, 8, 10), date(2026, 9, 15))


def test_what_is_late_is_the_earliest_date_asked_for_that_has_gone_by(past: People) -> None:
    """The database tells what is late apart by its own conditions: on any day they are those of the dates asked for."""
    unsettle()
    for day in (date(2026, 4, 10) + timedelta(days=13 * number) for number in range(28)):
        gone: dict[int, tuple[date, str]] = {}
        for found in deadlines(day):
            kind, pk, due = found.key.split(":")
            if date.fromisoformat(due) < day:
                gone[int(pk)] = min((date.fromisoformat(due), kind), gone.get(int(pk), (date.max, "")))
        expected = sorted((due, pk, kind) for pk, (due, kind) in gone.items())
        assert [(what.due, pk, what.kind) for pk, what in late(day)] == expected
        assert [late(day, only=pk) for _due, pk, _kind in expected[:1]] == [late(day)[:1]] * bool(expected)
