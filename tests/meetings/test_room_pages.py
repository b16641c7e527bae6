"""The pages around the record: who opens which, what they show and what their buttons do."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.meetings import door, follow_up, papers, services
from apps.meetings.models import AgendaItem, ItemFile, Meeting
from tests.factories.people import People, client_of
from tests.factories.printed import text_of_sound as text_of
from tests.minutes.make import scan

from . import make

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _clean() -> None:
    cache.clear()


def body(response: Any) -> str:
    """The page's text."""
    return str(response.content.decode())


def test_who_opens_which_page(people: People) -> None:
    meeting = make.recording(people)
    item = meeting.agenda.get()
    pages = {
        "door": [meeting.pk], "door_code": [meeting.pk], "screen": [meeting.pk], "screen_now": [meeting.pk],
        "spot_item": [meeting.pk], "script": [meeting.pk], "script_times": [meeting.pk], "sheet": [meeting.pk],
        "files": [item.pk], "here": [meeting.pk],
    }  # fmt: skip
    users = {
        "office": people.office, "convener": people.convener, "auditor": people.auditor,
        "invited": people.liaison("fagaiwei"), "stranger": people.liaison("jiaoyuju"),
    }  # fmt: skip
    found = {
        name: {who: client_of(user).get(reverse(f"meetings:{name}", args=args)).status_code for who, user in users.items()}
        for name, args in pages.items()
    }  # fmt: skip
    office = {"office": 200, "convener": 403, "auditor": 403, "invited": 403, "stranger": 404}
    assert found == {
        "door": office, "door_code": office, "spot_item": office, "sheet": office,
        "screen": office | {"convener": 200}, "screen_now": office | {"convener": 200},
        "script": office | {"convener": 200}, "script_times": office | {"convener": 200},
        "files": office | {"convener": 200, "auditor": 200},
        "here": {"office": 200, "convener": 200, "auditor": 200, "invited": 200, "stranger": 404},
    }  # fmt: skip


def test_every_post_is_refused_to_those_who_do_not_run_the_meeting(people: People) -> None:
    meeting = make.recording(people)
    item, seat = meeting.agenda.get(), meeting.attendance.all()[0]
    file = services.add_file(item, scan(), by=people.office)
    places: dict[str, list[Any]] = {
        "door_act": [meeting.pk, "open"], "room_act": [meeting.pk, "adjourn"], "spot_item": [meeting.pk],
        "sheet": [meeting.pk], "move_person": [seat.pk, "out"], "item_act": [item.pk, "take-up"],
        "save_script": [item.pk], "save_note": [item.pk], "files": [item.pk], "remove_file": [file.pk],
        "add_follow_up": [meeting.pk],
    }  # fmt: skip
    invited, stranger = client_of(people.liaison("fagaiwei")), client_of(people.liaison("jiaoyuju"))
    for name, args in places.items():
        url = reverse(f"meetings:{name}", args=args)
        assert (name, invited.post(url, {"text": "x", "version": 1}).status_code) == (name, 403)
        assert (name, stranger.post(url).status_code) == (name, 404)
        assert (name, Client().post(url)["Location"].startswith("/account/login/")) == (name, True)
    assert not meeting.spans.exists()
    assert ItemFile.objects.get().removed_at is None


def test_a_phone_scans_logs_in_and_signs_with_one_button(people: People) -> None:
    meeting = make.recording(people)
    secret = services.open_door(meeting, by=people.office).secret
    here = reverse("meetings:here", args=[meeting.pk])
    phone = Client()
    code = door.code_at(secret, timezone.now())
    assert phone.get(f"{here}?c={code}")["Location"] == here
    assert phone.session["door"]["code"] == code
    assert phone.get(here)["Location"] == f"/account/login/?next={here}"
    user = people.member("kejiju")
    phone.force_login(user)
    page = body(phone.get(here))
    assert "孙中虎" in page
    assert 'name="code"' not in page.partition("<main")[2].partition("</main>")[0]  # scanned: nothing to type
    assert "已签到" in body(phone.post(here))
    row = meeting.attendance.get(unit__code="kejiju")
    assert (row.source, row.signed_by) == ("self", user)
    assert "door" not in phone.session


def test_a_code_can_be_typed_and_a_wrong_one_says_so(people: People) -> None:
    meeting = make.recording(people)
    secret = services.open_door(meeting, by=people.office).secret
    here = reverse("meetings:here", args=[meeting.pk])
    client = client_of(people.member("kejiju"))
    assert 'name="code"' in body(client.get(here))
    wrong = client.post(here, {"code": "abcdef"})
    assert (wrong.status_code, "签到码不对或已更换" in body(wrong)) == (422, True)
    right = client.post(here, {"code": door.code_at(secret, timezone.now())})
    assert (right.status_code, "已签到" in body(right)) == (200, True)
    assert "签到表上没有您" in body(client_of(people.liaison("fagaiwei")).get(here))


