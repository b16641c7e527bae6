# ruff: noqa: T201 - a bench prints its table
"""`make bench-mail`: reminders through the outbox to a real mail server, beside a bare smtplib loop (P8).

    python tests/bench/bench_mail.py [mails]

On a PostgreSQL of its own. The mail server is a process of its own on loopback, so that its work is not counted as
ours. Batches of the worker's own code (claim, compose, deliver, settle; OUTBOX_LINES connections) take turns with as
many mails of the bare loop, over one kept connection and over as many as the worker has, so that a busy machine
disturbs all alike. Ends with an error unless every row is
sent and the server has each mail exactly once.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import smtplib
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanzhou_opd.settings.test")
MAILS, PEOPLE, BUDGET = 10_000, 50, 800


def main() -> int:
    """Measure, print, and say by the exit status whether anything was lost or doubled."""
    from tests.support.servers import Postgres

    count = int(sys.argv[1]) if len(sys.argv) > 1 else MAILS
    folder = tempfile.mkdtemp(prefix="bench-mail-")
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    try:
        with Postgres() as database:
            database.connect().execute("CREATE DATABASE portal").connection.close()
            os.environ |= {"TEST_DATA_DIR": folder, "DATABASE_URL": database.url()}
            return _measure(count, int(ours.recv()), ours)
    finally:
        server.terminate()
        shutil.rmtree(folder, ignore_errors=True)


def serve(pipe: Connection) -> None:
    """A mail server that takes everything and keeps each mail's id; gives them when asked."""
    from aiosmtpd.controller import Controller

    seen: list[str] = []

    class Handler:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
            head = envelope.content.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
            line = next(line for line in head.split("\r\n") if line.lower().startswith("message-id:"))
            seen.append(line.split(":", 1)[1].strip())
            return "250 OK"

    class Bound(Controller):
        def _trigger_server(self) -> None:
            bound: Any = self.server
            self.port = bound.sockets[0].getsockname()[1]
            super()._trigger_server()

    controller = Bound(Handler(), hostname="127.0.0.1", port=0)
    controller.start()
    pipe.send(controller.port)
    pipe.recv()
    pipe.send(seen)


def _measure(count: int, port: int, pipe: Connection) -> int:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from quanzhou_opd import fresh_database

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    fresh_database.create(connection)
    ids, took = _queue(count)
    print(f"queued {len(ids)} reminders in {took:.1f} s ({len(ids) / took:.0f}/s)")
    watches = _in_turns(ids, port)
    pipe.send("give")
    return _report(ids, watches, Counter(pipe.recv()))


def _queue(count: int) -> tuple[list[int], float]:
    """Write reminders as the portal does: a line and a mail each, through `tell`."""
    from apps.accounts.models import User
    from apps.dispatch import outbox
    from apps.dispatch.models import OutboxMessage
    from apps.dispatch.telling import tell

    outbox.publish = lambda *_args, **_given: True  # the batches below are handed out by us
    users = [
        User.objects.create(username=f"u{n}", name=f"经办人{n}", email=f"u{n}@portal.test")
        for n in range(PEOPLE)
    ]
    start = time.perf_counter()
    for number in range(-(-count // PEOPLE)):
        tell(
            users[: count - number * PEOPLE], kind="reminder", key=f"bench:{number}", url=f"/items/{number}/",
            title=f"还有3个工作日到期：〔2026〕1号第{number}项议定事项", urgent=True,
        )  # fmt: skip
    took = time.perf_counter() - start
    return list(OutboxMessage.objects.order_by("id").values_list("id", flat=True)), took


class Watch:
    """Seconds on the wall, and of this process's own processor time, which a busy machine does not stretch."""

    def __init__(self) -> None:
        self.wall = self.own = 0.0

    def __enter__(self) -> None:
        self._begun = time.perf_counter(), time.process_time()

    def __exit__(self, *_error: object) -> None:
        self.wall += time.perf_counter() - self._begun[0]
        self.own += time.process_time() - self._begun[1]


def _in_turns(ids: list[int], port: int) -> tuple[Watch, Watch, Watch]:
    """What the worker, the bare loop, and as many bare loops as the worker has lines took, batch by batch."""
    from django.conf import settings

    from apps.dispatch import outbox

    lines = settings.OUTBOX_LINES
    bare = [smtplib.SMTP("127.0.0.1", port) for _line in range(lines)]
    worker, plain, side_by_side, sent = Watch(), Watch(), Watch(), 0
    with ThreadPoolExecutor(lines) as pool:
        for start in range(0, len(ids), outbox.BATCH):
            batch = ids[start : start + outbox.BATCH]
            with worker:
                sent += outbox.send(batch)
            with plain:
                _loop(bare[0], batch)
            with side_by_side:
                list(pool.map(_loop, bare, [batch[line::lines] for line in range(lines)]))
    for one in bare:
        one.quit()
    assert sent == len(ids), f"{sent} of {len(ids)} sent"
    return worker, plain, side_by_side


def _loop(bare: smtplib.SMTP, batch: list[int]) -> None:
    for pk in batch:
        bare.send_message(_plain(pk))


def _plain(number: int) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "portal@localhost", f"u{number % PEOPLE}@portal.test"
    mail["Subject"], mail["Message-ID"] = f"还有3个工作日到期：事项{number}", f"<bare-{number}@localhost>"
    mail.set_content("还有3个工作日到期\n\n请登录系统办理：http://localhost/items/1/\n")
    return mail


def _report(ids: list[int], watches: tuple[Watch, Watch, Watch], seen: Counter[str]) -> int:
    from django.conf import settings

    from apps.dispatch import outbox
    from apps.dispatch.models import OutboxMessage

    rows = OutboxMessage.objects.filter(state="sent")
    ours = [outbox.message_id(row.key) for row in rows]
    missing = [name for name in ours if seen[name] != 1]
    worker, bare, several = watches
    rate, lines = len(ids) / worker.wall, f"{settings.OUTBOX_LINES} lines"
    kinds = (f"outbox, {lines}", worker), ("bare loop, 1 line", bare), (f"bare loops, {lines}", several)
    for name, watch in kinds:
        print(
            f"{name:20}  {len(ids) / watch.wall:7.0f} mails/s in {watch.wall:.1f} s;"
            f" {len(ids) / watch.own:7.0f} mails a second of its own processor time"
        )
    for name, watch in kinds[1:]:
        print(
            f"worker ÷ {name}: {watch.wall / worker.wall:.2f} by the wall, {watch.own / worker.own:.2f} by processor time"
        )
    print(f"rows sent {rows.count()} of {len(ids)}; mails not exactly once at the server: {len(missing)}")
    print(f"load of the machine meanwhile: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"budget {BUDGET} mails/s: {'met' if rate >= BUDGET else 'MISSED'}")
    return 0 if rows.count() == len(ids) == len(ours) and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
