"""`manage.py import_meetings FILE`: past meetings with their papers and items. Safe to repeat."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.yamlfile import Problem
from apps.documents.making import make_due
from apps.minutes.importing import import_meetings


class Command(BaseCommand):
    help = "导入历史会议（会议、纪要、议定事项及其办理经过）的 YAML 文件；重复执行不会改变任何内容。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        """Import, then say what was done, left alone and worth a look."""
        try:
            done = import_meetings(file, by=None)
        except Problem as problem:
            raise CommandError(f"{file}：{problem}（没有导入任何内容）") from problem
        for note in done.notes:
            self.stdout.write(f"提示：{note}")
        if done.skipped:
            self.stdout.write(f"已导入过，未改动：{'、'.join(done.skipped)}。")
        make_due()  # nobody's worker need be running
        self.stdout.write(f"已导入{done.meetings}次会议，{done.items}项议定事项。")
