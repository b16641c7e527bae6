"""Generated papers: whatever the data, the grid, the line ends, the 版记 and the text layer hold.

A short sweep runs always; `make test-all` runs the whole. Most examples are looked at as laid-out pages, a part
as measured PDFs. The examples are the same in every run.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from apps.documents.composition import (
    Imprint,
    Layout,
    NameGroup,
    NameList,
    Paper,
    Signature,
    Table,
    heading,
    lay_out,
    level_label,
    paragraph,
    plain_text,
    render_pdf,
)
from apps.documents.composition.geometry import PITCH, Page, Text
from apps.documents.composition.lines import NOT_END, NOT_START
from apps.documents.composition.titles import balance
from apps.documents.measuring import measure
from tests.documents.sample_papers import OFFICE
from tests.documents.test_composition import bare, pdf_text

HAN = "职业病防治工作联席会议办公室市卫健委牵头各成员单位配合按程序印发监测通报检查"
RARE = "堃喆昇䶮㛃𬭸"
WORDS = st.text(HAN + RARE, min_size=1, max_size=9)
ODD = st.sampled_from([
    "2026年4月15日", "〔2026〕12号", "98.5%", "1,234,567.89万元", "GB/T9704-2012", "“三同时”", "（讨论稿）",
    "《职业病防治法》", "pneumoconiosis", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "1" * 40,
])  # fmt: skip
PHRASE = st.builds(
    lambda a, b, mark: a + b + mark, WORDS, st.one_of(WORDS, WORDS, ODD), st.sampled_from("，，、；")
)
SENTENCE = st.lists(PHRASE, min_size=1, max_size=14).map(lambda parts: "".join(parts)[:-1] + "。")
NAMES = st.lists(st.text("叶谢陈黄颜王龚林吴周江" + RARE, min_size=2, max_size=4), min_size=1, max_size=40)
TITLES = st.one_of(
    st.text(HAN, min_size=6, max_size=90),
    st.builds(
        lambda a, b: f"关于{a}2026年第1次会议{b}的纪要",
        st.text(HAN + RARE, max_size=30),
        st.text(HAN, max_size=40),
    ),
    st.builds(lambda word: f"关于{word}的通知", st.text("ABCMWabcmw", min_size=1, max_size=60)),
)
UNITS = st.lists(st.text(HAN, min_size=3, max_size=12).map(lambda name: name + "局"), min_size=1, max_size=20)


@st.composite
def minutes_of_any_kind(draw: st.DrawFn) -> Paper:
    """1–60 resolutions in nested levels, 1–40 names, long lists of units."""
    body = [paragraph(draw(SENTENCE))]
    count = draw(st.integers(1, 60))
    sentences = draw(st.lists(SENTENCE, min_size=1, max_size=6))
    level = draw(st.sampled_from([1, 2, 3, 4, 0]))
    for number in range(1, count + 1):
        place = level or (number - 1) % 4 + 1
        alone = place < 3 and number % 5 == 0  # a heading of its own, that must not be left behind
        head = level_label(place, number) + ("" if place > 2 else "关于事项。")
        body.append(heading(place, head, "" if alone else sentences[number % len(sentences)]))
    lists = tuple(
        NameList(label, (NameGroup(tuple(draw(NAMES)), unit=draw(st.sampled_from(["", "市卫健委"]))),))
        for label in draw(st.sampled_from([("出席",), ("出席", "请假"), ("出席", "请假", "列席")]))
    )
    return Paper(
        mark="泉州市职业病防治工作联席会议纪要", title=draw(TITLES), layout=Layout.MINUTES, number="〔2026〕1号",
        body=tuple(body), names=lists, signature=Signature(dt.date(2026, 4, 8)),
        imprint=Imprint(("市人民政府",), tuple(draw(UNITS)), issuer=OFFICE, printed_on=dt.date(2026, 4, 9)),
        even_end=draw(st.booleans()),
    )  # fmt: skip


def flow_of(page: Page) -> list[Text]:
    return [text for text in page.texts if text.group > 0]


def check_pages(paper: Paper) -> None:
    pages = lay_out(paper)
    for page in pages:
        places = sorted({round(text.baseline, 3) for text in flow_of(page)})
        assert len(places) <= 22
        assert all(b - a > 0.99 * PITCH for a, b in itertools.pairwise(places))
        for text in flow_of(page):
            assert (
                text.line.x + text.line.width < 156.2 * 72 / 25.4 + 8.5
            )  # a last mark's blank half may hang
    check_ends(pages, paper)
    check_lines(pages)


def check_ends(pages: list[Page], paper: Paper) -> None:
    """The 版记 down at 262 mm, no heading left behind, no page with nothing but the 版记."""
    last = pages[-1]
    assert max(rect.y + rect.height / 2 for rect in last.rects) == pytest.approx(262)
    top = min(rect.y for rect in last.rects if rect.colour == "#000000")
    assert all(text.baseline + 0.6 < top for text in flow_of(last))
    assert flow_of(last) or (paper.even_end and len(pages) % 2 == 0 and not last.numbered)
    for page in pages[:-1]:
        assert flow_of(page), "an empty page"
        end = max(flow_of(page), key=lambda text: text.baseline)
        assert not end.tag.startswith("h"), end.line.text


def check_lines(pages: list[Page]) -> None:
    """No mark at a line's wrong end (the first line of a paragraph begins as its text does)."""
    texts = [text for page in pages for text in flow_of(page)]
    for _, group in itertools.groupby(texts, key=lambda text: text.group):
        lines = [text.line.text for text in group]
        for line in lines[1:]:
            assert line[0] not in NOT_START, lines
        for line in lines[:-1]:
            assert line[-1] not in NOT_END, lines


