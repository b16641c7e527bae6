"""The servers of the tests are ours, take a beating, and leave nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from pytest_socket import SocketConnectBlockedError

from tests.support.servers import HOST, Postgres, Redis, ServerError, find_program, free_port
from tests.support.smtp import SmtpServer

ROOT = Path(__file__).resolve().parent.parent.parent


def test_postgresql_keeps_what_was_committed_when_killed(postgres_server: Postgres) -> None:
    with postgres_server.connect() as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('纪要')")
    before = postgres_server.port
    postgres_server.restart(stop_signal=signal.SIGQUIT)
    with postgres_server.connect() as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("纪要",)]
    assert postgres_server.port == before


def test_redis_forgets_when_killed(redis_server: Redis) -> None:
    with redis_server.client() as client:
        client.set("word", "1")
    redis_server.restart(stop_signal=signal.SIGKILL)
    with redis_server.client() as client:
        assert client.keys() == []


def test_a_server_is_closed_to_whoever_lacks_its_password(
    postgres_server: Postgres, redis_server: Redis
) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://portal:guess@{HOST}:{postgres_server.port}/postgres")
    with pytest.raises(redis.AuthenticationError), redis.Redis(port=redis_server.port) as client:
        client.ping()


def test_another_servers_port_is_not_taken_for_ours(redis_server: Redis) -> None:
    """Should somebody take the port between looking and starting, the start notices and looks again."""
    late = Redis()
    late.password = redis_server.password  # even then: the process is another
    ports = iter([redis_server.port, free_port()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.support.servers.free_port", lambda: next(ports))
        with late:
            assert late.port != redis_server.port
            with late.client() as client:
                assert (
                    client.info("server")["process_id"] != redis_server.client().info("server")["process_id"]
                )


def test_stopping_leaves_nothing(tmp_path: Path) -> None:
    server = Redis().start()
    home, process = server.folder, server.process
    assert process is not None
    server.stop()
    server.stop()
    assert (home.exists(), process.poll() is None) == (False, False)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, server.port), timeout=1)


def test_a_server_dies_with_a_killed_parent() -> None:
    code = """
import time
from tests.support.servers import Redis
server = Redis().start()
print(server.process.pid, server.home, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child, home = parent.stdout.readline().split()
    parent.kill()
    parent.communicate()
    shutil.rmtree(home)  # killed, it could not do so itself
    give_up = time.monotonic() + 10
    while alive(int(child)) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not alive(int(child))


def alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody has collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_missing_program_is_named_with_its_package() -> None:
    with pytest.raises(ServerError, match=r"^redis-serverr is not installed: apt-get install redis-server$"):
        find_program("redis-serverr", package="redis-server")


def test_the_newest_postgresql_is_taken(tmp_path: Path) -> None:
    for version in ("9.6", "15", "9"):
        program = tmp_path / version / "bin" / "initdb"
        program.parent.mkdir(parents=True)
        program.touch(0o755)
    found = find_program("initdb", folders=f"{tmp_path}/*/bin", package="postgresql")
    assert found == tmp_path / "15" / "bin" / "initdb"


def test_mail_is_taken_refused_put_off_and_dropped(smtp_server: SmtpServer) -> None:
    answers: list[object] = []
    for change in (
        {},
        {"data": "451 4.7.1 greylisted"},
        {"rcpt": "550 5.1.1 unknown"},
        {"drop": True, "rcpt": "250 OK"},
    ):
        for name, value in change.items():
            setattr(smtp_server.behaviour, name, value)
        answers.append(send(smtp_server.port))
    assert answers == [{}, 451, 550, "cut"]
    assert [(mail.recipients, mail.message["Subject"]) for mail in smtp_server.received] == [
        (["b@portal.test"], "纪要"),
        (["b@portal.test"], "纪要"),
    ]


def send(port: int) -> object:
    text = b"Subject: =?utf-8?b?57qq6KaB?=\r\n\r\nbody"
    try:
        with smtplib.SMTP(HOST, port, timeout=5) as client:
            return client.sendmail("a@portal.test", ["b@portal.test"], text)
    except smtplib.SMTPDataError as refusal:
        return refusal.smtp_code
    except smtplib.SMTPRecipientsRefused as refusal:
        return refusal.recipients["b@portal.test"][0]
    except smtplib.SMTPServerDisconnected:
        return "cut"


def test_no_test_reaches_the_outside() -> None:
    with (
        pytest.warns(UserWarning, match="192.0.2.1"),
        pytest.raises(SocketConnectBlockedError),
        socket.socket() as line,
    ):
        line.connect(("192.0.2.1", 80))


def test_the_database_of_the_run_is_our_own() -> None:
    used = settings.DATABASES["default"]
    if os.environ.get("TEST_DATABASE") == "sqlite":
        assert Path(str(used["NAME"])).is_relative_to(os.environ["TEST_DATA_DIR"])
    else:
        folder = Path(used["HOST"])
        assert folder.name.startswith("opd-postgresql-")
        assert (folder / f".s.PGSQL.{used['PORT']}").is_socket()
