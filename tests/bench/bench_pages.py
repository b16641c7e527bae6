# ruff: noqa: T201 - a bench prints its table
"""Home, ledger, overview and a meeting's page beside a bare Django page (P1, P2, P3), and as the ledger grows (P6).

    python tests/bench/bench_pages.py [items in the large ledger, 10000]

On a PostgreSQL of its own: 200 meetings, 16 units with 3 accounts each, 1,500 items; then two ledgers, of 1,000 items
and of many, twice: with a tenth of them open, and with 500 open in both, as an office of 16 units would have. Requests
go through the whole WSGI handler, in turns with the floor's,
so that a busy machine disturbs all alike. "cpu" is processor time of this process; "time" includes the database's.
"""

from __future__ import annotations

import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanzhou_opd.settings.test")
MEETINGS, ITEMS, SMALL, LARGE = 200, 1_500, 1_000, 10_000
WARM, ROUNDS = 5, 15
SHARE, FIXED = 10, 500  # one item in so many still runs; or so many run, however many there are
SLOW, SLOW_ROUNDS = 2.0, 3  # what takes so many seconds is not asked as often
BARE = [
    "tests.bench.floor.own_addresses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tests.bench.floor.at_the_floor",
]
Took = dict[str, list[tuple[float, float]]]


def main(large: int) -> None:
    """Measure each size in a database and a process of its own, and print the growth."""
    from tests.support.servers import Postgres

    folder = tempfile.mkdtemp(prefix="bench-pages-")
    try:
        with Postgres() as server:
            found = {}
            for name, items, runs in _ledgers(large):
                server.connect().execute(f"CREATE DATABASE {name}").connection.close()
                url = server.url().rpartition("/")[0] + f"/{name}"
                found[name] = _run(items, runs, folder, url)
            _print_growth(found["small"], found["large"], large, "a tenth of them open")
            _print_growth(found["few_small"], found["few_large"], large, f"{FIXED} of them open")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ledgers(large: int) -> list[tuple[str, int, int]]:
    """Name, items, and how many of them are open."""
    shares = [("budget", ITEMS), ("small", SMALL), ("large", large)]
    fixed = [("few_small", SMALL, FIXED), ("few_large", large, FIXED)]
    return [*((name, items, items // SHARE) for name, items in shares), *fixed]


def _run(items: int, runs: int, folder: str, url: str) -> dict[str, tuple[int, float]]:
    """Page → (queries, median time ÷ floor) of a ledger of so many items; prints its table."""
    environment = {**os.environ, "TEST_DATA_DIR": folder, "DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, __file__, str(items), str(runs)],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    print(done.stdout, flush=True)
    rows = [line.split("|") for line in done.stdout.splitlines() if line.count("|") == 5]
    return {name.strip(): (int(queries), float(ratio)) for name, queries, _c, _r, _t, ratio in rows[1:]}


def _print_growth(small: dict[str, Any], large: dict[str, Any], items: int, open_ones: str) -> None:
    print(
        f"growth from {SMALL:,} to {items:,} items, {open_ones}: queries, time (each against its own floor)"
    )
    for name, (queries, ratio) in large.items():
        before, slow = small[name]
        print(f"{name:28} {before:3d} -> {queries:3d}   {ratio / slow:5.2f} x")


# --- in the process of its own ------------------------------------------------


def measure(items: int, runs: int) -> None:
    """Fill the empty database of the environment, then measure."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from quanzhou_opd import fresh_database

    settings.DEBUG = False
    connection.settings_dict["CONN_MAX_AGE"] = None
    fresh_database.create(connection)
    began = time.monotonic()
    people, users = _fill(items, runs)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as any server has it within a minute: counting reads indexes alone
    print(
        f"{items:,} items, {runs:,} of them open, {MEETINGS} meetings, made in {time.monotonic() - began:.0f} s; {ROUNDS} rounds in turns"
    )
    _table(_pages(people, users))


def _fill(items: int, runs: int = 0) -> tuple[Any, dict[str, Any]]:
    """The charter, three accounts a unit, meetings, minutes on their way, papers, items."""
    from apps.common.calendar_import import from_package, put_days
    from tests.factories.people import People

    people = People()
    put_days(from_package(range(2021, 2027)), by=None)
    codes = [unit.code for unit in people.unit("kejiju").__class__.objects.active()]
    for code in codes:
        people.liaison(code), people.liaison_b(code), people.member(code)
    _meetings(people)
    _items(people, items, items // (runs or items // SHARE))
    return people, {"unit": people.liaison("gongxinju"), "office": people.office, "convener": people.convener}


def _meetings(people: Any) -> None:
    """200 meetings with their invitations; one held, one called, two 纪要 on their way, papers sent."""
    from django.utils import timezone

    from apps.dispatch.services import tell
    from apps.meetings.models import Invitation, Meeting
    from apps.roster.models import Unit
    from tests.dispatch.conftest import make_paper
    from tests.dispatch.test_papers import issue
    from tests.meetings import make
    from tests.minutes import make as make_minutes

    rows = Meeting.objects.bulk_create(
        Meeting(
            title=f"会议{n}",
            starts_at=timezone.now() - timedelta(days=7 * n + 1),
            place="会议室",
            state="recorded",
        )
        for n in range(MEETINGS)
    )
    units = list(Unit.objects.active())
    Invitation.objects.bulk_create(
        Invitation(
            meeting=row,
            unit=unit,
            reply="attend",
            replied_at=row.starts_at,
            replied_by=people.liaison(unit.code),
        )
        for row in rows
        for unit in units
    )
    make.notified(people)
    make_minutes.audited(people)
    make_minutes.circulating(people)
    for number in range(10):
        issue(make_paper(f"纪要{number}", f"〔2026〕{number}号"), people.office)
    everybody = [people.liaison(unit.code) for unit in units] + [people.office]
    for number in range(30):
        tell(everybody, kind="bench", title=f"提醒{number}", url="/", key=str(number))


def _items(people: Any, count: int, every: int) -> None:
    """Items spread over years; one in `every` open, some red, some yellow; three units and two reports each."""
    from django.utils import timezone

    from apps.action_items.models import ActionItem, ItemUnit, ProgressReport
    from apps.duties.models import Duty
    from apps.roster.models import Unit
    from apps.roster.selectors import today

    now = timezone.now()
    units, duties, day = list(Unit.objects.active()), list(Duty.objects.current()), today()
    for start in range(0, count, 5_000):
        numbers = range(start, min(start + 5_000, count))
        rows = ActionItem.objects.bulk_create(_item(ActionItem, n, day, every) for n in numbers)
        ItemUnit.objects.bulk_create(
            ItemUnit(
                item=row,
                signed_at=now,
                unit=units[(n + place * 5) % len(units)],
                role="lead" if place == 0 else "support",
                position=place,
            )
            for n, row in zip(numbers, rows, strict=True)
            for place in range(3)
        )
        ProgressReport.objects.bulk_create(
            ProgressReport(
                item=row,
                unit=units[n % len(units)],
                reported_on=row.opened_on,
                text="进展" * 40,
                review="accepted",
            )
            for n, row in zip(numbers, rows, strict=True)
            for _twice in range(2)
        )
        links: Any = ActionItem.duties.through
        links.objects.bulk_create(
            links(actionitem_id=row.pk, duty_id=duties[n % len(duties)].pk)
            for n, row in zip(numbers, rows, strict=True)
        )


def _item(model: Any, n: int, day: date, every: int) -> Any:
    runs = n % every == 0
    due = day + timedelta(days=n // every % 100 - 3) if runs else day - timedelta(days=n % 1500 + 30)
    opened = min(due, day) - timedelta(days=60)
    return model(
        ref=f"B-{n}", seq=n % 20 + 1, source_kind="minutes", source_label=f"〔{opened.year}〕{n // 20 % 90 + 1}号",
        text=f"第{n}项：" + "开展职业病危害治理并建立台账" * 3, opened_on=opened, due_on=due, current_due=due,
        state="in_progress" if runs else "closed", closed_on=None if runs else due, last_assessment="normal",
    )  # fmt: skip


def _pages(people: Any, users: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """Name → one request. Each asserts what it got."""
    from django.utils import timezone

    from apps.meetings.models import Meeting

    meeting = Meeting.objects.filter(state="notified").get()
    wanted = {
        "home, unit (P1)": ("unit", "/"),
        "home, office (P1)": ("office", "/"),
        "home, convener": ("convener", "/"),
        "ledger of 50, unit (P2)": ("unit", "/items/"),
        "ledger of 50, office (P2)": ("office", "/items/"),
        "ledger as of, office": ("office", f"/items/?as_of={timezone.localdate() - timedelta(days=30)}"),
        "ladder, office": ("office", "/reminders/ladder/"),
        "overview, unit": ("unit", "/overview/"),
        "overview, office": ("office", "/overview/"),
        "calendar, office": ("office", "/calendar/"),
        "dispatch desk, office": ("office", "/dispatch/copies/"),
        "meetings, office (P2)": ("office", "/meetings/"),
        "meeting, office (P3)": ("office", f"/meetings/{meeting.pk}/"),
    }
    calls = {"floor": _floor(users["office"], meeting.pk)}
    calls |= {name: _request(users[who], path) for name, (who, path) in wanted.items()}
    # As a browser asks for it; the pages above are measured as they are written, before any compression.
    packed = _request(users["office"], "/items/", HTTP_ACCEPT_ENCODING="gzip")
    return calls | {"ledger, office, compressed": packed, "bulletin figures": _figures}


def _figures() -> Any:
    """What a bulletin of the last three months takes."""
    from django.utils import timezone

    from apps.bulletins import figures
    from apps.common import request_cache

    day = timezone.localdate()
    with request_cache.scope():
        return figures.take(starts_on=day - timedelta(days=90), ends_on=day)


def _request(user: Any, path: str, handler: Any = None, **headers: Any) -> Callable[[], Any]:
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import RequestFactory

    from tests.factories.people import client_of

    served = handler or WSGIHandler()
    cookie = f"sessionid={client_of(user).cookies['sessionid'].value}"

    asked = RequestFactory(HTTP_COOKIE=cookie).get(path).environ | headers

    def call() -> Any:
        start: Any = lambda status, _headers: _good(status, path)  # noqa: E731
        answer = served(dict(asked), start)
        body = b"".join(answer)
        answer.close()
        return body

    return call


def _good(status: str, path: str) -> None:
    if not status.startswith("200"):
        raise AssertionError(f"{path}: {status}")


def _floor(user: Any, pk: int) -> Callable[[], Any]:
    """Session and user alone in front of one bare view."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    with override_settings(MIDDLEWARE=BARE):
        handler = WSGIHandler()
    return _request(user, f"/page/{pk}/", handler)


def _table(calls: dict[str, Callable[[], Any]]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    queries = {}
    slow = set()
    for name, call in calls.items():
        began = time.perf_counter()
        call()
        slow |= {name} if time.perf_counter() - began > SLOW else set()
        for _warm in range(0 if name in slow else WARM):
            call()
        with CaptureQueriesContext(connection) as asked:
            call()
        queries[name] = len(asked)
    gc.collect()
    gc.freeze()  # so that a collection between two pages has only their own leavings to look at
    took: Took = {}
    for number in range(ROUNDS):
        for name, call in calls.items():
            if name in slow and number >= SLOW_ROUNDS:
                continue
            took.setdefault(name, []).append(_timed(call))
    _print(queries, took)


def _timed(call: Callable[[], Any]) -> tuple[float, float]:
    gc.collect()  # what the page before left behind is not this one's work
    cpu, clock = time.process_time(), time.perf_counter()
    call()
    return time.process_time() - cpu, time.perf_counter() - clock


def _print(queries: dict[str, int], took: Took) -> None:
    middle = {
        name: [statistics.median(values) for values in zip(*rows, strict=True)] for name, rows in took.items()
    }
    cpu, clock = middle["floor"]
    print(f"{'page':28} | queries | cpu ms | cpu x floor | time ms | time x floor")
    for name, (own, whole) in middle.items():
        print(
            f"{name:28} | {queries[name]:7d} | {own * 1000:6.1f} | {own / cpu:11.2f} | {whole * 1000:7.1f} | {whole / clock:6.2f}"
        )


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else LARGE
    measure(size, int(sys.argv[2])) if sys.argv[2:] else main(size)
