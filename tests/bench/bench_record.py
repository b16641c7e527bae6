# ruff: noqa: T201 - a bench prints its table
"""An autosave beside the save of a bare Django view (P4), in processor time, as a ratio.

    python tests/bench/bench_record.py [saves]

On SQLite and then on a PostgreSQL of its own, each in a process of its own, with one recorder; the kinds of request
take turns, so that a busy machine disturbs all alike.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanzhou_opd.settings.test")
ROUNDS = 200
BARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


def main(saves: int) -> None:
    """Measure on both databases and print."""
    from tests.support.servers import Postgres

    folder = tempfile.mkdtemp(prefix="bench-record-")
    try:
        _run(saves, folder, f"sqlite:///{folder}/bench.sqlite3")
        with Postgres() as server:
            server.connect().execute("CREATE DATABASE portal").connection.close()
            _run(saves, folder, server.url())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(saves: int, folder: str, url: str) -> None:
    """Measure in a process of its own: Django knows one database a process."""
    print(url.partition(":")[0])
    environment = {**os.environ, "TEST_DATA_DIR": folder, "DATABASE_URL": url}
    subprocess.run([sys.executable, __file__, str(saves), "here"], env=environment, check=True)


def measure(saves: int) -> None:
    """Measure on the database of the environment, which must be empty."""
    import django
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment()
    from django.db import connection

    from quanzhou_opd import fresh_database

    fresh_database.create(connection)
    _measure(saves)


def _measure(saves: int) -> None:
    from apps.meetings.models import RecordBlock
    from tests.factories.people import People, client_of
    from tests.meetings import make

    people = People()
    block, spoken, other = (make.block(people, kind="speech", text="甲") for _ in range(3))
    client, floor = client_of(people.office), _floor_client(people.office, other.pk)
    polls = {"look": f"/meetings/{block.meeting_id}/record/live/?item={block.agenda_item_id}"}
    polls["board"] = f"/meetings/{block.meeting_id}/sign-in/board/"
    polls["screen"] = f"/meetings/{block.meeting_id}/screen/now/"

    def save(pk: int, version: int, **fields: Any) -> Any:
        given = {"version": version, "text": f"第{version}次", **fields}
        return client.post(f"/meetings/block/{pk}/", given, headers={"accept": "application/json"})

    def poll(name: str, tag: str) -> Any:
        return client.get(polls[name], headers={"if-none-match": tag, "x-polling": "1"})

    unit = people.unit("fagaiwei").pk
    times: dict[str, list[float]] = {}
    for turn in range(1, saves + 1):
        times.setdefault("floor save", []).append(floor())
        times.setdefault("autosave", []).append(_took(partial(save, block.pk, turn)))
        with_unit = partial(save, spoken.pk, turn, unit=unit, speaker="×××")
        times.setdefault("autosave, unit chosen", []).append(_took(with_unit))
        for name, url_of in polls.items():
            tag = client.get(url_of)["ETag"]
            times.setdefault(f"{name} (304)", []).append(_took(partial(poll, name, tag)))
            assert poll(name, tag).status_code == 304, name
    versions = RecordBlock.objects.filter(pk__in=[block.pk, spoken.pk]).values_list("version", flat=True)
    assert list(versions) == [saves + 1] * 2
    print(f"{saves} rounds in turns; processor time of this process")
    least = statistics.median(times["floor save"])
    for name, took in times.items():
        middle = statistics.median(took)
        print(f"{name:22} median {middle * 1000:7.2f} ms   {middle / least:5.2f} x floor")


def _floor_client(user: Any, pk: int) -> Any:
    """A bare view behind session and user alone: lock, change, commit. Returns a call that gives seconds."""
    from django.test import override_settings

    from tests.factories.people import client_of

    bare = override_settings(ROOT_URLCONF="tests.bench.floor", MIDDLEWARE=BARE)
    with bare:
        client = client_of(user)
        assert client.post(f"/{pk}/", {"text": "甲"}).status_code == 200

    def call() -> float:
        with bare:
            return _took(lambda: client.post(f"/{pk}/", {"text": "甲乙"}))

    return call


def _took(act: Any) -> float:
    start = time.process_time()
    act()
    return time.process_time() - start


if __name__ == "__main__":
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    measure(rounds) if sys.argv[2:] else main(rounds)
