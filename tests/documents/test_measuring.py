"""The measuring tool can fail: papers broken on purpose, the row that says so, and `measure_paper`."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from apps.documents.composition import (
    Attachment,
    Paper,
    Signature,
    geometry,
    html,
    lay_out,
    paragraph,
    render_pdf,
)
from apps.documents.composition import pages as pages_module
from apps.documents.composition.geometry import Page, Rect, Text
from apps.documents.composition.lines import Line, at
from apps.documents.composition.pdf import draw
from apps.documents.measuring import Measured, NotReadable, detect, measure
from tests.documents.sample_papers import PLATES, close_ledger, ledger, letter, minutes, notice, record
from tests.documents.test_composition import HAN, long_notice

Edit = Callable[[Text], Text]


def broken(paper: Paper, edit: Edit, *, first_only: bool = False) -> bytes:
    """The paper with its texts changed after they were laid out."""
    pages = lay_out(paper)
    for page in pages[:1] if first_only else pages:
        page.texts = [edit(text) for text in page.texts]
    return draw(paper, pages)


def rows_failing(data: bytes, kind: str | None = None) -> set[int]:
    return {row["row"] for row in measure(data, kind) if not row["ok"]}


def sized(line: Line, size: float) -> Line:
    return replace(line, pieces=tuple(replace(piece, size=size) for piece in line.pieces))


def moved(text: Text, *, down: float = 0.0, right: float = 0.0) -> Text:
    """By millimetres."""
    return replace(text, baseline=text.baseline + down, line=at(text.line, text.line.x + right * 72 / 25.4))


def on(test: Callable[[Text], bool], change: Edit) -> Edit:
    return lambda text: change(text) if test(text) else text


def says(start: str) -> Callable[[Text], bool]:
    return lambda text: text.line.text.startswith(start)


def faced(family: str) -> Edit:
    def change(text: Text) -> Text:
        pieces = tuple(replace(piece, family=family) for piece in text.line.pieces)
        return replace(text, line=replace(text.line, pieces=pieces))

    return change


BODY = lambda text: text.group > 0  # noqa: E731
SONG, HEI = "Gongwen Song", "Gongwen Hei"


@pytest.mark.parametrize(
    ("row", "paper", "edit"),
    [
        (10, minutes, on(says("泉州市职业病防治工作联席会议纪要"), lambda t: moved(t, right=3))),
        (27, minutes, on(says("泉州市职业病防治工作联席会议纪要"), lambda t: moved(t, down=2))),
        (11, minutes, on(says("〔2026〕"), lambda t: moved(t, right=5))),
        (13, minutes, on(says("〔2026〕"), lambda t: moved(t, down=-2))),
        (14, minutes, on(lambda t: t.tag == "h1", lambda t: moved(t, right=4))),
        (14, minutes, on(lambda t: t.tag == "h1", lambda t: replace(t, line=sized(t.line, 20)))),
        (14, minutes, on(lambda t: t.tag == "h1", faced(HEI))),
        (15, minutes, on(BODY, lambda t: moved(t, down=18))),
        (2, minutes, on(BODY, lambda t: moved(t, down=-4))),
        (3, minutes, lambda t: moved(t, right=3)),
        (4, minutes, on(says("（一）"), lambda t: moved(t, right=6))),
        (5, minutes, on(BODY, lambda t: replace(t, line=sized(t.line, 15.2)))),
        (9, minutes, on(BODY, lambda t: replace(t, baseline=37 + (t.baseline - 37) * 1.03))),
        (16, minutes, on(says("（二）"), lambda t: moved(t, right=-2))),
        (17, minutes, on(says("（二）"), faced(HEI))),
        (18, letter, on(says("附件："), lambda t: moved(t, right=2))),
        (19, notice, on(says("2026年3月17日"), lambda t: moved(t, right=-4))),
        (20, letter, on(says("2026年3月30日"), lambda t: moved(t, right=1))),
        (22, notice, on(says("附件"), lambda t: moved(t, right=1))),
        (24, minutes, on(says("抄报"), lambda t: moved(t, right=2))),
        (24, minutes, on(says("抄报"), faced(HEI))),
        (25, minutes, on(says("2026年4月9日印发"), lambda t: moved(t, right=-3))),
        (26, minutes, on(says("— 1"), lambda t: t)),
        (28, minutes, on(says("出席"), lambda t: moved(t, right=2))),
        (28, minutes, on(says("出席"), faced(HEI))),
        (30, letter, on(says("泉州市卫生健康委员会"), lambda t: moved(t, down=2))),
        (30, letter, on(says("泉卫函"), lambda t: moved(t, right=-9))),
        (33, minutes, on(says("（二）"), lambda t: moved(t, down=7))),
        (33, record, on(says("叶一帆、"), lambda t: moved(t, right=-4))),
        (14, record, on(lambda t: t.tag == "h1", lambda t: moved(t, down=6))),
        (34, ledger, on(lambda t: t.spot is not None, lambda t: replace(t, line=sized(t.line, 11)))),
        (34, record, on(lambda t: t.spot is not None, lambda t: replace(t, line=sized(t.line, 9)))),
    ],
)  # fmt: skip
def test_a_paper_broken_on_purpose_fails_its_row(row: int, paper: Callable[[], Paper], edit: Edit) -> None:
    if row == 26:  # page numbers are not among the texts: their pages lose them
        pages = lay_out(paper())
        pages[1].numbered = False
        assert 26 in rows_failing(draw(paper(), pages))
        return
    assert rows_failing(render_pdf(paper())) == set()
    assert row in rows_failing(broken(paper(), edit))


def test_21_lines_a_page_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = minutes(body=(paragraph(HAN * 70),))
    assert rows_failing(render_pdf(paper)) == set()
    short = replace(geometry.PORTRAIT, lines=21)
    monkeypatch.setattr(pages_module, "frame_of", lambda _paper: short)
    assert 6 in rows_failing(render_pdf(paper))


def test_27_cells_a_line_are_seen() -> None:
    def wide(text: Text) -> Text:
        pieces = tuple(replace(piece, spacing=piece.spacing + 0.6) for piece in text.line.pieces)
        return replace(text, line=replace(text.line, pieces=pieces))

    paper = minutes(body=(paragraph(HAN * 40),))
    assert {4, 8} <= rows_failing(broken(paper, on(BODY, wide)))


def rects(paper: Paper, edit: Callable[[Rect], Rect]) -> bytes:
    pages = lay_out(paper)
    for page in pages:
        page.rects = [edit(rect) for rect in page.rects]
    return draw(paper, pages)


@pytest.mark.parametrize(
    ("row", "paper", "edit"),
    [
        (13, minutes(), lambda r: replace(r, width=150.0) if r.colour != "#000000" else r),
        (23, minutes(), lambda r: replace(r, y=r.y - 3) if r.y > 250 else r),
        (23, minutes(), lambda r: replace(r, height=0.6) if r.y > 200 else r),
        (30, letter(), lambda r: replace(r, y=r.y - 2) if r.y > 270 else r),
        (32, minutes(), lambda r: replace(r, colour="#cc0000") if r.y > 200 else r),
        (33, record(100), lambda r: replace(r, x=r.x + 11) if r.height > 5 else r),
        (34, record(100), lambda r: replace(r, height=r.height - 4) if r.height > 5 else r),
        (35, PLATES, lambda r: replace(r, y=r.y + 2)),
    ],
)
def test_a_rule_out_of_place_fails_its_row(row: int, paper: Paper, edit: Callable[[Rect], Rect]) -> None:
    assert row in rows_failing(rects(paper, edit))


def test_a_header_left_out_is_seen() -> None:
    pages = lay_out(ledger())
    for page in pages[1:]:
        page.texts = [text for text in page.texts if not (text.spot and text.spot.repeated)]
    assert 34 in rows_failing(draw(ledger(), pages))


def test_words_beside_the_number_out_of_place_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    placed = html._running
    monkeypatch.setattr(html, "_running", lambda words, base: placed(words, base) + "margin:0 1mm;")
    assert rows_failing(render_pdf(close_ledger(2))) == {26}


def test_halves_of_a_plate_that_differ_are_seen() -> None:
    assert 35 in rows_failing(broken(PLATES, on(lambda t: t.turned, lambda t: moved(t, right=5))))
    pages = lay_out(PLATES)
    pages[0] = Page([t for t in pages[0].texts if not t.turned], pages[0].rects, False, pages[0].frame)
    assert 35 in rows_failing(draw(PLATES, pages))


def test_a_seal_on_minutes_is_seen() -> None:
    document = pypdfium2.PdfDocument(render_pdf(minutes()))
    image = pypdfium2.PdfImage.new(document)
    image.set_bitmap(pypdfium2.PdfBitmap.from_pil(Image.new("RGB", (20, 20), "red")))
    image.set_matrix(pypdfium2.PdfMatrix().scale(80, 80).translate(300, 300))
    page = document[1]
    page.insert_obj(image)
    page.gen_content()
    out = io.BytesIO()
    document.save(out)
    assert 29 in rows_failing(out.getvalue(), "minutes")


def test_a_mark_at_a_lines_start_and_a_cut_number_are_seen() -> None:
    def swap(text: Text) -> Text:
        first = text.line.pieces[0]
        return replace(
            text,
            line=replace(
                text.line, pieces=(replace(first, text="，" + first.text[1:]), *text.line.pieces[1:])
            ),
        )

    assert 31 in rows_failing(broken(minutes(body=(paragraph(HAN * 9),)), on(says(HAN[26:30]), swap)))


@pytest.mark.parametrize("text", ["2026年04月08日", "二〇二六年四月八日"])
def test_a_date_in_another_form_is_seen(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.documents.composition import flow

    monkeypatch.setattr(flow, "chinese_date", lambda _day: text)
    assert 21 in rows_failing(render_pdf(minutes()))


@pytest.mark.parametrize(
    ("paper", "kind"),
    [(minutes, "minutes"), (notice, "official"), (long_notice, "official"), (letter, "letter"),
     (record, "sheet"), (ledger, "sheet"), (lambda: PLATES, "plates")],
)  # fmt: skip
def test_the_kind_is_seen_from_the_pdf(paper: Callable[[], Paper], kind: str) -> None:
    assert detect(Measured(render_pdf(paper()))) == kind


@pytest.mark.parametrize("kind", ["official", "minutes", "letter", "sheet", "plates"])
def test_any_pdf_measured_as_anything_gives_rows_not_an_error(kind: str) -> None:
    empty = pypdfium2.PdfDocument.new()
    empty.new_page(595, 842)
    out = io.BytesIO()
    empty.save(out)
    for data in (out.getvalue(), *(render_pdf(paper) for paper in (PLATES, letter(), ledger(2)))):
        assert measure(data, kind)


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "不是 PDF"), (b"PK\x03\x04", "不是 PDF"), (b"%PDF-1.7\nnothing", "损坏|没有页面")],
)
def test_what_is_no_pdf_is_said_so(data: bytes, message: str) -> None:
    with pytest.raises(NotReadable, match=message):
        measure(data)


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("measure_paper", *args, stdout=out)
    return out.getvalue()


def test_the_command_prints_each_row(tmp_path: Path) -> None:
    file = tmp_path / "paper.pdf"
    file.write_bytes(render_pdf(minutes()))
    lines = run(str(file)).splitlines()
    count = len(measure(file.read_bytes()))
    assert lines[0] == f"{file}  minutes"
    assert lines[-1] == f"{count} rows measured, 0 failed"
    assert len(lines) == count + 2
    assert all(line[5:7] == "ok" for line in lines[1:-1])
    shown: dict[str, Any] = json.loads(run(str(file), "--format", "json"))
    assert (shown["kind"], shown["ok"], len(shown["rows"])) == ("minutes", True, count)


def test_the_command_fails_when_a_row_does(tmp_path: Path) -> None:
    file = tmp_path / "paper.pdf"
    file.write_bytes(broken(minutes(), on(BODY, lambda t: moved(t, right=3))))
    with pytest.raises(CommandError, match="不符合要求") as caught:
        run(str(file), "--kind", "minutes")
    assert caught.value.returncode == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"hello", "不是 PDF 文件"), (b"%PDF-1.7\nbroken", "损坏|没有页面"), (None, "读不了文件")],
)
def test_the_command_says_what_is_wrong_with_a_file(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    file = tmp_path / "paper.pdf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=message) as caught:
        run(str(file))
    assert caught.value.returncode == 1


def test_a_plain_date_and_one_under_a_long_name_are_measured_too() -> None:
    """A 代章 under the office's whole name takes the date to the left half of the page."""
    alone = notice(signature=Signature(dt.date(2026, 12, 31)))
    assert rows_failing(render_pdf(alone)) == set()
    long = notice(signature=Signature(dt.date(2026, 12, 31), "泉州市职业病防治工作联席会议办公室（代章）"))
    assert rows_failing(render_pdf(long)) == set()
    assert 19 in rows_failing(broken(long, on(says("2026年12月31日"), lambda t: moved(t, right=1.5))))


@pytest.mark.parametrize("lines", [8, 11])
def test_a_signature_without_text_is_seen(lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """署名 and date carried over alone (8), or with nothing but the 附件说明 (11)."""
    paper = letter(body=(paragraph("规" * (28 * lines + 26)),), attachments=(Attachment("清单"),))
    assert rows_failing(render_pdf(paper)) == set()
    assert len(lay_out(paper)) == 2
    monkeypatch.setattr("apps.documents.composition.flow._WITH_SIGNATURE", 0)
    assert rows_failing(render_pdf(paper)) == {19}
