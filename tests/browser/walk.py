"""The steps of the walk: the charter's work from a unit's topic to the closed item, with the content of meeting M1.

Each step starts at somebody's home page, as people do. What the browser shows once need not be shown sixteen times:
the remaining units act through the services.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from io import StringIO
from typing import Any

import pdfplumber
import yaml
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Locator, Page, expect

from apps.action_items.models import ActionItem
from apps.documents.models import ArchivedPaper
from apps.documents.services import pdf_bytes
from apps.duties.models import Duty
from apps.meetings import services as meetings
from apps.meetings.enums import BlockKind, ReplyKind
from apps.meetings.models import AgendaItem, Invitation, Meeting
from apps.minutes import services as minutes
from apps.minutes.content import bare, lines_of
from apps.minutes.enums import MinutesState, PassageKind, Reply
from apps.minutes.models import Consent, Minutes, Passage
from apps.minutes.selectors import passages_of
from apps.roster.models import Unit
from tests.factories.people import PASSWORD, People

from .stage import Mailbox, Stage, Worker, confirm, fill, follow, press, refused, shows, told, unfold
from .stage import field as control

TOPIC = "研究职业健康“三同时”协调机制和信息通报机制运行事项"
NOTICE_NUMBER = "泉卫函〔2026〕12号"


@dataclass
class Walk:
    """Everything the steps share."""

    stage: Stage
    people: People
    mailbox: Mailbox
    worker: Worker
    notes: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def m1(self) -> dict[str, Any]:
        """Meeting M1 of the sample file."""
        with (settings.FIXTURES / "sample_meetings.yaml").open(encoding="utf-8") as file:
            found: dict[str, Any] = yaml.safe_load(file)["meetings"][0]
        return found

    @property
    def meeting(self) -> Meeting:
        """The meeting of this walk, as it is now."""
        return Meeting.objects.get()

    @property
    def minutes(self) -> Minutes:
        """The 纪要 of this walk, as it is now."""
        return Minutes.objects.select_related("meeting", "paper").get()

    @property
    def paper(self) -> ArchivedPaper:
        """The issued paper."""
        found = self.minutes.paper
        assert found is not None
        return found

    def consent(self, code: str) -> Consent:
        """A unit's answer sheet in the newest round that asked it."""
        rows = Consent.objects.filter(unit__code=code).select_related("circulation__minutes", "unit")
        return rows.order_by("-circulation__round")[0]

    def item(self, key: str) -> dict[str, Any]:
        """A resolution of M1 by the file's id."""
        found: dict[str, Any] = next(row for row in self.m1["items"] if row["id"] == key)
        return found

    def name(self, code: str) -> str:
        """A unit's short name."""
        return self.people.unit(code).short_name

    def invitation(self, code: str) -> Invitation:
        """A unit's invitation."""
        return Invitation.objects.select_related("meeting", "unit").get(unit__code=code)


# --- 1. Topic and plan ------------------------------------------------------


def a_unit_proposes_a_topic(walk: Walk) -> None:
    """C14: a unit asks the joint meeting to discuss something."""
    walk.stage.on("2026-03-10 09:00")
    page = walk.stage.home(walk.people.liaison("gongxinju"))
    follow(page.get_by_role("navigation", name="主导航"), "议题")
    follow(page.get_by_role("main"), "提出议题")
    walk.stage.shot(page, "topic-form")
    fill(page, 议题="研究“三同时”", 提请会议研究的事项="明确信息共享的口径和时限。")
    press(page, "提交")
    told(page, "议题已提交联席会议办公室")
    walk.stage.shot(page, "topic-proposed")


def the_office_returns_it_with_a_reason(walk: Walk) -> None:
    page = walk.stage.todo(walk.people.office, "提出议题")
    walk.stage.shot(page, "topic-office")
    confirm(page, "退回", reason="请写明需要会议决定的具体事项，并补充背景情况。")
    told(page, "议题已退回提出单位")


def the_unit_hands_it_in_again(walk: Walk) -> None:
    page = walk.stage.home(walk.people.liaison("gongxinju"))
    walk.stage.shot(page, "topic-returned-home")
    follow(page.get_by_role("navigation", name="主导航"), "议题")
    follow(page.get_by_role("main"), "研究“三同时”")
    shows(page, "请写明需要会议决定的具体事项")
    walk.stage.shot(page, "topic-returned")
    follow(page, "修改后重新提交")
    fill(page, 议题=TOPIC, 背景情况="建设项目信息分散在各部门，推送口径不一。")
    press(page, "提交")
    told(page, "议题已提交")


