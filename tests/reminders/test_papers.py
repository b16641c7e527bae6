"""催办函: whole text from the sample meetings, measured; own items only; the messenger's text."""

from datetime import date
from typing import Any

import pytest
import time_machine

from apps.action_items.models import ActionItem
from apps.action_items.selectors import rule_on
from apps.common import settings_rows
from apps.documents.composition import Layout, Table, lay_out, text_of
from apps.reminders.letters import UnitLetter, unit_letters
from apps.reminders.papers import chase_letter
from apps.roster.models import Unit
from tests.factories.printed import faults_of, printed, text_of_sound

pytestmark = pytest.mark.django_db
AS_OF = time_machine.travel("2026-11-23T10:00+08:00", tick=False)


@AS_OF
def test_who_is_written_to_about_what(demo: None) -> None:
    found = {
        level: {
            letter.unit.short_name: [
                (f"{item.source_label}-{item.seq}", letter.situation(item)) for item in letter.items
            ]
            for letter in unit_letters(level)
        }
        for level in ("red", "both")
    }
    missed = "，漏报季度进展（10月15日前应报）"
    red = {
        "市教育局": [("〔2026〕1号-8", "已超期16个工作日")],
        "市人社局": [("〔2026〕2号-4", "已超期1个工作日")],
    }
    assert found == {
        "red": red,
        "both": {
            "市卫健委": [
                ("〔2026〕2号-7", f"剩9个工作日{missed}"),
                ("〔2026〕2号-1", f"剩24个工作日{missed}"),
                ("〔2026〕2号-5", f"剩92个工作日{missed}"),
            ],
            **red,
            "市民政局": [("〔2026〕2号-2", f"剩19个工作日{missed}")],
            "市财政局": [("〔2026〕1号-6", "剩5个工作日")],
            "市住建局": [("〔2026〕2号-6", "剩4个工作日")],
            "市医保局": [("〔2026〕2号-3", f"剩28个工作日{missed}")],
        },
    }
    order = [letter.unit.order for letter in unit_letters()]
    assert order == sorted(order)


@AS_OF
def test_whole_text_measured(demo: None) -> None:
    letter = next(row for row in unit_letters() if row.unit.code == "jiaoyuju")
    paper = chase_letter(letter)
    assert text_of_sound(paper) == printed(__file__, "chase_letter")
    assert (paper.layout, paper.marker) == (Layout.LETTER, "示例（虚构）")
    assert (faults_of(paper), len(lay_out(paper))) == ([], 1)  # one item, one page
    several = next(row for row in unit_letters() if len(row.items) > 1)
    opening, _asked, last = (block.runs[0].text for block in chase_letter(several).body)  # type: ignore[union-attr]
    assert f"有{len(several.items)}项临近时限、漏报进展（见附件）" in opening
    unfinished = "时限尚未届满、确实不能按期完成的，请在时限届满前提出延期申请"
    assert last == f"已经完成的，请及时申请办结；{unfinished}。"  # none is past its day


@AS_OF
def test_a_letter_about_four_matters_is_one_page_and_its_list_another(demo: None) -> None:
    letter = next(row for row in unit_letters() if row.unit.code == "weijianwei")
    letter.items = list(ActionItem.objects.filter(ref__in=["M1-6", "M1-7", "M1-8", "M2-2"]).order_by("pk"))
    paper = chase_letter(letter, number="催办〔2026〕1号")
    assert (faults_of(paper), len(lay_out(paper))) == ([], 2)
    first, second = ([text.line.text for text in page.texts] for page in lay_out(paper))
    assert first[-2:] == ["泉州市卫生健康委员会", "2026年11月23日"]  # signed on the page of the text
    assert second[:2] == ["附件", "催办事项清单"]
    table = paper.attachments[0].body[0]
    assert isinstance(table, Table)
    assert [[text_of(cell) for cell in row][3:] for row in table.rows[1:]] == [
        ["2026年11月30日", "剩5个工作日"],
        ["2026年12月15日\n原定2026年9月30日", "剩16个工作日"],
        ["2026年10月31日", "已超期16个工作日"],
        ["2026年12月20日", "剩19个工作日，漏报季度进展（10月15日前应报）"],
    ]


@AS_OF
def test_a_long_list_and_a_number_of_its_own_are_sound(demo: None) -> None:
    letter = next(row for row in unit_letters() if row.unit.code == "caizhengju")
    letter.items = letter.items * 30
    paper = chase_letter(letter, number="泉卫函〔2026〕88号")
    assert paper.number == "泉卫函〔2026〕88号"
    assert faults_of(paper) == []
    settings_rows.put("letter_issuer", "office", by=None)
    sealed = chase_letter(letter, number="催办〔2026〕1号")
    assert sealed.signature is not None
    assert sealed.signature.issuer == "泉州市职业病防治工作联席会议办公室（代章）"
    assert faults_of(sealed) == []


@AS_OF
def test_the_text_for_a_messenger_holds_titles_and_deadlines_only(demo: None) -> None:
    texts = {letter.unit.code: letter.messenger_text for letter in unit_letters()}
    assert texts["jiaoyuju"] == (
        "【催办】市教育局：\n1. 〔2026〕1号第8项议定事项，已超期，时限2026年10月31日\n请登录联席会议平台办理。"
    )


@AS_OF
def test_more_items_cost_no_more_queries(demo: None, django_assert_num_queries: Any) -> None:
    for level, queries in (("red", 6), ("both", 7)):  # two items and seven; reports missed are asked besides
        with django_assert_num_queries(queries):
            assert unit_letters(level)


def test_the_words_for_every_situation() -> None:
    friday = date(2026, 3, 20)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"current_due": date(2026, 3, 19)}, "已超期1个工作日"),
        ({"current_due": friday}, "今天到期"),
        ({"current_due": date(2026, 3, 22)}, "将在休息日到期"),
        ({"current_due": date(2026, 3, 24)}, "剩2个工作日"),
        ({"current_due": date(2026, 3, 24), "last_assessment": "behind"}, "自评滞后，剩2个工作日"),
        ({"report_due_on": date(2026, 3, 19)}, "漏报进展"),
        ({"report_due_on": date(2026, 3, 24), "last_assessment": "on_track"}, "临近报送日"),
        ({"report_due_on": date(2026, 3, 24), "last_assessment": "blocked"}, "自评受阻"),
    ]
    letter = UnitLetter(
        Unit(short_name="市教育局"), rule_on(friday), [ActionItem(**given) for given, _words in cases]
    )
    assert [letter.situation(item) for item in letter.items] == [words for _given, words in cases]
    assert letter.red == 1  # the report that was missed is not counted as 超期
