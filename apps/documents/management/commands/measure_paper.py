"""`manage.py measure_paper FILE.pdf [--kind K] [--format text|json]`: a PDF against GB/T 9704, row by row."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.documents import measuring


class Command(BaseCommand):
    help = "Measure a PDF against GB/T 9704-2012; the exit code is 1 when a row fails or the file cannot be read."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the PDF")
        parser.add_argument("--kind", choices=measuring.KINDS, help="seen from the PDF when it is not given")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *, file: str, kind: str | None, **options: Any) -> None:
        try:
            data = Path(file).read_bytes()
            kind, rows = measuring.measured(data, kind)
        except OSError as error:
            raise CommandError(f"读不了文件“{file}”：{error.strerror}。") from error
        except measuring.NotReadable as error:
            raise CommandError(f"“{file}”：{error}。") from error
        failed = [row for row in rows if not row["ok"]]
        if options["format"] == "json":
            shown = {"file": file, "kind": kind, "ok": not failed, "rows": rows}
            self.stdout.write(json.dumps(shown, ensure_ascii=False, indent=1, default=list))
        else:
            self.stdout.write(f"{file}  {kind}")
            for row in rows:
                verdict = "ok  " if row["ok"] else "FAIL"
                self.stdout.write(f"{row['row']:>3}  {verdict}  {row['required']}: {row['measured']}")
            self.stdout.write(f"{len(rows)} rows measured, {len(failed)} failed")
        if failed:
            raise CommandError(f"{len(failed)} 项不符合要求。", returncode=1)
