"""A ledger that comes back filled, and the office's own: what is refused row by row, written once, all or nothing."""

import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from time import process_time
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.formula import ArrayFormula

from apps.action_items import importing, ledger_page, long, past, services
from apps.action_items.days import day_of
from apps.action_items.importing import writing
from apps.action_items.models import ActionItem, LedgerImport, ProgressReport
from apps.action_items.services import Progress
from apps.action_items.sheet_marks import TOLD
from apps.action_items.tasks import forget_uploads
from apps.common import audit, long_work, workflow
from apps.common.errors import Refused
from apps.common.models import AuditEvent, LongWork, StoredFile
from apps.common.sheets import XLSX
from apps.portal import works
from apps.roster.models import Person
from apps.roster.selectors import today
from tests.common.test_unpacking import swollen
from tests.factories.people import People

from .test_services import FAR, make

Login = Callable[[Any], Client]
SHORT = [
    "纪要编号",
    "议定事项",
    "牵头",
    "配合",
    "时限",
    "延期后时限",
    "进展",
    "问题",
    "下一步",
    "状态",
    "最近更新",
    "办结日",
]


def upload(content: bytes, name: str = "台账.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=XLSX)


def sheet(headings: Sequence[str], *rows: Any, merge: str = "") -> bytes:
    """A sheet as WPS would save it."""
    book, out = Workbook(), BytesIO()
    active: Any = book.active
    active.append(list(headings))
    for row in rows:
        active.append(list(row))
    if merge:
        active.merge_cells(merge)
    book.save(out)
    return out.getvalue()


def exported(client: Client) -> Any:
    """The exported book, to be filled."""
    return load_workbook(BytesIO(client.get("/items/export/").content))


def put(book: Any, row: int, **cells: Any) -> None:
    """Fill cells of a row by their headings."""
    active = book.active
    places = {cell.value: cell.column for cell in active[1]}
    for heading, value in cells.items():
        active.cell(row=row, column=places[heading], value=value)


def saved(book: Any) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def plan(content: bytes, by: Any) -> importing.Plan:
    return importing.check(importing.read(BytesIO(content)), by=by)


SAMPLE_DAY = "2026-11-23T10:00+08:00"


@pytest.fixture
def ledger_of_all_kinds(past: People) -> People:
    """The sample meetings, and beside them what they have not: odd texts, recurring, standing, ended, of all units."""
    for text in ("=1+1", "'-x", "行一\n行二", "普通 ", "长，（长）" * 1600):
        item = make(past, "jiaoyuju", text=text)
        said = Progress(text=text[:4000], problem="@问题", next_step="+下一步", source_note="电话")
        services.report(item, said, unit=past.unit("jiaoyuju"), by=past.office)
    make(past, "jiaoyuju", "kejiju", due_on=None, recurrence="每季度首月 15 日前报送", supports=())
    make(past, "kejiju", due_on=None, is_standing=True, all_support=True)
    other = make(past, "kejiju", source_label="市委督查室〔2026〕3 号")
    services.propose_ending(other, services.Proposed("terminate", "不再需要"), by=past.convener)
    return past


def without_prints(book: Any) -> bytes:
    """The sheet as it was exported before the marks had prints."""
    for row in range(2, book.active.max_row + 1):
        mark = book.active.cell(row=row, column=book.active.max_column)
        mark.value = "-".join(mark.value.split("-")[:2])
    return saved(book)


def test_an_exported_sheet_unchanged_writes_nothing_and_tells_nothing(
    ledger_of_all_kinds: People, client_of: Login
) -> None:
    people, count = ledger_of_all_kinds, ActionItem.objects.count()
    with time_machine.travel(SAMPLE_DAY, tick=False):
        content = saved(exported(client_of(people.office)))
        before = saved(exported_of(client_of(people.office), "?as_of=2026-06-30"))
        texts: Any = load_workbook(BytesIO(content))
        for row in texts.active.iter_rows(min_row=2):  # as another program may save it
            for cell in row:
                day = cell.value if isinstance(cell.value, datetime) else None
                full = isinstance(cell.value, str) and cell.column_letter in "BDEG"
                cell.value = f"{day:%Y/%-m/%-d 0:00}" if day else cell.value
                cell.value = (
                    f" {cell.value}\u3000".replace("1", "１").replace("、", " ， ") if full else cell.value
                )
        for sheet_of in (content, saved(texts), without_prints(load_workbook(BytesIO(content)))):
            found = plan(sheet_of, people.office)
            assert (found.entries, found.troubles, found.notices, found.unchanged) == ([], [], [], count)
    # Nobody changed a cell because lamps turned, a matter was extended or a unit has another member since.
    item = ActionItem.objects.get(ref="M1-7")
    services.report(
        item, Progress(text="又报", source_note="电话"), unit=people.unit("rensheju"), by=people.office
    )
    Person.objects.filter(appointments__post__unit__code="rensheju").update(name="另一人")
    with time_machine.travel("2026-12-20T10:00+08:00", tick=False):
        assert [plan(sheet_of, people.office).notices for sheet_of in (content, before)] == [[], []]


def exported_of(client: Client, query: str) -> Any:
    return load_workbook(BytesIO(client.get(f"/items/export/{query}").content))


@pytest.mark.core
def test_what_is_changed_in_vain_is_said_and_the_progress_is_written(
    people: People, client_of: Login
) -> None:
    dated = make(
        people,
        "jiaoyuju",
        "kejiju",
        text="报送示例企业职业病危害因素检测的情况并且逐级汇总上报至联席会议办公室",
    )
    monthly = make(people, "jiaoyuju", due_on=None, recurrence="每月5日前", supports=("kejiju",))
    done, unit = make(people, "minzhengju"), people.unit("minzhengju")
    services.ask_close(done, Progress(text="完", source_note="电话"), unit=unit, by=people.office)
    services.close(done, closed_on=today(), note="", by=people.office)
    book = exported(client_of(people.office))
    put(
        book, 2, 进展="已印发", 时限="２０２７年 12月31日前", 延期后时限=date(2026, 1, 1), 牵头="教育局，民政局", 责任人="=A1",
        状态="已办结", 办结日=date(2026, 11, 2), 灯="绿灯", 最近更新="2026-11-20", 纪要编号="〔2026〕2号-1", 序号=7,
        议定事项=dated.text.replace("并且", "并"),
    )  # fmt: skip
    put(book, 3, 时限="每季度首月15日前", 配合="全体成员单位", 议定事项="", 灯="")
    put(book, 4, 状态="推进中")
    found = plan(saved(book), people.office)
    holders, ask = "由平台按各单位的任职列出。", reverse("action_items:extend", args=[dated.pk])
    told = [
        (2, "纪要编号改为“〔2026〕2号-1”，不会写入；需要改的请办理更正。", ""),
        (2, f"议定事项改为“{dated.text.replace('并且', '并')[:30]}…”，不会写入；需要改的请办理更正。", ""),
        (2, "牵头单位改为“教育局，民政局”，不会写入；需要改的请办理更正。", ""),
        (2, f"责任人改为“=A1”，不会写入；{holders}", ""),
        (2, "时限改为2027-12-31，不会写入；延期请走申请延期。", ask),
        (2, "延期后时限改为2026-01-01，不会写入；需要改的请办理更正。", ""),
        (2, "状态改为“已办结”，不会写入；办结请在事项页面申请办结。", ""),
        (2, "灯改为“绿灯”，不会写入；由平台按日期计算。", ""),
        (2, "最近更新改为“2026-11-20”，不会写入；由平台按日期计算。", ""),
        (2, "办结日改为2026-11-02，不会写入；办结请在事项页面申请办结。", ""),
        (3, "议定事项被清空，不会写入；需要改的请办理更正。", ""),
        (3, "配合单位改为“全体成员单位”，不会写入；需要改的请办理更正。", ""),
        (3, "时限改为“每季度首月15日前”，不会写入；需要改的请办理更正。", ""),
        (3, "灯被清空，不会写入；由平台按日期计算。", ""),
        (4, "状态改为“推进中”，不会写入；已办结的事项不再改。", ""),
    ]  # fmt: skip
    assert [(row.number, row.words, row.url) for row in found.notices] == told
    title = "〔2026〕1号-1 报送示例企业职业病危害因素检测的情况并且逐级汇总上报至联席会…"
    assert [(entry.title, entry.words) for entry in found.entries] == [(title, (("进展", "", "已印发"),))]
    assert (found.troubles, found.unchanged) == ([], 2)
    row = importing.bring(upload(saved(book)), by=people.office)
    page = client_of(people.office).get(row.get_absolute_url()).content.decode()
    assert f'{told[4][1]}<a href="{ask}">申请延期</a>' in page
    importing.confirm(row, seen=found.digest, by=people.office)
    fresh = ActionItem.objects.get(pk=dated.pk)
    assert (fresh.due_on, fresh.current_due, fresh.state) == (FAR, FAR, "assigned")
    reports = ProgressReport.objects.exclude(item=done)
    assert [(report.item, report.text) for report in reports] == [(dated, "已印发")]
    # Without prints an empty cell says nothing, and what the portal fills anew each day is not compared.
    later = FAR + timedelta(days=1)
    columns = ["事项编号", "配合", "时限", "议定事项", "状态", "灯"]
    rows = [
        [dated.ref, "教育局", later, "", "超期", "绿"],
        [monthly.ref, "科技局", "每月 5 日前报送", "别的", "办结", ""],
    ]
    assert [(row.words, row.url) for row in plan(sheet(columns, *rows), people.liaison("shengtaiju")).notices] == [
        ("配合单位改为“教育局”，不会写入；请办公室更正。", ""),
        (f"时限改为{later}，不会写入；延期由牵头单位申请。", ""),
    ]  # fmt: skip
    assert [row.words for row in plan(sheet(columns, *rows), people.liaison("kejiju")).notices][1:] == [
        f"时限改为{later}，不会写入；延期请走申请延期。", "议定事项改为“别的”，不会写入；请办公室更正。",
        "状态改为“办结”，不会写入；办结由牵头单位申请。",
    ]  # fmt: skip
    # The words of another matter, however like its own, or wholly other words: the row slipped.
    slipped = [
        [dated.ref, done.text, "甲"],
        [monthly.ref, monthly.text, "乙"],
        [done.ref, monthly.text, "丙"],
    ]
    found = plan(sheet(["事项编号", "议定事项", "进展"], *slipped), people.liaison("jiaoyuju"))
    assert [entry.item for entry in found.entries] == [monthly]
    found = plan(sheet(["事项编号", "议定事项", "进展"], *slipped), people.office)
    wrong = "议定事项的文字与台账不一致，请核对是否串行；文字不能在表格里改。"
    assert ([entry.item for entry in found.entries], found.notices) == ([monthly], [])
    assert found.troubles == [(2, wrong), (4, "事项已办结，不能再报进展。"), (4, wrong)]
    alone = sheet(["事项编号", "议定事项", "进展"], [monthly.ref, done.text, "甲"])
    assert plan(alone, people.office).troubles == [(2, wrong)]


@pytest.mark.core
def test_filled_cells_become_reports_of_the_units_once_they_are_confirmed(
    people: People, client_of: Login
) -> None:
    one, two, three = make(people, "jiaoyuju"), make(people, "kejiju"), make(people, "minzhengju")
    office = client_of(people.office)
    book = exported(office)
    put(book, 2, 进展="已印发方案", 问题="人手不足", 自评="滞后", 进展日期=today() - timedelta(days=3))
    put(book, 3, 进展="=1+1")
    answer = office.post("/items/import/", {"sheet": upload(saved(book))})
    row = LedgerImport.objects.get()
    assert answer.headers["Location"] == f"/items/import/{row.pk}/"
    page = office.get(f"/items/import/{row.pk}/")
    found = page.context["plan"]
    assert [(entry.number, entry.item, entry.words) for entry in found.entries] == [
        (
            2, one,
            (("进展", "", "已印发方案"), ("问题", "", "人手不足"), ("自评", "", "滞后"),
             ("进展日期", "", f"{today() - timedelta(days=3)}")),
        )
    ]  # fmt: skip
    assert (found.troubles, found.unchanged) == ([(3, "“进展”是公式，请改成文字。")], 1)
    assert "第3行" in page.content.decode()
    assert ProgressReport.objects.count() == 0
    for _press in range(2):
        assert office.post(f"/items/import/{row.pk}/confirm/", {"seen": found.digest}).status_code == 302
    kept = ProgressReport.objects.get()
    assert (kept.item, kept.unit, kept.text, kept.problem, kept.assessment, kept.reported_on) == (
        one, people.unit("jiaoyuju"), "已印发方案", "人手不足", "behind", today() - timedelta(days=3),
    )  # fmt: skip
    assert (kept.on_behalf, kept.source_note, kept.entered_by) == (True, "表格填报", people.office)
    row.refresh_from_db()
    assert row.written == {"reports": 1, "items": 0, "left_out": 1, "unchanged": 1}
    assert [event.verb for event in audit.history_of(row)] == ["import_ledger"]
    assert (two.reports.count(), three.reports.count()) == (0, 0)
    assert "进展1条" in office.get(f"/items/import/{row.pk}/").content.decode()


def test_a_liaison_fills_its_own_items_only(people: People, client_of: Login) -> None:
    mine, other = make(people, "jiaoyuju", all_support=True, supports=()), make(people, "kejiju")
    support = make(people, "kejiju", supports=("jiaoyuju",))
    by = people.liaison("jiaoyuju")
    rows = [
        [mine.ref, "甲"], [other.ref, "乙"], [support.ref, "丙"], ["没有", "丁"], ["", "戊"],
    ]  # fmt: skip
    found = plan(sheet(["事项编号", "进展", "问题"], *rows), by)
    unknown = "没有编号为“{}”的事项，或者不属于您的单位。"
    assert [(entry.item, entry.unit) for entry in found.entries] == [
        (mine, people.unit("jiaoyuju")), (support, people.unit("jiaoyuju")),
    ]  # fmt: skip
    assert found.troubles == [
        (3, unknown.format(other.ref)), (5, unknown.format("没有")), (6, "没有找到这个事项；新增事项由办公室导入。"),
    ]  # fmt: skip
    row = importing.bring(upload(sheet(["事项编号", "进展", "问题"], *rows[:1])), by=by)
    importing.confirm(row, seen=importing.plan_of(row, by=by).digest, by=by)
    kept = ProgressReport.objects.get()
    assert (kept.item, kept.on_behalf, kept.source_note) == (mine, False, "")


def test_a_peers_items_that_are_seen_are_not_reported_on(people: People) -> None:
    from apps.common import settings_rows

    settings_rows.put("units_see_peers", True, by=people.sysadmin)
    other = make(people, "kejiju")
    found = plan(sheet(["事项编号", "进展", "问题"], [other.ref, "乙"]), people.liaison("jiaoyuju"))
    assert (found.entries, found.troubles) == ([], [(2, "不是您单位牵头或配合的事项。")])


@pytest.mark.core
def test_every_reason_of_a_row_is_said(people: People) -> None:
    item, done = make(people, "jiaoyuju"), make(people, "kejiju")
    services.ask_close(
        done, Progress(text="完", source_note="电话"), unit=people.unit("kejiju"), by=people.office
    )
    services.close(done, closed_on=today(), note="", by=people.office)
    late = f"{today() + timedelta(days=1)}"
    columns = ["事项编号", "议定事项", "进展", "问题", "自评", "进展日期"]
    rows = [
        [item.ref, "别的文字", "", "长" * 2001, "受阻了", late],
        [done.ref, "", "再报", "", "", "下周"],
        [item.ref, "", "甲\u202e乙", "", "受阻", ""],
    ]
    hidden = "“进展”：第2个字符是不可见的控制字符（U+202E），请删除后重试。"
    found = plan(sheet(columns, *rows), people.office)
    assert found.entries == []
    assert found.troubles == [
        (2, "同一事项有两行。"),
        (3, "事项已办结，不能再报进展。"), (3, "进展日期“下周”看不懂，应写成2026-06-30的样子。"),
        (4, hidden), (4, "同一事项有两行。"),
    ]  # fmt: skip
    found = plan(sheet(columns, rows[0]), people.office)
    assert [words for _row, words in found.troubles] == [
        "议定事项的文字与台账不一致，请核对是否串行；文字不能在表格里改。", "“进展”没有填写。",
        "“问题”过长：最多2000字，现有2001字。",
        "自评“受阻了”不认识，只能写正常推进、滞后、受阻；申请办结请在事项页面办理。", "进展日期不能晚于今天。",
    ]  # fmt: skip
    assert plan(sheet(columns, rows[2]), people.office).troubles == [(2, hidden)]
    found = plan(sheet(columns, [item.ref, "", "甲乙", "", "受阻", ""]), people.office)
    assert [words for _row, words in found.troubles] == [
        "受阻时请写明存在问题。", "受阻时请写明需要什么支持；表格里没有这一栏，请在事项页面填报。",
    ]  # fmt: skip


def test_merged_cells_are_named_and_a_title_above_the_headings_may_be_merged(people: People) -> None:
    first, second = make(people, "jiaoyuju"), make(people, "kejiju")
    columns = ["事项编号", "进展", "问题"]
    rows = [["督办台账", "", ""], columns, [first.ref, "甲", ""], [second.ref, "乙", ""]]
    assert [e.item for e in plan(sheet(rows[0], *rows[1:], merge="A1:C1"), people.office).entries] == [
        first, second,
    ]  # fmt: skip
    found = plan(sheet(rows[0], *rows[1:], merge="B4:C4"), people.office)
    assert [e.item for e in found.entries] == [first]
    assert found.troubles == [(4, "含有合并的单元格，请取消合并后再导入。")]


def test_rows_far_apart_are_read_and_formulas_and_other_sheets_are_told(
    people: People, client_of: Login
) -> None:
    book = Workbook()
    first: Any = book.active
    first.title = "今年"
    first.append(["纪要编号", "议定事项", "牵头", "进展"])
    for number in range(1500):
        cells = ("旧账", f"事项{number}", "市教育局")
        for column, value in enumerate(cells, start=1):
            first.cell(row=2 + 2 * number, column=column, value=value)
    first["D4"] = ArrayFormula("D4:D4", "=SUM(A1:A2)")
    first.cell(row=900_000, column=1, value="旧账")
    book.create_sheet("空白")
    book.create_sheet("去年")["C7"] = "一"
    content = saved(book)
    row = importing.bring(upload(content), by=people.office)
    read = importing.read(BytesIO(content))
    assert [line.number for line in read.lines] == [*range(2, 3001, 2), 900_000]
    assert importing.Book.of_kept(bytes(row.kept)) == read
    assert [(line.number, line.troubles) for line in read.lines if line.troubles] == [
        (4, ("“进展”是公式，请改成文字。",))
    ]
    page = client_of(people.office).get(f"/items/import/{row.pk}/")
    assert (page.context["plan"].sheet, page.context["plan"].unread) == ("今年", ("去年",))
    assert "读的是工作表“今年”。“去年”里也有内容，没有读" in page.content.decode()
    for number in range(600):
        first.cell(row=3 + 2 * number, column=1, value="旧账")
    with pytest.raises(ValidationError) as caught:
        importing.read(BytesIO(saved(book)))
    assert caught.value.messages == ["一次最多导入2000行，请分几次。"]


def test_the_file_is_read_once_and_again_only_where_nothing_was_kept(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = date(2026, 6, 30)
    rows = [
        ["来源", "甲事", "市教育局", day, "行一_x000D_\n行二"],
        ["来源", "乙", "市教育局", day, "甲_xD800_"],
    ]
    row = importing.bring(
        upload(sheet(["纪要编号", "议定事项", "牵头", "时限", "进展"], *rows)), by=people.office
    )
    row.refresh_from_db()
    book = importing.Book.of_kept(bytes(row.kept))
    assert [line.cells for line in book.lines] == [
        {"label": "来源", "text": "甲事", "leads": "市教育局", "due": day, "said": "行一\n行二"},
        {"label": "来源", "text": "乙", "leads": "市教育局", "due": day, "said": ""},
    ]
    told = importing.plan_of(row, by=people.office).digest
    row.kept = b""
    assert importing.plan_of(row, by=people.office).digest == told
    monkeypatch.setattr(writing, "read", None)
    with pytest.raises(TypeError):
        importing.plan_of(row, by=people.office)
    row.refresh_from_db()
    assert importing.plan_of(row, by=people.office).digest == told


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ("甲_x0000_", "第2个字符是不可见的控制字符（U+0000），请删除后重试。"),
        ("甲_xD800_", "文字中有残缺的字符，请重新输入。"),
    ],
)
def test_what_no_database_holds_is_a_rows_trouble_in_any_column(people: People, odd: str, why: str) -> None:
    """On SQLite a NUL would pass: what is asserted is that no cell keeps it."""
    columns = [
        "事项编号",
        "纪要编号",
        "议定事项",
        "牵头",
        "时限",
        "进展",
        "状态",
        "导出标记",
        "自评",
        "进展日期",
    ]
    rows = [[odd if place == column else "" for place in columns] for column in columns]
    content = sheet(["序号", *columns], *[[1, *row] for row in rows])
    read = importing.read(BytesIO(content))
    assert [set(line.cells.values()) for line in read.lines] == [{"1", ""}] * 10
    told = [(number, f"“{column}”：{why}") for number, column in enumerate(columns, start=2)]
    assert importing.check(read, by=people.office).troubles == told


