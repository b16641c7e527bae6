"""成员名单: the charter's list as of a day, with vacancies, acting holders and the titles of that day."""

from datetime import date
from typing import Any

import pytest

from apps.documents.composition import Layout, plain_text
from apps.roster.enums import PostKind
from apps.roster.models import Appointment, Person, Unit
from apps.roster.papers import VACANT, addressees_of, bare_title, letter_issuer, member_list, signed_by
from apps.roster.selectors import names_by_unit
from tests.factories.people import People, load_charter
from tests.factories.printed import faults_of, printed, text_of_sound

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 25)


def lines(day: date = DAY) -> list[str]:
    return plain_text(member_list(day)).split("\n")


def test_whole_text(people: People) -> None:
    for row in ("director", "host_deputy", "deputy_rensheju"):
        getattr(people, row)
    paper = member_list(DAY)
    assert text_of_sound(paper) == printed(__file__, "member_list")
    assert paper.layout == Layout.SHEET
    assert faults_of(paper) == []


def test_one_list_costs_four_queries(people: People, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(4):
        member_list(DAY)


def test_vacant_posts_are_shown(people: People) -> None:
    Appointment.objects.filter(post__kind=PostKind.CONVENER).delete()
    Appointment.objects.filter(post__unit__code="kejiju").delete()
    found = lines()
    assert f"召集人：{VACANT}市卫健委" in found
    assert f"\u3000\u3000\u3000\u3000{VACANT}市科技局" in found
    assert f"\u3000\u3000\u3000\u3000{VACANT}市科技局科级干部" in found
    assert f"主\u3000任：{VACANT}市卫健委分管负责人（兼任）" in found


def test_the_title_and_holder_are_those_of_the_day(people: People) -> None:
    held = Appointment.objects.get(post__unit__code="fagaiwei", post__kind=PostKind.MEMBER)
    held.ends_on = date(2026, 6, 30)
    held.save()
    after = Person.objects.create(name="李四", unit=held.post.unit)
    Appointment.objects.create(
        post=held.post, person=after, title="市发改委四级调研员", acting=True, starts_on=date(2026, 7, 1),
        basis_kind="meeting", basis="示例",
    )  # fmt: skip
    blank = "\u3000" * 4
    old = f"{blank}陈小宝\u3000市发改委副主任"
    new = f"{blank}李\u3000四\u3000市发改委四级调研员（主持工作）"
    june, july = lines(date(2026, 6, 30)), lines(date(2026, 7, 1))
    assert (old in june, new in june, old in july, new in july) == (True, False, False, True)


def test_a_unit_that_left_is_not_on_the_list_of_later_days(people: People) -> None:
    Unit.objects.filter(code="kejiju").update(left_on=date(2026, 7, 1))
    assert any("市科技局" in row for row in lines(date(2026, 6, 30)))
    assert not any("市科技局" in row for row in lines(date(2026, 7, 1)))


def test_a_title_loses_the_name_of_its_unit_by_the_table_of_names_only(db: None) -> None:
    load_charter()
    names = names_by_unit()
    by_code = {unit.code: names[unit.pk] for unit in Unit.objects.all()}
    assert bare_title("市卫生健康委员会主任", by_code["weijianwei"]) == "主任"
    assert bare_title("市市场监督管理局副局长", by_code["shichangju"]) == "副局长"
    assert (
        bare_title("市教育局四级调研员、市教育工会主席", by_code["jiaoyuju"]) == "四级调研员、市教育工会主席"
    )
    assert bare_title("市教育局", by_code["jiaoyuju"]) == "市教育局"
    assert bare_title("副主任", ()) == "副主任"


def test_who_is_addressed_and_who_signs(db: None) -> None:
    load_charter()
    every = list(Unit.objects.all())
    assert addressees_of(every) == ("联席会议各成员单位",)
    assert addressees_of(every[:2]) == ("市卫健委", "市委宣传部")
    assert letter_issuer() == "泉州市卫生健康委员会"
    assert signed_by(letter_issuer(), DAY).seal
    assert not signed_by("泉州市职业病防治工作联席会议办公室（代章）", DAY).seal
