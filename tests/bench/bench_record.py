# ruff: noqa: T201 - a bench prints its table
"""An autosave beside the save of a bare Django view (P4), in processor time, as a ratio.

    python tests/bench/bench_record.py [saves]

Makes a database of its own (SQLite in a temporary folder unless DATABASE_URL names an empty one) and one recorder; the
three kinds of request take turns, so that a busy machine disturbs all alike.
"""

from __future__ import annotations

import os
import shutil
import statistics
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
    """Measure and print."""
    import django
    from django.test.utils import setup_test_environment

    folder = tempfile.mkdtemp(prefix="bench-record-")
    os.environ.setdefault("TEST_DATA_DIR", folder)
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
    django.setup()
    setup_test_environment()
    from django.db import connection

    from quanzhou_opd import fresh_database

    fresh_database.create(connection)
    _measure(saves)
    shutil.rmtree(folder, ignore_errors=True)


def _measure(saves: int) -> None:
    from tests.factories.people import People, client_of
    from tests.meetings import make

    people = People()
    block, other = make.block(people, kind="speech", text="甲"), make.block(people, kind="speech", text="甲")
    client, floor = client_of(people.office), _floor_client(people.office, other.pk)
    url = f"/meetings/block/{block.pk}/"
    live = f"/meetings/{block.meeting_id}/record/live/?item={block.agenda_item_id}"

    def save(version: int) -> Any:
        given = {"version": version, "text": f"第{version}次"}
        return client.post(url, given, headers={"accept": "application/json"})

    assert save(1).status_code == 200
    assert save(2).status_code == 200
    tag = client.get(live)["ETag"]
    times: dict[str, list[float]] = {"floor save": [], "autosave": [], "look (304)": []}
    for version in range(3, saves + 3):
        times["floor save"].append(floor())
        times["autosave"].append(_took(partial(save, version)))
        times["look (304)"].append(_took(lambda: client.get(live, headers={"if-none-match": tag})))
    print(f"{saves} saves in turns; processor time")
    least = statistics.median(times["floor save"])
    for name, took in times.items():
        middle = statistics.median(took)
        print(f"{name:12} median {middle * 1000:7.2f} ms   {middle / least:5.2f} x floor")


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
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
