"""任务分工通知: whole texts of the sample meetings, and which deadline it names."""

from datetime import date
from typing import Any

import pytest

from apps.action_items.models import ActionItem, Extension
from apps.action_items.papers import assignment_notice, deadline_words
from apps.documents.composition import Layout, Table, plain_text
from apps.documents.models import ArchivedPaper
from apps.meetings.models import Meeting
from tests.factories.printed import faults_of, printed, text_of_sound

pytestmark = pytest.mark.django_db


def paper_of(key: str) -> ArchivedPaper:
    paper = Meeting.objects.get(import_key=key).minutes.paper
    assert paper is not None
    return paper


@pytest.mark.parametrize("key", ["M1", "M2"])
def test_whole_text_of_the_sample_meetings(demo: None, key: str) -> None:
    paper = assignment_notice(paper_of(key))
    assert text_of_sound(paper) == printed(__file__, f"{key}-assignment_notice")
    assert (paper.layout, paper.marker) == (Layout.OFFICIAL, "示例（虚构）")
    assert faults_of(paper) == []


def test_more_matters_cost_no_more_queries(demo: None, django_assert_num_queries: Any) -> None:
    for key, count in (("M1", 7), ("M2", 8)):  # nine matters and seven; M2 was corrected once
        paper = paper_of(key)
        with django_assert_num_queries(count):
            assignment_notice(paper)


def test_a_corrected_paper_still_finds_the_matters_its_first_version_opened(demo: None) -> None:
    new = paper_of("M2")
    assert new.previous is not None
    tables = [
        next(part for part in assignment_notice(paper).attachments[0].body if isinstance(part, Table))
        for paper in (new, new.previous)
    ]
    assert tables[0] == tables[1]
    assert tables[0].rows[5][4] == "2027年3月31日前"


def test_an_extension_leaves_the_deadline_as_printed(demo: None) -> None:
    item = ActionItem.objects.get(source_paper=paper_of("M1"), seq=7)
    assert Extension.objects.get(item=item).new_due == date(2026, 12, 15)
    assert "\t2026年9月30日前" in plain_text(assignment_notice(paper_of("M1")))


def test_number_and_day_may_be_given_and_nothing_to_follow_is_said(demo: None) -> None:
    source = paper_of("M1")
    ActionItem.objects.filter(source_paper=source).update(source_paper=paper_of("M2"))
    paper = assignment_notice(source, number="泉卫函〔2026〕20号", on=date(2026, 4, 10))
    assert (paper.number, paper.dated) == ("泉卫函〔2026〕20号", date(2026, 4, 10))
    assert "\t（没有列入督办的议定事项）\t\t\t" in plain_text(paper)


def test_deadlines_in_words() -> None:
    assert [
        deadline_words(ActionItem(**fields))
        for fields in (
            {"due_on": date(2026, 6, 3)}, {"recurrence": "每季度首月15日前"}, {"is_standing": True}, {},
        )
    ] == ["2026年6月3日前", "每季度首月15日前", "长期坚持", ""]  # fmt: skip
