"""Coming in and staying in: throttles, session limits, first password, second factor, the demo's buttons."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import checks, demo, services, throttle
from apps.accounts.models import User
from apps.common import settings_rows
from apps.common.models import AuditEvent
from tests.factories.people import PASSWORD, People, make_user

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]
LOGIN = "/account/login/"
TOO_MANY = "登录失败次数过多"


@pytest.fixture(autouse=True)
def _fresh_counters() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def try_login(
    username: str, password: str = PASSWORD, *, address: str = "10.0.0.1", browser: Client | None = None
) -> str:
    """Where the attempt ends: "in", "wrong" or "blocked"."""
    browser = browser or Client()
    answer = browser.post(LOGIN, {"login": username, "password": password}, REMOTE_ADDR=address)
    if "_auth_user_id" in browser.session:
        return "in"
    if answer.status_code == 302:
        return answer["Location"]
    errors = str(answer.context["form"].errors)
    return "blocked" if "稍后" in errors or "过多" in errors else "wrong"


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))


@pytest.mark.core
def test_login_and_logout_are_journalled() -> None:
    user, browser = make_user("somebody"), Client()
    assert try_login("somebody", "wrong-word") == "wrong"
    assert try_login("ＳＯＭＥ\u200bbody", browser=browser) == "in"
    assert browser.post("/account/logout/").status_code == 302
    events = AuditEvent.objects.order_by("id")
    assert [(e.verb, e.allowed, e.actor, e.address) for e in events] == [
        ("login_failed", False, None, "10.0.0.1"),
        ("login", True, user, "10.0.0.1"),
        ("logout", True, user, "127.0.0.1"),
    ]
    assert events[0].detail == {"username": "somebody"}


def test_five_wrong_words_from_one_address_block_that_pair_only() -> None:
    make_user("somebody")
    make_user("other")
    assert [try_login("somebody", "wrong") for _i in range(6)] == ["wrong"] * 5 + ["blocked"]
    assert try_login("somebody") == "blocked"
    assert try_login("SOMEBODY\u200b") == "blocked"
    assert try_login("somebody", address="10.0.0.2") == "in"
    assert try_login("other") == "in"
    with time_machine.travel(timezone.now() + timedelta(seconds=throttle.PAIR.seconds + 1)):
        assert try_login("somebody") == "in"


def test_seven_addresses_do_not_walk_past_the_limit_of_a_name() -> None:
    make_user("somebody")
    spellings = [
        "somebody",
        "Somebody",
        "ｓomebody",
        "some\u200bbody",
        "SOMEBODY",
        "somebody ",
        "\ufeffsomebody",
    ]
    results = [
        try_login(name, "wrong", address=f"10.0.1.{i}") for i, name in enumerate(spellings) for _n in range(4)
    ]
    assert results == ["wrong"] * throttle.NAME.tries + ["blocked"] * (28 - throttle.NAME.tries)
    assert try_login("somebody", address="10.9.9.9") == "blocked"
    assert throttle.is_locked("Somebody")
    assert verbs().count("login_blocked") == 28 - throttle.NAME.tries + 1


def test_a_right_word_does_not_use_up_tries_nor_forgive_wrong_ones() -> None:
    make_user("somebody")
    assert [try_login("somebody") for _i in range(8)] == ["in"] * 8
    assert [try_login("somebody", "wrong") for _i in range(4)] == ["wrong"] * 4
    assert try_login("somebody") == "in"
    assert [try_login("somebody", "wrong") for _i in range(2)] == ["wrong", "blocked"]


def test_one_address_cannot_try_many_names() -> None:
    results = [try_login(f"name{i}", "wrong") for i in range(throttle.ADDRESS.tries + 1)]
    assert results == ["wrong"] * throttle.ADDRESS.tries + ["blocked"]


def test_the_security_administrator_unlocks(people: People, client_of: ClientOf) -> None:
    user = make_user("somebody")
    for i in range(throttle.NAME.tries):
        try_login("somebody", "wrong", address=f"10.0.2.{i}")
    assert try_login("somebody") == "blocked"
    url = reverse("accounts:act", args=[user.pk, "unlock"])
    assert client_of(people.sysadmin).post(url).status_code == 403
    assert client_of(people.secadmin).post(url).status_code == 302
    assert try_login("somebody") == "in"


@pytest.mark.core
def test_a_disabled_user_is_out_at_the_next_request(people: People) -> None:
    user, browser = make_user("somebody"), Client()
    assert try_login("somebody", browser=browser) == "in"
    page = reverse("account_change_password")
    assert browser.get(page).status_code == 200
    services.set_active(user, active=False, reason="调离", by=people.sysadmin)
    assert browser.get(page)["Location"] == f"{LOGIN}?next={page}"
    assert try_login("somebody") == "/account/inactive/"


def stays_in(browser: Client, minutes: int, **headers: str) -> bool:
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        return browser.get(reverse("account_change_password"), headers=headers or None).status_code == 200


@pytest.mark.core
def test_thirty_idle_minutes_end_a_session_and_the_journal_says_so(
    people: People, client_of: ClientOf
) -> None:
    browser = client_of(people.visitor)
    assert stays_in(browser, 0)
    assert [stays_in(browser, m) for m in (29, 58, 89)] == [True, True, False]
    assert AuditEvent.objects.filter(verb="logout").get().label == "登录到期"


def test_polling_is_no_act_but_autosave_is(people: People, client_of: ClientOf) -> None:
    polled, typed = client_of(people.visitor), client_of(people.office)
    assert stays_in(polled, 0)
    assert stays_in(typed, 0)
    assert [stays_in(polled, m, **{"X-Polling": "1"}) for m in (10, 20, 29, 31)] == [True, True, True, False]
    with time_machine.travel(timezone.now() + timedelta(minutes=25)):
        typed.post(reverse("accounts:preferences"), {}, headers={"Accept": "application/json"})
    assert stays_in(typed, 50)


def test_twelve_hours_end_every_session(people: People, client_of: ClientOf) -> None:
    browser = client_of(people.visitor)
    stayed = [stays_in(browser, minutes) for minutes in range(0, 12 * 60, 20)]
    assert stayed == [True] * len(stayed)
    assert not stays_in(browser, 12 * 60 + 2)


@pytest.mark.core
def test_a_handed_out_password_must_be_changed_first(people: People) -> None:
    user, word = services.open_account("somebody", name="某人", by=people.sysadmin)
    browser = Client()
    assert try_login("somebody", word, browser=browser) == "in"
    change = reverse("account_change_password")
    assert [browser.get(url)["Location"] for url in ("/roster/", reverse("accounts:list"))] == [change] * 2
    new = "Zhen-shi_2026-mi"
    answer = browser.post(change, {"oldpassword": word, "password1": new, "password2": new})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user.refresh_from_db()
    assert (user.must_change_password, user.check_password(new)) == (False, True)
    assert browser.get(reverse("accounts:list")).status_code == 403
    assert "change_password" in verbs()


def test_weak_passwords_are_refused_in_chinese(people: People, settings: Any) -> None:
    settings.GB_PASSWORD_RULES = True
    browser = Client()
    make_user("somebody")
    try_login("somebody", browser=browser)
    data = {"oldpassword": PASSWORD, "password1": "aaaaaaaabb", "password2": "aaaaaaaabb"}
    answer = browser.post(reverse("account_change_password"), data)
    assert answer.context["form"].errors == {
        "password1": ["密码须含大写字母、小写字母、数字、符号中的三种。"]
    }


@pytest.mark.core
def test_the_second_factor_is_demanded_of_some_when_the_setting_says_so(
    people: People, client_of: ClientOf
) -> None:
    demanded = [
        people.office,
        people.director,
        people.convener,
        people.sysadmin,
        people.secadmin,
        people.auditor,
    ]
    others = [people.liaison("kejiju"), people.member("kejiju"), people.host_deputy]
    activate = reverse("mfa_activate_totp")

    def sent_to(user: User) -> str:
        answer = client_of(user).get(reverse("roster:list"))
        return answer["Location"] if answer.status_code == 302 else str(answer.status_code)

    assert {sent_to(user) for user in demanded + others} == {"200"}
    settings_rows.put("second_factor", True, by=people.sysadmin)
    assert {sent_to(user) for user in demanded} == {activate}
    assert {sent_to(user) for user in others} == {"200"}
    totp.TOTP.activate(people.office, totp.generate_totp_secret())
    assert sent_to(people.office) == "200"
    seed = Authenticator.objects.get(user=people.office).data["secret"]
    assert seed.startswith("gAAAA")  # encrypted at rest


def test_a_confirmation_is_asked_before_binding_acts(people: People) -> None:
    browser = Client()
    try_login(people.convener.username, browser=browser)
    guarded = reverse("mfa_activate_totp")
    assert browser.get(guarded)["Location"].startswith("/account/reauthenticate/")
    answer = browser.post(f"/account/reauthenticate/?next={guarded}", {"password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, guarded)
    assert browser.get(guarded).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=301)):
        assert browser.get(guarded)["Location"].startswith("/account/reauthenticate/")


def test_there_is_no_signup_and_no_reset_by_mail() -> None:
    paths = ["/account/signup/", "/account/password/reset/", "/account/email/", "/account/login/code/"]
    assert [Client().get(path).status_code for path in paths] == [302] * 4 or [
        Client().get(path).status_code for path in paths
    ] == [404] * 4


@pytest.mark.core
def test_preferences_are_kept_and_nonsense_is_not(people: People, client_of: ClientOf) -> None:
    browser, url = client_of(people.visitor), reverse("accounts:preferences")
    assert browser.get(url).status_code == 405
    assert browser.post(url, {"text_size": "150", "next": "/roster/"})["Location"] == "/roster/"
    assert browser.post(url, {"high_contrast": "1", "next": "https://evil.test/"})["Location"] == "/"
    browser.post(url, {"text_size": "999"})
    people.visitor.refresh_from_db()
    assert (people.visitor.text_size, people.visitor.high_contrast) == ("150", True)


def test_the_demo_offers_its_accounts_and_only_those(people: People, settings: Any) -> None:
    groups = [{"group": "办公室", "entries": [{"label": "工作人员", "username": people.office.username}]}]
    demo.put_logins(groups)
    demo.put_logins(groups)
    url = reverse("accounts:demo_login")
    assert (Client().post(url, {"username": "office"}).status_code, demo.logins()) == (404, [])
    assert [error.id for error in checks.no_demo_accounts()] == ["accounts.E001"]
    settings.DEMO = True
    assert Client().get(LOGIN).context["demo_logins"] == groups
    assert checks.no_demo_accounts() == []
    assert Client().post(url, {"username": people.director.username}).status_code == 404
    browser = Client()
    assert browser.post(url, {"username": "office", "next": "/roster/"})["Location"] == "/roster/"
    assert browser.get("/roster/").status_code == 200
    people.office.is_active = False
    people.office.save()
    assert Client().post(url, {"username": "office"}).status_code == 404
