"""The room, the consent desk and the convener's page on the oldest browsers that are promised: see docs/browsers.md.

Every test of these pages runs once more, on Chromium 92 and on 109; then their layout is looked at on both.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, Page, Playwright, expect

from apps.documents import making
from apps.meetings import door, services
from apps.minutes.enums import Reply
from apps.minutes.models import Passage
from apps.minutes.services import answer
from apps.minutes.services.consulting import Remark
from tests.factories.people import People
from tests.meetings import make as make_meeting
from tests.minutes import make as make_minutes
from tests.support.old_chromium import BUILDS, launch_options

from . import (
    test_consent_desk,
    test_convener,
    test_recording,
    test_room_faults,
    test_room_phone,
    test_room_together,
    test_room_worse,
    test_signin,
    test_signin_keys,
)
from .manners import SIZES
from .old import ARROW, at_the_bottom, befriend, nothing_cut_off, picture, side_by_side
from .test_consent_desk import pin

pytestmark = pytest.mark.slow
PHONE = SIZES[1]["width"]


@pytest.fixture(scope="session")
def _befriended(playwright: Playwright) -> None:
    befriend(playwright)


@pytest.fixture(scope="module", params=list(BUILDS))
def browser(
    request: Any, _befriended: None, browser_type: BrowserType, browser_type_launch_args: dict[str, Any]
) -> Iterator[Browser]:
    """One old browser after the other in place of Debian's."""
    build = BUILDS[request.param]
    started = browser_type.launch(**{**browser_type_launch_args, **launch_options(build)})
    assert started.version == build.version
    yield started
    started.close()


@pytest.fixture
def complaints(complaints: Any, browser: Browser) -> Iterator[Any]:
    """What the browsers complained about, without what Chromium 92 says about itself."""
    yield complaints
    if browser.version == BUILDS["92"].version:
        complaints.heard[:] = [line for line in complaints.heard if ARROW not in line]


# Needs the browser's own input method, which ends its composition when the field is left: 92 has only a played one.
DRIVEN = "test_something_happens_in_the_middle_of_a_composition"


def _again(*modules: Any) -> dict[str, Callable[..., None]]:
    """The tests of these modules under names of their own: pytest collects them here, with the browsers above."""
    return {
        f"test_{module.__name__.rpartition('test_')[2]}_{name[5:]}": test
        for module in modules
        for name, test in vars(module).items()
        if name.startswith("test_") and inspect.isfunction(test) and name != DRIVEN
    }


globals().update(
    _again(
        test_recording, test_room_faults, test_room_together, test_room_worse, test_room_phone, test_signin,
        test_signin_keys, test_consent_desk, test_convener,
    )
)  # fmt: skip


# --- the look ------------------------------------------------------------------


def at_both_sizes(page: Page, name: str = "") -> Iterator[bool]:
    """Turn the window to both sizes, check that nothing is cut off, and say whether it is a phone's."""
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.evaluate("scrollTo(0, 0)")
        nothing_cut_off(page)
        if name:
            picture(page, name)
        yield size["width"] == PHONE


def a_full_room(people: People) -> Any:
    """A record with a block of each kind."""
    block = make_meeting.block(people, kind="speech", text="信息共享要先定口径，再定时限。")
    item = block.agenda_item
    assert item is not None
    lead = people.unit("kejiju")
    done = services.add_block(item, kind="resolution", text="建立治理企业台账，一企一档。", by=people.office)
    services.save_block(done, version=1, text=done.text, leads=[lead], supports=[], by=people.office)
    services.add_block(item, kind="table", text="单位\t人数\n市科技局\t3", by=people.office)
    services.add_block(item, kind="objection", text="补助标准还要再核。", by=people.office)
    return block


