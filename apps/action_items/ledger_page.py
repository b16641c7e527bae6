"""What the pages of the ledger show: figures by lamp, lines, cells of the sheet. No writes."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from . import ledger
from .enums import ItemState, Light
from .ledger import Row
from .lights import Rule
from .pages import LEVELS, due_words, lamp_of

PAGE_SIZE = 50
LAMP_LABELS = {
    Light.RED: _("超期"),
    Light.YELLOW: _("临期、滞后"),
    Light.GREEN: _("正常推进"),
    Light.STANDING: _("长期坚持"),
    Light.CLOSED: _("已办结"),
}


def stat_cards(counts: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    """Figures by lamp, each a link that filters; the chosen one leads back to all."""
    here = reverse("action_items:list")
    return [
        {
            "label": label,
            "value": counts[light],
            "lamp": LEVELS[light],
            "url": here if chosen == light else f"{here}?light={light}",
            "hint": _("正在看这一类，再点看全部") if chosen == light else "",
        }
        for light, label in LAMP_LABELS.items()
    ]


def sorted_items(items: Any, sort: str) -> Any:
    """The items in the asked order; by paper and number unless told otherwise."""
    last: Any = {"nulls_last": True}  # the two databases differ on where nothing stands
    orders: dict[str, list[Any]] = {
        "due": [F("current_due").asc(**last), "id"],
        "new": ["-opened_on", "-id"],
    }
    return items.order_by(*orders.get(sort, [F("source_paper_id").asc(**last), "seq", "id"]))


def page_of(items: Any, total: int, number: str | None, rule: Rule) -> tuple[Page, list[dict[str, Any]]]:
    """One page and its lines, numbered through; a bad page number is the nearest page."""
    # A range, not the rows: the count is known, and the rows are read below with what they need.
    page = Paginator(range(total), PAGE_SIZE).get_page(number)
    start = (page.number - 1) * PAGE_SIZE
    rows = ledger.rows_of(items[start : start + PAGE_SIZE], rule)
    return page, [line(row, start + n, rule) for n, row in enumerate(rows, start=1)]


def line(row: Row, number: int, rule: Rule) -> dict[str, Any]:
    """One line of the list as the template and the sheet print it."""
    item, verdict = row.item, row.verdict
    moved = verdict.effective_due if verdict.effective_due != verdict.due else None
    return {
        "number": number,
        "item": item,
        "row": row,
        "url": item.get_absolute_url(),
        "paper": f"{item.source_label}-{item.seq}",
        "leads": "、".join(unit.short_name for unit in row.leads),
        "supports": _("全体成员单位") if item.all_support else "、".join(u.short_name for u in row.supports),
        "due": due_words(item),
        "moved": moved,
        "lamp": lamp_of(item, verdict, rule.as_of),
        "state": verdict.state.label if item.state != ItemState.TERMINATED else item.get_state_display(),
        "report": row.report,
    }


def cells(line: dict[str, Any]) -> list[Any]:
    """One line as the cells of the sheet."""
    report, lamp = line["report"] or {}, line["lamp"]
    return [
        line["number"],
        line["paper"],
        line["item"].text,
        line["leads"],
        str(line["supports"]),
        line["due"],
        line["moved"],
        lamp["words"],
        str(line["state"]),
        report.get("text", ""),
        report.get("on"),
    ]
