"""The demo: every role finds something, nothing is invented without its mark, twice is once."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from apps.accounts.models import User
from apps.common import audit
from apps.common.models import AuditEvent
from apps.common.todo import TodoKind
from apps.meetings.models import Meeting
from apps.minutes.models import Minutes
from apps.portal.selectors import waiting_for
from apps.portal.services import demo_logins, seed_demo
from apps.roster.models import Person, Unit
from tests.factories.people import client_of

pytestmark = pytest.mark.usefixtures("demo")

ROSTER = 17


def kinds(username: str) -> set[TodoKind]:
    return {todo.kind for todo in waiting_for(User.objects.get(username=username)).todos}


def test_one_login_a_role_and_unit_named_by_post() -> None:
    groups = {group["group"]: group["entries"] for group in demo_logins()}
    units = [unit.short_name for unit in Unit.objects.active()]
    assert [len(entries) for entries in groups.values()] == [4, 16, 16, 4]
    liaisons = [entry["label"].split("经办人A")[0] for entry in groups["成员单位经办人"]]
    assert liaisons == units
    names = set(Person.objects.values_list("name", flat=True))
    assert len(names - {"×××"}) == ROSTER, "only the charter's own names"


def test_every_role_finds_something_waiting() -> None:
    assert TodoKind.HANDLE in kinds("bangongshi")
    assert kinds("zhaojiren") == {TodoKind.APPROVE, TodoKind.SIGN}
    assert TodoKind.APPROVE in kinds("zhuren")
    assert TodoKind.CONSENT in kinds("weijianwei")
    assert kinds("xitong") == {TodoKind.HANDLE}
    assert kinds("anquan") == {TodoKind.HANDLE}
    assert kinds("shenji") == {TodoKind.HANDLE}
    assert [unit.code for unit in Unit.objects.active() if not kinds(unit.code)] == []


def test_everything_invented_is_marked() -> None:
    assert [m.title for m in Meeting.objects.all() if "示例" not in m.title or not m.marker] == []


def test_two_meetings_are_history_and_three_are_on_their_way() -> None:
    states = dict(Meeting.objects.filter(import_key__isnull=True).values_list("kind", "state"))
    assert states == {"plenary": "notified", "special": "recorded", "liaison": "recorded"}
    assert sorted(Minutes.objects.values_list("state", flat=True)) == [
        "archived",
        "archived",
        "circulating",
        "signing",
    ]


def test_a_second_run_changes_nothing() -> None:
    before = AuditEvent.objects.count(), User.objects.count(), Meeting.objects.count()
    assert seed_demo() is False
    assert (AuditEvent.objects.count(), User.objects.count(), Meeting.objects.count()) == before


def test_the_journal_of_the_demo_is_whole() -> None:
    report = audit.verify()
    assert report.broken_id is None
    assert report.count == AuditEvent.objects.count() > 0


def test_the_demo_adds_nothing_to_the_ledger() -> None:
    out = StringIO()
    call_command("ledger", as_of="2026-11-23", format="json", stdout=out)
    refs = [row["ref"] for row in json.loads(out.getvalue())]
    assert refs == [f"M1-{n}" for n in range(1, 10)] + [f"M2-{n}" for n in range(1, 8)]


@pytest.mark.parametrize("username", ["bangongshi", "zhaojiren", "jiaoyuju", "jiaoyuju-chengyuan", "xuncha"])
def test_home_shows_what_waits_with_one_button_each(username: str) -> None:
    user = User.objects.get(username=username)
    page = client_of(user).get("/").content.decode()
    todos = waiting_for(user).todos
    assert page.count('<a class="btn btn-primary"') + page.count('<a class="btn btn-danger"') == len(todos)
    for todo in todos:
        assert todo.url in page


def test_the_visitor_sees_the_one_file_handed_out() -> None:
    client = client_of(User.objects.get(username="xuncha"))
    granted, *others = Minutes.objects.order_by("meeting__starts_at")
    assert client.get(granted.get_absolute_url()).status_code == 200
    assert [client.get(row.get_absolute_url()).status_code for row in others] == [404, 404, 404]
