"""The 档案 of an item: what stands in it in which order, what is missing in words, names, who may fetch it."""

import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from apps.action_items import correcting, evidence, item_reading, item_sheets, services
from apps.action_items.models import ActionItem, Ending, Extension
from apps.action_items.services import Asked, Given, OnPaper, Progress, Proposed
from apps.common import audit
from apps.common.models import StoredFile
from apps.documents import making
from apps.documents.composition import plain_text
from apps.roster.selectors import today
from tests.factories.people import People
from tests.factories.printed import faults_of, printed, text_of_sound

from .test_extending import PNG, an_item, scan
from .test_services import make

Login = Callable[[Any], Client]
SAMPLE_DAY = datetime(2026, 11, 23, 2, tzinfo=UTC)


def read(pk: int) -> ActionItem:
    return item_reading.fill(item_reading.with_flags(ActionItem.objects.all()).get(pk=pk))


def lines(item: ActionItem, user: Any) -> list[tuple[str, str, str]]:
    return list(evidence.pack_of(read(item.pk), user).lines)


@pytest.fixture
@time_machine.travel(datetime(2026, 9, 22, 2, tzinfo=UTC), tick=False)
def whole(people: People) -> ActionItem:
    """An item with a report, an extension on paper, a 批示 and its completion, with files to each."""
    item, unit, user = an_item(people), people.unit("jiaoyuju"), people.liaison("jiaoyuju")
    services.sign_for(item, by=people.liaison("shengtaiju"))
    services.report(item, Progress(text="已起草", files=(scan("初稿?.png"),)), unit=unit, by=user)
    row = services.ask_extension(
        item, Asked("合并实施", date(2026, 12, 15), files=(scan("依据.png"),)), unit=unit, by=user
    )
    services.review_extension(row, accept=True, by=people.office)
    name = people.convener.person.name  # type: ignore[attr-defined]
    services.register_extension(row, OnPaper(True, name, today(), "圈阅", scan()), by=people.office)
    services.direct(item, Given("请抓紧", "市政府×××", today(), scan("批示.png")), by=people.office)
    services.ask_close(item, Progress(text="制度已印发", files=(scan("制度.png"),)), unit=unit, by=user)
    services.close(ActionItem.objects.get(pk=item.pk), by=people.office)
    return item


def test_everything_in_archive_order(whole: ActionItem, people: People) -> None:
    assert lines(whole, people.office) == [
        ("01-1", "议定事项.pdf", ""),
        ("02", "会议纪要", "缺：会议纪要（本事项没有对应的纪要文件）"),
        ("03-1", "交办和签收情况.pdf", ""),
        ("04-1", "进展报告.pdf", ""),
        ("04-2", "附件 20260922市教育局 初稿.png", ""),
        ("05", "催办函", "没有发过催办函"),
        ("06-1", "20260922延期审批表.pdf", "同意"),
        ("06-2", "附件 20260922延期 依据.png", ""),
        ("06-3", "附件 20260922延期 审批件.png", ""),
        ("07-1", "领导批示.pdf", ""),
        ("07-2", "附件 20260922批示 批示.png", ""),
        ("08-1", "办结情况.pdf", ""),
        ("08-2", "附件 20260922市教育局办结佐证 制度.png", ""),
        ("09-1", "办理记录.pdf", ""),
    ]


def test_what_is_missing_is_said(people: People) -> None:
    item = make(people, "jiaoyuju")
    pack = evidence.pack_of(read(item.pk), people.office)
    assert pack.missing == (
        "缺：会议纪要（本事项没有对应的纪要文件）", "缺：市教育局、市生态环境局的签收", "缺：进展报告", "事项尚未办结",
    )  # fmt: skip
    assert [line for line in pack.lines if line[2] in ("没有申请过延期", "没有批示")] == [
        ("06", "延期", "没有申请过延期"), ("07", "领导批示", "没有批示"),
    ]  # fmt: skip
    services.ask_close(
        item, Progress(text="已完成"), unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju")
    )
    services.close(ActionItem.objects.get(pk=item.pk), by=people.office)
    assert "缺：办结佐证材料" in evidence.pack_of(read(item.pk), people.office).missing


def test_a_file_that_is_gone_is_named(whole: ActionItem, people: People) -> None:
    stored = StoredFile.objects.get(name="依据.png")
    (Path(settings.FILES_ROOT) / stored.path).unlink()
    pack = evidence.pack_of(read(whole.pk), people.office)
    assert "缺：附件依据.png（文件读不出来）" in pack.missing
    assert not any("依据" in one.name for one in pack.named)


