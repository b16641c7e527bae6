"""Signing in by one's own phone, and the look and reach of the pages around the record."""

from typing import Any

from playwright.sync_api import expect

from apps.meetings import door, services
from apps.meetings.models import ChairNote
from tests.factories.people import People
from tests.meetings import make

from .manners import axe_finds_nothing, fits_at_150, reach


def test_a_member_signs_by_phone_and_the_staff_find_others_by_initials(people: People, page_of: Any) -> None:
    meeting = make.recording(people)
    staff = page_of(people.office)
    staff.goto(f"/meetings/{meeting.pk}/door/")
    staff.get_by_role("button", name="打开签到码").click()
    digits = staff.locator(".door-digits").inner_text().replace(" ", "")
    axe_finds_nothing(staff)
    phone = page_of(people.member("kejiju"), phone=True)
    phone.goto(f"/meetings/{meeting.pk}/here/?c={digits}")
    axe_finds_nothing(phone)
    fits_at_150(phone)
    phone.get_by_role("button", name="签到").click()
    expect(phone.get_by_role("status").filter(has_text="已签到")).to_be_visible()
    assert meeting.attendance.get(unit__code="kejiju").source == "self"
    staff.goto(f"/meetings/{meeting.pk}/sign-in/")
    rows = staff.get_by_role("row").filter(has=staff.get_by_role("button"))
    before = rows.count()
    staff.get_by_label("找人").fill("kjj")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("扫码")
    staff.get_by_label("找人").fill("")
    expect(rows).to_have_count(before)
    axe_finds_nothing(staff)
    fits_at_150(staff)


def test_a_code_that_went_by_is_asked_for_again_by_its_digits(
    people: People, page_of: Any, complaints: Any
) -> None:
    meeting = make.recording(people)
    secret = services.open_door(meeting, by=people.office).secret
    phone = page_of(people.member("kejiju"), phone=True)
    phone.goto(f"/meetings/{meeting.pk}/here/?c=000000x")
    expect(phone.get_by_text("签到码已更换")).to_be_visible()
    box = phone.get_by_label("屏幕上的六位签到码")
    box.fill("1")
    phone.get_by_role("button", name="签到").click()
    expect(phone.get_by_role("alert").filter(has_text="签到码不对")).to_be_visible()
    complaints.expect("422")
    from django.utils import timezone

    box.fill(door.code_at(secret, timezone.now()))
    phone.get_by_role("button", name="签到").click()
    expect(phone.get_by_role("status").filter(has_text="已签到")).to_be_visible()


def test_the_screen_runs_follows_and_is_left_by_esc(people: People, page_of: Any) -> None:
    meeting = make.recording(people)
    item = meeting.agenda.get()
    page = page_of(people.office)
    page.goto(f"/meetings/{meeting.pk}/screen/")
    services.take_up(item, by=people.office)
    expect(page.locator(".screen-title")).to_have_text(item.title)
    expect(page.locator("[data-used-words]")).to_have_text("0")
    axe_finds_nothing(page)
    services.adjourn(meeting, by=people.office)
    expect(page.locator(".screen-big")).to_have_text("休　会")
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{page.url.split('/meetings')[0]}/meetings/{meeting.pk}/record/")


def test_the_chairs_note_saves_itself_and_survives_a_lost_connection(
    people: People, page_of: Any, complaints: Any
) -> None:
    meeting = make.recording(people)
    page = page_of(people.convener, phone=True)
    page.goto(f"/meetings/{meeting.pk}/script/")
    note = page.get_by_label("我的备忘")
    note.fill("问清经费来源")
    expect(page.locator(".note-own [data-note-line]")).to_contain_text("已保存")
    assert ChairNote.objects.get().text == "问清经费来源"
    page.context.set_offline(True)
    note.fill("问清经费来源和进度")
    expect(page.locator(".note-own [data-note-line]")).to_contain_text("文字已留在本机")
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(False)
    expect(page.locator(".note-own [data-note-line]")).to_contain_text("已保存", timeout=10_000)
    assert ChairNote.objects.get().text == "问清经费来源和进度"
    axe_finds_nothing(page)
    fits_at_150(page)
    complaints.heard[:] = [line for line in complaints.heard if "ERR_INTERNET_DISCONNECTED" not in line]


def test_from_the_check_to_the_born_draft_by_keyboard(people: People, page_of: Any) -> None:
    block = make.block(people, text="建立治理企业台账")
    page = page_of(people.office)
    page.goto(f"/meetings/{block.meeting_id}/record/")
    axe_finds_nothing_in_the_bar(page)
    page.goto(f"/meetings/{block.meeting_id}/close/")
    expect(page.locator(".check-words")).to_contain_text("2 处缺内容")
    axe_finds_nothing(page)
    fits_at_150(page)
    reach(page, "去改")
    page.keyboard.press("Enter")
    expect(page).to_have_url(
        f"{page.url.split('/meetings')[0]}/meetings/{block.meeting_id}/record/?item={block.agenda_item_id}&block={block.pk}#block-{block.pk}"
    )
    page.goto(f"/meetings/{block.meeting_id}/close/")
    reach(page, "就这样结束")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("纪要草稿已经写好")
    expect(page.locator(".born-todo")).to_contain_text("第（一）项")
    expect(page.locator(".born-todo")).to_contain_text("缺牵头单位、完成时限")
    axe_finds_nothing(page)
    fits_at_150(page)
    page.get_by_role("link", name="从第一处开始补齐").click()
    expect(page.get_by_label("文字")).to_be_visible()


def axe_finds_nothing_in_the_bar(page: Any) -> None:
    """The bar above the record; the record itself has tests of its own."""
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    found = Axe().run(page, context=".room-bar")
    assert [row["id"] for row in found.response["violations"]] == []
