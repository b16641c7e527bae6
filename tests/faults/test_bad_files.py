"""Files to import with a value of the wrong kind: refused with line and reason, and nothing is written.

Apart from the other bad input, whose module keeps the demo loaded: there these files would be known already.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from apps.action_items.models import ActionItem
from apps.common.models import AuditEvent
from apps.common.yamlfile import Problem
from apps.duties.importing import import_charter
from apps.meetings.models import Meeting
from apps.minutes.importing import import_meetings
from apps.minutes.models import Minutes
from apps.roster.models import Unit
from tests.factories.people import People

VALUES = ["null", "[]", "{}", "x", "''", "5", "-1", "100000000000000000", "true", "[x]", "[[]]", "'0001-01-01'",
          "'9999-12-31'", "'2026-02-30'", "'0001-01-01 00:00'", "'9999-12-31 23:59'", '"\\u202e"', '"\\0"', "²"]  # fmt: skip
MEETINGS = (settings.FIXTURES / "sample_meetings.yaml").read_text(encoding="utf-8")
CHARTER = (settings.FIXTURES / "charter.yaml").read_text(encoding="utf-8")
# A key of the sample → what may stand there after all, since it is optional or any text will do.
FITTING_IDS = {"x", "'0001-01-01'", "'9999-12-31'", "'2026-02-30'"}
MEETING_KEYS: dict[str, set[str]] = {
    "meetings": set(), "id": FITTING_IDS, "kind": set(), "start": set(), "attendance": {"{}"},
    "attending_units": set(), "items": set(), "consultation": set(), "sent_on": set(), "reply_by": {"null"},
    "events": {"[]"}, "minutes_number": set(), "signed_on": set(), "printed_on": set(),
}  # fmt: skip
CHARTER_KEYS = [
    "meta",
    "units",
    "unit_count",
    "composition",
    "convener_rule",
    "roster",
    "joint_meeting_duties",
]


def counted() -> list[int]:
    return [model.objects.count() for model in (Meeting, Minutes, ActionItem, Unit, AuditEvent)]


def with_value(text: str, key: str, value: str) -> str:
    """The file with another value for the outermost such key, whatever stood there (a block or a line)."""
    places = re.finditer(rf"^(?P<indent> *(?:- )?){key}:.*\n", text, re.M)
    found = min(places, key=lambda place: len(place["indent"]))
    depth = len(found["indent"])
    rest = text[found.end() :].splitlines(keepends=True)
    inner = 0
    while inner < len(rest) and (
        not rest[inner].strip() or rest[inner].startswith((" " * (depth + 1), "#", " " * depth + "- "))
    ):
        inner += 1
    return f"{text[: found.start()]}{found['indent']}{key}: {value}\n{''.join(rest[inner:])}"


def problem_of(load: Callable[..., Any], text: str) -> str:
    """Why an import was refused; empty when it was refused with a line, as it should be."""
    with transaction.atomic():
        try:
            load(text, by=None)
        except Problem as problem:
            return "" if problem.line else problem.text
        finally:
            transaction.set_rollback(True)
    return "accepted"


def test_a_value_of_the_wrong_kind_in_a_meeting_file_is_named_with_its_line(people: People) -> None:
    before = counted()
    asked = [
        (key, value) for key, fitting in MEETING_KEYS.items() for value in VALUES if value not in fitting
    ]
    said = {pair: problem_of(import_meetings, with_value(MEETINGS, *pair)) for pair in asked}
    assert {pair: why for pair, why in said.items() if why} == {}
    assert counted() == before


@pytest.mark.django_db
def test_a_value_of_the_wrong_kind_in_a_charter_is_named_with_its_line() -> None:
    before = counted()
    asked = [(key, value) for key in CHARTER_KEYS for value in VALUES]
    asked.remove(("joint_meeting_duties", "[]"))  # a charter may give the joint meeting no duties of its own
    said = {pair: problem_of(import_charter, with_value(CHARTER, *pair)) for pair in asked}
    assert {pair: why for pair, why in said.items() if why} == {}
    text = CHARTER.replace("\n  order: 16\n  line_raw", "\n  order: 100000000000000000\n  line_raw")
    assert text != CHARTER
    with pytest.raises(Problem, match="序号应在0到999之间"):
        import_charter(text, by=None)
    assert counted() == before
