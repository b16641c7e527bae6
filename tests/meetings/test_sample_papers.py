"""The papers of the sample meetings, whole."""

from typing import Any

import pytest

from apps.documents.composition import Cell, Layout, Table
from apps.meetings import papers
from apps.meetings.models import Meeting
from tests.factories.printed import faults_of, printed, text_of_sound

pytestmark = pytest.mark.django_db


def sample(key: str) -> Meeting:
    return Meeting.objects.get(import_key=key)


@pytest.mark.parametrize("kind", ["notice", "agenda", "sign_in_sheet", "record"])
@pytest.mark.parametrize("key", ["M1", "M2"])
def test_whole_text_of_the_sample_meetings(demo: None, key: str, kind: str) -> None:
    paper = getattr(papers, kind)(sample(key))
    assert text_of_sound(paper) == printed(__file__, f"{key}-{kind}")
    assert (paper.layout, paper.marker, paper.landscape) == (
        Layout.OFFICIAL if kind == "notice" else Layout.SHEET, "示例（虚构）", False,
    )  # fmt: skip
    assert faults_of(paper) == []


def test_more_people_cost_no_more_queries(demo: None, django_assert_num_queries: Any) -> None:
    for key in ("M1", "M2"):  # 17 people and 11
        for make_paper, queries in (
            (papers.notice, 8), (papers.agenda, 3), (papers.sign_in_sheet, 4), (papers.name_plates, 2),
            (papers.record, 10),
        ):  # fmt: skip
            meeting = sample(key)
            with django_assert_num_queries(queries):
                make_paper(meeting)


def test_plates_for_those_expected_only(demo: None) -> None:
    paper = papers.name_plates(sample("M1"))
    assert text_of_sound(paper).startswith("叶一帆\n市卫健委\n")
    assert paper.layout == Layout.PLATES
    assert faults_of(paper) == []
    assert [(plate.name, plate.unit) for plate in paper.plates] == [
        ("叶一帆", "市卫健委"), ("谢庆凤", "市委宣传部"), ("陈小宝", "市发改委"), ("谢细财", "市教育局"),
        ("市科技局", ""),  # its substitute is not named; 市市场监管局 is on leave
        ("黄海平", "市工信局"), ("颜建安", "市民政局"), ("王庆福", "市财政局"), ("龚时荣", "市人社局"),
        ("林庆梅", "市生态环境局"), ("叶向荣", "市住建局"), ("吴光腾", "市卫健委"), ("黄西洋", "市应急局"),
        ("周俊杰", "市国资委"), ("陈颖", "市医保局"), ("江永清", "市总工会"),
    ]  # fmt: skip


def test_the_sign_in_sheet_is_a_table_with_room_to_sign(demo: None) -> None:
    table = next(part for part in papers.sign_in_sheet(sample("M1")).body if isinstance(part, Table))
    assert (table.header, table.rows[0]) == (True, ("序号", "单位", "姓名", "职务", "签名", "备注"))
    people = [row for row in table.rows[1:] if len(row) == 6]
    assert {row[4] for row in people} == {""}
    assert table.rows[5] == ("5", "市科技局", "×××", "", "", "代孙中虎")
    assert table.rows[15] == ("15", "市市场监管局", "林梓杰", "副局长", "", "请假")
    assert table.rows[16][2] == "陈\u3000颖"
    assert table.rows[18] == (Cell("列席", span=6, head=True),)
    assert table.rows[-4:] == (("",) * 6,) * 4
