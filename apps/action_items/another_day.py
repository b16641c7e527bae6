"""The ledger of another day, asked with a filter: only what still ran on that day is judged from its dated facts.

What was closed by then stands as it was on its closing day, which its columns say (`services.today_columns`), so it is
filtered, sorted and counted by the database like today's, and read only where a page shows it.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import F, Q, QuerySet

from . import ledger
from .enums import ExtensionState, LedgerState, Light
from .ledger import Row
from .models import ActionItem, Extension

_CLOSED_STATES = (LedgerState.CLOSED_ON_TIME, LedgerState.CLOSED_LATE)
BLOCK = 500


class AnotherDay:
    """What is asked of one day: `seen` are the items the reader sees, `lasting` the conditions true on any day."""

    def __init__(self, day: date, seen: QuerySet[ActionItem], lasting: Q, chosen: dict[str, Any]) -> None:
        self.day, self.chosen = day, chosen
        self.running = seen.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=day))
        self.closed = seen.filter(closed_on__lte=day, opened_on__lte=day)
        self.seen, self.lasting = seen, lasting

    @cached_property
    def _ran(self) -> dict[int, Row]:
        """Every line that ran on the day, by the item's id."""
        return {row.item.pk: row for row in ledger.as_of(self.day, self.running)}

    @cached_property
    def _picked(self) -> dict[int, Row]:
        """Those asked for. One query besides."""
        pks = set(self.running.filter(self.lasting).order_by().values_list("pk", flat=True))
        return {pk: row for pk, row in self._ran.items() if pk in pks and self._was(row)}

    def lamps(self) -> dict[str, int]:
        """How many stood under each lamp on the day, whatever is asked for."""
        found = Counter(str(row.verdict.light) for row in self._ran.values())
        return {str(light): found[light] for light in Light} | {str(Light.CLOSED): self.closed.count()}

    def count(self) -> int:
        """How many lines are asked for."""
        return len(self._picked) + self._closed_picked.count()

    def rows(self, order: Any, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """The lines from `start` to `stop` in the asked order; `order` sorts a queryset by columns of any day."""
        by_date = self.chosen.get("sort") == "due"
        pks = self._by_date(stop)[start:stop] if by_date else list(self._by_column(order)[start:stop])
        for block in (pks[first : first + BLOCK] for first in range(0, len(pks), BLOCK)):
            wanted = [pk for pk in block if pk not in self._picked]
            items = self.seen.filter(pk__in=wanted).order_by()
            found = self._picked | {
                row.item.pk: row for row in (ledger.as_of(self.day, items) if wanted else [])
            }
            yield from (found[pk] for pk in block)

    def _by_column(self, order: Any) -> Any:
        items = self.seen.filter(Q(pk__in=list(self._picked)) | Q(pk__in=self._closed_picked.values("pk")))
        return order(items).values_list("pk", flat=True)

    def _by_date(self, stop: int | None) -> list[int]:
        """By the deadline of that day; of what was closed no more than the page can show is read."""
        rows = self._closed_picked.order_by(F("current_due").asc(nulls_last=True), "pk")
        dated = [(due or date.max, pk) for due, pk in rows.values_list("current_due", "pk")[:stop]]
        dated += [(row.verdict.effective_due or date.max, pk) for pk, row in self._picked.items()]
        return [pk for _due, pk in sorted(dated)]

    # --- what is asked for ----------------------------------------------------

    def _was(self, row: Row) -> bool:
        """The conditions of the day, of a line that ran."""
        chosen, due = self.chosen, row.verdict.effective_due
        first, last = chosen.get("due_from"), chosen.get("due_to")
        tests = (
            "light" not in chosen or row.verdict.light == chosen["light"],
            "state" not in chosen or row.verdict.state == chosen["state"],
            first is None or (due is not None and due >= first),
            last is None or (due is not None and due <= last),
            "ever_overdue" not in chosen or ledger.was_overdue(row, self.day),
            "blocked" not in chosen or ledger.was_blocked(row),
        )
        return all(tests)

    @cached_property
    def _closed_picked(self) -> QuerySet[ActionItem]:
        """The same conditions of what was closed by the day, as the columns have it."""
        chosen = self.chosen
        state, light = chosen.get("state", _CLOSED_STATES[0]), chosen.get("light", Light.CLOSED)
        if state not in _CLOSED_STATES or light != Light.CLOSED or "blocked" in chosen:
            return self.closed.none()
        late = Q(current_due__isnull=False, closed_on__gt=F("current_due"))
        where = self.lasting & ledger.due_between(chosen.get("due_from"), chosen.get("due_to"))
        if "state" in chosen:
            where &= late if state == LedgerState.CLOSED_LATE else ~late
        if "ever_overdue" in chosen:
            granted = Extension.objects.filter(
                state=ExtensionState.GRANTED, decided_on__gt=F("old_due"), decided_on__lte=self.day
            )
            where &= late | Q(pk__in=granted.values("item"))
        return self.closed.filter(where)
