"""The recording room in a real browser: Chinese text saves itself, and two people on one block lose nothing."""

from typing import Any

from playwright.sync_api import expect

from apps.meetings import services
from apps.meetings.models import RecordBlock
from tests.factories.people import People
from tests.meetings import make


def test_chinese_text_saves_itself_and_is_there_after_a_reload(people: People, page_of: Any) -> None:
    item = make.recording(people).agenda.get()
    page = page_of(people.office)
    page.goto(f"/meetings/{item.meeting_id}/record/")
    page.get_by_role("button", name="议定事项").click()
    area = page.locator("textarea[data-block]")
    area.fill("建立治理企业台账，实行一企一档")
    page.get_by_label("牵头单位1").select_option(label="市工信局")
    expect(page.locator("[data-save-line]")).to_contain_text("已保存")
    expect(page.locator(".duty-choices")).to_contain_text("市工信局")
    page.reload()
    expect(page.locator("textarea[data-block]")).to_have_value("建立治理企业台账，实行一企一档")
    block = RecordBlock.objects.get()
    assert (block.text, [unit.code for unit in block.leads]) == (
        "建立治理企业台账，实行一企一档",
        ["gongxinju"],
    )


def test_two_people_on_one_block_are_shown_both_texts(people: People, page_of: Any, complaints: Any) -> None:
    block = make.block(people, kind="speech", text="甲")
    mine = page_of(people.office)
    mine.goto(f"/meetings/{block.meeting_id}/record/")
    services.save_block(block, version=1, text="对方的文字", by=people.office2)
    mine.locator("textarea[data-block]").fill("我的文字")
    panel = mine.locator(".conflict")
    expect(panel).to_contain_text("对方的文字")
    expect(panel).to_contain_text("我的文字")
    complaints.expect("409")
    panel.get_by_role("button", name="合并两份").click()
    expect(mine.locator("[data-save-line]")).to_contain_text("已保存")
    assert RecordBlock.objects.get().text == "对方的文字\n我的文字"


def test_the_board_follows_sign_in_and_the_phone_shows_the_item_first(people: People, page_of: Any) -> None:
    meeting = make.recording(people)
    page = page_of(people.office, phone=True)
    page.goto(f"/meetings/{meeting.pk}/record/")
    main, agenda = page.locator(".record-main").bounding_box(), page.locator(".agenda-list").bounding_box()
    assert main["y"] < agenda["y"]
    expect(page.locator("#sign-board")).to_contain_text("1 / 5")
    services.sign(meeting.attendance.get(unit__code="kejiju"), status="present", by=people.office)
    expect(page.locator("#sign-board")).to_contain_text("2 / 5")
