"""Browser tests: Debian's Chromium against the portal on a loopback port, over the same database as the test.

`live_server` is pytest-django's: threads of this process, so a test sees what the page did, and the other way
round. `page` is Playwright's. Chromium can reach nothing but 127.0.0.1, and a page that tries to, logs an error,
breaks the Content-Security-Policy or answers 5xx fails its test.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

from apps.accounts.models import User
from tests.factories.people import client_of
from tests.support.browser import MISSING, find_chromium

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
ACTION_MILLISECONDS = 20_000  # three workers share two processors
SWITCHED_OFF = (
    # Two hidden pages behind the address bar, which nobody types in: 0.8 s of a processor for every window.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
    # Of two lists Chromium takes the last, so what Playwright switches off is named again.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
)

# Playwright keeps an event loop in the test's own thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A live server commits, so every test of this folder empties the tables afterwards."""
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def base_url() -> None:
    """Addresses of `page` are whole: the port is known to `live_server` only."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    program = find_chromium()
    assert program is not None, MISSING
    return {
        **browser_type_launch_args,
        "executable_path": str(program),
        "args": [
            *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            f"--disable-features={','.join(SWITCHED_OFF)}",
            # Neither a name nor an address of another machine leads anywhere.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "reduced_motion": "reduce",
    }


class Complaints:
    """What a browser had to complain about. A test that provokes a complaint takes it out by `expect`."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of a context."""
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.heard.append(f"error: {error.error}"))
        context.on("response", self._response)

    def expect(self, part: str) -> None:
        """Require complaints that contain `part`, and take them out."""
        kept = [line for line in self.heard if part not in line]
        assert len(kept) < len(self.heard), f"nothing complained about {part!r}: {self.heard}"
        self.heard[:] = kept

    def _request(self, request: Request) -> None:
        # Told of, not intercepted: to intercept is to go without a cache, and each page then fetches everything anew.
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.hostname not in {"127.0.0.1", "localhost"}:
            self.heard.append(f"outside: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.heard.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.heard.append(f"status: {response.status} {response.url}")


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """What the browsers of this test complained about; anything left at the end fails it."""
    found = Complaints()
    yield found
    assert found.heard == []


@pytest.fixture
def context(new_context: Any, complaints: Complaints) -> BrowserContext:
    """The browser window of a test; `page` lives in it."""
    return _watched(new_context(viewport=DESKTOP), complaints)


@pytest.fixture
def page_of(new_context: Any, complaints: Complaints, live_server: Any) -> Any:
    """`page_of(user, phone=False)`: a window of its own, the user logged in. Addresses may be relative."""

    def open_page(user: User, *, phone: bool = False) -> Page:
        look = {"viewport": PHONE, "is_mobile": True, "has_touch": True} if phone else {"viewport": DESKTOP}
        window = _watched(new_context(base_url=live_server.url, **look), complaints)
        window.add_cookies([session_cookie(user, live_server.url)])
        return window.new_page()

    return open_page


@pytest.fixture
def calm_page_of(page_of: Any) -> Iterator[Any]:
    """`page_of` for pages that ask without end (for pictures): each is left in peace before the tables are emptied."""
    opened: list[Page] = []

    def open_page(*args: Any, **kwargs: Any) -> Page:
        opened.append(page_of(*args, **kwargs))
        return opened[-1]

    yield open_page
    for page in (one for first in opened for one in first.context.pages):
        page.goto("about:blank")
        page.wait_for_timeout(300)


def session_cookie(user: User, address: str) -> Any:
    """Log a user in without the login page (which has tests of its own) and return the cookie."""
    return {"name": "sessionid", "value": client_of(user).cookies["sessionid"].value, "url": address}


def _watched(context: BrowserContext, complaints: Complaints) -> BrowserContext:
    context.set_default_timeout(ACTION_MILLISECONDS)
    complaints.watch(context)
    return context
