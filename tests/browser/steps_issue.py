"""Step 6: 签发 on a phone, 复核, 编号, 印发, 抄报, 归档 with C12."""

from __future__ import annotations

from datetime import date
from typing import Any

import pdfplumber
from playwright.sync_api import expect

from apps.action_items.models import ActionItem
from apps.documents.making import file_of
from apps.minutes.enums import MinutesState
from tests.factories.people import PASSWORD

from .stage import confirm, fill, follow, press, refused, shows, told
from .stage import field as control
from .walk import Walk, press_past

# --- 6. 签发 to 归档 --------------------------------------------------------


def the_convener_signs_on_a_phone(walk: Walk) -> None:
    """One page, the counts, the pages of the paper; signing asks for the password again."""
    stage = walk.stage
    stage.on("2026-04-08 21:00")
    page = stage.todo(walk.people.convener, "签发", phone=True)
    shows(page, "与会单位都已同意现在的文字")
    stage.shot(page, "sign")
    press(page, "同意签发")
    expect(page.get_by_role("heading", level=1)).to_have_text("请再次确认身份")
    stage.shot(page, "sign-password")
    page.locator("#id_password").fill(PASSWORD)
    press(page, "确认")
    stage.shot(page, "sign-after-password")
    if walk.minutes.state == MinutesState.SIGNING:
        press(page, "同意签发")
    told(page, "已签发")
    stage.shot(page, "signed")
    assert walk.minutes.signed_on == date(2026, 4, 8)


def the_office_checks_and_numbers(walk: Walk) -> None:
    """复核, then 〔2026〕1号 and the frozen PDF, whose words are read from the file itself."""
    stage = walk.stage
    stage.on("2026-04-08 21:30")
    page = stage.todo(walk.people.office, "复核")
    stage.shot(page, "check")
    press(page, "复核通过")
    shows(page, "待编号")
    follow(page, "编号成文")
    fill(page, 印发日期="2026-04-09")
    stage.shot(page, "number")
    press(page, "编号成文")
    told(page, "已编为〔2026〕1号，正式文件已存档")
    stage.shot(page, "issue-too-early")
    shows(page, "版记上的印发日期是2026年4月9日，还没有到")
    follow(page, "看正式文件")
    stage.shot(page, "paper")
    with page.expect_download() as download:
        follow(page, "下载 PDF")
    words = _words_of(download.value.path())
    for part in _printed(walk):
        assert part in words, part


def _words_of(file: Any) -> str:
    """Every character of a PDF in reading order, without spaces."""
    with pdfplumber.open(file) as pdf:
        return "".join("".join((page.extract_text() or "").split()) for page in pdf.pages)


def _printed(walk: Walk) -> list[str]:
    """What the paper must say: number, dates, the nine resolutions with units and deadlines, names, 版记."""
    rows = [f"（{'一二三四五六七八九'[n]}）{row['text'][:12]}" for n, row in enumerate(walk.m1["items"])]
    return [
        "泉州市职业病防治工作联席会议纪要", "〔2026〕1号", "2026年4月8日", "抄报：市人民政府", "发送：各成员单位", "2026年4月9日印发",
        "牵头单位：市工信局、市发改委", "完成时限：2026年9月30日前", *rows, "叶一帆",
    ]  # fmt: skip


def the_office_issues_it(walk: Walk) -> None:
    """印发 on the day printed: by mail where the channel is mail, and the items open."""
    stage = walk.stage
    stage.on("2026-04-09 09:00")
    walk.worker.beat("dispatch.sweep")  # mails of that evening waited for a morning
    walk.mailbox.new()
    page = stage.todo(walk.people.office, "印发")
    shows(page, "市人民政府（电子公文交换）", f"{walk.name('fagaiwei')}（电子邮件）")
    stage.shot(page, "issue")
    press(page, "印发并交办")
    told(page, "已印发，议定事项已交办")
    stage.shot(page, "issued")
    papers = [mail for mail in walk.mailbox.new() if mail.message.is_multipart()]
    assert sorted(mail.recipients[0] for mail in papers) == sorted(MAILED.values())
    for mail in papers:
        (attachment,) = mail.message.iter_attachments()
        assert attachment.get_content() == file_of(walk.paper)
    assert ActionItem.objects.count() == 9


# Unit → its address for papers; the others read in the portal.
MAILED = {"fagaiwei": "wenjian-fagaiwei@portal.test", "zonggonghui": "wenjian-zonggonghui@portal.test"}


def the_administrator_sets_who_gets_papers_by_mail(walk: Walk) -> None:
    stage = walk.stage
    page = stage.home(walk.people.sysadmin)
    follow(page.get_by_role("navigation", name="主导航"), "管理")
    follow(page.get_by_role("main"), "收文单位", exact=False)
    for code, address in MAILED.items():
        follow(page.get_by_role("row").filter(has_text=walk.name(code)), "修改")
        control(page, "送达方式").select_option(label="电子邮件")
        fill(page, 邮箱=address)
        press(page, "保存")
    stage.shot(page, "recipients")
    press(page.get_by_role("row").filter(has_text=walk.name("fagaiwei")), "发送测试邮件")
    assert [mail.recipients for mail in walk.mailbox.new()] == [[MAILED["fagaiwei"]]]


def a_unit_receives_it(walk: Walk) -> None:
    """A unit finds the issued paper, opens the PDF and signs for it in the portal."""
    page = walk.stage.home(walk.people.liaison("jiaoyuju"))
    follow(page.get_by_role("navigation", name="主导航"), "纪要")
    follow(page.get_by_role("main"), walk.minutes.title)
    shows(page, "〔2026〕1号", "已印发")
    press(page, "签收")
    shows(page, "系统内签收")
    walk.stage.shot(page, "unit-issued")


def archiving_waits_for_the_report_to_the_government(walk: Walk) -> None:
    """C12: refused until 抄报 is registered with date and receiver; then it works."""
    stage = walk.stage
    page = stage.window(walk.people.office)
    page.goto(walk.minutes.get_absolute_url())
    refused(page, "归档", "抄报还没有完成")
    assert "抄报还没有完成" in press_past(page, "archive")
    assert walk.minutes.state == MinutesState.ISSUED
    follow(page.get_by_role("row").filter(has_text="市人民政府"), "登记")
    fill(page, 送出日期="2026-04-09", 签收日期="2026-04-09", 签收人="市政府办公室文电科")
    stage.shot(page, "register-report")
    press(page, "登记")
    page.goto(walk.minutes.get_absolute_url())
    confirm(page, "归档")
    shows(page, "已归档")
    stage.shot(page, "archived")
