"""The sample units start what exists, and the portal learns who is visiting."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quanzhou_opd.wsgi import with_client_address

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "deploy/production"


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({"REMOTE_ADDR": "", "HTTP_X_REAL_IP": "192.0.2.7"}, "192.0.2.7"),
        ({"REMOTE_ADDR": "", "HTTP_X_REAL_IP": "2001:db8::7"}, "2001:db8::7"),
        ({"REMOTE_ADDR": "", "HTTP_X_REAL_IP": "somebody"}, "127.0.0.1"),
        ({"REMOTE_ADDR": ""}, "127.0.0.1"),
        ({"REMOTE_ADDR": "198.51.100.9", "HTTP_X_REAL_IP": "192.0.2.7"}, "198.51.100.9"),
    ],
)
def test_the_visitors_address_comes_from_our_proxy_only(environ: dict[str, Any], address: str) -> None:
    seen: list[str] = []

    def inner(given: dict[str, Any], _start: Any) -> list[bytes]:
        seen.append(given["REMOTE_ADDR"])
        return []

    with_client_address(inner)(dict(environ), None)
    assert seen == [address]


@pytest.fixture
def gunicorn(tmp_path: Path) -> Iterator[Path]:
    """gunicorn as the sample unit starts it, on a socket of the test; its settings are those of the tests."""
    command = re.search(r"^ExecStart=\S+/gunicorn (.*)$", (SAMPLES / "portal-web.service").read_text(), re.M)
    assert command is not None
    line = tmp_path / "web.sock"
    arguments = command[1].replace("/run/portal/web.sock", str(line)).split()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *arguments, "--workers", "1"],
        cwd=ROOT,
        env={**os.environ, "TEST_DATA_DIR": str(tmp_path)},
        stderr=subprocess.PIPE,
    )
    try:
        yield line
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_the_web_unit_answers_on_its_socket(gunicorn: Path) -> None:
    answer = ask(gunicorn, "/account/login/")
    assert (answer.status, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")


def ask(path_of_socket: Path, path: str) -> http.client.HTTPResponse:
    """GET a path over a Unix socket, waiting until somebody listens."""
    connection = http.client.HTTPConnection("127.0.0.1")
    connection.sock = connected(path_of_socket)
    connection.request("GET", path, headers={"X-Real-IP": "192.0.2.7"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def connected(path: Path) -> socket.socket:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(path))
        except OSError:
            line.close()
            time.sleep(0.05)
        else:
            return line
    raise AssertionError("gunicorn does not listen")


def test_the_other_units_name_commands_that_exist(tmp_path: Path) -> None:
    environment = {**os.environ, "TEST_DATA_DIR": str(tmp_path)}
    for unit, command in (("portal-worker", "worker"), ("portal-beat", "beat")):
        start = re.search(r"^ExecStart=\S+/celery (.*)$", (SAMPLES / f"{unit}.service").read_text(), re.M)
        assert start is not None
        arguments = start[1].split()
        assert arguments[:3] == ["--app", "quanzhou_opd", command]
        helped = subprocess.run(
            [sys.executable, "-m", "celery", *arguments, "--help"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert helped.returncode == 0, helped.stderr


def test_the_sample_environment_names_all_that_production_asks_for() -> None:
    asked = set(re.findall(r'required\("(\w+)"\)', (ROOT / "quanzhou_opd/settings/prod.py").read_text()))
    given = re.findall(r"^(\w+?)(?:_FILE)?=", (SAMPLES / "portal.env").read_text(), re.M)
    assert asked
    assert asked - set(given) == set()
