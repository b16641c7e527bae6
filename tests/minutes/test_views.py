"""Pages and acts over HTTP: who may open what, what a form does, how many queries a page takes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import grants
from apps.common.request_cache import scope
from apps.documents import making
from apps.meetings.models import Meeting
from apps.minutes import services
from apps.minutes.enums import MinutesState, PassageKind, Reply
from apps.minutes.models import Comment, Consent, Minutes, Passage
from apps.minutes.selectors import passages_of
from tests.factories.people import People, client_of

from . import make
from .test_consent import comment

pytestmark = [pytest.mark.django_db, pytest.mark.core]

PAGES = (
    "",
    "papers/minutes/",
    "board/",
    "sheet/",
    "facts/",
    "circulate/",
    "sign/",
    "register-signature/",
    "number/",
    "issue/",
)


def statuses(client: Client, minutes: Minutes) -> dict[str, int]:
    return {page: client.get(f"/minutes/{minutes.pk}/{page}").status_code for page in PAGES}


def test_a_draft_is_the_offices_and_the_leaders(people: People) -> None:
    minutes = make.reviewed(people)
    unseen = dict.fromkeys(PAGES, 404)
    for user in (people.liaison("fagaiwei"), people.member("fagaiwei"), people.visitor, people.sysadmin):
        assert statuses(client_of(user), minutes) == unseen
    office = statuses(client_of(people.office), minutes)
    assert office == dict.fromkeys(PAGES, 200) | {"facts/": 403, "sign/": 302, "issue/": 302}
    readers = (
        dict.fromkeys(PAGES, 403)
        | dict.fromkeys(("", "papers/minutes/", "board/", "sheet/"), 200)
        | {"sign/": 302}
    )
    for user in (people.auditor, people.convener, people.host_deputy):
        assert statuses(client_of(user), minutes) == readers


def test_a_unit_sees_it_from_the_moment_it_is_asked(people: People) -> None:
    minutes = make.circulating(people)
    asked = dict.fromkeys(PAGES, 403) | {"": 200, "papers/minutes/": 200}
    assert statuses(client_of(people.liaison("fagaiwei")), minutes) == asked
    assert statuses(client_of(people.member("fagaiwei")), minutes) == asked
    assert statuses(client_of(people.liaison("kejiju")), minutes) == dict.fromkeys(PAGES, 404)
    mine, other = make.consent_of(minutes, "fagaiwei"), make.consent_of(minutes, "rensheju")
    client = client_of(people.liaison("fagaiwei"))
    assert [client.get(row.get_absolute_url()).status_code for row in (mine, other)] == [200, 404]
    assert (
        client_of(people.member("fagaiwei")).post(mine.get_absolute_url(), {"reply": "agree"}).status_code
        == 403
    )
    make.agree(people, minutes)
    services.settle(minutes, by=people.office)
    assert statuses(client, minutes)["papers/minutes/"] == 403


def test_an_issued_paper_is_every_units(people: People) -> None:
    minutes = make.issued(people)
    client = client_of(people.liaison("kejiju"))
    assert statuses(client, minutes) == dict.fromkeys(PAGES, 403) | {"": 200, "papers/minutes/": 200}
    answer = client.get(f"/minutes/{minutes.pk}/papers/minutes/pdf")
    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (
        200,
        "application/pdf",
        b"%PDF-",
    )
    assert client_of(people.visitor).get(f"/minutes/{minutes.pk}/papers/minutes/pdf").status_code == 404


def test_a_grant_opens_the_whole_file_until_its_date(people: People) -> None:
    minutes = make.settled(people)
    grant = grants.give(minutes, to=people.visitor, until=timezone.localdate(), by=people.office)
    client = client_of(people.visitor)
    assert statuses(client, minutes) == dict.fromkeys(PAGES, 403) | dict.fromkeys(
        ("", "papers/minutes/", "board/", "sheet/"), 200
    ) | {"sign/": 302}
    grants.take_back(grant, by=people.office)
    assert client.get(f"/minutes/{minutes.pk}/").status_code == 404


def test_forbidden_acts_are_403_and_strangers_get_404(people: People) -> None:
    minutes = make.reviewed(people)
    url = f"/minutes/{minutes.pk}/act/rework/"
    assert client_of(people.auditor).post(url, {"reason": "x"}).status_code == 403
    assert client_of(people.liaison("kejiju")).post(url, {"reason": "x"}).status_code == 404
    assert client_of(people.office).get(url).status_code == 405
    assert client_of(people.office).post(url, {"reason": "时限有误"}).status_code == 302
    minutes.refresh_from_db()
    assert minutes.state == MinutesState.DRAFTING


def test_closing_the_record_makes_the_draft(people: People) -> None:
    meeting = make.recorded_meeting(people)
    url = f"/minutes/meeting/{meeting.pk}/close-record/"
    assert client_of(people.liaison("kejiju")).post(url).status_code in (403, 404)
    assert client_of(people.auditor).post(url).status_code == 403
    answer = client_of(people.office).post(url)
    minutes = Minutes.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/minutes/{minutes.pk}/born/")
    client_of(people.office).post(url)
    assert (Minutes.objects.count(), Meeting.objects.get().state) == (1, "recorded")


def edit_data(passage: Passage, **changes: Any) -> dict[str, Any]:
    data = {
        "version": passage.version, "text": passage.text, "lead_1": passage.leads[0].pk if passage.leads else "",
        "supports": [unit.pk for unit in passage.supports], "due_on": passage.due_on or "", "recurrence": "",
        "opens_item": "on",
    }  # fmt: skip
    return data | changes


def first_resolution(minutes: Minutes) -> Passage:
    return next(p for p in passages_of(minutes) if p.kind == PassageKind.RESOLUTION)


def test_editing_a_passage(people: People) -> None:
    minutes = make.drafted(people)
    passage, client = first_resolution(minutes), client_of(people.office)
    url = f"/minutes/passages/{passage.pk}/"
    answer = client.post(url, edit_data(passage, text="新的文字", lead_2=people.unit("gongxinju").pk))
    assert (answer.status_code, answer["Location"]) == (302, f"/minutes/{minutes.pk}/#passage-{passage.pk}")
    saved = first_resolution(minutes)
    assert (saved.text, [u.code for u in saved.leads], saved.version) == (
        "新的文字",
        ["fagaiwei", "gongxinju"],
        2,
    )


def test_a_stale_save_shows_both_texts_and_loses_nothing(people: People) -> None:
    minutes = make.drafted(people)
    passage = first_resolution(minutes)
    url = f"/minutes/passages/{passage.pk}/"
    client_of(people.office).post(url, edit_data(passage, text="甲的文字"))
    answer = client_of(people.office2).post(url, edit_data(passage, text="乙的文字"))
    page = answer.content.decode()
    assert "甲的文字" in page
    assert "乙的文字" in page
    assert "您的内容还没有保存" in page
    assert first_resolution(minutes).text == "甲的文字"
    again = client_of(people.office2).post(url, edit_data(passage, text="乙的文字", version=2))
    assert (again.status_code, first_resolution(minutes).text) == (302, "乙的文字")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_standing": "on"}, "完成时限、定期要求和长期坚持只能选一种"),
        ({"recurrence": "有空就报", "due_on": ""}, "看不懂定期要求"),
        ({"due_on": "2026-02-30"}, "有效的日期"),
        ({"lead_1": "99999"}, "选择一个有效的选项"),
        ({"text": "字" * 8001}, "8000"),
        ({"text": "有\u202e控制符"}, "控制字符"),
        ({"version": "x"}, "整数"),
        ({"supports": ["lead"]}, "有效"),
    ],
)
def test_bad_input_is_said_in_chinese_and_saves_nothing(
    people: People, changes: dict[str, Any], words: str
) -> None:
    minutes = make.drafted(people)
    passage = first_resolution(minutes)
    answer = client_of(people.office).post(f"/minutes/passages/{passage.pk}/", edit_data(passage, **changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert first_resolution(minutes).version == 1


def test_text_is_closed_to_editing_while_others_decide(people: People) -> None:
    minutes = make.circulating(people)
    passage = first_resolution(minutes)
    assert client_of(people.office).get(f"/minutes/passages/{passage.pk}/").status_code == 403
    client_of(people.office).post(f"/minutes/{minutes.pk}/passages/add/", {"kind": "closing"})
    assert len(passages_of(minutes)) == 4


def test_add_move_split_and_remove(people: People) -> None:
    minutes, client = make.drafted(people), client_of(people.office)
    client.post(f"/minutes/{minutes.pk}/passages/add/", {"kind": "resolution"})
    added = passages_of(minutes)[-1]
    assert (added.kind, added.gap, added.position) == ("resolution", "议定事项", 5)
    client.post(f"/minutes/passages/{added.pk}/", edit_data(added, text="做甲。\n做乙。"))
    client.post(f"/minutes/passages/{added.pk}/split/", {"version": 2})
    client.post(f"/minutes/passages/{added.pk}/up/")
    texts = [p.text for p in passages_of(minutes)][2:]
    assert texts == ["做好规划衔接", "做甲。", "明确信息共享流程", "做乙。"]
    client.post(f"/minutes/passages/{added.pk}/remove/", {"version": 1})
    assert Passage.objects.filter(pk=added.pk).exists()
    client.post(f"/minutes/passages/{added.pk}/remove/", {"version": 3})
    assert [(p.position, p.text) for p in passages_of(minutes)][2:] == [
        (3, "做好规划衔接"), (4, "明确信息共享流程"), (5, "做乙。"),
    ]  # fmt: skip


def remark(**fields: Any) -> dict[str, Any]:
    base = {
        "remark-TOTAL_FORMS": 1,
        "remark-INITIAL_FORMS": 0,
        "remark-MIN_NUM_FORMS": 0,
        "remark-MAX_NUM_FORMS": 40,
    }
    return base | {f"remark-0-{name}": value for name, value in fields.items()}


def test_a_units_three_answers(people: People) -> None:
    minutes = make.circulating(people)
    row, client = make.consent_of(minutes, "fagaiwei"), client_of(people.liaison("fagaiwei"))
    url = row.get_absolute_url()
    assert client.get(url).status_code == 200
    row.refresh_from_db()
    assert row.opened_at is not None
    assert client.post(url, {"reply": "agree", **remark()}).status_code == 422
    assert client.post(url, {"reply": "comment", "authorised_by": "×××", **remark()}).status_code == 422
    assert client.post(url, {"reply": "oppose", "authorised_by": "×××", **remark()}).status_code == 422
    row.refresh_from_db()
    assert row.reply == Reply.PENDING
    passage = first_resolution(minutes)
    given = remark(passage=passage.pk, original="规划衔接", suggestion="规划和项目衔接", reason="")
    assert client.post(url, {"reply": "comment", "authorised_by": "×××", **given}).status_code == 302
    assert list(Comment.objects.values_list("passage", "original", "suggestion")) == [
        (passage.pk, "规划衔接", "规划和项目衔接")
    ]
    assert (
        client.post(
            url, {"reply": "oppose", "authorised_by": "×××", "reason": "职责不符", **given}
        ).status_code
        == 302
    )
    row.refresh_from_db()
    assert (row.reply, row.reason, Comment.objects.count()) == (Reply.OPPOSE, "职责不符", 0)
    proof = {"proof": make.scan("回函.png")}
    assert client.post(url, {"reply": "agree", **remark(), **proof}).status_code == 302
    row.refresh_from_db()
    assert (row.reply, row.reason, row.proof is not None) == (Reply.AGREE, "", True)
    bad = {"proof": make.scan("回函.exe")}
    assert client.post(url, {"reply": "agree", **remark(), **bad}).status_code == 422


def test_the_office_enters_an_answer_as_such(people: People) -> None:
    minutes = make.circulating(people)
    row, client = make.consent_of(minutes, "rensheju"), client_of(people.office)
    data = {"reply": "agree", "authorised_by": "×××", **remark()}
    assert client.post(row.get_absolute_url(), data).status_code == 422
    day = timezone.localdate()
    told = {**data, "source_note": "电话", "said_on": day.isoformat()}
    assert client.post(row.get_absolute_url(), {**told, "said_on": ""}).status_code == 422
    assert client.post(row.get_absolute_url(), told).status_code == 302
    row.refresh_from_db()
    assert row.said_on == day
    assert (row.reply, row.on_behalf, row.source_note, row.replied_by) == (
        Reply.AGREE,
        True,
        "电话",
        people.office,
    )
    assert "办公室代录：电话" in client.get(f"/minutes/{minutes.pk}/board/").content.decode()


def test_handling_a_comment_can_change_the_text_at_once(people: People) -> None:
    minutes = make.circulating(people)
    row = comment(people, minutes, "fagaiwei", "规划和项目衔接")
    make.agree(people, minutes)
    services.settle(minutes, by=people.office)
    client, url = client_of(people.office), f"/minutes/comments/{row.pk}/"
    passage = first_resolution(minutes)
    data = {"adoption": "adopted", "text": passage.text, "version": passage.version, "agreed": "on"}
    assert "做好规划和项目衔接" in client.post(url, {**data, "apply": "1"}).content.decode()
    assert first_resolution(minutes).text == "做好规划衔接"
    assert client.post(url, {**data, "adoption": "rejected"}).status_code == 422
    assert client.post(url, {**data, "text": "做好规划和项目衔接"}).status_code == 302
    row.refresh_from_db()
    assert (row.adoption, row.agreed, first_resolution(minutes).text) == (
        "adopted",
        True,
        "做好规划和项目衔接",
    )
    stale = client.post(url, {**data, "text": "再改", "version": 1})
    assert (stale.status_code, first_resolution(minutes).text) == (422, "做好规划和项目衔接")


def test_a_second_round_shows_the_difference(people: People) -> None:
    minutes = make.settled(people)
    passage = first_resolution(minutes)
    client_of(people.office).post(
        f"/minutes/passages/{passage.pk}/", edit_data(passage, text="做好规划全面衔接")
    )
    page = client_of(people.office).get(f"/minutes/{minutes.pk}/circulate/").content.decode()
    assert "反馈之后，与其有关的内容又有改动" in page
    moment = f"{timezone.localtime() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    answer = client_of(people.office).post(f"/minutes/{minutes.pk}/circulate/", {"reply_by": moment})
    assert answer.status_code == 302
    again = Consent.objects.filter(circulation__round=2)
    assert {row.unit.code for row in again} == {"fagaiwei", "weijianwei"}
    mine = client_of(people.liaison("fagaiwei")).get(make.consent_of(minutes, "fagaiwei").get_absolute_url())
    assert "<ins>全面</ins>" in mine.content.decode()


def test_numbering_and_issuing_by_form(people: People) -> None:
    minutes, client = make.checked(people), client_of(people.office)
    today = timezone.localdate()
    assert client.post(f"/minutes/{minutes.pk}/number/", {"printed_on": "2020-01-01"}).status_code == 422
    answer = client.post(f"/minutes/{minutes.pk}/number/", {"printed_on": today.isoformat()})
    assert (answer.status_code, answer["Location"]) == (302, f"/minutes/{minutes.pk}/issue/")
    page = client.get(answer["Location"])
    asks_again = f'id="issue-word" hx-get="{answer["Location"]}"'
    assert [word in page.content.decode() for word in ("文件正在排版", asks_again)] == [True, True]
    client.post(answer["Location"])
    minutes.refresh_from_db()
    assert minutes.state == MinutesState.ISSUING  # nothing goes out before it is made
    making.make_due()
    page = client.get(answer["Location"])
    assert (page.context["refusal"] or "", asks_again in page.content.decode()) == ("", False)
    assert client.post(answer["Location"]).status_code == 302
    minutes.refresh_from_db()
    assert (minutes.state, minutes.printed_on) == (MinutesState.ISSUED, today)
    client.post(f"/minutes/{minutes.pk}/act/archive/")
    minutes.refresh_from_db()
    assert minutes.state == MinutesState.ISSUED


def test_page_images(people: People) -> None:
    minutes, client = make.reviewed(people), client_of(people.office)
    url = f"/minutes/{minutes.pk}/papers/minutes/"
    assert "正在排版" in client.get(url).content.decode()
    making.make_due()
    assert f'src="{url}1.png"' in client.get(url).content.decode()
    answer = client.get(url + "1.png")
    assert (answer.status_code, answer["Content-Type"], answer.content[:4]) == (200, "image/png", b"\x89PNG")
    assert client.get(url + "99.png").status_code == 404


def test_a_character_without_a_glyph_is_said_and_takes_no_number(people: People) -> None:
    minutes = make.checked(people)
    passage = passages_of(minutes)[0]
    Minutes.objects.filter(pk=minutes.pk).update(state="settling", signed_on=None)
    minutes.refresh_from_db()
    given = services.drafting.content_of(passage, text="会议由\U0002ffff主持。")
    services.edit_passage(passage, given, version=1, by=people.office)
    client = client_of(people.office)
    client.get(f"/minutes/{minutes.pk}/papers/minutes/")
    making.make_due()
    assert "不能成文" in client.get(f"/minutes/{minutes.pk}/papers/minutes/").content.decode()


QUERIES_LIST = 6


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries(
    people: People, django_assert_num_queries: Callable[..., Any], rows: int
) -> None:
    for _ in range(rows):
        make.drafted(people)
    client = client_of(people.office)
    client.get("/minutes/")
    with django_assert_num_queries(QUERIES_LIST):
        assert client.get("/minutes/").content.decode().count("row-title") == rows


def test_pages_do_not_grow_with_units(
    people: People, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    few, many = (
        make.circulating(people),
        make.circulating(people, decisions=(make.PLAN, make.SHARE, make.WATCH)),
    )
    client = client_of(people.office)
    for page, limit in (("", 30), ("board/", 38), ("circulate/", 34)):
        for minutes in (few, many):
            with scope(), django_assert_max_num_queries(limit):
                assert client.get(f"/minutes/{minutes.pk}/{page}").status_code == 200
