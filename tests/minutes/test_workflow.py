"""State × verb × role, whole, against a table written down here by hand; and the drafter who may not."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.common.errors import Refused
from apps.common.workflow import WORKFLOWS, move
from apps.minutes import services
from apps.minutes.enums import STATE_COLOURS, MinutesState
from apps.minutes.models import Minutes
from apps.minutes.pages import _BEHIND
from tests.factories.people import People, client_of

from . import make

pytestmark = [pytest.mark.django_db, pytest.mark.core]

OFFICE = {"office", "office2", "director"}
# verb → (from, to, who). Nothing here is read from the code under test.
EXPECTED: dict[str, tuple[str, str, set[str]]] = {
    "withdraw_pass_review": ("reviewed", "reviewing", {"host_deputy"}),
    "withdraw_circulation": ("circulating", "reviewed", OFFICE),
    "withdraw_recirculation": ("circulating", "settling", OFFICE),
    "withdraw_settle": ("settling", "circulating", OFFICE),
    "withdraw_pass_audit": ("signing", "auditing", {"director"}),
    "withdraw_sign": ("checking", "signing", {"convener"}),
    "correct": ("archived issued", "issued", OFFICE),
    "stop": ("archived issued", "stopped", OFFICE | {"convener"}),
    "submit_review": ("drafting", "reviewing", OFFICE),
    "withdraw_review": ("reviewing", "drafting", OFFICE),
    "pass_review": ("reviewing", "reviewed", {"host_deputy"}),
    "return_draft": ("reviewing", "drafting", {"host_deputy"}),
    "circulate": ("reviewed", "circulating", OFFICE),
    "countersign": ("reviewed", "settling", OFFICE),
    "rework": ("reviewed", "drafting", OFFICE),
    "settle": ("circulating", "settling", OFFICE),
    "submit_audit": ("settling", "auditing", OFFICE),
    "recirculate": ("settling", "circulating", OFFICE),
    "withdraw_audit": ("auditing", "settling", OFFICE),
    "pass_audit": ("auditing", "signing", {"director"}),
    "return_audit": ("auditing", "settling", {"director"}),
    "sign": ("signing", "checking", {"convener"}),
    "return_sign": ("signing", "settling", {"convener"}),
    "register_signature": ("signing", "checking", OFFICE),
    "check": ("checking", "numbering", OFFICE),
    "reopen": ("checking", "settling", OFFICE),
    "withdraw_check": ("numbering", "checking", OFFICE),
    "number": ("numbering", "issuing", OFFICE),
    "issue": ("issuing", "issued", OFFICE),
    "archive": ("issued", "archived", OFFICE),
}
STATES = [
    "drafting", "reviewing", "reviewed", "circulating", "settling", "auditing", "signing", "checking", "numbering",
    "issuing", "issued", "archived", "stopped",
]  # fmt: skip
ROLES = [
    "office", "office2", "director", "convener", "host_deputy", "deputy_rensheju", "liaison", "liaison_b", "member",
    "auditor", "sysadmin", "secadmin", "visitor",
]  # fmt: skip
NEEDS_REASON = {"return_draft", "rework", "return_audit", "return_sign", "reopen", "stop"}


def _user(people: People, role: str) -> User:
    if role in ("liaison", "liaison_b", "member"):
        return getattr(people, role)("gongxinju")
    return getattr(people, role)


def _outcome(minutes: Minutes, verb: str, user: User) -> str:
    """denied, elsewhere (wrong state) or reached (done, or stopped only by the row's own condition)."""
    try:
        with transaction.atomic():
            move(minutes, verb, by=user, reason="理由")
            transaction.set_rollback(True)
    except PermissionDenied:
        return "denied"
    except Refused as error:
        return "elsewhere" if error.text.startswith("当前状态为") else "reached"
    except Exception:  # number, date or paper are missing: the constraint speaks, the act was reached
        return "reached"
    return "reached"


def test_the_table_is_the_expected_one() -> None:
    flow = WORKFLOWS[Minutes]
    found = {row.name: (" ".join(sorted(row.sources)), row.target) for row in flow.rows}
    assert found == {verb: (source, target) for verb, (source, target, _who) in EXPECTED.items()}
    assert {row.name for row in flow.rows if row.needs_reason} == NEEDS_REASON
    assert (
        set(STATES)
        == set(MinutesState.values)
        == {s.value for s in _BEHIND}
        == {s.value for s in STATE_COLOURS}
    )


def test_matrix(people: People) -> None:
    minutes = make.numbered(people)
    users = {role: _user(people, role) for role in ROLES}
    kept = {"number": minutes.number, "paper": minutes.paper}
    found, expected = {}, {}
    for state in STATES:
        fields = (
            kept if state in ("issuing", "issued", "archived", "stopped") else {"number": None, "paper": None}
        )
        Minutes.objects.filter(pk=minutes.pk).update(state=state, **fields)
        minutes.refresh_from_db()
        for role, user in users.items():
            for verb, (source, _target, who) in EXPECTED.items():
                found[state, verb, role] = _outcome(minutes, verb, user)
                reached = "reached" if state in source.split() else "elsewhere"
                expected[state, verb, role] = reached if role in who else "denied"
    assert found == expected


def test_ways_back_need_a_reason(people: People) -> None:
    minutes = make.drafted(people)
    for verb in sorted(NEEDS_REASON):
        source, _target, who = EXPECTED[verb]
        if verb == "stop":
            continue  # an issued paper is needed: tests/minutes/test_stopping.py
        day = timezone.localdate() if source == "checking" else None
        Minutes.objects.filter(pk=minutes.pk).update(state=source, signed_on=day)
        minutes.refresh_from_db()
        with pytest.raises(Refused, match="请写明"):
            move(minutes, verb, by=_user(people, sorted(who)[0]), reason="  ")


@pytest.mark.parametrize(
    ("role", "state", "verb"),
    [
        ("host_deputy", "reviewing", "pass_review"), ("host_deputy", "reviewing", "return_draft"),
        ("director", "auditing", "pass_audit"), ("director", "auditing", "return_audit"),
        ("convener", "signing", "sign"), ("convener", "signing", "return_sign"),
    ],
)  # fmt: skip
def test_the_drafter_cannot_whatever_his_post(people: People, role: str, state: str, verb: str) -> None:
    minutes, user = make.drafted(people), _user(people, role)
    Minutes.objects.filter(pk=minutes.pk).update(state=state)
    minutes.refresh_from_db()
    assert _outcome(minutes, verb, user) == "reached"
    Minutes.objects.filter(pk=minutes.pk).update(drafted_by=user)
    minutes.refresh_from_db()
    assert _outcome(minutes, verb, user) == "denied"


def test_a_director_who_drafted_cannot_audit(people: People) -> None:
    meeting = make.recorded_meeting(people)
    minutes = services.close_record(meeting, by=people.director)
    Minutes.objects.filter(pk=minutes.pk).update(state="auditing")
    minutes.refresh_from_db()
    with pytest.raises(PermissionDenied):
        services.pass_audit(minutes, by=people.director)


def test_the_proofreader_is_a_setting(people: People) -> None:
    from apps.common import settings_rows

    minutes = services.submit_review(make.drafted(people), by=people.office)
    with pytest.raises(PermissionDenied):
        services.pass_review(minutes, by=people.deputy_rensheju)
    settings_rows.put("proofreader", "any_deputy", by=people.sysadmin)
    assert services.pass_review(minutes, by=people.deputy_rensheju).state == "reviewed"


def test_signing_asks_for_the_password_again(people: People) -> None:
    minutes = make.audited(people)
    client = client_of(people.convener)
    answer = client.post(
        f"/minutes/{minutes.pk}/sign/", {"verb": "sign", "opinion": "同意", "seen": make.mark(minutes)}
    )
    minutes.refresh_from_db()
    assert (answer.status_code, answer["Location"].split("?")[0], minutes.state) == (
        302,
        "/account/reauthenticate/",
        "signing",
    )
    again = client.post(answer["Location"], {"password": "Kai-hui_2026-tong"})
    minutes.refresh_from_db()
    assert (again.status_code, again["Location"], minutes.state) == (
        302,
        f"/minutes/{minutes.pk}/",
        "checking",
    )


def test_no_act_of_the_button_road_signs_or_numbers(people: People) -> None:
    minutes = make.audited(people)
    client = client_of(people.convener)
    assert client.post(f"/minutes/{minutes.pk}/act/sign/").status_code == 404
    assert client.post(f"/minutes/{minutes.pk}/act/number/").status_code == 404
    minutes.refresh_from_db()
    assert minutes.state == "signing"
