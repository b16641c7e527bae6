"""Sheets about one item: 延期审批表, 终止（合并）审批表, and what its 档案 (evidence pack) holds besides what exists already."""

from datetime import datetime, time
from typing import Any

from django.utils import timezone

from apps.common import settings_rows
from apps.documents.composition import (
    Align,
    Block,
    Cell,
    Face,
    Layout,
    Paper,
    Run,
    Table,
    chinese_date,
)

from . import item_life
from .enums import DECIDED_REQUESTS, EndingState, ItemState, SelfAssessment
from .models import ActionItem, Directive, Ending, Extension, ProgressReport
from .pages import day_off_words
from .papers import deadline_words
from .selectors import leads_of, sees, supports_of

Row = tuple[Cell | str, ...]
_FOUR = (4.5, 9.5, 4.5, 9.5)
# Room for words and a signature, and the date under them.
BLANK = "\u3000\n\u3000\n" + "\u3000" * 20 + "年\u3000\u3000月\u3000\u3000日"


def extension_sheet(row: Extension) -> Paper:
    """延期审批表: what is asked and why, the office's opinion, the convener's. Undecided, its last lines wait for a pen.

    The original date and how often it was moved stand on it (domain.md "Extension"). About five queries.
    """
    item = row.item
    earlier = [one for one in item.extensions.all() if one.pk < row.pk]
    times = sum(one.state == "granted" and not one.asked_late for one in earlier)
    rows: list[Row] = [
        _wide("议定事项", item.text),
        _pair("牵头单位", _names(leads_of(item)), "配合单位", _supports(item)),
        _pair("申请单位", row.unit.short_name, "申请日期", chinese_date(row.applied_on)),
        _pair("最初时限", chinese_date(item.due_on or row.old_due), "现行时限", chinese_date(row.old_due)),
        _pair(
            "预计完成" if row.asked_late else "申请延至", chinese_date(row.new_due), "此前延期", f"{times}次"
        ),
        _wide("延期理由", row.reason),
        _wide("提出方式", _how(row)),
        _wide("附\u3000件", "、".join(file.name for file in row.files.all()) or "无"),
    ]
    if words := day_off_words(row.new_due):
        rows.append(_wide("说\u3000明", words.replace("时限", "申请延至的", 1)))
    if row.asked_late:  # nothing is approved
        rows.append(_wide("备\u3000注", "时限过后提出，只作逾期说明，时限和超期状态不变。"))
        return _sheet(item, "议定事项逾期说明", _form(rows))
    rows += [_wide("办公室审核意见", _office(row)), _wide("召集人审批意见", _convener(row))]
    return _sheet(item, "议定事项延期审批表", _form(rows))


def ending_sheet(row: Ending, *, reader: Any) -> Paper:
    """终止（合并）审批表: what the office proposes and why, the convener's opinion. Undecided, its last line waits for a pen.

    终止 and 合并 only with the convener's approval (domain.md "Action items"). To a reader who may not read the
    heir its number is all that is told of it. About five queries.
    """
    item, heir = row.item, row.heir
    rows: list[Row] = [
        _wide("议定事项", item.text),
        _pair("牵头单位", _names(leads_of(item)), "配合单位", _supports(item)),
        _pair("交办日期", chinese_date(item.opened_on), "现行时限", _now_due(item)),
        _pair(
            "决定方式" if row.by_convener else "建议方式",
            str(row.get_kind_display()),
            "提出日期",
            chinese_date(row.asked_on),
        ),
    ]
    if heir is not None:
        shown = sees(reader, heir)
        rows.append(_wide("并入的事项", f"{source_of(heir)}：{heir.text}" if shown else source_of(heir)))
        if shown:
            rows.append(_pair("并入后牵头", _names(leads_of(heir)), "并入后时限", _now_due(heir)))
        if row.add_missing:
            rows.append(_wide("同\u3000时", "本事项的牵头、配合单位列为并入事项的配合单位。"))
    rows += [
        _wide("理\u3000由", row.reason),
        _wide("办公室意见", _proposed(row)),
        _wide("召集人审批意见", _decided(row)),
    ]
    return _sheet(item, "议定事项终止（合并）审批表", _form(rows))


def _proposed(row: Ending) -> str:
    if row.by_convener:
        return "召集人直接决定，没有另行提出建议。"
    return f"建议{row.get_kind_display()}，请召集人审批（{row.asked_by or '办公室'}，{chinese_date(row.asked_on)}）"


def _decided(row: Ending) -> str:
    if row.decided_on is None:
        return BLANK
    words = _with_note(row)
    if row.state == EndingState.WITHDRAWN:
        return f"{words}（{chinese_date(row.decided_on)}）"
    on_paper = "，线下审批，附扫描件" if row.scan_id else ""
    return f"{words}（{row.decided_by}，{chinese_date(row.decided_on)}{on_paper}）"


