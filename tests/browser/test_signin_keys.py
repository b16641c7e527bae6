"""The sign-in list: who left and came at which item, shown on board and in the record; and all of it by keyboard."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from apps.meetings import papers, services
from apps.meetings.models import Attendance, Meeting
from tests.factories.people import People
from tests.factories.printed import text_of_sound
from tests.meetings import make

from .manners import axe_finds_nothing, fits_at_150


def three_items(people: People) -> Meeting:
    """A meeting being recorded, 市发改委 in the room; of its three items the second is before it."""
    meeting = make.recording(people)
    first = meeting.agenda.get()
    second = services.add_spot_item(meeting, title="研究经费保障", basis="主持人同意", by=people.office)
    services.add_spot_item(meeting, title="研究联合执法", basis="主持人同意", by=people.office)
    services.take_up(first, by=people.office)
    services.take_up(second, by=people.office)
    return meeting


def register(page: Page, seat: Attendance, item: str, button: str) -> None:
    """Enter a movement in the form of a person's line."""
    row = page.locator(f"#row-{seat.pk}")
    row.get_by_text("其他").click()
    row.get_by_label("哪一项议题").select_option(label=item)
    row.get_by_role("button", name=button).click()
    expect(page).to_have_url(re.compile(rf"/sign-in/#row-{seat.pk}$"))


def test_who_left_at_one_item_and_came_back_at_another_is_on_board_and_in_the_record(
    people: People, page_of: Any
) -> None:
    meeting = three_items(people)
    seat = meeting.attendance.get(unit__code="fagaiwei")
    page, board = page_of(people.office), page_of(people.office2)
    board.goto(f"/meetings/{meeting.pk}/record/")
    cell = board.locator("#sign-board .sign").filter(has_text="市发改委")
    page.goto(f"/meetings/{meeting.pk}/sign-in/")
    state = page.locator(f"#row-{seat.pk} .sign-state")
    register(page, seat, "二、研究经费保障", "登记离席")
    expect(state).to_contain_text(re.compile(r"议题二离席 \d\d:\d\d"))
    expect(cell).to_contain_text("议题二离席")  # polled: nobody reloads the room
    expect(cell).to_have_class("sign sign-late")  # green are those in the room
    axe_finds_nothing(page)
    fits_at_150(page)
    services.take_up(meeting.agenda.get(seq=3), by=people.office)
    page.reload()  # an item taken up since then
    register(page, seat, "三、研究联合执法", "登记入席")
    expect(state).to_contain_text(re.compile(r"议题二离席 \d\d:\d\d议题三入席 \d\d:\d\d"))
    expect(cell).not_to_contain_text("离席")
    expect(cell).to_contain_text(re.compile(r"\d\d:\d\d"))
    printed = text_of_sound(papers.record(Meeting.objects.get(pk=meeting.pk)))
    assert re.search(r"陈小宝\d\d:\d\d第二项议题时离席；陈小宝\d\d:\d\d第三项议题时入席", printed)
    page.locator(f"#row-{seat.pk}").get_by_text("其他").click()
    page.locator(f"#row-{seat.pk}").get_by_role("button", name="撤销最近一次").click()
    expect(state).to_contain_text(re.compile(r"议题二离席 \d\d:\d\d$"))
    expect(cell).to_contain_text("议题二离席")


def go(page: Page, name: str, *, presses: int = 120) -> None:
    """Tab to the control of this name; parts of it that are only heard stand on lines of their own."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            "(e => (e.labels && e.labels[0] || e).innerText || e.value || '')(document.activeElement)"
        )
        if "".join(shown.split()).startswith(name):
            return
    raise AssertionError(f"“{name}” is not reached by Tab on {page.url}")


def focused(page: Page) -> str:
    """The line in which the focus stands."""
    return str(page.evaluate("(document.activeElement.closest('tr') || {id: ''}).id"))


def pick(page: Page, wanted: str) -> None:
    """Choose in the select that has the focus, by its arrow keys."""
    for _ in range(8):
        if page.evaluate("document.activeElement.selectedOptions[0].innerText") == wanted:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{wanted} is not among the choices")


def test_the_whole_list_is_signed_by_keyboard_alone(people: People, page_of: Any) -> None:
    meeting = make.recording(people)
    seats = {code: meeting.attendance.get(unit__code=code) for code in ("kejiju", "gongxinju", "fagaiwei")}
    page = page_of(people.office)
    page.goto(f"/meetings/{meeting.pk}/sign-in/")
    # 到会: one Enter; the focus stays in the line, so that the next person is one Tab away.
    go(page, f"签到：{seats['kejiju'].name}")
    page.keyboard.press("Enter")
    row = page.locator(f"#row-{seats['kejiju'].pk}")
    expect(row.locator(".sign-state")).to_contain_text("出席")
    expect(row.get_by_role("button", name="撤销")).to_be_focused()
    # 迟到: the menu opens with Space.
    go(page, f"其他：{seats['gongxinju'].name}", presses=12)
    page.keyboard.press("Space")
    go(page, "情况", presses=6)
    pick(page, "迟到")
    go(page, "保存", presses=6)
    page.keyboard.press("Enter")
    expect(page.locator(f"#row-{seats['gongxinju'].pk} .sign-state")).to_contain_text("迟到")
    page.wait_for_load_state()  # only then is the page's place that of its address
    page.keyboard.press("Tab")
    assert focused(page) == f"row-{seats['gongxinju'].pk}"  # not back at the top of the page
    # 请假 for one who had signed by mistake, with the reason.
    page.keyboard.press("Home")
    page.reload()
    go(page, f"其他：{seats['fagaiwei'].name}")
    page.keyboard.press("Enter")
    go(page, "情况", presses=8)
    pick(page, "请假")
    go(page, "事由", presses=4)
    page.keyboard.type("因公出差")
    go(page, "保存", presses=3)
    page.keyboard.press("Space")
    expect(page.locator(f"#row-{seats['fagaiwei'].pk} .sign-state")).to_contain_text("请假")
    found = {code: Attendance.objects.get(pk=seat.pk) for code, seat in seats.items()}
    assert {code: (row.status, row.reason) for code, row in found.items()} == {
        "kejiju": ("present", ""), "gongxinju": ("late", ""), "fagaiwei": ("leave", "因公出差"),
    }  # fmt: skip
    # And back again, by the same button.
    go(page, f"撤销{seats['kejiju'].name}的签到")
    page.keyboard.press("Space")
    expect(row.locator(".sign-state")).to_contain_text("未签到")
