"""The draft made from the record: the opening with what was heard, what was stressed, what was decided.

Speeches are left out (domain.md). What the record does not say is marked as a gap; nothing is invented.
"""

import re
from typing import Any

from django.utils import timezone

from apps.common.workflow import save_with_history
from apps.meetings.enums import AttendeeRole, BlockKind
from apps.meetings.models import AgendaItem, Attendance, Meeting, RecordBlock
from apps.meetings.selectors import attendance_of, live_blocks, record_of

from .content import bare, zh
from .enums import PassageKind
from .models import Minutes, Passage, PassageUnit

END = "现将会议议定事项纪要如下："
_STRESS = ("会议指出", "会议强调", "会议要求", "会议认为")
_NUMBERING = re.compile(
    r"^\s*(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+[.．、]|（\d+）)\s*"
)
# How an agenda title is told afterwards: its first word → pattern. {who} is the reporter, {what} the rest.
_TOLD = {
    "听取": ("听取", "{who}关于{what}的汇报"),
    "通报": ("听取", "{who}关于{what}的通报"),
    "审议": ("审议", "{what}"),
    "研究": ("研究", "{what}"),
    "讨论": ("讨论", "{what}"),
    "学习": ("学习", "{what}"),
    "传达": ("传达", "{what}"),
}
_SILENT = ("发言", "小结", "总结讲话", "讲话")


def half_day(moment: Any) -> str:
    """2026年3月26日下午 (local time)."""
    local = timezone.localtime(moment)
    return f"{zh(local.date())}{'上午' if local.hour < 12 else '下午'}"


def opening(meeting: Meeting, attendance: list[Attendance], agenda: list[AgendaItem]) -> tuple[str, str]:
    """(text, gap) of the opening: when, who in the chair, where, which meeting, what it heard and took up."""
    who, gap = chair_words(meeting, attendance)
    place, title = unmarked(meeting, meeting.place), unmarked(meeting, meeting.title)
    told = heard(agenda)
    course = f"，{told}" if told else ""
    return f"{half_day(meeting.starts_at)}，{who}在{place}主持召开{title}{course}。{END}", gap


def unmarked(meeting: Meeting, words: str) -> str:
    """The words without the mark of an example, where the sheet bears it in its corner already."""
    return words.removesuffix("（示例）") if meeting.marker else words


def chair_words(meeting: Meeting, attendance: list[Attendance]) -> tuple[str, str]:
    """(words, gap): 联席会议召集人、市卫生健康委员会主任×××; somebody else in the chair is not called convener (C10)."""
    convener = next((row for row in attendance if row.role == AttendeeRole.CONVENER), None)
    name = meeting.chair or (convener.name if convener else "")
    if not name:
        return "【待补：主持人】", "主持人"
    if convener is not None and convener.name == name:
        return f"联席会议召集人、{convener.title}{name}" if convener.title else f"联席会议召集人{name}", ""
    row = next((row for row in attendance if row.name == name), None)
    return f"{row.title if row else ''}{name}", ""


def heard(agenda: list[AgendaItem]) -> str:
    """听取…，审议…，研究… from the agenda, as the opening sentence goes on; speeches and closing words are not told."""
    told: list[tuple[str, list[str]]] = []
    for item in agenda:
        verb, words = _told(item)
        if not verb:
            continue
        if told and told[-1][0] == verb:
            told[-1][1].append(words)
        else:
            told.append((verb, [words]))
    return "，".join(verb + "、".join(words) for verb, words in told)


def _told(item: AgendaItem) -> tuple[str, str]:
    title = bare(item.title)
    who = item.reporter_unit.short_name if item.reporter_unit else item.reporter
    for start, (verb, pattern) in _TOLD.items():
        if title.startswith(start):
            what = title.removeprefix(start).removesuffix("汇报").removesuffix("通报")
            if "{who}" in pattern and not who:
                return verb, what + "情况"
            return verb, pattern.format(who=who, what=what)
    if not who or title.endswith(_SILENT):
        return "", ""
    return "听取", f"{who}关于{title}的汇报"


def stressed(blocks: list[RecordBlock]) -> str:
    """What the record marks as the meeting's own words (会议指出…, 会议强调…)."""
    return "".join(f"{bare(b.text)}。" for b in blocks if b.text.strip().startswith(_STRESS))


def resolution_text(block: RecordBlock) -> str:
    """The text of a resolution without typed numbering and closing mark."""
    return bare(_NUMBERING.sub("", block.text.strip()))


def compose(meeting: Meeting, *, by: Any) -> Minutes:
    """Write the draft of a meeting whose record is closed. The caller holds the transaction."""
    agenda = record_of(meeting)
    blocks = list(live_blocks().filter(meeting=meeting).order_by("agenda_item__seq", "position", "id"))
    minutes = Minutes(meeting=meeting, title=f"{unmarked(meeting, meeting.title)}纪要", drafted_by=by)
    minutes.full_clean()
    save_with_history(minutes, by=by, why="拟稿")
    _write(minutes, PassageKind.OPENING, *opening(meeting, attendance_of(meeting), agenda))
    said = stressed([block for block in blocks if block.kind in (BlockKind.NOTE, BlockKind.SPEECH)])
    _write(minutes, PassageKind.STRESSED, said, "" if said else "会议指出/强调")
    for block in blocks:
        if block.kind == BlockKind.RESOLUTION and block.text.strip():
            _resolution(minutes, block)
    return minutes


def _write(minutes: Minutes, kind: PassageKind, text: str, gap: str = "", **fields: Any) -> Passage:
    passage = Passage(
        minutes=minutes, kind=kind, text=text, gap=gap, position=minutes.passages.count() + 1, **fields
    )
    passage.full_clean()
    save_with_history(passage, by=minutes.drafted_by, why="由会议记录生成")
    return passage


def _resolution(minutes: Minutes, block: RecordBlock) -> None:
    parts = list(block.parts.all())
    dated = bool(block.due_on or block.recurrence or block.is_standing)
    passage = _write(
        minutes, PassageKind.RESOLUTION, resolution_text(block), block=block, in_principle=block.in_principle,
        due_on=block.due_on, recurrence=block.recurrence, is_standing=block.is_standing,
        all_support=block.all_support, opens_item=dated or bool(parts) or not block.in_principle,
    )  # fmt: skip
    for part in parts:
        PassageUnit.objects.create(passage=passage, unit=part.unit, role=part.role, position=part.position)
    passage.duties.set(block.duties.all())
