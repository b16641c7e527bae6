"""What a walk through the portal stands on: its clock, everybody's window, the worker, the mailbox.

The portal's own clock is moved, not the machine's: live server and worker are threads of the test's process.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import kombu.pools
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.db import connections
from django.db.models import Q
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect

from apps.accounts.models import User
from apps.common import waking
from apps.dispatch.enums import MessageState
from apps.dispatch.models import OutboxMessage
from quanzhou_opd.celery import app as celery_app
from tests.support.smtp import Received, SmtpServer

CHINA = ZoneInfo("Asia/Shanghai")
PATIENCE = 30.0  # seconds; on an idle machine nothing here takes one
# WALK_SHOTS=folder keeps a picture of every step.
SHOTS = os.environ.get("WALK_SHOTS", "")


def moment(text: str) -> datetime:
    """`2026-03-26 15:00` in the portal's time zone."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def wait_until(holds: Callable[[], Any], what: str) -> None:
    """Return when it holds. Raises AssertionError naming what was waited for."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"waited in vain for: {what}"
        time.sleep(0.05)


class Mailbox:
    """The mail server's side: every mail is read once, by `new()`."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self.read = 0

    def new(self) -> list[Received]:
        """Mails that came since the last look, when everything that is due has been sent."""
        wait_until(lambda: not _unsent().exists(), "the outbox to be empty")
        found = self.server.received[self.read :]
        self.read += len(found)
        return found

    def lines(self) -> list[tuple[str, str]]:
        """(address before the @, subject) of each new mail, sorted."""
        return sorted(
            (mail.recipients[0].partition("@")[0], str(mail.message["Subject"]).strip())
            for mail in self.new()
        )


def _unsent() -> Any:
    waits = Q(state=MessageState.WAITING, due_at__lte=timezone.now()) | Q(state=MessageState.SENDING)
    return OutboxMessage.objects.filter(waits)


class Stage:
    """Everybody's windows, on the day the clock shows."""

    def __init__(
        self, open_page: Callable[..., Page], renew: Callable[[BrowserContext, User], None], clock: Any
    ) -> None:
        self._open, self._renew, self._clock = open_page, renew, clock
        self._pages: dict[tuple[int, bool], tuple[Page, datetime]] = {}
        self._shots = 0

    def on(self, text: str) -> None:
        """Move the portal to a day and hour."""
        self._clock.move_to(moment(text))

    def window(self, user: User, *, phone: bool = False) -> Page:
        """A user's window, logged in; its session is renewed when the clock has jumped."""
        key = (user.pk, phone)
        now = timezone.now()
        if key not in self._pages:
            self._pages[key] = (self._open(user, phone=phone), now)
            self._pages[key][0].set_default_timeout(PATIENCE * 1000)
        page, since = self._pages[key]
        if (now - since).total_seconds() > 600:
            self._renew(page.context, user)
            self._pages[key] = (page, now)
        return page

    def home(self, user: User, *, phone: bool = False) -> Page:
        """A user's home page, where everything starts."""
        page = self.window(user, phone=phone)
        page.goto("/")
        return page

    def todo(self, user: User, words: str, *, phone: bool = False) -> Page:
        """Go from 待办 to the matter whose line contains the words."""
        page = self.home(user, phone=phone)
        self.shot(page, f"todo-{user.username}")
        _matter(page, words).first.click()
        return page

    def idle(self, user: User, words: str) -> None:
        """Nothing with these words waits for a user."""
        page = self.home(user)
        expect(_matter(page, words)).to_have_count(0)

    def shot(self, page: Page, name: str) -> None:
        """Keep a picture, when asked to."""
        if SHOTS:
            self._shots += 1
            size = "phone" if page.viewport_size and page.viewport_size["width"] < 500 else "desk"
            page.screenshot(path=Path(SHOTS) / f"{self._shots:03}-{name}-{size}.png", full_page=True)


def _matter(page: Page, words: str) -> Locator:
    """Lines of 待办 with these words: verb and matter stand on both sides of a colon, figures have none."""
    return page.get_by_role("main").get_by_role("link", name=re.compile(f"(?=.*{re.escape(words)}).*："))


# --- what a hand does on a page --------------------------------------------


def field(place: Page | Locator, label: str) -> Locator:
    """A control by its label, with or without 必填."""
    return place.get_by_label(re.compile(rf"^{re.escape(label)}(必填)?$"))


def fill(place: Page | Locator, **values: str) -> None:
    """Type into fields, by label."""
    for label, value in values.items():
        field(place, label).fill(value)


def press(place: Page | Locator, name: str, *, exact: bool = True) -> None:
    """Press a button."""
    place.get_by_role("button", name=name, exact=exact).click()


def follow(place: Page | Locator, name: str, *, exact: bool = True) -> None:
    """Follow a link; of several to the same place, the first."""
    place.get_by_role("link", name=name, exact=exact).first.click()


def unfold(place: Page | Locator, name: str) -> Locator:
    """Open a folded form and return it."""
    page = place if isinstance(place, Page) else place.page
    summary = page.locator("summary", has_text=re.compile(rf"^\s*{name}\s*$"))
    folded = place.locator("details").filter(has=summary)
    folded.locator("summary").click()
    return folded


def confirm(place: Page | Locator, name: str, *, reason: str = "", label: str = "理由") -> None:
    """Press a button that asks first."""
    asked = unfold(place, name)
    if reason:
        asked.get_by_label(re.compile(rf"^{label}")).fill(reason)
    press(asked, name)


def told(page: Page, words: str) -> None:
    """The page says so in its message line."""
    expect(page.get_by_role("status").first).to_contain_text(words)


def shows(page: Page, *words: str) -> None:
    """The page's main part contains each of the words."""
    for one in words:
        expect(page.get_by_role("main")).to_contain_text(one)


def refused(page: Page, name: str, words: str) -> None:
    """The button is grey, and says why to whoever points at it."""
    button = page.get_by_role("button", name=name)
    expect(button).to_have_attribute("aria-disabled", "true")
    button.hover()
    expect(page.get_by_role("main").get_by_text(words).first).to_be_visible()


# --- the worker -------------------------------------------------------------


def point_celery_at(url: str) -> None:
    """Let this process publish to, and its worker read from, another broker."""
    app: Any = celery_app
    app.conf.broker_url = app.conf.broker_read_url = app.conf.broker_write_url = url
    app.amqp._producer_pool = app._pool = None
    kombu.pools.reset()


class Worker:
    """A Celery worker reading from Redis, in a thread, so that it lives by the portal's clock."""

    def __init__(self) -> None:
        self.done: set[str] = set()

    def beat(self, name: str) -> None:
        """Hand the worker a task as Celery beat would, and wait until it has done it."""
        sent = celery_app.send_task(name).id
        wait_until(lambda: sent in self.done, name)

    def _finished(self, task_id: str, **_about: Any) -> None:
        connections.close_all()  # this thread's: nothing stays open behind the test
        self.done.add(task_id)


@contextmanager
def working(url: str) -> Iterator[Worker]:
    """A worker on the Redis at this address, and this process publishing to it."""
    before, worker = celery_app.conf.broker_url, Worker()
    point_celery_at(url)
    waking._broker["quiet_until"] = 0.0
    task_postrun.connect(worker._finished, weak=False)
    try:
        with start_worker(celery_app, perform_ping_check=False, shutdown_timeout=20, loglevel="WARNING"):
            yield worker
    finally:
        task_postrun.disconnect(worker._finished)
        point_celery_at(before)
