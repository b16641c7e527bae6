"""Any file in the form of the sample meetings gives a right ledger, held against a computation that walks the days.

The independent computation reads the generated file as plain data and shares no code with the product but the
State Council's calendar, day by day.
"""

import copy
import json
from datetime import date, timedelta
from functools import cache
from io import StringIO
from typing import Any

import chinese_calendar
import pytest
import yaml
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.minutes.importing import import_meetings
from tests.factories.people import People

FEW = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would import hundreds of files
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
OPENED = date(2026, 4, 9)
DATES = st.dates(date(2026, 4, 10), date(2026, 12, 31))
AS_OF = st.dates(date(2026, 4, 9), date(2026, 12, 31))
SELF = {"正常推进": "normal", "滞后": "behind", "受阻": "blocked"}


@cache
def sample() -> dict[str, Any]:
    text = (django_settings.FIXTURES / "sample_meetings.yaml").read_text(encoding="utf-8")
    data = _named(yaml.safe_load(text))
    return {**data, "meetings": data["meetings"][:1]}


def _named(value: Any) -> Any:
    """PyYAML takes the key `on` for a yes: give it its name back."""
    if isinstance(value, dict):
        return {"on" if key is True else key: _named(inner) for key, inner in value.items()}
    return [_named(inner) for inner in value] if isinstance(value, list) else value


@st.composite
def deeds(draw: st.DrawFn) -> dict[str, Any]:
    """What became of one item: its date or cycle, extensions, reports of anybody, and the day it was done."""
    cycle = draw(st.sampled_from([None, None, None, "每季度首月15日前", "每月5日前", "每半年"]))
    due = None if cycle else draw(DATES)
    extensions, old = [], due
    for _number in range(draw(st.integers(0, 2)) if due else 0):
        assert old is not None
        asked = draw(DATES)
        granted = draw(st.booleans())
        new = old + timedelta(days=draw(st.integers(1, 90)))
        extensions.append({
            "applied_on": asked.isoformat(), "reason": "示例", "new_due": new.isoformat(),
            "decided_on": (asked + timedelta(days=draw(st.integers(0, 5)))).isoformat(),
            "decided_by": "召集人", "result": "同意" if granted else "不同意",
        })  # fmt: skip
        old = new if granted else old
    done = draw(st.none() | st.none() | DATES)
    reports = draw(st.lists(st.tuples(DATES, st.booleans(), st.sampled_from(sorted(SELF))), max_size=4))
    return {"due": due, "recurring": cycle, "extension": extensions, "done_on": done, "reports": reports}


def written(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The sample file with these deeds in the place of its own."""
    data = copy.deepcopy(sample())
    meeting = data["meetings"][0]
    meeting["progress"] = []
    for item, deed in zip(meeting["items"], found, strict=True):
        for key in ("extension", "done_on", "recurring", "last_report"):
            item.pop(key, None)
        item["due"] = deed["due"].isoformat() if deed["due"] else None
        if deed["recurring"]:
            item["recurring"] = deed["recurring"]
        if deed["extension"]:
            item["extension"] = deed["extension"]
        if deed["done_on"]:
            item["done_on"] = deed["done_on"].isoformat()
        other = "kejiju"  # supports every item where all do, and none else of this file
        item["support"] = "all"
        for on, by_lead, says in deed["reports"]:
            unit = item["lead"][-1] if by_lead else other
            meeting["progress"].append(
                {"item": item["id"], "unit": unit, "on": on.isoformat(), "text": "示例", "self": says}
            )
    return data


def left(as_of: date, due: date) -> int:
    """Walk the days one by one; a year without data has weeks of five days."""
    low, high, sign = (as_of, due, 1) if due >= as_of else (due, as_of, -1)
    days = [low + timedelta(days=n) for n in range(1, (high - low).days + 1)]
    works = [chinese_calendar.is_workday(day) if day.year <= 2026 else day.weekday() < 5 for day in days]
    return sign * sum(works)


def reporting_days(cycle: str) -> list[date]:
    """Every reporting date of a cycle within reach."""
    if cycle == "每月5日前":
        return [date(2026, month, 5) for month in range(1, 13)]
    if cycle == "每季度首月15日前":
        return [date(2026, month, 15) for month in (1, 4, 7, 10)]
    return [date(2026, 6, 30), date(2026, 12, 31)]


def period(cycle: str, day: date) -> int:
    length = {"每月5日前": 1, "每季度首月15日前": 3, "每半年": 6}[cycle]
    return (day.year * 12 + day.month - 1) // length


def expected(deed: dict[str, Any], as_of: date) -> tuple[Any, ...]:
    """(due, effective, working days left, light, state) of one item, straight from what the file says."""
    done = deed["done_on"] if deed["done_on"] and deed["done_on"] <= as_of else None
    effective = deed["due"]
    decided = sorted(
        (row["decided_on"], row["new_due"], row["applied_on"])
        for row in deed["extension"]
        if row["result"] == "同意"
    )
    for on, new, asked in decided:
        counts = asked <= done.isoformat() if done else on <= as_of.isoformat()
        if counts and date.fromisoformat(asked) <= effective:
            effective = max(effective, date.fromisoformat(new))
    said = [row for row in deed["reports"] if row[1] and row[0] <= as_of]
    # Of several on one day the later in the file is the last word.
    last = max(enumerate(said), key=lambda pair: (pair[1][0], pair[0]))[1] if said else None
    worried = last is not None and SELF[last[2]] in ("behind", "blocked")
    words = deed["due"].isoformat() if deed["due"] else None
    if done:
        late = effective is not None and done > effective
        shown = effective.isoformat() if effective else None
        return words, shown, None, "closed", "closed_late" if late else "closed_on_time"
    if effective is None:
        gone = [day for day in reporting_days(deed["recurring"]) if OPENED < day < as_of]
        owed = bool(gone) and (
            last is None or period(deed["recurring"], last[0]) < period(deed["recurring"], gone[-1])
        )
        return None, None, None, "yellow" if owed or worried else "standing", "standing"
    days = left(as_of, effective)
    if effective < as_of:
        return words, effective.isoformat(), days, "red", "overdue"
    light = "yellow" if days <= 10 or worried else "green"
    return words, effective.isoformat(), days, light, "in_progress"


@pytest.mark.core
@FEW
@given(found=st.lists(deeds(), min_size=9, max_size=9), as_of=AS_OF)
def test_any_file_of_this_form(people: People, workdays: None, found: list[Any], as_of: date) -> None:
    with transaction.atomic():
        import_meetings(yaml.safe_dump(written(found), allow_unicode=True), by=None)
        shown = {}
        for day in (as_of, date(2026, 11, 23)):
            out = StringIO()
            call_command(
                "ledger", "--as-of", day.isoformat(), "--format", "json", stdout=out, stderr=StringIO()
            )
            keys = ("due", "effective_due", "workdays_left", "light", "state")
            shown[day] = [tuple(row[key] for key in keys) for row in json.loads(out.getvalue())]
        transaction.set_rollback(True)
    assert shown == {day: [expected(deed, day) for deed in found] for day in shown}
