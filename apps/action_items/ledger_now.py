"""Today's page of the ledger, read as values: no item is made of them, and its JSON is parsed at once."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet, TextField

from apps.roster.selectors import unit_names

from . import ledger, lights
from .models import ActionItem


class Columns(NamedTuple):
    """The columns of an item that a line of today's page shows or judges, by their names; making the whole item of
    every row took as long as reading them. `last_report` and `named_units` are what stands beside it.
    """

    pk: int
    ref: str
    seq: int
    source_label: str
    text: str
    state: str
    due_on: date | None
    recurrence: str
    opened_on: date
    closed_on: date | None
    ended_on: date | None
    current_due: date | None
    times_extended: int
    report_due_on: date | None
    required_since: date | None
    last_assessment: str
    blocked: str
    all_support: bool
    last_report: dict[str, Any] | None
    named_units: list[dict[str, Any]] | None


def reading(items: QuerySet[ActionItem]) -> QuerySet[Any, Any]:
    """The question of `rows_of`, as rows of values that can be prepared."""
    return ledger.told(items, TextField).values_list(*Columns._fields)


def read(found: Iterable[tuple[Any, ...]], rule: lights.Rule) -> list[ledger.Row]:
    """Today's lines out of the answer to `reading`; the item of each is its `Columns`."""
    known, rows = {unit.pk: unit for unit in unit_names()}, list(found)
    reports, named = (_parsed(values[place] for values in rows) for place in (-2, -1))
    return [
        ledger.row_now(Columns._make((*values[:-2], report, several)), rule, known)
        for values, report, several in zip(rows, reports, named, strict=True)
    ]


def _parsed(texts: Iterable[str | None]) -> list[Any]:
    """What several JSON texts say (None where there is none), read in one call instead of two a row."""
    return json.loads(f"[{','.join(text or 'null' for text in texts)}]")
