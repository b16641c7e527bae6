"""`manage.py load_calendar`: seed holidays and exchanged days from the package's tables. Safe to repeat."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.common.calendar_import import from_package, put_days
from apps.common.models import CalendarDay


class Command(BaseCommand):
    help = "Load the State Council's holidays of the years given (2021 to 2026 when none is)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("years", nargs="*", type=int, default=list(range(2021, 2027)))

    def handle(self, *, years: list[int], **options: Any) -> None:
        # What an administrator has put right stays: only days the table does not know are added.
        known = set(CalendarDay.objects.values_list("date", flat=True))
        lines = from_package(years)
        added = put_days([line for line in lines if line.day not in known], by=None)
        missing = sorted(set(years) - {line.day.year for line in lines})
        self.stdout.write(f"日历：新增{added}天。")
        if missing:
            self.stdout.write(f"没有{'、'.join(map(str, missing))}年的数据，这些年份按周一至周五计。")
