"""The consent desk in two browsers: a unit pins comments and loses no word; the office sees it arrive and adopts."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from apps.documents import making
from apps.minutes import services
from apps.minutes.enums import Adoption, MinutesState, Reply
from apps.minutes.models import Comment, Consent, Minutes, Passage
from apps.minutes.services.consulting import Remark
from tests.factories.people import People
from tests.minutes import make

from .conftest import session_cookie
from .manners import axe_finds_nothing, fits_at_150, reach
from .stage import press, told, unfold


def open_answer(
    people: People, calm_page_of: Any, code: str = "fagaiwei", **kwargs: Any
) -> tuple[Minutes, Consent, Page]:
    """A unit's page with its pictures made."""
    minutes = make.circulating(people, **kwargs)
    row = make.consent_of(minutes, code)
    page = calm_page_of(people.liaison(code))
    page.goto(row.get_absolute_url())
    making.make_due()
    page.reload()
    return minutes, row, page


def pin(page: Page, item: str, suggestion: str) -> None:
    """Comment on one passage: the whole of it stands there to be rewritten."""
    page.get_by_role("button", name=f"对第（{item}）项提意见").first.click()
    page.get_by_label("建议修改为").last.fill(suggestion)


def test_a_unit_pins_two_comments_and_the_office_sees_them_arrive_and_adopts(
    people: People, calm_page_of: Any
) -> None:
    minutes, row, unit = open_answer(people, calm_page_of)
    office = calm_page_of(people.office)
    office.goto(f"/minutes/{minutes.pk}/board/")
    line = office.get_by_role("row").filter(has_text="市发改委")
    expect(line).to_contain_text("打开")
    expect(office.get_by_text("还剩").first).to_be_visible()
    expect(unit.locator("[data-sheets] img").first).to_be_visible()
    unit.get_by_label("本单位审签人").fill("×××")
    pin(unit, "一", "做好规划和项目衔接")
    expect(unit.locator(".remark-diff ins").first).to_have_text("和项目")
    pin(unit, "二", "明确信息共享的流程")
    expect(unit.locator("[data-draft-line]")).to_contain_text("已暂存本机，还没有提交")
    press(unit, "提交意见（2条）")
    told(unit, "已记下市发改委的反馈：有意见")
    expect(unit.locator("[data-draft-offer]")).to_be_hidden()
    assert list(Comment.objects.order_by("id").values_list("original", "suggestion", "quote_start", "quote_end")) == [
        ("做好规划衔接", "做好规划和项目衔接", 0, 6), ("明确信息共享流程", "明确信息共享的流程", 0, 8),
    ]  # fmt: skip
    expect(line).to_contain_text("有意见（未了）", timeout=15_000)  # by its own poll
    make.agree(people, minutes)
    services.settle(minutes, by=people.office)
    office.reload()
    first = office.locator(".beside").first
    expect(first.locator(".beside-text")).to_contain_text("做好规划衔接")
    left, right = (
        first.locator(".beside-text").bounding_box(),
        first.locator(".beside-comments").bounding_box(),
    )
    assert left is not None
    assert right is not None
    assert right["x"] >= left["x"] + left["width"]
    expect(first).to_contain_text("采纳后须再次征求：市卫健委")
    first.get_by_role("button", name="采纳，按建议改好").click()
    told(office, "已采纳，并已按建议改好文字。因这次改动，须再次征求：市卫健委。")
    assert Passage.objects.filter(text="做好规划和项目衔接").exists()
    assert Comment.objects.order_by("id")[0].adoption == Adoption.ADOPTED
    assert row.pk == make.consent_of(minutes, "fagaiwei").pk


def test_part_of_a_passage_can_be_chosen(people: People, calm_page_of: Any) -> None:
    _minutes, _row, page = open_answer(people, calm_page_of)
    page.evaluate(
        """() => { const p = document.querySelector('.own-passages .passage > p'); const node = p.lastChild;
        const at = node.textContent.indexOf('规划'); const range = document.createRange();
        range.setStart(node, at); range.setEnd(node, at + 2);
        const chosen = getSelection(); chosen.removeAllRanges(); chosen.addRange(range); }"""
    )
    page.get_by_role("button", name="对第（一）项提意见").click()
    expect(page.get_by_label("原文").last).to_have_value("规划")
    page.get_by_label("建议修改为").last.fill("计划")
    page.get_by_label("本单位审签人").fill("×××")
    press(page, "提交意见（1条）")
    told(page, "已记下市发改委的反馈：有意见")
    assert list(Comment.objects.values_list("original", "quote_start")) == [("规划", 2)]