def the_office_accepts_it(walk: Walk) -> None:
    page = walk.stage.todo(walk.people.office, TOPIC)
    press(page, "受理")
    told(page, "议题已受理")


def the_office_plans_the_meeting(walk: Walk) -> None:
    """A new meeting with the agenda of M1; the accepted topic is taken onto it."""
    m1, stage = walk.m1, walk.stage
    stage.on("2026-03-12 10:00")
    page = stage.home(walk.people.office)
    follow(page.get_by_role("navigation", name="主导航"), "会议")
    page.get_by_role("main").get_by_role("link", name="筹备会议").first.click()
    fill(page, 会议名称=m1["title"], 地点=m1["place"], 会议目的="总结2025年工作，部署2026年工作。")
    fill(page, 开始时间="2026-03-26T15:00", 结束时间="2026-03-26T17:10")
    control(page, "列席单位（每行一个）").fill("\n".join(m1["attendance"]["observers"]))
    stage.shot(page, "meeting-form")
    press(page, "保存，编排议程")
    for row in m1["agenda"]:
        _add_to_the_agenda(walk, page, row)
    stage.shot(page, "agenda")
    follow(page, "完成，回到会议")
    confirm(page, "提交方案")
    shows(page, "方案待批")
    stage.shot(page, "plan-submitted")


def _add_to_the_agenda(walk: Walk, page: Page, row: dict[str, Any]) -> None:
    if row["topic"] == TOPIC:
        press(page.get_by_role("listitem").filter(has_text=TOPIC), "列入议程", exact=False)
        return
    unit = Unit.objects.filter(code=row["reporter"]).first()
    form = page.locator("form").filter(has=page.get_by_role("button", name="加入议程"))
    fill(form, 议题=row["topic"], 计划分钟=str(row["minutes"]))
    if unit:
        control(form, "汇报单位").select_option(label=unit.short_name)
    else:
        fill(form, 或其他汇报人=row["reporter"])
    press(form, "加入议程")
    shows(page, row["topic"])


def the_convener_approves_the_plan(walk: Walk) -> None:
    """On a phone."""
    walk.stage.on("2026-03-13 20:30")
    page = walk.stage.todo(walk.people.convener, "会议方案", phone=True)
    walk.stage.shot(page, "plan")
    confirm(page, "批准方案")
    shows(page, "方案已批")


# --- 2. Notice --------------------------------------------------------------


def the_office_issues_the_notice(walk: Walk) -> None:
    """The number is 市卫健委's own and typed in."""
    notice, stage = walk.m1["notice"], walk.stage
    stage.on("2026-03-17 09:00")
    walk.mailbox.new()
    page = stage.todo(walk.people.office, "方案已批")
    follow(page, "发出通知")
    stage.shot(page, "notify-empty")
    fill(page, 通知文号=NOTICE_NUMBER, 回执截止="2026-03-23T17:00", 材料报送截止="2026-03-23T17:00")
    fill(page, 联系人及电话=notice["contact"])
    control(page, "会议要求（每行一条）").fill("\n".join(notice["requirements"]))
    press(page, "发出通知")
    press(page.get_by_role("dialog"), "确定")
    shows(page, "已通知")
    stage.shot(page, "notified")
    told_units = {
        who for who, subject in walk.mailbox.lines() if subject == f"会议通知：{walk.meeting.title}"
    }
    assert told_units == {f"liaison-{unit.code}" for unit in Unit.objects.all()}


