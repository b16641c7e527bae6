"""What somebody asks of the ledger, answered for today from columns, for any other day from the dated facts."""

from collections.abc import Iterator
from datetime import date
from functools import cached_property, partial
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet

from apps.common.prepared import Prepared, prepare
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import today, units

from . import before, counted, deadlines, ledger, ledger_now, selectors
from .another_day import LAMPS, STOPPED, AnotherDay
from .ledger import Row
from .models import ActionItem

PAGE_SIZE = 50
COMPOSED_KEPT = 500
_composed: dict[Any, Prepared] = {}


class Question:
    """The valid values of a filter (`forms.ledger.LedgerFilter.chosen`), asked by a user who sees what he sees."""

    def __init__(self, user: Any, chosen: dict[str, Any]) -> None:
        self.chosen = chosen
        self.day: date = chosen.get("as_of") or today()
        self.is_today = self.day == today()
        self.rule = selectors.rule_on(self.day)
        self.user = user

    @cached_property
    def seen(self) -> QuerySet[ActionItem]:
        """The items this user may read. Today's page asks `_composed` instead: to compose this costs as much as to read it."""
        return selectors.visible_to(self.user)

    def page(self, number: str | None) -> tuple[dict[str, int], Page, list[Row]]:
        """Figures by lamp of what the other filters leave, the asked page, its rows. A bad page number is the nearest page.

        Two queries for today; for another day three to six, and what changed since is read.
        """
        if not self.is_today:
            return self._page_then(number)
        sight = selectors.sight_of(self.user)
        places = selectors.places_in(sight)
        seen = None if sight is None else len(sight["units"])
        counts = counted.by_lamp(self._composed(seen, None).run(**places))
        counts["chosen"] = self._picked(counts)
        # A range, not the rows: the count is known, and the rows are read below with what they need.
        page = Paginator(range(counts["chosen"]), PAGE_SIZE).get_page(number)
        start = (page.number - 1) * PAGE_SIZE
        return counts, page, ledger_now.read(self._composed(seen, start).run(**places), self.rule)

    def _picked(self, counts: dict[str, int]) -> int:
        """How many rows the filter leaves: a figure by lamp says so, unless a state is asked for as well."""
        if "state" in self.chosen:
            return counts["chosen"]
        return counts[self.chosen.get("light", "all")]

    @property
    def _narrows(self) -> bool:
        """True when some filter is set beside the lamp: a day and an order leave nothing out."""
        return bool(self.chosen.keys() - {"as_of", "sort"} - LAMPS)

    def _composed(self, units: int | None, start: int | None) -> Prepared:
        """The figures (`start` None) or the rows from `start`, for somebody of so many units (None: who sees all).

        Composed once for all who see as much and ask the same of the same dates. Words to look for are composed anew:
        what they mean depends on the units' names.
        """
        rule = self.rule
        dates = (rule.as_of, rule.yellow_until, rule.owed_until, rule.owed_red_until)
        key = (units, start, dates, frozenset(self.chosen.items()))
        found = _composed.get(key)
        if found is None:
            every = ActionItem.objects.all()
            seen = every if units is None else every.filter(selectors.IN_SEEN)
            if start is None:
                question = self._counting(seen, "action_items_actionitem" if units is None else "seen")
            else:
                rows = self._sorted(seen.filter(self._wanted() & self._under_lamps()))
                question = prepare(ledger_now.reading(rows[start : start + PAGE_SIZE]))
            found = selectors.among_seen(units, question)
            if len(_composed) >= COMPOSED_KEPT:
                _composed.clear()
            if "q" not in self.chosen:
                _composed[key] = found
        return found

    def _counting(self, seen: QuerySet[ActionItem], table: str) -> Prepared:
        """The figures by lamp within the other filters; all of them are counted in `table` where there are none."""
        chosen = self._under_lamps() if "state" in self.chosen else None
        if not self._narrows:
            return counted.counting(seen, self.rule, chosen, table=table)
        return counted.counting(seen.filter(self._wanted()), self.rule, chosen)

    def rows(self) -> Iterator[Row]:
        """All rows in the order of the page, for a sheet or a paper; some hundred items in memory at a time."""
        if not self.is_today:
            return self._then().rows(self._sorted)
        items = self._sorted(self.seen.filter(self._wanted() & self._under_lamps()))
        return ledger.rows_in_blocks(items, self.rule)

    def at_most(self) -> int:
        """How many rows there are; for another day, at most how many. One query."""
        return self._most().count()

    def ids(self) -> list[int] | None:
        """Ids of the items `at_most` counts; None for who sees every item. One query, or none."""
        if selectors.sight_of(self.user) is None:
            return None
        return list(self._most().order_by("pk").values_list("pk", flat=True))

    def _most(self) -> QuerySet[ActionItem]:
        if self.is_today:
            return self.seen.filter(self._wanted() & self._under_lamps())
        return self.seen.filter(self._lasting(), opened_on__lte=self.day)

    def _lasting(self) -> Q:
        """Conditions of what an item is: the same on any day, but for what a 更正 changed since."""
        chosen, day = self.chosen, self.day
        of_unit, matching = ledger.of_unit, ledger.matching
        if not self.is_today:
            of_unit, matching = partial(before.of_unit, day), partial(before.matching, day)
        found = matching(chosen["q"]) if "q" in chosen else ledger.everything()
        by_pk: dict[str, Unit] = {str(unit.pk): unit for unit in units()}
        for name, role in (("unit", ""), ("lead", AssignmentRole.LEAD), ("support", AssignmentRole.SUPPORT)):
            if name in chosen:
                # One that left is a choice where the address names it (forms.ledger): its id is enough here.
                found &= of_unit(by_pk.get(chosen[name]) or Unit(pk=int(chosen[name])), role)
        if "duty" in chosen:
            found &= ledger.of_duty(int(chosen["duty"]))
        if "paper" in chosen:
            found &= ledger.of_paper(chosen["paper"])
        return found & ledger.in_spans({name: chosen[name] for name in ledger.SPANS if name in chosen})

    def _under_lamps(self) -> Q:
        """The lamp and the state asked for, by today's columns."""
        chosen, found = self.chosen, ledger.everything()
        if "light" in chosen:
            found &= ledger.light_filters(self.rule)[chosen["light"]]
        if "state" in chosen:
            found &= ledger.state_filters(self.rule)[chosen["state"]]
        return found

    def _wanted(self) -> Q:
        """All other conditions, those of today's columns among them."""
        if not self._narrows:
            return ledger.everything()
        chosen = self.chosen
        found = self._lasting() & ledger.due_between(chosen.get("due_from"), chosen.get("due_to"))
        if "ever_overdue" in chosen:
            found &= ledger.ever_overdue(self.rule)
        if "missed" in chosen:
            found &= deadlines.missed(self.rule.as_of)
        return found & ledger.blocked() if "blocked" in chosen else found

    def _sorted(self, items: Any) -> Any:
        """The items in the asked order; by paper and number unless told otherwise."""
        sort, last = (
            self.chosen.get("sort"),
            {"nulls_last": True},
        )  # the two databases differ on nothing's place
        if sort == "lead":
            return ledger.in_charter_order(items)
        orders: dict[Any, list[Any]] = {
            "due": [F("current_due").asc(**last), "id"],  # type: ignore[arg-type]
            "new": ["-opened_on", "-id"],
        }
        by_paper = [F("source_paper_id").asc(**last), "source_label", "seq", "id"]  # type: ignore[arg-type]
        return items.order_by(*orders.get(sort, by_paper))

    def _then(self) -> AnotherDay:
        return AnotherDay(self.day, self.user, self._lasting(), self.chosen)

    def _page_then(self, number: str | None) -> tuple[dict[str, int], Page, list[Row]]:
        then = self._then()
        counts = then.lamps | {"chosen": then.count()}
        if self.chosen.get("state") == STOPPED:  # no light, so no figure besides
            counts[STOPPED] = counts["chosen"]
        page = Paginator(range(counts["chosen"]), PAGE_SIZE).get_page(number)
        start = (page.number - 1) * PAGE_SIZE
        return counts, page, list(then.rows(self._sorted, start, start + PAGE_SIZE))
