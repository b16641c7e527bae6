"""`manage.py serve`: from an empty folder to the first page, and a clean end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import HOST, free_port

pytestmark = pytest.mark.core
ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 400


class Portal:
    """One run of `manage.py serve --prepare` on a port of its own."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.port = free_port()
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
        }
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "manage.py", "serve", "--prepare", "--port", str(self.port)],
            cwd=ROOT,
            env={**kept, "DATA_DIR": str(data), "DEMO": "0", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def page(self, path: str) -> str:
        """Return a page, waiting until the portal is up."""
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(f"http://{HOST}:{self.port}{path}", timeout=PATIENCE) as answer:
                    return str(answer.read().decode())
            except (ConnectionRefusedError, urllib.error.URLError):
                if self.process.poll() is not None or time.monotonic() > give_up:
                    raise AssertionError(f"no portal: {self.process.communicate()[0]}") from None
                time.sleep(0.05)

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Signal the process; return its code and all it said."""
        self.process.send_signal(how)
        said, _none = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


@pytest.fixture
def started() -> Iterator[list[Portal]]:
    """Portals to be stopped whatever happens."""
    portals: list[Portal] = []
    yield portals
    for portal in portals:
        portal.process.kill()
        portal.process.communicate()


def test_from_an_empty_folder_to_a_page_and_again(tmp_path: Path, started: list[Portal]) -> None:
    for how in (signal.SIGINT, signal.SIGTERM):
        portal = Portal(tmp_path)
        started.append(portal)
        page = portal.page("/account/login/")
        assert re.search(r"<html[^>]* lang=\"zh-Hans\"", page)
        code, said = portal.end(how)
        assert code == 0
        assert f"http://{HOST}:{portal.port}/" in said
        assert ("Preparing the database" in said) is (how == signal.SIGINT)
        assert "Traceback" not in said
    assert (tmp_path / "portal.sqlite3").exists()


def test_a_taken_port_is_said_before_anything_is_touched(tmp_path: Path, started: list[Portal]) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = subprocess.run(
            [sys.executable, "manage.py", "serve", "--prepare", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'portal.sqlite3'}"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert (said.returncode, said.stdout) == (1, "")
    assert f"Cannot listen on {HOST}:{port}" in said.stderr
    assert not (tmp_path / "portal.sqlite3").exists()


def test_a_portal_that_cannot_make_papers_does_not_start(tmp_path: Path, started: list[Portal]) -> None:
    portal = Portal(tmp_path, PAPER_FONTS="title=/nowhere/at/all.ttf")
    started.append(portal)
    said, _none = portal.process.communicate(timeout=PATIENCE)
    assert portal.process.returncode == 1
    assert "缺少字体文件 all.ttf" in said
    assert said.strip().endswith("worker stopped unexpectedly; the log above says why")