def test_a_wrong_scan_leaves_no_session_and_many_are_not_looked_at(people: People) -> None:
    meeting = make.recording(people)
    secret = services.open_door(meeting, by=people.office).secret
    here = reverse("meetings:here", args=[meeting.pk])
    phone = Client()
    for _ in range(30):
        phone.get(f"{here}?c=000000x")
    assert "door" not in phone.session
    phone.get(f"{here}?c={door.code_at(secret, timezone.now())}")
    assert "door" not in phone.session


def test_the_codes_page_shows_a_picture_and_the_digits_of_now(people: People) -> None:
    meeting = make.recording(people)
    client = client_of(people.office)
    page = reverse("meetings:door", args=[meeting.pk])
    assert "打开签到码" in body(client.get(page))
    client.post(reverse("meetings:door_act", args=[meeting.pk, "open"]))
    shown = client.get(reverse("meetings:door_code", args=[meeting.pk]))
    digits = re.search(r"door-digits num\">(\d{3}) (\d{3})<", body(shown))
    assert digits is not None
    assert door.accepts(meeting.door.secret, "".join(digits.groups()), timezone.now())
    assert "data:image/svg+xml;base64," in body(shown)
    assert shown["Cache-Control"] == "no-store"
    client.post(reverse("meetings:door_act", args=[meeting.pk, "close"]))
    assert "签到码已关闭" in body(client.get(reverse("meetings:door_code", args=[meeting.pk])))


def test_the_screen_shows_the_item_and_the_clock_and_no_word_of_the_record(people: People) -> None:
    meeting = make.recording(people)
    item = meeting.agenda.get()
    services.add_block(item, kind="speech", text="不应上屏的发言", by=people.office)
    services.add_spot_item(meeting, title="研究经费", basis="主持人同意", by=people.office)
    client, url = client_of(people.office), reverse("meetings:screen_now", args=[meeting.pk])
    first = client.get(url)
    assert "第一项" not in body(first)
    services.take_up(item, by=people.office)
    second = client.get(url)
    assert first["ETag"] != second["ETag"]
    shown = body(second)
    assert all(words in shown for words in ("第一项", "研究救治救助保障衔接事项", "下一项", "研究经费"))
    assert "不应上屏的发言" not in shown
    assert "孙中虎" not in shown
    assert client.get(url, headers={"if-none-match": second["ETag"]}).status_code == 304
    services.adjourn(meeting, by=people.office)
    paused = words(body(client.get(url, headers={"if-none-match": second["ETag"]})))
    assert paused[0] == "休 会"
    assert paused[2:] == ["复会后继续", f"一、{item.title}"]  # and not the item after it


def test_the_room_bar_has_its_buttons_for_the_office_only(people: People) -> None:
    meeting = make.recording(people)
    item = meeting.agenda.get()
    url = reverse("meetings:record", args=[meeting.pk])
    page = body(client_of(people.office).get(url))
    for words in ("开始本议题", "休会", "投屏", "文件", "主持词", "临时议题", "结束前检查"):
        assert words in page
    client_of(people.office).post(reverse("meetings:item_act", args=[item.pk, "take-up"]))
    page = body(client_of(people.office).get(url))
    assert "结束本议题" in page
    assert "正在议" in page
    read = body(client_of(people.convener).get(url))
    assert "结束本议题" not in read
    assert "结束前检查" not in read


def test_a_spot_item_needs_its_basis(people: People) -> None:
    meeting = make.recording(people)
    client, url = client_of(people.office), reverse("meetings:spot_item", args=[meeting.pk])
    assert "主持人叶一帆同意" in body(client.get(url))
    bad = client.post(url, {"title": "研究经费", "basis": ""})
    assert (bad.status_code, meeting.agenda.count()) == (422, 1)
    good = client.post(
        url, {"title": "研究经费", "basis": "主持人叶一帆同意", "before": meeting.agenda.get().pk}
    )
    made = AgendaItem.objects.get(added_on_the_spot=True)
    assert good["Location"] == f"/meetings/{meeting.pk}/record/?item={made.pk}"
    assert (made.seq, made.basis) == (1, "主持人叶一帆同意")


def test_notes_answer_in_json_and_on_a_page_and_never_drop_words(people: People) -> None:
    item = make.recording(people).agenda.get()
    client, url = client_of(people.convener), reverse("meetings:save_note", args=[item.pk])
    json = {"accept": "application/json"}
    assert client.post(url, {"text": "一", "version": 0}, headers=json).json() == {"version": 1}
    stale = client.post(url, {"text": "二", "version": 0}, headers=json)
    assert (stale.status_code, stale.json()) == (409, {"version": 1, "text": "一"})
    again = client.post(url, {"text": "我写的二", "version": 0})
    assert again.status_code == 409
    assert "我写的二" in body(again)
    bad = client.post(url, {"text": "长" * 4001, "version": 1}, headers=json)
    assert bad.status_code == 422
    script = reverse("meetings:script", args=[item.meeting_id])
    assert "只有您自己看得到" in body(client.get(script))
    office = body(client_of(people.office).get(script))
    assert "只有您自己看得到" not in office
    assert "一</textarea>" not in office


