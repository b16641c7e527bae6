"""Lamp rules with a preview, reminder rules, rehearsal, the ladder and the letters: by their pages, at both sizes."""

import re
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import expect

from apps.action_items.models import Prompt
from apps.common import settings_rows
from apps.reminders.models import ReminderRule
from apps.roster.selectors import today
from tests.action_items.test_services import make
from tests.factories.people import People

from .manners import axe_finds_nothing, fits_at_150, give_password, reach


def well_mannered(page: Any) -> None:
    axe_finds_nothing(page)
    fits_at_150(page)


def items_of(people: People) -> None:
    """One overdue, one soon due, one far off; a recurring one that missed its day."""
    day = today()
    make(people, "jiaoyuju", due_on=day - timedelta(days=9), opened_on=day - timedelta(days=100))
    make(people, "kejiju", due_on=day + timedelta(days=20), opened_on=day - timedelta(days=3))
    make(people, "minzhengju", due_on=day + timedelta(days=200), opened_on=day - timedelta(days=3))
    make(people, "caizhengju", due_on=None, recurrence="每月5日前", opened_on=date(day.year - 1, 1, 8))


def test_administrator_sets_the_rules(page_of: Any, people: People) -> None:
    items_of(people)
    page = page_of(people.sysadmin)
    page.goto("/items/rules/")
    well_mannered(page)
    page.get_by_role("spinbutton", name="黄灯工作日 必填", exact=True).fill("40")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("灯色会改变的事项（1项）")).to_be_visible()
    expect(page.get_by_role("row", name="〔2026〕1号-2")).to_contain_text("市科技局")
    assert settings_rows.value("yellow_days") == 10
    well_mannered(page)
    reach(page, "确认修改")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已修改1项灯色规则")).to_be_visible()
    assert settings_rows.value("yellow_days") == 40
    page.goto("/reminders/rules/")
    well_mannered(page)
    page.get_by_label("议定事项到期到期前的工作日").fill("5")
    page.get_by_role("button", name="保存规则").click()
    expect(page.get_by_text("已修改1条提醒规则。")).to_be_visible()
    assert list(ReminderRule.objects.values_list("matter", "phase", "workdays")) == [
        ("item_due", "before", 5)
    ]
    page.get_by_role("link", name="演练").click()
    expect(page.get_by_role("heading", name="提醒演练")).to_be_visible()
    well_mannered(page)


def test_office_chases_and_climbs(page_of: Any, people: People) -> None:
    items_of(people)
    people.liaison("jiaoyuju")
    page = page_of(people.office)
    page.goto("/reminders/ladder/")
    expect(page.get_by_text("超期、漏报的事项（2项）")).to_be_visible()
    well_mannered(page)
    chase = page.get_by_role("button", name="催办所选")
    expect(chase).to_be_disabled()  # nothing is ticked
    page.get_by_label("选择〔2026〕1号第1项").check()
    chase.click()
    expect(page.get_by_text("催办所选的 1 项？")).to_be_visible()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_text("已催办1项，告知1人。")).to_be_visible()
    row = page.get_by_role("row", name="选择〔2026〕1号第1项")
    expect(row.get_by_text("今天已催办，明天可升级")).to_be_visible()
    expect(row.get_by_role("button", name="升级到经办人")).to_be_disabled()
    Prompt.objects.update(on=today() - timedelta(days=1))  # the next day
    page.reload()
    row.get_by_text("升级到经办人").click()
    row.get_by_role("button", name="确认").click()
    expect(page.get_by_text("已升级到“经办人”。已告知市教育局经办人A。")).to_be_visible()
    expect(row.get_by_role("button", name="升级到联席会议成员")).to_be_disabled()
    assert list(Prompt.objects.order_by("id").values_list("rung", flat=True)) == ["chase", "liaison"]
    page.get_by_role("link", name="催办函").click()
    expect(page.get_by_role("heading", name="市教育局（1项：超期1项）")).to_be_visible()
    well_mannered(page)
    page.get_by_role("button", name="复制给市教育局的文字").click()
    expect(page.get_by_text("已复制")).to_be_visible()
    page.get_by_label("选择市教育局").check()
    page.get_by_role("button", name="给所选单位发函").click()
    expect(page.get_by_role("heading", name="市教育局（1项：超期1项）")).to_be_visible()
    well_mannered(page)
    page.get_by_role("button", name="编号并发函").click()
    give_password(page)
    expect(page.get_by_text(re.compile("已发催办函：市教育局（催办〔20..〕1号）"))).to_be_visible()
    well_mannered(page)
    unit = page_of(people.liaison("jiaoyuju"), phone=True)
    unit.goto("/")
    line = unit.get_by_role("listitem").filter(has_text="关于催办联席会议议定事项的函")
    line.get_by_role("link", name="签收").click()
    unit.get_by_role("button", name="签收").click()
    expect(unit.get_by_text("已签收：关于催办联席会议议定事项的函。")).to_be_visible()
