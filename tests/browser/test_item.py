"""An item from the unit's phone to the convener's: a report in a minute, 无新进展 in one tap, 延期, words that are kept."""

import os
import re
import time
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from apps.action_items import services
from apps.action_items.models import ActionItem, Extension, ProgressReport
from apps.action_items.services import Given, Progress, Proposed
from apps.documents import making
from apps.roster.selectors import today
from tests.action_items.test_services import make
from tests.browser.manners import axe_finds_nothing, fits_at_150, give_password
from tests.factories.people import People

SHOTS = os.environ.get("ITEM_SHOTS", "")  # a folder: keeps a picture of every page
DUE = today() + timedelta(days=20)


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def an_item(people: People, *leads: str) -> ActionItem:
    item = make(people, *(leads or ("jiaoyuju",)), due_on=DUE)
    services.sign_for(item, by=people.liaison("jiaoyuju"))
    return ActionItem.objects.get(pk=item.pk)


def sound(page: Page, name: str) -> None:
    """Nothing axe finds at both sizes, nothing too wide at 150 %, a picture where wanted."""
    page.wait_for_load_state()  # a click may have led here a moment ago
    shot(page, name)
    axe_finds_nothing(page)
    fits_at_150(page)


def test_a_report_on_a_phone_within_a_minute_and_one_tap_for_nothing_new(
    people: People, page_of: Any
) -> None:
    item = an_item(people)
    said = Progress(text="制度已起草，正在征求学校意见。", next_step="下月印发")
    services.report(item, said, unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju"))
    page = page_of(people.liaison("jiaoyuju"), phone=True)
    began = time.monotonic()
    page.goto(item.get_absolute_url())
    page.get_by_role("link", name="报进展").click()
    expect(page.get_by_label("进展情况")).to_have_value("制度已起草，正在征求学校意见。")
    send = page.get_by_role("button", name="报送", exact=True)
    box = send.bounding_box()
    assert box["height"] >= 44
    assert box["y"] + box["height"] <= 845  # it stays in reach of the thumb
    page.get_by_label("进展情况").fill("制度已印发，正在组织培训。")
    send.click()
    expect(page.get_by_text("进展已报送。")).to_be_visible()
    assert time.monotonic() - began < 60
    page.get_by_role("link", name="报进展").click()
    expect(page.get_by_label("需要什么支持")).to_be_hidden()
    sound(page, "report-phone")
    tap = page.get_by_role("button", name="正在等上级文件或批复")
    assert tap.bounding_box()["height"] >= 44
    tap.click()
    expect(page.get_by_text("已报送：本期无新进展。")).to_be_visible()
    assert [row.nothing_new for row in ProgressReport.objects.order_by("pk")] == [False, False, True]
    sound(page, "item-phone")


def test_what_is_needed_is_asked_only_of_a_blocked_item(people: People, page_of: Any) -> None:
    item = an_item(people)
    page = page_of(people.liaison("jiaoyuju"))
    page.goto(f"{item.get_absolute_url()}report/")
    need = page.get_by_label("需要什么支持")
    expect(need).to_be_hidden()
    page.get_by_label("受阻", exact=True).check()
    expect(need).to_be_visible()
    page.get_by_label("进展情况").fill("台账未建立")
    page.get_by_label("存在问题").fill("缺企业名单")
    need.fill("请提供企业名单")
    page.get_by_label("需要哪个单位支持").select_option(label="市工信局")
    sound(page, "report-blocked")
    page.get_by_role("button", name="报送", exact=True).click()
    expect(page.get_by_text("需要市工信局支持：")).to_have_count(2)  # in the box and in the report
    sound(page, "item-blocked")
    other = page_of(people.liaison("gongxinju"), phone=True)
    other.goto("/")
    other.get_by_role("link", name="答复支持").first.click()
    expect(other.get_by_text("请提供企业名单")).to_be_visible()
    sound(other, "answer-phone")


def test_an_extension_from_the_unit_to_the_conveners_phone(people: People, page_of: Any) -> None:
    item = an_item(people)
    later = DUE + timedelta(days=60)
    unit = page_of(people.liaison("jiaoyuju"), phone=True)
    unit.goto(item.get_absolute_url())
    unit.get_by_role("link", name="申请延期").click()
    unit.get_by_label("申请延至").fill(later.isoformat())
    unit.get_by_label("理由").fill("与另一项目合并实施")
    sound(unit, "extend-phone")
    unit.get_by_role("button", name="提交申请").click()
    expect(unit.get_by_text("延期申请已提交")).to_be_visible()
    row = Extension.objects.get()
    office = page_of(people.office)
    office.goto(row.get_absolute_url())
    sound(office, "extension-office")
    office.get_by_role("button", name="审核通过").click()
    give_password(office)
    expect(office.get_by_text("已审核，送召集人批准。")).to_be_visible()
    convener = page_of(people.convener, phone=True)
    convener.goto("/")
    convener.get_by_role("link", name="批准延期").first.click()
    agree = convener.get_by_role("button", name="同意延期")
    expect(agree).to_be_visible()
    sound(convener, "extension-convener-phone")
    box = agree.bounding_box()
    assert box["height"] >= 44
    assert box["y"] + box["height"] <= 845
    agree.click()
    give_password(convener)
    expect(convener.get_by_text("已同意延期")).to_be_visible()
    item.refresh_from_db()
    assert (item.current_due, item.times_extended) == (later, 1)
    unit.goto(item.get_absolute_url())
    expect(unit.get_by_text(re.compile("经同意延期1次"))).to_be_visible()
    sound(unit, "item-extended-phone")


def test_sending_back_without_a_word_says_so_beside_the_field(
    people: People, page_of: Any, complaints: Any
) -> None:
    item = an_item(people)
    given = services.Asked("x", DUE + timedelta(days=30))
    row = services.ask_extension(item, given, unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju"))
    page = page_of(people.office)
    page.goto(row.get_absolute_url())
    page.get_by_role("button", name="退回").click()
    expect(page.get_by_text("请写明退回的理由。", exact=True)).to_be_visible()
    complaints.expect("422")
    sound(page, "extension-returned")


def test_words_outlive_a_session_that_ran_out(people: People, page_of: Any) -> None:
    item = an_item(people)
    page = page_of(people.liaison("jiaoyuju"))
    page.goto(f"{item.get_absolute_url()}report/")
    page.get_by_label("进展情况").fill("写了很久的进展")
    cookies = [cookie for cookie in page.context.cookies() if cookie["name"] == "sessionid"]
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="报送", exact=True).click()
    expect(page).to_have_url(re.compile("login"))
    page.context.add_cookies(cookies)
    page.goto(f"{item.get_absolute_url()}report/")
    expect(page.get_by_text("本机还留着您没有提交的内容")).to_be_visible()
    sound(page, "report-kept")
    page.get_by_role("button", name="恢复这些内容").click()
    expect(page.get_by_label("进展情况")).to_have_value("写了很久的进展")
    page.get_by_role("button", name="报送", exact=True).click()
    expect(page.get_by_text("进展已报送。")).to_be_visible()
    page.goto(f"{item.get_absolute_url()}report/")
    expect(page.get_by_text("已带出")).to_be_visible()
    expect(page.get_by_text("本机还留着您没有提交的内容")).to_be_hidden()


def test_a_merger_a_directive_and_the_pack(people: People, page_of: Any, complaints: Any) -> None:
    item, heir = an_item(people), make(people, "kejiju", due_on=DUE)
    services.direct(item, Given("请抓紧办理", "市政府×××", date(2026, 1, 5)), by=people.office)
    office = page_of(people.office)
    office.goto(f"{item.get_absolute_url()}end/")
    sound(office, "end")
    office.get_by_label("合并").check()
    office.get_by_label("并入哪个事项").select_option(str(heir.pk))
    office.get_by_label("理由").fill("内容相同")
    office.get_by_role("button", name="下一步").click()
    expect(office.get_by_text("不在并入的事项里")).to_be_visible()
    sound(office, "merge")
    office.get_by_role("button", name="报召集人批准").click()
    convener = page_of(people.convener, phone=True)
    convener.goto(office.url)
    sound(convener, "ending-convener-phone")
    here = convener.url
    convener.get_by_role("button", name="不同意", exact=True).click()
    give_password(convener)
    convener.wait_for_url(
        here
    )  # what was not accepted is back on its own page, not under the password's address
    expect(convener.get_by_role("alert")).to_contain_text("理由")
    complaints.expect("422")
    convener.get_by_role("button", name="同意", exact=True).click()
    expect(convener.get_by_text("已合并").first).to_be_visible()
    sound(convener, "item-merged-phone")
    office.goto(f"{item.get_absolute_url()}evidence/")
    expect(office.get_by_text("正在排版")).to_be_visible()
    making.make_due()
    expect(
        office.get_by_role("link", name="下载档案（ZIP）")
    ).to_be_visible()  # the page asked again by itself
    sound(office, "evidence")
    with office.expect_download() as got:
        office.get_by_role("link", name="下载档案（ZIP）").click()
    assert got.value.suggested_filename == "〔2026〕1号第1项议定事项档案.zip"


def test_the_directive_and_the_paper_decision_forms(people: People, page_of: Any) -> None:
    item = an_item(people)
    convener = page_of(people.convener, phone=True)
    convener.goto(item.get_absolute_url())
    convener.get_by_role("link", name="批示").click()
    convener.get_by_label("批示内容").fill("请教育局限期完成")
    sound(convener, "direct-phone")
    convener.get_by_role("button", name="保存").click()
    give_password(convener)
    expect(convener.get_by_text("请教育局限期完成").first).to_be_visible()
    row = services.propose_ending(item, Proposed("terminate", "上级另有安排"), by=people.office)
    office = page_of(people.office)
    office.goto(f"{row.get_absolute_url()}register/")
    sound(office, "register")
