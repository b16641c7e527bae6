"""Lets transactional tests empty the protected tables, and puts their triggers back at once."""

import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, connections
from django.db.backends.base.operations import BaseDatabaseOperations

from apps.common.triggers import PROTECTED, lift, protect

_flush = BaseDatabaseOperations.execute_sql_flush


TRIES = 5


def _flush_with_triggers_lifted(operations: Any, sql_list: list[str]) -> None:
    connection = connections[operations.connection.alias]
    for table in PROTECTED:
        lift(connection, table)
    for left in reversed(range(TRIES)):
        try:
            _flush(operations, sql_list)
            break
        except OperationalError:  # a last request of a page that is being closed holds a table: a deadlock
            if not left:
                raise
            time.sleep(0.2)
    for table, kept in PROTECTED.items():
        protect(connection, table, kept)


@pytest.fixture(scope="session", autouse=True)
def _emptying_tables() -> Iterator[None]:
    with mock.patch.object(BaseDatabaseOperations, "execute_sql_flush", _flush_with_triggers_lifted):
        yield
