"""The convener with one thumb: reads the pages by swiping, sees what changed, puts words aside, sends back, signs."""

import re
from typing import Any

from playwright.sync_api import expect

from apps.documents import making
from apps.minutes import services
from apps.minutes.models import Endorsement
from tests.browser.manners import axe_finds_nothing, fits_at_150, reach
from tests.factories.people import PASSWORD, People
from tests.minutes import make


def open_page(page: Any, address: str) -> None:
    """Open a page whose pictures are made meanwhile."""
    page.goto(address)
    making.make_due()
    page.reload()


def test_reads_puts_aside_and_signs_on_a_phone(people: People, page_of: Any) -> None:
    minutes = make.audited(people)
    page = page_of(people.convener, phone=True)
    open_page(page, f"/minutes/{minutes.pk}/sign/")
    picture = page.locator("[data-swipe] img").first
    expect(picture).to_be_visible()
    assert picture.bounding_box()["width"] >= 380  # the whole width of the phone
    expect(page.locator("[data-swipe-count]")).to_have_text(re.compile("^第1页，共"))
    bar = page.locator(".decide").bounding_box()
    assert bar["y"] + bar["height"] <= 845
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    axe_finds_nothing(page)
    fits_at_150(page)
    page.get_by_label("批示").fill("同意，请抓紧")
    page.get_by_role("button", name="暂存").click()
    expect(page.get_by_label("批示")).to_have_value("同意，请抓紧")
    page.get_by_role("button", name="同意签发").click()
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/minutes/{minutes.pk}/")
    assert Endorsement.objects.get(minutes=minutes, step="sign").opinion == "同意，请抓紧"


def test_sending_back_without_words_loses_nothing(people: People, page_of: Any, complaints: Any) -> None:
    minutes = make.audited(people)
    page = page_of(people.convener)
    open_page(page, f"/minutes/{minutes.pk}/sign/")
    reach(page, "退回修改")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("请在“批示”里写明理由")
    complaints.expect("422")
    page.get_by_label("批示").fill("第二项再核")
    page.get_by_role("button", name="退回修改").click()
    page.wait_for_url(f"**/minutes/{minutes.pk}/")
    minutes.refresh_from_db()
    assert minutes.state == "settling"


def test_a_correction_from_its_reason_to_the_approval(people: People, page_of: Any) -> None:
    minutes = make.issued(people)
    office = page_of(people.office)
    office.goto(f"/minutes/{minutes.pk}/correct/")
    office.get_by_label("更正原因").fill("标点有误")
    office.get_by_role("button", name="开始拟定").click()
    office.get_by_role("link", name=re.compile("^更正第（一）项")).click()
    office.get_by_label("文字").fill("做好规划，衔接")
    office.get_by_role("button", name="保存").click()
    expect(office.get_by_text("错漏，不须重新征求意见")).to_be_visible()
    making.make_due()
    office.reload()
    axe_finds_nothing(office)
    fits_at_150(office)
    office.get_by_role("button", name="送批").click()
    case = services.correcting.CorrectionCase.objects.get()
    assert case.state == "signing"
    page = page_of(people.convener, phone=True)
    page.goto(case.get_absolute_url())
    page.get_by_role("button", name="同意更正").click()
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("已批准更正")).to_be_visible()
    case.refresh_from_db()
    assert case.state == "approved"


def test_stopping_and_the_list(people: People, page_of: Any) -> None:
    minutes = make.issued(people)
    page = page_of(people.convener, phone=True)
    page.goto(f"/minutes/{minutes.pk}/stop/")
    axe_finds_nothing(page)
    page.get_by_label("停止使用的原因").fill("议定事项有误")
    page.get_by_role("button", name="停止使用").click()
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/minutes/{minutes.pk}/retrieval/")
    axe_finds_nothing(page)
    fits_at_150(page)
    minutes.refresh_from_db()
    assert minutes.state == "stopped"
