"""`manage.py verify_archive`: every archived file against its hash, and made again where the engine is the same."""

import hashlib
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.errors import Refused
from apps.documents import composition, making
from apps.documents.models import ArchivedPaper, PaperScan


class Command(BaseCommand):
    help = "Prove the archive: hashes of all files; equal bytes for papers of the running engine and fonts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hashes-only", action="store_true", help="do not make papers again")

    def handle(self, *, hashes_only: bool, **options: Any) -> None:
        faults: list[str] = []
        papers = made_again = 0
        for paper in ArchivedPaper.objects.order_by("id").iterator(chunk_size=50):
            papers += 1
            if not paper.is_made:
                faults.append(f"{_name(paper)}：{making.waiting_words(paper)}")
                continue
            faults += [f"{_name(paper)}：{fault}" for fault in _file_faults(paper)]
            if not hashes_only and _is_ours(paper):
                made_again += 1
                faults += [f"{_name(paper)}：{fault}" for fault in _remade_faults(paper)]
        scans = PaperScan.objects.select_related("file", "paper")
        for scan in scans.iterator(chunk_size=50):
            faults += [
                f"{_name(scan.paper)}：{fault}"
                for fault in _stored_faults(scan.file.path, scan.file.sha256, scan)
            ]
        for fault in faults:
            self.stderr.write(fault)
        said = f"公文{papers}件，签署件{scans.count()}件，重新制作核对{made_again}件"
        if faults:
            raise CommandError(f"{said}；有{len(faults)}处不符。")
        self.stdout.write(f"档案完好：{said}，字节全部相符。")


def _name(paper: ArchivedPaper) -> str:
    return f"{paper} 第{paper.version}版（存档号{paper.pk}）"


def _is_ours(paper: ArchivedPaper) -> bool:
    return (paper.engine, paper.fonts) == (composition.engine(), composition.font_fingerprint())


def _file_faults(paper: ArchivedPaper) -> list[str]:
    faults = _stored_faults(paper.pdf_path, paper.pdf_sha256, paper)
    return faults + (_stored_faults(paper.docx_path, paper.docx_sha256, paper) if paper.docx_path else [])


def _stored_faults(path: str, digest: str, obj: Any) -> list[str]:
    try:
        making.stored(path, digest, obj)
    except Refused as refused:
        return [refused.text]
    return []


def _remade_faults(paper: ArchivedPaper) -> list[str]:
    """Whether data, engine and fonts give the same bytes and text again."""
    try:
        source = composition.from_dict(paper.data)
        made = making.produce(source)
    except (composition.PaperError, composition.FontSetupError) as error:
        return [f"存档数据不能再成文：{error}"]
    faults = []
    if hashlib.sha256(made.pdf).hexdigest() != paper.pdf_sha256:
        faults.append("用存档数据重新制作的 PDF 与存档不同。")
    if paper.docx_sha256 and hashlib.sha256(made.docx).hexdigest() != paper.docx_sha256:
        faults.append("用存档数据重新制作的 DOCX 与存档不同。")
    if composition.plain_text(source) != paper.text:
        faults.append("存档的文字与存档数据不同。")
    return faults
