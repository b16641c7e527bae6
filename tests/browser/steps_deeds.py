"""Steps 7 to 9: the items until they are closed, what beat says about them, and the history of it all."""

from __future__ import annotations

import json
import re
from io import StringIO

from django.core.management import call_command
from playwright.sync_api import expect

from apps.action_items.models import ActionItem

from .stage import confirm, fill, follow, press, shows, told
from .walk import Walk

# --- 7. Deeds ---------------------------------------------------------------


def a_lead_unit_signs_for_and_reports(walk: Walk) -> None:
    """On a phone, in a minute."""
    stage = walk.stage
    stage.on("2026-04-09 15:00")
    page = stage.todo(walk.people.liaison("gongxinju"), "信息共享", phone=True)
    stage.shot(page, "item")
    press(page, "签收")
    shows(page, "2026年4月9日签收")
    follow(page, "报进展")
    stage.shot(page, "report-form")
    fill(page, 进展情况="已会同市发改委起草信息共享工作流程。")
    press(page, "报送")
    told(page, "进展已报送")
    stage.shot(page, "reported")
    office = stage.todo(walk.people.office, "信息共享")
    press(office, "已阅")
    shows(office, "已会同市发改委起草信息共享工作流程。")


def beat_reminds_of_deadlines_once(walk: Walk) -> None:
    """Three working days before, and once after, to the lead unit only; none twice."""
    first, fifth = "〔2026〕1号第1项议定事项", "〔2026〕1号第5项议定事项"
    walk.stage.on("2026-04-10 08:30")
    walk.mailbox.new()
    for _again in range(2):
        walk.worker.beat("reminders.look")
    before = [f"4月15日到期：{first}", f"4月15日到期：定期报送：{fifth}"]
    assert _digests(walk) == [("liaison-weijianwei", before)]
    walk.stage.on("2026-04-14 08:30")
    walk.worker.beat("reminders.look")
    assert walk.mailbox.lines() == []
    walk.stage.on("2026-04-16 08:30")
    for _again in range(2):
        walk.worker.beat("reminders.look")
    after = [f"已超期：{first}", f"漏报：定期报送：{fifth}"]
    assert _digests(walk) == [("liaison-weijianwei", after)]


def _digests(walk: Walk) -> list[tuple[str, list[str]]]:
    """(to whom, the numbered lines) of each new mail."""
    return [
        (
            mail.recipients[0].partition("@")[0],
            re.findall(r"^\d+\. (.+)$", mail.message.get_content().replace("\r", ""), re.MULTILINE),
        )
        for mail in walk.mailbox.new()
    ]


def the_lead_asks_for_completion_and_is_returned_once(walk: Walk) -> None:
    stage = walk.stage
    stage.on("2026-06-25 10:00")
    _ask_close(walk, "工作流程已形成初稿。")
    page = stage.todo(walk.people.office, "信息共享")
    stage.shot(page, "closing")
    confirm(page.get_by_role("group", name="可办理的操作"), "退回", reason="请印发工作流程后再申请办结。")
    shows(page, "请印发工作流程后再申请办结。")
    stage.idle(walk.people.office, "信息共享")
    stage.on("2026-06-29 10:00")
    _ask_close(walk, "“三同时”信息共享工作流程已由两部门联合印发。")
    page = stage.todo(walk.people.office, "信息共享")
    follow(page, "办结")
    stage.shot(page, "close-form")
    press(page, "办结")
    told(page, "已办结")
    stage.shot(page, "closed")


def _ask_close(walk: Walk, words: str) -> None:
    page = walk.stage.window(walk.people.liaison("gongxinju"))
    page.goto(ActionItem.objects.get(seq=3).get_absolute_url())
    walk.stage.shot(page, "item-lead")
    follow(page, "申请办结")
    fill(page, 完成情况=words)
    press(page, "提交申请")
    told(page, "已申请办结")


def the_ledger_shows_the_lights(walk: Walk) -> None:
    """Lamps with words on the page; the same by command."""
    stage = walk.stage
    page = stage.home(walk.people.office)
    follow(page.get_by_role("navigation", name="主导航"), "督办台账")
    stage.shot(page, "ledger")
    for seq, words in LAMPS.items():
        expect(page.get_by_role("row").filter(has_text=f"〔2026〕1号-{seq}")).to_contain_text(words)
    out = StringIO()
    call_command("ledger", "--as-of", "2026-06-29", "--format", "json", stdout=out)
    assert {row["ref"]: row["light"] for row in json.loads(out.getvalue())} == {
        f"〔2026〕1号-{seq}": light for seq, light in enumerate(LIGHTS, 1)
    }


LAMPS = {1: "超期 50 天", 2: "剩 129 天", 3: "按期办结", 4: "超期 35 天", 5: "漏报", 7: "剩 67 天"}
LIGHTS = ["red", "green", "closed", "red", "yellow", "green", "green", "green", "green"]


# --- 9. History -------------------------------------------------------------


def every_step_is_readable(walk: Walk) -> None:
    """On the pages of the things themselves, and for the auditor; the chain of the journal is whole."""
    stage = walk.stage
    page = stage.window(walk.people.office)
    page.goto(walk.minutes.get_absolute_url())
    told_steps = page.get_by_role("list").filter(has_text="由会议记录生成草稿").locator("li strong")
    labels = told_steps.all_text_contents()[::-1]
    wanted = ["由会议记录生成草稿", "送核稿", "核稿通过", "征求意见", "催报", "结束征求意见", "再次征求意见", "结束征求意见", "送审核",
              "审核通过", "同意签发", "复核通过", "编号成文", "印发", "归档"]  # fmt: skip
    assert [label for label in labels if label in wanted] == wanted
    follow(page, "发文稿纸")
    stage.shot(page, "sheet")
    auditor = stage.home(walk.people.auditor)
    follow(auditor.get_by_role("navigation", name="主导航"), "管理")
    follow(auditor.get_by_role("main"), "审计", exact=False)
    press(auditor, "核验日志链")
    told(auditor, "日志链完好")
    stage.shot(auditor, "audit")
    call_command("verify_audit", stdout=StringIO())
