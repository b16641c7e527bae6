"""Who holds what: one convener, members of the unit only, a basis for each change, old papers untouched."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.common.errors import Refused
from apps.common.models import AuditEvent
from apps.roster import services
from apps.roster.enums import BasisKind, PostKind
from apps.roster.models import Appointment, Person, Post
from apps.roster.selectors import holders, liaison_users, members_on, standing_of, today
from apps.roster.tasks import follow_posts
from tests.factories.people import SINCE, People, make_user

pytestmark = pytest.mark.django_db
LETTER: dict[str, Any] = {"letter_number": "泉教函〔2026〕3号", "letter_on": date(2026, 3, 1)}
CONFIRMED: dict[str, Any] = {"basis_kind": BasisKind.MEETING, "basis": "2026年第一次全体会议确定（示例）"}


def post(kind: PostKind, code: str) -> Post:
    return Post.objects.select_related("unit").get(kind=kind, unit__code=code)


def person(people: People, code: str, name: str = "×××") -> Person:
    return services.person_named(name, unit=people.unit(code), by=people.sysadmin)


@pytest.mark.core
def test_a_successor_takes_over_the_day_after(people: People) -> None:
    seat, since = post(PostKind.MEMBER, "jiaoyuju"), today()
    row = services.appoint(
        seat, person=person(people, "jiaoyuju", "陈䶮"), title="市教育局副局长", starts_on=since,
        by=people.sysadmin, **LETTER, **CONFIRMED,
    )  # fmt: skip
    old = Appointment.objects.get(post=seat, ends_on__isnull=False)
    assert (old.person.name, old.ends_on) == ("谢细财", since - timedelta(days=1))
    assert [a.person.name for a in members_on(since - timedelta(days=1)) if a.post_id == seat.pk] == [
        "谢细财"
    ]
    assert [a.person.name for a in members_on(since) if a.post_id == seat.pk] == ["陈䶮"]
    assert row.history.get().history_user == people.sysadmin  # type: ignore[attr-defined]
    assert AuditEvent.objects.get(verb="appoint").detail == {
        "post": "市教育局成员", "person": "陈䶮", "title": "市教育局副局长", "from": since.isoformat(),
        "basis": CONFIRMED["basis"],
    }  # fmt: skip


@pytest.mark.core
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"basis_kind": BasisKind.FILED}, "须由联席会议确定"),
        ({"letter_number": " "}, "请填来函的文号和日期"),
        ({"letter_on": None}, "请填来函的文号和日期"),
        ({"basis_kind": BasisKind.CHARTER}, "须由联席会议确定"),
        ({"starts_on": date(2020, 1, 1)}, "时间重叠"),
        ({"starts_on": SINCE}, "时间重叠"),
    ],
)
def test_a_member_changes_only_on_a_basis(people: People, change: dict[str, object], words: str) -> None:
    facts: dict[str, object] = {"title": "副局长", "starts_on": today(), **LETTER, **CONFIRMED, **change}
    with pytest.raises(Refused, match=words):
        services.appoint(
            post(PostKind.MEMBER, "jiaoyuju"),
            person=person(people, "jiaoyuju"),
            by=people.sysadmin,
            **facts,  # type: ignore[arg-type]
        )
    assert Appointment.objects.count() == 17
    assert not AuditEvent.objects.filter(verb="appoint").exists()


def test_a_basis_in_words_is_always_needed(people: People) -> None:
    with pytest.raises(ValidationError):
        services.appoint(
            post(PostKind.OFFICE_MEMBER, "jiaoyuju"), person=person(people, "jiaoyuju"), title="", starts_on=today(),
            basis_kind=BasisKind.FILED, basis="", by=people.sysadmin,
        )  # fmt: skip
    assert Appointment.objects.count() == 17


@pytest.mark.core
def test_nobody_from_another_unit(people: People) -> None:
    stranger = person(people, "kejiju")
    with pytest.raises(Refused, match="不在市教育局"):
        services.appoint(
            post(PostKind.MEMBER, "jiaoyuju"), person=stranger, title="", starts_on=today(), by=people.sysadmin,
            **LETTER, **CONFIRMED,
        )  # fmt: skip


@pytest.mark.core
def test_there_is_one_convener_and_a_vacancy_is_a_state(people: People) -> None:
    seat = post(PostKind.CONVENER, "weijianwei")
    old = people.convener
    assert standing_of(old).is_convener
    services.vacate(seat, ends_on=today() - timedelta(days=1), reason="任职文件", by=people.sysadmin)
    assert holders(PostKind.CONVENER) == []
    assert not standing_of(User.objects.get(pk=old.pk)).is_convener
    with pytest.raises(Refused, match="现在空缺"):
        services.vacate(seat, ends_on=today(), reason="任职文件", by=people.sysadmin)
    services.appoint(
        seat, person=person(people, "weijianwei"), title="市卫生健康委员会副主任", acting=True, starts_on=today(),
        basis_kind=BasisKind.FILED, basis="主持工作", by=people.sysadmin,
    )  # fmt: skip
    assert [(row.acting, row.person.name) for row in holders(PostKind.CONVENER)] == [(True, "×××")]
    with pytest.raises(ValidationError):
        Post(kind=PostKind.CONVENER, unit=people.unit("kejiju")).full_clean()


@pytest.mark.core
def test_groups_follow_the_posts(people: People) -> None:
    user = make_user("new-liaison")
    holder = person(people, "jiaoyuju")
    services.link_account(holder, user=user, by=people.sysadmin)
    assert not user.groups.exists()
    services.appoint(
        post(PostKind.OFFICE_MEMBER, "jiaoyuju"), person=holder, title="科长", starts_on=today(),
        basis_kind=BasisKind.FILED, basis="来函备案", by=people.sysadmin,
    )  # fmt: skip
    unit = people.unit("jiaoyuju")
    assert list(user.groups.all()) == [unit.group]
    assert liaison_users([unit.pk]) == {unit.pk: [user]}
    services.vacate(
        post(PostKind.OFFICE_MEMBER, "jiaoyuju"), ends_on=today(), reason="轮岗", by=people.sysadmin
    )
    assert list(user.groups.all()) == [unit.group]
    Appointment.objects.filter(person=holder).update(ends_on=today() - timedelta(days=1), starts_on=SINCE)
    follow_posts()
    assert not user.groups.exists()
    assert services.follow_posts() == 0


def test_groups_that_are_no_unit_are_left_alone(people: People) -> None:
    other = Group.objects.create(name="another")
    people.visitor.groups.add(other)
    services.follow_posts()
    assert list(people.visitor.groups.all()) == [other]


def test_an_account_belongs_to_one_person(people: People) -> None:
    user = people.liaison("kejiju")
    with pytest.raises(ValidationError, match="已属于另一人"):
        services.link_account(person(people, "jiaoyuju"), user=user, by=people.sysadmin)
    first, second = person(people, "jiaoyuju"), person(people, "jiaoyuju")
    assert first.pk != second.pk  # ××× is nobody's name
    assert person(people, "jiaoyuju", "谢细财").pk == Person.objects.get(name="谢细财").pk


def test_a_full_name_is_confirmed_once(people: People) -> None:
    unit = people.unit("jiaoyuju")
    for _i in range(2):
        services.edit_unit(unit, full_name="泉州市教育局", initials="SJYJ", verified=True, by=people.sysadmin)
    unit.refresh_from_db()
    assert (unit.full_name_verified, unit.initials) == (True, "sjyj")
    assert [e.detail for e in AuditEvent.objects.filter(verb="edit_unit")] == [
        {"full_name_verified": [False, True]}
    ]


def test_initials_of_names() -> None:
    assert [services.initials(name) for name in ("市发改委", "市市场监管局", "A组")] == [
        "sfgw",
        "sscjgj",
        "z",
    ]
