"""What the pages of the ledger show: figures by lamp, lines, cells of the sheet. No writes."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from apps.common.calendar import WorkCalendar
from apps.common.ready import labels_of, under
from apps.documents.composition import chinese_date
from apps.roster.models import Unit

from . import sheet_marks
from .enums import ItemState, LedgerState, Light
from .ledger import Row, is_blocked
from .lights import Rule
from .models import ActionItem
from .pages import LEVELS, due_words, lamp_in_full, lamp_of, missed_words

# The columns of the ledger, in the office's order; the last four are there for the sheet that comes back.
HEADINGS = [
    "序号", "纪要编号", "议定事项", "牵头", "配合", "责任人", "时限", "延期后时限", "进展", "问题", "下一步", "状态", "灯",
    "最近更新", "办结日",
]  # fmt: skip
TO_FILL = ["自评", "进展日期"]
REFERENCES = ["事项编号", "导出标记"]
SHEET = [*HEADINGS, *TO_FILL, *REFERENCES]
HIDDEN = tuple(range(len(HEADINGS) + len(TO_FILL), len(SHEET)))
BATCH = (("reminders:chase", _("催办"), "bell"),)
LAMP_LABELS = {
    Light.RED: _("超期"),
    Light.YELLOW: _("临期"),
    Light.GREEN: _("正常推进"),
    Light.STANDING: _("长期坚持"),
    Light.CLOSED: _("已办结"),
}
STOPPED, STOPPED_LABEL = "stopped", _("已终止、合并")


def stat_cards(counts: Mapping[str, int], given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Figures by lamp, each a link that filters; the chosen one leads back to all.

    `given` is the filter as in the address: the links keep all of it but the lamp and the state. What was stopped has
    a figure where there is any, so that the figures add up to the list.
    """
    kept = {name: value for name, value in given.items() if name not in ("light", "state")}
    found = [
        _card(label, counts[light], LEVELS[light], {"light": str(light)}, given, kept)
        for light, label in LAMP_LABELS.items()
    ]
    if counts.get(STOPPED) or given.get("state") == STOPPED:
        found.append(_card(STOPPED_LABEL, counts.get(STOPPED, 0), "grey", {"state": STOPPED}, given, kept))
    return found


def _card(
    label: Any,
    value: int,
    level: str,
    asked: Mapping[str, str],
    given: Mapping[str, str],
    kept: Mapping[str, str],
) -> dict[str, Any]:
    chosen = asked.items() <= given.items()
    return {
        "label": label,
        "value": value,
        "lamp": level,
        "url": _address(reverse("action_items:list"), kept if chosen else {**asked, **kept}),
        "hint": _("正在看这一类，再点看全部") if chosen else "",
    }


def _address(here: str, query: Mapping[str, str]) -> str:
    return f"{here}?{urlencode(query)}" if query else here


def batch_verbs() -> list[dict[str, Any]]:
    """What may be done with ticked rows: {label, url, icon}; an act whose address is not there is left out."""
    found = []
    for name, label, icon in BATCH:
        try:
            found.append({"label": label, "url": reverse(name), "icon": icon})
        except NoReverseMatch:
            continue
    return found


def lines(
    rows: Iterable[Row],
    rule: Rule,
    holders: Mapping[int, list[str]] | None = None,
    *,
    start: int = 1,
    full: bool = True,
) -> Iterator[dict[str, Any]]:
    """The rows as the template, the sheet and the paper print them, numbered through from `start`."""
    return (line(row, number, rule, holders or {}, full=full) for number, row in enumerate(rows, start))


def line(
    row: Row, number: int, rule: Rule, holders: Mapping[int, list[str]], *, full: bool = True
) -> dict[str, Any]:
    """One line of the ledger. `due_note` says so where the deadline in force is a day off.

    Without `full` the lamp has no words for a sheet or a paper.
    """
    item, verdict = row.item, row.verdict
    moved = verdict.effective_due if verdict.effective_due != verdict.due else None
    ended_later = item.ended_on is not None and item.ended_on > rule.as_of
    stopped = item.state in (ItemState.TERMINATED, ItemState.MERGED) and not ended_later
    stood = item if stopped else _as_it_was(row)
    lamp = lamp_of(stood, verdict, rule.as_of)
    blocked, missed = is_blocked(row), None if stopped else row.missed
    state = labels_of(ItemState)[item.state] if stopped else labels_of(LedgerState)[verdict.state]
    return {
        "number": number,
        "item": item,
        "row": row,
        "paper": f"{item.source_label}-{item.seq}",
        "leads": "、".join(unit.short_name for unit in row.leads),
        "supports": _("全体成员单位") if item.all_support else "、".join(u.short_name for u in row.supports),
        "holders": _holders(row.leads, holders),
        "due": verdict.due.isoformat() if verdict.due else _undated(row),
        "moved": moved,
        "due_note": day_off(rule.calendar, verdict.effective_due) if verdict.light != Light.CLOSED else "",
        "lamp": lamp,
        "lamp_in_full": lamp_in_full(stood, verdict, rule.as_of, blocked=blocked, missed=missed)
        if full
        else "",
        "blocked": blocked,
        "missed": missed_words(missed),
        "state": state,
        "state_note": "" if state in lamp["words"] else state,
        "report": row.report,
        "closed_on": item.closed_on if verdict.light == Light.CLOSED else None,
    }


