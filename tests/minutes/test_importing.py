"""Import of past meetings: what is written, that a second time changes nothing, and what is refused with its line."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.action_items.models import ActionItem, DueCorrection, Extension, ProgressReport
from apps.common import audit
from apps.common.models import AuditEvent
from apps.common.yamlfile import Problem
from apps.dispatch.models import Delivery, OutboxMessage, PortalNotice
from apps.dispatch.selectors import report_is_done
from apps.documents.models import ArchivedPaper, IssuedNumber
from apps.meetings.models import Attendance, Invitation, Meeting, RecordBlock
from apps.meetings.selectors import attending_units
from apps.minutes import pages
from apps.minutes.importing import import_meetings
from apps.minutes.models import Comment, Consent, Correction, Minutes, Passage
from tests.factories.people import People

SAMPLE = settings.FIXTURES / "sample_meetings.yaml"
TEXT = SAMPLE.read_text(encoding="utf-8")
ATTENDING_M2 = [
    "weijianwei", "xuanchuanbu", "gongxinju", "minzhengju", "caizhengju", "rensheju", "zhujianju", "shichangju",
    "yibaoju", "zonggonghui",
]  # fmt: skip


def line_with(text: str, nth: int = 1) -> int:
    lines = [number for number, line in enumerate(TEXT.splitlines(), start=1) if text in line]
    return lines[nth - 1]


def everything() -> dict[str, list[Any]]:
    """Every row of every table of ours, as it stands."""
    ours = [m for m in apps.get_models(include_auto_created=True) if m.__module__.startswith("apps.")]
    return {m._meta.label: list(m._default_manager.order_by("pk").values()) for m in ours}


@pytest.mark.core
def test_the_sample_meetings_with_their_own_dates(people: People) -> None:
    done = import_meetings(SAMPLE, by=people.office)
    assert (done.meetings, done.items, done.skipped) == (2, 16, [])
    first, second = Meeting.objects.order_by("starts_at")
    assert (first.state, first.import_key, first.marker, str(first.notice_on)) == (
        "recorded", "M1", "示例（虚构）", "2026-03-17",
    )  # fmt: skip
    invited = {row.unit for row in Invitation.objects.filter(meeting=first)}
    assert [unit.code for unit in invited - set(attending_units(first))] == ["shichangju"]
    assert [unit.code for unit in attending_units(second)] == ATTENDING_M2
    assert Invitation.objects.filter(meeting=second).count() == 10
    away = Attendance.objects.filter(meeting=first, status__in=["leave", "substitute"]).order_by("position")
    assert [(row.name, row.status, row.delegate_name) for row in away] == [
        ("孙中虎", "substitute", "×××"), ("林梓杰", "leave", ""),
    ]  # fmt: skip
    assert RecordBlock.objects.filter(meeting=first).count() == 5
    minutes = Minutes.objects.get(meeting=second)
    assert (minutes.state, str(minutes.signed_on), str(minutes.printed_on), str(minutes.number)) == (
        "archived", "2026-09-29", "2026-09-30", "〔2026〕2号",
    )  # fmt: skip
    _check_rounds(minutes)
    _check_papers(minutes)
    assert OutboxMessage.objects.count() == PortalNotice.objects.count() == 0
    assert audit.verify().broken_id is None
    signing = AuditEvent.objects.get(object_type="minutes.minutes", object_id=str(minutes.pk), verb="sign")
    assert signing.detail == {"on": "2026-09-29", "who": "召集人", "imported": True}
    audit.record(by=people.office, verb="download", label="下载", obj=minutes)
    lines = {line["label"]: (line["at"], line["by"]) for line in pages.history(minutes)}
    assert lines[signing.label] == (date(2026, 9, 29), "召集人（导入）")
    assert "下载" not in lines  # the journal has it


def _check_rounds(minutes: Minutes) -> None:
    consents = Consent.objects.filter(circulation__minutes=minutes).select_related("unit", "circulation")
    found = {(row.circulation.round, row.unit.code): (row.reply, row.counted) for row in consents}
    assert found[1, "rensheju"] == ("oppose", True)
    assert found[2, "rensheju"] == ("agree", True)
    assert found[1, "guoziwei"] == ("agree", False)
    assert len(found) == 12
    comment = Comment.objects.get(consent__circulation__minutes=minutes, consent__unit__code="rensheju")
    assert (comment.adoption, comment.agreed) == ("partly", True)
    silent = Consent.objects.get(reply="tacit")
    assert (silent.unit.code, silent.replied_at, silent.is_lead) == ("kejiju", None, False)


def _check_papers(minutes: Minutes) -> None:
    """The first print keeps its misprint; the one in force puts it right, with the ledger in step."""
    old, new = ArchivedPaper.objects.filter(number=minutes.number).order_by("version")
    assert (old.status, new.status, new.previous, minutes.paper) == ("corrected", "current", old, new)
    assert ("2027年3月30日前" in old.text, "2027年3月31日前" in new.text) == (True, True)
    assert "2027年3月30日" not in new.text
    fix = DueCorrection.objects.get()
    assert (fix.item.ref, str(fix.corrected_on), str(fix.old_due), str(fix.new_due)) == (
        "M2-5", "2026-10-13", "2027-03-30", "2027-03-31",
    )  # fmt: skip
    correction = Correction.objects.get()
    assert [unit.code for unit in correction.consented.all()] == ["weijianwei", "caizhengju"]
    assert report_is_done(new)
    assert Delivery.objects.filter(paper=new).count() == 18
    passage = Passage.objects.get(item_ref="M2-5")
    item = ActionItem.objects.get(ref="M2-5")
    assert (passage.due_on, item.due_on, item.source_label) == (
        date(2027, 3, 31),
        date(2027, 3, 31),
        "〔2026〕2号",
    )
    moved = Extension.objects.get()
    assert (moved.item.ref, moved.state, str(moved.new_due), moved.asked_late) == (
        "M1-7", "granted", "2026-12-15", False,
    )  # fmt: skip
    assert ProgressReport.objects.count() == 8
    assert IssuedNumber.objects.count() == 2


def test_a_second_import_changes_nothing(people: People, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_meetings", str(SAMPLE))
    before = everything()
    call_command("import_meetings", str(SAMPLE))
    assert everything() == before
    said = capsys.readouterr().out.splitlines()
    assert "已导入2次会议，16项议定事项。" in said
    assert said[-2:] == ["已导入过，未改动：M1、M2。", "已导入0次会议，0项议定事项。"]


# What is wrong → (text, its replacement, line, reason). An empty text replaces the whole file.
BROKEN: dict[str, tuple[str, str, int, str]] = {
    "not yaml": ("", "meetings: [", 2, "不是合格的 YAML"),
    "a list": ("", "- 1\n- 2\n", 1, "不是合格的 YAML"),
    "no meetings": ("", "schema: 1\n", 1, "缺少“meetings”"),
    "empty": ("", "meetings: []\n", 1, "没有会议"),
    "ten megabytes": ("", "a: " + "字" * 3_500_000, 0, "文件超过5兆"),
    "unknown lead": ("lead: [caizhengju]", "lead: [shuiliju]", line_with("id: M1-6"), "没有这个成员单位：“shuiliju”"),
    "unknown attending": (
        "attending_units: [weijianwei, xuanchuanbu, fagaiwei", "attending_units: [weijianwei, tielu, fagaiwei",
        line_with("attending_units"), "没有这个成员单位：“tielu”",
    ),
    "no such day": ("due: '2026-11-30'", "due: '2026-11-31'", line_with("id: M1-6"), "日期“2026-11-31”不存在"),
    "no such time": ("start: '2026-03-26 15:00'", "start: '2026-03-26 25:00'", line_with("start: '2026-03"), "不存在"),
    "missing key": ("  minutes_number: '〔2026〕1号'\n", "", line_with("id: M1"), "缺少“minutes_number”"),
    "repeated id": ("id: M2-1", "id: M1-3", line_with("id: M2-1"), "编号“M1-3”重复了"),
    "number twice": (
        "minutes_number: '〔2026〕2号'", "minutes_number: '〔2026〕1号'", line_with("minutes_number", 2), "重复或倒序",
    ),
    "number with a gap": (
        "minutes_number: '〔2026〕2号'", "minutes_number: '〔2026〕5号'", line_with("minutes_number", 2), "编号须连续",
    ),
    "unknown clause": ("basis: [caizhengju.1]", "basis: [caizhengju.9]", line_with("id: M1-6"), "没有这条职责"),
    "unknown reply": ("result: 不同意", "result: 再议", line_with("result: 不同意"), "“result”不能是“再议”"),
    "opposed for good": ("经协调修改后于2026-09-28书面同意", "未再表态", line_with("replies:", 2), "市人社局”不同意"),
    "silent lead": (
        "{unit: caizhengju, on: '2026-04-02', result: 有意见}", "{unit: caizhengju, on: null, result: 逾期未反馈}",
        line_with("replies:"), "必须明确答复",
    ),
    "attending, never asked": (
        "      - {unit: kejiju, on: null, result: 逾期未反馈}\n", "", line_with("replies:"), "“市科技局”没有反馈记录",
    ),
    "control character": (
        "text: 建议宣传周活动突出一线职工，避免多头组织。", 'text: "建议\\x07宣传"', line_with("建议宣传周活动突出"), "不可见的控制字符",
    ),
    "fix of another date": ("更正为“2027年3月31日”", "更正为“2027年4月30日”", line_with("step: 更正"), "不符"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_changes_nothing_and_names_line_and_reason(
    name: str, people: People, tmp_path: Path
) -> None:
    old, new, line, reason = BROKEN[name]
    text = TEXT.replace(old, new, 1) if old else new
    assert text != TEXT
    file = tmp_path / "meetings.yaml"
    file.write_text(text, encoding="utf-8")
    office = people.office
    before = everything()
    with pytest.raises(Problem, match=re.escape(reason)) as caught:
        import_meetings(file, by=office)
    assert caught.value.line == line
    assert everything() == before


def test_the_command_says_it_in_chinese(people: People, tmp_path: Path) -> None:
    file = tmp_path / "meetings.yaml"
    file.write_text("meetings: 3\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"第1行：“meetings”应是列表。（没有导入任何内容）"):
        call_command("import_meetings", str(file))
    with pytest.raises(CommandError, match="文件打不开"):
        call_command("import_meetings", str(tmp_path / "none.yaml"))


def test_before_a_charter_there_is_nothing_to_import_into(db: None) -> None:
    with pytest.raises(Problem, match="还没有导入章程"):
        import_meetings(SAMPLE, by=None)
