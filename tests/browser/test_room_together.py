"""Several recorders in one room: conflicts field by field, others' changes beside, nothing inside one's own words."""

from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from apps.meetings import services
from apps.meetings.models import RecordBlock
from tests.factories.people import People
from tests.meetings import make

from .manners import axe_finds_nothing, fits_at_150, reach
from .room import counted, saved, sentences, type_in
from .test_room_faults import opened


def test_fields_only_they_changed_are_theirs_and_only_the_text_is_asked(
    people: People, page_of: Any, complaints: Any
) -> None:
    block = make.block(people, text="建立台账。")
    lead = people.unit("kejiju")
    page = page_of(people.office)
    area = opened(page, block)
    services.save_block(
        block,
        version=1,
        text="建立企业台账。",
        leads=[lead],
        supports=[],
        due_on=date(2026, 12, 25),
        by=people.office2,
    )
    type_in(page, area, ["一企一档。"])
    panel = page.locator(".conflict")
    expect(panel).to_contain_text("建立企业台账。")
    type_in(page, area, ["我还在写。"])
    panel.get_by_role("button", name="用我的").click()
    saved(["建立台账。", "一企一档。", "我还在写。"], page=page)
    fresh = RecordBlock.objects.get()
    assert ([unit.code for unit in fresh.leads], fresh.due_on) == (["kejiju"], date(2026, 12, 25))
    complaints.expect("409")


def test_a_field_both_changed_is_asked_by_itself(people: People, page_of: Any, complaints: Any) -> None:
    block = make.block(people, text="建立台账。")
    page = page_of(people.office)
    opened(page, block)
    services.save_block(
        block, version=1, text="建立台账。", leads=[people.unit("kejiju")], supports=[], by=people.office2
    )
    page.get_by_label("牵头单位1").select_option(label="市工信局")
    panel = page.locator(".conflict")
    expect(panel).to_contain_text("我的：市工信局")
    panel.get_by_label("对方的：市科技局").check()
    panel.get_by_role("button", name="按所选保存").click()
    expect(page.locator("[data-save-line]")).to_contain_text("已保存")
    assert [unit.code for unit in RecordBlock.objects.get().leads] == ["kejiju"]
    complaints.expect("409")


def test_two_recorders_type_in_one_block_at_once(people: People, page_of: Any, complaints: Any) -> None:
    block = make.block(people, kind="speech", text="开头。")
    left, right = page_of(people.office), page_of(people.office2)
    areas = [(left, opened(left, block)), (right, opened(right, block))]
    mine, theirs = sentences("左", 20), sentences("右", 20)
    for at in range(0, 20, 4):
        for (page, area), said in zip(areas, (mine, theirs), strict=True):
            type_in(page, area, said[at : at + 4])
    counted(mine + theirs, left, right)
    for _ in range(6):
        for page, _area in areas:
            page.wait_for_timeout(700)
            if page.locator(".conflict").count():
                page.get_by_role("button", name="合并两份").click()
    expect(left.locator("[data-save-line]")).to_contain_text("已保存")
    expect(right.locator("[data-save-line]")).to_contain_text("已保存")
    text = RecordBlock.objects.get().text
    assert [words for words in mine + theirs if words not in text] == []
    complaints.heard[:] = [line for line in complaints.heard if "409" not in line]


@pytest.mark.parametrize(
    ("choice", "texts"),
    [("恢复并保存我的", ["甲。我的话。"]), ("另存为新的一段", ["甲。我的话。"]), ("放弃我的", [])],
)
def test_a_block_deleted_under_the_hands_offers_three_ways(
    people: People, page_of: Any, complaints: Any, choice: str, texts: list[str]
) -> None:
    block = make.block(people, kind="speech", text="甲。")
    page = page_of(people.office)
    area = opened(page, block)
    services.delete_block(block, by=people.office2)
    type_in(page, area, ["我的话。"])
    expect(page.locator(".conflict")).to_contain_text("删除了这一段")
    counted(["我的话。"], page)
    page.get_by_role("button", name=choice).click()
    expect(page.locator("[data-save-all]")).to_contain_text("已保存")
    page.wait_for_timeout(1500)
    live = RecordBlock.objects.filter(deleted_at__isnull=True)
    assert list(live.values_list("text", flat=True)) == texts
    complaints.heard[:] = [line for line in complaints.heard if "409" not in line]


def test_what_others_do_comes_in_beside(people: People, page_of: Any) -> None:
    block = make.block(people, kind="speech", text="甲。")
    item = block.agenda_item
    assert item is not None
    quiet = services.add_block(item, kind="note", text="乙。", by=people.office)
    page = page_of(people.office)
    area = opened(page, block)
    area.focus()
    services.save_block(quiet, version=1, text="乙改过。", by=people.office2)
    services.save_block(block, version=1, text="甲改过。", by=people.office2)
    new = services.add_block(item, kind="resolution", text="丙。", by=people.office2)
    services.note_presence(block.meeting, item_id=item.pk, block_id=quiet.pk, by=people.office2)
    expect(page.locator(f"#text-{quiet.pk}")).to_have_value("乙改过。")
    expect(page.locator(f"#text-{new.pk}")).to_have_value("丙。")
    expect(page.locator("div.beside")).to_contain_text("甲改过。")
    assert area.input_value() == "甲。"
    expect(page.locator(f"#block-{quiet.pk} [data-writing]")).to_contain_text("正在这里")
    expect(page.locator(f"[data-people='{item.pk}']")).to_contain_text(str(people.office2))
    page.get_by_role("button", name="换成对方的").click()
    expect(area).to_have_value("甲改过。")
    services.delete_block(new, by=people.office2)
    services.shift_block(quiet, step=-1, by=people.office2)
    expect(page.locator(f"#block-{new.pk}")).to_have_count(0)
    expect(page.locator("article.block").first).to_have_attribute("id", f"block-{quiet.pk}")
    page.get_by_role("button", name="撤销删除").click()
    expect(page.locator(f"#text-{new.pk}")).to_have_value("丙。")