def on_screen(line: Mapping[str, Any], address: str) -> dict[str, str]:
    """A line as the table of the page prints it; `address` is that of an item, with {} for its id.

    Each cell is a ready text, and notes that stand under one another are lines of one: fifty rows of fifteen facts
    are most of what the page costs. "" is nothing to print.
    """
    item, report, lamp = line["item"], line["report"], line["lamp"]
    due, closed = line["due"], line["closed_on"].isoformat() if line["closed_on"] else ""
    said = _said(report) if report else {"said": "", "asked": "", "reported": ""}
    supports, holders = str(line["supports"]) or "—", line["holders"]
    dropped = [
        f"配合：{supports}",
        holders and f"责任人：{'；'.join(holders)}",
        said["reported"],
        said["asked"],
    ]
    return {
        "pk": str(item.pk), "number": str(line["number"]), "paper": line["paper"], "text": item.text,
        "url": address.format(item.pk), "leads": line["leads"], "supports": supports,
        "dropped": under([*dropped, closed and f"{chinese_date(line['closed_on'])}办结"]),
        "holders": under(holders) or "—", "due": line["moved"].isoformat() if line["moved"] else due,
        "due_notes": under(
            [line["moved"] and f"原定 {due}", line["due_note"] and f"{line['due_note']}，不上班"]
        ),
        "said": said["said"] or ("—" if closed or report else ""), "asked": said["asked"],
        "level": lamp["level"], "lamp": lamp["words"],
        "state_note": under([line["state_note"], line["blocked"] and "受阻" not in lamp["words"] and "受阻", line["missed"]]),
        "reported": report["on"].isoformat() if report else "" if closed else "—",
        "closed": closed and f"{closed}办结",
    }  # fmt: skip


def _said(report: Mapping[str, Any]) -> dict[str, str]:
    """What was reported last: the words, the problem and the next step under them, and all of it in short."""
    on, text = report["on"], report["text"]
    return {
        "said": _short(text, 60),
        "asked": under(
            [
                report["problem"] and f"问题：{_short(report['problem'], 40)}",
                report["next_step"] and f"下一步：{_short(report['next_step'], 40)}",
            ]
        ),
        "reported": f"{on.month}月{on.day}日{report['unit']}：{_short(text, 40)}",
    }


def _short(text: str, length: int) -> str:
    """At most so many characters of a text, on one line."""
    return " ".join((text if len(text) <= length else f"{text[: length - 1]}…").split())


def _as_it_was(row: Row) -> ActionItem:
    """A stand-in with the columns the words of a lamp depend on, as they stood on the row's day."""
    if row.then is None:
        return row.item
    return ActionItem(
        state=ItemState.CLOSED if row.verdict.light == Light.CLOSED else ItemState.IN_PROGRESS,
        report_due_on=row.then.report_due_on,
        last_assessment=row.then.last_assessment,
    )


def _undated(row: Row) -> str:
    """What stands in the place of a deadline, on the row's day: a recurring requirement, or 长期坚持."""
    if row.then is None:
        return due_words(row.item)
    return row.then.recurrence or str(LedgerState.STANDING.label)


def _holders(leads: list[Unit], holders: Mapping[int, list[str]]) -> list[str]:
    """Who answers for the lead units; with several leads each begins with its name."""
    found: list[str] = []
    for unit in leads:
        first, *rest = holders.get(unit.pk) or [""]
        found += [f"{unit.short_name}{first}" if first and len(leads) > 1 else first, *rest]
    return [words for words in found if words]


def day_off(calendar: WorkCalendar, day: date | None) -> str:
    """周六, 周日 or 节假日 where people do not work on a deadline, else an empty string (a working Saturday too)."""
    if day is None or calendar.is_workday(day):
        return ""
    return {5: now_("周六"), 6: now_("周日")}.get(day.weekday(), now_("节假日"))


def cells(line: dict[str, Any]) -> list[Any]:
    """One line under `HEADINGS`."""
    report = line["report"] or {}
    due = line["row"].verdict.due
    return [
        line["number"],
        line["paper"],
        line["item"].text,
        line["leads"],
        str(line["supports"]),
        "\n".join(line["holders"]),
        due or line["due"],
        line["moved"],
        report.get("text", ""),
        report.get("problem", ""),
        report.get("next_step", ""),
        line["state"],
        line["lamp_in_full"],
        report.get("on"),
        line["closed_on"],
    ]


def sheet_cells(line: dict[str, Any], moment: datetime) -> list[Any]:
    """One line under `SHEET`: two cells to fill, and what the portal knows the row by when it comes back."""
    report, told = line["report"] or {}, cells(line)
    mark = sheet_marks.mark(moment, report.get("pk", 0), dict(zip(HEADINGS, told, strict=True)))
    return [*told, None, None, line["item"].ref, mark]