@time_machine.travel(SAMPLE_DAY)
def test_the_minutes_go_in_with_every_version_but_not_for_a_visitor(past: People) -> None:
    making.make_due()
    item = ActionItem.objects.get(ref="M2-5")
    minutes = [line for line in lines(item, past.liaison("zhujianju")) if line[0].startswith("02")]
    assert [(number, note) for number, _name, note in minutes] == [
        ("02-1", "已更正，以新版为准"),
        ("02-2", ""),
    ]
    assert minutes[1][1].endswith("（第2版）.pdf")
    hidden = [line for line in lines(item, past.visitor) if line[0].startswith("02")]
    assert hidden == [("02", "会议纪要", "会议纪要未向您开放")]


def test_the_zip_holds_the_files_and_the_journal_who_fetched_it(
    whole: ActionItem, people: People, client_of: Login
) -> None:
    lead, here = client_of(people.liaison("jiaoyuju")), f"/items/{whole.pk}/evidence/"
    first = lead.get(here)
    assert (first.context["ready"].made, first.context["ready"].wanted) == (0, 8)
    assert lead.get(f"{here}zip/").headers["Location"] == here  # not made yet
    assert making.make_due() == 8
    assert "下载档案（ZIP）" in lead.get(here).content.decode()
    answer = lead.get(f"{here}zip/")
    data = answer.getvalue()
    folder = "〔2026〕1号第1项议定事项档案"
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        wanted = [f"{folder}/00 卷内目录.pdf"]
        said = lines(whole, people.office)
        wanted += [f"{folder}/{number} {name}" for number, name, _note in said if "-" in number]
        assert names == wanted
        assert archive.read(f"{folder}/06-2 附件 20260922延期 依据.png") == PNG
        assert all(archive.read(name)[:5] == b"%PDF-" for name in names if name.endswith(".pdf"))
        assert all(info.flag_bits & 0x800 for info in archive.infolist())  # names are UTF-8
    event = audit.history_of(whole).last()
    assert event is not None
    assert (event.verb, event.actor, event.detail) == (
        "evidence", people.liaison("jiaoyuju"),
        {"files": 13, "missing": ["缺：会议纪要（本事项没有对应的纪要文件）"]},
    )  # fmt: skip
    again = lead.get(f"{here}zip/")
    assert len(again.getvalue()) == len(data)  # the fetching itself changes no sheet
    for one in (answer, again):
        for close in vars(one)["_resource_closers"]:  # the server closes the whole answer
            close()
    assert client_of(people.liaison("kejiju")).get(f"{here}zip/").status_code == 404


def test_names_that_old_windows_takes() -> None:
    assert evidence.safe_name('a/b\\c:d*e?f"g<h>i|j\tk') == "a b c d e f g h i j k"
    assert [evidence.safe_name(name) for name in ("CON", "nul.png", " . ", "报告. ", "长" * 200)] == [
        "_CON", "_nul.png", "未命名", "报告", "长" * 90,
    ]  # fmt: skip


def sheet_texts(item: ActionItem) -> dict[str, str]:
    events = item_sheets.item_life.events_of(item)
    papers = {
        "item": item_sheets.item_sheet(item), "receipts": item_sheets.receipts_sheet(item),
        "reports": item_sheets.reports_sheet(item), "directives": item_sheets.directives_sheet(item),
        "closing": item_sheets.closing_sheet(item), "journal": item_sheets.journal_sheet(item, events),
        "extension": item_sheets.extension_sheet(item.extensions.all()[0]),
        "catalogue": item_sheets.catalogue(item, [("01-1", "议定事项.pdf", "")]),
    }  # fmt: skip
    for name, paper in papers.items():
        assert faults_of(paper) == [], name
    return {name: text_of_sound(paper) for name, paper in papers.items()}


def test_every_sheet_is_sound_and_says_what_happened(whole: ActionItem) -> None:
    texts = sheet_texts(read(whole.pk))
    wanted = {
        "item": "2026年12月15日（延期1次）", "receipts": "市教育局经办人A", "reports": "【正常推进】已起草",
        "directives": "请抓紧（附扫描件）", "closing": "制度已印发", "journal": "同意延期", "catalogue": "01-1\t议定事项.pdf",
        "extension": "圈阅",
    }  # fmt: skip
    assert {name: words in texts[name] for name, words in wanted.items()} == dict.fromkeys(wanted, True)


