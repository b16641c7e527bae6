"""The whole ledger of the sample meetings as of several days, by the command others call."""

import json
from collections.abc import Callable
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.action_items import correcting, ledger
from apps.action_items.asking import Question
from apps.action_items.enums import LedgerState, Light, ReviewState
from apps.action_items.models import ActionItem, ProgressReport
from apps.action_items.selectors import rule_on
from apps.action_items.services import refresh
from apps.action_items.stood import Stood
from tests.factories.people import People

OTHERS_OF_HOST = [
    "市委宣传部", "市发改委", "市教育局", "市科技局", "市工信局", "市民政局", "市财政局", "市人社局",
    "市生态环境局", "市住建局", "市应急局", "市国资委", "市市场监管局", "市医保局", "市总工会",
]  # fmt: skip
ON_NOV_23 = {
    "M1-1": ("2026-04-15", "2026-04-15", None, "closed", "closed_on_time"),
    "M1-2": ("2026-12-31", "2026-12-31", 28, "green", "in_progress"),
    "M1-3": ("2026-06-30", "2026-06-30", None, "closed", "closed_on_time"),
    "M1-4": ("2026-05-09", "2026-05-09", None, "closed", "closed_on_time"),
    "M1-5": (None, None, None, "standing", "standing"),
    "M1-6": ("2026-11-30", "2026-11-30", 5, "yellow", "in_progress"),
    "M1-7": ("2026-09-30", "2026-12-15", 16, "green", "in_progress"),
    "M1-8": ("2026-10-31", "2026-10-31", -16, "red", "overdue"),
    "M1-9": ("2026-08-31", "2026-08-31", None, "closed", "closed_late"),
    "M2-1": ("2026-12-25", "2026-12-25", 24, "green", "in_progress"),
    "M2-2": ("2026-12-20", "2026-12-20", 19, "green", "in_progress"),
    "M2-3": ("2026-12-31", "2026-12-31", 28, "green", "in_progress"),
    "M2-4": ("2026-11-20", "2026-11-20", -1, "red", "overdue"),
    "M2-5": ("2027-03-31", "2027-03-31", 92, "green", "in_progress"),
    "M2-6": ("2026-11-27", "2026-11-27", 4, "yellow", "in_progress"),
    "M2-7": ("2026-12-04", "2026-12-04", 9, "yellow", "in_progress"),
}
UNITS = {
    "M1-1": (["市卫健委"], OTHERS_OF_HOST),
    "M1-2": (["市发改委"], ["市卫健委"]),
    "M1-3": (["市工信局", "市发改委"], ["市卫健委", "市人社局", "市住建局"]),
    "M1-4": (["市卫健委", "市总工会"], ["市委宣传部", "市教育局", "市工信局", "市住建局"]),
    "M1-5": (["市卫健委"], OTHERS_OF_HOST),
    "M1-6": (["市财政局"], ["市卫健委"]),
    "M1-7": (["市人社局"], ["市卫健委", "市总工会"]),
    "M1-8": (["市教育局"], ["市卫健委", "市生态环境局"]),
    "M1-9": (["市国资委"], ["市卫健委", "市总工会"]),
    "M2-1": (["市卫健委"], ["市工信局", "市住建局", "市国资委"]),
    "M2-2": (["市民政局"], ["市卫健委", "市人社局", "市医保局"]),
    "M2-3": (["市医保局"], ["市民政局", "市卫健委"]),
    "M2-4": (["市人社局"], ["市卫健委", "市总工会"]),
    "M2-5": (["市卫健委"], ["市财政局"]),
    "M2-6": (["市住建局"], ["市卫健委", "市总工会"]),
    "M2-7": (["市卫健委"], ["市市场监管局", "市委宣传部", "市总工会"]),
}
# Day → what differs from the table above, and the items that are not open yet.
OTHER_DAYS: dict[str, dict[str, Any]] = {
    "2026-04-13": {
        "M1-2": ("2026-12-31", "2026-12-31", 181, "green", "in_progress"),
        "M1-3": ("2026-06-30", "2026-06-30", 53, "green", "in_progress"),
        "M1-4": ("2026-05-09", "2026-05-09", 17, "green", "in_progress"),
        "M1-6": ("2026-11-30", "2026-11-30", 158, "green", "in_progress"),
        "M1-7": ("2026-09-30", "2026-09-30", 119, "green", "in_progress"),
        "M1-8": ("2026-10-31", "2026-10-31", 137, "green", "in_progress"),
        "M1-9": ("2026-08-31", "2026-08-31", 97, "green", "in_progress"),
    },
    "2026-09-23": {
        "M1-2": ("2026-12-31", "2026-12-31", 66, "green", "in_progress"),
        "M1-5": (None, None, None, "yellow", "standing"),
        "M1-6": ("2026-11-30", "2026-11-30", 43, "green", "in_progress"),
        "M1-7": ("2026-09-30", "2026-09-30", 4, "yellow", "in_progress"),
        "M1-8": ("2026-10-31", "2026-10-31", 22, "yellow", "in_progress"),
    },
    "2026-10-12": {
        "M1-2": ("2026-12-31", "2026-12-31", 58, "green", "in_progress"),
        "M1-5": (None, None, None, "yellow", "standing"),
        "M1-6": ("2026-11-30", "2026-11-30", 35, "green", "in_progress"),
        "M1-7": ("2026-09-30", "2026-12-15", 46, "green", "in_progress"),
        "M1-8": ("2026-10-31", "2026-10-31", 14, "yellow", "in_progress"),
        "M2-1": ("2026-12-25", "2026-12-25", 54, "green", "in_progress"),
        "M2-2": ("2026-12-20", "2026-12-20", 49, "green", "in_progress"),
        "M2-3": ("2026-12-31", "2026-12-31", 58, "green", "in_progress"),
        "M2-4": ("2026-11-20", "2026-11-20", 29, "green", "in_progress"),
        "M2-5": ("2027-03-30", "2027-03-30", 121, "green", "in_progress"),
        "M2-6": ("2026-11-27", "2026-11-27", 34, "green", "in_progress"),
        "M2-7": ("2026-12-04", "2026-12-04", 39, "green", "in_progress"),
    },
}