def units_reply(walk: Walk) -> None:
    """From 待办, each in a minute: one attends, one sends somebody else, one asks for leave; the rest by service."""
    stage, people = walk.stage, walk.people
    stage.on("2026-03-18 10:00")
    page = stage.todo(people.liaison("gongxinju"), "会议通知", phone=True)
    stage.shot(page, "reply")
    press(page, "参会")
    shows(page, "参会")
    stage.shot(page, "replied")
    page = stage.todo(people.liaison("kejiju"), "会议通知")
    form = unfold(page, "委派代会")
    stage.shot(page, "reply-substitute")
    fill(form, 代会人姓名="×××", 代会人职务="农村与社会发展科科长", 委派理由="因公（示例）")
    press(form, "提交代会")
    shows(page, "等待批准")
    page = stage.todo(people.liaison("shichangju"), "会议通知", phone=True)
    form = unfold(page, "请假")
    stage.shot(page, "reply-leave")
    fill(form, 请假理由="因公（示例）")
    press(form, "提交请假")
    shows(page, "请假", "因公（示例）")
    _read_only(walk, "caizhengju")
    silent = ("caizhengju", "minzhengju", "guoziwei")
    others = [row for row in Invitation.objects.filter(reply="") if row.unit.code not in silent]
    for row in others:
        meetings.reply(row, kind=ReplyKind.ATTEND, by=people.liaison(row.unit.code))


def _read_only(walk: Walk, code: str) -> None:
    """A unit opens its notice, and no more."""
    page = walk.stage.todo(walk.people.liaison(code), "会议通知")
    shows(page, "还没有回执", NOTICE_NUMBER)


def the_office_sees_who_read_and_who_answered(walk: Walk) -> None:
    stage = walk.stage
    stage.on("2026-03-19 09:30")
    page = stage.home(walk.people.office)
    follow(page.get_by_role("main"), walk.m1["title"])
    stage.shot(page, "board")
    rows = {
        code: page.get_by_role("row").filter(has=page.get_by_role("link", name=walk.name(code)))
        for code in SEEN
    }
    for code, words in SEEN.items():
        for one in words:
            expect(rows[code]).to_contain_text(one)


SEEN = {
    "gongxinju": ("参会", "工信局经办人A"),
    "kejiju": ("代会（待批准）", "×××"),
    "shichangju": ("请假", "因公"),
    "caizhengju": ("3月18日", "未回执"),
    "minzhengju": ("未读", "未回执"),
}


def it_enters_a_reply_on_behalf(walk: Walk) -> None:
    """市民政局 telephoned."""
    page = walk.stage.window(walk.people.office)
    follow(page.get_by_role("row").filter(has_text=walk.name("minzhengju")), "代录", exact=False)
    page.get_by_label("参会", exact=True).check()
    fill(page, 代录来源="3月19日电话，市民政局办公室")
    walk.stage.shot(page, "on-behalf")
    press(page, "保存代录")
    shows(page, "办公室代录：3月19日电话，市民政局办公室")


def it_chases_only_the_silent(walk: Walk) -> None:
    """催报: a mail to 市财政局 and 市国资委, to nobody else."""
    walk.mailbox.new()
    page = walk.stage.window(walk.people.office)
    confirm(page, "催报")
    shows(page, "已催报")
    title = f"请尽快填报会议回执：{walk.m1['title']}"
    assert walk.mailbox.lines() == [("liaison-caizhengju", title), ("liaison-guoziwei", title)]


def the_convener_agrees_to_the_substitute(walk: Walk) -> None:
    stage = walk.stage
    page = stage.todo(walk.people.convener, "委派代会", phone=True)
    stage.shot(page, "substitute")
    press(page, "同意代会")
    shows(page, "已同意")


def beat_reminds_before_the_reply_and_once_after(walk: Walk) -> None:
    """One mail before the deadline and one after, to those who still owe an answer, none twice."""
    title = f"会议回执：{walk.m1['title']}"
    walk.stage.on("2026-03-20 09:00")
    walk.worker.beat("reminders.look")
    walk.worker.beat("reminders.look")
    assert walk.mailbox.lines() == [
        (who, f"还有1个工作日到期：{title}") for who in ("liaison-caizhengju", "liaison-guoziwei")
    ]
    meetings.reply(walk.invitation("guoziwei"), kind=ReplyKind.ATTEND, by=walk.people.liaison("guoziwei"))
    walk.stage.on("2026-03-23 17:30")
    walk.worker.beat("reminders.look")
    walk.worker.beat("reminders.look")
    assert walk.mailbox.lines() == [("liaison-caizhengju", f"已超期：{title}")]
    late = meetings.reply(
        walk.invitation("caizhengju"), kind=ReplyKind.ATTEND, by=walk.people.liaison("caizhengju")
    )
    assert late.is_late