def _with_note(row: Extension | Ending) -> str:
    """同意, 不同意：理由; a note that says the same again is not printed twice."""
    label, note = str(row.get_state_display()), row.decision_note.strip().rstrip("。")
    return label if note in ("", label) else f"{label}：{row.decision_note}"


def _how(row: Extension) -> str:
    return f"办公室代录（{row.source_note}）" if row.on_behalf else "通过平台提出"


def _office(row: Extension) -> str:
    if row.reviewed_on is None:
        return "（没有记录）" if row.state in DECIDED_REQUESTS else BLANK
    return f"{row.review_note or '拟同意，请召集人审批'}（{chinese_date(row.reviewed_on)}）"


def _convener(row: Extension) -> str:
    if row.state not in DECIDED_REQUESTS or row.decided_on is None:
        return row.decision_note or BLANK
    words = _with_note(row)
    on_paper = "，线下审批，附扫描件" if row.scan_id else ""
    return f"{words}（{row.decided_by}，{chinese_date(row.decided_on)}{on_paper}）"


# --- the pack ---------------------------------------------------------------


def item_sheet(item: ActionItem) -> Paper:
    """The matter itself: words, units, deadline, basis, how it stands."""
    rows: list[Row] = [
        _pair("来\u3000源", source_of(item), "交办日期", chinese_date(item.opened_on)),
        _wide("议定事项", item.text),
        _pair("牵头单位", _names(leads_of(item)), "配合单位", _supports(item)),
        _pair("完成时限", deadline_words(item) or "未规定", "现行时限", _now_due(item)),
    ]
    rows += [_wide("延\u3000期", one["words"]) for one in item_life.extensions(item)]
    rows += [
        _wide("更\u3000正", f"{chinese_date(one.corrected_on)}：{one.reason}")
        for one in item.corrections.all()
    ]
    rows += [_wide("职责依据", f"{duty}：{duty.text}") for duty in item.duties.all()]
    rows += [_wide("并入本事项", f"{source_of(one)}：{one.text}") for one in item.merged.all()]
    rows.append(_pair("状\u3000态", item.get_state_display(), "办结日期", _day(item.closed_on)))
    return _sheet(item, "议定事项", _form(rows))


def receipts_sheet(item: ActionItem) -> Paper:
    """交办和签收: each unit's part, who signed for it and when."""
    rows: list[Row] = [("单\u3000位", "分\u3000工", "签收时间", "签收人")]
    rows += [
        (part.unit.short_name, part.get_role_display(), _moment(part.signed_at), str(part.signed_by or ""))
        for part in item.parts.all()
    ]
    if item.all_support:
        rows.append(("全体成员单位", "配合", "", ""))
    return _sheet(item, "交办和签收情况", Table(widths=(7, 4, 8.5, 8.5), rows=tuple(rows), size=12.0))


def reports_sheet(item: ActionItem) -> Paper:
    """Every report in the order of its day; a supporting unit's is marked as an addition."""
    leads = {unit.pk for unit in leads_of(item)}
    rows: list[Row] = [("日\u3000期", "单\u3000位", "内\u3000容", "审\u3000阅")]
    for report in in_order(item):
        adds = "" if report.unit_id in leads else "（配合单位补充）"
        rows.append(
            (
                chinese_date(report.reported_on),
                f"{report.unit.short_name}{adds}",
                _left(_said(report)),
                _review(report),
            )
        )
    return _sheet(item, "进展报告", Table(widths=(6, 4.5, 13, 4.5), rows=tuple(rows), size=12.0))


def in_order(item: ActionItem) -> list[ProgressReport]:
    """The reports, oldest first."""
    return sorted(item.reports.all(), key=lambda row: (row.reported_on, row.pk))


def _said(row: ProgressReport) -> str:
    need = (
        f"需要{row.need_from.short_name if row.need_from else '有关单位'}支持：{row.need}" if row.need else ""
    )
    lines = [
        f"【{row.get_assessment_display()}】{row.text}",
        f"存在问题：{row.problem}" if row.problem else "",
        need,
        f"下一步：{row.next_step}" if row.next_step else "",
        f"附件：{'、'.join(file.name for file in row.files.all())}" if row.files.all() else "",
        f"（办公室代录，{row.source_note}）" if row.on_behalf and row.source_note else "",
    ]
    return "\n".join(line for line in lines if line)


def _review(row: ProgressReport) -> str:
    return row.get_review_display() + (f"：{row.review_note}" if row.review_note else "")


def directives_sheet(item: ActionItem) -> Paper:
    """批示, word for word."""
    rows: list[Row] = [("日\u3000期", "批示人", "内\u3000容")]
    rows += [
        (chinese_date(row.given_on), row.leader, _left(_with_scan(row))) for row in item.directives.all()
    ]
    return _sheet(item, "领导批示", Table(widths=(6, 7, 15), rows=tuple(rows), size=12.0))