def test_the_sheet_of_an_ending_and_what_is_missing_of_one(people: People) -> None:
    with time_machine.travel(datetime(2026, 9, 22, 2, tzinfo=UTC), tick=False):
        item, heir = an_item(people), make(people, "kejiju", due_on=date(2026, 12, 15))
        given = Proposed("merge", "内容相同，由一个单位牵头更便于推进。", heir, add_missing=True)
        asked = services.propose_ending(item, given, by=people.office)
        row = Ending.objects.get(pk=asked.pk)
        assert plain_text(item_sheets.ending_sheet(row, reader=people.office)) == printed(
            __file__, "ending_sheet"
        ).rstrip("\n")
        assert [line for line in lines(item, people.office) if line[0].startswith("08")] == [
            ("08-1", "办结情况.pdf", ""),
            ("08-2", "20260922终止（合并）审批表.pdf", "待召集人批准"),
            ("08", "办结", "事项尚未办结"),
        ]
        name = people.convener.person.name  # type: ignore[attr-defined]
        services.register_ending(row, OnPaper(True, name, today(), "圈阅", scan()), by=people.office)
        paper = item_sheets.ending_sheet(Ending.objects.get(pk=row.pk), reader=people.office)
        assert f"同意：圈阅（{name}，2026年9月22日，线下审批，附扫描件）" in plain_text(paper)
        assert faults_of(paper) == []
        own, other = make(people, "minzhengju"), make(people, "caizhengju")
        row = services.propose_ending(own, Proposed("terminate", "上级另有安排"), by=people.convener)
        paper = item_sheets.ending_sheet(Ending.objects.get(pk=row.pk), reader=people.convener)
        assert "办公室意见\t召集人直接决定，没有另行提出建议。" in plain_text(paper)
        assert f"召集人审批意见\t同意（{name}，2026年9月22日）" in plain_text(paper)
        assert faults_of(paper) == []
        correcting.end_item(other, reason="更正删去", on=today(), by=people.office)
    said = [line[1:] for line in lines(item, people.office) if line[0].startswith("08")]
    assert [name for name, _note in said[1:]] == [
        "20260922终止（合并）审批表.pdf", "附件 20260922审批 审批件.png",
    ]  # fmt: skip
    wanted = "缺：终止（合并）审批表（没有经建议审批，理由见办理记录）"
    assert wanted in evidence.pack_of(read(other.pk), people.office).missing
    for one in (item, own):
        assert wanted not in evidence.pack_of(read(one.pk), people.office).missing


def test_the_sheet_of_a_request_waits_for_a_pen_until_it_is_decided(people: People) -> None:
    with time_machine.travel(datetime(2026, 9, 22, 2, tzinfo=UTC), tick=False):
        item = an_item(people)
        asked = Asked("与另一项目合并实施", date(2026, 12, 15))
        row = services.ask_extension(item, asked, unit=people.unit("jiaoyuju"), by=people.liaison("jiaoyuju"))
    paper = item_sheets.extension_sheet(Extension.objects.select_related("item", "unit").get(pk=row.pk))
    assert plain_text(paper) == printed(__file__, "extension_sheet").rstrip("\n")
    assert faults_of(paper) == []


@time_machine.travel(SAMPLE_DAY)
def test_the_sheet_of_the_sample_and_its_page(past: People, client_of: Login) -> None:
    row = Extension.objects.get(item__ref="M1-7")
    paper = item_sheets.extension_sheet(row)
    assert (paper.marker, faults_of(paper)) == ("示例（虚构）", [])
    url = f"/items/{row.item_id}/extensions/{row.pk}/sheet/"
    office = client_of(past.office)
    assert "正在排版" in office.get(url).content.decode()
    making.make_due()
    assert office.get(f"{url}pdf").content[:5] == b"%PDF-"
    assert client_of(past.liaison("kejiju")).get(url).status_code == 404
    receipts = plain_text(item_sheets.receipts_sheet(read(row.item_id))).split("\n")
    assert receipts[-3:] == [
        f"{unit}\t2026年4月9日\t" for unit in ("市人社局\t牵头", "市卫健委\t配合", "市总工会\t配合")
    ]


def test_a_long_reason_and_many_reports_still_make_a_sheet(people: People) -> None:
    item = an_item(people)
    unit, user = people.unit("jiaoyuju"), people.liaison("jiaoyuju")
    for n in range(12):
        services.report(item, Progress(text=f"第{n}次，" + "推进情况良好。" * 60), unit=unit, by=user)
    paper = item_sheets.reports_sheet(read(item.pk))
    assert faults_of(paper) == []
