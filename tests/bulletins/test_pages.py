"""Pages: who sees what, equal queries at one row and at three, forms that keep what was typed."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import grants
from apps.bulletins import selectors, services
from apps.bulletins.models import Bulletin, Information, Section
from apps.dispatch.models import Delivery
from apps.dispatch.stopping import stop_paper
from apps.documents import making
from tests.factories.people import People

from . import make

Login = Callable[[Any], Client]


def queries(client: Client, url: str) -> int:
    client.get(url)  # what is asked once a process is asked now
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


@pytest.mark.core
def test_who_sees_which_bulletins(past: People) -> None:
    draft, issued = make.drafted(past), make.issued(past)
    every = {draft.pk, issued.pk}
    users = {
        "office": past.office, "director": past.director, "convener": past.convener, "auditor": past.auditor,
        "deputy": past.host_deputy, "unit": past.liaison("jiaoyuju"), "member": past.member("kejiju"),
        "sysadmin": past.sysadmin, "visitor": past.visitor,
    }  # fmt: skip

    def seen() -> dict[str, set[int]]:
        return {
            name: set(selectors.visible_to(user).values_list("pk", flat=True)) for name, user in users.items()
        }

    expected = {
        "office": every, "director": every, "convener": every, "auditor": every, "deputy": every,
        "unit": {issued.pk}, "member": {issued.pk}, "sysadmin": set(), "visitor": set(),
    }  # fmt: skip
    assert seen() == expected
    grants.give(draft, to=past.visitor, until=timezone.localdate(), by=past.office)
    assert seen() == expected | {"visitor": {draft.pk}}


def test_the_lists_ask_the_same_for_one_row_and_for_three(past: People, client_of: Login) -> None:
    office, unit = client_of(past.office), client_of(past.liaison("jiaoyuju"))
    found = []
    for _n in range(2):
        make.issued(past)
        make.given_out(past)
        found.append([
            queries(office, "/bulletins/"), queries(unit, "/bulletins/"), queries(office, "/bulletins/informations/"),
            queries(unit, "/bulletins/informations/"),
        ])  # fmt: skip
        make.issued(past)
        make.given_out(past)
    assert found == [[6, 7, 6, 7]] * 2


def test_to_dos_ask_the_same_for_one_and_for_three(past: People) -> None:
    found = []
    for _n in range(2):
        make.issued(past)
        make.submitted(past)
        services.return_information(make.sent(past), reason="补充。", by=past.office)
        make.given_out(past)
        make.sent(past)
        row = []
        for user in (past.office, past.director, past.liaison("zhujianju")):
            user.__dict__.pop("_standing", None)
            with CaptureQueriesContext(connection) as asked:
                selectors.waiting_for(user)
            row.append(len(asked))
        found.append(row)
        make.issued(past)
        make.given_out(past)
    # The fifth of a unit is the list of what it has to sign for, which its home shares with dispatch.
    assert found == [[3, 3, 5]] * 2


def test_the_page_of_a_bulletin_asks_the_same_for_more_units_signing(past: People, client_of: Login) -> None:
    row = make.issued(past)
    office = client_of(past.office)
    before = queries(office, row.get_absolute_url())
    for copy in Delivery.objects.filter(paper=row.paper)[:3]:
        Delivery.objects.filter(pk=copy.pk).update(
            state="received", sent_on=timezone.localdate(), received_on=timezone.localdate(), receiver="甲"
        )
    assert (before, queries(office, row.get_absolute_url())) == (10, 10)


def test_filters_narrow_and_a_wrong_value_filters_nothing(past: People, client_of: Login) -> None:
    client = client_of(past.office)
    make.drafted(past)
    make.drafted(past, kind="annual", period="2025年度")

    def titles(query: str) -> list[str]:
        return [row.period for row in client.get(f"/bulletins/?{query}").context["page_obj"]]

    assert titles("kind=annual") == ["2025年度"]
    assert titles("state=issued") == []
    assert titles("year=2026&kind=bulletin") == ["2026年第四季度"]
    assert titles("kind=x&state=y&year=z&page=99") == ["2025年度", "2026年第四季度"]


def test_a_new_draft_by_its_form(past: People, client_of: Login) -> None:
    client = client_of(past.office)
    page = client.get("/bulletins/new/")
    assert set(page.context["form"].initial) == {"kind", "period", "starts_on", "ends_on"}
    year = client.get("/bulletins/new/?kind=annual").context["form"].initial
    assert (year["kind"], year["period"], year["starts_on"]) == ("annual", "2026年度", date(2026, 1, 1))
    html = client.get("/bulletins/new/?kind=annual").content.decode()
    found = [
        word in html for word in ("<h1>起草年度总结</h1>", "这份总结", "选好年度", "起草通报", "这份通报")
    ]
    assert found == [True, True, True, False, False]
    assert client.get("/bulletins/new/?kind=x").context["kind"] == "bulletin"
    data = {"kind": "bulletin", "period": "2026年10月", "starts_on": "2026-01-01", "ends_on": "2199-01-01"}
    bad = client.post("/bulletins/new/", data)
    assert (bad.status_code, bad.context["form"].errors) == (422, {"ends_on": ["统计截止日不能晚于今天。"]})
    assert "2026年10月" in bad.content.decode()
    assert Bulletin.objects.count() == 0
    done = client.post("/bulletins/new/", data | {"ends_on": "2026-10-31"})
    assert done.url == Bulletin.objects.get().get_absolute_url()  # type: ignore[attr-defined]
    for user in (past.convener, past.liaison("jiaoyuju")):
        assert client_of(user).get("/bulletins/new/").status_code == 403


def test_a_stale_edit_comes_back_with_both_texts(past: People, client_of: Login) -> None:
    row = make.drafted(past)
    client, url = client_of(past.office), f"/bulletins/{row.pk}/sections/overall/"
    data = {"version": "1", "heading": "总体情况", "text": "先存的文字。"}
    assert client.post(url, data).status_code == 302
    again = client.post(url, data | {"text": "后来的文字。"})
    page = again.content.decode()
    assert (again.status_code, "先存的文字。" in page, "后来的文字。" in page) == (409, True, True)
    assert Section.objects.get(bulletin=row, code="overall").text == "先存的文字。"
    assert client.post(url, data | {"version": "2", "text": "后来的文字。"}).status_code == 302
    assert Section.objects.get(bulletin=row, code="overall").text == "后来的文字。"


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"version": "1", "heading": "", "text": "甲"}, {"heading": ["这个字段是必填项。"]}),
        ({"version": "1", "heading": "甲", "text": ""}, {"text": ["这个字段是必填项。"]}),
        (
            {"version": "1", "heading": "甲", "text": "乙\x07"},
            {"text": ["第2个字符是不可见的控制字符（U+0007），请删除后重试。"]},
        ),
    ],
)
def test_a_bad_part_says_why_beside_the_field(
    past: People, client_of: Login, data: dict[str, str], errors: dict[str, list[str]]
) -> None:
    row = make.drafted(past)
    answer = client_of(past.office).post(f"/bulletins/{row.pk}/sections/overall/", data)
    assert (answer.status_code, answer.context["form"].errors) == (422, errors)
    assert Section.objects.get(bulletin=row, code="overall").version == 1


def test_a_number_that_differs_is_shown_to_writer_and_approver(past: People, client_of: Login) -> None:
    row = make.drafted(past)
    data = {"version": "1", "heading": "总体情况", "text": "议定事项共15项。"}
    client_of(past.office).post(f"/bulletins/{row.pk}/sections/overall/", data)
    warning = "“总体情况”中写的“共15项”与取数不一致：取数为16项。"
    assert client_of(past.office).get(row.get_absolute_url()).context["warnings"] == [warning]
    past.director  # noqa: B018
    services.submit(row, by=past.office)
    assert client_of(past.director).get(f"/bulletins/{row.pk}/approve/").context["warnings"] == [warning]


def test_approving_by_the_page(past: People, client_of: Login) -> None:
    row = make.submitted(past)
    director, url = client_of(past.director), f"/bulletins/{row.pk}/approve/"
    seen = director.get(url).context["mark"]
    empty = director.post(url, {"verb": "send_back", "opinion": " ", "seen": seen})
    assert (empty.status_code, empty.context["form"].errors) == (422, {"opinion": ["退回修改须写明理由。"]})
    assert director.post(url, {"verb": "approve", "seen": "另一份"}).url == row.get_absolute_url()  # type: ignore[attr-defined]
    assert Bulletin.objects.get(pk=row.pk).state == "submitted"
    assert director.post(url, {"verb": "approve", "seen": seen, "opinion": ""}).url == row.get_absolute_url()  # type: ignore[attr-defined]
    assert Bulletin.objects.get(pk=row.pk).answer == "同意"
    assert client_of(past.office).get(url).status_code == 403
    assert client_of(past.liaison("jiaoyuju")).get(url).status_code == 404


def test_numbering_and_issuing_by_their_pages(past: People, client_of: Login) -> None:
    row = make.approved(past)
    office, url = client_of(past.office), f"/bulletins/{row.pk}/"
    bad = office.post(f"{url}number/", {"printed_on": "2020-01-01"})
    assert (bad.status_code, bad.context["form"].errors) == (
        422, {"printed_on": ["印发日期不能早于批准日期。"]},
    )  # fmt: skip
    done = office.post(f"{url}number/", {"printed_on": timezone.localdate().isoformat()})
    assert done.url == f"{url}issue/"  # type: ignore[attr-defined]
    waiting = office.get(f"{url}issue/")
    assert (waiting.context["refusal"], len(waiting.context["recipients"])) == ("文件正在排版，请稍候。", 16)
    making.make_due()
    assert office.post(f"{url}issue/").url == url  # type: ignore[attr-defined]
    assert office.post(f"{url}issue/").url == url  # type: ignore[attr-defined]  # pressed twice
    assert Delivery.objects.filter(paper__bulletin=row).count() == 16


def test_the_approvers_opinion_is_for_those_who_read_the_whole(past: People, client_of: Login) -> None:
    row = make.submitted(past)
    services.approve(row, by=past.director, seen=selectors.mark_of(row), opinion="内部意见：压一压再发")
    row = services.number(row, printed_on=timezone.localdate(), by=past.office)
    making.make_due()
    url = services.issue(row, by=past.office).get_absolute_url()

    def told(user: Any) -> tuple[list[str], bool]:
        page = client_of(user).get(url)
        return [str(fact["label"]) for fact in page.context["facts"]], "内部意见" in page.content.decode()

    assert told(past.liaison("jiaoyuju")) == (["期次", "统计期间", "成文日期", "印发日期"], False)
    assert told(past.office) == (["期次", "统计期间", "起草", "批准", "成文日期", "印发日期"], True)


def test_a_unit_signs_for_its_copy(past: People, client_of: Login) -> None:
    row = make.issued(past)
    unit = past.liaison("jiaoyuju")
    client, url = client_of(unit), row.get_absolute_url()
    assert [(todo.title, todo.verb, todo.url) for todo in selectors.waiting_for(unit)] == [
        (row.title, "签收", url)
    ]
    page = client.get(url)
    assert [str(copy.recipient) for copy in page.context["receipts"]["copies"]] == ["市教育局"]
    assert client.post(f"{url}sign-for/").url == url  # type: ignore[attr-defined]
    assert Delivery.objects.get(paper=row.paper, recipient__unit__code="jiaoyuju").state == "received"
    assert client.post(f"{url}sign-for/").url == url  # type: ignore[attr-defined]  # pressed twice
    assert client_of(past.member("kejiju")).post(f"{url}sign-for/").status_code == 403
    silent = client_of(past.office).get(url).context["receipts"]["silent"]
    assert len(silent) == 15


def test_a_stopped_bulletin_is_not_handed_out_to_units(past: People, client_of: Login) -> None:
    row = make.issued(past)
    assert row.paper is not None
    url = f"{row.get_absolute_url()}paper/pdf"
    unit = client_of(past.liaison("jiaoyuju"))
    assert unit.get(url).status_code == 200
    stop_paper(
        row.paper, reason="数据有误", approved_by="办公室主任", stopped_on=timezone.localdate(), by=past.office
    )  # fmt: skip
    assert "这份公文已停止使用" in unit.get(row.get_absolute_url()).content.decode()
    assert "不再提供下载" in unit.get(url).content.decode()
    assert unit.get(url).status_code == 409
    assert client_of(past.office).get(url).status_code == 200
    assert [todo.verb for todo in selectors.waiting_for(past.liaison("jiaoyuju"))] == []


def test_information_by_its_forms_keeps_what_was_typed(people: People, client_of: Login) -> None:
    client, url = client_of(people.liaison("zhujianju")), "/bulletins/informations/new/"
    typed = {"kind": "work", "title": "", "text": "一段没有保存过的文字。"}
    bad = client.post(url, typed)
    assert (bad.status_code, bad.context["form"].errors) == (422, {"title": ["这个字段是必填项。"]})
    assert "一段没有保存过的文字。" in bad.content.decode()
    for _press in range(2):  # the same form sent twice is one piece, and leads to it both times
        done = client.post(url, typed | {"title": "工作动态 "})
        row = Information.objects.get()
        assert done.url == row.get_absolute_url()  # type: ignore[attr-defined]
    assert (row.unit.code, row.title, row.on_behalf) == ("zhujianju", "工作动态", False)
    seen = selectors.information_mark(row)
    edited = client.post(f"{row.get_absolute_url()}edit/", typed | {"title": "工作动态二", "seen": seen})
    assert edited.url == row.get_absolute_url()  # type: ignore[attr-defined]
    assert Information.objects.get().title == "工作动态二"
    office = client_of(people.office)
    unit = people.unit("jiaoyuju")
    missing = office.post(url, typed | {"title": "代录", "unit": str(unit.pk)})
    assert (missing.status_code, missing.context["form"].errors) == (
        422,
        {"source_note": ["请写明代录来源。"]},
    )
    assert (
        office.post(url, typed | {"title": "代录", "unit": str(unit.pk), "source_note": "来函"}).status_code
        == 302
    )
    unit.left_on = timezone.localdate()
    unit.save()
    former = client_of(people.liaison("jiaoyuju"))
    assert (former.get(url).status_code, former.post(url, typed | {"title": "甲"}).status_code) == (403, 403)
    assert former.get("/bulletins/informations/").context["may_send"] is False
    assert Information.objects.count() == 2


def test_information_is_issued_by_its_page_and_opening_it_counts(people: People, client_of: Login) -> None:
    row = make.sent(people)
    office, url = client_of(people.office), row.get_absolute_url()
    none = office.post(f"{url}issue/", {})
    assert (none.status_code, list(none.context["form"].errors)) == (422, ["units"])
    unit = people.unit("jiaoyuju")
    data = {"units": [unit.pk], "seen": selectors.information_mark(row)}
    assert office.post(f"{url}issue/", data).url == url  # type: ignore[attr-defined]
    assert office.post(f"{url}issue/", data).status_code == 302
    reader = client_of(people.liaison("jiaoyuju"))
    assert reader.get(url).context["receipts"]["copies"][0].state == "received"
    assert office.get(url).context["receipts"]["silent"] == []
    assert client_of(people.liaison("kejiju")).get(url).status_code == 404


def test_information_changed_meanwhile_is_neither_issued_nor_overwritten(
    people: People, client_of: Login
) -> None:
    row = make.sent(people)
    office, own, url = (
        client_of(people.office),
        client_of(people.liaison("zhujianju")),
        row.get_absolute_url(),
    )
    seen = selectors.information_mark(row)
    for page in (office.get(f"{url}issue/"), own.get(f"{url}edit/")):
        assert f'name="seen" value="{seen}"' in page.content.decode()
    typed = {"kind": "work", "title": "先存的标题", "text": "先存的文字。", "seen": seen}
    assert office.post(f"{url}edit/", typed).status_code == 302
    late = own.post(f"{url}edit/", typed | {"text": "后来的文字。"})
    assert (late.status_code, late.context["before"], late.context["after"]) == (
        409, "先存的标题\n先存的文字。", "先存的标题\n后来的文字。",
    )  # fmt: skip
    shown = late.context["form"].initial
    assert {name: shown[name] for name in typed} == {
        "kind": "work", "title": "先存的标题", "text": "后来的文字。",
        "seen": selectors.information_mark(Information.objects.get()),
    }  # fmt: skip
    assert (
        "<strong>您修改期间，这条信息被别人改过，您的文字没有保存，仍在下面。</strong>"
        in late.content.decode()
    )
    unit = people.unit("jiaoyuju")
    for mark in (seen, ""):
        answer = office.post(f"{url}issue/", {"units": [unit.pk], "seen": mark}, follow=True)
        assert "您打开之后内容有改动，请重新看过再办。" in answer.content.decode()
    again = Information.objects.get()
    assert (again.state, again.title, again.text) == ("submitted", "先存的标题", "先存的文字。")
    assert (
        office.post(
            f"{url}issue/", {"units": [unit.pk], "seen": selectors.information_mark(again)}
        ).status_code
        == 302
    )
    assert Information.objects.get().state == "issued"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("post", "", 405), ("get", "sign-for/", 405), ("get", "act/do/", 405), ("post", "nonsense/do/", 404),
        ("post", "approve/do/", 404), ("get", "sections/none/", 404), ("get", "paper/9.png", 404),
        ("get", "paper/exe", 404), ("post", "drop/do/", 302), ("post", "chase/do/", 302),
        ("post", "void/do/", 302),
    ],
)  # fmt: skip
def test_addresses_answer_only_what_they_are_for(
    past: People, client_of: Login, method: str, path: str, status: int
) -> None:
    row = make.drafted(past)
    answer = getattr(client_of(past.office), method)(f"{row.get_absolute_url()}{path}")
    assert answer.status_code == status
    assert Bulletin.objects.get(pk=row.pk).state == "drafting"
