"""The papers of the sample 纪要, whole."""

from typing import Any

import pytest

from apps.documents.composition import (
    Layout,
    Paper,
    plain_text,
)
from apps.meetings.models import Meeting
from apps.minutes import papers
from apps.minutes.models import Circulation, Correction, Minutes
from tests.factories.printed import faults_of, printed, text_of_sound

from .test_papers import version

pytestmark = pytest.mark.django_db


def sample(key: str) -> Minutes:
    return Meeting.objects.get(import_key=key).minutes


def round_of(minutes: Minutes, number: int) -> Circulation:
    return minutes.circulations.select_related("minutes__meeting").get(round=number)


def lines(paper: Paper) -> list[str]:
    return plain_text(paper).split("\n")


@pytest.mark.parametrize("kind", ["consent_table", "routing_sheet"])
@pytest.mark.parametrize("key", ["M1", "M2"])
def test_whole_text_of_the_sheets(demo: None, key: str, kind: str) -> None:
    paper = getattr(papers, kind)(sample(key))
    assert text_of_sound(paper) == printed(__file__, f"{key}-{kind}")
    assert (paper.layout, paper.landscape, paper.marker) == (
        Layout.SHEET, kind == "consent_table", "示例（虚构）",
    )  # fmt: skip
    assert faults_of(paper) == []


@pytest.mark.parametrize(("key", "number"), [("M1", 1), ("M2", 1), ("M2", 2)])
def test_whole_text_of_the_letters(demo: None, key: str, number: int) -> None:
    paper = papers.consent_letter(round_of(sample(key), number))
    assert text_of_sound(paper) == printed(__file__, f"{key}-consent_letter-{number}")
    assert paper.layout == Layout.LETTER
    assert faults_of(paper) == []


def test_whole_text_of_the_correction(demo: None) -> None:
    paper = papers.correction_notice(Correction.objects.get(minutes=sample("M2")))
    assert text_of_sound(paper) == printed(__file__, "M2-correction_notice")
    assert paper.layout == Layout.OFFICIAL
    assert faults_of(paper) == []


def test_more_units_cost_no_more_queries(demo: None, django_assert_num_queries: Any) -> None:
    for key in ("M1", "M2"):  # sixteen units and eleven
        circulation = round_of(sample(key), 1)
        with django_assert_num_queries(8):
            papers.consent_letter(circulation)
    for key, queries in (("M1", 14), ("M2", 13)):
        minutes = sample(key)
        minutes.meeting  # noqa: B018 - read before the count
        with django_assert_num_queries(queries):
            papers.consent_table(minutes)


def test_several_changes_are_numbered(demo: None) -> None:
    correction = Correction.objects.get(minutes=sample("M2"))
    assert correction.paper.previous is not None
    correction.paper.data = version("建立台账。", "做好协调。").data
    correction.paper.previous.data = version("建立名单。", "做好衔接。").data
    found = papers.correction_notice(correction)
    assert lines(found)[5:7] == [
        "1.第（一）项中“建立名单”更正为“建立台账”。", "2.第（二）项中“做好衔接”更正为“做好协调”。",
    ]  # fmt: skip
