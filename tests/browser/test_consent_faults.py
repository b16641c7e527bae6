"""A unit types its answer while everything goes wrong: no word is lost, and the answer goes out in the end."""

from typing import Any

from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from apps.minutes.models import Comment, Consent
from tests.factories.people import PASSWORD, People
from tests.minutes import make

from .conftest import session_cookie
from .room import OwnServer
from .stage import press, told
from .test_consent_desk import pin

SAID = "做好规划和项目衔接，每季度通报一次"


def opened(people: People, calm_page_of: Any) -> tuple[Consent, Page]:
    """市发改委's page of a round."""
    row = make.consent_of(make.circulating(people), "fagaiwei")
    page = calm_page_of(people.liaison("fagaiwei"))
    page.goto(row.get_absolute_url())
    return row, page


def typed(page: Page) -> None:
    page.get_by_label("本单位审签人").fill("×××")
    pin(page, "一", SAID)
    expect(page.locator("[data-draft-line]")).to_contain_text("已暂存本机，还没有提交")


def recovered_and_sent(page: Page) -> list[str]:
    """What was typed is offered, taken back and sent; returns the comments that arrived and what the browser still keeps."""
    expect(page.locator("[data-draft-offer]")).to_contain_text(SAID)
    page.get_by_role("button", name="恢复这些内容").click()
    expect(page.get_by_label("建议修改为").last).to_have_value(SAID)
    expect(page.get_by_label("本单位审签人")).to_have_value("×××")
    assert Comment.objects.count() == 0
    press(page, "提交意见（1条）")
    told(page, "已记下市发改委的反馈：有意见")
    page.wait_for_load_state()  # the page of the answer lets go of what has arrived
    kept: list[str] = page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))")
    return [*Comment.objects.values_list("suggestion", flat=True), *kept]


def test_the_network_is_cut_while_a_unit_answers(people: People, calm_page_of: Any, complaints: Any) -> None:
    row, page = opened(people, calm_page_of)
    page.context.set_offline(True)
    typed(page)
    page.get_by_role("button", name="提交意见（1条）").click()
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)
    page.goto(row.get_absolute_url())
    assert recovered_and_sent(page) == [SAID]
    complaints.heard[:] = [
        line for line in complaints.heard if "ERR_INTERNET" not in line and "htmx" not in line
    ]


def test_the_session_ends_while_a_unit_answers(people: People, calm_page_of: Any) -> None:
    row, page = opened(people, calm_page_of)
    typed(page)
    Session.objects.all().delete()
    page.get_by_role("button", name="提交意见（1条）").click()
    page.get_by_label("用户名").fill(people.liaison("fagaiwei").username)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{row.get_absolute_url()}")  # back at the answer, not somewhere else
    assert recovered_and_sent(page) == [SAID]


def test_the_server_is_restarted_while_a_unit_answers(
    people: People, calm_page_of: Any, complaints: Any
) -> None:
    row = make.consent_of(make.circulating(people), "fagaiwei")
    server = OwnServer()
    address = server.start()
    try:
        page = calm_page_of(people.liaison("fagaiwei"))
        page.context.add_cookies([session_cookie(people.liaison("fagaiwei"), address)])
        page.goto(f"{address}{row.get_absolute_url()}")
        server.stop()
        typed(page)
        page.get_by_role("button", name="提交意见（1条）").click()
        page.wait_for_url("chrome-error://**")
        server.start()
        page.goto(f"{address}{row.get_absolute_url()}")
        assert recovered_and_sent(page) == [SAID]
        page.goto("about:blank")
    finally:
        server.stop()
    complaints.heard[:] = [line for line in complaints.heard if "ERR_" not in line and "htmx" not in line]


def test_an_answer_left_in_the_browser_is_named_as_what_it_is(people: People, calm_page_of: Any) -> None:
    row, page = opened(people, calm_page_of)
    typed(page)
    page.goto("/")
    note = page.locator(".drafts-note")
    expect(note).to_have_text("本机还留着没有送出的文字。 征求意见中没有提交的内容×")
    note.get_by_role("link", name="征求意见中没有提交的内容").click()
    page.wait_for_url(f"**{row.get_absolute_url()}")
    assert recovered_and_sent(page) == [SAID]
