"""批示: what the signer types stays in his browser until the server has it, and is offered when he comes back."""

from typing import Any

from playwright.sync_api import Page, expect

from apps.minutes.models import Endorsement, Minutes
from tests.factories.people import PASSWORD, People
from tests.minutes import make
from tests.minutes.test_correcting import LATER, agreed, case_of

from .manners import axe_finds_nothing, fits_at_150
from .stage import wait_until

_KEPT = "Object.keys(localStorage).filter(key => key.startsWith('opinion:')).map(key => JSON.parse(localStorage.getItem(key)).text)"


def kept(page: Page) -> list[str]:
    """The words that this browser keeps."""
    return sorted(page.evaluate(_KEPT))


def reopened(page: Page, address: str) -> Page:
    """The tab closed as it is, the page opened in a new one of the same browser."""
    window = page.context
    page.close()
    again = window.new_page()
    again.goto(address)
    return again


def test_a_closed_tab_gives_the_opinion_back(people: People, calm_page_of: Any) -> None:
    minutes = make.audited(people)
    address = f"/minutes/{minutes.pk}/sign/"
    page = calm_page_of(people.convener, phone=True)
    page.goto(address)
    page.get_by_label("批示").fill("同意，第二项请抓紧")
    expect(page.locator("[data-keep-line]")).to_have_text("已留在本机，还没有提交")
    page = reopened(page, address)
    expect(page.get_by_label("批示", exact=True)).to_have_value("")
    offer = page.get_by_role("group", name="上次没有提交的批示")
    expect(offer).to_contain_text("同意，第二项请抓紧")
    axe_finds_nothing(page)
    fits_at_150(page)
    offer.get_by_role("button", name="恢复").click()
    expect(page.get_by_label("批示", exact=True)).to_have_value("同意，第二项请抓紧")
    page = reopened(page, address)  # taken back and closed again: still not lost
    page.get_by_role("button", name="恢复").click()
    page.get_by_role("button", name="同意签发").click()
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/minutes/{minutes.pk}/")
    assert Endorsement.objects.get(minutes=minutes, step="sign").opinion == "同意，第二项请抓紧"
    wait_until(lambda: kept(page) == [], "the words to go")  # the server has it


def test_two_tabs_keep_two_opinions_and_holding_clears_its_own(people: People, calm_page_of: Any) -> None:
    minutes = make.audited(people)
    address = f"/minutes/{minutes.pk}/sign/"
    page = calm_page_of(people.convener)
    page.goto(address)
    other = page.context.new_page()
    other.goto(address)
    page.get_by_label("批示").fill("第一个窗口的批示")
    other.get_by_label("批示").fill("第二个窗口的批示")
    assert kept(page) == ["第一个窗口的批示", "第二个窗口的批示"]
    page.get_by_role("button", name="暂存").click()
    expect(page.get_by_text("已暂存，只有您自己看得到。")).to_be_visible()
    expect(page.get_by_label("批示", exact=True)).to_have_value("第一个窗口的批示")
    expect(page.get_by_role("group", name="上次没有提交的批示")).to_contain_text("第二个窗口的批示")
    assert kept(page) == ["第二个窗口的批示"]
    page.get_by_role("button", name="不要了").click()
    assert kept(page) == []


def test_words_sent_into_a_dead_network_are_kept(people: People, calm_page_of: Any, complaints: Any) -> None:
    minutes = make.audited(people)
    address = f"/minutes/{minutes.pk}/sign/"
    page = calm_page_of(people.convener)
    page.goto(address)
    page.get_by_label("批示").fill("第二项再核")
    page.context.set_offline(True)
    page.get_by_role("button", name="退回修改").click()
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)
    page.goto(f"/minutes/{minutes.pk}/")  # it still waits for his signature: nothing of it has arrived
    page.goto(address)
    page.get_by_role("button", name="恢复").click()
    page.get_by_role("button", name="退回修改").click()
    page.wait_for_url(f"**/minutes/{minutes.pk}/")
    assert Minutes.objects.get(pk=minutes.pk).state == "settling"
    wait_until(lambda: kept(page) == [], "the words to go")
    complaints.heard[:] = [
        line for line in complaints.heard if "ERR_INTERNET" not in line and "htmx" not in line
    ]


def test_the_opinion_on_a_correction_is_kept_too(people: People, calm_page_of: Any) -> None:
    case = agreed(people, case_of(people, make.issued(people), due_on=LATER))
    address = case.get_absolute_url()
    page = calm_page_of(people.convener, phone=True)
    page.goto(address)
    page.get_by_label("批示").fill("同意，通知各单位换文")
    page = reopened(page, address)
    page.get_by_role("button", name="恢复").click()
    page.get_by_role("button", name="同意更正").click()
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("已批准更正")).to_be_visible()
    case.refresh_from_db()
    assert (case.state, case.opinion) == ("approved", "同意，通知各单位换文")
    wait_until(lambda: kept(page) == [], "the words to go")
