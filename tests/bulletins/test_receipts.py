"""Signing for what was issued, and what is stopped: handed out, chased and counted no more."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from apps.bulletins import selectors, services, year
from apps.bulletins.models import Bulletin, Information
from apps.common.audit import history_of
from apps.common.errors import Refused
from apps.dispatch.models import Delivery, Recipient
from apps.dispatch.stopping import stop_paper
from apps.documents.models import IssuedNumber
from apps.minutes.models import Minutes
from apps.roster.enums import PostKind
from apps.roster.models import Appointment, Post
from tests.factories.people import People

from . import make
from .test_informations import PNG

Login = Callable[[Any], Client]


def stop(people: People, row: Bulletin | Information) -> Any:
    """The row as it is on record once its paper is stopped."""
    assert row.paper is not None
    stop_paper(
        row.paper, reason="数据有误", approved_by="办公室主任", stopped_on=timezone.localdate(), by=people.office
    )  # fmt: skip
    return type(row).objects.get(pk=row.pk)


def test_nobody_signs_for_or_is_asked_about_a_stopped_paper(past: People, client_of: Login) -> None:
    unit, office = past.liaison("jiaoyuju"), past.office
    for made in (make.issued(past), make.given_out(past)):
        row = stop(past, made)
        with pytest.raises(Refused, match="公文已停止使用，不再催签。"):
            services.chase(row, by=office)
        page = client_of(unit).get(row.get_absolute_url())
        assert (page.status_code, page.context["receipts"]["mine"]) == (200, [])
        desk = client_of(office).get(row.get_absolute_url()).context["receipts"]
        own = 1 if isinstance(row, Information) else 0  # who wrote it has nothing to sign for
        assert (desk["may_chase"], len(desk["silent"])) == (False, 16 - own)
        assert Delivery.objects.filter(paper=row.paper, state="received").count() == own


def test_a_person_of_two_units_signs_once_for_both(past: People) -> None:
    user = past.liaison("jiaoyuju")
    first = Appointment.objects.get(person__user=user)
    Appointment.objects.create(
        post=Post.objects.get(unit__code="kejiju", kind=PostKind.LIAISON_B), person=first.person,
        starts_on=first.starts_on, basis_kind=first.basis_kind, basis=first.basis,
    )  # fmt: skip
    user.__dict__.pop("_standing", None)
    row = make.issued(past)
    assert [(todo.title, todo.verb) for todo in selectors.waiting_for(user)] == [(row.title, "签收")]
    for _press in range(2):
        signed = services.sign_for(row, by=user)
        assert [(str(copy.recipient), copy.state) for copy in signed] == [
            ("市教育局", "received"), ("市科技局", "received"),
        ]  # fmt: skip
    assert [[event.label for event in history_of(copy)] for copy in signed] == [["签收"]] * 2
    assert selectors.waiting_for(user) == []
    for other in (past.office, past.member("gongxinju")):
        with pytest.raises(PermissionDenied):
            services.sign_for(row, by=other)
    with pytest.raises(Refused, match="公文已停止使用，不用签收。"):
        services.sign_for(stop(past, row), by=user)


def test_nothing_is_issued_past_a_recipient_switched_off(past: People, client_of: Login) -> None:
    services.issue(make.numbered(past), by=past.office)  # the recipients are on record
    Recipient.objects.filter(unit__code__in=["jiaoyuju", "kejiju"]).update(is_active=False)
    words = "收文单位已停用：市教育局、市科技局，请先在“收文单位”中启用。"
    row, told = make.numbered(past), make.sent(past)
    with pytest.raises(Refused) as why:
        services.issue(row, by=past.office)
    assert why.value.text == words
    client = client_of(past.office)
    assert client.get(f"{row.get_absolute_url()}issue/").context["refusal"] == words
    to = [past.unit("jiaoyuju").pk, past.unit("kejiju").pk, past.unit("gongxinju").pk]
    url, seen = f"{told.get_absolute_url()}issue/", selectors.information_mark(told)
    answer = client.post(url, {"units": to, "seen": seen})
    assert (answer.status_code, answer.context["form"].errors) == (422, {"units": [words]})
    assert Bulletin.objects.get(pk=row.pk).state == "numbered"
    assert IssuedNumber.objects.filter(kind="information").count() == 0
    assert client.post(url, {"units": to[2:], "seen": seen}).status_code == 302
    assert Information.objects.get().state == "issued"


def test_a_number_is_voided_by_its_button(past: People, client_of: Login) -> None:
    row = make.numbered(past)
    client, url = client_of(past.office), row.get_absolute_url()
    assert [(act["name"], act["reason_required"]) for act in client.get(url).context["seldom"]] == [
        ("void", True)
    ]
    assert client_of(past.director).post(f"{url}void/do/", {"reason": "甲"}).status_code == 403
    assert client.post(f"{url}void/do/", {"reason": "数据有误"}).url == url  # type: ignore[attr-defined]
    page = client.get(url)
    assert (page.context["bulletin"].state, page.context["actions"], page.context["seldom"]) == (
        "dropped",
        [],
        [],
    )
    assert "作废理由：</strong>数据有误" in page.content.decode()


def test_files_of_a_stopped_information_are_not_handed_out_to_units(people: People, client_of: Login) -> None:
    scan = SimpleUploadedFile("要点.png", PNG + b"\x00" * 64, content_type="image/png")
    made = make.given_out(people, uploads=[scan])
    url = f"{made.get_absolute_url()}files/{made.files.get().pk}/"
    users = [people.liaison("jiaoyuju"), people.liaison("zhujianju"), people.office]

    def answers() -> list[tuple[int, bool]]:
        found = []
        for user in users:
            answer = client_of(user).get(url)
            found.append(
                (answer.status_code, PNG in (answer.getvalue() if answer.streaming else answer.content))
            )
        return found

    assert answers() == [(200, True)] * 3
    stop(people, made)
    assert answers() == [(409, False), (409, False), (200, True)]


def test_a_year_counts_what_is_in_force_and_names_issued_minutes(past: People) -> None:
    day = timezone.localdate()
    made: list[Bulletin | Information] = [make.issued(past), make.given_out(past)]
    first = make.date(day.year, 1, 1)
    before = year.facts(first, day)
    assert (len(before["bulletins"]), before["informations"]) == (1, 1)
    for row in made:
        stop(past, row)
    minutes = Minutes.objects.get(paper__number_text="〔2026〕2号")
    Minutes.objects.filter(pk=minutes.pk).update(state="issuing")  # numbered, sent to nobody yet
    assert year.facts(first, day) == {
        "meetings": [
            {**told, "number": "" if told["number"] == "〔2026〕2号" else told["number"]}
            for told in before["meetings"]
        ],
        "bulletins": [], "informations": 0,
    }  # fmt: skip
    assert [told["number"] for told in before["meetings"]] == ["〔2026〕1号", "〔2026〕2号"]


def test_bulletins_and_information_are_found_by_those_who_may_read_them(
    past: People, client_of: Login
) -> None:
    def hits(user: Any, words: str) -> list[tuple[str, str, str]]:
        found = client_of(user).get("/search/", {"q": words}).context["hits"]
        return [(hit.kind, hit.title, hit.note) for hit in found if hit.kind in ("进展情况通报", "信息通报")]

    unit, other = past.liaison("jiaoyuju"), past.liaison("kejiju")
    make.drafted(past)
    title = "关于2026年第四季度议定事项进展情况的通报"
    assert (hits(past.office, "第四季度"), hits(unit, "第四季度")) == (
        [("进展情况通报", title, "起草中")],
        [],
    )
    issued = make.issued(past, period="2026年前三季度")
    first = ("进展情况通报", "关于2026年前三季度议定事项进展情况的通报", "通报〔2026〕1号")
    assert hits(unit, "前三季度") == hits(other, "前三季度") == [first]
    assert hits(unit, "盯紧临近时限") == [
        first
    ]  # the text of its parts; the draft of the same text stays hidden
    assert hits(past.visitor, "前三季度") == []
    make.given_out(past, "jiaoyuju")
    told = ("信息通报", "建筑工地噪声危害防护提示", "信息〔2026〕1号 市住建局")
    assert (hits(unit, "噪声"), hits(other, "噪声"), hits(past.office, "住建局")[-1]) == ([told], [], told)
    stop(past, issued)
    assert hits(unit, "前三季度") == [(*first[:2], "通报〔2026〕1号（停止使用）")]
