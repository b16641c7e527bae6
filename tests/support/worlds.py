"""Worlds many tests start from (the charter, the sample meetings, the demo), made once a process and then put back.

A world is made by its own code the first time. The rows that code added are kept, and where a later test starts from
the same rows they are written back verbatim: milliseconds where the import takes half a second. Whatever is not
exactly so (the clock is moved, another day, other rows before, code that changes rows or removes them) is made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import time_machine
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

STARTS = 4  # different starts of one world that are kept


@dataclass(frozen=True)
class Table:
    """A table, its key column, and the tables its rows point at."""

    name: str
    key: str
    numbered: bool
    """Keys are whole numbers from a sequence, so that a new row has a greater one than all before."""
    points_at: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """What a world added, table by table, and how the tables concerned stood before."""

    concerned: tuple[Table, ...]
    start: list[Any]
    added: dict[Table, Any]


_kept: dict[tuple[Any, ...], list[Kept]] = {}


def world(name: str, make: Callable[[], Any]) -> None:
    """Make a world by `make`, or put its rows back if it has been made from the same start before."""
    if time_machine.escape_hatch.is_travelling():
        make()
        return
    known = _kept.setdefault((connection.vendor, name, timezone.localdate(), str(settings.FILES_ROOT)), [])
    for one in known:
        if _standing(one.concerned) == one.start:
            _put_back(one.added)
            return
    if len(known) < STARTS:
        known.append(_made(make))
    else:
        make()


def _made(make: Callable[[], Any]) -> Kept:
    """Make a world and keep what it added. Raises AssertionError if it changed rows that were there."""
    with transaction.atomic():
        before = {table: _rows(table) for table in _tables()}
        standing = dict(zip(_tables(), _standing(_tables()), strict=True))
        make()
        added = {}
        for table, rows in before.items():
            now = _rows(table)
            assert {key: now.get(key) for key in rows} == rows, (
                f"{table.name}: a world adds, it changes nothing"
            )
            if len(now) > len(rows):
                added[table] = _dump(table, max(rows, default=0) if table.numbered else None, now)
    names = {table.name for table in added} | {name for table in added for name in table.points_at}
    concerned = tuple(table for table in _tables() if table.name in names)
    return Kept(concerned, [standing[table] for table in concerned], added)


@cache
def _tables() -> tuple[Table, ...]:
    found = {}
    for model in apps.get_models(include_auto_created=True):
        meta: Any = model._meta
        if meta.managed and not meta.proxy:
            targets = {
                field.related_model._meta.db_table for field in meta.concrete_fields if field.is_relation
            }
            numbered = isinstance(meta.pk, models.AutoField)
            found[meta.db_table] = Table(meta.db_table, meta.pk.column, numbered, tuple(sorted(targets)))
    return tuple(found.values())


def _standing(tables: Iterable[Table]) -> list[Any]:
    """How many rows each table has, and from which number to which."""
    parts = [
        f"SELECT {place}, count(*), {f'min({table.key}), max({table.key})' if table.numbered else '0, 0'} FROM {table.name}"
        for place, table in enumerate(tables)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) + " ORDER BY 1")
        return [row[1:] for row in cursor.fetchall()]


def _rows(table: Table) -> dict[Any, Any]:
    """Key → row of a table."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {table.key}, {table.name}.* FROM {table.name}")
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _dump(table: Table, after: int | None, now: dict[Any, Any]) -> Any:
    """Rows with keys above `after` (None: all), in the form `_put_back` takes."""
    if connection.vendor != "postgresql":
        return [row for key, row in now.items() if after is None or key > after]
    where = "" if after is None else f"WHERE {table.key} > {after}"
    query = f"COPY (SELECT * FROM {table.name} {where}) TO STDOUT (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        return b"".join(copy)


def _put_back(added: dict[Table, Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            for table, rows in added.items():
                places = ", ".join(["%s"] * len(rows[0]))
                cursor.executemany(f"INSERT INTO {table.name} VALUES ({places})", rows)
            return
        # Rows that were sound together need not be held against each other again.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, rows in added.items():
            with cursor.copy(f"COPY {table.name} FROM STDIN (FORMAT binary)") as copy:
                copy.write(rows)
        cursor.execute("SET LOCAL session_replication_role = origin")