# --- 3. Meeting -------------------------------------------------------------


def the_staff_open_the_record_and_sign_people_in(walk: Walk) -> None:
    """15 of 17 are in the room, one of them a delegate; 市市场监管局 is on leave."""
    stage = walk.stage
    stage.on("2026-03-26 14:40")
    page = stage.todo(walk.people.office, "今日会议")
    stage.shot(page, "meeting-day")
    follow(page, "开始会议记录")
    expect(control(page, "主持人")).to_have_value("叶一帆")
    stage.shot(page, "start-recording")
    press(page, "打开会议记录")
    told(page, "会议记录已打开")
    follow(page, "去签到")
    stage.shot(page, "sign-in")
    for name in walk.m1["attendance"]["present"]:
        _tap(page, _spaced(name), "签到")
    _tap(page, "孙中虎", "代会签到")
    page.reload()
    shows(page, "应到 17 人，实到 16 人，与会单位 15 家")
    stage.shot(page, "signed-in")


def _tap(page: Page, name: str, button: str) -> None:
    """One tap a person; it has been taken when it can be taken back."""
    row = page.get_by_role("row").filter(has_text=name)
    press(row, button, exact=False)
    expect(row.get_by_role("button", name="撤销")).to_be_visible()


def _spaced(name: str) -> str:
    """A two-character name is set with a full-width space."""
    return f"{name[0]}　{name[1]}" if len(name) == 2 else name


def they_record_what_is_said_and_decided(walk: Walk) -> None:
    """Blocks that save themselves; three resolutions of M1 by hand, the other six by service."""
    stage = walk.stage
    stage.on("2026-03-26 15:20")
    page = stage.todo(walk.people.office, "今日会议")
    follow(page, "进入会议记录")
    follow(page.get_by_role("navigation", name="议程"), "三、", exact=False)
    speech = _add_block(page, "发言")
    speech.get_by_label("发言单位").select_option(label=walk.name("gongxinju"))
    _type(speech, walk.m1["discussion"][1]["text"])
    shot = _add_block(page, "议定事项")
    _type(shot, DECIDED_IN_THE_ROOM["M1-3"])
    stage.shot(page, "record")
    _decide(walk, page, shot, "M1-3")
    note = _add_block(page, "备注")
    _type(note, walk.m1["resolution_lead"].removesuffix("会议议定："))
    for number, key in ((2, "M1-2"), (2, "M1-5")):
        follow(page.get_by_role("navigation", name="议程"), f"{'一二三'[number - 1]}、", exact=False)
        block = _add_block(page, "议定事项")
        _type(block, DECIDED_IN_THE_ROOM.get(key, walk.item(key)["text"]))
        _decide(walk, page, block, key)
    stage.shot(page, "record-resolutions")
    stage.shot(_same_on_phone(walk, page), "record")


def _same_on_phone(walk: Walk, page: Page) -> Page:
    phone = walk.stage.window(walk.people.office, phone=True)
    phone.goto(page.url)
    return phone


# As the meeting put it; the units' comments change them later.
DECIDED_IN_THE_ROOM = {
    "M1-2": "由市发改委牵头，12月底前完成职业病防治规划目标任务与国民经济和社会发展规划的衔接",
    "M1-3": "由市工信局牵头，明确可能产生职业病危害建设项目信息共享的范围、口径和时限",
}


def _add_block(page: Page, kind: str) -> Locator:
    """The newest block of a kind."""
    before = page.get_by_role("article").count()
    press(page.get_by_role("region", name="当前议题"), kind, exact=False)
    expect(page.get_by_role("article")).to_have_count(before + 1)
    return page.get_by_role("article").last


def _type(block: Locator, words: str) -> None:
    block.locator("textarea").press_sequentially(words[:6])
    block.locator("textarea").fill(words)
    _saved(block)


def _saved(block: Locator) -> None:
    """It has saved itself."""
    expect(block.get_by_text("已保存")).to_be_visible()


