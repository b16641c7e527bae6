"""The recording room while everything goes wrong: each test counts that every typed character is somewhere safe."""

import json
import os
import signal
import time
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from apps.meetings import services
from apps.meetings.models import BlockRevision, RecordBlock
from tests.factories.people import PASSWORD, People
from tests.meetings import make

from .conftest import session_cookie
from .room import AREA, OwnServer, compose, counted, saved, sentences, type_in
from .stage import wait_until

pytestmark = pytest.mark.core


def opened(page: Page, block: RecordBlock) -> Any:
    """The room at the block's item; returns the block's textarea."""
    page.goto(f"/meetings/{block.meeting_id}/record/?item={block.agenda_item_id}")
    page.wait_for_function("window.room && window.room.forms && window.room.forms.size > 0")
    return page.locator(f"textarea[data-block='{block.pk}']")


def test_a_long_composition_is_never_sent_half_and_never_disturbed(people: People, page_of: Any) -> None:
    block = make.block(people, kind="speech", text="会议开始。")
    page = page_of(people.office)
    area = opened(page, block)
    type_in(page, area, ["先说一句。"])
    compose(page, "ni", "nihao", "ni'hao'a")
    services.shift_block(block, step=1, by=people.office2)
    page.wait_for_timeout(4500)  # the debounce, the longest wait and a look at the others pass meanwhile
    texts = list(BlockRevision.objects.values_list("content__text", flat=True))
    assert "会议开始。先说一句。" in texts, "what stood before the composition is not kept back by it"
    assert [text for text in texts if "ni" in text] == []
    assert area.input_value() == "会议开始。先说一句。ni'hao'a"
    counted(["ni'hao'a"], page)
    compose(page, commit="你好啊。")
    saved(["会议开始。", "先说一句。", "你好啊。"], page=page)


def test_unbroken_typing_is_saved_every_two_seconds(people: People, page_of: Any) -> None:
    block = make.block(people, kind="speech", text="")
    page = page_of(people.office)
    area = opened(page, block)
    said = sentences("甲", 30)
    type_in(page, area, said, pause=200)  # never 800 ms of rest
    assert BlockRevision.objects.filter(block=block).count() >= 3
    saved(said, page=page)


def test_typing_and_new_blocks_while_the_network_is_cut(
    people: People, page_of: Any, complaints: Any
) -> None:
    block = make.block(people, kind="speech", text="")
    page = page_of(people.office)
    area = opened(page, block)
    first, second = sentences("甲", 20), sentences("乙", 20)
    type_in(page, area, first[:5])
    page.context.set_offline(True)
    type_in(page, area, first[5:])
    expect(page.locator("[data-offline]")).to_be_visible()
    page.keyboard.press("Alt+2")
    fresh = page.locator(".block-new textarea")
    type_in(page, fresh, second)
    counted(first + second, page)
    page.context.set_offline(False)
    saved(first, page=page)
    saved(second, page=page)
    assert list(RecordBlock.objects.order_by("position").values_list("kind", "text")) == [
        ("speech", "".join(first)), ("resolution", "".join(second)),
    ]  # fmt: skip
    expect(page.locator("[data-save-all]")).to_contain_text("已保存")
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    complaints.heard[:] = [line for line in complaints.heard if "htmx" not in line]  # the board's look


def test_a_session_that_ends_mid_word_asks_for_the_password_beside_the_words(
    people: People, page_of: Any, complaints: Any
) -> None:
    block = make.block(people, kind="speech", text="")
    page = page_of(people.office)
    area = opened(page, block)
    said = sentences("甲", 30)
    type_in(page, area, said[:10])
    Session.objects.all().delete()
    type_in(page, area, said[10:20], pause=300)
    expect(page.locator("#again")).to_be_visible()
    type_in(page, area, said[20:])
    assert page.evaluate("document.activeElement.dataset.block") == str(block.pk), "the focus was taken away"
    counted(said, page)
    page.get_by_label("密码").fill("not-the-password")
    page.get_by_role("button", name="登录并继续").click()
    expect(page.locator("[data-again-line]")).to_have_text("密码不对，请再输一次。")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录并继续").click()
    expect(page.locator("#again")).to_be_hidden()
    saved(said, page=page)
    assert area.input_value() == "".join(said)
    type_in(page, area, ["之后。"])
    saved(["之后。"], page=page)
    complaints.expect("422")
    complaints.heard[:] = [line for line in complaints.heard if "403" not in line]


def test_a_server_that_is_restarted_under_the_typing(people: People, page_of: Any, complaints: Any) -> None:
    block = make.block(people, kind="speech", text="")
    server = OwnServer()
    address = server.start()
    try:
        page = page_of(people.office)
        page.context.add_cookies([session_cookie(people.office, address)])
        page.goto(f"{address}/meetings/{block.meeting_id}/record/")
        area = page.locator(AREA)
        said = sentences("甲", 40)
        type_in(page, area, said[:10])
        server.stop()
        type_in(page, area, said[10:30])
        counted(said[:30], page)
        server.start()
        type_in(page, area, said[30:])
        saved(said, page=page)
    finally:
        page.close()
        server.stop()
    complaints.expect("ERR_CONNECTION_REFUSED")
    complaints.heard[:] = [line for line in complaints.heard if "ERR_" not in line and "htmx" not in line]