def test_move_split_join_delete_and_undo_without_leaving_the_page(people: People, page_of: Any) -> None:
    block = make.block(people, kind="speech", text="第一句。第二句。")
    page = page_of(people.office)
    area = opened(page, block)
    page.evaluate("window.stayed = true")
    area.focus()
    area.evaluate("el => el.setSelectionRange(4, 4)")
    page.get_by_label("这一段的更多操作").click()
    page.get_by_role("button", name="从光标处拆成两段").click()
    expect(page.locator("article.block")).to_have_count(2)
    assert texts() == ["第一句。", "第二句。"]
    page.locator("article.block").nth(1).locator("textarea").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("article.block textarea").first).to_have_value("第二句。")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("article.block textarea").first).to_have_value("第一句。")
    page.locator("article.block").nth(1).get_by_label("这一段的更多操作").click()
    page.get_by_role("button", name="并入上面一段").click()
    expect(page.locator("article.block")).to_have_count(1)
    assert texts() == ["第一句。\n第二句。"]
    page.locator(".undo").get_by_role("button", name="撤销").click()
    expect(page.locator("article.block")).to_have_count(2)
    assert texts() == ["第一句。", "第二句。"]
    page.get_by_label("删除这一段").first.click()
    expect(page.locator("article.block")).to_have_count(1)
    page.locator(".undo").get_by_role("button", name="撤销").click()
    expect(page.locator("article.block")).to_have_count(2)
    assert page.evaluate("window.stayed")


def texts() -> list[str]:
    rows = RecordBlock.objects.filter(deleted_at__isnull=True).order_by("position", "id")
    return list(rows.values_list("text", flat=True))


PASTE = """([area, html, text]) => { const data = new DataTransfer(); data.setData('text/html', html);
    data.setData('text/plain', text); const el = document.querySelector(area); el.focus();
    el.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }"""


def test_a_pasted_document_becomes_clean_blocks_and_a_table(people: People, page_of: Any) -> None:
    block = make.block(people, kind="speech", text="")
    page = page_of(people.office)
    opened(page, block)
    html = (
        "<p class=MsoNormal><span style='mso-list:Ignore'>1.</span>加强部门协作</p><p>（二）建立台账</p>"
        "<table><tr><td>单位</td><td>任务</td></tr><tr><td>市科技局</td><td>攻关</td></tr></table><p>一是统一口径；二是共享。</p>"
    )
    page.evaluate(
        PASTE,
        [
            f"#text-{block.pk}",
            html,
            "1.加强部门协作\n（二）建立台账\n单位\t任务\n市科技局\t攻关\n一是统一口径；二是共享。",
        ],
    )
    expect(page.locator("article.block")).to_have_count(4)
    expect(page.locator(".block-new")).to_have_count(0)
    saved(["加强部门协作"], page=page)
    assert texts() == ["加强部门协作", "建立台账", "单位\t任务\n市科技局\t攻关", "一是统一口径；二是共享。"]
    page.locator(".undo").get_by_role("button", name="撤销").click()
    expect(page.locator("article.block")).to_have_count(1)


CASES = [
    ("第一，统一思想", "统一思想"), ("1)加强", "加强"), ("（1）加强", "加强"), ("(12) 加强", "加强"), ("１．加强", "加强"),
    ("一、加强", "加强"), ("①加强", "加强"), ("• 加强", "加强"), ("1.5万名职工", "1.5万名职工"), ("2026.3.1前完成", "2026.3.1前完成"),
    ("10、20人的班组", "10、20人的班组"), ("一是加强；二是改进", "一是加强；二是改进"), ("3、加强", "加强"), ("2026年完成", "2026年完成"),
    ("-5℃以下停工", "-5℃以下停工"), ("一、二季度", "一、二季度"),
]  # fmt: skip


def test_only_numbering_is_taken_off_a_pasted_line(people: People, page_of: Any) -> None:
    page = page_of(people.office)
    opened(page, make.block(people, kind="speech", text=""))
    assert [(line, page.evaluate("line => room.cleanLine(line)", line)) for line, _ in CASES] == CASES


def test_a_table_is_typed_in_cells_and_kept_as_text(people: People, page_of: Any) -> None:
    block = make.block(people, kind="table", text="单位\t人数")
    page = page_of(people.office)
    opened(page, block)
    page.get_by_label("第2行第1列").fill("市科技局")
    page.get_by_label("第2行第2列").fill("3")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("4")
    saved(["单位\t人数市科技局\t3\t4"], page=page)
    page.reload()
    expect(page.get_by_label("第3行第2列")).to_have_value("4")


def test_the_room_has_manners(people: People, page_of: Any) -> None:
    block = make.block(people, text="建立台账。")
    services.add_block(block.agenda_item, kind="table", text="甲\t乙", by=people.office)  # type: ignore[arg-type]
    page = page_of(people.office)
    opened(page, block)
    axe_finds_nothing(page)
    fits_at_150(page)
    page.evaluate("document.activeElement.blur()")
    reach(page, "议定事项")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("键盘写的。")
    saved(["键盘写的。"], page=page)
    assert page.locator("article.block").count() == 3
    page.goto(f"/meetings/block/{block.pk}/history/")
    axe_finds_nothing(page)
    fits_at_150(page)
