"""The room on a phone and before closing: items switched by one thumb, unsent words named, notes of two tabs kept apart."""

import json
import os
from typing import Any

from playwright.sync_api import Page, expect

from apps.meetings import services
from apps.meetings.models import ChairNote
from tests.factories.people import People
from tests.meetings import make

from .manners import axe_finds_nothing, fits_at_150

SHOTS = os.environ.get("ROOM_SHOTS", "")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def keep(page: Page, user: int, block: int, meeting: Any, mark: str) -> None:
    """Leave a draft in the browser, as a page that died does."""
    draft = {
        "pairs": [["text", mark]], "version": 1, "block": str(block), "kind": "speech", "at": 1,
        "meeting": str(meeting.pk), "title": meeting.title,
    }  # fmt: skip
    name = f"draft:{user}:{block}:{mark}"
    page.evaluate(
        "([name, draft]) => localStorage.setItem(name, draft)", [name, json.dumps(draft, ensure_ascii=False)]
    )


def test_items_are_switched_by_one_thumb_and_say_where_they_stand(people: People, page_of: Any) -> None:
    first = make.block(people, kind="speech", text="甲。")
    meeting, item = first.meeting, first.agenda_item
    assert item is not None
    second = services.add_spot_item(meeting, title="研究经费", basis="主持人同意", by=people.office)
    services.take_up(item, by=people.office)
    page = page_of(people.office, phone=True)
    page.goto(f"/meetings/{meeting.pk}/record/?item={item.pk}")
    bar = page.get_by_role("navigation", name="切换议题")
    expect(bar.locator("summary")).to_contain_text("在议")
    services.take_up(second, by=people.office)
    expect(bar.locator("summary")).to_contain_text("已议")  # the page follows by itself
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    expect(bar).to_be_in_viewport()
    bar.locator("summary").click()
    shot(page, "switch")
    bar.get_by_role("link", name="研究经费", exact=False).first.click()
    expect(page).to_have_url(
        f"{page.url.partition('/meetings')[0]}/meetings/{meeting.pk}/record/?item={second.pk}"
    )
    expect(bar.locator("summary")).to_contain_text("研究经费")
    axe_finds_nothing(page)
    fits_at_150(page)
    page.get_by_role("button", name="上移临时议题").click()
    assert [row.title for row in meeting.agenda.all()] == ["研究经费", item.title]
    services.move_spot_item(second, step=1, by=people.office2)
    expect(page.get_by_role("link", name="议程有变动，点这里更新")).to_be_visible()


def test_unsent_words_of_every_meeting_are_named_and_closing_waits_for_a_look(
    people: People, page_of: Any
) -> None:
    block = make.block(people, kind="speech", text="甲。")
    other = make.notified(people, title="另一场会议（示例）")
    page = page_of(people.office)
    page.goto("/")
    keep(page, people.office.pk, block.pk, block.meeting, "一")
    keep(page, people.office.pk, block.pk, block.meeting, "二")
    keep(page, people.office.pk, 999, other, "三")
    page.reload()
    note = page.locator(".drafts-note")
    expect(note).to_contain_text("3 段")
    expect(note.get_by_role("link", name=f"{block.meeting.title}（2 段）")).to_have_attribute(
        "href", f"/meetings/{block.meeting_id}/record/"
    )
    expect(note.get_by_role("link", name="另一场会议（示例）（1 段）")).to_be_visible()
    page.goto(f"/meetings/{block.meeting_id}/close/")
    button = page.get_by_role("button", name="生成纪要草稿")
    expect(button).to_be_disabled()
    expect(page.locator("[data-unsent]")).to_contain_text("2 段")
    axe_finds_nothing(page)
    shot(page, "check")
    page.get_by_label("我看过了").check()
    expect(button).to_be_enabled()
    page.get_by_label("我看过了").uncheck()
    page.get_by_role("link", name="先去保存").click()
    for _ in range(2):
        page.get_by_role("button", name="不要了").first.click()
    page.goto(f"/meetings/{block.meeting_id}/close/")
    expect(page.locator("[data-unsent]")).to_be_hidden()
    expect(button).to_be_enabled()


def test_notes_of_two_tabs_do_not_write_over_each_other(
    people: People, page_of: Any, complaints: Any
) -> None:
    meeting = make.recording(people)
    left = page_of(people.convener)
    left.goto(f"/meetings/{meeting.pk}/script/")
    right = left.context.new_page()
    right.goto(f"/meetings/{meeting.pk}/script/")
    left.context.set_offline(True)
    left.get_by_label("我的备忘").fill("左边写的")
    right.get_by_label("我的备忘").fill("右边写的")
    kept = "Object.keys(localStorage).filter(key => key.startsWith('note:')).map(key => localStorage.getItem(key)).join()"
    assert all(words in left.evaluate(kept) for words in ("左边写的", "右边写的"))
    window = left.context
    left.close(run_before_unload=False)
    right.close(run_before_unload=False)
    window.set_offline(False)
    again = window.new_page()
    again.goto(f"/meetings/{meeting.pk}/script/")
    again.get_by_role("button", name="加到后面").click()
    expect(again.locator(".note-own [data-note-line]")).to_contain_text("已保存")
    again.wait_for_timeout(1500)
    text = ChairNote.objects.get().text
    assert sorted(text.split("\n")) == ["右边写的", "左边写的"]
    assert again.evaluate(kept) == ""
    complaints.heard[:] = [line for line in complaints.heard if "ERR_INTERNET_DISCONNECTED" not in line]


def test_notes_whose_field_is_gone_are_shown_and_named(people: People, page_of: Any) -> None:
    meeting = make.recording(people)
    page = page_of(people.office)
    page.goto(f"/meetings/{meeting.pk}/script/")
    user = page.evaluate("document.body.dataset.user")
    script = json.dumps({"text": "没存上的主持词", "version": "1", "meeting": str(meeting.pk)})
    for key, kept in (("script-1:gone", script), ("note-2:lost", "{半截")):
        page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [f"note:{user}:{key}", kept])
    page.reload()
    kept_words = page.locator("[data-loose-notes] .draft-offer pre")
    expect(kept_words).to_have_count(2)
    assert sorted(kept_words.all_text_contents()) == ["{半截", "没存上的主持词"]
    page.goto("/")
    expect(page.get_by_role("link", name="没有保存的主持词、备忘")).to_have_attribute(
        "href", f"/meetings/{meeting.pk}/script/"
    )
    page.goto(f"/meetings/{meeting.pk}/script/")
    for _ in range(2):
        page.locator("[data-loose-notes]").get_by_role("button", name="不要了").first.click()
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('note:'))") == []