def _decide(walk: Walk, page: Page, block: Locator, key: str) -> None:
    """Lead, support, deadline and duty clause of a resolution, as M1 has them; it saves itself."""
    row = walk.item(key)
    leads = ["gongxinju"] if key == "M1-3" else row["lead"]
    for place, code in enumerate(leads, 1):
        block.get_by_label(f"牵头单位{place}").select_option(label=walk.name(code))
    if row["due"]:
        block.get_by_label("完成时限").fill(row["due"])
    else:
        _standing_first(block)
        block.get_by_label("定期要求").fill(row["recurring"])
    block.get_by_text("配合单位", exact=True).click()
    if row["support"] == "all":
        block.get_by_label("全体成员单位").check()
    for code in () if row["support"] == "all" else row["support"]:
        block.get_by_label(walk.name(code), exact=True).check()
    _tick_duty(block, row["basis"][0])
    _saved(block)


def _standing_first(block: Locator) -> None:
    """长期坚持 is saved too; then the meeting wants it every quarter instead."""
    block.get_by_label("长期坚持").check()
    _saved(block)
    block.get_by_label("长期坚持").uncheck()


def _tick_duty(block: Locator, code: str) -> None:
    """The clause of the lead unit that the resolution rests on; the list follows the lead units."""
    clause = block.get_by_role("checkbox", name=Duty.objects.get(code=code).text)
    if not clause.is_visible():
        block.get_by_text("职责依据", exact=True).click()
    clause.check()


def the_rest_is_recorded(walk: Walk) -> None:
    """The other six resolutions of M1, by the services; what 市人社局 is to do is dated too early at first."""
    item = AgendaItem.objects.get(seq=2)
    for row in walk.m1["items"]:
        if row["id"] in ("M1-2", "M1-3", "M1-5"):
            continue
        block = meetings.add_block(item, kind=BlockKind.RESOLUTION, by=walk.people.office)
        named = [] if row["support"] == "all" else row["support"]
        meetings.save_block(
            block, version=block.version, text=row["text"], by=walk.people.office, all_support=row["support"] == "all",
            leads=[walk.people.unit(code) for code in row["lead"]], supports=[walk.people.unit(code) for code in named],
            due_on=EARLIER.get(row["id"]) or date.fromisoformat(row["due"]),
            duties=list(Duty.objects.filter(code__in=row["basis"])), in_principle=row["id"] == "M1-1",
        )  # fmt: skip


EARLIER = {"M1-7": date(2026, 6, 30)}


def closing_the_record_composes_the_draft(walk: Walk) -> None:
    """会议听取…, 会议指出…, 会议议定 (one passage a resolution); what the record lacks would be marked."""
    stage = walk.stage
    stage.on("2026-03-26 17:15")
    page = stage.todo(walk.people.office, "今日会议")
    follow(page, "进入会议记录")
    confirm(page, "结束记录，生成纪要草稿")
    expect(page.get_by_role("heading", level=1)).to_contain_text("纪要")
    stage.shot(page, "draft")
    shows(
        page,
        "2026年3月26日下午，联席会议召集人、市卫生健康委员会主任叶一帆在市卫健委第一会议室（示例）主持召开",
    )
    shows(page, "会议听取了", "会议指出，职业病防治工作涉及部门多", "牵头单位：市工信局；配合单位：")
    assert [line.seq for line in lines_of(passages_of(walk.minutes)) if line.seq] == list(range(1, 10))


# --- 4. 拟稿 and 核稿 -------------------------------------------------------


def the_office_edits_it_by_passage(walk: Walk) -> None:
    """Opening as M1 words it; the resolutions into M1's order; secrecy checked."""
    stage = walk.stage
    stage.on("2026-03-27 09:30")
    page = stage.todo(walk.people.office, "纪要")
    refused(page, "送核稿", "还没有作保密审查")
    opening = page.get_by_role("article", name="纪要文字").locator("div").filter(has_text="主持召开").last
    follow(opening, "修改")
    stage.shot(page, "passage")
    fill(page, 文字=walk.m1["opening"])
    press(page, "保存")
    told(page, "已保存")
    follow(page, "修改办文要素")
    page.get_by_label("已作保密审查").check()
    press(page, "保存")
    told(page, "办文要素已保存")
    _into_the_order_of_m1(walk)
    page.reload()
    stage.shot(page, "draft-edited")
    press(page, "送核稿")
    shows(page, "待核稿")


