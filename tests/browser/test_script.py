"""The chair's page while the meeting goes on: its clocks follow by themselves, and nothing typed is disturbed."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.meetings import services
from apps.meetings.models import ChairNote
from tests.factories.people import People
from tests.meetings import make

from .manners import axe_finds_nothing, fits_at_150


def test_the_clocks_follow_the_room_and_leave_the_note_alone(people: People, page_of: Any) -> None:
    meeting = make.recording(people)
    item = meeting.agenda.get()
    item.minutes = 10
    item.save()
    page = page_of(people.convener, phone=True)
    page.goto(f"/meetings/{meeting.pk}/script/")
    clocks, own = page.locator("#script-times"), page.locator(f"#time-{item.pk}")
    expect(clocks).to_contain_text("还没有开始议题")
    expect(own).to_have_text("计划 10 分钟")
    note = page.get_by_label("我的备忘")
    note.press_sequentially("问清")
    span = services.take_up(item, by=people.office)
    span.started_at = timezone.now() - timedelta(minutes=13, seconds=5)
    span.save()
    expect(clocks).to_contain_text("▲ 已超出 3 分钟", timeout=20_000)
    expect(own).to_contain_text("已用 13 分钟")  # swapped out of band, in its own place
    expect(own).to_contain_text("超出 3 分钟")
    expect(note).to_be_focused()
    note.press_sequentially("经费来源")
    expect(note).to_have_value("问清经费来源")
    services.adjourn(meeting, by=people.office)
    expect(clocks).to_contain_text("休会中", timeout=20_000)
    expect(page.locator(".note-own [data-note-line]")).to_contain_text("已保存")
    assert ChairNote.objects.get().text == "问清经费来源"
    axe_finds_nothing(page)
    fits_at_150(page)


@pytest.mark.browser_context_args(timezone_id="America/New_York")
def test_on_paper_stand_the_words_as_they_are_being_written(people: People, page_of: Any) -> None:
    item = make.recording(people).agenda.get()
    page = page_of(people.office)
    # The machine believes to stand elsewhere.
    assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "America/New_York"
    page.goto(f"/meetings/{item.meeting_id}/script/")
    page.get_by_label("主持词").fill("第一行\n第二行")
    before = timezone.localtime()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    printed = page.locator("[data-print-time]").first.text_content()
    assert printed in [f"{at:%Y年%-m月%-d日 %H:%M}" for at in (before, timezone.localtime())]
    page.emulate_media(media="print")
    expect(page.locator(".script-paper")).to_have_text("第一行\n第二行", use_inner_text=True)
    expect(page.locator(".script-paper")).to_be_visible()
    expect(page.get_by_label("主持词")).to_be_hidden()
    page.emulate_media(media="screen")
    expect(page.locator(".save-line").first).to_contain_text("已保存 ", timeout=15_000)
