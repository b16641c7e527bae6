"""The figures of a bulletin: the ledger as of the cut-off, as plain data that is kept and never computed again.

`take` reads; `Totals` names the counts. An item led by two units counts once in all and once for each of them. No
order but the charter's, no score: how many, not who is better.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from apps.action_items import ledger, lights
from apps.action_items.enums import ItemState, LedgerState, Light, SelfAssessment
from apps.action_items.ledger import Row
from apps.action_items.models import ActionItem
from apps.action_items.stood import SAID, Stood
from apps.documents.models import ArchivedPaper
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import units

SCHEMA = 1
BLOCK = 1_000  # matters read at a time: a database takes only so many values in one question
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
    (终止, 合并) by the day is no longer counted. JSON-ready; about ten queries, more for thousands told of.
    Only the matters told of one by one are read whole; the others are counted, those that run in short.
    """
    stood = Stood(ends_on)
    within = ActionItem.objects.filter(Q(closed_on__isnull=True) | Q(closed_on__gte=starts_on))
    plain = _plain(stood, within)
    rows = _read(stood, within, plain, previous)
    moved = [row for row in rows if row.verdict.light != Light.CLOSED and row.item.pk not in plain]
    lines = [line_of(row) for row in sorted(rows, key=_place)]
    running = [*plain.values(), *(line_of(row) for row in moved)]
    counts = Counter(line["state"] for line in running) + _closed_counts(stood, within)
    return {
        "schema": SCHEMA,
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "totals": counted(counts) | _totals(running, lines),
        "units": _by_unit(stood, within, moved),
        "troubled": [line for line in lines if line["state"] == LedgerState.OVERDUE or line["blocked"]],
        "extended": [line for line in lines if line["times"]],
        "soon": [line for line in lines if _is_soon(line)],
        "open": {line["ref"]: _brief(line) for line in running},
        "changes": _changes([*lines, *_gone(previous, starts_on, ends_on)], running, previous, ends_on)
        if previous
        else None,
        "missing_years": _missing_years(stood.rule, running),
        "marker": _marker(within.filter(stood.moved | stood.plain | stood.closed)),
    }


def _place(row: Row) -> tuple[bool, int, int, int]:
    """The ledger's order: by paper, what has none last, and number."""
    item = row.item
    return item.source_paper_id is None, item.source_paper_id or 0, item.seq, item.pk


def _plain(stood: Stood, within: QuerySet[ActionItem]) -> dict[int, dict[str, Any]]:
    """What ran and has not changed since, in short: the item's id → what `line_of` says of it. One query."""
    names = ("pk", "ref", "source_label", "seq", "current_due", "report_due_on", "times_extended", SAID)
    found = stood.told(within).filter(stood.plain).order_by().values_list(*names)
    short = {}
    for pk, ref, label, seq, due, owed, times, said in found:
        verdict = stood.rule.judge(lights.Snapshot(None, due, None, owed, said, times))
        short[pk] = {
            "ref": ref, "label": f"{label}第{seq}项", "effective": _iso(due), "times": times, "light": str(verdict.light),
            "state": str(verdict.state), "blocked": said == SelfAssessment.BLOCKED, "closed_on": None,
        }  # fmt: skip
    return short


def _read(
    stood: Stood,
    within: QuerySet[ActionItem],
    plain: Mapping[int, dict[str, Any]],
    previous: dict[str, Any] | None,
) -> list[Row]:
    """What has changed since the day, and of the others those told of one by one. One query, more for very many."""
    closed = Q(times_extended__gt=0)
    if previous:
        since, before = previous["ends_on"], list(previous["open"])
        closed |= Q(closed_on__gt=since) | Q(opened_on__gt=since) | Q(ref__in=before)
    pks = [pk for pk, line in plain.items() if _is_told(line, previous)]
    wanted = stood.moved | (stood.closed & closed) | Q(pk__in=pks[:BLOCK])
    rows = ledger.rows_then(stood.day, within.filter(wanted).order_by())
    for start in range(BLOCK, len(pks), BLOCK):
        rows += ledger.rows_then(stood.day, within.filter(pk__in=pks[start : start + BLOCK]).order_by())
    return rows


