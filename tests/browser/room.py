"""What the tests of the recording room share: typing in numbered sentences, and counting where each one is."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from playwright.sync_api import Locator, Page

from apps.meetings.models import RecordBlock

AREA = "textarea[data-block]"
_ON_PAGE = """() => [
    ...[...document.querySelectorAll('textarea, input')].map(el => el.value),
    ...[...document.querySelectorAll('pre')].map(el => el.innerText),
    ...Object.keys(localStorage).filter(key => key.startsWith('draft:')).map(key => localStorage.getItem(key)),
].join('\\n')"""


def sentences(mark: str, count: int) -> list[str]:
    """Sentences that cannot be mistaken for each other."""
    return [f"{mark}{number:03d}句。" for number in range(1, count + 1)]


def type_in(page: Page, area: Locator, said: Iterable[str], *, pause: int = 120) -> None:
    """Type like a person: at the end, a sentence at a time, events going on between."""
    area.focus()
    page.keyboard.press("Control+End")
    for words in said:
        page.keyboard.insert_text(words)
        page.wait_for_timeout(pause)


def counted(said: Iterable[str], *pages: Page) -> None:
    """Every sentence is in the database, on a page, or kept in the browser. Fails with those that are nowhere."""
    found = "\n".join(
        [*RecordBlock.objects.values_list("text", flat=True), *(page.evaluate(_ON_PAGE) for page in pages)]
    )
    assert [words for words in said if words not in found] == []


def saved(said: Iterable[str], *, seconds: float = 15, page: Page) -> None:
    """Every sentence comes to the database in time, each once and in order."""
    wanted = "".join(said)
    for _ in range(int(seconds * 5)):
        texts = list(RecordBlock.objects.filter(deleted_at__isnull=True).values_list("text", flat=True))
        if any(wanted in text.replace("\n", "") for text in texts):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{wanted!r} is not in {texts!r}")


class OwnServer:
    """The portal on a port of its own, to be stopped and started again like a machine that is rebooted."""

    def __init__(self) -> None:
        self.port = 0
        self._server: Any = None

    def start(self) -> str:
        """Listen (on the same port as before) and return the address."""
        self._server = _Server(("127.0.0.1", self.port), _Quiet)
        self._server.daemon_threads = True
        self._server.set_app(StaticFilesHandler(WSGIHandler()))
        self.port = self._server.server_port
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Close the door and hang up on everybody, as a machine does that is switched off."""
        self._server.shutdown()
        self._server.server_close()
        for line in self._server.lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class _Server(ThreadedWSGIServer):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.lines: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection: browsers keep theirs open."""
        self.lines.append(request)
        super().process_request(request, client_address)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def compose(page: Page, *stages: str, commit: str | None = None) -> None:
    """An input method at work: each stage replaces the one before; `commit` is what is chosen at last."""
    browser = page.context.browser
    assert browser is not None
    if int(browser.version.partition(".")[0]) < CDP_COMPOSES_SINCE:
        _play_composition(page, stages, commit)
        return
    cdp = page.context.new_cdp_session(page)
    for words in stages:
        cdp.send(
            "Input.imeSetComposition",
            {"text": words, "selectionStart": len(words), "selectionEnd": len(words)},
        )
        page.wait_for_timeout(150)
    if commit is not None:
        cdp.send("Input.insertText", {"text": commit})


# Chromium 92 answers that it knows no `Input.imeSetComposition`; 109 knows it.
CDP_COMPOSES_SINCE = 109
_PLAY = """([words, last]) => {
    const el = document.activeElement, tell = (kind, more) => el.dispatchEvent(
        new (kind === 'input' ? InputEvent : CompositionEvent)(kind, {bubbles: true, data: words, ...more}));
    if (!el.played) { el.played = {at: el.selectionStart, long: 0}; tell('compositionstart', {data: ''}); }
    tell('compositionupdate');
    el.setRangeText(words, el.played.at, el.played.at + el.played.long, 'end');
    el.played.long = words.length;
    tell('input', {inputType: 'insertCompositionText', isComposing: true});
    if (last) { delete el.played; tell('compositionend'); }
}"""


def _play_composition(page: Page, stages: Iterable[str], commit: str | None) -> None:
    """The same events, in the order Chromium sends them, where the browser's own input method cannot be reached."""
    for words in stages:
        page.evaluate(_PLAY, [words, False])
        page.wait_for_timeout(150)
    if commit is not None:
        page.evaluate(_PLAY, [commit, True])