def read(day: str) -> list[dict[str, Any]]:
    out = StringIO()
    call_command("ledger", "--as-of", day, "--format", "json", stdout=out, stderr=StringIO())
    found: list[dict[str, Any]] = json.loads(out.getvalue())
    return found


def wanted(ref: str, values: tuple, text: str) -> dict[str, Any]:
    due, effective, left, light, state = values
    leads, supports = UNITS[ref]
    return {
        "ref": ref, "text": text, "lead": leads, "support": supports, "due": due, "effective_due": effective,
        "workdays_left": left, "light": light, "state": state,
    }  # fmt: skip


@pytest.mark.core
def test_ledger_on_the_day_of_the_sample_file(past: People, sample_texts: dict[str, str]) -> None:
    assert read("2026-11-23") == [wanted(ref, row, sample_texts[ref]) for ref, row in ON_NOV_23.items()]


@pytest.mark.parametrize("day", OTHER_DAYS)
def test_ledger_on_other_days(day: str, past: People, sample_texts: dict[str, str]) -> None:
    opened = [ref for ref in ON_NOV_23 if ref.startswith("M1") or day >= "2026-09-30"]
    rows = {ref: OTHER_DAYS[day].get(ref, ON_NOV_23[ref]) for ref in opened}
    assert read(day) == [wanted(ref, row, sample_texts[ref]) for ref, row in rows.items()]


def test_before_anything_was_issued_the_ledger_is_empty(past: People) -> None:
    assert read("2026-04-08") == []


