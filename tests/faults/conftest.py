"""Real parts for the fault tests: a worker process, a broker that Celery publishes to, a mail server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kombu.pools
import pytest
from django.db import connection

from apps.common import waking
from apps.dispatch.models import OutboxMessage
from quanzhou_opd.celery import app as celery_app
from tests.support.servers import Redis, _die_with_parent
from tests.support.smtp import SmtpServer

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds; on an idle machine everything here takes one or two


def wait_until(true: Callable[[], Any], what: str) -> None:
    """Return when it holds. Raises AssertionError naming what was waited for."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"waited in vain for: {what}"
        time.sleep(0.05)


def states() -> dict[str, str]:
    """key → state of every mail."""
    return dict(OutboxMessage.objects.order_by("id").values_list("key", "state"))


def message_ids(server: SmtpServer) -> list[str]:
    """Message-IDs of the mails the server took, in order."""
    return [str(received.message["Message-ID"]) for received in list(server.received)]


@pytest.fixture(autouse=True)
def _broker_is_not_resting() -> Iterator[None]:
    """A test in which the broker was down must not silence the next one."""
    waking._broker["quiet_until"] = 0.0
    yield
    waking._broker["quiet_until"] = 0.0


@pytest.fixture
def broker(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """Redis, and this process's Celery publishing to it."""
    before = celery_app.conf.broker_url
    _point_celery_at(redis_server.url())
    yield redis_server
    _point_celery_at(before)


def _point_celery_at(url: str) -> None:
    celery_app.conf.update(broker_url=url, broker_read_url=url, broker_write_url=url)
    app: Any = celery_app
    app.amqp._producer_pool = app._pool = None
    kombu.pools.reset()


class Worker:
    """A real Celery worker on the test's database, mail server and Redis."""

    def __init__(
        self, redis: Redis, smtp: SmtpServer, log: Path, *, pool: str = "solo", **settings: Any
    ) -> None:
        self.log = log
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "DATABASE_URL": _database_url(),
            "REDIS_URL": redis.url(),
            "EMAIL_URL": smtp.url,
            **{name: str(value) for name, value in settings.items()},
        }
        command = [
            *(sys.executable, "-m", "celery", "-A", "quanzhou_opd", "worker", "--loglevel", "INFO"),
            *("--pool", pool, "--concurrency", "1"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, preexec_fn=_die_with_parent(signal.SIGKILL),  # noqa: PLW1509
            )  # fmt: skip
        wait_until(lambda: b" ready." in log.read_bytes() or self.process.poll() is not None, "worker")
        assert self.process.poll() is None, log.read_text()

    def kill(self) -> None:
        """−9, to it and its children."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _database_url() -> str:
    known = connection.settings_dict
    return f"postgres://{known['USER']}:{known['PASSWORD']}@:{known['PORT']}/{known['HOST']}/{known['NAME']}"


@pytest.fixture
def start_worker(broker: Redis, smtp_server: SmtpServer, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """`start_worker()`: another worker; all are killed when the test ends."""
    started: list[Worker] = []

    def start(**settings: Any) -> Worker:
        log = tmp_path / f"worker-{len(started)}.log"
        started.append(Worker(broker, smtp_server, log, **settings))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()


@pytest.fixture
def mail_server(smtp_server: SmtpServer, settings: Any) -> SmtpServer:
    """The mail server, and this process's Django sending to it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_server.port
    settings.EMAIL_TIMEOUT = 5
    settings.OUTBOX_BACKOFF_SECONDS = 0
    return smtp_server
