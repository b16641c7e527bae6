"""Lines of text: the 28-cell grid, kinsoku, squeezed marks, unbroken numbers, balanced titles."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.documents.composition.lines import (
    CELL,
    MM,
    NOT_END,
    NOT_START,
    Measure,
    compose,
    single,
)
from apps.documents.composition.model import Face, PaperError, Run, printed_name
from apps.documents.composition.titles import balance

HAN = "职业病防治工作联席会议办公室市卫健委牵头各成员单位配合按程序印发"
INDENTED = Measure(first=2 * CELL)


def lines_of(text: str, measure: Measure = INDENTED) -> list[str]:
    return [line.text for line in compose([Run(text)], measure)]


def test_plain_chinese_fills_28_cells() -> None:
    text = (HAN * 4)[:110]
    lines = compose([Run(text)], INDENTED)
    assert [len(line.text) for line in lines] == [26, 28, 28, 28]
    assert [round(line.x / MM, 2) for line in lines] == [11.14, 0, 0, 0]
    assert {round((line.x + line.width) / MM, 3) for line in lines} == {156.0}
    assert {piece.spacing for line in lines for piece in line.pieces} == {round(CELL - 16, 4)}


def test_a_comma_is_pulled_in_by_squeezing_marks() -> None:
    text = HAN[:10] + "，" + HAN[10:27] + "，" + HAN
    first, second = compose([Run(text)], Measure())[:2]
    assert first.text == text[:29]
    assert round(first.width / MM, 3) == 156.0
    assert second.text[0] == HAN[0]
    assert min(piece.spacing for piece in first.pieces) >= -8 + CELL - 16 - 0.001


def test_a_comma_with_nothing_to_squeeze_takes_its_character_along() -> None:
    text = HAN[:28] + "，" + HAN
    first, second = compose([Run(text)], Measure())[:2]
    assert (first.text, second.text[:2]) == (text[:27], HAN[27] + "，")
    assert round(first.width / MM, 3) == 156.0


@pytest.mark.parametrize(
    "whole",
    [
        "2026年12月31日",
        "3月26日",
        "〔2026〕1号",
        "1,234.56",
        "15:00",
        "2026—2030",
        "98.5%",
        "第12期",
        "——",
        "……",
        "300万元",
        "GB/T9704-2012",
    ],
)
def test_numbers_dates_and_dashes_are_never_cut(whole: str) -> None:
    for before in range(1, 32):
        lines = lines_of((HAN * 2)[:before] + whole + HAN)
        assert any(whole in line for line in lines), (before, lines)


def test_a_name_of_two_characters_stays_whole() -> None:
    for before in range(1, 32):
        runs = [Run((HAN * 2)[:before]), Run(printed_name("陈颖"), keep=True), Run("、" + HAN)]
        assert any("陈\u3000颖" in line.text for line in compose(runs, INDENTED))


def test_printed_names() -> None:
    assert [printed_name(name) for name in ("陈颖", "陈 颖", "叶一帆", "李𬭸", "×××", "AB")] == [
        "陈\u3000颖", "陈\u3000颖", "叶一帆", "李\u3000𬭸", "×××", "AB",
    ]  # fmt: skip


def test_latin_is_measured_not_counted() -> None:
    assert single("2026", cell=CELL).width == pytest.approx(4 * (8 + CELL - 16))
    assert single("2026").width == pytest.approx(32)


def test_hanging_lines_stand_after_the_colon() -> None:
    measure = Measure(first=2 * CELL, hang=5 * CELL)
    lines = compose([Run("出席：", Face.HEI, keep=True), Run(HAN * 3)], measure)
    assert {round(line.x / CELL, 6) for line in lines[1:]} == {5}
    assert lines[0].text.startswith("出席：")


def test_a_word_longer_than_the_line_is_cut_by_width() -> None:
    lines = lines_of("A" * 120)
    assert "".join(lines) == "A" * 120
    assert len(lines) > 2


def test_a_wall_of_marks_still_ends() -> None:
    lines = lines_of("，" * 90)
    assert "".join(lines) == "，" * 90


def test_a_character_without_a_glyph_is_named() -> None:
    with pytest.raises(PaperError, match=r"没有“😀”（U\+1F600）"):
        compose([Run("会议😀")])


WORD = st.text(alphabet=HAN, min_size=1, max_size=7)
NUMBER = st.sampled_from(["2026年3月26日", "〔2026〕12号", "15", "3.5%", "GB", "第1期"])
NUMBERED = st.builds(lambda word, number, last: word + number + last, WORD, NUMBER, st.sampled_from("起前内"))
MARK = st.sampled_from(["", "", "，", "。", "、", "；", "：", "？", "！"])
PHRASE = st.builds(lambda word, mark: word + mark, st.one_of(WORD, WORD, NUMBERED), MARK)
QUOTED = st.builds(
    lambda pair, inner, mark: pair[0] + inner + pair[1] + mark,
    st.sampled_from(["（）", "《》", "〈〉", "【】", "“”"]), WORD, MARK,
)  # fmt: skip
TEXT = st.lists(st.one_of(PHRASE, PHRASE, QUOTED), min_size=1, max_size=45).map("".join)


def check_kinsoku(text: str, measure: Measure) -> None:
    lines = compose([Run(text)], measure)
    assert "".join(line.text for line in lines) == text
    for line in lines:
        assert line.text[-1] not in NOT_END, lines
        assert round(line.x + line.width, 3) <= round(measure.width + 0.01, 3)
        assert all(piece.spacing >= -measure.size - 0.3 for piece in line.pieces), line
    for line in lines[1:]:
        assert line.text[0] not in NOT_START, lines
    for line in lines[:-1]:
        assert round(line.x + line.width, 2) == round(measure.width, 2)
    for whole in re.findall(r"20\d\d年\d+月\d+日|〔\d{4}〕\d+号", text):
        assert any(whole in line.text for line in lines)


@given(TEXT)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_kinsoku_short(text: str) -> None:
    check_kinsoku(text, INDENTED)


@pytest.mark.slow
@given(TEXT, st.sampled_from([14, 18, 23, 28]), st.sampled_from([0, 2, 5]))
@settings(max_examples=5000, deadline=None)
def test_kinsoku_long(text: str, cells: int, hang: int) -> None:
    check_kinsoku(text, Measure(width=cells * CELL, first=2 * CELL, hang=hang * CELL))


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("2026年第一次全体会议纪要", ("2026年第一次全体会议纪要",)),
        (
            "关于印发《2026年全市职业病防治工作要点》的通知",
            ("关于印发《2026年全市", "职业病防治工作要点》的通知"),
        ),
        ("关于召开会议的\n通知", ("关于召开会议的", "通知")),
    ],
)
def test_titles(title: str, lines: tuple[str, ...]) -> None:
    assert balance(title) == lines


def test_a_long_title_keeps_words_whole_and_is_no_hourglass() -> None:
    title = (
        "关于征求泉州市职业病防治工作联席会议2026年第一次全体会议纪要（征求意见稿）及议定事项任务分工意见的函"
    )
    lines = balance(title)
    assert "".join(lines) == title
    assert len(lines) == 3
    for word in ("联席会议", "全体会议", "2026年", "职业病防治", "征求意见稿", "任务"):
        assert any(word in line for line in lines), lines
    widths = [len(line) for line in lines]
    assert not (widths[1] < widths[0] and widths[1] < widths[2])


def test_given_words_stay_whole_in_a_title() -> None:
    title = "关于报送清源山经济技术开发区用人单位职业病危害情况的通知"
    assert any("清源山经济技术开发区" in line for line in balance(title, ("清源山经济技术开发区",)))
