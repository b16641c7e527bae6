"""The frozen archive: what is kept, what nobody can change, how it is handed out and exported."""

import hashlib
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from apps.common.audit import history_of
from apps.common.errors import Refused
from apps.documents import checks, services
from apps.documents.composition import ENGINE_VERSION, Layout, Paper, from_dict, paragraph, plain_text
from apps.documents.models import ArchivedPaper

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def a_paper(text: str = "示例（虚构）：会议议定事项如下。", number: str = "〔2026〕1号") -> Paper:
    return Paper(
        mark="示例联席会议纪要", title="第一次全体会议纪要", layout=Layout.MINUTES, number=number, marker="示例（虚构）",
        body=(paragraph(text),),
    )  # fmt: skip


def frozen(paper: Paper | None = None, **fields: Any) -> ArchivedPaper:
    number = services.take_number("minutes", year=2026, by=None)
    given: dict[str, Any] = {"number": number, "number_text": services.number_text(number)} | fields
    return services.freeze(paper or a_paper(), kind="minutes", title="第一次全体会议纪要", by=None, **given)


def files_kept() -> set[Path]:
    return {path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()}


def test_freezing_keeps_bytes_hash_text_and_data() -> None:
    paper = a_paper("喆、堃、䶮、㛃、𬭸都印得出来。")
    archived = frozen(paper, signed_on=date(2026, 4, 7))
    pdf = (Path(settings.FILES_ROOT) / archived.pdf_path).read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert (archived.pdf_sha256, archived.pages, archived.version, archived.status, archived.engine) == (
        hashlib.sha256(pdf).hexdigest(), 1, 1, "current", ENGINE_VERSION,
    )  # fmt: skip
    assert (archived.text, from_dict(archived.data)) == (plain_text(paper), paper)
    assert (archived.number_text, str(archived)) == ("〔2026〕1号", "第一次全体会议纪要（〔2026〕1号）")
    assert [event.verb for event in history_of(archived)] == ["freeze"]
    assert services.pdf_bytes(archived) == pdf
    assert [page[:8] for page in services.preview(archived)] == [b"\x89PNG\r\n\x1a\n"]


def test_a_correction_raises_the_version_and_keeps_the_number() -> None:
    first = frozen()
    second = services.freeze(
        a_paper("更正后的文字。"), kind="minutes", title=first.title, by=None, number=first.number,
        number_text=first.number_text, previous=first,
    )  # fmt: skip
    first.refresh_from_db()
    assert (first.status, second.status, second.version, second.previous) == (
        "corrected",
        "current",
        2,
        first,
    )
    assert services.pdf_bytes(first) != services.pdf_bytes(second)


def test_a_character_without_a_glyph_is_named_with_its_place_and_nothing_is_kept() -> None:
    before = files_kept()
    with pytest.raises(ValidationError) as caught:
        frozen(a_paper("负责人\U0010fff0。"))
    [text] = caught.value.messages
    assert text.startswith("不能成文：正文第1段中的“")
    assert "U+10FFF0" in text
    assert (ArchivedPaper.objects.count(), files_kept()) == (0, before)


def test_a_full_disk_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    before = files_kept()
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(ValidationError, match="存储空间不足"):
            frozen()
    assert (ArchivedPaper.objects.count(), files_kept()) == (0, before)