def test_a_year_without_a_calendar_is_named(past: People) -> None:
    err = StringIO()
    call_command("ledger", "--as-of", "2026-11-23", stdout=StringIO(), stderr=err)
    assert err.getvalue() == "提示：2027年没有工作日历数据，按周一至周五计算。\n"


def test_a_table_for_people(past: People) -> None:
    out = StringIO()
    call_command("ledger", "--as-of", "2026-11-23", "--format", "table", stdout=out, stderr=StringIO())
    lines = out.getvalue().splitlines()
    assert lines[0] == "编号\t议定事项\t牵头\t配合\t时限\t延期后\t剩余工作日\t灯\t状态"
    assert lines[5].split("\t")[2:] == [
        "市卫健委",
        "全体成员单位",
        "每季度首月15日前",
        "",
        "",
        "长期",
        "长期坚持",
    ]
    assert lines[7].split("\t")[4:] == ["2026-09-30", "2026-12-15", "16", "正常", "推进中"]
    assert len(lines) == 17
    ahead = StringIO()
    call_command("ledger", "--as-of", "2199-12-31", stdout=StringIO(), stderr=ahead)
    assert ahead.getvalue().splitlines()[0] == "提示：该日还没有到，以上按现有事实推算。"


@pytest.mark.parametrize("text", ["2026-02-30", "昨天", "2026/11/23"])
def test_a_wrong_date_is_refused_in_chinese(text: str, db: None) -> None:
    with pytest.raises(CommandError, match="应写成 2026-11-23 的样子"):
        call_command("ledger", "--as-of", text)


@pytest.mark.core
def test_todays_columns_and_filters_agree_with_the_dated_facts(past: People) -> None:
    """What lists filter by in the database is what the facts say as of that day."""
    day = date(2026, 11, 23)
    rule = rule_on(day)
    by_facts = {row.item.ref: row.verdict for row in ledger.as_of(day)}
    by_columns = {row.item.ref: row.verdict for row in ledger.rows_of(ActionItem.objects.all(), rule)}
    shown = {ref: (v.effective_due, v.workdays_left, v.light, v.state) for ref, v in by_columns.items()}
    assert shown == {ref: (v.effective_due, v.workdays_left, v.light, v.state) for ref, v in by_facts.items()}
    for where, of in ((ledger.light_filters(rule), "light"), (ledger.state_filters(rule), "state")):
        picked = {
            ref: str(name)
            for name, condition in where.items()
            for ref in ActionItem.objects.filter(condition).values_list("ref", flat=True)
        }
        assert picked == {ref: str(getattr(verdict, of)) for ref, verdict in by_facts.items()}


def send_back(report: ProgressReport, on: str) -> None:
    report.review, report.review_note, report.reviewed_on = (
        ReviewState.RETURNED,
        "重报",
        date.fromisoformat(on),
    )
    report.save()


def unsettle() -> None:
    """What is another thing today than it was: reports of later days or sent back later, a date put right, an end."""
    items = {item.ref: item for item in ActionItem.objects.all()}
    for ref, on, says, back in (
        ("M1-2", "2026-08-20", "blocked", None),
        ("M1-5", "2026-06-02", "behind", "2026-09-22"),
        ("M1-6", "2026-06-03", "blocked", "2026-09-23"),
        ("M1-6", "2026-08-31", "behind", "2026-09-24"),
        ("M1-9", "2026-09-01", "blocked", None),
        ("M2-6", "2026-11-12", "blocked", None),
    ):
        part = items[ref].parts.get(role="lead")
        report = ProgressReport(
            item=items[ref], unit=part.unit, reported_on=on, text="示例", problem="示例", assessment=says
        )
        send_back(report, back) if back else report.save()
    send_back(items["M1-5"].reports.get(reported_on="2026-10-14"), "2026-11-25")
    other = items["M1-8"].parts.filter(role="support").earliest("pk")
    items["M1-8"].reports.create(unit=other.unit, reported_on="2026-09-19", text="示例", assessment="normal")
    put_right = {"old_due": date(2026, 9, 18), "new_due": items["M1-2"].due_on, "reason": "误印"}
    items["M1-2"].corrections.create(corrected_on=date(2026, 10, 8), **put_right)
    for item in items.values():
        refresh(item, by=None)
    ActionItem.objects.filter(ref="M1-8").update(state="terminated", ended_on=date(2026, 10, 9))


