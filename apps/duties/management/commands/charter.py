"""`manage.py charter --format json`: the charter as other programs read it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.duties.selectors import charter_as_data
from apps.roster.models import Charter


class Command(BaseCommand):
    help = "Print units, duties, rules, roster and office posts of the charter."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=["json", "text"], default="text")

    def handle(self, *, format: str, **options: Any) -> None:  # noqa: A002 - the option's name
        try:
            data = charter_as_data()
        except Charter.DoesNotExist as error:
            raise CommandError("还没有导入章程，请先运行 import_charter。") from error
        if format == "json":
            self.stdout.write(json.dumps(data, ensure_ascii=False, indent=2))
            return
        self.stdout.write(f"{data['title']}（{data['document_number']}）")
        for unit in data["units"]:
            self.stdout.write(f"{unit['order']:>3}  {unit['short_name']}（{unit['full_name']}）")
            for duty in unit["duties"]:
                self.stdout.write(f"     {duty['marker'] or '－'} {duty['text']}")
