"""Whole papers: every row, every length, rare characters, the text layer, and what must not happen."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import itertools
import json
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pdfplumber
import pypdfium2  # type: ignore[import-untyped]
import pytest

from apps.documents.composition import (
    Attachment,
    Block,
    Colophon,
    Face,
    Imprint,
    MissingGlyph,
    NameGroup,
    NameList,
    Paper,
    PaperError,
    Run,
    Signature,
    Table,
    check_setup,
    chinese_number,
    from_dict,
    heading,
    lay_out,
    level_label,
    missing_glyphs,
    paragraph,
    plain_text,
    render_pdf,
    render_previews,
    to_dict,
    write_pdf,
)
from apps.documents.composition.geometry import LINES, PITCH, Page
from apps.documents.measuring import Measured, measure
from tests.documents.sample_papers import LEAD, OFFICE, letter, minutes, notice

ROOT = Path(__file__).resolve().parents[2]
HAN = "职业病防治工作联席会议办公室市卫健委牵头各成员单位配合按程序印发"


def long_notice() -> Paper:
    """An upward paper with a signer, four levels, two full pages, many recipients, strict 版记."""
    body: list[Block | Table] = [paragraph(HAN * 5)]
    for number in range(1, 4):
        body += [
            heading(1, level_label(1, number) + "总体要求"),
            heading(2, level_label(2, number) + "压实责任。", HAN * 3 + "。"),
            heading(3, level_label(3, number), HAN * 2 + "，" + HAN + "。"),
            heading(4, level_label(4, number), LEAD),
        ]
    units = tuple(f"市第{chinese_number(n)}示例单位" for n in range(1, 12))
    return notice(
        number="泉卫〔2026〕12号",
        signers=("叶一帆",),
        corner=("特急",),
        body=tuple(body),
        imprint=Imprint(("市人民政府",), (), units, OFFICE, dt.date(2026, 3, 17), Colophon.STRICT),
    )


def pdf_text(data: bytes) -> str:
    """All text of a PDF without page numbers and blanks."""
    document = pypdfium2.PdfDocument(data)
    pages = [document[index].get_textpage().get_text_bounded() for index in range(len(document))]
    return re.sub(r"\s", "", "".join(re.sub(r"— ?\d+ ?—", "", page) for page in pages))


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return data


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


HEAD = {1, 2, 3, 4, 5, 14, 15, 16, 21, 26, 31, 32}  # rows every paper shows


@pytest.mark.parametrize(
    ("paper", "kind", "rows"),
    [
        (minutes, "minutes", {6, 9, 10, 11, 13, 17, 23, 24, 25, 27, 28, 29}),
        (notice, "official", {10, 13, 17, 18, 19, 22, 23, 24, 25, 27}),
        (letter, "letter", {18, 20, 30}),
        (long_notice, "official", {6, 7, 8, 9, 10, 11, 12, 13, 17, 18, 19, 22, 23, 24, 25, 27}),
    ],
)
def test_every_row_measures(paper: Callable[[], Paper], kind: str, rows: set[int]) -> None:
    measured = measure(render_pdf(paper()), kind)
    assert [row for row in measured if not row["ok"]] == []
    assert (HEAD | rows) - {row["row"] for row in measured} == set()


def test_a_full_page_has_22_lines_of_28_cells() -> None:
    pdf = Measured(render_pdf(minutes(body=(paragraph(HAN * 60),))))
    lines = pdf.body(2)
    assert [len(line.text) for line in lines] == [28] * 22
    assert {round(line.x0, 1) for line in lines} == {28.0}
    assert lines[0].baseline == pytest.approx(37 + 0.88 * 16 / 72 * 25.4, abs=0.05)


def bottom(page: Page) -> float:
    return max((text.baseline for text in page.texts if text.group > 0), default=0.0)


@pytest.mark.parametrize(("paper", "listed"), [(minutes, False), (notice, False), (notice, True)])
def test_every_length_keeps_the_imprint_down_and_nothing_stranded(
    paper: Callable[..., Paper], listed: bool
) -> None:
    attachments = (Attachment("参会回执"), Attachment("有关材料清单")) if listed else ()
    seen = set()
    for lines in range(1, 68):
        body = (
            heading(1, "一、总体要求"), paragraph("规" * (28 * lines - 2)),
            heading(1, "二、有关事项"), paragraph("职" * 26),
        )  # fmt: skip
        pages = lay_out(paper(body=body, attachments=attachments))
        seen.add(len(pages))
        last = pages[-1]
        assert max(rect.y + rect.height / 2 for rect in last.rects) == pytest.approx(262)
        top_rule = min(rect.y for rect in last.rects if rect.colour == "#000000")
        assert bottom(last) + 0.68 < top_rule
        for page in pages:
            rows = sorted({round(text.baseline, 3) for text in page.texts if text.group > 0})
            assert all(step > 0.99 * PITCH for step in [b - a for a, b in itertools.pairwise(rows)])
            assert len(rows) <= LINES
            ends = max((text for text in page.texts if text.group > 0), key=lambda text: text.baseline)
            assert not ends.tag.startswith("h"), "a heading is stranded"
        signed = next(
            p for p in pages if any(t.line.text.startswith("2026年") and t.group > 0 for t in p.texts)
        )
        with_it = [
            t.line.text
            for t in signed.texts
            if t.group > 0 and not t.line.text.startswith(("2026年", OFFICE, "附件：", "2.有关", "（联系人"))
        ]
        assert len(with_it) >= 2, "the date stands alone"
    assert seen == {2, 3, 4, 5}


def test_the_imprint_can_wait_for_an_even_page() -> None:
    one = minutes(body=(paragraph("短。"),), names=(), even_end=True)
    pages = lay_out(one)
    assert [page.numbered for page in pages] == [True, False]
    assert len(lay_out(replace(one, even_end=False))) == 1


def test_names_lines_align_after_the_colon_with_units() -> None:
    groups = tuple(NameGroup(("陈颖", "叶一帆"), unit="市卫生健康委员会") for _ in range(4))
    text = plain_text(minutes(names=(NameList("出席", groups),)))
    assert "出席：市卫生健康委员会　陈　颖、叶一帆，市卫生健康委员会　陈　颖" in text
    measured = measure(render_pdf(minutes(names=(NameList("出席", groups),))))
    assert [row for row in measured if not row["ok"]] == []


RARE = "䶮㛃𬭸喆堃"


def test_rare_characters_are_drawn_and_extracted() -> None:
    names = NameList("出席", (NameGroup(tuple("李" + char for char in RARE)),))
    body = (
        paragraph(f"会议由{RARE}主持。"),
        heading(1, f"一、{RARE}"),
        heading(2, f"（一）{RARE}。", "略。"),
    )
    paper = minutes(title=f"关于{RARE}的纪要", body=body, names=(names,))
    data = render_pdf(paper)
    assert missing_glyphs(paper) == []
    text = pdf_text(data)
    assert text.count(RARE) == 4
    assert all(f"李{char}" in text for char in RARE)
    assert [row for row in measure(data) if not row["ok"]] == []
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        fonts = {char["fontname"].split("+")[1] for char in pdf.pages[0].chars if char["text"] in RARE}
    assert fonts == {"Gongwen-Rest", "Gongwen-BiaoSong", "Gongwen-Hei"}


@pytest.mark.parametrize("paper", [minutes, notice, letter, long_notice])
def test_the_text_layer_says_what_the_paper_says(paper: Callable[[], Paper]) -> None:
    data = render_pdf(paper())
    assert pdf_text(data) == bare(plain_text(paper()))


def test_the_same_paper_has_the_same_bytes_in_any_process() -> None:
    first = render_pdf(minutes())
    for other_paper in (notice, letter):  # nothing of another paper rubs off
        render_pdf(other_paper())
    assert render_pdf(minutes()) == first
    code = (
        "import hashlib;from apps.documents.composition import render_pdf;"
        "from tests.documents.sample_papers import minutes;"
        "print(hashlib.sha256(render_pdf(minutes())).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == hashlib.sha256(first).hexdigest()


def test_the_file_is_archival_tagged_and_chinese() -> None:
    data = render_pdf(notice())
    document = pypdfium2.PdfDocument(data)
    meta = document.get_metadata_dict()
    assert meta["Title"] == notice().title
    assert meta["Author"] == OFFICE
    assert meta["CreationDate"].startswith("D:20260317")
    assert document.is_tagged()
    streams = b"".join(_inflate(found) for found in re.findall(rb"stream\n(.*?)\nendstream", data, re.S))
    assert re.search(rb'pdfaid:part(="|>)2', streams)
    assert re.search(rb'pdfaid:conformance(="|>)U', streams)
    assert b"/Lang (zh-Hans)" in streams + data
    assert b"/GTS_PDFA1" in streams + data
    with pdfplumber.open(io.BytesIO(data)) as pdf:
        fonts = {char["fontname"].split("+")[1] for page in pdf.pages for char in page.chars}
    assert fonts == {"Gongwen-FangSong", "Gongwen-Hei", "Gongwen-BiaoSong", "Gongwen-Song"}


def test_markup_in_the_data_is_text() -> None:
    wicked = "<img src=file:///etc/hostname><style>p{display:none}</style>&amp;"
    data = render_pdf(minutes(body=(paragraph(wicked),), title="<b>纪要</b>"))
    assert bare(wicked) in pdf_text(data)
    assert "<b>纪要</b>" in pdf_text(data)


def test_a_missing_glyph_is_named_with_its_place() -> None:
    paper = minutes(body=(paragraph("一切正常。"), paragraph("请携带😀参加会议。")))
    with pytest.raises(MissingGlyph) as caught:
        render_pdf(paper)
    assert [(item.char, item.where, item.context) for item in caught.value.missing] == [
        ("😀", "正文第2段", "请携带😀参加会议。")
    ]
    assert str(caught.value) == "正文第2段中的“😀”（U+1F600）没有字形，见“请携带😀参加会议。”"


def test_control_characters_are_missing_glyphs() -> None:
    found = missing_glyphs(minutes(number="〔2026〕\x001号", body=(paragraph("上\n下"),)))
    assert [(item.char, item.where) for item in found] == [("\x00", "发文字号"), ("\n", "正文第1段")]


def test_a_full_disk_leaves_no_file(tmp_path: Path) -> None:
    """A real limit of the operating system on file size, in a process of its own."""
    code = (
        "import resource,sys;from pathlib import Path;from apps.documents.composition import write_pdf;"
        "from tests.documents.sample_papers import minutes;"
        "import apps.documents.composition.pdf as p;data=p.render_pdf(minutes());"
        "resource.setrlimit(resource.RLIMIT_FSIZE,(65536,65536))\n"
        "try: p.write_atomically(data,Path(sys.argv[1]))\n"
        "except OSError as e: print(e.errno)"
    )
    target = tmp_path / "paper.pdf"
    target.write_bytes(b"the paper before")
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "27"  # EFBIG
    assert [path.name for path in tmp_path.iterdir()] == ["paper.pdf"]
    assert target.read_bytes() == b"the paper before"


def test_written_whole(tmp_path: Path) -> None:
    target = tmp_path / "paper.pdf"
    assert write_pdf(letter(), target) == target.stat().st_size
    assert target.read_bytes() == render_pdf(letter())
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("paper", [minutes, notice, letter, long_notice])
def test_json_both_ways(paper: Callable[[], Paper]) -> None:
    data = json.loads(json.dumps(to_dict(paper()), ensure_ascii=False))
    assert from_dict(data) == paper()


@pytest.mark.parametrize(
    "data",
    [{}, [], {"schema": 9}, {"schema": 1}, {"schema": 1, "mark": "纪要", "title": 3},
     {"schema": 1, "mark": "纪要", "title": "纪要", "colour": "red"},
     {"schema": 1, "mark": "纪要", "title": "纪要", "layout": "poster"},
     {"schema": 1, "mark": "纪要", "title": "纪要", "body": ["文"]},
     {"schema": 1, "mark": "纪要", "title": "纪要", "body": [{"kind": "image"}]},
     {"schema": 1, "mark": "纪要", "title": "纪要", "signature": {"date": "2026-02-30"}}],
)  # fmt: skip
def test_what_is_no_paper_is_refused(data: object) -> None:
    with pytest.raises(PaperError):
        from_dict(data)


def test_an_uneven_table_is_refused() -> None:
    with pytest.raises(PaperError, match="格数"):
        Table((10, 10), (("一",),))


def test_previews_are_one_png_a_page() -> None:
    pictures = render_previews(render_pdf(notice()), dpi=40)
    assert [picture[:8] for picture in pictures] == [b"\x89PNG\r\n\x1a\n"] * 3


def test_labels() -> None:
    assert [level_label(level, 12) for level in (1, 2, 3, 4)] == ["十二、", "（十二）", "12.", "（12）"]
    assert [chinese_number(n) for n in (1, 10, 11, 20, 99)] == ["一", "十", "十一", "二十", "九十九"]


def test_two_ways_to_set_the_recipients() -> None:
    imprint = Imprint(("市人民政府",), ("各成员单位",), ("市委办公室",))
    text = plain_text(minutes(imprint=imprint)).split("\n")[-3:]
    assert text == ["抄报：市人民政府。", "发送：各成员单位。", "抄送：市委办公室。"]
    strict = plain_text(minutes(imprint=replace(imprint, style=Colophon.STRICT))).split("\n")[-1]
    assert strict == "抄送：市人民政府，各成员单位，市委办公室。"


@pytest.mark.parametrize(("issuer", "end"), [("泉州市卫生健康委员会", 161.7), (OFFICE, 156.0)])
def test_a_seal_moves_the_date_and_one_attachment_has_no_number(issuer: str, end: float) -> None:
    """A 署名 too long to be centred four cells in ends with the 版心 (row 4) and takes the date along."""
    sealed = notice(
        signature=Signature(dt.date(2026, 12, 31), issuer, seal=True), attachments=(Attachment("参会回执"),)
    )
    assert "附件：参会回执" in plain_text(sealed)
    pdf = Measured(render_pdf(sealed))
    date = pdf.find("^2026年12月31日$")
    above = pdf.lines[pdf.lines.index(date) - 1]
    assert date.x1 == pytest.approx(end, abs=0.5)
    assert above.x1 < 184.2
    assert (above.x0 + above.x1) / 2 == pytest.approx((date.x0 + date.x1) / 2, abs=0.5)


def test_a_date_longer_than_its_issuer_keeps_two_cells() -> None:
    pdf = Measured(render_pdf(notice(signature=Signature(dt.date(2026, 12, 31), "市卫健委"), attachments=())))
    date, issuer = pdf.find("^2026年12月31日$"), pdf.find("^市卫健委$")
    assert date.x1 == pytest.approx(172.86, abs=0.5)
    assert date.x0 - issuer.x0 == pytest.approx(156 / 14, abs=0.5)


def test_faces_are_chosen_per_character() -> None:
    data = render_pdf(
        minutes(
            body=(
                Block(
                    (Run("喆", Face.KAI), Run("人")),
                ),
            )
        )
    )
    pdf = Measured(data)
    assert [char.font for char in pdf.find("^喆人").chars] == ["Gongwen-Rest", "Gongwen-FangSong"]


def test_the_setup_is_complete_and_free_of_django() -> None:
    check_setup()
    code = "import sys,apps.documents.composition as c;c.check_setup();print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.slow
def test_forty_papers_keep_a_worker_small() -> None:
    code = (
        "from apps.documents.composition import render_pdf;"
        "from tests.documents.sample_papers import minutes\n"
        "for n in range(40): render_pdf(minutes())\n"
        "print([l.split()[1] for l in open('/proc/self/status') if l.startswith('VmRSS')][0])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 120 * 1024