def test_a_cell_costs_no_more_than_it_is_long(people: People) -> None:
    """Each was minutes of work: a run of blanks in a label or a day, one text in every cell, a long formula shared by many."""
    blanks = " " * 200_000
    rows = [
        [f"甲{blanks}乙", "事", "市教育局", f"1{blanks}1", ""],
        [f"甲{blanks[:9000]}乙", "事", "市教育局", "", ""],
    ]
    content = sheet(["纪要编号", "议定事项", "牵头", "时限", "进展"], *rows)
    started = process_time()
    found = plan(content, people.office)
    assert process_time() - started < 2
    assert found.troubles == [
        (2, "“纪要编号”过长：一格最多10000字，现有32767字。"), (2, "“时限”过长：一格最多10000字，现有32767字。"),
        (3, "“纪要编号”过长：最多60字，现有9002字。"),
    ]  # fmt: skip
    everywhere = sheet(["纪要编号", "议定事项", "牵头", "进展", "问题"], *[["长" * 9000] * 5] * 300)
    with pytest.raises(ValidationError) as caught:
        importing.read(BytesIO(everywhere))
    assert caught.value.messages == ["表格过大，请分几次导入。"]

    rows = [["=A1", "市教育局", ""]] * 300
    started = process_time()
    read = importing.read(BytesIO(sharing(sheet(["议定事项", "牵头", "时限"], *rows), "A1+" * 20_000 + "1")))
    assert process_time() - started < 2
    assert [line.troubles for line in read.lines] == [("“议定事项”是公式，请改成文字。",)] * 300


