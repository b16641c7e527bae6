"""Word files: the text is the paper's, the parts are what Word takes, equal papers give equal bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.documents.composition import (
    Attachment,
    Block,
    Cell,
    Colophon,
    Face,
    Imprint,
    Layout,
    NameGroup,
    NameList,
    Paper,
    PaperError,
    Plate,
    Run,
    Signature,
    Table,
    heading,
    paragraph,
    plain_text,
    render_docx,
)
from apps.documents.composition.docx_styles import BY_KEY, face_of
from apps.documents.composition.docx_xml import RANKS
from tests.documents.docx_reading import text_of_docx
from tests.documents.docx_samples import every_paper, plates, sheet, upward, wide_sheet
from tests.documents.sample_papers import close_ledger, letter, minutes, notice

ROOT = Path(__file__).resolve().parents[2]
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PAPERS = every_paper()


def parts(data: bytes) -> dict[str, ET.Element]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: ET.fromstring(archive.read(name)) for name in archive.namelist()}


def document(paper: Paper) -> ET.Element:
    return parts(render_docx(paper))["word/document.xml"]


def styles_of(paper: Paper) -> list[tuple[str, str]]:
    """(style's name, text) of every paragraph of the body that has text."""
    word = docx.Document(io.BytesIO(render_docx(paper)))
    return [(p.style.name, p.text) for p in word.paragraphs if p.style and p.style.name and p.text]


@pytest.mark.parametrize("name", PAPERS)
def test_the_text_is_the_papers(name: str) -> None:
    assert text_of_docx(render_docx(PAPERS[name])) == plain_text(PAPERS[name])


@pytest.mark.parametrize("name", PAPERS)
def test_properties_stand_in_the_schemas_order_and_every_style_exists(name: str) -> None:
    files = parts(render_docx(PAPERS[name]))
    known = {style.get(f"{W}styleId") for style in files["word/styles.xml"].iter(f"{W}style")}
    used = set()
    for root in files.values():
        for node in root.iter():
            tag = node.tag.removeprefix(W)
            if tag in RANKS:
                ranks = [RANKS[tag][child.tag.removeprefix(W)] for child in node]
                assert ranks == sorted(ranks), (tag, [child.tag for child in node])
            if tag in ("pStyle", "rStyle", "basedOn", "next"):
                used.add(node.get(f"{W}val"))
    assert used <= known


@pytest.mark.parametrize("name", PAPERS)
def test_each_relation_has_its_part_and_type(name: str) -> None:
    files = parts(render_docx(PAPERS[name]))
    targets = {f"word/{r.get('Target')}" for r in files["word/_rels/document.xml.rels"]}
    types = {t.get("PartName", "").lstrip("/") for t in files["[Content_Types].xml"] if t.get("PartName")}
    plain = {n for n in files if not n.endswith(".rels") and not n.startswith("[")}
    assert types == plain
    assert targets == {n for n in plain if n.startswith("word/") and n != "word/document.xml"}


def test_page_and_grid() -> None:
    section = next(document(notice()).iter(f"{W}sectPr"))
    found = {c.tag.removeprefix(W): {k.removeprefix(W): v for k, v in c.attrib.items()} for c in section[2:]}
    assert found == {
        "type": {"val": "nextPage"},
        "pgSz": {"w": "11906", "h": "16838"},
        "pgMar": {
            "top": "2098", "right": "1474", "bottom": "1984", "left": "1587",
            "header": "851", "footer": "1430", "gutter": "0",
        },
        "docGrid": {"type": "linesAndChars", "linePitch": "579", "charSpace": "-841"},
    }  # fmt: skip
    margins = {key: int(value) for key, value in found["pgMar"].items()}
    assert (16838 - margins["top"] - margins["bottom"]) // 579 == 22
    assert (11906 - margins["left"] - margins["right"]) // (16 * 20 - 5) == 28  # 3号, tightened by 5


def test_a_wide_sheet_lies_on_its_side() -> None:
    size = next(document(wide_sheet()).iter(f"{W}pgSz"))
    assert {k.removeprefix(W): v for k, v in size.attrib.items()} == {
        "w": "16838", "h": "11906", "orient": "landscape",
    }  # fmt: skip


def test_parts_of_a_paper_have_their_styles() -> None:
    assert [name for name, _ in styles_of(upward())] == [
        "版头", "版头", "发文机关标志", "发文字号（有签发人）", "Title", "主送机关",
        "Heading 1", "公文正文", "Heading 2", "三级标题（接排）", "四级标题（接排）", "公文正文（居中）", "公文正文（顶格）",
        "公文正文", "附件说明", "附件说明", "附件说明", "署名", "成文日期", "附注",
        "附件标识", "附件标题", "公文正文", "附件标识", "附件标题", "版记", "印发机关和日期",
    ]  # fmt: skip
    assert [name for name, _ in styles_of(minutes())][-7:] == [
        "出席名单", "出席名单", "出席名单", "成文日期", "版记", "版记", "印发机关和日期",
    ]  # fmt: skip


def test_the_office_may_name_its_own_typefaces() -> None:
    files = parts(render_docx(notice(), {Face.TITLE: "某某小标宋"}))
    names = {font.get(f"{W}name") for font in files["word/fontTable.xml"]}
    assert names == {"仿宋_GB2312", "黑体", "楷体_GB2312", "某某小标宋", "宋体"}
    style = next(s for s in files["word/styles.xml"] if s.get(f"{W}styleId") == "Title")
    faces = style.find(f"{W}rPr/{W}rFonts")
    assert faces is not None
    assert {k.removeprefix(W): v for k, v in faces.attrib.items()} == dict.fromkeys(
        ("ascii", "hAnsi", "eastAsia", "cs"), "某某小标宋"
    )


def test_faces_of_headings() -> None:
    wanted = {"Heading1": Face.HEI, "Heading2": Face.KAI, "RunIn2": Face.KAI, "Heading3": Face.FANGSONG}
    assert {key: face_of(key) for key in wanted} == wanted
    assert BY_KEY["Mark"].colour == "FF0000"


def test_page_numbers_stand_outside_and_a_letters_first_page_has_none() -> None:
    files = parts(render_docx(letter()))
    text = {
        n: "".join(t.text or "" for t in files[f"word/footer{n}.xml"].iter(f"{W}t")) for n in (1, 2, 3, 4)
    }
    assert text == {1: "— 1 —", 2: "— 1 —", 3: "", 4: ""}
    feet = parts(render_docx(close_ledger(1)))
    words = "台账（截至2026年4月8日）\u3000共1页"
    said = [[t.text for t in feet[f"word/footer{n}.xml"].iter(f"{W}t")] for n in (1, 2)]
    assert ["".join(map(str, line)) for line in said] == [f"{words}— 1 —", f"— 1 —{words}"]
    fields = [t.text for t in feet["word/footer1.xml"].iter(f"{W}instrText")]
    assert fields == [" NUMPAGES ", " PAGE "]
    section = next(files["word/document.xml"].iter(f"{W}sectPr"))
    kinds = [node.get(f"{W}type") for node in section.iter(f"{W}footerReference")]
    assert kinds == ["default", "even", "first"]
    assert section.find(f"{W}titlePg") is not None
    assert files["word/settings.xml"].find(f"{W}evenAndOddHeaders") is not None
    assert next(document(notice()).iter(f"{W}sectPr")).find(f"{W}titlePg") is None


def test_date_and_name_by_cells_from_the_right() -> None:
    def rights(paper: Paper) -> list[tuple[str, str | None]]:
        found = []
        for p in document(paper).iter(f"{W}p"):
            style = p.find(f"{W}pPr/{W}pStyle")
            if style is not None and style.get(f"{W}val") in ("Issuer", "Dated"):
                indent = p.find(f"{W}pPr/{W}ind")
                assert indent is not None
                found.append((style.get(f"{W}val") or "", indent.get(f"{W}right")))
        return found

    day = dt.date(2026, 3, 17)  # 6.5 cells
    cell = 8845 / 28
    ten = Signature(day, "泉州市卫生健康委员会")
    assert rights(notice(signature=ten)) == [
        ("Issuer", f"{round(2 * cell)}"),
        ("Dated", f"{round(3.5 * cell)}"),
    ]
    four = replace(ten, issuer="市卫健委")
    assert rights(notice(signature=four)) == [
        ("Issuer", f"{round(6.5 * cell)}"),
        ("Dated", f"{round(2 * cell)}"),
    ]
    sealed = replace(ten, seal=True)
    assert rights(notice(signature=sealed)) == [
        ("Issuer", f"{round(2.25 * cell)}"),
        ("Dated", f"{round(4 * cell)}"),
    ]
    long = Signature(day, "泉州市职业病防治工作联席会议办公室", seal=True)  # 17 cells: would leave the page
    assert rights(notice(signature=long)) == [("Issuer", "0"), ("Dated", f"{round(5.25 * cell)}")]


def test_a_table_keeps_its_columns_spans_and_head_row() -> None:
    table = next(document(sheet()).iter(f"{W}tbl"))
    widths = [int(col.get(f"{W}w") or 0) for col in table.iter(f"{W}gridCol")]
    assert [round(width * 25.4 / 1440 / (156 / 28), 1) for width in widths] == [3, 7, 5, 6, 7]
    spans = [[int(s.get(f"{W}val") or 0) for s in row.iter(f"{W}gridSpan")] for row in table.iter(f"{W}tr")]
    assert spans == [[], [], [], [2, 3], [5]]
    heads = [row.find(f"{W}trPr/{W}tblHeader") is not None for row in table.iter(f"{W}tr")]
    assert heads == [True, False, False, False, False]


def test_an_even_end_gets_a_page_of_its_own_where_the_last_is_odd() -> None:
    assert len(list(document(upward()).iter(f"{W}sectPr"))) == 2  # five pages of text
    assert len(list(document(notice(even_end=True, attachments=())).iter(f"{W}sectPr"))) == 1  # two pages


def test_a_plate_is_a_page() -> None:
    assert styles_of(plates()) == [
        ("桌签姓名", "陈\u3000颖"), ("桌签单位", "市人力资源和社会保障局"),
        ("桌签姓名", "叶一帆"), ("桌签姓名", "欧阳明月"), ("桌签单位", "市卫健委"),
    ]  # fmt: skip
    with pytest.raises(PaperError, match="没有要打印的桌签"):
        render_docx(replace(plates(), plates=()))


@pytest.mark.parametrize(
    "bad", ["\x00", "\x0b", "\x1b", "\t", "\r", "\x85", "\u200b", "\u202e", "\ufffe", "\U0001ffff", "\ud800"]
)
@pytest.mark.parametrize(
    "place", ["title", "mark", "number", "corner", "body", "table", "name", "issuer", "send"]
)
def test_text_no_file_can_carry_is_refused(bad: str, place: str) -> None:
    text = f"前{bad}后"
    changes: dict[str, object] = {
        "title": {"title": text},
        "mark": {"mark": text},
        "number": {"number": text},
        "corner": {"corner": (text,)},
        "body": {"body": (paragraph(text),)},
        "table": {"body": (Table((5,), ((text,),)),)},
        "name": {"names": (NameList("出席", (NameGroup((text,)),)),)},
        "issuer": {"signature": Signature(dt.date(2026, 4, 8), text)},
        "send": {"imprint": Imprint(send_to=(text,))},
    }[place]  # type: ignore[assignment]
    with pytest.raises(PaperError, match=f"U\\+{ord(bad):04X}"):
        render_docx(replace(minutes(), **changes))  # type: ignore[arg-type]


def test_a_line_end_in_running_text_is_refused_and_in_a_cell_makes_a_paragraph() -> None:
    with pytest.raises(PaperError, match=r"U\+000A"):
        render_docx(notice(body=(paragraph("前\n后"),)))
    paper = notice(body=(Table((5, 5), (("前\n后", "右"),)),))
    assert text_of_docx(render_docx(paper)) == plain_text(paper)
    cell = next(document(paper).iter(f"{W}tc"))
    assert ["".join(t.text or "" for t in p.iter(f"{W}t")) for p in cell.iter(f"{W}p")] == ["前", "后"]


def test_markup_in_the_text_stays_text() -> None:
    paper = notice(title="甲<乙>&\"丙\"'丁'", body=(paragraph("]]><w:p/>&amp;"),))
    assert text_of_docx(render_docx(paper)) == plain_text(paper)


def test_properties_are_the_papers() -> None:
    word = docx.Document(io.BytesIO(render_docx(letter())))
    found = word.core_properties
    assert (found.title, found.author, found.comments, found.language) == (
        letter().title, "泉州市卫生健康委员会", "泉卫函〔2026〕12号", "zh-CN",
    )  # fmt: skip
    assert found.created == found.modified == dt.datetime(2026, 3, 30, tzinfo=dt.UTC)
    with zipfile.ZipFile(io.BytesIO(render_docx(letter()))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2026, 3, 30, 0, 0, 0)}


