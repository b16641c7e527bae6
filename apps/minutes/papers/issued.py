"""A 纪要 as a typed paper: mark, number, title, body, 出席 / 请假 / 列席 from the sign-in list, 版记."""

from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from apps.common import settings_rows
from apps.documents.composition import (
    Block,
    Colophon,
    Imprint,
    Layout,
    NameGroup,
    NameList,
    Paper,
    Signature,
    heading,
    paragraph,
)
from apps.meetings.enums import IN_THE_ROOM, AttendanceStatus, AttendeeRole
from apps.meetings.models import Attendance, Meeting
from apps.meetings.selectors import attendance_of
from apps.minutes import content
from apps.minutes.enums import MinutesState, PassageKind
from apps.minutes.models import Minutes, Passage
from apps.minutes.selectors import passages_of

# What stands at the top left while the paper is none yet.
_DRAFT_WORDS = {
    MinutesState.DRAFTING: "草稿",
    MinutesState.REVIEWING: "核稿",
    MinutesState.REVIEWED: "征求意见稿",
    MinutesState.CIRCULATING: "征求意见稿",
    MinutesState.SETTLING: "征求意见稿",
    MinutesState.AUDITING: "送审稿",
    MinutesState.SIGNING: "送签稿",
    MinutesState.CHECKING: "复核稿",
    MinutesState.NUMBERING: "待编号",
}


def paper_of(
    minutes: Minutes,
    *,
    passages: list[Passage] | None = None,
    number: str = "",
    printed_on: date | None = None,
    final: bool = False,
    title: str = "",
    names: tuple[NameList, ...] | None = None,
) -> Paper:
    """The paper as the rows stand now. `final`: with number and without the words of a draft. No writes.

    `title` and `names` are those of a 更正; without them the title of the row, and the sign-in list.
    """
    meeting = minutes.meeting
    rows = content.lines_of(passages if passages is not None else passages_of(minutes))
    signed_on = minutes.signed_on
    return Paper(
        layout=Layout.MINUTES,
        mark=str(settings_rows.value("minutes_mark")),
        title=title or minutes.title,
        number=number or blank_number(signed_on or timezone.localdate()),
        corner=() if final else (_DRAFT_WORDS.get(MinutesState(minutes.state), ""),),
        marker=meeting.marker,
        body=body_of(rows),
        names=names_of(meeting) if names is None else names,
        signature=Signature(signed_on) if signed_on else None,
        imprint=_imprint(minutes, printed_on),
        words=(str(settings_rows.value("body_name")),),
    )


def blank_number(day: date) -> str:
    """The number's place before it is taken: 〔2026〕　号 or 第　期."""
    return "第\u3000期" if settings_rows.value("number_style") == "qi" else f"〔{day.year}〕\u3000号"


def body_of(rows: list[content.Line]) -> tuple[Block, ...]:
    """The passages as blocks. Withheld ones are not printed."""
    return set_out((row.passage.kind, row.label, row.words) for row in rows if not row.passage.withheld)


def set_out(rows: Iterable[tuple[str, str, str]]) -> tuple[Block, ...]:
    """(kind, label, words) of passages as blocks: paragraphs, 会议议定：, and the numbered resolutions."""
    blocks: list[Block] = []
    before, begun = "", False
    for kind, label, words in rows:
        if not words:
            continue
        if kind != PassageKind.RESOLUTION:
            blocks += [paragraph(part) for part in words.split("\n") if part.strip()]
            before = words
            continue
        if not begun and content.needs_decided_line(before):
            blocks.append(paragraph(content.DECIDED))
        begun = True
        blocks += _resolution(label, words)
    return tuple(blocks)


def _resolution(label: str, words: str) -> list[Block]:
    first, *rest = [part.strip() for part in words.split("\n") if part.strip()]
    return [heading(2, label, first), *[paragraph(part) for part in rest]]


def names_of(meeting: Meeting) -> tuple[NameList, ...]:
    """出席, 请假, 列席 from the sign-in list, by unit in its order. Who neither came nor excused himself is not named."""
    rows = attendance_of(meeting)
    members = [row for row in rows if row.role != AttendeeRole.OBSERVER]
    present = [_present(row) for row in members if row.status in IN_THE_ROOM]
    leave = [
        _on_leave(row)
        for row in members
        if row.status in (AttendanceStatus.LEAVE, AttendanceStatus.SUBSTITUTE)
    ]
    lists = [("出席", _grouped(present)), ("请假", _grouped(leave)), ("列席", _observers(meeting, rows))]
    return tuple(NameList(label, groups) for label, groups in lists if groups)


def _present(row: Attendance) -> tuple[str, str, str]:
    if row.status == AttendanceStatus.SUBSTITUTE:
        return _unit(row), row.delegate_name or row.name, f"代{row.name}"
    return _unit(row), row.name, ""


def _on_leave(row: Attendance) -> tuple[str, str, str]:
    return _unit(row), row.name, ""


def _unit(row: Attendance) -> str:
    return row.unit.short_name if row.unit else ""


def _grouped(people: Iterable[tuple[str, str, str]]) -> tuple[NameGroup, ...]:
    """People of one unit together, at the place of its first; one with a note stands alone."""
    groups: dict[tuple[str, str], list[str]] = {}
    for unit, name, note in people:
        groups.setdefault((unit, note), []).append(name)
    return tuple(NameGroup(tuple(names), unit, note) for (unit, note), names in groups.items())


def _observers(meeting: Meeting, rows: list[Attendance]) -> tuple[NameGroup, ...]:
    here = [row for row in rows if row.role == AttendeeRole.OBSERVER and row.status in IN_THE_ROOM]
    if here:
        return tuple(NameGroup(unit=row.title or row.name) if _is_body(row) else _person(row) for row in here)
    return tuple(NameGroup(unit=line.strip()) for line in meeting.observers.splitlines() if line.strip())


def _is_body(row: Attendance) -> bool:
    """An observer line may name a body (各县卫健局) rather than a person."""
    return len(row.name) > 4 and not row.title


def _person(row: Attendance) -> NameGroup:
    return NameGroup((row.name,), _unit(row) or row.title)


def _imprint(minutes: Minutes, printed_on: date | None) -> Imprint:
    strict = settings_rows.value("imprint_layout") == "strict"
    return Imprint(
        report_to=(str(settings_rows.value("report_to")),),
        send_to=("各成员单位",),
        copy_to=tuple(row.name for row in minutes.copies.all()),
        issuer=str(settings_rows.value("office_name")),
        printed_on=printed_on or minutes.printed_on,
        style=Colophon.STRICT if strict else Colophon.REPORT,
    )
