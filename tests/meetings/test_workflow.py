"""Every state × verb × role of both tables, against what is written here by hand."""

from typing import Any

import pytest

from apps.common import workflow
from apps.meetings.enums import MeetingState, TopicState
from apps.meetings.models import Meeting, Topic
from tests.factories.people import People

from . import make

pytestmark = [pytest.mark.django_db, pytest.mark.core]

ROLES = (
    "office", "director", "convener", "host_deputy", "liaison", "other_liaison", "member", "sysadmin", "secadmin",
    "auditor", "visitor",
)  # fmt: skip
OFFICE = {"office", "director"}
# verb → (states it leaves, state it reaches or None, who may). Written independently of the tables.
MEETING = {
    "submit_plan": ({"planning"}, "plan_submitted", OFFICE),
    "approve_plan": ({"plan_submitted"}, "plan_approved", {"convener"}),
    "return_plan": ({"plan_submitted"}, "planning", {"convener"}),
    "withdraw_plan": ({"plan_submitted"}, "planning", OFFICE),
    "rework_plan": ({"plan_approved"}, "planning", OFFICE),
    "notify": ({"plan_approved"}, "notified", OFFICE),
    "chase": ({"notified"}, "notified", OFFICE),
    "postpone": ({"notified"}, "notified", OFFICE),
    "start_recording": ({"notified"}, "recording", OFFICE),
    "adjourn": ({"recording"}, "recording", OFFICE),
    "resume": (set(), "recording", OFFICE),  # only after adjourn: test_room.py
    "amend_attendance": ({"recorded"}, "recorded", OFFICE),
    "close_recording": ({"recording"}, "recorded", OFFICE),
    "cancel": (
        {"planning", "plan_submitted", "plan_approved", "notified"},
        "cancelled",
        OFFICE | {"convener"},
    ),
}
TOPIC = {
    "accept": ({"proposed", "deferred"}, "accepted", OFFICE),
    "return_": ({"proposed"}, "returned", OFFICE),
    "defer": ({"proposed"}, "deferred", OFFICE),
    "resubmit": ({"returned"}, "proposed", {"liaison"}),
    "schedule": ({"accepted"}, "scheduled", OFFICE),
    "unschedule": ({"scheduled"}, "accepted", OFFICE | {"convener"}),
    "withdraw": ({"proposed", "returned", "deferred"}, "withdrawn", {"liaison"}),
}


def user_of(people: People, role: str) -> Any:
    """The account of a role; the liaison is that of the proposing unit."""
    named = {
        "liaison": lambda: people.liaison("gongxinju"),
        "other_liaison": lambda: people.liaison("kejiju"),
        "member": lambda: people.member("fagaiwei"),
    }
    return named[role]() if role in named else getattr(people, role)


def test_the_tables_name_these_verbs_and_no_others() -> None:
    assert {row.name for row in workflow.WORKFLOWS[Meeting].rows} == set(MEETING)
    assert {row.name for row in workflow.WORKFLOWS[Topic].rows} == set(TOPIC)
    assert set(make.MAKERS) == set(MeetingState)


@pytest.mark.parametrize("state", list(MeetingState))
def test_meeting_whole_matrix(people: People, state: str) -> None:
    """Outcome of each verb for each role: does it (the new state), refused, or forbidden."""
    assert _outcomes(people, make.MAKERS[MeetingState(state)](people), ROLES) == _expected(MEETING, state)


@pytest.mark.parametrize("state", list(TopicState))
def test_topic_whole_matrix(people: People, state: str) -> None:
    row = make.topic_in(people, state)
    if state == TopicState.ACCEPTED:  # on its way onto an agenda, as `take_topic` does it
        make.planning(people).agenda.update(topic=row)
    if state == TopicState.SCHEDULED:
        row.agenda_item.delete()
    assert _outcomes(people, row, ROLES) == _expected(TOPIC, state)


def _outcomes(people: People, obj: Any, roles: tuple[str, ...]) -> dict[tuple[str, str], str]:
    from django.core.exceptions import PermissionDenied
    from django.db import transaction

    from apps.common.errors import Refused

    found = {}
    for row in workflow.WORKFLOWS[type(obj)].rows:
        for role in roles:
            fresh = type(obj)._base_manager.get(pk=obj.pk)
            user = user_of(people, role)
            try:
                with transaction.atomic():
                    found[row.name, role] = workflow.move(fresh, row.name, by=user, reason="示例").state
                    raise _UndoError
            except _UndoError:
                pass
            except PermissionDenied:
                found[row.name, role] = "forbidden"
            except Refused:
                found[row.name, role] = "refused"
    return found


class _UndoError(Exception):
    """Takes a successful move back, so that the next role starts from the same state."""


def _expected(table: dict[str, tuple[set[str], str, set[str]]], state: str) -> dict[tuple[str, str], str]:
    found = {}
    for verb, (sources, target, who) in table.items():
        for role in ROLES:
            outcome = target if state in sources else "refused"
            found[verb, role] = outcome if role in who else "forbidden"
    return found
