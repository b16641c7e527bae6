"""Pages of the roster and the duties."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.common.models import StoredFile
from apps.roster.enums import PostKind
from apps.roster.models import Appointment, Post, Unit
from apps.roster.selectors import today
from tests.factories.people import People, make_user

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]
LIST = "/roster/"


def seat(kind: PostKind, code: str) -> Post:
    return Post.objects.get(kind=kind, unit__code=code)


def appoint_url(code: str = "jiaoyuju") -> str:
    return reverse("roster:appoint", args=[seat(PostKind.MEMBER, code).pk])


DATA = {
    "name": "龚䶮", "title": "市教育局副局长", "starts_on": today().isoformat(), "letter_number": "泉教函〔2026〕3号",
    "letter_on": "2026-03-01", "basis_kind": "meeting", "basis": "会议确定（示例）",
}  # fmt: skip


@pytest.mark.core
def test_units_stand_in_charter_order_with_their_people(people: People, client_of: ClientOf) -> None:
    page = client_of(people.office).get(LIST)
    names = [row.unit.short_name for row in page.context["rows"]]
    assert names == list(Unit.objects.order_by("order").values_list("short_name", flat=True))
    assert (names[0], names[-1], len(names)) == ("市卫健委", "市总工会", 16)
    text = page.content.decode()
    assert "陈　颖" in text
    assert "核定无误" not in text
    assert "待核定" not in text


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("jyj", ["市教育局"]),
        ("市场监管局", ["市市场监管局"]),
        ("陈颖", ["市医保局"]),
        ("SFGW", ["市发改委"]),
        ("没有", []),
    ],
)
def test_units_are_found_by_initials_alias_and_name(
    people: People, client_of: ClientOf, words: str, found: list[str]
) -> None:
    rows = client_of(people.office).get(LIST, {"q": words}).context["rows"]
    assert [row.unit.short_name for row in rows] == found


def test_the_roster_as_of_a_day(people: People, client_of: ClientOf) -> None:
    browser = client_of(people.sysadmin)
    assert browser.post(appoint_url(), DATA).status_code == 302
    held = {}
    for on in ("2026-01-01", "", "2020-01-01", "x"):
        rows = browser.get(LIST, {"on": on}).context["rows"]
        members = [row.members[0].held for row in rows if row.unit.code == "jiaoyuju"]
        held[on] = [row.person.name if row else None for row in members]
    assert held == {"2026-01-01": ["谢细财"], "": ["龚䶮"], "2020-01-01": [], "x": ["龚䶮"]}


def test_who_sees_and_who_edits(people: People, client_of: ClientOf) -> None:
    unit = people.unit("jiaoyuju")
    post = seat(PostKind.MEMBER, "jiaoyuju")
    holder = Appointment.objects.get(post=post).person
    pages = [
        LIST, reverse("duties:list"), unit.get_absolute_url(), reverse("roster:unit_edit", args=[unit.pk]), appoint_url(),
        reverse("roster:vacate", args=[post.pk]), reverse("roster:account_of", args=[holder.pk]),
    ]  # fmt: skip
    users = [
        people.office,
        people.director,
        people.convener,
        people.liaison("kejiju"),
        people.auditor,
        people.secadmin,
    ]
    seen = {user.username: [client_of(user).get(page).status_code for page in pages] for user in users}
    assert set(map(tuple, seen.values())) == {(200, 200, 200, 403, 403, 403, 403)}
    assert [client_of(people.sysadmin).get(page).status_code for page in pages] == [200] * 7
    assert [client_of(people.visitor).get(page).status_code for page in pages] == [403] * 7
    assert client_of(people.office).post(reverse("roster:confirm_name", args=[unit.pk])).status_code == 403


def test_the_form_asks_for_the_basis(people: People, client_of: ClientOf) -> None:
    browser = client_of(people.sysadmin)
    wrong = {
        "no letter": DATA | {"letter_number": ""},
        "no letter date": DATA | {"letter_on": ""},
        "filed only": DATA | {"basis_kind": "filed"},
        "no basis": DATA | {"basis": ""},
        "no such day": DATA | {"starts_on": "2026-02-30"},
        "overlap": DATA | {"starts_on": "2021-01-01"},
        "unseen character": DATA | {"name": "龚\u202e䶮"},
        "somebody's account": DATA | {"user": people.liaison("jiaoyuju").pk},
    }
    assert {
        why: browser.post(appoint_url(), data).status_code for why, data in wrong.items()
    } == dict.fromkeys(wrong, 422)
    assert Appointment.objects.filter(post=seat(PostKind.MEMBER, "jiaoyuju")).count() == 1


@pytest.mark.core
def test_an_appointment_with_a_scan_and_an_account(people: People, client_of: ClientOf) -> None:
    browser, user = client_of(people.sysadmin), make_user("new-member", "市教育局成员")
    scan = Path(__file__).parent / "letter.pdf"
    with scan.open("rb") as handle:
        answer = browser.post(appoint_url(), DATA | {"user": user.pk, "upload": handle})
    assert answer["Location"] == people.unit("jiaoyuju").get_absolute_url()
    row = Appointment.objects.get(person__user=user)
    assert (row.person.name, row.basis_kind, row.letter_on) == ("龚䶮", "meeting", date(2026, 3, 1))
    assert StoredFile.objects.get() == row.scan
    url = reverse("roster:scan", args=[row.pk])
    users = (people.office, people.liaison("kejiju"), people.auditor)
    answers = [client_of(u).get(url) for u in users]
    codes = [answer.status_code for answer in answers]
    read = [b"".join(answers[place].streaming_content) for place in (0, 2)]  # type: ignore[attr-defined]
    assert read == [scan.read_bytes()] * 2
    assert codes == [200, 403, 200]
    page = browser.get(people.unit("jiaoyuju").get_absolute_url()).content.decode()
    assert "泉教函〔2026〕3号" in page
    assert "谢细财" in page


def test_a_name_is_confirmed_with_one_button(people: People, client_of: ClientOf) -> None:
    browser, unit = client_of(people.sysadmin), people.unit("jiaoyuju")
    assert len(browser.get(LIST).context["unverified"]) == 14
    assert browser.post(reverse("roster:confirm_name", args=[unit.pk])).status_code == 302
    assert unit not in browser.get(LIST).context["unverified"]
    data = {"full_name": "泉州市教育局（改）", "initials": "jyj", "full_name_verified": "on"}
    assert browser.post(reverse("roster:unit_edit", args=[unit.pk]), data).status_code == 302
    unit.refresh_from_db()
    assert unit.full_name == "泉州市教育局（改）"


def test_contacts_are_for_the_office(people: People, client_of: ClientOf) -> None:
    user = people.liaison("jiaoyuju")
    url = people.unit("jiaoyuju").get_absolute_url()
    shown = {
        u.username: user.username in client_of(u).get(url).content.decode()
        for u in (people.office, people.auditor)
    }
    assert shown == {"office": True, "auditor": False}


def test_what_the_charter_misses_is_listed_for_the_administrator(people: People, client_of: ClientOf) -> None:
    gaps = client_of(people.sysadmin).get(LIST).context["gaps"]
    assert ("市卫健委办公室主任空缺" in gaps, "市教育局没有可登录的经办人" in gaps, len(gaps)) == (
        True,
        True,
        33,
    )


@pytest.mark.parametrize(("url", "limit"), [(LIST, 7), ("/duties/", 6)])
def test_pages_ask_a_fixed_number_of_times(
    people: People, client_of: ClientOf, django_assert_num_queries: Callable, url: str, limit: int
) -> None:
    browser = client_of(people.office)
    browser.get(url)
    with django_assert_num_queries(limit):
        browser.get(url)
    people.liaison("kejiju")
    people.liaison_b("kejiju")
    people.liaison("jiaoyuju")
    with django_assert_num_queries(limit):
        browser.get(url)


def test_duties_are_printed_word_for_word_with_notes(people: People, client_of: ClientOf) -> None:
    page = client_of(people.office).get("/duties/")
    text = page.content.decode()
    assert "提高预算绩效管理水。" in text
    assert "勘误注：" in text
    assert [len(page.context["joint"]), sum(len(duties) for _unit, duties in page.context["groups"])] == [
        5,
        37,
    ]
