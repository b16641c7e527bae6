"""More of what goes wrong in the recording room, each time counting that every typed character is somewhere safe."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.meetings import services
from apps.meetings.models import BlockRevision, RecordBlock
from tests.factories.people import PASSWORD, People
from tests.meetings import make

from .conftest import session_cookie
from .room import OwnServer, compose, counted, saved, sentences, type_in
from .test_room_faults import kill, opened


def quiet(complaints: Any, *parts: str) -> None:
    """Take out complaints that the fault itself makes, as often as it made them."""
    complaints.heard[:] = [line for line in complaints.heard if not any(part in line for part in parts)]


def test_a_session_that_ran_out_after_twelve_hours_asks_in_place(
    people: People, page_of: Any, complaints: Any
) -> None:
    block = make.block(people, kind="speech", text="")
    page = page_of(people.office)
    area = opened(page, block)
    said = sentences("甲", 20)
    type_in(page, area, said[:8])
    saved(said[:8], page=page)
    for row in Session.objects.all():  # as it stands when nobody came back for twelve hours
        row.expire_date = timezone.now() - timedelta(seconds=1)
        row.save()
    type_in(page, area, said[8:], pause=250)
    expect(page.locator("#again")).to_be_visible()
    assert page.evaluate("document.activeElement.dataset.block") == str(block.pk)
    counted(said, page)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录并继续").click()
    expect(page.locator("#again")).to_be_hidden()
    saved(said, page=page)
    assert area.input_value() == "".join(said)
    quiet(complaints, "403")


def during_blur(page: Page, block: RecordBlock, people: People) -> None:
    page.evaluate("document.activeElement.blur()")


def during_keys(page: Page, block: RecordBlock, people: People) -> None:
    page.keyboard.press("Alt+2")
    expect(page.locator("article.block")).to_have_count(2)


def during_hiding(page: Page, block: RecordBlock, people: People) -> None:
    page.evaluate(
        """() => { Object.defineProperty(document, 'hidden', {value: true, configurable: true});
        document.dispatchEvent(new Event('visibilitychange')); }"""
    )


def during_a_colleagues_change(page: Page, block: RecordBlock, people: People) -> None:
    now = RecordBlock.objects.get(pk=block.pk)
    services.save_block(now, version=now.version, text=now.text + "同事的。", by=people.office2)
    page.wait_for_timeout(4000)


@pytest.mark.parametrize(
    "happens",
    [during_blur, during_keys, during_hiding, during_a_colleagues_change],
    ids=lambda act: act.__name__,
)
def test_something_happens_in_the_middle_of_a_composition(
    people: People, page_of: Any, complaints: Any, happens: Any
) -> None:
    block = make.block(people, kind="speech", text="开头。")
    page = page_of(people.office)
    area = opened(page, block)
    type_in(page, area, ["先说。"])
    saved(["开头。", "先说。"], page=page)
    compose(page, "ni", "ni'hao")
    happens(page, block, people)
    page.wait_for_timeout(1500)
    shown = "\n".join(page.evaluate("[...document.querySelectorAll('textarea')].map(el => el.value)"))
    assert "开头。先说。ni'hao" in shown, "the composition was taken away"
    counted(["开头。", "先说。", "ni'hao"], page)
    area.focus()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("后来说的。")
    page.wait_for_timeout(2500)
    if page.locator(".conflict").count():
        counted(["开头。", "先说。", "后来说的。", "同事的。"], page)
        page.get_by_role("button", name="合并两份").click()
    expect(page.locator("[data-save-all]")).to_contain_text("已保存")
    # Leaving the field ends a composition as it stands; typed on, it is replaced by what the input method chose.
    wanted = ["ni'hao"] * (happens in (during_blur, during_keys))
    wanted += ["开头。", "先说。", "后来说的。"] + ["同事的。"] * (happens is during_a_colleagues_change)
    text = RecordBlock.objects.get(pk=block.pk).text
    assert [words for words in wanted if words not in text] == []
    quiet(complaints, "409")


LONG = "".join(f"第{number:04d}句是关于职业病防治的话。" for number in range(1, 1177))[:19_990]


def test_twenty_thousand_characters_survive_the_closing_of_the_tab(
    people: People, page_of: Any, complaints: Any
) -> None:
    block = make.block(people, kind="speech", text="")
    page = page_of(people.office)
    area = opened(page, block)
    page.route(
        "**/meetings/block/*/", lambda route: route.abort()
    )  # whatever the leaving page sends is too late
    area.focus()
    page.keyboard.insert_text(LONG)
    window = page.context
    page.close(run_before_unload=False)
    again = window.new_page()
    area = opened(again, block)
    again.get_by_role("button", name="恢复", exact=True).click()
    expect(area).to_have_value(LONG)
    saved([LONG], page=again)
    assert RecordBlock.objects.get().text == LONG
    # The page drops its draft once the answer is there, which is a moment after the row has the text.
    again.wait_for_function("!Object.keys(localStorage).some(key => key.startsWith('draft:'))")
    quiet(complaints, "ERR_FAILED")


def test_twenty_thousand_characters_are_beyond_a_farewell_and_still_kept(
    people: People, page_of: Any, complaints: Any
) -> None:
    block = make.block(people, kind="speech", text="")
    page = page_of(people.office)
    area = opened(page, block)
    area.focus()
    page.keyboard.insert_text(LONG)
    window = page.context
    page.close(run_before_unload=False)
    again = window.new_page()
    area = opened(again, block)
    again.wait_for_timeout(1500)
    stands = RecordBlock.objects.get().text
    assert stands in ("", LONG)
    if not stands:
        again.get_by_role("button", name="恢复", exact=True).click()
    saved([LONG], page=again)
    assert area.input_value() == LONG
    quiet(complaints, "ERR_FAILED")


def test_three_windows_and_two_recorders_on_one_block_lose_nothing(
    people: People, page_of: Any, complaints: Any
) -> None:
    block = make.block(people, kind="speech", text="开头。")
    pages = [page_of(people.office), page_of(people.office), page_of(people.office2)]
    areas = [opened(page, block) for page in pages]
    said = [sentences(mark, 12) for mark in ("甲", "乙", "丙")]
    for at in range(0, 12, 3):
        for page, area, words in zip(pages, areas, said, strict=True):
            type_in(page, area, words[at : at + 3], pause=60)
    everything = [words for own in said for words in own]
    counted(["开头。", *everything], *pages)
    for _ in range(12):
        for page in pages:
            page.wait_for_timeout(400)
            if page.locator(".conflict").count():
                page.get_by_role("button", name="合并两份").click()
    for page in pages:
        expect(page.locator("[data-save-line]")).to_contain_text("已保存")
    text = RecordBlock.objects.get().text
    assert [words for words in ["开头。", *everything] if words not in text] == []
    quiet(complaints, "409")


def test_a_server_restarted_while_a_new_block_is_typed_and_the_tab_dies(
    people: People, page_of: Any, complaints: Any
) -> None:
    block = make.block(people, kind="speech", text="")
    server = OwnServer()
    address = server.start()
    try:
        page = page_of(people.office)
        window = page.context
        window.add_cookies([session_cookie(people.office, address)])
        page.goto(f"{address}/meetings/{block.meeting_id}/record/")
        page.wait_for_function("window.room && window.room.forms && window.room.forms.size > 0")
        server.stop()
        page.keyboard.press("Alt+2")
        said = sentences("新", 10)
        type_in(page, page.locator(".block-new textarea"), said)
        counted(said, page)
        kill(page)
        server.start()
        again = window.new_page()
        again.goto(f"{address}/meetings/{block.meeting_id}/record/")
        expect(again.locator(".draft-offer")).to_contain_text(said[-1])
        again.get_by_role("button", name="另存为新的一段").click()
        saved(said, page=again)
        assert list(RecordBlock.objects.values_list("kind", flat=True).order_by("pk")) == [
            "speech",
            "resolution",
        ]
        again.close()
    finally:
        server.stop()
    quiet(complaints, "ERR_", "htmx")


def test_a_block_moved_by_a_colleague_is_saved_without_a_question(
    people: People, page_of: Any, complaints: Any
) -> None:
    block = make.block(people, kind="speech", text="甲。")
    services.add_block(block.agenda_item, kind="note", text="乙。", by=people.office)  # type: ignore[arg-type]
    page = page_of(people.office)
    area = opened(page, block)
    area.focus()
    services.shift_block(block, step=1, by=people.office2)
    type_in(page, area, ["接着写。"])
    saved(["甲。接着写。"], page=page)
    expect(page.locator(".beside, .conflict")).to_have_count(0)
    assert list(BlockRevision.objects.filter(block=block).order_by("version").values_list("event", flat=True)) == [
        "add", "move", "save",
    ]  # fmt: skip
    page.goto(f"/meetings/block/{block.pk}/history/")
    expect(page.locator(".versions")).to_contain_text("位置：第1段 → 第2段")