def test_typed_words_survive_a_closed_tab_and_another_tab_touches_them_not(
    people: People, calm_page_of: Any
) -> None:
    _minutes, row, page = open_answer(people, calm_page_of)
    other = page.context.new_page()
    other.goto(row.get_absolute_url())
    pin(page, "一", "第一个窗口写的建议")
    pin(other, "二", "第二个窗口写的建议")
    page.close()
    other.close()
    again = calm_page_of(people.liaison("fagaiwei"))
    again.goto(row.get_absolute_url())
    expect(again.locator("[data-draft-offer]")).to_be_hidden()  # another browser knows nothing
    back = other.context.new_page()
    back.goto(row.get_absolute_url())
    offer = back.locator("[data-draft-offer]")
    seen = []
    for _ in range(2):
        expect(offer).to_be_visible()
        seen.append(offer.inner_text())
        offer.get_by_role("button", name="不要了").click()
    assert any("第一个窗口写的建议" in words for words in seen)
    assert any("第二个窗口写的建议" in words for words in seen)


def test_a_broken_draft_is_shown_and_stops_nothing(people: People, calm_page_of: Any) -> None:
    _minutes, row, page = open_answer(people, calm_page_of)
    user = page.evaluate("document.body.dataset.user")
    page.evaluate(
        "key => localStorage.setItem(key, '{半截的文字')", f"draft:{user}:consent-{row.pk}:elsewhere"
    )
    page.reload()
    expect(page.locator("[data-draft-offer]")).to_contain_text("{半截的文字")
    pin(page, "一", "还能接着写")
    expect(page.locator("[data-draft-line]")).to_contain_text("已暂存本机")


def test_a_kept_answer_is_no_record_and_moves_nothing_under_the_pointer(people: People, page_of: Any) -> None:
    """Half a second after loading, a note about a record's lost words used to come and push the buttons away."""
    _minutes, row, page = open_answer(people, page_of)
    pin(page, "一", "还没有交的话")
    page.reload()
    button = page.get_by_role("button", name="对第（一）项提意见").first
    before = button.bounding_box()
    page.wait_for_timeout(800)  # longer than pages wait to hear from other tabs
    assert button.bounding_box() == before
    expect(page.locator(".drafts-note")).to_have_count(0)
    page.goto("/")
    note = page.locator(".drafts-note")
    expect(note).to_contain_text("本机还留着没有送出的文字。")
    heading = page.get_by_role("heading", level=1)
    top = heading.bounding_box()
    axe_finds_nothing(page)
    note.get_by_role("button", name="先收起这条提示").click()
    expect(note).to_have_count(0)
    assert heading.bounding_box() == top
    page.reload()
    note.get_by_role("link", name="征求意见中没有提交的内容").click()
    expect(page).to_have_url(re.compile(rf"/minutes/consents/{row.pk}/$"))
    expect(page.locator("[data-draft-offer]")).to_contain_text("还没有交的话")


def test_an_answer_that_comes_too_late_keeps_its_words(
    people: People, calm_page_of: Any, complaints: Any
) -> None:
    minutes, row, page = open_answer(people, calm_page_of)
    page.get_by_label("本单位审签人").fill("×××")
    pin(page, "一", "写了很久的建议")
    make.agree(people, minutes)
    services.settle(minutes, by=people.office)
    press(page, "提交意见（1条）")
    expect(page.get_by_role("alert")).to_contain_text("您刚才写的没有送出")
    expect(page.locator("#unsent-words")).to_contain_text("写了很久的建议")
    complaints.expect("409")
    assert make.consent_of(minutes, row.unit.code).reply == Reply.AGREE


def test_a_unit_opposes_with_reason_and_passages_on_a_phone(people: People, calm_page_of: Any) -> None:
    minutes = make.circulating(people)
    page = calm_page_of(people.liaison("rensheju"), phone=True)
    page.goto(make.consent_of(minutes, "rensheju").get_absolute_url())
    bar = page.get_by_role("group", name="反馈", exact=True)
    expect(bar.get_by_role("button", name="无意见")).to_be_in_viewport()
    bar.get_by_role("button", name="无意见").click()  # nobody is named who authorised it
    expect(page.locator("[data-draft-line]")).to_contain_text("请先填写本单位审签人")
    expect(page.get_by_label("本单位审签人")).to_be_focused()
    page.get_by_label("本单位审签人").fill("×××")
    bar.get_by_role("link", name="有意见").click()
    expect(page.get_by_role("button", name="对全文或其他提意见")).to_be_visible()
    bar.get_by_role("link", name="不同意").click()
    form = page.locator("#answer-oppose")
    expect(form.get_by_role("checkbox").nth(1)).not_to_be_checked()
    form.get_by_label("不同意的理由").fill("职责不符")
    press(form, "提交不同意的答复")
    told(page, "已记下市人社局的反馈：不同意")
    against = make.consent_of(minutes, "rensheju").against.values_list("text", flat=True)
    assert list(against) == ["明确信息共享流程"]


