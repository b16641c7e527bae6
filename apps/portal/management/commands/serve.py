"""The whole portal in one process: web server, worker and beat, on one machine, with nothing else to start.

Not eager tasks: those would hide faults of on_commit and of serialisation that production then shows. What
must not be lost lies in the outbox table, so a message lost with this process costs seconds, not a mail.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import waitress
from celery import beat
from celery.worker import WorkController, state
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.module_loading import import_string

from apps.documents.composition import check_setup
from quanzhou_opd import fresh_database
from quanzhou_opd.celery import app as celery_app

logger = logging.getLogger(__name__)

WEB_THREADS = 8
STOP_SECONDS = 10
BROKER_POLL_SECONDS = 0.2
"""How often the in-memory broker is asked for work; whoever waits for a mail feels kombu's default of 1 s."""


class Command(BaseCommand):
    help = "Serve the portal from one process (web, worker, beat). For trying out; see docs/operations.md."
    requires_system_checks: list[str] = []  # `make test` runs them; here they would cost every start 0.3 s

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--prepare", action="store_true", help="migrate, and load the demo if DEMO=1, first"
        )

    def handle(self, *, host: str, port: int, prepare: bool, **options: Any) -> None:
        # Binding comes first: an occupied port is told before anything is touched, and early visitors wait.
        server = self._bind(host, port)
        background = Background()
        # Both by name: a shell that starts us in the background has SIGINT ignored.
        signal.signal(signal.SIGINT, _leave)
        signal.signal(signal.SIGTERM, _leave)
        try:
            if prepare:
                self._prepare()
            background.start()
            self._greet(host, port)
            server.run()
        except KeyboardInterrupt:
            pass
        finally:
            server.close()
            background.stop()
        if background.failed:
            raise CommandError(f"{background.failed} stopped unexpectedly; the log above says why")

    def _bind(self, host: str, port: int) -> Any:
        try:
            return waitress.create_server(
                get_wsgi_application(),
                host=host,
                port=port,
                threads=WEB_THREADS,
                ident=None,
                max_request_body_size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE + settings.MAX_UPLOAD_BYTES,
            )
        except OSError as problem:
            raise CommandError(
                f"Cannot listen on {host}:{port} ({problem.strerror}). Another port: PORT={port + 1} make run"
            ) from problem

    def _prepare(self) -> None:
        # Even with nothing to do, migrate spends half a second on permissions and content types.
        if fresh_database.is_empty(connection):
            self.stdout.write("Preparing the database")
            fresh_database.create(connection)
        else:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                self.stdout.write("Bringing the database up to date")
                call_command("migrate", verbosity=0, interactive=False)
        if settings.DEMO:
            call_command("seed_demo")
        connections.close_all()

    def _greet(self, host: str, port: int) -> None:
        self.stdout.write(self.style.SUCCESS(f"http://{host}:{port}/") + "  (Ctrl-C stops)")
        if not settings.DEMO:
            return
        try:
            demo_logins = import_string("apps.portal.services.demo_logins")
        except ImportError:
            return
        for group in demo_logins():
            self.stdout.write(f"\n{group['group']}")
            for entry in group["entries"]:
                self.stdout.write(f"  {entry['username']:<24}{entry['label']}")
        self.stdout.flush()


class Background:
    """The worker thread and the beat thread. If one falls, the process stops rather than limp on."""

    def __init__(self) -> None:
        self.failed = ""
        self._stopping = False
        self._beat = beat.Service(
            celery_app,
            max_interval=1,  # beat sleeps this long at most, so it stops promptly
            schedule_filename=str(Path(settings.DATA_DIR) / "beat-schedule"),
        )
        self._worker_thread = self._thread("worker", self._work)
        self._beat_thread = self._thread("beat", self._beat.start)

    def start(self) -> None:
        celery_app.conf.broker_transport_options = {
            **celery_app.conf.broker_transport_options,
            "polling_interval": BROKER_POLL_SECONDS,
        }
        self._worker_thread.start()
        self._beat_thread.start()

    def stop(self) -> None:
        """Let a running task finish, for a while; what is left undone is still due in the outbox."""
        self._stopping = True
        state.should_stop = os.EX_OK  # type: ignore[assignment]  # the stubs know only its first value
        self._beat.stop()
        give_up = time.monotonic() + STOP_SECONDS
        # An idle worker is not waited for: it would look up from its queue only every two seconds.
        while state.active_requests and time.monotonic() < give_up:
            time.sleep(0.05)
        if self._beat_thread.is_alive():
            self._beat_thread.join(STOP_SECONDS)  # it writes down what it has sent

    def _work(self) -> None:
        check_setup()  # papers are made in this thread: without fonts or their cutter the portal does not start
        # The base class, not the command-line worker: that one takes over signals and logging.
        os.environ["CELERY_SKIP_CHECKS"] = "1"
        WorkController(
            app=celery_app,
            pool="solo",
            concurrency=1,
            hostname="worker@portal",
            use_eventloop=False,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        ).start()

    def _thread(self, name: str, run: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=self._guard, args=(name, run), name=name, daemon=True)

    def _guard(self, name: str, run: Callable[[], None]) -> None:
        try:
            run()
        except Exception:
            logger.exception("%s thread failed", name)
        finally:
            connections.close_all()
        if not self._stopping:
            self.failed = name
            os.kill(os.getpid(), signal.SIGTERM)


def _leave(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
