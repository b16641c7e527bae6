"""The figures of a bulletin: the ledger as of the cut-off, as plain data that is kept and never computed again.

`take` reads; `Totals` names the counts. An item led by two units counts once in all and once for each of them. No
order but the charter's, no score: how many, not who is better.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from apps.action_items import ledger
from apps.action_items.enums import ItemState, LedgerState
from apps.action_items.ledger import Row
from apps.action_items.models import ActionItem
from apps.action_items.selectors import rule_on
from apps.documents.models import ArchivedPaper
from apps.roster.selectors import units

SCHEMA = 1
# Ledger state → the name of its count, in the order they are told.
COUNTS = {
    LedgerState.CLOSED_ON_TIME: "on_time",
    LedgerState.CLOSED_LATE: "late",
    LedgerState.IN_PROGRESS: "running",
    LedgerState.OVERDUE: "overdue",
    LedgerState.STANDING: "standing",
}
_CLOSED = (LedgerState.CLOSED_ON_TIME, LedgerState.CLOSED_LATE)


def take(*, starts_on: date, ends_on: date, previous: dict[str, Any] | None = None) -> dict[str, Any]:
    """The figures as of `ends_on` (inclusive): matters opened by then, those closed before `starts_on` left out.

    `previous` is the snapshot the changes are told against (None: nothing to compare with). A matter that was ended
    (终止, 合并) by the day is no longer counted. JSON-ready; about ten queries however many matters there are.
    """
    within = ActionItem.objects.filter(Q(closed_on__isnull=True) | Q(closed_on__gte=starts_on))
    rows = ledger.as_of(ends_on, within)
    rule = rule_on(ends_on)
    lines = [line_of(row) for row in rows]
    return {
        "schema": SCHEMA,
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "totals": _totals(lines),
        "units": _by_unit(rows, lines),
        "troubled": [line for line in lines if line["state"] == LedgerState.OVERDUE or line["blocked"]],
        "extended": [line for line in lines if line["times"]],
        "soon": [line for line in lines if line["light"] == "yellow" and line["effective"]],
        "open": {line["ref"]: _brief(line) for line in lines if line["state"] not in _CLOSED},
        "changes": _changes([*lines, *_gone(previous, starts_on, ends_on)], previous, ends_on)
        if previous
        else None,
        "missing_years": ledger.missing_years(rows, rule),
        "marker": _marker(rows),
    }


def line_of(row: Row) -> dict[str, Any]:
    """One matter of `ledger.as_of`. Problem and next step are of a lead unit's last report: what a supporting unit says is its own."""
    verdict = row.verdict
    closed = verdict.state in _CLOSED
    leads = [unit.short_name for unit in row.leads]
    # The ledger shows another unit's report only where no lead has made one.
    report = row.report if row.report and row.report["unit"] in leads else {}
    return {
        "ref": row.item.ref,
        "label": f"{row.item.source_label}第{row.item.seq}项",
        "text": row.item.text,
        "leads": leads,
        "due": _iso(verdict.due),
        "effective": _iso(verdict.effective_due),
        "times": verdict.extended,
        "left": verdict.workdays_left,
        "light": str(verdict.light),
        "state": str(verdict.state),
        "blocked": ledger.was_blocked(row),
        "opened_on": row.item.opened_on.isoformat(),
        "closed_on": _iso(row.item.closed_on) if closed else None,
        "problem": report.get("problem", ""),
        "next_step": report.get("next_step", ""),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def counted(lines: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many matters, by state; `all` is their sum, `closed` those done in time or late."""
    lines = list(lines)
    found = {name: sum(line["state"] == state for line in lines) for state, name in COUNTS.items()}
    return {"all": len(lines), "closed": found["on_time"] + found["late"], **found}


def _totals(lines: Sequence[dict[str, Any]]) -> dict[str, int]:
    extra = {
        "blocked": sum(line["blocked"] for line in lines),
        "extended": sum(bool(line["times"]) for line in lines),
        "soon": sum(line["light"] == "yellow" and bool(line["effective"]) for line in lines),
    }
    return counted(lines) | extra


def _by_unit(rows: Sequence[Row], lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every member unit in charter order, then units that left but still lead something."""
    led: dict[int, list[dict[str, Any]]] = {}
    known = {unit.pk: unit for unit in units()}
    for row, line in zip(rows, lines, strict=True):
        for unit in row.leads:
            led.setdefault(unit.pk, []).append(line)
            known.setdefault(unit.pk, unit)
    return [{"unit": unit.short_name, **counted(led.get(pk, []))} for pk, unit in known.items()]


def _brief(line: dict[str, Any]) -> dict[str, Any]:
    return {"due": line["effective"], "overdue": line["state"] == LedgerState.OVERDUE, "label": line["label"]}


def _gone(previous: dict[str, Any], starts_on: date, day: date) -> list[dict[str, Any]]:
    """Matters closed before this one's period that the last bulletin could not tell as closed: counted in neither, told here.

    They were closed after its cut-off, or it told them as open: a day of closing may be recorded later than it is.
    """
    untold = Q(closed_on__gt=previous["ends_on"]) | Q(ref__in=list(previous["open"]))
    gone = ActionItem.objects.filter(untold, closed_on__lt=starts_on)
    return [line_of(row) for row in ledger.as_of(day, gone)]


def _changes(lines: Sequence[dict[str, Any]], previous: dict[str, Any], day: date) -> dict[str, Any]:
    """What became of the matters the last bulletin told of as open, and what is new since."""
    before: dict[str, dict[str, Any]] = previous["open"]
    since = previous["ends_on"]
    now = {line["ref"]: line for line in lines}
    return {
        "since": since,
        "closed": [
            line for line in lines
            if line["closed_on"] and (line["ref"] in before or line["closed_on"] > since)
        ],
        "overdue": [
            line for line in lines
            if line["state"] == LedgerState.OVERDUE and not before.get(line["ref"], {}).get("overdue")
        ],
        "opened": [
            line for line in lines
            if line["ref"] not in before and (not line["closed_on"] or line["opened_on"] > since)
        ],
        "moved": [
            {**line, "was": before[line["ref"]]["due"]} for line in lines
            if line["ref"] in before and not line["closed_on"] and line["effective"] != before[line["ref"]]["due"]
        ],
        "ended": _ended([ref for ref in before if ref not in now], day),
    }  # fmt: skip


def _ended(refs: list[str], day: date) -> list[dict[str, Any]]:
    """Matters told of before that were ended since: 终止 or 合并."""
    rows = ActionItem.objects.filter(
        ref__in=refs, ended_on__lte=day, state__in=[ItemState.TERMINATED, ItemState.MERGED]
    )
    return [
        {
            "ref": item.ref,
            "label": f"{item.source_label}第{item.seq}项",
            "text": item.text,
            "how": str(ItemState(item.state).label),
        }
        for item in rows.order_by("source_paper_id", "seq", "pk")
    ]


def _marker(rows: Sequence[Row]) -> str:
    """示例（虚构）, when a paper the matters come from bears it. One query."""
    papers = {row.item.source_paper_id for row in rows if row.item.source_paper_id is not None}
    marks = ArchivedPaper.objects.filter(pk__in=papers).exclude(data__marker="")
    found: str | None = marks.order_by("pk").values_list("data__marker", flat=True).first()
    return found or ""