def _with_scan(row: Directive) -> str:
    return f"{row.text}（附扫描件）" if row.file_id else row.text


def closing_sheet(item: ActionItem) -> Paper:
    """How the matter ended: asked when, with what, confirmed and closed by whom; or ended or merged, and why."""
    rows: list[Row] = [
        _pair("状\u3000态", item.get_state_display(), "申报完成日", _day(item.claimed_on)),
        _pair("办结日期", _day(item.closed_on), "经办人", str(item.closed_by or "")),
    ]
    if item.confirmed_by_unit:
        rows.append(_wide("确认完成的单位", item_life.confirmed_words(item)))
    asked = [row for row in in_order(item) if row.assessment == SelfAssessment.CLOSING]
    rows += [
        _wide("申请办结", f"{chinese_date(row.reported_on)}{row.unit.short_name}：{_said(row)}")
        for row in asked
    ]
    rows += [_wide("终止、合并", one["words"]) for one in item_life.endings(item)]
    if item.merged_into:
        rows.append(_wide("已并入", f"{source_of(item.merged_into)}：{item.merged_into.text}"))
    if item.state == ItemState.TERMINATED and not item.endings.all():
        rows.append(_wide("终\u3000止", f"{_day(item.ended_on)}终止，理由见办理记录"))
    return _sheet(item, "办结情况", _form(rows))


def journal_sheet(item: ActionItem, events: list[Any]) -> Paper:
    """办理记录: what was done by whom and when, oldest first."""
    rows: list[Row] = [("时\u3000间", "办理人", "事\u3000项", "内\u3000容")]
    for event in events:
        imported = event.detail.get("imported")
        at = (
            chinese_date(item_life.day_of(event))
            if imported
            else f"{timezone.localtime(event.at):%Y-%m-%d %H:%M}"
        )
        by = "导入" if imported else event.actor_label
        rows.append((at, by, event.label, _left(str(event.detail.get("reason", "")))))
    return _sheet(item, "办理记录", Table(widths=(6, 5.75, 4.5, 11.75), rows=tuple(rows), size=10.5))


def catalogue(item: ActionItem, lines: list[tuple[str, str, str]]) -> Paper:
    """卷内目录: number, file, and what is missing in words. `lines` are (number, name, note)."""
    rows: list[Row] = [("序\u3000号", "文\u3000件", "说\u3000明")]
    rows += [(number, _left(name), _left(note)) for number, name, note in lines]
    return _sheet(item, "卷内目录", Table(widths=(3, 15, 10), rows=tuple(rows), size=12.0))


# --- words ------------------------------------------------------------------


def source_of(item: ActionItem) -> str:
    """〔2026〕1号第7项."""
    return f"{item.source_label}第{item.seq}项"


def _sheet(item: ActionItem, title: str, table: Table) -> Paper:
    marker = str(item.source_paper.data.get("marker", "")) if item.source_paper else ""
    body_name = str(settings_rows.value("body_name"))
    return Paper(
        mark="",
        title=f"{body_name}\n{title}",
        layout=Layout.SHEET,
        marker=marker,
        body=(fact("事\u3000项", source_of(item)), table),
        words=(body_name, title),
    )


def fact(label: str, words: str) -> Block:
    """The line above the table that says which matter the sheet is about."""
    return Block((Run(f"{label}：", Face.HEI), Run(words)), flush=True)


def _form(rows: list[Row]) -> Table:
    return Table(widths=_FOUR, rows=tuple(rows), header=False, height=1.2, size=12.0)


def _head(text: str) -> Cell:
    return Cell(text, head=True)


def _left(text: str) -> Cell:
    return Cell(text, align=Align.LEFT)


def _pair(first: str, second: str, third: str, fourth: str) -> Row:
    return _head(first), _left(second), _head(third), _left(fourth)


def _wide(label: str, words: str) -> Row:
    return _head(label), Cell(words, span=3, align=Align.LEFT)


def _names(units: list[Any]) -> str:
    return "、".join(unit.short_name for unit in units)


def _supports(item: ActionItem) -> str:
    return "全体成员单位" if item.all_support else _names(supports_of(item)) or "无"


def _now_due(item: ActionItem) -> str:
    if item.current_due is None:
        return "—"
    times = f"（延期{item.times_extended}次）" if item.times_extended else ""
    return f"{chinese_date(item.current_due)}{times}"


def _moment(at: datetime | None) -> str:
    """The day and the time; of what was signed for on paper (midnight) only the day is known."""
    if at is None:
        return "未签收"
    local = timezone.localtime(at)
    return chinese_date(local.date()) + (f" {local:%H:%M}" if local.time() != time.min else "")


def _day(day: Any) -> str:
    return chinese_date(day) if day else "—"
