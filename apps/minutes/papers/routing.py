"""发文稿纸: the form that goes with a 纪要 from 拟稿 to 印发, with every opinion, name and full date."""

from django.utils import timezone

from apps.common import settings_rows
from apps.documents.composition import Align, Cell, Layout, Paper, Table, chinese_date
from apps.meetings.papers.words import fact
from apps.minutes.consent import picture
from apps.minutes.enums import SignMethod, Step
from apps.minutes.misprints import Fix, fixes_of
from apps.minutes.models import Endorsement, Minutes
from apps.minutes.selectors import endorsements_of
from apps.roster.papers import unmarked

from .correcting import quoted_change
from .issued import blank_number
from .opinions import sums

# The lines of the form, in the order of the work; some only when there is something to say.
_STEPS = {
    Step.DRAFT: "拟\u3000稿",
    Step.PROOFREAD: "核\u3000稿",
    Step.CIRCULATE: "会\u3000签",
    Step.SETTLE: "意见处理",
    Step.AUDIT: "审\u3000核",
    Step.SIGN: "签\u3000发",
    Step.CHECK: "复\u3000核",
    Step.NUMBER: "编\u3000号",
    Step.PRINT: "印\u3000发",
    Step.REPORT: "抄\u3000报",
    Step.ASSIGN: "交\u3000办",
    Step.CORRECT: "更\u3000正",
    Step.STOP: "停止使用",
}
_ONLY_IF_DONE = frozenset({Step.SETTLE, Step.REPORT, Step.ASSIGN, Step.CORRECT, Step.STOP})
_OPINIONS = frozenset({Step.PROOFREAD, Step.AUDIT, Step.SIGN, Step.CORRECT, Step.STOP, Step.RETURN})

Row = tuple[Cell | str, ...]


def routing_sheet(minutes: Minutes) -> Paper:
    """发文稿纸 of a 纪要: its elements, then the acts. Opinions that no longer count stand apart, marked 已失效.

    What was signed on paper says 线下签批 and keeps the opinion as written (圈阅 counts as consent). Give `minutes`
    with meeting, number, paper and drafted_by; about eleven queries.
    """
    lines = endorsements_of(minutes)
    past = [line for line in lines if line.voided or line.step == Step.RETURN]
    rows = [*_elements(minutes), _row("办理环节", "意\u3000见", "姓\u3000名", "日\u3000期", head=True)]
    rows += _acts(minutes, [line for line in lines if line not in past])
    fixes = fixes_of(minutes)
    if fixes:
        rows.append((Cell("校对改动（签发后改正的错漏，不涉及内容）", span=4, head=True),))
        rows += [_fix(fix) for fix in fixes]
    if past:
        rows.append((Cell("退回和已失效的意见（不再有效，留存备查）", span=4, head=True),))
        rows += [_past(line) for line in past]
    return Paper(
        mark="",
        title=f"{settings_rows.value('office_name')}\n发文稿纸",
        layout=Layout.SHEET,
        marker=minutes.meeting.marker,
        body=(
            fact("会\u3000议", _meeting(minutes)),
            Table(widths=(4.5, 11, 6, 6.5), rows=tuple(rows), header=False, height=1.2, size=12.0),
        ),
        words=(str(settings_rows.value("office_name")), "发文稿纸"),
    )


def _meeting(minutes: Minutes) -> str:
    held = chinese_date(timezone.localdate(minutes.meeting.starts_at))
    return f"{unmarked(minutes.meeting.title, minutes.meeting.marker)}（{held}召开）"


def _elements(minutes: Minutes) -> list[Row]:
    """What the paper is: title, number, secrecy, publicity, who gets it, dates."""
    paper = minutes.paper
    number = paper.number_text if paper else blank_number(minutes.signed_on or timezone.localdate())
    secrecy = "（待保密审查）" if minutes.signed_on is None else "非密（保密审查未登记）"
    secrecy = "非密（已作保密审查）" if minutes.secrecy_checked else secrecy
    copies = "、".join(row.name for row in minutes.copies.all()) or "无"
    return [
        (_head("标\u3000题"), Cell(minutes.title, span=3, align=Align.LEFT)),
        _row("文\u3000号", number, "紧急程度", ""),
        _row("密\u3000级", secrecy, "公开属性", minutes.publicity),
        (_head("主\u3000送"), Cell("各成员单位", span=3, align=Align.LEFT)),
        _row("抄\u3000报", str(settings_rows.value("report_to")), "抄\u3000送", copies),
        _row("成文日期", _day(minutes.signed_on), "印发日期", _day(minutes.printed_on)),
        _row("印\u3000数", "\u3000\u3000\u3000份", "附\u3000件", "无"),
    ]


def _acts(minutes: Minutes, lines: list[Endorsement]) -> list[Row]:
    rows: list[Row] = []
    for step, label in _STEPS.items():
        mine = [line for line in lines if line.step == step]
        if step == Step.DRAFT and not mine and minutes.drafted_by:
            drafted = timezone.localdate(minutes.created_at)
            rows.append((_head(label), "", str(minutes.drafted_by), chinese_date(drafted)))
        elif not mine and step not in _ONLY_IF_DONE:
            rows.append((_head(label), "", "", ""))
        rows += [(_head(label), *_act(line)) for line in mine]
        if step == Step.CIRCULATE:
            rows += [(_head("会签结果"), Cell(words, span=3, align=Align.LEFT)) for words in _counts(minutes)]
    return rows


def _counts(minutes: Minutes) -> list[str]:
    """How the units answered, as the signer sees it; one row."""
    found = picture(minutes)
    asked = any(position.consent is not None for position in found.positions)
    return ["".join(sums(found))] if asked else []


def _act(line: Endorsement) -> tuple[Cell | str, ...]:
    return Cell(_opinion(line), align=Align.LEFT), line.name, chinese_date(line.signed_on)


def _opinion(line: Endorsement) -> str:
    """The opinion as written; one given on paper says so, and whether the sheet is kept as a scan."""
    if line.method != SignMethod.PAPER:
        return line.opinion
    how = "线下签批" if line.step in _OPINIONS else "线下办理"
    return f"{line.opinion}（{how}{'，附扫描件' if line.scan_id else ''}）"


def _past(line: Endorsement) -> Row:
    label = "退\u3000回" if line.step == Step.RETURN else _STEPS[Step(line.step)]
    mark = "【已失效】" if line.voided else ""
    return (
        _head(label),
        Cell(mark + _opinion(line), align=Align.LEFT),
        line.name,
        chinese_date(line.signed_on),
    )


def _fix(fix: Fix) -> Row:
    row = fix.row
    why = f"（{row.reason}）" if row.reason else ""
    return (
        _head(fix.name),
        Cell(f"{quoted_change(row.before, row.after)}{why}", align=Align.LEFT),
        str(row.by or ""),
        chinese_date(timezone.localdate(row.at)),
    )


def _row(first: str, second: str, third: str, fourth: str, *, head: bool = False) -> Row:
    if head:
        return tuple(_head(text) for text in (first, second, third, fourth))
    return _head(first), second, _head(third), fourth


def _head(text: str) -> Cell:
    return Cell(text, head=True)


def _day(day: object) -> str:
    return chinese_date(day) if day else ""  # type: ignore[arg-type]
