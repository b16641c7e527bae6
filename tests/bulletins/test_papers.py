"""通报, 总结 and 信息通报 as papers: whole texts from the sample meetings, and the standard's rows measured."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from apps.bulletins import papers, services
from apps.bulletins.models import Bulletin
from apps.common import settings_rows
from apps.documents.composition import Block, Layout, Table, plain_text
from tests.factories.people import People
from tests.factories.printed import faults_of, printed, text_of_sound

from . import make

DAY = datetime(2026, 11, 27, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_the_day() -> Any:
    with time_machine.travel(DAY, tick=False):
        yield


def annual(people: People) -> Bulletin:
    return make.drafted(people, kind="annual", period="2026年度")


def test_whole_text_of_the_progress_bulletin(past: People) -> None:
    paper = papers.bulletin_paper(make.drafted(past))
    assert text_of_sound(paper) == printed(__file__, "bulletin")
    assert (paper.layout, paper.marker, paper.corner) == (Layout.OFFICIAL, "示例（虚构）", ("草稿",))
    assert faults_of(paper) == []


def test_whole_text_of_the_annual_summary(past: People) -> None:
    paper = papers.bulletin_paper(annual(past))
    assert text_of_sound(paper) == printed(__file__, "annual")
    assert faults_of(paper) == []


def test_whole_text_of_information(people: People) -> None:
    row = make.sent(people)
    paper = papers.information_paper(row)
    assert text_of_sound(paper) == printed(__file__, "information")
    assert faults_of(paper) == []


def test_changes_since_the_last_are_an_attachment(past: People) -> None:
    make.issued(past, ends_on=date(2026, 10, 15), period="2026年第三季度")
    paper = papers.bulletin_paper(make.drafted(past))
    assert [type(part) for part in paper.attachments[0].body] == [Block, Table] * 3
    assert [line for line in plain_text(paper).split("\n") if line.startswith("新增超期\t")] == [
        "新增超期\t指导学校建立教学用辐射材料、化学药品等职业健康管理制度（〔2026〕1号第8项）\t市教育局\t已超过时限16个工作日",
        "新增超期\t梳理在办尘肺病工伤认定和劳动能力鉴定事项，逐件明确办理时限（〔2026〕2号第4项）\t市人社局\t已超过时限1个工作日",
    ]
    assert "与上期通报（截至2026年10月15日）相比，新增超期2项。" in plain_text(paper)
    assert faults_of(paper) == []


def test_the_office_may_issue_it_with_the_hosts_seal_and_report_upward(past: People) -> None:
    settings_rows.put("letter_issuer", "office", by=past.sysadmin)
    row = make.drafted(past)
    row = services.change_facts(row, title=row.title, period=row.period, report_up=True, by=past.office)
    paper = papers.bulletin_paper(row, number="通报〔2026〕1号", final=True)
    assert paper.signature is not None
    assert paper.imprint is not None
    assert (paper.mark, paper.signature.issuer, paper.imprint.report_to, paper.corner) == (
        "泉州市职业病防治工作联席会议办公室", "泉州市职业病防治工作联席会议办公室（代章）", ("市人民政府",), (),
    )  # fmt: skip
    assert "抄报：市人民政府" in text_of_sound(paper)
    assert faults_of(paper) == []


def test_more_matters_cost_no_more_queries(past: People, django_assert_num_queries: Any) -> None:
    for ends_on in (date(2026, 5, 1), make.CUT_OFF):
        row = Bulletin.objects.get(pk=make.drafted(past, ends_on=ends_on).pk)
        with django_assert_num_queries(4):
            papers.bulletin_paper(row)


def test_a_numbered_line_is_a_heading_up_to_its_first_stop() -> None:
    blocks = papers.text_blocks("第一段。\n\n（一）要点。其余文字。\n（二）没有句号")
    assert [(block.level, "|".join(run.text for run in block.runs)) for block in blocks] == [
        (0, "第一段。"), (2, "（一）要点。|其余文字。"), (2, "（二）没有句号"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "marker", "printed_title"),
    [
        ("粉尘治理经验做法", "", "关于粉尘治理经验做法的信息通报"),
        ("关于粉尘治理情况的通报", "", "关于粉尘治理情况的通报"),
        ("关于粉尘治理的经验", "", "关于粉尘治理的经验的信息通报"),
        ("粉尘治理（示例）", "示例（虚构）", "关于粉尘治理的信息通报"),
    ],
)
def test_titles_of_information(title: str, marker: str, printed_title: str, people: People) -> None:
    row = make.sent(people, title=title, marker=marker)
    assert papers.information_title(row) == printed_title