def words(html: str) -> list[str]:
    """The text of each element that has any, in order."""
    return [text for part in re.split(r"<[^>]*>", html) if (text := " ".join(part.split()))]


def test_the_chair_sees_what_each_item_and_the_whole_meeting_took(
    people: People, django_assert_num_queries: Any
) -> None:
    meeting = make.recording(people)
    first = meeting.agenda.get()
    first.minutes = 10
    first.save()
    second = services.add_spot_item(meeting, title="研究经费", basis="主持人同意", by=people.office)
    span = services.take_up(first, by=people.office)
    span.started_at = timezone.now() - timedelta(minutes=12, seconds=30)
    span.save()
    client = client_of(people.convener)
    url = reverse("meetings:script_times", args=[meeting.pk])
    client.get(url)  # the first request of a session notes when it began
    # Session, account, one poll; meeting, breaks, agenda, spans; the unit in the top bar.
    with django_assert_num_queries(8):
        answer = client.get(url, headers={"x-polling": "1"})
    whole = [
        "全会计划",
        "10",
        "分钟 已用",
        "12",
        "分钟",
        "▲ 全会超出 2 分钟",
        "有 1 项没有计划时间，不计入全会计划。",
    ]
    title = f"一、{first.title}"
    assert words(body(answer)) == [
        f"正在议：{title}", "▲ 已超出 2 分钟", *whole, "议题", "计划", "已用", "情况",
        title, "10 分钟", "12 分钟", "▲ 超出 2 分钟", "二、研究经费", "—", "—", "未开始",
        "计划 10 分钟 已用 12 分钟", "超出 2 分钟", "没有计划时间",
    ]  # fmt: skip
    assert f'id="time-{second.pk}" hx-swap-oob="true"' in body(answer)
    page = body(client.get(reverse("meetings:script", args=[meeting.pk])))
    assert (page.count("hx-swap-oob"), page.count("超出 2 分钟")) == (0, 4)
    services.adjourn(meeting, by=people.office)
    assert words(body(client.get(url)))[0] == "休会中"
    services.close_recording(meeting, by=people.office)
    closed = body(client.get(reverse("meetings:script", args=[meeting.pk])))
    assert url not in closed
    assert "没有正在议的议题" in closed


def test_the_chairs_clocks_are_told_anew_only_when_something_moved(people: People) -> None:
    meeting = make.recording(people)
    services.take_up(meeting.agenda.get(), by=people.office)
    client, url = client_of(people.convener), reverse("meetings:script_times", args=[meeting.pk])
    start = timezone.now().replace(second=1, microsecond=0)

    def ask(tag: str, seconds: int) -> Any:
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            return client.get(url, headers={"if-none-match": tag})

    tag = ask("", 0)["ETag"]
    assert [ask(tag, seconds).status_code for seconds in (5, 10, 20)] == [304, 304, 200]
    services.put_down(meeting.agenda.get(), by=people.office)
    tag = ask("", 30)["ETag"]
    assert ask(tag, 55).status_code == 304
    assert ask(tag, 600).status_code == 304
    for user, status in ((people.auditor, 403), (people.liaison("jiaoyuju"), 404)):
        assert client_of(user).get(url, headers={"if-none-match": tag}).status_code == status


def test_a_photo_is_put_in_listed_fetched_and_taken_out(people: People) -> None:
    item = make.recording(people).agenda.get()
    client, url = client_of(people.office), reverse("meetings:files", args=[item.pk])
    client.post(url, {"upload": scan("板书.png"), "caption": "板书照片"})
    row = ItemFile.objects.get()
    assert "板书照片" in body(client.get(url))
    got = client_of(people.auditor).get(reverse("meetings:file", args=[row.pk]))
    assert got["Content-Disposition"].startswith("attachment")
    assert b"".join(got.streaming_content).startswith(b"\x89PNG")  # type: ignore[attr-defined]
    assert (
        client_of(people.liaison("fagaiwei")).get(reverse("meetings:file", args=[row.pk])).status_code == 403
    )
    printed = text_of(papers.record(Meeting.objects.get(pk=item.meeting_id)))
    assert "附件：板书照片" in printed
    client.post(reverse("meetings:remove_file", args=[row.pk]))
    assert "板书照片" not in body(client.get(url))


