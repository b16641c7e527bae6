"""Pages of meetings: who may open what, constant queries, forms that say what is wrong, acts by POST only."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.common.models import AuditEvent
from apps.common.templatetags.portal import zh_date, zh_datetime, zh_time
from apps.documents import making
from apps.meetings import services
from apps.meetings.models import Invitation, Meeting, Topic
from apps.meetings.urls import urlpatterns
from tests.factories.people import People, client_of

from . import make

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def body(response: Any) -> str:
    return response.content.decode()


def local(moment: Any) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize("name", ["meetings:list", "meetings:topics"])
def test_lists_cost_the_same_for_one_row_and_for_three(
    people: People, django_assert_num_queries: Any, name: str
) -> None:
    """Six: session, account, standing, unread notices, count, rows; and for a unit its name."""
    clients = [(client_of(people.office), 6), (client_of(people.liaison("gongxinju")), 7)]
    for rows in (1, 3):
        while Meeting.objects.count() < rows:
            make.notified(people)
        while Topic.objects.count() < rows:
            make.topic(people)
        for client, queries in clients:
            client.get(reverse(name))
            with django_assert_num_queries(queries):
                page = client.get(reverse(name))
            assert len(page.context["page_obj"].object_list) == rows


PAGE_ACCESS = {
    # page of a notified meeting → who gets 200, who sees the meeting but not this (403); the others get 404
    "meetings:detail": ("office director convener host_deputy auditor invited member", ""),
    "meetings:ics": ("office director convener host_deputy auditor invited member", ""),
    "meetings:edit": ("office director", "convener host_deputy auditor invited member"),
    "meetings:agenda": ("office director", "convener host_deputy auditor invited member"),
    "meetings:notify": ("office director", "convener host_deputy auditor invited member"),
    "meetings:postpone": ("office director", "convener host_deputy auditor invited member"),
    "meetings:start": ("office director", "convener host_deputy auditor invited member"),
    "meetings:sign_in": ("office director convener host_deputy auditor", "invited member"),
    "meetings:board": ("office director convener host_deputy auditor", "invited member"),
    "meetings:record": ("office director convener auditor", "host_deputy invited member"),
}
EVERYBODY = [
    "office",
    "director",
    "convener",
    "host_deputy",
    "auditor",
    "invited",
    "member",
    "stranger",
    "visitor",
    "sysadmin",
    "secadmin",
]


@pytest.fixture
def users(people: People) -> dict[str, Any]:
    named = {
        "invited": people.liaison("fagaiwei"),
        "member": people.member("kejiju"),
        "stranger": people.liaison("minzhengju"),
    }
    return {name: named.get(name) or getattr(people, name) for name in EVERYBODY}


def test_who_opens_which_page_of_a_meeting(people: People, users: dict[str, Any]) -> None:
    meeting = make.notified(people)
    expected, found = {}, {}
    for page, (yes, no) in PAGE_ACCESS.items():
        for name, user in users.items():
            expected[page, name] = 200 if name in yes.split() else 403 if name in no.split() else 404
            found[page, name] = client_of(user).get(reverse(page, args=[meeting.pk])).status_code
    assert found == expected


def test_a_units_reply_page_is_its_own(people: People, users: dict[str, Any]) -> None:
    row = make.invitation(make.notified(people), "fagaiwei")
    url = reverse("meetings:reply", args=[row.pk])
    who = "office director convener host_deputy auditor invited"
    assert {name for name, user in users.items() if client_of(user).get(url).status_code == 200} == set(
        who.split()
    )
    assert client_of(users["member"]).get(url).status_code == 404  # 市科技局's member, 市发改委's page
    assert client_of(users["host_deputy"]).post(url, {"kind": "attend"}).status_code == 403
    assert Invitation.objects.get(pk=row.pk).reply == ""


def test_opening_the_notice_marks_it_read_and_three_buttons_answer_it(people: People) -> None:
    row = make.invitation(make.notified(people), "fagaiwei")
    client, url = client_of(people.liaison("fagaiwei")), reverse("meetings:reply", args=[row.pk])
    assert 'name="kind" value="attend"' in body(client.get(url))
    assert Invitation.objects.get(pk=row.pk).read_at is not None
    bad = client.post(url, {"kind": "leave", "reason": ""})
    assert (bad.status_code, "这个字段是必填项" in body(bad)) == (422, True)
    good = client.post(url, {"kind": "leave", "reason": "因公"}, follow=True)
    assert "回执已提交：请假。" in body(good)
    assert Invitation.objects.get(pk=row.pk).reason == "因公"
    odd = client.post(url, {"kind": "'; drop"}, follow=True)
    assert "请选择参会、委派代会或请假。" in body(odd)


def test_a_meeting_is_made_planned_and_notified_by_forms(people: People) -> None:
    client = client_of(people.office)
    at = timezone.now() + timedelta(days=20)
    data = {
        "title": "2027年第一次全体会议（示例）", "kind": "plenary", "place": "会议室", "starts_at": local(at),
        "units": [people.unit("fagaiwei").pk, people.unit("kejiju").pk],
    }  # fmt: skip
    past = client.post("/meetings/new/", data | {"starts_at": "2020-01-01T09:00"})
    assert (past.status_code, "会议时间须在将来" in body(past)) == (422, True)
    assert client.post("/meetings/new/", data | {"starts_at": "2027-02-30T09:00"}).status_code == 422
    assert client.post("/meetings/new/", data | {"title": "甲\x00"}).status_code == 422
    assert Meeting.objects.count() == 0
    client.post("/meetings/new/", data)
    meeting = Meeting.objects.get()
    client.post(f"/meetings/{meeting.pk}/agenda/", {"title": "甲", "reporter": "召集人", "minutes": 15})
    client.post(f"/meetings/{meeting.pk}/do/submit_plan/")
    client_of(people.convener).post(f"/meetings/{meeting.pk}/do/approve_plan/")
    notice = {"notice_on": "2026-11-24", "reply_by": local(at - timedelta(days=2)), "urgency": "平件"}
    asked = client.post(f"/meetings/{meeting.pk}/notify/", notice)
    assert (asked.status_code, "还没有填通知文号" in body(asked)) == (422, True)
    late = client.post(
        f"/meetings/{meeting.pk}/notify/",
        notice | {"without_number": "on", "reply_by": local(at + timedelta(1))},
    )
    assert (late.status_code, "回执截止不能晚于会议开始时间" in body(late)) == (422, True)
    client.post(f"/meetings/{meeting.pk}/notify/", notice | {"without_number": "on"})
    meeting.refresh_from_db()
    assert (meeting.state, meeting.notice_number, meeting.notice_paper is None) == ("notified", "", False)


def test_acts_are_posts_forbidden_ones_403_and_journalled(people: People) -> None:
    meeting = make.submitted(people)
    url = reverse("meetings:act", args=[meeting.pk, "approve_plan"])
    office = client_of(people.office)
    assert office.get(url).status_code == 405
    assert office.post(url).status_code == 403
    assert AuditEvent.objects.filter(allowed=False, actor=people.office, verb="denied").count() == 1
    assert office.post(reverse("meetings:act", args=[meeting.pk, "close_recording"])).status_code == 404
    assert office.post(reverse("meetings:act", args=[meeting.pk, "notify"])).status_code == 404
    back = client_of(people.convener).post(
        reverse("meetings:act", args=[meeting.pk, "return_plan"]), follow=True
    )
    assert "请写明退回修改的理由。" in body(back)
    assert Meeting.objects.get(pk=meeting.pk).state == "plan_submitted"


def test_every_post_is_refused_to_outsiders(people: People, users: dict[str, Any]) -> None:
    """404 for the unit that was not invited and the visitor, 403 for the invited unit; nothing changes."""
    block = make.block(people)
    meeting, item = block.meeting, block.agenda_item
    assert item is not None
    row, seat = make.invitation(meeting, "kejiju"), meeting.attendance.all()[0]
    places: dict[str, list[Any]] = {
        "edit": [meeting.pk], "agenda": [meeting.pk], "notify": [meeting.pk], "postpone": [meeting.pk],
        "prepare": [meeting.pk], "sign_in": [meeting.pk], "start": [meeting.pk], "spot_item": [meeting.pk],
        "sign": [seat.pk], "agenda_item": [item.pk], "agenda_act": [item.pk, "remove"],
        "block_add": [item.pk, "speech"], "block_save": [block.pk], "block_act": [block.pk, "delete"],
        "act": [meeting.pk, "cancel"],
    }  # fmt: skip
    invited, stranger = client_of(users["invited"]), client_of(users["stranger"])
    data = {"title": "x", "text": "x", "version": 1, "status": "present", "reason": "x"}
    for name, args in places.items():
        url = reverse(f"meetings:{name}", args=args)
        assert (name, invited.post(url, data).status_code) == (name, 403)
        assert (name, stranger.post(url, data).status_code) == (name, 404)
    assert stranger.post(reverse("meetings:behalf", args=[row.pk])).status_code == 404
    assert invited.post(reverse("meetings:behalf", args=[row.pk])).status_code == 404
    block.refresh_from_db()
    assert (block.version, block.deleted_at) == (1, None)


def test_a_topic_with_material_from_form_to_download(people: People) -> None:
    client = client_of(people.liaison("gongxinju"))
    png = SimpleUploadedFile("材料.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, content_type="image/png")
    evil = SimpleUploadedFile("材料.png", b"GIF89a<html>", content_type="image/png")
    data = {"unit": people.unit("gongxinju").pk, "title": "研究事项", "request": "请研究"}
    bad = client.post("/meetings/topics/new/", data | {"uploads": [evil]})
    assert (bad.status_code, "文件内容与扩展名" in body(bad), Topic.objects.count()) == (422, True, 0)
    client.post("/meetings/topics/new/", data | {"uploads": [png]})
    topic = Topic.objects.get()
    file = topic.files.get()
    url = reverse("meetings:topic_file", args=[topic.pk, file.pk])
    answer = client_of(people.office).get(url)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content) == b"\x89PNG\r\n\x1a\n" + b"\x00" * 64  # type: ignore[attr-defined]
    assert client_of(people.liaison("kejiju")).get(url).status_code == 404
    other = data | {"unit": people.unit("kejiju").pk}
    assert client.post("/meetings/topics/new/", other).status_code == 422


def test_the_calendar_file_has_title_and_time_and_no_content(people: People) -> None:
    meeting = make.notified(people, purpose="不应出现的内容")
    text = body(client_of(people.liaison("fagaiwei")).get(reverse("meetings:ics", args=[meeting.pk])))
    unfolded = text.replace("\r\n ", "")
    assert "SUMMARY:尘肺病防治攻坚专题会议（示例）" in unfolded
    assert meeting.starts_at.strftime("DTSTART:%Y%m%dT%H%M%S") in unfolded.replace("Z", "")
    assert "不应出现的内容" not in unfolded


PAPERS = {
    # paper of a notified meeting → who may open it; the others see the meeting but not this
    "notice": "office director convener host_deputy auditor invited member",
    "agenda": "office director convener host_deputy auditor invited member",
    "sign_in": "office director convener host_deputy auditor",
    "plates": "office director convener host_deputy auditor",
}


def test_the_notice_is_shown_page_by_page_once_the_worker_has_made_it(people: People) -> None:
    meeting = make.notified(people)
    client = client_of(people.liaison("fagaiwei"))

    def address(part: str = "") -> str:
        return f"/meetings/{meeting.pk}/papers/notice/{part}"

    assert "正在排版" in body(client.get(address()))
    assert client.get(address("1.png")).status_code == 404
    assert client.get(address("pdf")).status_code == 409  # with the reason
    assert making.make_due() == 1
    shown = body(client.get(address()))
    assert meeting.notice_paper is not None
    pages = [address(f"{number}.png") for number in range(1, meeting.notice_paper.pages + 1)]
    assert re.findall(r'src="(/meetings/[^"]+)"', shown) == pages
    page = client.get(address("1.png"))
    assert (page["Content-Type"], page.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    for wrong in (f"{len(pages) + 1}.png", "0.png", "99.png", "exe", "pdf/"):
        assert client.get(address(wrong)).status_code == 404
    pdf, docx = client.get(address("pdf")), client.get(address("docx"))
    assert (pdf.content[:4], docx.content[:2]) == (b"%PDF", b"PK")
    downloads = AuditEvent.objects.filter(verb="download").order_by("id")
    assert [(row.actor_id, row.detail["form"]) for row in downloads] == [
        (people.liaison("fagaiwei").pk, "pdf"), (people.liaison("fagaiwei").pk, "docx"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", PAPERS)
def test_who_opens_which_paper_of_a_meeting(people: People, users: dict[str, Any], kind: str) -> None:
    meeting = make.notified(people)
    sees = set(PAPERS["notice"].split())
    expected = {name: 200 if name in PAPERS[kind].split() else 403 if name in sees else 404 for name in users}
    url = f"/meetings/{meeting.pk}/papers/{kind}/"
    assert {name: client_of(user).get(url).status_code for name, user in users.items()} == expected


def test_the_record_is_a_paper_for_those_who_read_the_record_once_it_is_open(
    people: People, users: dict[str, Any]
) -> None:
    url = "/meetings/{}/papers/record/"
    assert client_of(people.office).get(url.format(make.notified(people).pk)).status_code == 404
    url = url.format(make.recorded(people).pk)
    opened = {name for name, user in users.items() if client_of(user).get(url).status_code == 200}
    assert opened == {"office", "director", "convener", "auditor"}


def test_one_tap_gives_htmx_the_row_and_others_the_page(people: People) -> None:
    meeting = make.notified(people)
    services.prepare_list(meeting, by=people.office)
    seat = meeting.attendance.get(unit__code="kejiju")
    client, url = client_of(people.office), reverse("meetings:sign", args=[seat.pk])
    row = client.post(url, {"status": "present"}, headers={"hx-request": "true"})
    assert body(row).lstrip().startswith(f'<tr class="sign-row sign-here" id="row-{seat.pk}"')
    page = client.post(url, {"status": "expected"})
    assert page["Location"] == f"/meetings/{meeting.pk}/sign-in/#row-{seat.pk}"


def test_a_meeting_page_stays_within_its_queries(people: People, django_assert_max_num_queries: Any) -> None:
    meeting = make.recorded(people)
    client = client_of(people.office)
    for page, queries in (("detail", 10), ("record", 17)):
        url = reverse(f"meetings:{page}", args=[meeting.pk])
        client.get(url)
        with django_assert_max_num_queries(queries):
            assert client.get(url).status_code == 200


def test_lists_and_boards_are_ready_texts(people: People) -> None:
    meeting = make.notified(people, starts_at=timezone.now() + timedelta(days=40), marker="示例")
    office, unit = client_of(people.office), client_of(people.liaison("kejiju"))
    here = reverse("meetings:detail", args=[meeting.pk])
    first, second = (client.get("/meetings/").context["table"][0] for client in (office, unit))
    own = make.invitation(meeting, "kejiju")
    assert first == {
        "url": here, "title": meeting.title, "place": meeting.place, "when": zh_datetime(meeting.starts_at),
        "about": "专题会议 · 示例", "state": "已通知", "colour": "blue", "reply": "", "replied": "", "awaited": False,
        "answered": "已回 0 / 4 家", "nobody_told": False, "nothing": False,
    }  # fmt: skip
    assert second == {
        **first, "reply": own.get_absolute_url(), "replied": "待回执", "awaited": True, "answered": "",
    }  # fmt: skip
    when = timezone.now()
    fields: dict[str, Any] = {"replied_at": when, "replied_by": people.liaison("kejiju")}
    replies: dict[str, dict[str, Any]] = {
        "weijianwei": {"reply": "attend", "on_behalf": True, "source_note": "来电", **fields},
        "fagaiwei": {"reply": "leave", "reason": "出差\n在外", "read_at": when, **fields},
        "kejiju": {
            "reply": "substitute", "reason": "开会", "delegate_name": "陈颖", "delegate_title": "科长",
            "approval": "waiting", **fields,
        },
        "gongxinju": {"chased_at": when},
    }  # fmt: skip
    for code, values in replies.items():
        Invitation.objects.filter(meeting=meeting, unit__code=code).update(**values)
    day = f"{zh_date(when, 'short')} {zh_time(when)}"
    rows = {row["unit"]: row for row in office.get(here).context["replies"]}
    behalf = {unit: row["behalf"].split("/")[-2] for unit, row in rows.items() if row["behalf"]}
    assert rows["市科技局"] == {
        "url": own.get_absolute_url(), "unit": "市科技局", "read": "", "by_office": False, "level": "yellow",
        "lamp": "代会（待批准）", "notes": "", "delegate": "陈\u3000颖 科长",
        "said": f"开会\n{day} · {people.liaison('kejiju')}", "look": own.get_absolute_url(), "behalf": "",
    }  # fmt: skip
    told = {unit: (row["level"], row["lamp"], row["notes"], row["read"]) for unit, row in rows.items()}
    assert told == {
        "市卫健委": ("green", "参会", "", ""), "市发改委": ("grey", "请假", "", day),
        "市科技局": ("yellow", "代会（待批准）", "", ""),
        "市工信局": ("yellow", "未回执", f"{zh_date(when, 'short')} 已催报", ""),
    }  # fmt: skip
    assert rows["市卫健委"]["said"].splitlines()[0] == "办公室代录：来电"
    assert rows["市发改委"]["said"].splitlines()[0] == "出差 在外"
    assert set(behalf) == {"市卫健委", "市发改委", "市工信局"}
    answers = {"refused": ("red", "代会未同意，待重回"), "approved": ("green", "代会（已同意）")}
    for approval, answer in answers.items():
        Invitation.objects.filter(pk=own.pk).update(approval=approval)
        found = next(row for row in office.get(here).context["replies"] if row["unit"] == "市科技局")
        assert (found["level"], found["lamp"]) == answer
    assert unit.get("/meetings/").context["table"][0]["replied"] == "代会"


def test_no_address_is_without_a_name() -> None:
    assert [str(entry.pattern) for entry in urlpatterns if not entry.name] == []