def test_the_room_keeps_its_form(people: People, calm_page_of: Any) -> None:
    block = a_full_room(people)
    page = calm_page_of(people.office)
    page.goto(f"/meetings/{block.meeting_id}/record/")
    expect(page.locator("[data-block]")).to_have_count(4)
    for phone in at_both_sizes(page, "room"):
        if phone:
            at_the_bottom(page.locator(".add-bar"))
            assert page.locator(".record-main").bounding_box()["x"] < 20
        else:
            side_by_side(page.locator(".record > *"))


def test_the_pages_around_the_record_keep_theirs(people: People, calm_page_of: Any) -> None:
    block = a_full_room(people)
    meeting = block.meeting
    secret = services.open_door(meeting, by=people.office).secret
    office, member = calm_page_of(people.office), calm_page_of(people.member("kejiju"))
    for part, seen in (
        ("sign-in", ".sign-table"),
        ("door", ".door-qr"),
        ("screen", ".screen-title"),
        ("close", ".check-words"),
    ):
        office.goto(f"/meetings/{meeting.pk}/{part}/")
        expect(office.locator(seen)).to_be_visible()
        for _phone in at_both_sizes(office):
            assert office.locator(seen).bounding_box()["width"] > 40
    from django.utils import timezone

    member.goto(f"/meetings/{meeting.pk}/here/?c={door.code_at(secret, timezone.now())}")
    expect(member.get_by_role("button", name="签到")).to_be_visible()
    assert len(list(at_both_sizes(member))) == 2


def test_the_consent_desk_keeps_its_form(people: People, calm_page_of: Any) -> None:
    minutes = make_minutes.circulating(people)
    row = make_minutes.consent_of(minutes, "fagaiwei")
    unit = calm_page_of(people.liaison("fagaiwei"))
    unit.goto(row.get_absolute_url())
    making.make_due()
    unit.reload()
    expect(unit.locator("[data-sheets] img").first).to_be_visible()
    for phone in at_both_sizes(unit, "consent"):
        if phone:
            at_the_bottom(unit.locator(".answer-jump"))
    pin(unit, "一", "做好规划和项目衔接")
    expect(unit.locator(".remark-diff ins").first).to_have_text("和项目")
    assert len(list(at_both_sizes(unit))) == 2
    passage = Passage.objects.get(text="做好规划衔接")
    remark = Remark("做好规划和项目衔接", passage, passage.text)
    answer(row, reply=Reply.COMMENT, authorised_by="×××", by=people.liaison("fagaiwei"), remarks=[remark])
    office = calm_page_of(people.office)
    office.goto(f"/minutes/{minutes.pk}/board/")
    for phone in at_both_sizes(office, "board"):
        if not phone:
            side_by_side(office.locator(".beside").first.locator("> *"))


def test_the_conveners_page_keeps_its_form(people: People, calm_page_of: Any) -> None:
    minutes = make_minutes.audited(people)
    page = calm_page_of(people.convener)
    page.goto(f"/minutes/{minutes.pk}/sign/")
    making.make_due()
    page.reload()
    picture_of_paper = page.locator("[data-swipe] img").first
    expect(picture_of_paper).to_be_visible()
    for phone in at_both_sizes(page, "sign"):
        if phone:
            at_the_bottom(page.locator(".decide"))
            assert picture_of_paper.bounding_box()["width"] >= 380
    page.get_by_role("button", name="下一页").click()
    expect(page.locator("[data-swipe-count]")).to_contain_text("第2页")


def test_a_page_out_of_form_is_found(people: People, calm_page_of: Any) -> None:
    block = make_meeting.block(people)
    page = calm_page_of(people.office)
    page.goto(f"/meetings/{block.meeting_id}/record/")
    nothing_cut_off(page)
    page.evaluate("document.querySelector('.record-main h2').style.marginLeft = '1500px'")
    with pytest.raises(AssertionError, match="h2"):
        nothing_cut_off(page)
    page.set_viewport_size(SIZES[1])
    page.evaluate("document.querySelector('.add-bar').style.position = 'static'")
    with pytest.raises(AssertionError, match="not at the bottom"):
        at_the_bottom(page.locator(".add-bar"))
