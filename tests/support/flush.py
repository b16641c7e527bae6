"""Lets transactional tests empty the protected tables, and puts their triggers back at once."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.db import connections
from django.db.backends.base.operations import BaseDatabaseOperations

from apps.common.triggers import PROTECTED, lift, protect

_flush = BaseDatabaseOperations.execute_sql_flush


def _flush_with_triggers_lifted(operations: Any, sql_list: list[str]) -> None:
    connection = connections[operations.connection.alias]
    for table in PROTECTED:
        lift(connection, table)
    _flush(operations, sql_list)
    for table, kept in PROTECTED.items():
        protect(connection, table, kept)


@pytest.fixture(scope="session", autouse=True)
def _emptying_tables() -> Iterator[None]:
    with mock.patch.object(BaseDatabaseOperations, "execute_sql_flush", _flush_with_triggers_lifted):
        yield