def _into_the_order_of_m1(walk: Walk) -> None:
    """The room took up item three before item two: move the passages as the office does with 上移."""
    wanted = [DECIDED_IN_THE_ROOM.get(row["id"], row["text"]) for row in walk.m1["items"]]
    for place, text in enumerate(wanted):
        while (rows := _resolutions(walk))[place].text != bare(text):
            passage = next(row for row in rows if row.text == bare(text))
            minutes.move_passage(passage, up=True, by=walk.people.office)


def _resolutions(walk: Walk) -> list[Passage]:
    return [row for row in passages_of(walk.minutes) if row.kind == PassageKind.RESOLUTION]


def the_deputy_proofreads(walk: Walk) -> None:
    """核稿 by the deputy of 市卫健委."""
    stage = walk.stage
    stage.on("2026-03-30 09:00")
    page = stage.todo(walk.people.host_deputy, "核稿")
    stage.shot(page, "proofread")
    press(page, "核稿通过")
    shows(page, "待征求意见")


# --- 5. Consent -------------------------------------------------------------


def the_office_circulates_it(walk: Walk) -> None:
    """15 units count; 市市场监管局 did not attend, is named (全体成员单位) and asked, not counted."""
    stage = walk.stage
    stage.on("2026-03-30 10:00")
    walk.mailbox.new()
    page = stage.todo(walk.people.office, "征求意见")
    expect(page.get_by_role("row").filter(has_text=walk.name("shichangju"))).to_contain_text("未与会，只征询")
    expect(page.get_by_role("row").filter(has_text="与会，计入")).to_have_count(15)
    fill(page, 反馈截止时间="2026-04-02T17:00")
    expect(page.get_by_label("逾期未反馈视为无意见")).to_be_checked()
    stage.shot(page, "circulate")
    press(page, "发出")
    told(page, "已发出，征求16个单位意见")
    assert len(walk.mailbox.lines()) == 16


def units_answer(walk: Walk) -> None:
    """无意见, 有意见 with comments, 不同意 in the browser; one says nothing; the others by service."""
    stage, people = walk.stage, walk.people
    stage.on("2026-03-31 09:00")
    page = stage.todo(people.liaison("xuanchuanbu"), "征求意见", phone=True)
    stage.shot(page, "consent")
    _agree(page)
    told(page, "已记下市委宣传部的反馈：无意见")
    for row in walk.m1["consultation"]["comments"]:
        _comment(walk, row)
    page = stage.todo(people.liaison("rensheju"), "征求意见")
    fill(page, 本单位审签人="×××")
    form = unfold(page, "不同意")
    fill(form, 不同意的理由=OBJECTION)
    stage.shot(page, "consent-oppose")
    press(form, "提交不同意的答复")
    told(page, "已记下市人社局的反馈：不同意")
    stage.shot(page, "consent-opposed")
    for code in ("weijianwei", "jiaoyuju", "minzhengju", "shengtaiju", "zhujianju", "yingjiju", "guoziwei",
                 "shichangju", "yibaoju", "zonggonghui"):  # fmt: skip
        minutes.answer(walk.consent(code), reply=Reply.AGREE, authorised_by="×××", by=people.liaison(code))


OBJECTION = "联合检查须与专项行动合并实施，6月底前不能完成。"


def _agree(page: Page) -> None:
    fill(page, 本单位审签人="×××")
    press(page, "无意见")


def _comment(walk: Walk, row: dict[str, Any]) -> None:
    """One comment of M1, pinned to its passage."""
    page = walk.stage.todo(walk.people.liaison(row["unit"]), "征求意见")
    fill(page, 本单位审签人="×××")
    form = unfold(page, "有意见")
    number = "一二三四五六七八九"[int(row["item"].partition("-")[2]) - 1]
    options = control(form, "针对").locator("option").all_text_contents()
    control(form, "针对").select_option(
        label=next(words for words in options if words.startswith(f"（{number}）"))
    )
    fill(form, 原文=row["original"], 建议修改为=row["suggestion"])
    press(form, "提交意见")
    told(page, f"已记下{walk.name(row['unit'])}的反馈：有意见")
    walk.stage.shot(page, f"comment-{row['unit']}")


