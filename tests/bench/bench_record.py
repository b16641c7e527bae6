# ruff: noqa: T201 - a bench prints its table
"""The recording room under load: what an autosave costs beside a save without revision, as a ratio.

    python tests/bench/bench_record.py [saves]

Makes a database of its own (SQLite in a temporary folder unless DATABASE_URL says otherwise), opens a record and lets
one recorder save; floor and portal take turns, so that a busy machine disturbs both alike. Prints medians in ms.
"""

from __future__ import annotations

import os
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


def main(saves: int) -> None:
    """Measure and print."""
    import django
    from django.test.utils import setup_test_environment

    os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="bench-record-"))
    django.setup()
    setup_test_environment()
    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=0, interactive=False)
    old = runner.setup_databases()
    try:
        _measure(saves)
    finally:
        runner.teardown_databases(old)


def _measure(saves: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from apps.meetings.models import RecordBlock
    from tests.factories.people import People, client_of
    from tests.meetings import make

    people = People()
    block = make.block(people, kind="speech", text="甲")
    client = client_of(people.office)
    url, live = (
        f"/meetings/block/{block.pk}/",
        f"/meetings/{block.meeting_id}/record/live/?item={block.agenda_item_id}",
    )

    def save(version: int) -> Any:
        return client.post(
            url, {"version": version, "text": f"第{version}次"}, headers={"accept": "application/json"}
        )

    assert save(1).status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as statements:
        assert save(2).status_code == 200
    tag = client.get(live)["ETag"]
    times: dict[str, list[float]] = {"floor": [], "autosave": [], "look (304)": []}
    for version in range(3, saves + 3):
        times["floor"].append(_took(lambda: RecordBlock.objects.filter(pk=block.pk).update(text="甲")))
        times["autosave"].append(_took(partial(save, version)))
        times["look (304)"].append(_took(lambda: client.get(live, headers={"if-none-match": tag})))
    assert RecordBlock.objects.get(pk=block.pk).version == saves + 2
    print(f"{saves} saves, {len(statements)} statements each")
    for name, took in times.items():
        print(f"{name:12} median {statistics.median(took) * 1000:7.2f} ms   worst {max(took) * 1000:7.2f} ms")


def _took(act: Any) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