def check_pdf(paper: Paper) -> None:
    data = render_pdf(paper)
    assert pdf_text(data) == bare(re.sub(r"— ?\d+ ?—", "", plain_text(paper)))
    failed = [row for row in measure(data, "minutes") if not row["ok"]]
    cut = [
        row for row in failed if row["row"] == 31 and "number" in row["required"]
    ]  # numbers wider than a line
    assert [row for row in failed if row not in cut] == []


@given(minutes_of_any_kind())
@settings(max_examples=10, deadline=None, derandomize=True, database=None)
def test_minutes_short(paper: Paper) -> None:
    check_pages(paper)


@pytest.mark.slow
@given(minutes_of_any_kind())
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_minutes_long(paper: Paper) -> None:
    check_pages(paper)


@given(minutes_of_any_kind())
@settings(max_examples=2, phases=[Phase.generate], deadline=None, derandomize=True, database=None)
def test_minutes_measured_short(paper: Paper) -> None:
    check_pdf(paper)


@pytest.mark.slow
@given(minutes_of_any_kind())
@settings(max_examples=25, phases=[Phase.generate], deadline=None, derandomize=True, database=None)
def test_minutes_measured_long(paper: Paper) -> None:
    check_pdf(paper)


@given(TITLES)
@settings(max_examples=30, deadline=None, derandomize=True, database=None)
def test_titles(title: str) -> None:
    lines = balance(title)
    assert "".join(lines) == title
    assert all(lines)
    for line in lines[1:]:
        assert line[0] not in NOT_START


CELL_TEXT = st.one_of(st.just(""), WORDS, SENTENCE, ODD, st.text(HAN, min_size=800, max_size=1500))


@st.composite
def sheets(draw: st.DrawFn) -> Paper:
    widths = tuple(draw(st.lists(st.sampled_from([1.0, 2.0, 4.0, 6.5]), min_size=1, max_size=4)))
    row = st.tuples(*[CELL_TEXT] * len(widths))
    rows = tuple(draw(st.lists(row, min_size=1, max_size=12)))
    size = draw(st.sampled_from([14.0, 12.0, 10.5]))
    table = Table(widths, rows, header=draw(st.booleans()), size=size)
    return Paper(
        "", draw(TITLES), Layout.SHEET, body=(table, paragraph("注。")), landscape=draw(st.booleans())
    )


def check_sheet(paper: Paper) -> None:
    """Every text of the table once, in its cell's order, within its rules and the page."""
    pages = lay_out(paper)
    found: dict[tuple[int, int], str] = {}
    for page in pages:
        assert all(rect.y + rect.height < page.frame.bottom + 0.5 for rect in page.rects)
        for text in page.texts:
            if text.spot and not text.spot.repeated:
                key = text.spot.row, text.spot.column
                found[key] = found.get(key, "") + text.line.text
                assert text.baseline < page.frame.bottom
    table = paper.body[0]
    assert isinstance(table, Table)
    assert found == {(r, c): cell for r, row in enumerate(table.rows) for c, cell in enumerate(row)}


@given(sheets())
@settings(max_examples=10, deadline=None, derandomize=True, database=None)
def test_tables_short(paper: Paper) -> None:
    check_sheet(paper)


@pytest.mark.slow
@given(sheets())
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_tables_long(paper: Paper) -> None:
    check_sheet(paper)
