"""Steps 1 to 3: a unit's topic, the plan, the notice and its answers, the meeting and its record.

Each step starts at somebody's home page, as people do. What the browser shows once need not be shown sixteen
times: the remaining units act through the services.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from playwright.sync_api import Locator, Page, expect

from apps.duties.models import Duty
from apps.meetings import services as meetings
from apps.meetings.enums import AttendanceStatus, BlockKind, ReplyKind
from apps.meetings.models import AgendaItem, Invitation
from apps.roster.models import Unit

from .stage import confirm, fill, follow, press, shows, told, unfold
from .stage import field as control
from .walk import DECIDED_IN_THE_ROOM, Walk

TOPIC = "研究职业健康“三同时”协调机制和信息通报机制运行事项"
NOTICE_NUMBER = "泉卫函〔2026〕12号"


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
    for row in m1["agenda"][:3]:
        _add_to_the_agenda(walk, page, row)
    for row in m1["agenda"][3:]:
        unit = Unit.objects.filter(code=row["reporter"]).first()
        meetings.add_item(
            walk.meeting, title=row["topic"], reporter_unit=unit, reporter="" if unit else row["reporter"],
            minutes=row["minutes"], by=walk.people.office,
        )  # fmt: skip
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
    walk.worker.beat("dispatch.sweep")  # mails of that evening waited for a morning
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
        (who, f"3月23日到期：{title}") for who in ("liaison-caizhengju", "liaison-guoziwei")
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
    first, second, *others = walk.m1["attendance"]["present"]
    for name in (first, second, "陈颖"):
        _tap(page, _spaced(name), "签到")
    _tap(page, "孙中虎", "代会签到")
    for row in walk.meeting.attendance.filter(name__in=others, status=AttendanceStatus.EXPECTED):
        meetings.sign(row, status=AttendanceStatus.PRESENT, by=walk.people.office)
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
    expect(page.get_by_role("region", name="当前议题").get_by_role("heading").first).to_contain_text("三、")
    page.wait_for_load_state()
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
        label = f"{'一二三'[number - 1]}、"
        follow(page.get_by_role("navigation", name="议程"), label, exact=False)
        # the room leaves a page only when its words are saved: wait for the next one before counting on it
        expect(page.get_by_role("region", name="当前议题").get_by_role("heading").first).to_contain_text(
            label
        )
        page.wait_for_load_state()
        block = _add_block(page, "议定事项")
        _type(block, DECIDED_IN_THE_ROOM.get(key, walk.item(key)["text"]))
        _decide(walk, page, block, key)
    stage.shot(page, "record-resolutions")


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
