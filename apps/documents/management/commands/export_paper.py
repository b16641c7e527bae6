"""`manage.py export_paper minutes 〔2026〕1号 --format pdf --out FILE`: an archived paper, byte for byte."""

import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.common import audit
from apps.common.errors import Refused
from apps.documents import composition, making, selectors, show
from apps.documents.enums import PaperKind


class Command(BaseCommand):
    help = "Write the archived paper of a kind and number (its version in force) to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", help="kind of paper: minutes, notice")
        parser.add_argument("number", help="as printed, e.g. 〔2026〕1号")
        parser.add_argument("--format", default="pdf", help="pdf or docx")
        parser.add_argument("--out", required=True)

    def handle(self, *, kind: str, number: str, out: str, **options: Any) -> None:
        if kind not in PaperKind.values:
            raise CommandError(f"没有“{kind}”这种公文，可用：{'、'.join(PaperKind.values)}。")
        form = options["format"]
        if form not in show.TYPES:
            raise CommandError(f"不能导出“{form}”格式，只有 {'、'.join(show.TYPES)}。")
        paper = selectors.find_paper(kind, number)
        if paper is None:
            raise CommandError(f"没有编号为“{number}”的{PaperKind(kind).label}。")
        try:
            data = making.file_of(making.make(paper), form)
            with transaction.atomic():
                audit.record(by=None, verb="export", label="导出公文", obj=paper, detail={"form": form})
                composition.write_atomically(data, Path(out))
        except Refused as refused:
            raise CommandError(refused.text) from refused
        except OSError as error:
            raise CommandError(f"写不进文件“{out}”：{error.strerror}。") from error
        self.stdout.write(f"{out}  sha256 {hashlib.sha256(data).hexdigest()}")
