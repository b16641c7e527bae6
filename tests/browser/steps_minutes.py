"""Steps 4 and 5: the draft, 核稿, two rounds of consent with C11, 审核."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from apps.minutes import services as minutes
from apps.minutes.content import bare, lines_of
from apps.minutes.enums import MinutesState, Reply
from apps.minutes.selectors import passages_of

from .stage import confirm, fill, follow, press, refused, shows, told, unfold
from .stage import field as control
from .walk import DECIDED_IN_THE_ROOM, Walk, press_past

# --- 4. 拟稿 and 核稿 -------------------------------------------------------


def closing_the_record_composes_the_draft(walk: Walk) -> None:
    """会议听取…, 会议指出…, 会议议定 (one passage a resolution); what the record lacks would be marked."""
    stage = walk.stage
    stage.on("2026-03-26 17:15")
    page = stage.todo(walk.people.office, "今日会议")
    follow(page, "进入会议记录")
    follow(page, "结束前检查")
    stage.shot(page, "close-check")
    press(page, "生成纪要草稿", exact=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("纪要草稿已经写好")
    stage.shot(page, "born")
    follow(page, "看全文")
    stage.shot(page, "draft")
    shows(
        page,
        "2026年3月26日下午，联席会议召集人、市卫生健康委员会主任叶一帆在市卫健委第一会议室（示例）主持召开",
    )
    shows(
        page,
        "2026年第一次全体会议（示例），听取",
        "会议指出，职业病防治工作涉及部门多",
        "牵头单位：市工信局；配合单位：",
    )
    assert [line.seq for line in lines_of(passages_of(walk.minutes)) if line.seq] == list(range(1, 10))


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
        while (rows := walk.resolutions())[place].text != bare(text):
            passage = next(row for row in rows if row.text == bare(text))
            minutes.move_passage(passage, up=True, by=walk.people.office)


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
    number = "一二三四五六七八九"[int(row["item"].partition("-")[2]) - 1]
    press(page, f"对第（{number}）项提意见")
    fill(page, 原文=row["original"], 建议修改为=row["suggestion"])
    press(page, "提交意见（1条）")
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
    page.goto(walk.minutes.get_absolute_url())
    follow(page, "征求意见情况表")
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
    passage = walk.resolutions()[seq - 1]
    follow(page.get_by_role("article", name="纪要文字").locator(f"#passage-{passage.pk}"), "修改")
    change(page)
    press(page, "保存")
    told(page, "已保存")


def _handle(walk: Walk, page: Page, row: dict[str, Any]) -> None:
    """One comment's fate, as M1 tells it."""
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
    assert "未经与会单位一致同意" in press_past(page, "submit_audit")
    assert walk.minutes.state == MinutesState.SETTLING


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
