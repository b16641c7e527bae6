"""`manage.py import_charter FILE`: load the founding notice. Safe to repeat."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.yamlfile import Problem
from apps.duties.importing import import_charter


class Command(BaseCommand):
    help = "Import the charter (units, duties, posts, roster) from a YAML file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            done = import_charter(file, by=None)
        except Problem as problem:
            raise CommandError(f"{file}：{problem}（没有导入任何内容）") from problem
        word = "已导入章程" if done.changed else "章程没有变化"
        self.stdout.write(f"{word}：{done.units}个成员单位，{done.duties}项职责，名单{done.people}人。")
