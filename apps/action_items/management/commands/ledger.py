"""manage.py ledger --as-of 2026-11-23 --format json: the ledger of a day."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.action_items import ledger
from apps.action_items.selectors import rule_on
from apps.roster.selectors import today

COLUMNS = ("编号", "议定事项", "牵头", "配合", "时限", "延期后", "剩余工作日", "灯", "状态")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"日期“{text[:30]}”不对，应写成 2026-11-23 的样子。") from None


def as_data(row: ledger.Row) -> dict[str, Any]:
    """One line as plain data; units by short name, in the order the meeting named them."""
    verdict = row.verdict
    return {
        "ref": row.item.ref,
        "text": row.item.text,
        "lead": [unit.short_name for unit in row.leads],
        "support": [unit.short_name for unit in row.supports],
        "due": verdict.due.isoformat() if verdict.due else None,
        "effective_due": verdict.effective_due.isoformat() if verdict.effective_due else None,
        "workdays_left": verdict.workdays_left,
        "light": str(verdict.light),
        "state": str(verdict.state),
    }


def as_cells(row: ledger.Row) -> list[str]:
    """One line as text cells under COLUMNS."""
    verdict = row.verdict
    moved = verdict.effective_due if verdict.effective_due != verdict.due else None
    return [
        row.item.ref,
        row.item.text,
        "、".join(unit.short_name for unit in row.leads),
        "全体成员单位" if row.item.all_support else "、".join(unit.short_name for unit in row.supports),
        verdict.due.isoformat() if verdict.due else row.item.recurrence or "长期坚持",
        moved.isoformat() if moved else "",
        "" if verdict.workdays_left is None else str(verdict.workdays_left),
        str(verdict.light.label),
        str(verdict.state.label),
    ]


class Command(BaseCommand):
    help = "打印某日的督办台账：只计该日及以前的事实，已终止、合并的事项不列。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", default="", help="日期，例如 2026-11-23；默认今天")
        parser.add_argument("--format", choices=["json", "table"], default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the ledger; a day to come, and a year without calendar data, are told on stderr."""
        day = _day(options["as_of"]) if options["as_of"] else today()
        rows = ledger.as_of(day)
        if options["format"] == "json":
            self.stdout.write(json.dumps([as_data(row) for row in rows], ensure_ascii=False, indent=2))
        else:
            for cells in (list(COLUMNS), *map(as_cells, rows)):
                self.stdout.write("\t".join(cells))
        if day > today():
            self.stderr.write("提示：该日还没有到，以上按现有事实推算。")
        missing = ledger.missing_years(rows, rule_on(day))
        if missing:
            years = "、".join(map(str, missing))
            self.stderr.write(f"提示：{years}年没有工作日历数据，按周一至周五计算。")