def sharing(content: bytes, formula: str) -> bytes:
    """The sheet with one formula that all its cells with a formula share."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            text = text.replace("<f>A1</f>", f'<f t="shared" si="0" ref="A2:A301">{formula}</f>', 1)
            new.writestr(name, text.replace("<f>A1</f>", '<f t="shared" si="0"/>'))
    return out.getvalue()


def test_empty_rows_and_many_sheets_cost_nothing(people: People, client_of: Login) -> None:
    """A row at the very end made a million empty ones, on each sheet of the file."""
    book = Workbook()
    first: Any = book.active
    first.append(["纪要编号", "议定事项", "牵头"])
    first.append(["来源", "事", "市教育局"])
    for number in range(9):
        book.create_sheet(f"空{number}")
    for each in book.worksheets:
        each.row_dimensions[1_048_576].height = 15  # a row without cells
    started = process_time()
    read = importing.read(BytesIO(saved(book)))
    assert process_time() - started < 3
    assert ([line.number for line in read.lines], read.unread) == ([2], ())
    book.create_sheet("第十一张")
    answer = client_of(people.office).post("/items/import/", {"sheet": upload(saved(book))})
    assert (answer.status_code, answer.context["form"].errors["sheet"]) == (
        422, ["工作表太多：最多10张，请只留要导入的。"],
    )  # fmt: skip


def test_what_unpacks_to_too_much_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openpyxl.reader.excel.ExcelReader", object)
    with pytest.raises(ValidationError) as caught:
        importing.read(BytesIO(swollen(20 * 1024**2 + 1)))
    assert caught.value.messages == ["表格过大，请分几次导入。"]


def test_a_report_made_since_the_export_is_not_written_over(people: People, client_of: Login) -> None:
    item, by = make(people, "jiaoyuju"), people.liaison("jiaoyuju")
    client = client_of(by)
    services.report(item, Progress(text="一"), unit=people.unit("jiaoyuju"), by=by)
    book = exported(client)
    services.report(item, Progress(text="二"), unit=people.unit("jiaoyuju"), by=by)
    assert plan(saved(book), by).unchanged == 1
    put(book, 2, 进展="三")
    assert plan(saved(book), by).troubles == [(2, f"导出之后{today()}又报过进展，请重新导出再填。")]
    put(book, 2, 导出标记="x")
    assert [words for _row, words in plan(saved(book), by).troubles] == [
        f"导出之后{today()}又报过进展，请重新导出再填。"
    ]


def written(content: bytes, by: Any) -> int:
    """How many reports a sheet adds when it is brought and confirmed; 0 where nothing is left to write."""
    before = ProgressReport.objects.count()
    row = importing.bring(upload(content), by=by)
    found = importing.plan_of(row, by=by)
    assert found.troubles == []
    if found.entries:
        importing.confirm(row, seen=found.digest, by=by)
    return ProgressReport.objects.count() - before


def test_a_block_keeps_what_is_needed_from_whom(people: People) -> None:
    item, helper = make(people, "jiaoyuju"), people.unit("gongxinju")
    said = Progress(text="甲", problem="缺名单", assessment="blocked", need="请提供名单", need_from=helper)
    services.report(item, said, unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju"))
    head = ["事项编号", "进展", "问题", "自评"]
    assert written(sheet(head, [item.ref, "乙", "仍缺名单", ""]), people.office) == 1
    item.refresh_from_db()
    assert (item.blocked, item.blocked_need, item.blocked_from) == ("仍缺名单", "请提供名单", helper)
    assert written(sheet(head, [item.ref, "丙", "", "正常推进"]), people.office) == 1
    item.refresh_from_db()
    assert (item.blocked, item.blocked_need, item.blocked_from) == ("", "", None)


@pytest.mark.parametrize(
    ("closed_on", "last", "blocked"),
    [
        (None, "blocked", "缺资金"),
        (None, "normal", ""),
        (today(), "blocked", ""),
    ],
)
def test_a_past_report_blocks_its_item_at_once(
    people: People, closed_on: date | None, last: str, blocked: str
) -> None:
    """受阻 as the last report of a lead says it; what a supporting unit says, or a matter that is done, blocks nothing."""
    lead, support, day = people.unit("jiaoyuju"), people.unit("kejiju"), today() - timedelta(days=30)
    item = past.PastItem(
        ref="P-1", seq=1, text="示例事项", leads=[lead], supports=[support], all_support=False, due_on=today(),
        recurrence="", duties=[], paper=None, anchor="", label="〔2025〕1号", opened_on=day, closed_on=closed_on,
    )  # fmt: skip
    reports = [
        past.report_row(lead, day + timedelta(days=9), "乙", problem="缺资金", assessment=last),
        past.report_row(lead, day + timedelta(days=5), "甲", problem="缺人", assessment="blocked"),
        past.report_row(support, day + timedelta(days=12), "丙", problem="缺料", assessment="blocked"),
    ]
    kept = past.keep_item(item, reports=reports, by=people.office)
    kept.refresh_from_db()
    assert (kept.blocked, kept.blocked_need, kept.blocked_from) == (blocked, "", None)
    services.refresh(kept, by=people.office)
    kept.refresh_from_db()
    assert kept.blocked == blocked or closed_on


def test_the_office_speaks_for_the_lead_whose_report_the_row_showed(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju", "kejiju")
    services.report(item, Progress(text="甲"), unit=people.unit("kejiju"), by=people.liaison("kejiju"))
    book = exported(client_of(people.office))
    put(book, 2, 下一步="再办")
    assert written(saved(book), people.office) == 1
    rows = ProgressReport.objects.order_by("pk").values_list("unit__code", "text", "next_step")
    assert list(rows) == [("kejiju", "甲", ""), ("kejiju", "甲", "再办")]


def test_a_supporting_unit_adds_only_what_it_changed_and_once(people: People, client_of: Login) -> None:
    item, by = make(people, "jiaoyuju"), people.liaison("shengtaiju")
    said = Progress(text="甲", problem="缺人", next_step="招人", assessment="behind")
    services.report(item, said, unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju"))
    book = exported(client_of(by))
    put(book, 2, 下一步="配合招人")
    assert [written(saved(book), by) for _time in range(2)] == [1, 0]
    put(book, 2, 进展="已配合")
    assert [written(saved(book), by) for _time in range(2)] == [1, 0]
    rows = item.reports.filter(unit__code="shengtaiju").order_by("pk")
    assert list(rows.values_list("text", "problem", "next_step", "assessment")) == [
        ("补充下一步。", "", "配合招人", "normal"),
        ("已配合", "", "配合招人", "normal"),
    ]


def test_the_same_sheet_again_writes_nothing(people: People, client_of: Login) -> None:
    item, by = make(people, "jiaoyuju"), people.liaison("jiaoyuju")
    book = exported(client_of(by))
    put(book, 2, 进展="甲", 自评="滞后", 进展日期=today() - timedelta(days=1))
    own = sheet(["事项编号", "进展", "自评"], [item.ref, "乙", "滞后"])
    assert [written(content, by) for content in (saved(book), saved(book), own, own)] == [1, 0, 1, 0]
    later = sheet(["事项编号", "进展", "进展日期"], [item.ref, "乙", "看不懂"])
    assert [words for _row, words in plan(later, by).troubles] == [
        "进展日期“看不懂”看不懂，应写成2026-06-30的样子。"
    ]


def test_the_items_are_locked_in_order_before_the_look_is_compared(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = make(people, "jiaoyuju"), make(people, "kejiju")
    rows = [[item.ref, "甲"] for item in (two, one)]
    row = importing.bring(upload(sheet(["事项编号", "进展", "问题"], *rows)), by=people.office)
    seen: list[Any] = []

    def locking(obj: Any) -> Any:
        seen.append((type(obj).__name__, obj.pk))
        if obj == two:  # somebody reports while the second is waited for
            said = Progress(text="乙", source_note="电话")
            services.report(one, said, unit=people.unit("jiaoyuju"), by=people.office)
        return workflow.lock(obj)

    digest = importing.plan_of(row, by=people.office).digest
    monkeypatch.setattr(writing, "lock", locking)
    with pytest.raises(Refused, match="预览之后台账有了变化"):
        importing.confirm(row, seen=digest, by=people.office)
    assert seen == [("LedgerImport", row.pk), ("ActionItem", one.pk), ("ActionItem", two.pk)]


def test_what_changed_after_the_look_is_looked_at_again(people: People) -> None:
    item = make(people, "jiaoyuju")
    row = importing.bring(upload(sheet(["事项编号", "进展", "问题"], [item.ref, "甲"])), by=people.office)
    seen = importing.plan_of(row, by=people.office).digest
    said = Progress(text="乙", source_note="电话")
    services.report(item, said, unit=people.unit("jiaoyuju"), by=people.office)
    with pytest.raises(Refused, match="预览之后台账有了变化"):
        importing.confirm(row, seen=seen, by=people.office)
    assert [report.text for report in item.reports.all()] == ["乙"]


@pytest.mark.core
def test_a_long_sheet_is_written_by_the_worker_once_and_whole(
    people: People, client_of: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [make(people, "jiaoyuju"), make(people, "kejiju")]
    rows = [[item.ref, "甲"] for item in items]
    row = importing.bring(upload(sheet(["事项编号", "进展", "问题"], *rows)), by=people.office)
    office, here = client_of(people.office), f"/items/import/{row.pk}/"
    seen = importing.plan_of(row, by=people.office).digest
    monkeypatch.setattr(long, "LONG_IMPORT", 1)
    stale = office.post(f"{here}confirm/", {"seen": "别的"}, headers={"accept": "application/json"})
    assert (stale.status_code, LongWork.objects.count()) == (409, 0)
    answers = [office.post(f"{here}confirm/", {"seen": seen}) for _press in range(2)]
    work = LongWork.objects.get()
    assert [answer.headers["Location"] for answer in answers] == [f"/work/{work.pk}/"] * 2
    page = office.get(here).content.decode()
    assert (f'<a href="/work/{work.pk}/">看进度</a>' in page, "确认导入" in page) == (True, False)
    assert ProgressReport.objects.count() == 0
    heard: list[tuple[int, int]] = []
    monkeypatch.setattr(long_work._Noting, "__call__", lambda _self, *told: heard.append(told))
    assert (works.run([work.pk]), works.run([work.pk])) == (1, 0)
    work.refresh_from_db()
    row.refresh_from_db()
    assert (work.trouble, work.url, row.written["reports"]) == ("", here, 2)
    assert (heard, ProgressReport.objects.count()) == ([(1, 2), (2, 2)], 2)
    assert office.post(f"{here}confirm/", {"seen": seen}).headers["Location"] == here


def test_what_the_worker_may_not_write_is_told(
    people: People, client_of: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long, "LONG_IMPORT", 0)
    item = make(people, "jiaoyuju")
    book = sheet(["事项编号", "进展", "问题"], [item.ref, "甲"])
    changed, gone, cleared = (importing.bring(upload(book), by=people.office) for _sheet in range(3))
    for row in (changed, gone, cleared):
        seen = importing.plan_of(row, by=people.office).digest
        client_of(people.office).post(f"/items/import/{row.pk}/confirm/", {"seen": seen})
    LedgerImport.objects.filter(pk=gone.pk).update(kept=b"")
    (Path(settings.FILES_ROOT) / gone.file.path).unlink()
    cleared.delete()
    services.report(
        item, Progress(text="乙", source_note="电话"), unit=people.unit("jiaoyuju"), by=people.office
    )
    assert works.sweep() == 3
    assert list(LongWork.objects.order_by("pk").values_list("trouble", flat=True)) == [
        "预览之后台账有了变化，请再核对一遍下面的内容，然后确认。", "文件读不出来，请重新上传。",
        "上传的表格已经清理，或者您不再有导入的权限。",
    ]  # fmt: skip
    assert [report.text for report in item.reports.all()] == ["乙"]


@pytest.mark.core
def test_a_sheet_nobody_confirms_goes_after_a_day_and_its_file_with_it(
    people: People, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    item = make(people, "jiaoyuju")
    book = sheet(["事项编号", "进展", "问题"], [item.ref, "甲"])
    done, waits, old = (importing.bring(upload(book), by=people.office) for _sheet in range(3))
    monkeypatch.setattr(long, "LONG_IMPORT", 0)
    seen = importing.plan_of(done, by=people.office).digest
    long.start_import(waits, seen=seen, by=people.office)
    importing.confirm(done, seen=seen, by=people.office)
    files = [Path(settings.FILES_ROOT) / row.file.path for row in (done, waits, old)]
    with time_machine.travel(timezone.now() + timedelta(hours=23)):
        fresh = importing.bring(upload(book), by=people.office)
        assert forget_uploads() == 0
    with (
        time_machine.travel(timezone.now() + timedelta(hours=25)),
        django_capture_on_commit_callbacks(execute=True),
    ):
        assert forget_uploads() == 1
    assert list(LedgerImport.objects.order_by("pk")) == [done, waits, fresh]
    assert [file.exists() for file in files] == [True, True, False]
    assert not StoredFile.objects.filter(pk=old.file_id).exists()


def test_all_rows_are_written_or_none(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [make(people, "jiaoyuju"), make(people, "kejiju")]
    rows = [[item.ref, "甲"] for item in items]
    row = importing.bring(upload(sheet(["事项编号", "进展", "问题"], *rows)), by=people.office)
    seen = importing.plan_of(row, by=people.office).digest
    real = services.report

    def second_fails(item: ActionItem, *args: Any, **kwargs: Any) -> Any:
        if item == items[1]:
            raise ValidationError("坏了")
        return real(item, *args, **kwargs)

    monkeypatch.setattr(services, "report", second_fails)
    before = AuditEvent.objects.count()
    with pytest.raises(Refused, match="第3行：坏了"):
        importing.confirm(row, seen=seen, by=people.office)
    row.refresh_from_db()
    assert (ProgressReport.objects.count(), AuditEvent.objects.count(), row.done_at) == (0, before, None)


@pytest.mark.core
def test_the_offices_own_ledger_comes_in_with_its_facts(people: People) -> None:
    old = make(people, "jiaoyuju", source_label="〔2025〕3号", seq=4)
    rows: list[list[Any]] = [
        ["〔2025〕3号-1", "甲事", "市教育局、市科技局", "各成员单位", "2025年6月30日", "2025-09-30", "办了", "", "", "逾期办结",
         date(2025, 10, 8), date(2025, 10, 9), ""],
        ["〔2025〕3号", "乙事", "教育局", "市民政局", "每季度首月15日前", "", "正在办", "缺人", "再催", "推进中", "2025-08-01", "", "受阻"],
        ["市政府交办", "丙事", "市教育局", "", "长期坚持", "", "", "", "", "", "", "", ""],
        ["〔2025〕3号-4", "议定事项1", "市教育局", "", "", "", "补报", "", "", "", "", "", ""],
    ]  # fmt: skip
    row = importing.bring(upload(sheet([*SHORT, "自评"], *rows)), by=people.office)
    found = importing.plan_of(row, by=people.office)
    assert found.troubles == []
    assert [(e.number, e.title) for e in found.items] == [
        (2, "〔2025〕3号-1 甲事"), (3, "〔2025〕3号-5 乙事"), (4, "市政府交办-1 丙事"),
    ]  # fmt: skip
    assert [(e.number, e.item) for e in found.reports] == [(5, old)]
    importing.confirm(row, seen=found.digest, by=people.office)
    kept = {item.text: item for item in ActionItem.objects.exclude(pk=old.pk)}
    facts = {
        text: (
            item.ref, item.source_label, item.seq, [u.code for u in ledger_units(item)], item.all_support, item.due_on,
            item.current_due, item.recurrence, item.is_standing, item.state, item.opened_on, item.closed_on,
        )
        for text, item in kept.items()
    }  # fmt: skip
    ref = f"TZ{row.pk}"
    assert facts == {
        "甲事": (f"{ref}-2", "〔2025〕3号", 1, ["jiaoyuju", "kejiju"], True, date(2025, 6, 30), date(2025, 9, 30), "",
               False, "closed", date(2025, 6, 30), date(2025, 10, 9)),
        "乙事": (f"{ref}-3", "〔2025〕3号", 5, ["jiaoyuju", "minzhengju"], False, None, None, "每季度首月15日前", False,
               "in_progress", date(2025, 8, 1), None),
        "丙事": (f"{ref}-4", "市政府交办", 1, ["jiaoyuju"], False, None, None, "", True, "in_progress", today(), None),
    }  # fmt: skip
    assert [(r.reported_on, r.text, r.problem, r.next_step) for r in kept["乙事"].reports.all()] == [
        (date(2025, 8, 1), "正在办", "缺人", "再催")
    ]
    assert {text: item.blocked for text, item in kept.items()} == {"甲事": "", "乙事": "缺人", "丙事": ""}
    assert [event.verb for event in audit.history_of(kept["甲事"])] == [
        "open", "ask_extension", "decide_extension", "report", "close",
    ]  # fmt: skip
    again = importing.bring(upload(sheet([*SHORT, "自评"], *rows[:3])), by=people.office)
    assert {words for _row, words in importing.plan_of(again, by=people.office).troubles} == {
        "台账或者本表里已经有这个事项。"
    }


def ledger_units(item: ActionItem) -> list[Any]:
    return [part.unit for part in item.parts.select_related("unit").order_by("role", "position")]


def test_new_rows_say_what_is_wrong_with_them(people: People) -> None:
    late = today() + timedelta(days=3)
    rows: list[list[Any]] = [
        ["", "", "", "", "", "", "", "", "", "", "", ""],
        ["", "甲", "某某局", "市教育局", "尽快", "", "", "", "", "暂缓", "", ""],
        ["来源", "乙", "市教育局", "市教育局", "2026-02-30", "2026-01-01", "", "", "", "", "", late],
        ["来源", "丙", "市教育局", "", "2026-06-30", "2026-06-01", "", "", "", "办结", "", ""],
        ["来源", "丁", "市教育局", "市教育局", "", "", "", "", "", "推进中", "", date(2026, 1, 5)],
        ["来源", "戊", "市教育局", "", "", "", "", "", "", "", "昨天", ""],
    ]
    found = plan(sheet(SHORT, *rows), people.office)
    forms = "每月5日前、每季度首月15日前、每季度末、每半年、每年6月底前、每年3月15日前"
    assert found.entries == []
    assert found.troubles == [
        (3, "没有写纪要编号（或者来源）。"), (3, "牵头单位不认识：某某局。"),
        (3, f"时限“尽快”看不懂，应是日期、长期坚持，或者{forms}。"), (3, "状态“暂缓”不能导入。"),
        (4, f"时限“2026-02-30”看不懂，应是日期、长期坚持，或者{forms}。"), (4, "“办结日”不能晚于今天。"),
        (5, "状态是办结，却没有办结日。"),
        (6, "有办结日，状态却是“推进中”。"),
        (7, "“最近更新”不是日期。"),
    ]  # fmt: skip
    found = plan(
        sheet(SHORT, ["来源", "丁", "市教育局", "市教育局", "2026-06-30", "2026-06-01"]), people.office
    )
    assert found.troubles == [(2, "延期后时限应当晚于原定时限。"), (2, "“丁”中有单位重复。")]
    worried = ["来源", "己", "市教育局", "", "2026-06-30", "", "在办", "", "", "", "", ""]
    words = [
        plan(sheet([*SHORT, "自评"], [*worried, said]), people.office).troubles for said in ("受阻", "受阻了")
    ]
    assert words == [
        [(2, "受阻时请写明存在问题。")], [(2, "自评“受阻了”不认识，只能写正常推进、滞后、受阻；申请办结请在事项页面办理。")],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (sheet(["甲", "乙"], ["1", "2"]), "没有找到表头，应当有“议定事项”“牵头”“时限”“进展”等列，可先导出台账作样子。"),
        (sheet(["事项编号", "进展", "问题"]), "表格里没有事项。"),
        (sheet(["事项编号", "进展", "最近进展"], ["1", "2", "3"]), "有几列都像“进展”，请只留一列。"),
        (sheet(["事项编号", "进展", "问题"], *[["1", "2"]] * 2001), "一次最多导入2000行，请分几次。"),
        (b"PK\x03\x04 no zip", "表格读不出来，请重新保存为 XLSX 后上传。"),
    ],
)  # fmt: skip
def test_a_sheet_that_is_no_ledger_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(ValidationError) as caught:
        importing.read(BytesIO(content))
    assert caught.value.messages == [why]


def test_wrong_files_are_refused_beside_the_field_and_keep_nothing(people: People, client_of: Login) -> None:
    office = client_of(people.office)
    old = office.post("/items/import/", {"sheet": upload(b"\xd0\xcf\x11\xe0", "台账.xls")})
    empty = office.post("/items/import/", {})
    fake = office.post("/items/import/", {"sheet": upload(b"no sheet at all")})
    none = office.post("/items/import/", {"sheet": upload(sheet(["甲"], ["乙"]))})
    answers = [old, empty, fake, none]
    assert [answer.status_code for answer in answers] == [422] * 4
    assert [answer.context["form"].errors["sheet"] for answer in answers] == [
        ["只能导入 .xlsx 表格，请在 WPS 或 Excel 中另存为 .xlsx 后再上传。"], ["这个字段是必填项。"],
        ["文件内容与扩展名 .xlsx 不符。"],
        ["没有找到表头，应当有“议定事项”“牵头”“时限”“进展”等列，可先导出台账作样子。"],
    ]  # fmt: skip
    assert LedgerImport.objects.count() == 0


def test_who_may_bring_a_sheet_and_see_it(people: People, client_of: Login) -> None:
    item = make(people, "jiaoyuju")
    row = importing.bring(
        upload(sheet(["事项编号", "进展", "问题"], [item.ref, "甲"])), by=people.liaison("jiaoyuju")
    )
    here = f"/items/import/{row.pk}/"
    answers = {
        name: (client_of(user).get("/items/import/").status_code, client_of(user).get(here).status_code,
               client_of(user).post(f"{here}confirm/").status_code)
        for name, user in {
            "own": people.liaison("jiaoyuju"), "office": people.office, "peer": people.liaison("kejiju"),
            "convener": people.convener, "auditor": people.auditor, "visitor": people.visitor,
        }.items()
    }  # fmt: skip
    assert answers == {
        "own": (200, 200, 302), "office": (200, 404, 404), "peer": (200, 404, 404), "convener": (403, 403, 403),
        "auditor": (403, 403, 403), "visitor": (403, 403, 403),
    }  # fmt: skip
    assert ProgressReport.objects.count() == 0  # nobody had looked: the digest was missing


@pytest.mark.parametrize("count", [1, 3])
def test_a_longer_sheet_costs_no_more_queries(people: People, count: int) -> None:
    items = [make(people, "jiaoyuju") for _ in range(count)]
    rows = [["", "", item.ref, "甲", "民政局", "2030-01-01"] for item in items]
    rows += [[f"〔2020〕{n}号-1", f"新{n}", "", "乙", "市教育局", ""] for n in range(count)]
    head = ["纪要编号", "议定事项", "事项编号", "进展", "牵头", "时限"]
    costs = []
    for user in (people.office, people.liaison("jiaoyuju")):
        lines = importing.read(BytesIO(sheet(head, *rows)))
        found = importing.check(lines, by=user)
        assert len(found.entries) == count * (2 if user == people.office else 1)
        assert len(found.notices) == 2 * count
        with CaptureQueriesContext(connection) as asked:
            importing.check(lines, by=user)
        costs.append(len(asked))
    assert costs == [13, 11]


def test_dates_as_offices_type_them() -> None:
    typed = [
        "2026-06-30", "2026/6/30", "2026.6.30", "2026年6月30日前", " 2026年 6月30日", date(2026, 6, 30), "46203",
        "2026/6/30 0:00", "2026-06-30 00:00:00", "２０２６年６月３０日", "2026-02-30", "6月30日", "", None, "0026-01-01", "20260",
    ]  # fmt: skip
    assert [day_of(value) for value in typed] == [date(2026, 6, 30)] * 10 + [None] * 5 + [date(1955, 6, 20)]


def test_the_sheet_names_its_columns_as_the_reader_knows_them() -> None:
    known = {heading for headings in importing.reading.FIELDS.values() for heading in headings}
    assert set(ledger_page.SHEET) <= known
    # Every column is read back, told where it was changed in vain, or none of a matter's own.
    back = {*ledger_page.TO_FILL, *ledger_page.REFERENCES, "进展", "问题", "下一步"}
    assert {*TOLD, *back, "序号"} == set(ledger_page.SHEET)
