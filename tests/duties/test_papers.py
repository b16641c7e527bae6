"""职责清单: every clause verbatim, as in force on a day."""

from datetime import date
from typing import Any

import pytest

from apps.documents.composition import Layout, plain_text
from apps.duties.models import Duty
from apps.duties.papers import duty_list
from tests.factories.people import load_charter
from tests.factories.printed import faults_of, printed, text_of_sound

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def _charter(db: None) -> None:
    load_charter()


def test_whole_text() -> None:
    paper = duty_list(DAY)
    assert text_of_sound(paper) == printed(__file__, "duty_list")
    assert paper.layout == Layout.SHEET
    assert faults_of(paper) == []


def test_every_clause_stands_there_as_it_stands_in_the_source() -> None:
    found = plain_text(duty_list(DAY)).split("\n")
    for duty in Duty.objects.all():
        note = f"（勘误注：{duty.erratum}）" if duty.erratum else ""
        assert found.count(f"{duty.marker.strip()}{duty.text}{note}") == 1, duty.code


def test_two_queries(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        duty_list(DAY)


def test_the_version_of_the_day_is_printed_with_its_source() -> None:
    old = Duty.objects.get(code="kejiju.1")
    old.ends_on = date(2026, 6, 30)
    old.save()
    Duty.objects.create(
        code="kejiju.1", unit=old.unit, seq=1, text="新的职责。", source="泉政办〔2026〕9号", starts_on=date(2026, 7, 1)
    )  # fmt: skip
    before, after = (plain_text(duty_list(day)).split("\n") for day in (date(2026, 6, 30), date(2026, 7, 1)))
    assert old.text in before
    assert "新的职责。" not in before
    assert old.text not in after
    assert after[after.index("（五）市科技局") + 1] == "新的职责。"
    assert before[-1].startswith("来源：泉政办网传〔2021〕1号。条款")
    assert after[-1].startswith("来源：泉政办网传〔2021〕1号、泉政办〔2026〕9号。条款")


def test_a_day_before_the_charter_has_no_duties() -> None:
    assert plain_text(duty_list(date(2020, 1, 1))).split("\n")[1:] == [
        "（截至2020年1月1日）", "没有在该日有效的职责条款。",
    ]  # fmt: skip