@pytest.mark.parametrize("day", [date(2026, 8, 31), date(2026, 9, 23), date(2026, 11, 23)])
def test_another_day_is_filtered_as_its_dated_facts_say(day: date, past: People) -> None:
    """Whatever is asked of columns and whatever of the facts: together they are the facts' answer."""
    unsettle()
    by_columns = ActionItem.objects.filter(Stood(day).plain)
    moved = {
        "2026-08-31": ["M1-2", "M1-5", "M1-7"],
        "2026-09-23": ["M1-2", "M1-5", "M1-7"],
        "2026-11-23": ["M1-5"],
    }
    every = {row.item.ref: row for row in ledger.as_of(day)}
    ran = {ref for ref, row in every.items() if row.verdict.light != "closed"}
    assert sorted(ran - {item.ref for item in by_columns}) == moved[day.isoformat()]
    due = [row.verdict.effective_due for row in every.values() if row.verdict.effective_due]
    middle = sorted(due)[len(due) // 2]

    def reporting(row: Any) -> date | None:
        """The reporting date of what ran: a recurring one is asked for by that."""
        return None if row.verdict.light == "closed" else row.then.report_due_on

    wanted: list[tuple[dict[str, Any], Callable[[Any], bool]]] = [
        *(({"light": light}, lambda row, light=light: row.verdict.light == light) for light in Light),
        *(({"state": state}, lambda row, state=state: row.verdict.state == state) for state in LedgerState),
        ({"ever_overdue": "1"}, lambda row: ledger.was_overdue(row, day)),
        ({"blocked": "1"}, ledger.was_blocked),
        ({"missed": "1"}, lambda row: row.missed is not None),
        ({"due_to": middle}, lambda row: (row.verdict.effective_due or reporting(row) or date.max) <= middle),
        ({"light": "closed", "due_from": middle}, lambda row: row.verdict.light == "closed"
            and (row.verdict.effective_due or date.min) >= middle),
        ({"sort": "due"}, lambda row: True),
        ({"q": "示范", "sort": "lead"}, lambda row: "示范" in row.item.text),
    ]  # fmt: skip
    for chosen, holds in wanted:
        question = Question(past.office, {**chosen, "as_of": day})
        counts, page, rows = question.page("1")
        refs = {ref for ref, row in every.items() if holds(row)}
        assert {row.item.ref for row in rows} == {row.item.ref for row in question.rows()} == refs
        assert {row.item.ref: row.verdict for row in rows} == {ref: every[ref].verdict for ref in refs}
        assert (page.paginator.count, counts.pop("chosen")) == (len(refs), len(refs))
        beside = {name: value for name, value in chosen.items() if name not in ("light", "state")}
        left = [row.item.ref for row in Question(past.office, {**beside, "as_of": day}).rows()]
        assert counts == {light: sum(every[ref].verdict.light == light for ref in left) for light in Light}
    stopped = [row.item.ref for row in Question(past.office, {"state": "stopped", "as_of": day}).rows()]
    assert stopped == (["M1-8"] if day > date(2026, 10, 9) else [])


DAYS = (date(2026, 9, 23), date(2026, 11, 23))


def whole(people: People) -> dict[Any, Any]:
    """All that the ledgers of these days say, line by line, and what is found in them by any filter."""
    kejiju, weijianwei = (str(people.unit(code).pk) for code in ("kejiju", "weijianwei"))
    asked: list[dict[str, Any]] = [
        *({"light": light} for light in Light), {"unit": kejiju},
        *({name: unit} for name in ("lead", "support") for unit in (kejiju, weijianwei)),
        {"q": "改后"}, {"q": "swjw"}, {"blocked": "1"}, {"due_to": date(2026, 9, 30)},
    ]  # fmt: skip
    found: dict[Any, Any] = {}
    for day in DAYS:
        for row in ledger.as_of(day):
            units = [unit.short_name for unit in row.leads], [unit.short_name for unit in row.supports]
            found[day, row.item.ref] = (
                row.item.text,
                row.item.all_support,
                units,
                row.verdict,
                row.report,
                row.then,
            )
        for chosen in asked:
            question = Question(people.office, {**chosen, "as_of": day})
            counts, page, rows = question.page("1")
            refs = [row.item.ref for row in rows]
            found[day, str(chosen)] = (counts, page.paginator.count, sorted(refs))
    return found


def correct(item: ActionItem, people: People, on: date, **other: Any) -> None:
    """更正 of an item on a day: what is not named otherwise stays."""
    parts = list(item.parts.order_by("role", "position", "pk"))
    same: dict[str, Any] = {
        role: [part.unit for part in parts if part.role == role] for role in ("lead", "support")
    }
    now = {"leads": same["lead"], "supports": same["support"]} | {
        name: getattr(item, name) for name in ("text", "all_support", "due_on", "recurrence", "is_standing")
    }
    correcting.correct_item(
        item, correcting.Corrected(**(now | other)), reason="误印", on=on, by=people.office
    )


@pytest.mark.core
def test_a_correction_rewrites_no_ledger_of_a_day_before_it(past: People) -> None:
    """Words, units, requirement, lamp and the report shown stay those of the day, closed matters and all filters too."""
    unsettle()
    items = {item.ref: item for item in ActionItem.objects.all()}
    support = items["M1-6"].parts.filter(role="support").earliest("pk").unit
    items["M1-6"].reports.create(unit=support, reported_on="2026-09-01", text="配合单位", assessment="normal")
    before, new = whole(past), {"leads": [past.unit("kejiju")], "supports": []}
    with CaptureQueriesContext(connection) as asked:
        ledger.as_of(DAYS[1])
    on = date(2026, 11, 25)
    changes: dict[str, dict[str, Any]] = {
        "M1-1": {"text": "改后", **new},  # closed long ago
        "M1-2": {"due_on": date(2026, 9, 1), **new},
        "M1-3": {"all_support": True},
        "M1-5": {"text": "改后"},
        "M1-6": {"leads": [support], "supports": []},
        "M1-7": {"due_on": None, "is_standing": True, "all_support": False, **new},
        "M1-9": {"due_on": None, "recurrence": "每月5日前"},
    }
    for ref, other in changes.items():
        correct(ActionItem.objects.get(ref=ref), past, on, **other)
    correct(
        ActionItem.objects.get(ref="M1-7"),
        past,
        date(2026, 11, 26),
        text="再改",
        due_on=date(2026, 9, 2),
        is_standing=False,
    )
    after = whole(past)
    assert {key: (value, after[key]) for key, value in before.items() if after[key] != value} == {}
    with CaptureQueriesContext(connection) as again:
        ledger.as_of(DAYS[1])
    assert len(again) == len(asked)
    # From its day on the 更正 counts; words alone ask for no other report, nor since another day.
    [then] = [row for row in ledger.as_of(on) if row.item.ref == "M1-7"]
    [now] = [row for row in ledger.as_of(date(2026, 11, 26)) if row.item.ref == "M1-7"]
    assert (then.verdict.light, now.verdict.light, now.item.text) == ("standing", "green", "再改")
    same = ActionItem.objects.get(ref="M1-5")
    assert (same.required_since, same.report_due_on) == (None, items["M1-5"].report_due_on)
    assert items["M1-5"].report_due_on is not None
    correct(same, past, on)
    assert same.corrections.count() == 1  # what changes nothing keeps nothing
