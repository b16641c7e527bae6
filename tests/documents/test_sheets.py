"""Sheets without a red head, tables over pages, name plates, files inside a PDF, and limits."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pdfplumber
import pypdfium2  # type: ignore[import-untyped]
import pytest

from apps.documents.composition import (
    Block,
    Cell,
    Embedded,
    Face,
    FontSetupError,
    Imprint,
    Layout,
    NameGroup,
    NameList,
    Paper,
    PaperError,
    Plate,
    Run,
    Table,
    chinese_number,
    font_fingerprint,
    from_dict,
    heading,
    lay_out,
    level_label,
    missing_glyphs,
    paragraph,
    plain_text,
    render_pdf,
    to_dict,
    use_fonts,
)
from apps.documents.composition.fonts import files
from apps.documents.composition.geometry import Page
from apps.documents.measuring import Measured, measure
from tests.documents.sample_papers import PLATES, close_ledger, ledger, minutes, record
from tests.documents.test_composition import ROOT, _inflate, bare, pdf_text


def failed(data: bytes, kind: str | None = None) -> list[dict[str, object]]:
    return [row for row in measure(data, kind) if not row["ok"]]


@pytest.mark.parametrize(
    ("paper", "kind", "rows"),
    [
        (record(), "sheet", {1, 2, 4, 14, 19, 21, 26, 31, 32, 33, 34}),
        (ledger(), "sheet", {1, 2, 3, 4, 5, 14, 26, 31, 32, 33, 34}),
        (close_ledger(), "sheet", {1, 2, 4, 14, 26, 31, 32, 33, 34}),
        (PLATES, "plates", {1, 31, 32, 33, 35}),
    ],
)
def test_every_row_measures(paper: Paper, kind: str, rows: set[int]) -> None:
    data = render_pdf(paper)
    measured = measure(data)
    assert [row for row in measured if not row["ok"]] == []
    assert rows - {row["row"] for row in measured} == set()
    assert measured == measure(data, kind)


@pytest.mark.parametrize("paper", [record(), close_ledger(), PLATES])
def test_json_both_ways(paper: Paper) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(paper), ensure_ascii=False))) == paper


def test_an_old_paper_still_decodes() -> None:
    """What the archive holds from before sheets: no landscape, no plates, cells as plain text, no size."""
    data = to_dict(minutes(body=(Table((14, 14), (("一", "二"),)),)))
    for key in ("landscape", "plates"):
        del data[key]
    del data["body"][0]["size"]
    assert from_dict(json.loads(json.dumps(data))) == minutes(body=(Table((14, 14), (("一", "二"),)),))


def spots(page: Page) -> list[tuple[int, int, str]]:
    return [(t.spot.row, t.spot.column, t.line.text) for t in page.texts if t.spot]


def test_a_cell_longer_than_a_page_goes_on_over_pages() -> None:
    pages = lay_out(record(3000))
    said = "".join(text for page in pages for row, column, text in spots(page) if (row, column) == (2, 5 - 4))
    assert len(pages) == 5
    assert said == ("会议听取了情况通报，与会同志发表了意见，" * 151)[:3000]
    for page in pages:
        assert max(rect.y + rect.height for rect in page.rects) < 262.2


def test_the_header_stands_on_every_page_of_a_table() -> None:
    pages = lay_out(ledger(20))
    with_table = [page for page in pages if spots(page)]
    assert len(with_table) > 3
    for page in with_table:
        assert [text for row, _, text in spots(page) if row == 0] == [
            "序号", "事项", "牵头单位", "配合单位", "时限", "进展", "备注",
        ]  # fmt: skip
    numbers = [text for page in pages for row, column, text in spots(page) if row and column == 0]
    assert numbers == [str(n) for n in range(1, 21)]


def test_spans_and_heads() -> None:
    table = Table((7, 7, 14), ((Cell("项目", span=2, head=True), "内容"), ("甲", "乙", "")), header=False)
    (page,) = lay_out(Paper("", "登记表", Layout.SHEET, body=(table,)))
    assert spots(page) == [(0, 0, "项目"), (0, 2, "内容"), (1, 0, "甲"), (1, 1, "乙"), (1, 2, "")]
    upright = sorted({round(rect.x, 1) for rect in page.rects if rect.height > 1})
    assert upright == [27.9, 66.9, 105.9, 183.9]
    first = [rect for rect in page.rects if rect.height > 1][:3]
    assert [round(rect.x, 1) for rect in first] == [27.9, 105.9, 183.9]
    pdf = Measured(render_pdf(Paper("", "登记表", Layout.SHEET, body=(table,))))
    assert [char.font for char in pdf.find("项目").chars] == ["Gongwen-Hei"] * 2 + ["Gongwen-FangSong"] * 2


def test_the_text_layer_of_a_sheet_is_its_text() -> None:
    short = record(200)
    assert pdf_text(render_pdf(short)) == bare(plain_text(short))
    once = ledger(3)
    assert bare(plain_text(once)).startswith("示例（虚构）2026年职业病防治工作联席会议议定事项台账填报单位")
    header = "序号事项牵头单位配合单位时限进展备注"
    text = pdf_text(render_pdf(once))
    first = text.index(header) + len(header)
    assert text[:first] + text[first:].replace(header, "") == bare(plain_text(once))


def test_plates_say_each_name_upright_and_turned() -> None:
    assert plain_text(PLATES) == "陈\u3000颖\n市卫生健康委员会\n叶一帆\n欧阳娜娜\n市人社局\nAlexander"
    pdf = Measured(render_pdf(PLATES))
    assert pdf.sizes[0] == pytest.approx((297, 210), abs=0.1)
    for page, plate in enumerate(PLATES.plates, 1):
        chars = [char for line in pdf.on(page) for char in line.chars if char.text.strip()]
        upright = "".join(char.text for char in chars if not char.turned)
        turned = "".join(char.text for char in reversed([c for c in chars if c.turned]))
        assert upright == plate.name + plate.unit
        assert sorted(turned) == sorted(upright)
        assert all(char.baseline > 105 for char in chars if not char.turned)
        assert all(char.baseline < 105 for char in chars if char.turned)


@pytest.mark.parametrize("plates", [(), (Plate(""),), (Plate("很长的名字" * 10),)])
def test_plates_that_cannot_be_read_are_refused(plates: tuple[Plate, ...]) -> None:
    with pytest.raises(PaperError, match="桌签"):
        render_pdf(replace(PLATES, plates=plates))


def test_only_a_sheet_lies_on_its_side() -> None:
    with pytest.raises(PaperError, match="横排"):
        lay_out(minutes(landscape=True))
    with pytest.raises(PaperError, match="小五号的表格只能横排"):
        lay_out(replace(close_ledger(2), landscape=False))
    with pytest.raises(PaperError, match="字号"):
        Table((4, 4), (("一", "二"),), size=8.0)


def test_words_stand_beside_the_number_of_every_page() -> None:
    pdf = Measured(render_pdf(close_ledger()))
    feet = [line.text for line in pdf.lines if line.baseline > pdf.frame(line.page).bottom]
    words = f"台账（截至2026年4月8日）\u3000共{pdf.pages}页"
    assert feet == [f"{words}— {n} —" if n % 2 else f"— {n} —{words}" for n in range(1, pdf.pages + 1)]
    assert pdf.pages == 3
    (missing,) = missing_glyphs(replace(close_ledger(1), running="台账\ue000"))
    assert missing.where == "页脚"


def test_missing_glyphs_are_found_in_cells_and_plates() -> None:
    sheet = Paper("", "表", Layout.SHEET, body=(Table((14, 14), ((Cell("甲😀"), "乙"),)),))
    assert [(item.char, item.where) for item in missing_glyphs(sheet)] == [("😀", "正文的表格")]
    plates = replace(PLATES, plates=(Plate("陈😀"),))
    assert [(item.char, item.where) for item in missing_glyphs(plates)] == [("😀", "桌签")]


def test_files_inside_make_it_pdf_a_3() -> None:
    csv = Embedded("台账.csv", "序号,事项\n1,要点".encode(), "text/csv", "议定事项台账")
    data_file = Embedded("paper.json", b"{}", "application/json")
    data = render_pdf(minutes(), (csv, data_file))
    document = pypdfium2.PdfDocument(data)
    found = [document.get_attachment(n) for n in range(document.count_attachments())]
    assert {item.get_name(): bytes(item.get_data()) for item in found} == {
        "台账.csv": csv.data, "paper.json": b"{}",
    }  # fmt: skip
    streams = b"".join(_inflate(part) for part in re.findall(rb"stream\n(.*?)\nendstream", data, re.S))
    assert re.search(rb'pdfaid:part(="|>)3', streams)
    assert (data + streams).count(b"/AFRelationship /Supplement") == 2
    assert b"/Subtype /text#2fcsv" in data + streams
    assert b"/Subtype /application#2fjson" in data + streams
    assert data == render_pdf(minutes(), (csv, data_file))
    assert data != render_pdf(minutes(), (replace(csv, data=b"other"), data_file))
    assert failed(data) == []


def test_bad_files_inside_are_refused() -> None:
    one = Embedded("a.csv", b"", "text/csv")
    for wrong in (
        (one, one),
        (replace(one, name=""),),
        (replace(one, mime="csv"),),
        (replace(one, mime="a/b>>"),),
    ):
        with pytest.raises(PaperError, match="附带文件"):
            render_pdf(minutes(), wrong)


def test_the_fingerprint_follows_the_font_files(tmp_path: Path) -> None:
    before = font_fingerprint()
    total = hashlib.sha256()
    for path in files():
        total.update(hashlib.sha256(path.read_bytes()).digest())
    assert before == total.hexdigest()
    own = tmp_path / "own.otf"
    own.write_bytes(next(path for path in files() if path.name == "kai.otf").read_bytes())
    try:
        use_fonts({Face.TITLE: own})
        assert font_fingerprint() != before
        use_fonts({Face.TITLE: tmp_path / "gone.otf"})
        with pytest.raises(FontSetupError, match=r"gone\.otf"):
            lay_out(minutes())
    finally:
        use_fonts({})
    assert font_fingerprint() == before


def test_too_many_pages_are_refused_before_drawing() -> None:
    for text in ("文" * 616 * 200, "文" * 616 * 125):
        with pytest.raises(PaperError, match="超过120页"):
            render_pdf(minutes(body=(paragraph(text),)))
    with pytest.raises(PaperError, match="超过120页"):
        render_pdf(replace(PLATES, plates=(Plate("叶一帆"),) * 121))


def test_empty_parts_break_nothing() -> None:
    empty = minutes(
        body=(paragraph(""), Block(()), Block((Run(""), Run(""))), heading(1, ""), Table((28,), (("",),))),
        names=(NameList("出席", ()), NameList("请假", (NameGroup(),))), number="", marker="",
    )  # fmt: skip
    assert failed(render_pdf(empty), "minutes") == []
    bare_sheet = Paper("", "", Layout.SHEET)
    assert len(lay_out(bare_sheet)) == 1
    assert len(Measured(render_pdf(bare_sheet)).sizes) == 1


def test_control_characters_are_named_in_cells() -> None:
    paper = Paper("", "表", Layout.SHEET, body=(Table((28,), (("上\x07下",),)),))
    with pytest.raises(PaperError, match=r"正文的表格中的“控制字符”（U\+0007）没有字形"):
        render_pdf(paper)


def test_a_cell_may_have_paragraphs() -> None:
    paper = Paper("", "表", Layout.SHEET, body=(Table((28,), (("第一段\n第二段",),), header=False),))
    assert [text for _, _, text in spots(lay_out(paper)[0])] == ["第一段", "第二段"]


def test_long_words_and_numbers_are_cut_by_width() -> None:
    text = "https://example.org/" + "a" * 150 + "，编号" + "1234567890" * 12 + "。"
    paper = minutes(body=(paragraph(text),))
    data = render_pdf(paper)
    assert bare(text) in pdf_text(data)
    assert [row for row in failed(data) if row["row"] != 31] == []


def test_a_long_imprint_keeps_clear_of_the_text() -> None:
    units = tuple(f"市第{chinese_number(n)}示例单位" for n in range(1, 26))
    for count in range(1, 30, 3):
        paper = minutes(body=(paragraph("文" * 28 * count),), imprint=Imprint(copy_to=units, issuer="办公室"))
        last = lay_out(paper)[-1]
        rule = min(rect.y for rect in last.rects if rect.colour == "#000000")
        assert all(t.baseline < rule for t in last.texts if t.group > 0), count
    with pytest.raises(PaperError, match="版记太长"):
        lay_out(minutes(imprint=Imprint(copy_to=units * 8)))


@pytest.mark.parametrize("field", ["issuer", "number", "head"])
def test_what_must_be_one_line_and_is_not_is_refused(field: str) -> None:
    long = "很长" * 30
    changes: dict[str, object] = {
        "issuer": {"imprint": Imprint(issuer=long)},
        "number": {"number": long},
        "head": {"head_issuer": long},
    }[field]  # type: ignore[assignment]
    with pytest.raises(PaperError, match="太长，一行放不下"):
        lay_out(minutes(**changes))  # type: ignore[arg-type]


def test_numerals_to_999() -> None:
    shown = [chinese_number(n) for n in (100, 101, 110, 111, 120, 200, 999)]
    assert shown == ["一百", "一百零一", "一百一十", "一百一十一", "一百二十", "二百", "九百九十九"]
    assert level_label(2, 101) == "（一百零一）"
    with pytest.raises(PaperError):
        chinese_number(1000)


def test_measuring_is_loaded_only_when_a_pdf_is_opened() -> None:
    code = (
        "import sys;import apps.documents.measuring,apps.documents.composition;"
        "print([m for m in ('numpy','pdfplumber','weasyprint') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_character_is_tagged() -> None:
    with pdfplumber.open(io.BytesIO(render_pdf(ledger(3)))) as pdf:
        assert all(char["mcid"] is not None for page in pdf.pages for char in page.chars)
        assert {element["type"] for element in pdf.structure_tree} >= {"Document"}
