"""How transactional tests empty the tables, the protected ones too.

On PostgreSQL every table is emptied by DELETE with the triggers asleep: TRUNCATE gives each of a hundred tables and
all their indexes new files, half a second a test, and waits in a ring with the last request of a page being closed.
"""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.db import connections, transaction
from django.db.backends.base.operations import BaseDatabaseOperations

from apps.common.triggers import PROTECTED, lift, protect

_flush = BaseDatabaseOperations.execute_sql_flush


def _empty(operations: Any, sql_list: list[str]) -> None:
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


@pytest.fixture(scope="session", autouse=True)
def _emptying_tables() -> Iterator[None]:
    with mock.patch.object(BaseDatabaseOperations, "execute_sql_flush", _empty):
        yield