def the_round_closes_and_silence_counts_where_the_letter_said_so(walk: Walk) -> None:
    """Before the deadline the round cannot be closed while one is silent; 市科技局's silence then counts as consent."""
    stage = walk.stage
    stage.on("2026-04-02 09:00")
    walk.mailbox.new()
    page = stage.home(walk.people.office)
    follow(page.get_by_role("main"), walk.m1["title"])
    shows(page, "还有1个单位没有反馈，反馈截止时间还没有到")
    follow(page, "征求意见情况表")
    press(page, "催报未反馈的单位")
    told(page, "已向1个未反馈的单位催报")
    assert [who for who, _subject in walk.mailbox.lines()] == ["liaison-kejiju"]
    stage.shot(page, "board")
    stage.on("2026-04-03 09:00")
    page = stage.todo(walk.people.office, "征求意见")
    confirm(page, "结束征求意见")
    shows(page, "意见处理")
    follow(page, "征求意见情况表")
    expect(page.get_by_role("row").filter(has_text=walk.name("kejiju"))).to_contain_text("逾期未反馈")
    stage.shot(page, "board-settling")


def comments_are_settled(walk: Walk) -> None:
    """采纳 with new words, 部分采纳 with a second lead, 不采纳 with the reason; the last two agreed with the unit."""
    stage = walk.stage
    page = stage.window(walk.people.office)
    _change_passage(walk, page, 3, _two_leads(walk))
    for row in walk.m1["consultation"]["comments"]:
        _handle(walk, page, row)
    _change_passage(walk, page, 7, lambda form: form.get_by_label("完成时限").fill(walk.item("M1-7")["due"]))
    follow(page, "征求意见情况表")
    stage.shot(page, "board-settled")


def _two_leads(walk: Walk) -> Callable[[Page], None]:
    def change(form: Page) -> None:
        fill(form, 文字=walk.item("M1-3")["text"])
        control(form, "牵头单位（第2个）").select_option(label=walk.name("fagaiwei"))

    return change


def _change_passage(walk: Walk, page: Page, seq: int, change: Callable[[Page], None]) -> None:
    """The office edits one resolution."""
    page.goto(walk.minutes.get_absolute_url())
    passage = _resolutions(walk)[seq - 1]
    follow(page.get_by_role("article", name="纪要文字").locator(f"#passage-{passage.pk}"), "修改")
    change(page)
    press(page, "保存")
    told(page, "已保存")


def _handle(walk: Walk, page: Page, row: dict[str, Any]) -> None:
    """One comment's fate, as M1 tells it."""
    page.goto(walk.minutes.get_absolute_url())
    follow(page, "征求意见情况表")
    comment = page.locator(".comment-card").filter(has_text=walk.name(row["unit"]))
    follow(comment, "处理")
    page.get_by_label(row["adoption"], exact=True).check()
    if row["adoption"] == "采纳":
        fill(page, 该段文字=walk.item(row["item"])["text"])
    else:
        fill(page, 说明=row["reason"])
        page.get_by_label("已与该单位沟通一致").check()
    walk.stage.shot(page, f"comment-handled-{row['unit']}")
    press(page, "保存")
    told(page, f"已记下：{row['adoption']}")


def nobody_goes_on_while_one_opposes(walk: Walk) -> None:
    """C11: the button is grey and says why; pressing past it is refused, and nothing happens."""
    page = walk.stage.window(walk.people.office)
    page.goto(walk.minutes.get_absolute_url())
    refused(page, "送审核", "未经与会单位一致同意，不能办理（章程四（一））")
    shows(page, "市人社局不同意")
    walk.stage.shot(page, "c11")
    assert "未经与会单位一致同意" in _press_past(page, "submit_audit")
    assert walk.minutes.state == MinutesState.SETTLING


def _press_past(page: Page, verb: str) -> str:
    """Post what the grey button would have posted. It is refused, in words, which are returned."""
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    headers = {"Referer": page.url, "Accept": "application/json"}
    answer = page.request.post(f"{page.url}act/{verb}/", headers=headers, form={"csrfmiddlewaretoken": token})
    assert answer.status == 409
    return answer.text()