def _is_told(line: dict[str, Any], previous: dict[str, Any] | None) -> bool:
    """A matter that runs and stands in one of the lists, the changes' included."""
    if line["state"] == LedgerState.OVERDUE or line["blocked"] or line["times"] or _is_soon(line):
        return True
    if previous is None:
        return False
    told = previous["open"].get(line["ref"])
    return told is None or bool(told["due"] != line["effective"])


def _is_soon(line: dict[str, Any]) -> bool:
    return line["light"] == "yellow" and bool(line["effective"])


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


def counted(states: Mapping[str, int]) -> dict[str, int]:
    """How many matters, by state; `all` is their sum, `closed` those done in time or late."""
    found = {name: states.get(state, 0) for state, name in COUNTS.items()}
    return {"all": sum(found.values()), "closed": found["on_time"] + found["late"], **found}


def _closed_counts(stood: Stood, within: QuerySet[ActionItem]) -> Counter[str]:
    """Ledger state → how many were closed in time and late. One query."""
    found = within.filter(stood.closed).order_by().values_list(stood.state()).annotate(number=Count("*"))
    return Counter(dict(found))


def _totals(running: Sequence[dict[str, Any]], lines: Sequence[dict[str, Any]]) -> dict[str, int]:
    return {
        "blocked": sum(line["blocked"] for line in running),
        "extended": sum(bool(line["times"]) for line in lines),
        "soon": sum(_is_soon(line) for line in running),
    }


def _by_unit(stood: Stood, within: QuerySet[ActionItem], moved: Sequence[Row]) -> list[dict[str, Any]]:
    """Every member unit in charter order, then units that left but still lead something. Two queries."""
    members = {unit.pk: unit for unit in units()}
    led: dict[int, Counter[str]] = {pk: Counter() for pk in members}
    items = within.filter(stood.plain | stood.closed, parts__role=AssignmentRole.LEAD).order_by()
    for pk, state, number in items.values_list("parts__unit", stood.state()).annotate(number=Count("*")):
        led.setdefault(pk, Counter())[state] += number
    for row in moved:
        for unit in row.leads:
            led.setdefault(unit.pk, Counter())[str(row.verdict.state)] += 1
    gone = led.keys() - members.keys()
    left = list(Unit.objects.filter(pk__in=gone).order_by("order", "pk")) if gone else []
    return [{"unit": unit.short_name, **counted(led[unit.pk])} for unit in (*members.values(), *left)]


def _missing_years(rule: lights.Rule, running: Iterable[dict[str, Any]]) -> list[int]:
    """Years without a calendar between the day and the deadlines of what runs."""
    dates = {line["effective"] for line in running if line["effective"]}
    return lights.missing_years(map(date.fromisoformat, dates), as_of=rule.as_of, calendar=rule.calendar)


def _brief(line: dict[str, Any]) -> dict[str, Any]:
    return {"due": line["effective"], "overdue": line["state"] == LedgerState.OVERDUE, "label": line["label"]}


def _gone(previous: dict[str, Any], starts_on: date, day: date) -> list[dict[str, Any]]:
    """Matters closed before this one's period that the last bulletin could not tell as closed: counted in neither, told here.

    They were closed after its cut-off, or it told them as open: a day of closing may be recorded later than it is.
    """
    untold = Q(closed_on__gt=previous["ends_on"]) | Q(ref__in=list(previous["open"]))
    gone = ActionItem.objects.filter(untold, closed_on__lt=starts_on)
    return [line_of(row) for row in ledger.as_of(day, gone)]


def _changes(
    lines: Sequence[dict[str, Any]], running: Sequence[dict[str, Any]], previous: dict[str, Any], day: date
) -> dict[str, Any]:
    """What became of the matters the last bulletin told of as open, and what is new since.

    `lines` are those that may have changed, `running` all that are open.
    """
    before: dict[str, dict[str, Any]] = previous["open"]
    since = previous["ends_on"]
    there = {line["ref"] for line in (*lines, *running)}
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
        "ended": _ended([ref for ref in before if ref not in there], day),
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


def _marker(items: QuerySet[ActionItem]) -> str:
    """示例（虚构）, when a paper the matters come from bears it. One query."""
    used = Exists(items.filter(source_paper=OuterRef("pk")))
    marks = ArchivedPaper.objects.filter(used).exclude(data__marker="")
    found: str | None = marks.order_by("pk").values_list("data__marker", flat=True).first()
    return found or ""