def test_the_name_is_kept_too_and_a_comment_goes_only_after_the_question(
    people: People, calm_page_of: Any
) -> None:
    _minutes, row, page = open_answer(people, calm_page_of)
    page.get_by_label("本单位审签人").fill("王五")
    pin(page, "一", "写了又不要的建议")
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="删去这条").click()
    dialog.get_by_role("button", name="取消").click()
    expect(page.get_by_label("建议修改为")).to_have_value("写了又不要的建议")
    page.get_by_role("button", name="删去这条").click()
    dialog.get_by_role("button", name="确定").click()
    expect(page.get_by_label("建议修改为")).to_have_count(0)
    back = page.context.new_page()
    back.goto(row.get_absolute_url())
    expect(back.locator("[data-draft-offer]")).to_contain_text("审签人：王五")
    back.get_by_role("button", name="恢复这些内容").click()
    expect(back.get_by_label("本单位审签人")).to_have_value("王五")
    press(back, "无意见")
    told(back, "已记下市发改委的反馈：无意见")


def test_the_board_shows_one_kind_of_answers(people: People, calm_page_of: Any) -> None:
    minutes = make.circulating(people)
    make.agree(people, minutes, "fagaiwei")
    services.mark_opened(make.consent_of(minutes, "gongxinju"), by=people.liaison("gongxinju"))
    page = calm_page_of(people.office)
    page.goto(f"/minutes/{minutes.pk}/board/")
    kinds = page.get_by_role("navigation", name="只看")
    assert kinds.inner_text().split() == [
        "全部",
        "4",
        "未反馈",
        "3",
        "有意见",
        "0",
        "不同意",
        "0",
        "未打开",
        "2",
    ]
    kinds.get_by_role("link", name="未打开").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    make.agree(people, minutes, "rensheju")
    expect(page.locator("tbody tr")).to_have_count(1, timeout=15_000)  # its own poll keeps to the kind
    axe_finds_nothing(page)
    kinds.get_by_role("link", name="不同意").click()
    expect(page.get_by_text("没有这样的单位")).to_be_visible()


def test_without_script_a_unit_can_comment_too(people: People, new_context: Any, live_server: Any) -> None:
    minutes = make.circulating(people)
    row = make.consent_of(minutes, "fagaiwei")
    window = new_context(base_url=live_server.url, java_script_enabled=False)
    window.add_cookies([session_cookie(people.liaison("fagaiwei"), live_server.url)])
    page = window.new_page()
    page.goto(row.get_absolute_url())
    page.get_by_label("本单位审签人").fill("×××")
    form = unfold(page, "有意见")
    form.get_by_label("针对").first.select_option(index=2)
    form.get_by_label("建议修改为").first.fill("无脚本的建议")
    form.get_by_label("建议修改为").nth(2).fill("第三条")
    press(form, "提交意见")
    assert sorted(Comment.objects.values_list("suggestion", flat=True)) == ["无脚本的建议", "第三条"]


def test_by_keyboard_alone(people: People, calm_page_of: Any) -> None:
    _minutes, row, page = open_answer(people, calm_page_of)
    reach(page, "对第（一）项提意见")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("只用键盘写的建议")
    reach(page, "本单位审签人")
    page.keyboard.type("×××")
    reach(page, "提交意见（1条）")
    page.keyboard.press("Enter")
    told(page, "已记下市发改委的反馈：有意见")
    assert [c.suggestion for c in row.comments.all()] == ["只用键盘写的建议"]


def test_what_every_page_owes_its_readers(people: People, calm_page_of: Any) -> None:
    minutes, row, unit = open_answer(people, calm_page_of)
    pin(unit, "一", "做好规划和项目衔接")
    unfold(unit, "不同意")
    axe_finds_nothing(unit)
    fits_at_150(unit)
    services.answer(
        row, reply=Reply.COMMENT, authorised_by="×××", by=people.liaison("fagaiwei"),
        remarks=[Remark("做好规划和项目衔接", Passage.objects.get(text="做好规划衔接"), "做好规划衔接")],
    )  # fmt: skip
    office = calm_page_of(people.office)
    for address in ("board/", "chase/"):
        office.goto(f"/minutes/{minutes.pk}/{address}")
        axe_finds_nothing(office)
        fits_at_150(office)
    make.agree(people, minutes)
    services.settle(minutes, by=people.office)
    handle = f"comments/{Comment.objects.get().pk}/"
    for address in (f"{minutes.pk}/board/", handle, f"{minutes.pk}/disputes/", f"{minutes.pk}/countersign/"):
        office.goto(f"/minutes/{address}")
        axe_finds_nothing(office)
        fits_at_150(office)
    assert Minutes.objects.get().state == MinutesState.SETTLING