def test_a_killed_tab_gives_its_words_back(people: People, page_of: Any, complaints: Any) -> None:
    block = make.block(people, kind="speech", text="原来的。")
    page = page_of(people.office)
    area = opened(page, block)
    page.route("**/meetings/block/*/", lambda route: route.abort())  # nothing reaches the server any more
    said = sentences("甲", 12)
    type_in(page, area, said)
    window = page.context
    kill(page)
    again = window.new_page()
    area = opened(again, block)
    offer = again.locator(".draft-offer")
    expect(offer).to_contain_text(said[-1])
    counted(said, again)
    offer.get_by_role("button", name="恢复").click()
    expect(offer).to_have_count(0)
    saved(["原来的。", *said], page=again)
    # The row is there a moment before the page has the answer; then nothing of it is kept here any more.
    kept = "Object.keys(localStorage).filter(key => key.startsWith('draft:'))"
    wait_until(lambda: again.evaluate(kept) == [], "the draft to go")
    complaints.heard[:] = [line for line in complaints.heard if "ERR_FAILED" not in line]


def kill(page: Page) -> None:
    """Kill the tab's process, as a machine without memory does: no handler of the page gets a chance."""
    browser = page.context.browser
    assert browser is not None
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    crashed: list[bool] = []
    page.on("crash", lambda _page: crashed.append(True))
    for process in found:
        if process["type"] == "renderer":
            os.kill(int(process["id"]), signal.SIGKILL)
    for _ in range(100):
        if crashed:
            page.close()
            return
        session.send(
            "Browser.getVersion"
        )  # lets the news arrive; asking the dead page itself may wait for ever
        time.sleep(0.05)
    raise AssertionError("the tab did not die")


def test_two_tabs_of_one_person_keep_their_own_words(people: People, page_of: Any, complaints: Any) -> None:
    block = make.block(people, kind="speech", text="")
    left = page_of(people.office)
    area = opened(left, block)
    right = left.context.new_page()
    other = opened(right, block)
    expect(right.locator(".draft-offer")).to_have_count(0)
    mine, theirs = sentences("左", 6), sentences("右", 6)
    left.context.set_offline(True)
    type_in(left, area, mine)
    type_in(right, other, theirs)
    counted(mine + theirs, left)  # both drafts are in the store both tabs share
    assert left.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:')).length") == 2
    left.context.set_offline(False)
    for page in (left, right):
        page.bring_to_front()
        page.wait_for_timeout(2500)
    asking = next(page for page in (left, right) if page.locator(".conflict").count())
    counted(mine + theirs, left, right)
    asking.get_by_role("button", name="合并两份").click()
    expect(asking.locator("[data-save-line]")).to_contain_text("已保存")
    text = RecordBlock.objects.get().text
    assert [words for words in mine + theirs if words not in text] == []
    # Of the conflict, and of a poll that found no network while there was none.
    asked_for = ("409", "ERR_INTERNET", "htmx:sendError", "htmx:afterRequest")
    complaints.heard[:] = [line for line in complaints.heard if not any(word in line for word in asked_for)]


def test_a_broken_draft_is_offered_and_stops_nobody(people: People, page_of: Any) -> None:
    block = make.block(people, kind="speech", text="")
    page = page_of(people.office)
    area = opened(page, block)
    name = f"draft:{people.office.pk}:{block.pk}:1"
    page.evaluate("name => localStorage.setItem(name, '{半截的文字')", name)
    page.reload()
    expect(page.locator(".draft-offer")).to_contain_text("半截的文字")
    type_in(page, area, ["照样保存。"])
    saved(["照样保存。"], page=page)
    page.reload()
    expect(page.locator(".draft-offer")).to_contain_text("半截的文字")  # nobody decided yet
    page.get_by_role("button", name="不要了").click()
    page.reload()
    page.wait_for_timeout(800)
    expect(page.locator(".draft-offer")).to_have_count(0)


def test_drafts_of_other_items_and_of_closed_records_are_offered_too(people: People, page_of: Any) -> None:
    block = make.block(people, kind="speech", text="")
    item = services.add_spot_item(block.meeting, title="另一项议题", basis="主持人同意", by=people.office)
    services.add_block(item, kind="note", text="别的。", by=people.office)
    page = page_of(people.office)
    opened(page, block)
    draft = json.dumps({
        "pairs": [["text", "没有送到的话。"]], "version": 1, "block": str(block.pk), "kind": "speech", "at": 1,
        "item": str(block.agenda_item_id), "meeting": str(block.meeting_id),
    }, ensure_ascii=False)  # fmt: skip
    page.evaluate(
        "([name, draft]) => localStorage.setItem(name, draft)",
        [f"draft:{people.office.pk}:{block.pk}:x", draft],
    )
    page.goto("/")
    expect(page.locator(".drafts-note")).to_contain_text("1 段")
    page.goto(f"/meetings/{block.meeting_id}/record/?item={item.pk}")
    expect(page.locator(".draft-offer")).to_contain_text("没有送到的话。")
    page.get_by_role("button", name="去这一议题恢复").click()
    page.get_by_role("button", name="恢复", exact=True).click()
    saved(["没有送到的话。"], page=page)
    page.evaluate(
        "([name, draft]) => localStorage.setItem(name, draft)",
        [f"draft:{people.office.pk}:{block.pk}:y", draft.replace("话", "第二句话")],
    )
    services.close_recording(block.meeting, by=people.office)
    page.goto(f"/meetings/{block.meeting_id}/record/")
    expect(page.locator(".draft-offer")).to_contain_text("没有送到的第二句话。")
    expect(page.get_by_role("button", name="复制文字")).to_be_visible()
