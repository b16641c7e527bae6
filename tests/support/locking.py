"""Who holds what when the journal's chain is about to be taken: a row locked after it can close a ring of waits."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

from django.db import OperationalError, connections, models, transaction

from apps.common import audit


def free_at_first_line(act: Callable[[], Any], rows: Sequence[models.Model]) -> list[str]:
    """Do the act; names of the rows that somebody else could still lock when it wrote its first line of the journal.

    PostgreSQL and a transactional test only: the rows are asked for over a second connection that waits for nothing.
    """
    found: list[list[str]] = []
    record = audit.record

    def recorded(**given: Any) -> Any:
        if not found:
            with ThreadPoolExecutor(1) as other:
                found.append(other.submit(_free, rows).result())
        return record(**given)

    with mock.patch.object(audit, "record", recorded):
        act()
    return found[0]


def _free(rows: Sequence[models.Model]) -> list[str]:
    try:
        return [f"{row._meta.model_name} {row.pk}" for row in rows if _is_free(row)]
    finally:
        connections.close_all()


def _is_free(row: models.Model) -> bool:
    try:
        with transaction.atomic():
            type(row)._base_manager.select_for_update(nowait=True, of=("self",)).get(pk=row.pk)
    except OperationalError:
        return False
    return True
