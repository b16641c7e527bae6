"""The ledger of another day, asked with a filter: only what changed since is judged from its dated facts, one by one.

What was closed by then stands as it was on its closing day, and what ran with nothing granted or put right since as its
columns still say (`stood`): both are filtered, sorted and counted by the database like today's, and read only where a
page shows them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, F, Q, Value, When

from . import ledger
from .enums import LedgerState, Light
from .ledger import Row
from .models import ActionItem
from .selectors import looked_up, visible_to
from .stood import LATE, Stood, blocked, missed

_CLOSED_STATES = (LedgerState.CLOSED_ON_TIME, LedgerState.CLOSED_LATE)
_NOTHING = Q(pk__in=[])
STOPPED = "stopped"
LAMPS = frozenset({"light", "state"})  # what the figures by lamp themselves choose
BLOCK = 500


class AnotherDay:
    """What a user asks of one day; `lasting` are the conditions of what an item was."""

    def __init__(self, day: date, user: Any, lasting: Q, chosen: dict[str, Any]) -> None:
        self.day, self.chosen, self.lasting = day, chosen, lasting
        self.seen, self._pages = visible_to(user), looked_up(user)
        self._stood = Stood(day)

    @cached_property
    def _judged(self) -> dict[int, Row]:
        """Every line that ran and changed since, by the item's id; `asked_for` is beside it."""
        asked = Case(When(self.lasting, then=Value(True)), default=Value(False))
        items = self.seen.filter(self._stood.moved).annotate(asked_for=asked)
        return {row.item.pk: row for row in ledger.rows_then(self.day, items)}

    @cached_property
    def _picked(self) -> dict[int, Row]:
        """Those of them asked for."""
        rows: dict[int, Any] = self._judged
        return {pk: row for pk, row in rows.items() if row.item.asked_for and self._was(row, self.chosen)}

    @cached_property
    def lamps(self) -> dict[str, int]:
        """How many stood under each lamp on the day, of what the filters beside the lamp leave. Three queries."""
        others = {name: value for name, value in self.chosen.items() if name not in LAMPS}
        rows: Any = [row for row in self._judged.values() if self._was(row, others)]
        found = Counter(str(row.verdict.light) for row in rows if row.item.asked_for)
        plain = self._stood.told(self.seen).filter(self.lasting & self._ran(others)).order_by()
        found.update(dict(plain.values_list(self._stood.lamp()).annotate(number=Count("*"))))
        closed = self.seen.filter(self.lasting & self._closed(others)).count()
        return {str(light): found[light] for light in Light} | {str(Light.CLOSED): closed}

    def count(self) -> int:
        """How many lines are asked for. One query, none where the figures by lamp say it."""
        if "state" not in self.chosen:
            return self.lamps[self.chosen["light"]] if "light" in self.chosen else sum(self.lamps.values())
        return len(self._picked) + self._stood.told(self.seen).filter(self._by_columns).count()

    def rows(self, order: Any, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """The lines from `start` to `stop` in the asked order; `order` sorts a queryset by columns of any day."""
        by_date = self.chosen.get("sort") == "due"
        pks = self._by_date(stop)[start:stop] if by_date else list(self._by_column(order)[start:stop])
        for block in (pks[first : first + BLOCK] for first in range(0, len(pks), BLOCK)):
            wanted = [pk for pk in block if pk not in self._picked]
            items = ActionItem.objects.filter(pk__in=wanted).order_by()
            found = self._picked | {
                row.item.pk: row for row in (ledger.rows_then(self.day, items) if wanted else [])
            }
            yield from (found[pk] for pk in block)

    def _by_column(self, order: Any) -> Any:
        picked = Q(pk__in=list(self._picked)) | self._by_columns
        return order(self._stood.told(self._pages).filter(picked)).values_list("pk", flat=True)

    def _by_date(self, stop: int | None) -> list[int]:
        """By the deadline of that day; of what columns tell no more than the page can show is read."""
        rows = self._stood.told(self._pages).filter(self._by_columns)
        rows = rows.order_by(F("current_due").asc(nulls_last=True), "pk")
        dated = [(due or date.max, pk) for due, pk in rows.values_list("current_due", "pk")[:stop]]
        dated += [(row.verdict.effective_due or date.max, pk) for pk, row in self._picked.items()]
        return [pk for _due, pk in sorted(dated)]

    # --- what is asked for ----------------------------------------------------

    def _was(self, row: Row, chosen: Mapping[str, Any]) -> bool:
        """The conditions of the day, of a line that ran."""
        due = row.verdict.effective_due or (row.then.report_due_on if row.then else None)
        first, last = chosen.get("due_from"), chosen.get("due_to")
        tests = (
            "light" not in chosen or row.verdict.light == chosen["light"],
            "state" not in chosen or row.verdict.state == chosen["state"],
            first is None or (due is not None and due >= first),
            last is None or (due is not None and due <= last),
            "ever_overdue" not in chosen or ledger.was_overdue(row, self.day),
            "blocked" not in chosen or ledger.was_blocked(row),
            "missed" not in chosen or row.missed is not None,
        )
        return all(tests)

    @property
    def _by_columns(self) -> Q:
        """The same conditions of what the columns tell: what ran, and what was closed or ended by the day."""
        return self.lasting & (self._ran(self.chosen) | self._closed(self.chosen))

    def _ran(self, chosen: Mapping[str, Any]) -> Q:
        stood = self._stood
        light, state = chosen.get("light"), chosen.get("state")
        if light == Light.CLOSED or state in (*_CLOSED_STATES, STOPPED):
            return _NOTHING
        where = stood.plain & ledger.due_between(
            chosen.get("due_from"), chosen.get("due_to"), running=ledger.everything()
        )
        if light is not None:
            where &= stood.lights()[light]
        if state is not None:
            where &= stood.states()[state]
        if "ever_overdue" in chosen:
            where &= stood.states()[LedgerState.OVERDUE] | stood.saved()
        if "missed" in chosen:
            where &= missed(self.day)
        return where & blocked() if "blocked" in chosen else where

    def _closed(self, chosen: Mapping[str, Any]) -> Q:
        where = ledger.due_between(chosen.get("due_from"), chosen.get("due_to"))
        if chosen.get("state") == STOPPED:
            return where & self._stopped
        state, light = chosen.get("state", _CLOSED_STATES[0]), chosen.get("light", Light.CLOSED)
        if state not in _CLOSED_STATES or light != Light.CLOSED or chosen.keys() & {"blocked", "missed"}:
            return _NOTHING
        where &= self._stood.closed
        if "state" in chosen:
            where &= LATE if state == LedgerState.CLOSED_LATE else ~LATE
        return where & (LATE | self._stood.saved()) if "ever_overdue" in chosen else where

    @property
    def _stopped(self) -> Q:
        """What had been ended (终止, 合并) by the day: it stood under no lamp any more."""
        if any(name in self.chosen for name in ("light", "blocked", "missed", "ever_overdue")):
            return _NOTHING
        return Q(ended_on__lte=self.day, opened_on__lte=self.day)
