"""How transactional tests empty the tables, the protected ones too.

On PostgreSQL every table is emptied by DELETE with the triggers asleep: TRUNCATE gives each of a hundred tables and
all their indexes new files, half a second a test, and waits in a ring with the last request of a page being closed.
What Django writes into empty tables (content types, permissions) is put back as it was written the first time.
"""

import threading
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import sql
from django.core.management.commands import flush
from django.core.signals import request_finished, request_started
from django.db import connections, transaction
from django.db.backends.base.operations import BaseDatabaseOperations

from apps.common.triggers import PROTECTED, lift, protect

from .worlds import world

PATIENCE = 5.0  # seconds
_flush, _emit = BaseDatabaseOperations.execute_sql_flush, sql.emit_post_migrate_signal
_answering: set[int] = set()
"""Threads of servers in this process that are answering a request."""


def _empty(operations: Any, sql_list: list[str]) -> None:
    _wait_for_last_requests()
    connection = connections[operations.connection.alias]
    if connection.vendor == "postgresql":
        _empty_postgresql(connection)
        return
    for table in PROTECTED:
        lift(connection, table)
    _flush(operations, sql_list)
    for table, kept in PROTECTED.items():
        protect(connection, table, kept)


def _empty_postgresql(connection: Any) -> None:
    """Delete the rows of the tables `flush` would truncate; sequences go on, as they do after its TRUNCATE."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        # Neither foreign keys nor the triggers that keep rows are asked; the setting ends with the transaction.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(";".join(f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables))


def _fill(verbosity: int, interactive: bool, db: str, **given: Any) -> None:
    world("migrated", lambda: _emit(verbosity, interactive, db, **given))
    ContentType.objects.clear_cache()


def _wait_for_last_requests() -> None:
    """A page that was closed while it asked is still being answered: what that writes must not come afterwards."""
    end = time.monotonic() + PATIENCE
    while _answering and time.monotonic() < end:
        time.sleep(0.01)
    _answering.clear()


def _began(**_about: Any) -> None:
    if threading.current_thread() is not threading.main_thread():
        _answering.add(threading.get_ident())


def _ended(**_about: Any) -> None:
    _answering.discard(threading.get_ident())


@pytest.fixture(scope="session", autouse=True)
def _emptying_tables() -> Iterator[None]:
    request_started.connect(_began)
    request_finished.connect(_ended)
    with (
        mock.patch.object(BaseDatabaseOperations, "execute_sql_flush", _empty),
        mock.patch.object(flush, "emit_post_migrate_signal", _fill),
    ):
        yield
    request_started.disconnect(_began)
    request_finished.disconnect(_ended)
