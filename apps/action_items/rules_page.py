"""What other thresholds would change: figures by lamp before and after, and the items whose lamp differs. No writes."""

from typing import Any

from django.db.models import Case, Count, F, Prefetch, Q, Value, When
from django.utils.translation import gettext_lazy as _

from . import ledger
from .enums import Light
from .ledger_page import LAMP_LABELS
from .lights import Thresholds
from .models import ActionItem, ItemUnit
from .pages import LEVELS, due_words
from .selectors import leads_of, rule_on

MOST = 200  # changed items listed; all are counted


def preview(chosen: Thresholds) -> dict[str, Any]:
    """Today's ledger under the present thresholds and under others. Three queries, whatever the ledger's length.

    Items are named by paper, number and lead units, not by their text: administrators keep rules, not matters.
    """
    before, after = ledger.light_filters(rule_on()), ledger.light_filters(rule_on(chosen=chosen))
    marked = ActionItem.objects.annotate(was=_lamp(before), becomes=_lamp(after))
    changed = marked.exclude(was=F("becomes"))
    parts = Prefetch("parts", ItemUnit.objects.select_related("unit"))
    rows = changed.prefetch_related(parts).order_by(
        F("current_due").asc(nulls_last=True), "report_due_on", "pk"
    )
    figures, total = _figures(before, after), changed.count()
    return {"figures": figures, "total": total, "most": MOST, "rows": [_row(item) for item in rows[:MOST]]}


def _lamp(filters: dict[str, Q]) -> Case:
    return Case(*(When(where, then=Value(str(light))) for light, where in filters.items()), default=Value(""))


def _figures(before: dict[str, Q], after: dict[str, Q]) -> list[dict[str, Any]]:
    wanted = {f"was_{light}": Count("pk", filter=where) for light, where in before.items()}
    wanted |= {f"becomes_{light}": Count("pk", filter=where) for light, where in after.items()}
    found = ActionItem.objects.aggregate(**wanted)
    return [
        {
            "label": label,
            "level": LEVELS[light],
            "was": found[f"was_{light}"],
            "becomes": found[f"becomes_{light}"],
            "more": found[f"becomes_{light}"] - found[f"was_{light}"],
        }
        for light, label in LAMP_LABELS.items()
    ]


def _row(item: Any) -> dict[str, Any]:
    return {
        "paper": f"{item.source_label}-{item.seq}",
        "leads": "、".join(unit.short_name for unit in leads_of(item)),
        "due": item.current_due or item.report_due_on,
        "asked": _("完成时限") if item.current_due else due_words(item),
        "was": _shown(item.was),
        "becomes": _shown(item.becomes),
    }


def _shown(light: str) -> dict[str, Any]:
    return {"level": LEVELS[Light(light)], "words": LAMP_LABELS[Light(light)]}
