"""通报 and 信息通报 in the browser: made, approved, issued, signed for; sent in, issued, opened by another unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from apps.bulletins.models import Bulletin, Information
from apps.common.calendar_import import from_package, put_days
from apps.documents import making
from apps.minutes.importing import import_meetings
from tests.factories.people import People
from tests.support.worlds import world

from .manners import axe_finds_nothing, fits_at_150, reach
from .stage import field, follow, press, shows, told

DAY = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(DAY):
        yield


@pytest.fixture
def page_of(page_of: Any) -> Iterator[Any]:
    """The windows of a test; each is left in peace, its requests answered, before the tables are emptied."""
    opened: list[Page] = []

    def open_page(*args: Any, **kwargs: Any) -> Page:
        opened.append(page_of(*args, **kwargs))
        return opened[-1]

    yield open_page
    for page in opened:
        page.goto("about:blank")  # a page that waits for its pictures asks without end
        page.wait_for_timeout(300)


@pytest.fixture
def past(people: People, settings: Any) -> People:
    """The sample meetings are on record, the days of 2026 known, and everybody of the story has an account."""
    world("days-of-2026", lambda: put_days(from_package(range(2026, 2027)), by=None))
    world("past", lambda: import_meetings(settings.FIXTURES / "sample_meetings.yaml", by=None))
    for user in (people.office, people.director, people.liaison("jiaoyuju"), people.liaison("zhujianju")):
        assert user.is_active
    return people


def clean(page: Page, heading: str) -> None:
    """The page with this heading has come whole, and axe finds nothing on it at either size."""
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    page.wait_for_load_state("load")
    axe_finds_nothing(page)


def made_and_clean(page: Page) -> None:
    """The pictures are there, axe finds nothing at either size, nothing is cut off at 150 %."""
    making.make_due()
    page.reload()
    axe_finds_nothing(page)
    fits_at_150(page)


def draft(office: Page) -> Bulletin:
    """The office takes the figures of 2026-11-23."""
    office.goto("/bulletins/")
    axe_finds_nothing(office)
    follow(office, "起草通报")
    clean(office, "起草通报")
    field(office, "期次").fill("2026年第四季度")
    field(office, "统计截止日").fill("2026-11-23")
    press(office, "取数并拟稿")
    told(office, "已取数并拟好初稿")
    return Bulletin.objects.get()


def edit(office: Page) -> None:
    """A wrong number is named; put right, the warning goes."""
    follow(office, "修改“总体情况”")
    clean(office, "修改“总体情况”")
    words = field(office, "文字")
    text = words.input_value()
    assert "共16项" in text
    words.fill(text.replace("共16项", "共15项"))
    press(office, "保存")
    shows(office, "文字有下列情况，请核对", "“共15项”与取数不一致：取数为16项。")
    follow(office, "修改“总体情况”")
    field(office, "文字").fill(text + "\n总体进展平稳。")
    press(office, "保存")
    expect(office.locator("#numbers")).to_have_count(0)


def test_a_bulletin_from_its_figures_to_a_units_receipt(past: People, page_of: Any, complaints: Any) -> None:
    office = page_of(past.office)
    bulletin = draft(office)
    shows(office, "16 项", "市教育局牵头，已超过时限16个工作日")
    edit(office)
    made_and_clean(office)
    press(office, "送审批")
    told(office, "已送审批")

    director = page_of(past.director, phone=True)
    director.goto("/")
    director.get_by_role("link", name="关于2026年第四季度议定事项进展情况的通报").first.click()
    shows(director, "送您审批")
    made_and_clean(director)
    expect(director.locator("[data-swipe] img").first).to_be_visible()
    press(director, "退回修改")
    shows(director, "退回修改须写明理由。")
    complaints.expect("422")
    reach(director, "批准")
    press(director, "批准")
    told(director, "已批准，请办公室编号印发")

    office.reload()
    follow(office, "编号成文")
    clean(office, "编号成文")
    press(office, "编号成文")
    shows(office, "文件正在排版", "通报〔2026〕1号", "市总工会")
    expect(office.locator("#issue-verb button")).to_have_attribute("aria-disabled", "true")
    axe_finds_nothing(office)
    making.make_due()
    expect(office.locator("#why-not")).to_have_count(0)  # the word goes and the button comes, nobody reloads
    press(office, "印发")
    told(office, "已印发")
    shows(office, "未签收 16 份")
    made_and_clean(office)

    unit = page_of(past.liaison("jiaoyuju"), phone=True)
    unit.goto("/")
    unit.get_by_role("link", name="关于2026年第四季度议定事项进展情况的通报").first.click()
    shows(unit, "签收情况")
    made_and_clean(unit)
    press(unit, "签收")
    told(unit, "已签收。")
    shows(unit, "已签收（市教育局经办人A）")
    office.reload()
    shows(office, "未签收 15 份")
    office.get_by_role("button", name="催签（15个单位）").click()
    told(office, "已催签 1 份")
    shows(office, "今天已经催过")
    bulletin.refresh_from_db()
    assert (bulletin.state, bulletin.paper is not None) == ("issued", True)
    assert "总体进展平稳。" in bulletin.paper.text  # type: ignore[union-attr]


def test_information_of_a_unit_is_issued_and_another_opens_it(
    past: People, page_of: Any, complaints: Any
) -> None:
    sender = page_of(past.liaison("zhujianju"), phone=True)
    sender.goto("/bulletins/informations/")
    axe_finds_nothing(sender)
    follow(sender, "报送信息")
    clean(sender, "报送信息")
    fits_at_150(sender)
    field(sender, "内容").fill("高噪声岗位配备护耳器。")
    press(sender, "提交")
    shows(sender, "这个字段是必填项。")
    complaints.expect("422")
    expect(field(sender, "内容")).to_have_value("高噪声岗位配备护耳器。")
    field(sender, "标题").fill("建筑工地噪声危害防护提示")
    press(sender, "提交")
    told(sender, "已报送联席会议办公室")

    office = page_of(past.office)
    office.goto("/")
    office.get_by_role("link", name="信息通报：建筑工地噪声危害防护提示").first.click()
    shows(office, "高噪声岗位配备护耳器。")
    made_and_clean(office)
    follow(office, "审核印发")
    expect(office.get_by_role("heading", level=1, name="审核印发")).to_be_visible()
    made_and_clean(office)
    press(office, "编号并印发")
    told(office, "已印发")
    shows(office, "未签收 15 份", "信息〔2026〕1号")

    reader = page_of(past.liaison("jiaoyuju"), phone=True)
    reader.goto("/")
    reader.get_by_role("link", name="信息通报：建筑工地噪声危害防护提示").first.click()
    shows(reader, "高噪声岗位配备护耳器。", "已签收（市教育局经办人A）")
    made_and_clean(reader)
    office.reload()
    shows(office, "未签收 14 份")
    axe_finds_nothing(office)
    assert Information.objects.get().state == "issued"
