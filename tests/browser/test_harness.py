"""The browser the other tests look through: real, unable to leave this machine, quiet about nothing."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Complaints
from tests.factories.people import make_user


def test_the_login_page_opens_without_complaint(page: Page, live_server: Any) -> None:
    page.goto(f"{live_server.url}/account/login/")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert page.locator("input[name=login]").count() == 1


def test_a_user_has_a_window_of_his_own(page_of: Any) -> None:
    on_phone = page_of(make_user("on-phone"), phone=True)
    at_desk = page_of(make_user("at-desk"))
    seen = []
    for page in (on_phone, at_desk):
        page.goto("/account/password/change/")
        seen.append((page.url.endswith("/account/password/change/"), page.evaluate("innerWidth")))
    assert seen == [(True, 390), (True, 1440)]


def test_nothing_outside_can_be_reached(page: Page, live_server: Any, complaints: Complaints) -> None:
    page.goto(f"{live_server.url}/account/login/")
    page.evaluate("fetch('https://portal.invalid/').catch(() => null)")
    page.evaluate("fetch('http://192.0.2.1/').catch(() => null)")
    # The portal's own Content-Security-Policy stops them before the network does; both are told.
    complaints.expect("portal.invalid")
    complaints.expect("192.0.2.1")


def test_not_even_a_page_without_a_policy_gets_outside(page: Page, complaints: Complaints) -> None:
    why = "url => fetch(url, {mode: 'no-cors'}).then(() => 'came', () => 'failed')"
    for address in ("https://portal.invalid/", "http://192.0.2.1/", "http://[2001:db8::1]/"):
        page.goto("data:text/html,<title>x</title>")
        assert page.evaluate(why, address) == "failed"
        complaints.expect(f"outside: {address}")
        complaints.expect("ERR_NAME_NOT_RESOLVED")


def test_an_error_in_a_page_is_heard(page: Page, live_server: Any, complaints: Complaints) -> None:
    page.goto(f"{live_server.url}/account/login/")
    page.evaluate("setTimeout(() => { throw new Error('broken on purpose') })")
    page.wait_for_timeout(100)
    complaints.expect("broken on purpose")


def test_expecting_what_did_not_happen_fails(complaints: Complaints) -> None:
    with pytest.raises(AssertionError, match="nothing complained about 'rain'"):
        complaints.expect("rain")
