"""The ledger in a browser: filter, keep the filter, tick rows, bring a sheet with a bad row, look, confirm."""

import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from apps.action_items import ledger_page
from apps.action_items.models import LedgerView, ProgressReport
from tests.action_items.test_services import make
from tests.factories.people import People

from .manners import axe_finds_nothing, fits_at_150, reach

PRINTED = """() => {
  const all = (what, of) => [...new Set([...document.querySelectorAll(what)].map(of))];
  return {
    sizes: all(".ledger td, .ledger .cell-note", e => getComputedStyle(e).fontSize),
    words: all(".ledger .lamp-glyph", e => getComputedStyle(e, "::after").content),
  };
}"""


def test_filter_keep_it_tick_rows_and_come_back(
    people: People, page_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_page, "BATCH", (("dispatch:list", "催办", "bell"),))
    for code in ("jiaoyuju", "kejiju", "minzhengju"):
        make(people, code)
    page = page_of(people.office)
    page.goto("/items/")
    axe_finds_nothing(page)
    fits_at_150(page)
    page.get_by_text("更多条件").click()
    page.get_by_label("时限自").fill("2026-01-01")
    page.get_by_label("牵头单位", exact=True).select_option(label="市教育局")
    page.get_by_role("button", name="筛选", exact=True).click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    axe_finds_nothing(page)
    page.get_by_label("给现在的筛选起个名字").fill("教育局今年")
    page.get_by_role("button", name="保存筛选").click()
    page.get_by_role("link", name="清除").click()
    expect(rows).to_have_count(3)
    page.get_by_role("link", name="教育局今年").click()
    expect(rows).to_have_count(1)
    page.goto("/items/")
    reach(page, "选择本页全部")
    page.keyboard.press("Space")
    expect(page.locator("[data-selected-count]")).to_have_text("3")
    page.get_by_label("选择〔2026〕1号-2").uncheck()
    expect(page.locator("[data-selected-count]")).to_have_text("2")
    expect(page.get_by_role("button", name="催办")).to_be_visible()
    page.get_by_role("button", name="删除常用筛选“教育局今年”").click()
    expect(page.get_by_text("已删除“教育局今年”")).to_be_visible()
    assert LedgerView.objects.count() == 0
    page.emulate_media(media="print")
    page.set_viewport_size(
        {"width": 1100, "height": 800}
    )  # narrow as the paper is: nothing is dropped all the same
    heads = page.locator(".ledger th").evaluate_all(
        "all => all.filter(e => e.offsetWidth).map(e => e.innerText)"
    )
    assert heads == [
        "序号", "纪要编号", "议定事项", "牵头", "配合", "责任人", "时限", "进展、问题、下一步", "灯、状态", "更新、办结",
    ]  # fmt: skip
    told = page.evaluate(PRINTED)
    assert (told["sizes"], told["words"]) == (["12px"], ['"正常"'])  # 9 pt; ink has no colour


def test_a_filled_sheet_is_looked_at_and_confirmed(people: People, page_of: Any, tmp_path: Path) -> None:
    good, bad = make(people, "jiaoyuju"), make(people, "jiaoyuju")
    page = page_of(people.liaison("jiaoyuju"))
    page.goto("/items/")
    with page.expect_download() as coming:
        page.get_by_role("link", name="导出表格").click()
    book = load_workbook(io.BytesIO(Path(coming.value.path()).read_bytes()))
    sheet: Any = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(row=2, column=columns["进展"], value="方案已印发")
    sheet.cell(row=3, column=columns["自评"], value="很好")
    filled = tmp_path / "台账.xlsx"
    book.save(filled)
    page.get_by_role("link", name="导入表格").click()
    axe_finds_nothing(page)
    page.get_by_label("表格").set_input_files(filled)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_role("listitem").filter(has_text="第3行")).to_have_count(2)
    expect(page.get_by_text("自评“很好”不认识")).to_have_count(1)
    axe_finds_nothing(page)
    fits_at_150(page)
    assert ProgressReport.objects.count() == 0
    page.get_by_role("button", name="确认导入1行").click()
    expect(page.get_by_text("已导入进展1条").first).to_be_visible()
    axe_finds_nothing(page)
    assert [(row.item, row.text) for row in ProgressReport.objects.all()] == [(good, "方案已印发")]
    assert bad.reports.count() == 0


def test_a_wrong_file_is_told_beside_the_field(
    people: People, page_of: Any, tmp_path: Path, complaints: Any
) -> None:
    page = page_of(people.office, phone=True)
    page.goto("/items/import/")
    old = tmp_path / "台账.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0")
    page.get_by_label("表格").set_input_files(old)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_text("另存为 .xlsx 后再上传").last).to_be_visible()
    axe_finds_nothing(page)
    complaints.expect("422")
