"""The password asked on the page: the same counting, second factor and journal as the login page."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from apps.common.models import AuditEvent
from tests.factories.people import PASSWORD, People

pytestmark = [pytest.mark.django_db, pytest.mark.core]
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _no_tries() -> None:
    cache.clear()


def back(client: Client, user: Any, password: str = PASSWORD, code: str = "") -> tuple[int, dict[str, str]]:
    answer = client.post("/accounts/again/", {"user": user.pk, "password": password, "code": code})
    return answer.status_code, json.loads(answer.content)


def test_the_right_password_logs_in_and_hands_out_a_token(people: People) -> None:
    client, user = Client(), people.office
    status, body = back(client, user)
    assert (status, len(body["csrf"])) == (200, 64)
    assert client.get("/meetings/").status_code == 200
    assert AuditEvent.objects.filter(verb="login", actor=user).count() == 1


def test_a_wrong_password_is_told_counted_and_at_last_locked(people: People) -> None:
    client, user = Client(), people.office
    assert back(client, user, "wrong") == (422, {"error": "密码不对，请再输一次。"})
    assert back(client, type("Nobody", (), {"pk": 999999})) == (422, {"error": "密码不对，请再输一次。"})
    for _ in range(4):
        back(client, user, "wrong")
    assert back(client, user)[0] == 429
    assert client.get("/meetings/").status_code == 302


def test_the_second_factor_is_asked_and_a_wrong_code_lets_nobody_in(people: People) -> None:
    client, user = Client(), people.office
    TOTP.activate(user, SECRET)
    assert Authenticator.objects.filter(user=user).count() == 1
    assert back(client, user) == (422, {"error": "请填写动态口令。"})
    assert back(client, user, code="000000") == (422, {"error": "动态口令不对，请再输一次。"})
    assert client.get("/meetings/").status_code == 302
    code = format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))
    assert back(client, user, code=code)[0] == 200


def test_an_account_that_is_off_or_owes_a_new_password_does_not_come_back_here(people: People) -> None:
    user = people.office
    user.must_change_password = True
    user.save()
    assert back(Client(), user)[0] == 409
    user.must_change_password, user.is_active = False, False
    user.save()
    assert back(Client(), user)[0] == 422