def test_the_paper_list_is_typed_in_and_its_scan_fetched(people: People) -> None:
    meeting = make.recorded(people)
    client, url = client_of(people.office), reverse("meetings:sheet", args=[meeting.pk])
    rows = list(meeting.attendance.all())
    data: dict[str, Any] = {f"status_{row.pk}": row.status for row in rows}
    seat = meeting.attendance.get(unit__code="kejiju")
    known = meeting.attendance.get(unit__code="fagaiwei")
    shown = re.search(rf'name="at_{known.pk}" value="(\d\d:\d\d)"', body(client.get(url)))
    assert known.signed_at is not None
    assert shown is not None
    assert shown[1] == timezone.localtime(known.signed_at).strftime("%H:%M")
    data |= {f"status_{seat.pk}": "present", f"at_{seat.pk}": "09:05", f"at_{known.pk}": shown[1]}
    assert (
        client.post(url, data | {"scan": scan("签到表.png")})["Location"]
        == f"/meetings/{meeting.pk}/sign-in/"
    )
    seat.refresh_from_db()
    assert (seat.status, seat.source) == ("present", "paper")
    kept = meeting.attendance.get(pk=known.pk)
    assert (kept.source, kept.signed_at) == (
        "staff",
        known.signed_at,
    )  # as the form showed it: nothing changed
    fetched = client.get(reverse("meetings:sheet_scan", args=[meeting.pk]))
    assert fetched["Content-Disposition"].startswith("attachment")
    assert b"".join(fetched.streaming_content).startswith(b"\x89PNG")  # type: ignore[attr-defined]


def test_the_record_tells_recesses_movements_and_the_basis(people: People) -> None:
    meeting = make.recording(people)
    item = meeting.agenda.get()
    services.take_up(item, by=people.office)
    services.move_person(meeting.attendance.get(unit__code="fagaiwei"), kind="out", by=people.office)
    services.adjourn(meeting, reason="短暂休会", by=people.office)
    services.resume(meeting, by=people.office)
    services.add_spot_item(meeting, title="研究经费", basis="主持人叶一帆同意", by=people.office)
    words = text_of(papers.record(Meeting.objects.get(pk=meeting.pk)))
    assert "（短暂休会）" in words
    assert "第一项议题时离席" in words
    assert "研究经费（临时议题，主持人叶一帆同意）" in words


def test_late_is_proposed_once_the_meeting_has_begun(people: People) -> None:
    meeting = make.recording(people)
    url = reverse("meetings:sign_in", args=[meeting.pk])
    assert "签到（迟到）" not in body(client_of(people.office).get(url))
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=timezone.now() - timedelta(minutes=6))
    assert "签到（迟到）" in body(client_of(people.office).get(url))


@pytest.mark.usefixtures("demo")
class TestFollowUp:
    """The first item, from the ledger of the demo."""

    def test_a_new_plan_begins_with_it_and_the_table_is_the_ledgers(self) -> None:
        from apps.accounts.models import User
        from apps.roster.models import Unit

        office = User.objects.get(username="bangongshi")
        starts = timezone.now() + timedelta(days=3)
        meeting = services.make_meeting(
            units=Unit.objects.all()[:3], by=office, title="下一次会议", place="x", starts_at=starts
        )
        item = meeting.agenda.get()
        assert (item.seq, item.kind, item.title) == (1, "follow_up", "上次会议议定事项落实情况")
        rows = follow_up.rows_for(meeting)
        sums = follow_up.sums(rows)
        assert sums.total == len(rows) == sums.closed + sums.running + sums.late
        assert sums.late > 0
        page = body(client_of(office).get(reverse("meetings:follow_up", args=[item.pk])))
        assert all(row.item.text in page for row in rows)
        assert follow_up.paragraph(rows).startswith(f"会议听取了上次会议议定事项落实情况的汇报：{sums.words}")
        unit = client_of(User.objects.get(username="zhujianju"))
        assert unit.get(reverse("meetings:follow_up", args=[item.pk])).status_code == 404

    def test_taken_off_it_can_be_put_first_again_but_not_twice(self) -> None:
        from apps.accounts.models import User
        from apps.common.errors import Refused
        from apps.roster.models import Unit

        office = User.objects.get(username="bangongshi")
        meeting = services.make_meeting(
            units=Unit.objects.all()[:3], by=office, title="下一次会议", place="x", starts_at=timezone.now() + timedelta(days=3)
        )  # fmt: skip
        services.remove_item(meeting.agenda.get(), by=office)
        services.add_item(meeting, title="研究甲", by=office)
        client_of(office).post(reverse("meetings:add_follow_up", args=[meeting.pk]))
        assert [(row.seq, row.kind) for row in meeting.agenda.all()] == [(1, "follow_up"), (2, "ordinary")]
        with pytest.raises(Refused, match="已有这一项"):
            services.add_follow_up(meeting, by=office)
