"""Every run of the tests brings its own PostgreSQL; Redis and SMTP start when a test asks for them.

`TEST_DATABASE=sqlite` runs on SQLite instead: the database of the one-process portal (`pytest -m core`).
With xdist the controller starts PostgreSQL once, and each worker gets a database of its own in it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.support.servers import Postgres, Redis
from tests.support.smtp import SmtpServer

# Conftest files deeper down import models, so Django must be ready before this file has been read:
# the database is started here rather than in a hook or a fixture.
ON_SQLITE = os.environ.get("TEST_DATABASE", "postgresql") == "sqlite"
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
# Each begins a worker's share; tests of the same name stay together.
LONGEST = ("test_the_whole_work", "test_made_at_once", "test_every_address")
_data = Path(tempfile.mkdtemp(prefix="opd-test-data-"))
atexit.register(shutil.rmtree, _data, ignore_errors=True)


def _prepare() -> Postgres | None:
    server = None
    os.environ["DJANGO_SETTINGS_MODULE"] = "quanzhou_opd.settings.test"
    os.environ["TEST_DATA_DIR"] = str(_data)
    os.environ.setdefault("TEST_PAPERS", str(_data / "papers"))  # `make test` has one for both databases
    if ON_SQLITE:
        os.environ["DATABASE_URL"] = f"sqlite:///{_data / 'portal.sqlite3'}"
    elif not IS_WORKER:
        server = Postgres().start()
        os.environ["DATABASE_URL"] = server.socket_url()

    import django

    django.setup()
    return server


_postgres = _prepare()
if not IS_WORKER:
    # A cancelled run stops its servers and removes their files, as an interrupted one does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are processors: tests in a browser wait half of their time."""
    return len(os.sched_getaffinity(0)) + (0 if ON_SQLITE else 1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the browser tests among the others and begin each worker's share with long ones: none waits at the end."""
    long = [item for prefix in LONGEST for item in items if item.name.startswith(prefix)]
    taken = set(long)
    rest = iter(_browser_tests_among_others([item for item in items if item not in taken]))
    workers, left, found = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), len(items), []
    for worker in range(workers):
        share = left // (workers - worker)  # as `--dist worksteal` deals them out
        mine = [item for item in long if _which(item) % workers == worker]
        found += [*mine, *islice(rest, max(0, share - len(mine)))]
        left -= share
    items[:] = [*found, *rest]


def _which(item: pytest.Item) -> int:
    return next(n for n, prefix in enumerate(LONGEST) if item.name.startswith(prefix))


def _browser_tests_among_others(items: list[pytest.Item]) -> list[pytest.Item]:
    """Between the files only, whose worlds may be open for all their tests. Each leaves the database as it found it."""
    first = [item for item in items if item.path.parent.name == "browser"]
    others = [item for item in items if item.path.parent.name != "browser"]
    if not first or not others:
        return items
    places = [n for n, item in enumerate(others) if n == 0 or item.path != others[n - 1].path]
    found: list[pytest.Item] = []
    for turn, (start, stop) in enumerate(zip(places, [*places[1:], len(others)], strict=True)):
        share = -(-len(first) // (len(places) - turn))
        found += first[:share] + others[start:stop]
        del first[:share]
    return found


def pytest_unconfigure() -> None:
    """Stop what this process started; the files of the run go with it."""
    if _postgres is not None:
        _postgres.stop()
    shutil.rmtree(_data, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Put SQLite's test database into a file: in memory it has neither WAL nor the real locks."""
    if ON_SQLITE:
        from django.conf import settings

        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(_data / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Drop nothing at the end: the whole server goes, and a thread still connected would refuse the drop."""
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tables come from the models (--nomigrations); what only migrations know is added here, in a second."""
    from django.conf import settings
    from django.db import connection

    from quanzhou_opd import fresh_database

    settings.MIGRATION_MODULES = {}
    with django_db_blocker.unblock():
        fresh_database.complete(connection)


@pytest.fixture
def redis_server() -> Iterator[Redis]:
    """A Redis of this test's own (40 ms), free to be killed."""
    with Redis() as server:
        yield server


@pytest.fixture
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL of this test's own (1 s), free to be killed; not the one Django is connected to."""
    with Postgres() as server:
        yield server


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """A mail server that takes everything until told otherwise."""
    with SmtpServer() as server:
        yield server


from tests.factories.demo import demo, demo_world  # noqa: E402, F401 - the same
from tests.factories.fixtures import client_of, people  # noqa: E402, F401 - the same
from tests.support.flush import _emptying_tables  # noqa: E402, F401 - needs Django to be ready
from tests.support.made import _another_test, _making_papers_once  # noqa: E402, F401 - the same