def a_second_round_asks_only_those_concerned(walk: Walk) -> None:
    """Five units whose business changed or who opposed; the difference is shown; the office enters one by telephone."""
    stage, people = walk.stage, walk.people
    stage.on("2026-04-03 10:30")
    walk.mailbox.new()
    page = stage.window(people.office)
    page.goto(walk.minutes.get_absolute_url())
    follow(page, "再次征求意见")
    fill(page, 反馈截止时间="2026-04-07T12:00")
    stage.shot(page, "recirculate")
    press(page, "发出")
    told(page, "已发出，征求5个单位意见")
    asked = ["fagaiwei", "rensheju", "weijianwei", "zhujianju", "zonggonghui"]
    assert [who for who, _subject in walk.mailbox.lines()] == [f"liaison-{code}" for code in asked]
    unit = stage.todo(people.liaison("rensheju"), "征求意见", phone=True)
    shows(unit, "与上次征求意见相比，改动了这些", "9月30日")
    stage.shot(unit, "consent-again")
    _agree(unit)
    told(unit, "已记下市人社局的反馈：无意见")
    _on_behalf(walk, page, "fagaiwei")
    for code in ("weijianwei", "zhujianju", "zonggonghui"):
        minutes.answer(walk.consent(code), reply=Reply.AGREE, authorised_by="×××", by=people.liaison(code))
    page.goto(walk.minutes.get_absolute_url())
    confirm(page, "结束征求意见")
    stage.shot(page, "agreed")
    press(page, "送审核")
    shows(page, "待审核")


def _on_behalf(walk: Walk, page: Page, code: str) -> None:
    page.goto(walk.minutes.get_absolute_url())
    follow(page, "征求意见情况表")
    follow(page.get_by_role("row").filter(has_text=walk.name(code)), "代录")
    fill(page, 代录来源="电话，4月3日上午由该委办公室告知")
    _agree(page)
    told(page, f"已记下{walk.name(code)}的反馈：无意见")
    expect(page.get_by_role("row").filter(has_text=walk.name(code))).to_contain_text("办公室代录")


def the_director_audits(walk: Walk) -> None:
    """审核 by the office director."""
    stage = walk.stage
    stage.on("2026-04-07 09:00")
    page = stage.todo(walk.people.director, "审核")
    stage.shot(page, "audit")
    press(page, "审核通过")
    shows(page, "待签发")


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
    page.locator("input[type=password]").fill(PASSWORD)
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
    told(page, "已编为〔2026〕1号，正式文件已生成并存档")
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
        assert attachment.get_content() == pdf_bytes(walk.paper)
    assert ActionItem.objects.count() == 9


# Unit → its address for papers; the others get theirs by hand.
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
    assert "抄报还没有完成" in _press_past(page, "archive")
    assert walk.minutes.state == MinutesState.ISSUED
    follow(page.get_by_role("row").filter(has_text="市人民政府"), "登记")
    fill(page, 送出日期="2026-04-09", 签收日期="2026-04-09", 签收人="市政府办公室文电科")
    stage.shot(page, "register-report")
    press(page, "登记")
    page.goto(walk.minutes.get_absolute_url())
    confirm(page, "归档")
    shows(page, "已归档")
    stage.shot(page, "archived")


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
    assert walk.mailbox.lines() == [
        ("liaison-weijianwei", f"还有3个工作日到期：事项到期：{first}"),
        ("liaison-weijianwei", f"还有3个工作日到期：定期报送：{fifth}"),
    ]
    walk.stage.on("2026-04-14 08:30")
    walk.worker.beat("reminders.look")
    assert walk.mailbox.lines() == []
    walk.stage.on("2026-04-16 08:30")
    for _again in range(2):
        walk.worker.beat("reminders.look")
    assert walk.mailbox.lines() == [
        ("liaison-weijianwei", f"已超期：事项到期：{first}"),
        ("liaison-weijianwei", f"已超期：定期报送：{fifth}"),
    ]


def the_lead_asks_for_completion_and_is_returned_once(walk: Walk) -> None:
    stage = walk.stage
    stage.on("2026-06-25 10:00")
    _ask_close(walk, "工作流程已形成初稿。")
    page = stage.todo(walk.people.office, "信息共享")
    stage.shot(page, "closing")
    confirm(page.get_by_role("group", name="可办理的操作"), "退回", reason="请印发工作流程后再申请办结。")
    shows(page, "请印发工作流程后再申请办结。")
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


LAMPS = {1: "超期 50 天", 2: "剩 129 天", 3: "按期办结", 4: "超期 35 天", 5: "逾期未报", 7: "剩 67 天"}
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