def test_the_same_paper_has_the_same_bytes_in_every_process() -> None:
    code = (
        "import hashlib; from apps.documents.composition import render_docx; "
        "from tests.documents.docx_samples import every_paper; "
        "print(*(hashlib.sha256(render_docx(p)).hexdigest() for p in every_paper().values()))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONHASHSEED": seed}, timeout=60,
                       check=True, capture_output=True, text=True).stdout.split()
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1] == [hashlib.sha256(render_docx(p)).hexdigest() for p in PAPERS.values()]


def test_the_writer_is_loaded_when_it_is_wanted() -> None:
    code = (
        "import sys, apps.documents.composition as c; print('apps.documents.composition.docx' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, timeout=60, check=True, capture_output=True, text=True
    )
    assert done.stdout == "False\n"


WORDS = st.text("市卫健委牵头，各单位配合。𬭸堃12Ab（）<&“”", min_size=1, max_size=40)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31))
RUNS = st.builds(Run, WORDS, st.sampled_from((Face.FANGSONG, Face.HEI, Face.KAI)))
BLOCKS = st.one_of(
    st.builds(paragraph, WORDS, flush=st.booleans()),
    st.builds(heading, st.integers(1, 4), WORDS, st.one_of(st.just(""), WORDS)),
    st.builds(Block, st.lists(RUNS, min_size=1, max_size=3).map(tuple), centred=st.booleans()),
)
ROWS = st.one_of(
    st.tuples(WORDS, st.just(""), WORDS),
    st.tuples(st.builds(Cell, WORDS, st.just(2), st.booleans()), WORDS),
    st.tuples(st.builds(Cell, WORDS, st.just(3))),
)
TABLES = st.builds(
    Table,
    st.just((5.0, 6.0, 7.0)),
    st.lists(ROWS, min_size=1, max_size=3).map(tuple),
    header=st.booleans(),
    size=st.sampled_from((14.0, 12.0, 10.5)),
)
BODIES = st.lists(st.one_of(BLOCKS, TABLES), max_size=4).map(tuple)
SOME = st.lists(WORDS, max_size=3).map(tuple)
LISTS = st.lists(
    st.builds(
        NameList,
        st.sampled_from(("出席", "请假")),
        st.lists(st.builds(NameGroup, SOME, st.one_of(st.just(""), WORDS)), min_size=1, max_size=2).map(
            tuple
        ),
    ),
    max_size=2,
).map(tuple)
ATTACHED = st.lists(
    st.builds(Attachment, WORDS, BODIES), max_size=3, unique_by=lambda a: (a.title, a.body)
).map(tuple)
ANY_PAPER = st.builds(
    Paper,
    WORDS,
    WORDS,
    st.sampled_from((Layout.OFFICIAL, Layout.MINUTES, Layout.LETTER, Layout.SHEET)),
    number=st.one_of(st.just(""), WORDS),
    corner=SOME,
    marker=st.one_of(st.just(""), WORDS),
    addressees=SOME,
    body=BODIES,
    names=LISTS,
    attachments=ATTACHED,
    signature=st.one_of(st.none(), st.builds(Signature, DAYS, st.one_of(st.just(""), WORDS), st.booleans())),
    remark=st.one_of(st.just(""), WORDS),
    imprint=st.one_of(
        st.none(), st.builds(Imprint, SOME, SOME, SOME, WORDS, DAYS, st.sampled_from(tuple(Colophon)))
    ),
)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(ANY_PAPER)
def test_any_papers_text(paper: Paper) -> None:
    paper = replace(paper, mark="") if paper.layout == Layout.SHEET else paper  # a sheet prints no mark
    assert text_of_docx(render_docx(paper)) == plain_text(paper)


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(
    st.lists(
        st.builds(Plate, WORDS.filter(lambda t: len(t) < 12), WORDS.filter(lambda t: len(t) < 20)),
        min_size=1,
        max_size=3,
    )
)
def test_any_plates_text(people: list[Plate]) -> None:
    paper = Paper("", "", Layout.PLATES, plates=tuple(people))
    assert text_of_docx(render_docx(paper)) == plain_text(paper)


def test_no_remark_of_ours_is_left_in_the_file() -> None:
    """Nothing but the paper's own words: no program, no user, no revision marks."""
    with zipfile.ZipFile(io.BytesIO(render_docx(minutes()))) as archive:
        text = " ".join(archive.read(name).decode() for name in archive.namelist())
    assert re.findall(r"rsid|lastModifiedBy|<Application|<w:ins |<w:del ", text) == []
