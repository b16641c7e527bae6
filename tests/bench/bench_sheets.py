# ruff: noqa: T201 - a bench prints its table
"""The ledger's sheet (P9): export of 10,000 items beside a bare XlsxWriter, import of 1,000 rows beside a bare parse.

    python tests/bench/bench_sheets.py [items]

On SQLite and then on a PostgreSQL of its own, each in a process of its own; the kinds of work take turns, so that a
busy machine disturbs all alike. Processor time of this process: what the database does beside it is not in it.
"""

from __future__ import annotations

import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanzhou_opd.settings.test")
ITEMS, ROWS, ROUNDS = 10_000, 1_000, 5


def main(items: int) -> None:
    """Measure on both databases and print."""
    from tests.support.servers import Postgres

    folder = tempfile.mkdtemp(prefix="bench-sheets-")
    try:
        _run(items, folder, f"sqlite:///{folder}/bench.sqlite3")
        with Postgres() as server:
            server.connect().execute("CREATE DATABASE portal").connection.close()
            _run(items, folder, server.url())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(items: int, folder: str, url: str) -> None:
    """Measure in a process of its own: Django knows one database a process."""
    print(url.partition(":")[0])
    environment = {**os.environ, "TEST_DATA_DIR": folder, "DATABASE_URL": url}
    subprocess.run([sys.executable, __file__, str(items), "here"], env=environment, check=True)


def measure(items: int) -> None:
    """Measure on the database of the environment, which must be empty."""
    import django
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment()
    from django.db import connection

    from quanzhou_opd import fresh_database

    fresh_database.create(connection)
    from tests.factories.people import People

    people = People()
    _fill(people, items)
    _measure(people)


def _fill(people: Any, count: int) -> None:
    """Items with a lead, two supports and a report each, as a year or ten would leave them."""
    from apps.action_items.models import ActionItem, ItemUnit, ProgressReport
    from apps.roster.enums import AssignmentRole
    from apps.roster.selectors import today, units

    members, day = units(), today()
    rows = [
        ActionItem(
            ref=f"B-{n}", seq=n % 200 + 1, text=f"第{n}项：会同有关单位研究提出措施，按程序报批后组织实施，并及时通报进展情况。",
            source_kind="minutes", source_label=f"〔20{n // 2000 + 10}〕{n // 200 % 10 + 1}号", state="in_progress",
            opened_on=day - timedelta(days=90), due_on=day + timedelta(days=n % 200 - 50),
            current_due=day + timedelta(days=n % 200 - 50), last_assessment="normal",
        )
        for n in range(count)
    ]  # fmt: skip
    ActionItem.objects.bulk_create(rows, batch_size=1000)
    parts, said = [], []
    for n, item in enumerate(rows):
        three = [members[(n + step) % len(members)] for step in (0, 3, 7)]
        for place, unit in enumerate(three):
            role = AssignmentRole.SUPPORT if place else AssignmentRole.LEAD
            parts.append(ItemUnit(item=item, unit=unit, role=role, position=place or 1))
        said.append(
            ProgressReport(
                item=item, unit=three[0], reported_on=day - timedelta(days=n % 80), review="accepted",
                text="方案已经起草，正在征求意见。", problem="部分单位尚未反馈。", next_step="汇总意见后报审。",
            )
        )  # fmt: skip
    ItemUnit.objects.bulk_create(parts, batch_size=1000)
    ProgressReport.objects.bulk_create(said, batch_size=1000)


def _measure(people: Any) -> None:
    from openpyxl import load_workbook

    content = _export(people.office)
    cells = list(load_workbook(io.BytesIO(content), read_only=True).worksheets[0].iter_rows(values_only=True))
    assert len({row[17] for row in cells[1:]}) == len(cells) - 1 > 0, "an item is missing or there twice"
    filled = _filled(cells[: ROWS + 1])
    work: dict[str, Callable[[], Any]] = {
        "bare XlsxWriter": partial(_bare_write, cells),
        "bare XlsxWriter, memory kept small": partial(_bare_write, cells, constant_memory=True),
        "export": partial(_export, people.office),
        "of it the sheet": partial(_sheet_alone, cells),
        "bare parse": partial(_bare_parse, filled),
        "import, checked": partial(_check, filled, people.office),
    }
    times: dict[str, list[float]] = {name: [] for name in work}
    for _round in range(ROUNDS):
        for name, act in work.items():
            start = time.process_time()
            act()
            times[name].append(time.process_time() - start)
    print(
        f"export of {len(cells) - 1} items, import of {ROWS} rows; {ROUNDS} rounds in turns; {len(content) // 1024} KiB"
    )
    middle = {name: statistics.median(took) for name, took in times.items()}
    for name, floor in zip(work, ["bare XlsxWriter"] * 4 + ["bare parse"] * 2, strict=True):
        ratios = [a / b for a, b in zip(times[name], times[floor], strict=True)]
        spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
        print(
            f"{name:36} median {middle[name] * 1000:8.1f} ms   {middle[name] / middle[floor]:5.2f} ({spread}) x {floor}"
        )


def _export(user: Any) -> bytes:
    """What a browser gets, whole: at once, or from the worker, whose work is counted as ours."""
    from apps.portal import works
    from tests.factories.people import client_of

    client = client_of(user)
    answer = client.get("/items/export/")
    if answer.status_code == 302:
        page = answer.headers["Location"]
        assert works.run([int(page.strip("/").rpartition("/")[2])]) == 1
        answer = client.get(f"{page}file/")
    assert answer.status_code == 200
    return b"".join(answer) if answer.streaming else answer.content


def _bare_write(cells: list[tuple[Any, ...]], *, constant_memory: bool = False) -> bytes:
    """The same cells by XlsxWriter alone."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": not constant_memory, "constant_memory": constant_memory})
    day, sheet = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_worksheet()
    for number, row in enumerate(cells):
        for place, value in enumerate(row):
            if isinstance(value, date | datetime):
                sheet.write_datetime(number, place, value, day)
            elif isinstance(value, str):
                sheet.write_string(number, place, value)
            elif value is not None:
                sheet.write_number(number, place, value)
    book.close()
    return out.getvalue()


def _sheet_alone(cells: list[tuple[Any, ...]]) -> bytes:
    from tests.support.books import workbook

    return workbook(cells[0], cells[1:], title="台账")


def _filled(cells: list[tuple[Any, ...]]) -> bytes:
    """The first rows as WPS would save them, with new progress in each."""
    from openpyxl import Workbook

    book, out = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    sheet.append(cells[0])
    place = cells[0].index("进展")
    for number, row in enumerate(cells[1:]):
        sheet.append([*row[:place], f"第{number}项已经完成。", *row[place + 1 :]])
    book.save(out)
    return out.getvalue()


def _bare_parse(content: bytes) -> int:
    from openpyxl import load_workbook

    rows = load_workbook(io.BytesIO(content), read_only=True).worksheets[0].iter_rows(values_only=True)
    return sum(1 for _row in rows)


def _check(content: bytes, user: Any) -> None:
    """Upload check, reading, and every check of every row: all before anything is written."""
    from apps.action_items import importing
    from apps.common import files, request_cache

    files.check("台账.xlsx", io.BytesIO(content), len(content))
    with request_cache.scope():
        plan = importing.check(importing.read(io.BytesIO(content)), by=user)
    assert (len(plan.reports), plan.troubles) == (ROWS, [])


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS
    measure(wanted) if sys.argv[2:] else main(wanted)
