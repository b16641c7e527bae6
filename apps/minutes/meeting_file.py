"""A file of past meetings, read and checked before anything is written. Faults name their line, in Chinese.

The names that need the database (units, duty clauses) are handed in, so this room holds no query.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from django.utils import timezone

from apps.action_items.enums import SelfAssessment
from apps.common.yamlfile import Problem, Rows, Table, as_date, load
from apps.documents.numbers import parse_number
from apps.duties.models import Duty
from apps.meetings.enums import MeetingKind
from apps.roster.models import Unit

from .enums import Adoption, Reply, Step
from .past import (
    Known,
    Misprint,
    PastComment,
    PastEvent,
    PastExtension,
    PastFile,
    PastItem,
    PastMeeting,
    PastReply,
    PastReport,
)

T = TypeVar("T")
ALL = "all"
KINDS = {str(kind.label): kind for kind in MeetingKind}
REPLIES = {str(reply.label): reply for reply in Reply if reply != Reply.PENDING}
ADOPTIONS = {str(kind.label): kind for kind in Adoption if kind != Adoption.WAITING}
ASSESSMENTS = {str(kind.label): kind for kind in SelfAssessment}
STEPS = {str(step.label): step for step in Step} | {"二次征求意见一致": Step.SETTLE, "印发": Step.PRINT}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}\Z")
_MOMENT = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[ T](\d{1,2}):(\d{2})\Z")
_CONSENTED = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:以?书面)?同意")
_QUOTED = re.compile(
    r"第(?P<seq>[一二三四五六七八九十]+)项[^“”]{0,200}“(?P<old>[^“”]+)”[^“”]*“(?P<new>[^“”]+)”"
)
_ZH_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日\Z")
_SIZES = {"id": 20, "title": 120, "place": 80, "text": 4000}


def read(source: str | Path, known: Known) -> PastFile:
    """Read and check a file. Raises Problem (line and reason)."""
    table = load(source)
    marker = table.get_kind("marker", str, "") or ""
    tables = table.tables("meetings")
    if not tables:
        raise Problem(table.line_of("meetings"), "“meetings”里没有会议。")
    meetings = [_meeting(row, known) for row in tables]
    _no_repeats(meetings)
    return PastFile(marker, meetings)


def _no_repeats(meetings: list[PastMeeting]) -> None:
    seen: dict[str, int] = {}
    last: dict[int, int] = {}
    for meeting in meetings:
        for ref, line in [(meeting.key, meeting.line), *[(item.ref, item.line) for item in meeting.items]]:
            if ref in seen:
                raise Problem(line, f"编号“{ref}”重复了，第{seen[ref]}行已有。")
            seen[ref] = line
        year, number = meeting.number
        if number <= last.get(year, 0):
            raise Problem(
                meeting.number_line, f"纪要编号重复或倒序：〔{year}〕{number}号排在{last[year]}号之后。"
            )
        last[year] = number


def _meeting(row: Table, known: Known) -> PastMeeting:
    key = _short(row, "id")
    if not _ID.match(key):
        raise Problem(row.line_of("id"), "“id”只能用字母、数字、横线，20字以内。")
    for name in ("title", "place"):
        _short(row, name)
    starts, ends = moment(row, "start"), moment(row, "end") if row.get("end") is not None else None
    if ends is not None and ends < starts:
        raise Problem(row.line_of("end"), "结束时间早于开始时间。")
    items = [_item(entry, seq, known) for seq, entry in enumerate(row.tables("items"), start=1)]
    talk = row.need("consultation", Table)
    meeting = PastMeeting(
        key=key, line=row.line_of("id"), table=row, kind=_kind(row), starts_at=starts, ends_at=ends,
        attending=unit_list(row, "attending_units", known),
        not_invited=unit_list(row, "not_invited_units", known, required=False),
        items=items, replies=_replies(talk, known), comments=[], events=_events(row, known),
        number=_number(row), number_line=row.line_of("minutes_number"),
        signed_on=row.day("signed_on"), printed_on=row.day("printed_on"),
        silence_consents="视为" in (talk.get_kind("silence_rule", str, "") or ""),
    )  # fmt: skip
    talk.day("sent_on")
    moment(talk, "reply_by")
    meeting.comments = _comments(talk, meeting, known)
    _add_progress(row, items, known)
    if not meeting.attending:
        raise Problem(row.line_of("attending_units"), "没有与会单位，纪要无从征得同意。")
    _check_consent(meeting, talk)
    return meeting


def _short(row: Table, key: str) -> str:
    """A text that fits its column."""
    text = row.text(key).strip()
    if len(text) > _SIZES.get(key, 4000):
        raise Problem(row.line_of(key), f"“{key}”过长：最多{_SIZES.get(key, 4000)}字，现有{len(text)}字。")
    return text


def choice(row: Table, key: str, words: Mapping[str, T]) -> T:
    """The value a Chinese word stands for. Raises Problem naming the words that are known."""
    text = row.text(key).strip()
    if text not in words:
        raise Problem(row.line_of(key), f"“{key}”不能是“{text[:20]}”，可用：{'、'.join(words)}。")
    return words[text]


def _kind(row: Table) -> MeetingKind:
    return MeetingKind.EMERGENCY if row.get("emergency") is True else choice(row, "kind", KINDS)


def moment(row: Table, key: str) -> datetime:
    """A local date and time, written 2026-03-26 15:00. Raises Problem."""
    found = _MOMENT.match(row.text(key).strip())
    if not found:
        raise Problem(row.line_of(key), f"“{key}”应写成 2026-03-26 15:00 的样子。")
    day = as_date(found[1], row.line_of(key))
    hour, minute = int(found[2]), int(found[3])
    if hour > 23 or minute > 59:
        raise Problem(row.line_of(key), f"时间“{found[2]}:{found[3]}”不存在。")
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour, minute))  # noqa: DTZ001


def unit_list(row: Table, key: str, known: Known, *, required: bool = True) -> list[Unit]:
    """Units in the order given. Raises Problem for an unknown or repeated one."""
    if row.get(key) is None and not required:
        return []
    rows = row.need(key, Rows)
    found: list[Unit] = []
    for name, line in zip(rows, rows.lines, strict=True):
        unit = known.unit(name, line)
        if unit in found:
            raise Problem(line, f"“{key}”中“{unit.short_name}”重复了。")
        found.append(unit)
    return found


def _number(row: Table) -> tuple[int, int]:
    parsed = parse_number(row.text("minutes_number"))
    if parsed is None or parsed[0] is None or parsed[1] < 1:
        raise Problem(row.line_of("minutes_number"), "“minutes_number”应写成 〔2026〕1号 的样子。")
    return parsed[0], parsed[1]


def _day(row: Table, key: str) -> date | None:
    return None if row.get(key) is None else row.day(key)


def _item(row: Table, seq: int, known: Known) -> PastItem:
    leads = unit_list(row, "lead", known)
    if not leads:
        raise Problem(row.line_of("lead"), "没有牵头单位。")
    all_support = row.get("support") == ALL
    supports = [] if all_support else unit_list(row, "support", known, required=False)
    both = [unit.short_name for unit in supports if unit in leads]
    if both:
        raise Problem(row.line_of("support"), f"“{both[0]}”既牵头又配合。")
    if "due" not in row:
        raise Problem(row.line, "缺少“due”（没有截止日的写 null）。")
    recurring = row.get_kind("recurring", str, "") or ""
    due_on = _day(row, "due")
    if due_on is not None and recurring:
        raise Problem(row.line_of("recurring"), "“due”和“recurring”只能写一个。")
    item = PastItem(
        ref=_short(row, "id"), line=row.line_of("id"), seq=seq, text=_short(row, "text"), leads=leads,
        supports=supports, all_support=all_support, due_on=due_on, recurrence=recurring.strip()[:60],
        duties=_duties(row, known), done_on=_day(row, "done_on"), extensions=_extensions(row, due_on),
    )  # fmt: skip
    if row.get("last_report") is not None:
        text = "（导入的资料只载明报送日期）"
        item.reports.append(PastReport(leads[0], row.day("last_report"), text))
    return item


def _duties(row: Table, known: Known) -> list[Duty]:
    if row.get("basis") is None:
        return []
    rows = row.need("basis", Rows)
    found = []
    for code, line in zip(rows, rows.lines, strict=True):
        if not isinstance(code, str) or code not in known.duties:
            raise Problem(line, f"没有这条职责：“{str(code)[:40]}”。")
        found.append(known.duties[code])
    return found


def _extensions(row: Table, due_on: date | None) -> list[PastExtension]:
    given = row.get("extension")
    if given is None:
        return []
    if due_on is None:
        raise Problem(row.line_of("extension"), "没有完成时限的事项不能延期。")
    entries = row.tables("extension") if isinstance(given, Rows) else [row.need("extension", Table)]
    found, old = [], due_on
    for entry in entries:
        extension = _extension(entry)
        if extension.new_due <= old:
            raise Problem(entry.line_of("new_due"), "延期后的时限应晚于原时限。")
        old = extension.new_due if extension.granted else old
        found.append(extension)
    return found


def _extension(row: Table) -> PastExtension:
    decided_on = _day(row, "decided_on")
    granted = choice(row, "result", {"同意": True, "不同意": False}) if decided_on else None
    return PastExtension(
        applied_on=row.day("applied_on"), reason=_short(row, "reason"), new_due=row.day("new_due"),
        decided_on=decided_on, decided_by=_short(row, "decided_by") if decided_on else "", granted=granted,
    )  # fmt: skip


def _replies(talk: Table, known: Known) -> list[PastReply]:
    found: list[PastReply] = []
    for row in talk.tables("replies"):
        units = unit_list(row, "units", known) if "units" in row else [known.unit(row.get("unit"), row.line)]
        for unit in units:
            if any(reply.unit == unit for reply in found):
                raise Problem(row.line, f"“{unit.short_name}”的反馈写了两次。")
            found.append(_reply(row, unit))
    return found


def _reply(row: Table, unit: Unit) -> PastReply:
    reply, on = choice(row, "result", REPLIES), _day(row, "on")
    if reply != Reply.TACIT and on is None:
        raise Problem(row.line, f"“{unit.short_name}”的反馈没有日期。")
    note = row.get_kind("note", str, "") or ""
    later = _CONSENTED.search(note) if reply == Reply.OPPOSE else None
    line = row.line_of("note")
    return PastReply(unit, reply, on, note, as_date(later[1], line) if later else None)


def _comments(talk: Table, meeting: PastMeeting, known: Known) -> list[PastComment]:
    refs, asked = {item.ref for item in meeting.items}, {reply.unit for reply in meeting.replies}
    found = []
    for row in talk.tables("comments") if talk.get("comments") is not None else []:
        ref = row.text("item")
        if ref not in refs:
            raise Problem(row.line_of("item"), f"没有这项议定事项：“{ref[:20]}”。")
        adoption, reason = choice(row, "adoption", ADOPTIONS), row.get_kind("reason", str, "") or ""
        if adoption != Adoption.ADOPTED and not reason.strip():
            raise Problem(row.line, "部分采纳、不采纳的意见要写明理由。")
        unit = known.unit(row.get("unit"), row.line_of("unit"))
        if unit not in asked:
            raise Problem(row.line_of("unit"), f"“{unit.short_name}”提了意见，但没有反馈记录。")
        original = row.get_kind("original", str, "") or ""
        found.append(PastComment(unit, ref, original, _short(row, "suggestion"), adoption, reason))
    return found


def _events(row: Table, known: Known) -> list[PastEvent]:
    return [
        PastEvent(
            on=entry.day("at"), step=choice(entry, "step", STEPS), label=entry.text("step").strip(),
            by=_short(entry, "by")[:60], reason=(entry.get_kind("reason", str, "") or "")[:1000],
            line=entry.line, consent=tuple(unit_list(entry, "consent", known, required=False)),
            approved_by=(entry.get_kind("approved_by", str, "") or "")[:60],
        )
        for entry in row.tables("events")
    ]  # fmt: skip


def _add_progress(row: Table, items: list[PastItem], known: Known) -> None:
    by_ref = {item.ref: item for item in items}
    for entry in row.tables("progress") if row.get("progress") is not None else []:
        ref = entry.text("item")
        if ref not in by_ref:
            raise Problem(entry.line_of("item"), f"没有这项议定事项：“{ref[:20]}”。")
        by_ref[ref].reports.append(
            PastReport(
                unit=known.unit(entry.get("unit"), entry.line_of("unit")), on=entry.day("on"),
                text=_short(entry, "text"), problem=entry.get_kind("problem", str, "") or "",
                next_step=entry.get_kind("next", str, "") or "",
                assessment=choice(entry, "self", ASSESSMENTS),
            )
        )  # fmt: skip


def _check_consent(meeting: PastMeeting, talk: Table) -> None:
    """C11 holds for history too: every attending unit consented, by silence only where that counts."""
    line = talk.line_of("replies")
    by_unit = {reply.unit: reply for reply in meeting.replies}
    leads = {unit for item in meeting.items for unit in item.leads}
    for unit in meeting.attending:
        reply = by_unit.get(unit)
        if reply is None:
            raise Problem(line, f"与会单位“{unit.short_name}”没有反馈记录，纪要不能视为已征得同意。")
        if reply.reply == Reply.OPPOSE and reply.later is None:
            raise Problem(line, f"与会单位“{unit.short_name}”不同意，且没有写明此后何日同意。")
        if reply.reply == Reply.TACIT and not meeting.silence_consents:
            raise Problem(line, f"征求意见函没有载明逾期规则，“{unit.short_name}”不能视为无意见。")
    for unit in leads:
        if unit in by_unit and by_unit[unit].reply == Reply.TACIT:
            raise Problem(line, f"牵头单位“{unit.short_name}”必须明确答复，不能逾期视为无意见。")


def misprint(reason: str) -> Misprint | None:
    """What a reason like 第五项完成时限“…”系笔误，更正为“…” says, or None when it cannot be read."""
    found = _QUOTED.search(reason)
    if not found:
        return None
    days = [_zh_date(found[name]) for name in ("old", "new")]
    both = days if all(days) else [None, None]
    return Misprint(_ordinal(found["seq"]), found["old"], found["new"], *both)


def _zh_date(text: str) -> date | None:
    found = _ZH_DATE.match(text.strip())
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _ordinal(text: str) -> int:
    digits = "零一二三四五六七八九"
    tens, ten, ones = text.rpartition("十")
    return (max(digits.find(tens), 1) * 10 if ten else 0) + (max(digits.find(ones), 0) if ones else 0)