@pytest.mark.parametrize(
    "change",
    [{"title": "改过的标题"}, {"pdf_sha256": "0" * 64}, {"text": "改过的文字"}, {"signed_on": "2026-01-01"}],
)
def test_the_database_refuses_to_change_what_was_frozen(change: dict[str, str]) -> None:
    archived = frozen()
    with pytest.raises(DatabaseError), transaction.atomic():
        ArchivedPaper.objects.filter(pk=archived.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        ArchivedPaper.objects.filter(pk=archived.pk).delete()


def test_altered_or_lost_bytes_are_never_handed_out() -> None:
    archived = frozen()
    path = Path(settings.FILES_ROOT) / archived.pdf_path
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(Refused, match="校验值不符"):
        services.answer_pdf(archived, by=None)
    path.unlink()
    with pytest.raises(Refused, match="读不出来"):
        services.preview(archived)


def test_the_download_is_an_attachment_and_journalled() -> None:
    archived = frozen()
    answer = services.answer_pdf(archived, by=None)
    assert (answer.content, answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        services.pdf_bytes(archived), "application/pdf", "nosniff",
    )  # fmt: skip
    assert answer["Content-Disposition"].startswith("attachment;")
    assert [event.verb for event in history_of(archived)] == ["freeze", "download"]


def test_a_file_name_holds_nothing_a_file_system_refuses() -> None:
    archived = ArchivedPaper(title='a/b\\c:d*e?f"g<h>i|j\n', number_text="〔2026〕1号")
    assert services.file_name(archived) == "〔2026〕1号 a b c d e f g h i j.pdf"


@pytest.mark.parametrize("number", ["〔2026〕1号", "[2026]1号", "2026-1", "第1期"])
def test_export_writes_the_archived_bytes(tmp_path: Path, number: str) -> None:
    archived, out, said = frozen(), tmp_path / "out.pdf", StringIO()
    call_command("export_paper", "minutes", number, format="pdf", out=str(out), stdout=said)
    assert out.read_bytes() == services.pdf_bytes(archived)
    assert said.getvalue().strip().endswith(archived.pdf_sha256)
    assert [event.verb for event in history_of(archived)] == ["freeze", "export"]


def test_export_takes_the_version_in_force(tmp_path: Path) -> None:
    first = frozen()
    second = services.freeze(
        a_paper("更正后的文字。"), kind="minutes", title=first.title, by=None, number=first.number,
        number_text=first.number_text, previous=first,
    )  # fmt: skip
    call_command("export_paper", "minutes", "〔2026〕1号", out=str(tmp_path / "x.pdf"), stdout=StringIO())
    assert (tmp_path / "x.pdf").read_bytes() == services.pdf_bytes(second)


def test_export_finds_a_notice_by_the_number_typed_in(tmp_path: Path) -> None:
    archived = services.freeze(
        a_paper(number="泉卫函〔2026〕7号"),
        kind="notice",
        title="会议通知",
        by=None,
        number_text="泉卫函〔2026〕7号",
    )
    call_command(
        "export_paper", "notice", "泉卫函〔2026〕7号", out=str(tmp_path / "x.pdf"), stdout=StringIO()
    )
    assert (tmp_path / "x.pdf").read_bytes() == services.pdf_bytes(archived)


@pytest.mark.parametrize(
    ("kind", "number", "options", "text"),
    [
        ("minutes", "〔2026〕9号", {}, "没有编号为“〔2026〕9号”的会议纪要。"),
        ("minutes", "乱写", {}, "没有编号为“乱写”的会议纪要。"),
        ("poem", "〔2026〕1号", {}, "没有“poem”这种公文，可用：minutes、notice。"),
        ("minutes", "〔2026〕1号", {"format": "docx"}, "不能导出“docx”格式，目前只有 pdf。"),
        ("minutes", "〔2026〕1号", {"out": "/nowhere/at/all/x.pdf"}, "写不进文件“/nowhere/at/all/x.pdf”"),
    ],
)
def test_export_says_what_is_wrong(
    tmp_path: Path, kind: str, number: str, options: dict[str, str], text: str
) -> None:
    frozen()
    with pytest.raises(CommandError) as caught:
        call_command("export_paper", kind, number, **{"out": str(tmp_path / "x.pdf")} | options)
    assert str(caught.value).startswith(text)
    assert not list(tmp_path.iterdir())


def test_export_refuses_altered_bytes(tmp_path: Path) -> None:
    archived = frozen()
    (Path(settings.FILES_ROOT) / archived.pdf_path).write_bytes(b"altered")
    with pytest.raises(CommandError, match="校验值不符"):
        call_command("export_paper", "minutes", "〔2026〕1号", out=str(tmp_path / "x.pdf"))
    assert not list(tmp_path.iterdir())


def test_start_up_says_when_the_archive_cannot_be_written(tmp_path: Path, settings: Any) -> None:
    settings.FILES_ROOT = tmp_path / "files"
    assert checks.archive_is_writable() == []
    (tmp_path / "plain").write_text("not a folder")
    settings.FILES_ROOT = tmp_path / "plain" / "files"
    [problem] = checks.archive_is_writable()
    assert (problem.id, problem.msg.startswith("公文存档目录不可写：")) == ("documents.E001", True)
