"""The frozen archive: what is kept, what nobody can change, how it is handed out and exported."""

import hashlib
import zipfile
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.common.audit import history_of
from apps.common.errors import Refused
from apps.common.triggers import PROTECTED, lift, protect
from apps.documents import checks, making, services, show
from apps.documents.composition import (
    Face,
    Layout,
    Paper,
    engine,
    font_fingerprint,
    from_dict,
    paragraph,
    plain_text,
    use_fonts,
)
from apps.documents.models import ArchivedPaper, Rendering
from tests.factories.people import People

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture(autouse=True)
def _files_of_this_test_only(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests count the files kept, so other tests running beside them must keep theirs elsewhere."""
    settings.FILES_ROOT = tmp_path_factory.mktemp("files")


def a_paper(text: str = "示例（虚构）：会议议定事项如下。", number: str = "〔2026〕1号") -> Paper:
    return Paper(
        mark="示例联席会议纪要", title="第一次全体会议纪要", layout=Layout.MINUTES, number=number, marker="示例（虚构）",
        body=(paragraph(text),),
    )  # fmt: skip


def decided(paper: Paper | None = None, **fields: Any) -> ArchivedPaper:
    """Frozen, its files still to be made."""
    number = services.take_number("minutes", year=2026, by=None)
    given: dict[str, Any] = {"number": number, "number_text": services.number_text(number)} | fields
    return services.freeze(paper or a_paper(), kind="minutes", title="第一次全体会议纪要", by=None, **given)


def frozen(paper: Paper | None = None, **fields: Any) -> ArchivedPaper:
    """Frozen, and its files made."""
    return making.make(decided(paper, **fields))


def corrected(first: ArchivedPaper) -> ArchivedPaper:
    return making.make(
        services.freeze(
            a_paper("更正后的文字。"), kind="minutes", title=first.title, by=None, number=first.number,
            number_text=first.number_text, previous=first,
        )
    )  # fmt: skip


def files_kept() -> set[Path]:
    return {path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()}


def test_freezing_keeps_text_and_data_and_the_worker_makes_the_files() -> None:
    paper = a_paper("喆、堃、䶮、㛃、𬭸都印得出来。")
    archived = decided(paper, signed_on=date(2026, 4, 7))
    assert (archived.is_made, archived.pages, archived.version, archived.status) == (False, 1, 1, "current")
    assert (archived.text, from_dict(archived.data)) == (plain_text(paper), paper)
    assert (archived.number_text, str(archived)) == ("〔2026〕1号", "第一次全体会议纪要（〔2026〕1号）")
    with pytest.raises(Refused, match="正在排版"):
        making.file_of(archived)

    assert making.make_due() == 1
    archived.refresh_from_db()
    pdf = (Path(settings.FILES_ROOT) / archived.pdf_path).read_bytes()
    docx = (Path(settings.FILES_ROOT) / archived.docx_path).read_bytes()
    assert (pdf[:5], docx[:2]) == (b"%PDF-", b"PK")
    assert (archived.pdf_sha256, archived.docx_sha256, archived.engine, archived.fonts, archived.attempts) == (
        hashlib.sha256(pdf).hexdigest(), hashlib.sha256(docx).hexdigest(), engine(), font_fingerprint(), 1,
    )  # fmt: skip
    assert [event.verb for event in history_of(archived)] == ["freeze", "make_files"]
    assert (making.file_of(archived), making.file_of(archived, "docx")) == (pdf, docx)


def test_making_twice_keeps_the_first_files() -> None:
    archived = decided()
    late = ArchivedPaper.objects.get(pk=archived.pk)
    making.make(archived)
    before = files_kept()
    making.make(late)  # it was read before the other worker had finished
    assert (late.pdf_path, files_kept()) == (archived.pdf_path, before)
    assert [event.verb for event in history_of(archived)] == ["freeze", "make_files"]


def test_a_correction_raises_the_version_and_keeps_the_number() -> None:
    first = frozen()
    second = corrected(first)
    first.refresh_from_db()
    assert (first.status, second.status, second.version, second.previous) == (
        "corrected",
        "current",
        2,
        first,
    )
    assert making.file_of(first) != making.file_of(second)


def test_a_character_without_a_glyph_is_named_with_its_place_and_nothing_is_kept() -> None:
    before = files_kept()
    with pytest.raises(ValidationError) as caught:
        decided(a_paper("负责人\U0010fff0。"))
    [text] = caught.value.messages
    assert text.startswith("不能成文：正文第1段中的“")
    assert "U+10FFF0" in text
    assert (ArchivedPaper.objects.count(), files_kept()) == (0, before)


def test_a_full_disk_leaves_no_file_and_the_next_try_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def full(_descriptor: int) -> None:
        calls.append(1)
        if len(calls) == 2:  # the PDF is on the disk already when the DOCX fails
            raise OSError(28, "No space left on device")

    archived, before = decided(), files_kept()
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        making.make(archived)
    assert (archived.is_made, archived.trouble, files_kept()) == (
        False, "服务器存储空间不足或不可写，文件没有保存，请联系系统管理员。", before,
    )  # fmt: skip
    making.make(archived)
    assert (archived.is_made, archived.trouble, archived.attempts) == (True, "", 2)


def test_a_paper_that_kills_its_worker_is_left_alone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    archived = decided()

    def die(_paper: Paper) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "produce", die)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(making.MOST_TRIES):
            with pytest.raises(KeyboardInterrupt):
                making.make_due()
            clock.shift(making.REST)
        assert making.make_due() == 0
    archived.refresh_from_db()
    assert (archived.attempts, archived.is_made) == (making.MOST_TRIES, False)
    monkeypatch.undo()
    making.try_again(archived, by=None)
    assert making.make_due() == 1


def test_renderings_are_shared_by_equal_papers_and_thrown_away() -> None:
    first, second = making.ask(a_paper()), making.ask(a_paper())
    other = making.ask(a_paper("另一段文字。"))
    assert (first.pk == second.pk, first.pk == other.pk) == (True, False)
    before = files_kept()
    assert making.make_due() == 2
    first.refresh_from_db()
    assert (first.pages, first.trouble, len(files_kept() - before)) == (1, "", 4)
    with time_machine.travel(timezone.now() + making.KEPT + making.REST):
        assert making.sweep() == 0
    assert (Rendering.objects.count(), files_kept()) == (0, before)


@pytest.mark.parametrize(
    "change",
    [{"title": "改过的标题"}, {"pdf_sha256": "0" * 64}, {"text": "改过的文字"}, {"signed_on": "2026-01-01"}],
)
def test_the_database_refuses_to_change_what_was_frozen(change: dict[str, str]) -> None:
    archived = frozen(signed_on=date(2026, 4, 7))
    with pytest.raises(DatabaseError), transaction.atomic():
        ArchivedPaper.objects.filter(pk=archived.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        ArchivedPaper.objects.filter(pk=archived.pk).delete()


def test_altered_or_lost_bytes_are_never_handed_out() -> None:
    archived = frozen()
    path = Path(settings.FILES_ROOT) / archived.pdf_path
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(Refused, match="校验值不符"):
        making.file_of(archived)
    path.unlink()
    with pytest.raises(Refused, match="读不出来"):
        making.file_of(archived)


def test_a_file_name_holds_nothing_a_file_system_refuses() -> None:
    name = show.file_name("〔2026〕1号", 'a/b\\c:d*e?f"g<h>i|j\n', "pdf")
    assert name == "〔2026〕1号 a b c d e f g h i j.pdf"


@pytest.mark.parametrize("form", ["pdf", "docx"])
@pytest.mark.parametrize("number", ["〔2026〕1号", "[2026]1号", "2026-1", "第1期"])
def test_export_writes_the_archived_bytes(tmp_path: Path, number: str, form: str) -> None:
    archived, out, said = frozen(), tmp_path / "out", StringIO()
    call_command("export_paper", "minutes", number, format=form, out=str(out), stdout=said)
    assert out.read_bytes() == making.file_of(archived, form)
    assert said.getvalue().strip().endswith(getattr(archived, f"{form}_sha256"))
    assert [event.verb for event in history_of(archived)] == ["freeze", "make_files", "export"]


def test_export_takes_the_version_in_force(tmp_path: Path) -> None:
    first = frozen()
    second = corrected(first)
    call_command("export_paper", "minutes", "〔2026〕1号", out=str(tmp_path / "x.pdf"), stdout=StringIO())
    assert (tmp_path / "x.pdf").read_bytes() == making.file_of(second)


def test_export_finds_a_notice_by_the_number_typed_in(tmp_path: Path) -> None:
    archived = services.freeze(
        a_paper(number="泉卫函〔2026〕7号"),
        kind="notice",
        title="会议通知",
        by=None,
        number_text="泉卫函〔2026〕7号",
    )
    assert not archived.is_made  # the command does not wait for a worker
    call_command(
        "export_paper", "notice", "泉卫函〔2026〕7号", out=str(tmp_path / "x.pdf"), stdout=StringIO()
    )
    archived.refresh_from_db()
    assert (tmp_path / "x.pdf").read_bytes() == making.file_of(archived)


@pytest.mark.parametrize(
    ("kind", "number", "options", "text"),
    [
        ("minutes", "〔2026〕9号", {}, "没有编号为“〔2026〕9号”的会议纪要。"),
        ("minutes", "乱写", {}, "没有编号为“乱写”的会议纪要。"),
        ("poem", "〔2026〕1号", {}, "没有“poem”这种公文，可用：minutes、notice、"),
        ("minutes", "〔2026〕1号", {"format": "odt"}, "不能导出“odt”格式，只有 pdf、docx。"),
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


# --- verify_archive ---------------------------------------------------------


def verified(**options: Any) -> tuple[str, str]:
    """(what the command said, its complaints); the complaints are empty when the archive is whole."""
    said, complained = StringIO(), StringIO()
    try:
        call_command("verify_archive", stdout=said, stderr=complained, **options)
    except CommandError as error:
        return str(error), complained.getvalue().strip()
    return said.getvalue().strip(), complained.getvalue().strip()


def test_verify_proves_hashes_and_makes_the_same_bytes_again(people: People) -> None:
    first = frozen()
    corrected(first)
    scan = SimpleUploadedFile("签署件.pdf", making.file_of(first))
    services.attach_scan(first, upload=scan, note="盖章扫描件", by=people.office)
    assert verified() == ("档案完好：公文2件，签署件1件，重新制作核对2件，字节全部相符。", "")
    assert verified(hashes_only=True) == ("档案完好：公文2件，签署件1件，重新制作核对0件，字节全部相符。", "")


def test_verify_names_every_fault() -> None:
    altered, lost, waiting = frozen(), frozen(a_paper("第二份。")), decided(a_paper("第三份。"))
    other = frozen(a_paper("第四份。"))
    root = Path(settings.FILES_ROOT)
    (root / altered.pdf_path).write_bytes(b"altered")
    (root / lost.docx_path).unlink()
    # The hash of other bytes stands in the row: only making the paper again can tell.
    forged = b"%PDF-forged"
    (root / other.pdf_path).write_bytes(forged)
    lift(connection, "documents_archivedpaper")
    ArchivedPaper.objects.filter(pk=other.pk).update(pdf_sha256=hashlib.sha256(forged).hexdigest())
    protect(connection, "documents_archivedpaper", PROTECTED["documents_archivedpaper"])
    said, faults = verified()
    assert said == "公文4件，签署件0件，重新制作核对3件；有4处不符。"
    assert [line.partition("）：")[2] for line in faults.splitlines()] == [
        "存档文件与登记的校验值不符，可能被改动，请联系系统管理员从备份恢复。",
        "存档文件读不出来，请联系系统管理员从备份恢复。",
        "文件正在排版，请稍候。",
        "用存档数据重新制作的 PDF 与存档不同。",
    ]
    assert str(waiting.pk) in faults


def test_verify_leaves_papers_of_another_engine_as_they_are() -> None:
    archived = frozen()
    lift(connection, "documents_archivedpaper")
    ArchivedPaper.objects.filter(pk=archived.pk).update(engine="0")
    protect(connection, "documents_archivedpaper", PROTECTED["documents_archivedpaper"])
    assert verified() == ("档案完好：公文1件，签署件0件，重新制作核对0件，字节全部相符。", "")


def test_an_ofd_may_be_kept_beside_a_paper_but_a_program_may_not(people: People) -> None:
    archived = frozen()
    ofd = BytesIO()
    with zipfile.ZipFile(ofd, "w") as file:
        file.writestr("OFD.xml", '<?xml version="1.0"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>')
    scan = services.attach_scan(
        archived, upload=SimpleUploadedFile("签署件.ofd", ofd.getvalue()), by=people.office
    )
    assert (scan.file.name, [row.pk for row in archived.scans.all()]) == ("签署件.ofd", [scan.pk])
    with pytest.raises(ValidationError):
        services.attach_scan(archived, upload=SimpleUploadedFile("签署件.exe", b"MZ"), by=people.office)
    assert [event.verb for event in history_of(archived)] == ["freeze", "make_files", "attach_scan"]


def test_start_up_says_when_a_font_is_missing(tmp_path: Path) -> None:
    assert checks.papers_can_be_made() == []
    use_fonts({Face.TITLE: tmp_path / "none.ttf"})
    try:
        [problem] = checks.papers_can_be_made()
    finally:
        use_fonts({})
    assert (problem.id, problem.msg) == (
        "documents.E002", "缺少字体文件 none.ttf，请运行 deploy/build_fonts.py 或检查字体设置",
    )  # fmt: skip
    assert checks.papers_can_be_made() == []


def test_start_up_says_when_fonts_cannot_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "SUBSETTER", "libharfbuzz-subset.so.none")
    [problem] = checks.papers_can_be_made()
    assert (problem.id, problem.hint) == ("documents.E003", "apt-get install libharfbuzz-subset0")
