"""What the ladder's page prints: a line an item, each cell a ready text. No query."""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from apps.action_items.deadlines import DUE, REPORT
from apps.action_items.enums import Rung
from apps.action_items.ladder import Prompted, Stuck
from apps.common.ready import labels_of, pattern_of
from apps.common.templatetags.portal import zh_date

_TITLE = 60  # characters of an item's text
_KINDS = {DUE: "完成时限", REPORT: "报送日"}


def ladder(rows: Iterable[Stuck], *, written: Collection[int]) -> list[dict[str, Any]]:
    """The lines of the ladder, in their order; "" is nothing to say. `written`: ids of items a 催办函 of today is about."""
    item, release = pattern_of("action_items:detail"), pattern_of("reminders:release")
    return [
        _line(row, item.format(row.item.pk), release.format(row.item.pk), row.item.pk in written)
        for row in rows
    ]


def _line(row: Stuck, url: str, release: str, written: bool) -> dict[str, Any]:
    item, rung, due = row.item, row.next_rung, row.asked.due
    label = labels_of(Rung)[rung] if rung else ""
    return {
        "pk": item.pk, "label": item.source_label, "seq": item.seq, "url": url, "release": release,
        "text": item.text if len(item.text) <= _TITLE else f"{item.text[: _TITLE - 1]}…",
        "today": f"{' · 今天已催办' * row.chased_today}{' · 今天已发催办函' * written}",
        "rests": row.prompted_today or written, "leads": _names(*(unit.short_name for unit in row.leads)), "due": zh_date(due, "plain"),
        "kind": _KINDS.get(row.asked.kind, "季度进展"), "released": _released(row.released),
        "since": zh_date(row.since, "short"), "next": label, "rung": rung or "",
        "what": _what(rung, label, row.asked.kind) if rung else "",
    }  # fmt: skip


def _what(rung: Rung, label: str, kind: str) -> str:
    """What pressing the button does."""
    if rung == Rung.AGENDA:
        return "以办公室名义提出议题，提请下次会议研究。"
    return f"告知{label}：这项议定事项{'已经超期' if kind == DUE else '漏报进展'}。"


@lru_cache(maxsize=1024)
def _names(*names: str) -> SafeString:
    """Names that are not broken within; the same few units lead most items."""
    marks = ["、"] * (len(names) - 1) + [""]
    return format_html_join("", '<span class="nowrap">{}{}</span>', zip(names, marks, strict=False))


def _released(prompts: Iterable[Prompted]) -> SafeString:
    rung = labels_of(Rung)
    said = ((rung[row.rung], f"{zh_date(row.on, 'short')}{row.note and f'，{row.note}'}") for row in prompts)
    return format_html_join("", '<span class="nowrap">{}</span><span class="cell-note">{}</span>', said)
