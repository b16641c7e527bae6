"""The frozen figures: the sample ledger as of a day, what is left out, and what changed since the last bulletin."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from apps.action_items import ledger
from apps.action_items.enums import ReviewState, SelfAssessment
from apps.action_items.models import ActionItem, Extension, ProgressReport
from apps.bulletins import figures
from tests.action_items.test_ledger import unsettle
from tests.action_items.test_services import make as make_item
from tests.factories.people import People

from .make import CUT_OFF

YEAR = date(2026, 1, 1)


def taken(day: date = CUT_OFF, previous: dict[str, Any] | None = None, since: date = YEAR) -> dict[str, Any]:
    return figures.take(starts_on=since, ends_on=day, previous=previous)


def test_the_sample_ledger_as_of_the_cut_off(past: People) -> None:
    found = taken()
    assert found["totals"] == {
        "all": 16, "closed": 4, "on_time": 3, "late": 1, "running": 9, "overdue": 2, "standing": 1, "blocked": 0,
        "extended": 1, "soon": 3,
    }  # fmt: skip
    assert [(row["unit"], row["all"], row["on_time"], row["late"], row["running"], row["overdue"], row["standing"])
            for row in found["units"]] == [
        ("市卫健委", 6, 2, 0, 3, 0, 1), ("市委宣传部", 0, 0, 0, 0, 0, 0), ("市发改委", 2, 1, 0, 1, 0, 0),
        ("市教育局", 1, 0, 0, 0, 1, 0), ("市科技局", 0, 0, 0, 0, 0, 0), ("市工信局", 1, 1, 0, 0, 0, 0),
        ("市民政局", 1, 0, 0, 1, 0, 0), ("市财政局", 1, 0, 0, 1, 0, 0), ("市人社局", 2, 0, 0, 1, 1, 0),
        ("市生态环境局", 0, 0, 0, 0, 0, 0), ("市住建局", 1, 0, 0, 1, 0, 0), ("市应急局", 0, 0, 0, 0, 0, 0),
        ("市国资委", 1, 0, 1, 0, 0, 0), ("市市场监管局", 0, 0, 0, 0, 0, 0), ("市医保局", 1, 0, 0, 1, 0, 0),
        ("市总工会", 1, 1, 0, 0, 0, 0),
    ]  # fmt: skip
    assert [(line["ref"], line["left"], line["problem"], line["next_step"]) for line in found["troubled"]] == [
        ("M1-8", -16, "部分学校台账尚未建立", "分片指导"), ("M2-4", -1, "", ""),
    ]  # fmt: skip
    assert [(line["ref"], line["due"], line["effective"], line["times"]) for line in found["extended"]] == [
        ("M1-7", "2026-09-30", "2026-12-15", 1)
    ]
    assert [line["ref"] for line in found["soon"]] == ["M1-6", "M2-6", "M2-7"]
    assert (found["changes"], found["missing_years"], found["marker"]) == (None, [2027], "示例（虚构）")


def test_only_facts_of_the_day_count(past: People) -> None:
    found = taken(date(2026, 9, 1))
    assert found["totals"]["all"] == 9  # the second meeting had not been held
    assert [(line["ref"], line["left"]) for line in found["troubled"]] == [("M1-9", -1)]  # closed on the 7th
    assert found["open"]["M1-8"] == {"due": "2026-10-31", "overdue": False, "label": "〔2026〕1号第8项"}
    assert (found["totals"]["on_time"], found["totals"]["late"]) == (3, 0)


def test_what_is_counted_and_listed_is_what_the_dated_facts_of_every_line_say(past: People) -> None:
    """Most is counted from columns and read in short: all lines read whole, one by one, give the same figures."""
    unsettle()
    for day in (date(2026, 8, 31), date(2026, 9, 23), date(2026, 10, 9), CUT_OFF):
        since = day - timedelta(days=120)
        rows = ledger.as_of(day, ActionItem.objects.exclude(closed_on__lt=since))
        lines = [figures.line_of(row) for row in rows]
        found, states = taken(day, since=since), Counter(line["state"] for line in lines)
        soon = [line for line in lines if line["light"] == "yellow" and line["effective"]]
        assert found["totals"] == figures.counted(states) | {
            "blocked": sum(line["blocked"] for line in lines),
            "extended": sum(line["times"] > 0 for line in lines),
            "soon": len(soon),
        }
        by_unit = {
            unit: Counter(row["state"] for row in lines if unit in row["leads"]) for unit in leads(lines)
        }
        assert {row["unit"]: row for row in found["units"] if row["all"]} == {
            unit: {"unit": unit, **figures.counted(states)} for unit, states in by_unit.items()
        }
        assert found["troubled"] == [row for row in lines if row["state"] == "overdue" or row["blocked"]]
        assert (found["extended"], found["soon"]) == ([row for row in lines if row["times"]], soon)
        assert found["open"] == {
            row["ref"]: {"due": row["effective"], "overdue": row["state"] == "overdue", "label": row["label"]}
            for row in lines if row["light"] != "closed"
        }  # fmt: skip


def leads(lines: list[dict[str, Any]]) -> set[str]:
    return {unit for line in lines for unit in line["leads"]}


def test_what_was_closed_before_the_period_is_left_out(past: People) -> None:
    closed = sorted(row.closed_on for row in ActionItem.objects.all() if row.closed_on)
    found = taken(since=closed[-1])
    assert found["totals"]["closed"] == closed.count(closed[-1])
    assert found["totals"]["all"] == 12 + found["totals"]["closed"]


def test_changes_are_told_against_the_last_snapshot(past: People) -> None:
    before = taken(date(2026, 10, 15))
    found = taken(previous=before)["changes"]
    assert found["since"] == "2026-10-15"
    assert {name: [line["ref"] for line in rows] for name, rows in found.items() if name != "since"} == {
        "closed": [
            row.ref for row in ActionItem.objects.filter(closed_on__gt=date(2026, 10, 15), closed_on__lte=CUT_OFF)
        ],
        "overdue": ["M1-8", "M2-4"], "opened": [], "moved": moved_since(date(2026, 10, 15)), "ended": [],
    }  # fmt: skip
    september = taken(previous=taken(date(2026, 9, 1)))["changes"]
    assert [line["ref"] for line in september["opened"]] == [f"M2-{n}" for n in range(1, 8)]


def test_what_was_closed_between_two_bulletins_is_told_as_closed(past: People) -> None:
    before = taken(date(2026, 10, 15))
    ActionItem.objects.filter(ref="M2-6").update(state="closed", closed_on=date(2026, 10, 20))
    found = taken(previous=before, since=date(2026, 11, 1))
    assert "M2-6" not in found["open"]
    assert (found["totals"]["closed"], [line["ref"] for line in found["changes"]["closed"]]) == (0, ["M2-6"])
    assert found["changes"]["opened"] == []
    # Told as open, and closed on record with an earlier day once the bulletin was out.
    ActionItem.objects.filter(ref="M2-7").update(state="closed", closed_on=date(2026, 10, 12))
    late = taken(previous=before, since=date(2026, 11, 1))
    assert {ref: ref in before["open"] for ref in ("M2-6", "M2-7")} == {"M2-6": True, "M2-7": True}
    assert [line["ref"] for line in late["changes"]["closed"]] == ["M2-6", "M2-7"]
    assert (late["changes"]["ended"], late["totals"]["closed"]) == ([], 0)
    on_the_day = taken(previous=taken(date(2026, 10, 20)), since=date(2026, 11, 1))  # told by the last one
    assert on_the_day["changes"]["closed"] == []


def test_a_worried_matter_without_a_deadline_is_not_due_soon(past: People) -> None:
    item = ActionItem.objects.filter(current_due__isnull=True, state="in_progress").get()
    ProgressReport.objects.create(
        item=item, unit=item.parts.all()[0].unit, reported_on=date(2026, 11, 20), text="一", problem="缺经费",
        assessment=SelfAssessment.BLOCKED,
    )  # fmt: skip
    found = taken()
    lights = {line["ref"]: line["light"] for line in found["troubled"]}
    assert lights[item.ref] == "yellow"
    assert found["totals"]["soon"] == len(found["soon"]) == 3


def moved_since(day: date) -> list[str]:
    granted = Extension.objects.filter(state="granted", decided_on__gt=day, decided_on__lte=CUT_OFF)
    return list(granted.values_list("item__ref", flat=True))


def test_what_was_ended_is_told_as_a_change_and_not_counted(past: People) -> None:
    before = taken(date(2026, 10, 15))
    item = ActionItem.objects.get(ref="M2-1")
    ActionItem.objects.filter(pk=item.pk).update(state="terminated", ended_on=date(2026, 11, 1))
    found = taken(previous=before)
    assert found["totals"]["all"] == 15
    assert found["changes"]["ended"] == [
        {"ref": "M2-1", "label": "〔2026〕2号第1项", "text": item.text, "how": "已终止"}
    ]
    assert taken(date(2026, 10, 31))["totals"]["all"] == 16


def test_a_blocked_matter_is_named_and_a_report_sent_back_says_nothing(past: People) -> None:
    item = ActionItem.objects.get(ref="M2-1")
    unit = item.parts.all()[0].unit
    common = {"item": item, "unit": unit, "assessment": SelfAssessment.BLOCKED}
    ProgressReport.objects.create(
        reported_on=date(2026, 11, 10), text="一", problem="缺经费", next_step="申请经费", **common
    )
    ProgressReport.objects.create(
        reported_on=date(2026, 11, 12), text="二", problem="写错了", review=ReviewState.RETURNED, review_note="重写", **common
    )  # fmt: skip
    ProgressReport.objects.create(reported_on=date(2026, 11, 25), text="三", problem="截止日之后", **common)
    line = next(row for row in taken()["troubled"] if row["ref"] == "M2-1")
    assert (line["blocked"], line["state"], line["problem"], line["next_step"]) == (
        True, "in_progress", "缺经费", "申请经费",
    )  # fmt: skip
    assert taken()["totals"]["blocked"] == 1


def test_a_supporting_units_report_does_not_hide_the_leads_problem(past: People) -> None:
    item = ActionItem.objects.get(ref="M2-1")
    lead = item.parts.all()[0].unit
    other = past.unit("jiaoyuju")
    assert lead != other
    item.parts.create(unit=other, role="support", position=9)
    ProgressReport.objects.create(
        item=item, unit=lead, reported_on=date(2026, 11, 10), text="一", problem="缺经费", next_step="申请经费",
        assessment=SelfAssessment.BLOCKED,
    )  # fmt: skip
    ProgressReport.objects.create(
        item=item, unit=other, reported_on=date(2026, 11, 12), text="二", assessment=SelfAssessment.BLOCKED
    )
    line = next(row for row in taken()["troubled"] if row["ref"] == "M2-1")
    assert (line["problem"], line["next_step"]) == ("缺经费", "申请经费")
    late = ActionItem.objects.get(
        ref="M2-4"
    )  # no lead has reported: a supporting unit's words are not theirs
    late.parts.create(unit=other, role="support", position=9)
    ProgressReport.objects.create(
        item=late,
        unit=other,
        reported_on=date(2026, 11, 12),
        text="三",
        problem="配合单位的",
        next_step="配合",
    )
    line = next(row for row in taken()["troubled"] if row["ref"] == "M2-4")
    assert (line["leads"] == [other.short_name], line["problem"], line["next_step"]) == (False, "", "")


def test_a_matter_of_two_leads_counts_once_in_all(people: People, workdays: None) -> None:
    item = make_item(people, "jiaoyuju")
    item.parts.create(unit=people.unit("kejiju"), role="lead", position=2)
    found = taken(item.opened_on, since=item.opened_on)
    assert found["totals"]["all"] == 1
    assert {row["unit"]: row["all"] for row in found["units"] if row["all"]} == {"市教育局": 1, "市科技局": 1}


@pytest.mark.parametrize("count", [1, 3])
def test_as_many_queries_for_one_matter_as_for_three(
    people: People, workdays: None, count: int, django_assert_num_queries: Any
) -> None:
    for _n in range(count):
        item = make_item(people, "jiaoyuju")
    with django_assert_num_queries(15):
        taken(item.opened_on, since=item.opened_on)
