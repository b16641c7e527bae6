"""How many of today's items stand under each lamp, for the figures above the ledger."""

from collections.abc import Iterable

from django.db.models import Case, Count, Q, QuerySet, Value, When

from apps.common.prepared import Prepared, prepare

from . import ledger, lights
from .enums import OPEN_STATES, Light
from .models import ActionItem

RUNNING = Q(state__in=OPEN_STATES)
_AND_ALL = "{question} UNION ALL SELECT 'all', COUNT(*) FROM {table}"


def counting(
    items: QuerySet[ActionItem], rule: lights.Rule, chosen: Q | None = None, *, table: str = ""
) -> Prepared:
    """How many of today's items stand under each lamp, were stopped, are there, and are picked by `chosen` (if any).

    Rows (lamp, "stopped", "all" or "chosen", number). Only open items are judged: those closed are all the rest, and
    `table` is where `items` are counted without looking at any of them, where they are a whole table.
    """
    lamps = ledger.light_filters(rule)
    lamp = Case(*(When(lamps[light], then=Value(str(light))) for light in Light if light != Light.CLOSED))
    picked = {"stopped": ledger.state_filters(rule)["stopped"]} | (
        {} if chosen is None else {"chosen": chosen}
    )
    running, *others = (
        items.filter(where).order_by().values_list(word).annotate(number=Count("*"))
        for word, where in ((lamp, RUNNING), *((Value(word), where) for word, where in picked.items()))
    )
    if not table:
        others.append(items.order_by().values_list(Value("all")).annotate(number=Count("*")))
    found = prepare(running.union(*others, all=True))
    if not table:
        return found
    return Prepared(_AND_ALL.format(question=found.sql, table=table), found.params)


def by_lamp(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The answer to `counting`, with every lamp, "stopped", and "all": these together."""
    found: dict[str, int] = {str(light): 0 for light in Light} | {"stopped": 0, "all": 0, "chosen": 0}
    found |= dict(rows)
    running = sum(found[light] for light in Light)
    return found | {str(Light.CLOSED): found["all"] - running - found["stopped"]}
