"""Import of past meetings: what a file says becomes rows in the state they ended in, with their own dates.

The whole file is read and checked first, then written in one transaction: a fault leaves nothing behind. A
meeting whose id is known already is left alone, so a second import changes nothing. Nobody is told, nothing is
sent. The journal is written now; what happened then stands in each line's `detail.on`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.action_items.models import ActionItem
from apps.action_items.past import check, keep_all
from apps.common import audit
from apps.common.calendar_import import from_package, put_days
from apps.common.errors import Refused
from apps.common.models import CalendarDay
from apps.common.yamlfile import Problem, Table
from apps.dispatch.services import sync_recipients
from apps.duties.models import Duty
from apps.meetings.enums import Approval, AttendanceStatus, AttendeeRole, BlockKind, MeetingState, ReplyKind
from apps.meetings.models import AgendaItem, Attendance, Invitation, Meeting, RecordBlock
from apps.roster.enums import PostKind
from apps.roster.models import Appointment, Unit
from apps.roster.selectors import members_on, names

from . import importing_paper, meeting_file
from .importing_rounds import keep
from .past import Known, PastMeeting

# Lamps count working days: a ledger of past years without them would be wrong.
CALENDAR_YEARS = range(2021, 2027)


@dataclass
class ImportResult:
    """What an import did: meetings and items written, ids left alone, and remarks for the reader (Chinese)."""

    meetings: int = 0
    items: int = 0
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def import_meetings(source: str | Path, *, by: Any) -> ImportResult:
    """Import a file of past meetings (path, or the text itself). Raises Problem with line and reason."""
    duties = {duty.code: duty for duty in Duty.objects.current()}
    known = Known(names(), duties)
    if not known.units:
        raise Problem(0, "还没有导入章程，先执行 import_charter。")
    past = meeting_file.read(source, known)
    result = ImportResult()
    with transaction.atomic():
        done = set(Meeting.objects.filter(import_key__isnull=False).values_list("import_key", flat=True))
        fresh = [meeting for meeting in past.meetings if meeting.key not in done]
        result.skipped = [meeting.key for meeting in past.meetings if meeting.key in done]
        _unused(fresh)
        if fresh and not CalendarDay.objects.exists():
            put_days(from_package(CALENDAR_YEARS), by=by)
            result.notes.append("工作日历是空的，已录入国务院公布的节假日和调休安排。")
        if fresh:
            sync_recipients(by=by)
        for meeting in fresh:
            _write(meeting, past.marker, result, by=by)
    return result


def _unused(meetings: list[PastMeeting]) -> None:
    """Raise Problem when an item's id is in the ledger already, from another meeting."""
    lines = {item.ref: item.line for meeting in meetings for item in meeting.items}
    taken = ActionItem.objects.filter(ref__in=list(lines)).values_list("ref", flat=True).first()
    if taken is not None:
        raise Problem(lines[taken], f"编号“{taken}”已在督办台账中。")


def _write(past: PastMeeting, marker: str, result: ImportResult, *, by: Any) -> None:
    """One meeting with all that followed. What the rows refuse becomes a Problem naming the meeting's line."""
    try:
        meeting = _meeting(past, marker, by=by)
        _agenda(meeting, past, by=by)
        people = _attendance(meeting, past, result, by=by)
        _invitations(meeting, past, by=by)
        _record(meeting, past, by=by)
        _compare(past, people, result)
        detail = {"on": past.starts_at.date().isoformat(), "imported": True, "key": past.key}
        audit.record(by=by, verb="import", label="导入历史会议", obj=meeting, detail=detail)
        importing_paper.write(meeting, past, result.notes, by=by)
    except ValidationError as error:
        raise Problem(past.line, f"会议“{past.key}”：{error.messages[0]}") from error
    except IntegrityError as error:
        raise Problem(past.line, f"会议“{past.key}”的内容互相矛盾，或与已有数据冲突。") from error
    except Refused as refused:
        raise Problem(past.number_line, refused.text) from refused
    result.meetings += 1
    result.items += len(past.items)


def _text(table: Table, key: str) -> str:
    return (table.get_kind(key, str, "") or "").strip()


def _lines(table: Table, key: str) -> list[str]:
    return table.texts(key) if table.get(key) is not None else []


def _meeting(past: PastMeeting, marker: str, *, by: Any) -> Meeting:
    row = past.table
    notice = row.get_kind("notice", Table) or Table(row.line)
    meeting = Meeting(
        title=row.text("title"), kind=past.kind, starts_at=past.starts_at, ends_at=past.ends_at,
        place=row.text("place"), chair=_text(row, "host"), recorder=_text(row, "recorder"),
        observers="\n".join(_observers(row)), notice_number=_text(notice, "number"),
        notice_on=notice.day("issued_on") if notice.get("issued_on") is not None else None,
        urgency=_text(notice, "urgency"), contact=_text(notice, "contact"),
        reply_by=_moment(notice, "reply_by"), materials_by=_moment(notice, "material_by"),
        requirements="\n".join(_lines(notice, "requirements")), marker=marker, created_by=by,
        import_key=past.key, state=MeetingState.RECORDED,
    )  # fmt: skip
    kept: Meeting = keep(meeting, by=by)
    return kept


def _moment(table: Table, key: str) -> datetime | None:
    return meeting_file.moment(table, key) if table.get(key) is not None else None


def _observers(row: Table) -> list[str]:
    return _lines(row.need("attendance", Table), "observers")


def _agenda(meeting: Meeting, past: PastMeeting, *, by: Any) -> None:
    units, rows = names(), []
    for entry in past.table.tables("agenda"):
        who = _text(entry, "reporter")
        unit = units.get(who)
        item = AgendaItem(
            meeting=meeting, seq=entry.need("seq", int), title=entry.text("topic"), reporter_unit=unit,
            reporter="" if unit else who, minutes=entry.get_kind("minutes", int),
        )  # fmt: skip
        rows.append(item)
    if len({item.seq for item in rows}) != len(rows):
        raise Problem(past.table.line_of("agenda"), "议程的序号重复了。")
    keep_all(rows, by=by)


def _attendance(meeting: Meeting, past: PastMeeting, result: ImportResult, *, by: Any) -> set[Unit]:
    """The sign-in list with the names and titles of the day. Returns the units with somebody in the room."""
    listed = past.table.need("attendance", Table)
    day = timezone.localdate(past.starts_at)
    roster = {row.person.name: row for row in members_on(day)}
    rows = [_present(meeting, name, roster, result, past.key) for name in _lines(listed, "present")]
    for entry in listed.tables("leave") if listed.get("leave") is not None else []:
        rows.append(_on_leave(meeting, entry, roster, result, past.key))  # noqa: PERF401 - reads as it is done
    # Who sent a delegate stands where the unit does.
    place = {name: number for number, name in enumerate(roster)}
    rows.sort(key=lambda row: place.get(row.name, len(place)))
    named = {row.name for row in rows}
    rows += [
        _row(meeting, post, status=AttendanceStatus.ABSENT)
        for name, post in roster.items()
        if name not in named and post.post.unit not in past.not_invited
    ]
    rows += [
        Attendance(meeting=meeting, role=AttendeeRole.OBSERVER, name=name, status=AttendanceStatus.PRESENT)
        for name in _observers(past.table)
    ]
    for position, row in enumerate(rows, start=1):
        row.position = position
    keep_all(rows, by=by)
    return {row.unit for row in rows if row.unit is not None and row.in_the_room}


def _row(meeting: Meeting, post: Appointment, **fields: Any) -> Attendance:
    convenes = post.post.kind == PostKind.CONVENER
    role = AttendeeRole.CONVENER if convenes else AttendeeRole.MEMBER
    return Attendance(
        meeting=meeting, role=role, unit=post.post.unit, name=post.person.name, title=post.title, **fields
    )


def _stranger(name: str, result: ImportResult, key: str) -> None:
    result.notes.append(f"会议“{key}”：“{name}”不在当日的成员名单中，照录姓名，单位从缺。")


def _present(
    meeting: Meeting, name: str, roster: dict[str, Appointment], result: ImportResult, key: str
) -> Attendance:
    if name in roster:
        return _row(meeting, roster[name], status=AttendanceStatus.PRESENT)
    _stranger(name, result, key)
    return Attendance(meeting=meeting, role=AttendeeRole.MEMBER, name=name, status=AttendanceStatus.PRESENT)


def _on_leave(
    meeting: Meeting, entry: Table, roster: dict[str, Appointment], result: ImportResult, key: str
) -> Attendance:
    name, delegate = entry.text("name"), _text(entry, "delegate")
    unit = names().get(_text(entry, "unit"))
    if unit is None:
        raise Problem(entry.line_of("unit"), f"没有这个成员单位：“{_text(entry, 'unit')[:40]}”。")
    status = AttendanceStatus.SUBSTITUTE if delegate else AttendanceStatus.LEAVE
    fields = {"status": status, "delegate_name": delegate, "reason": _text(entry, "reason")}
    if name in roster:
        return _row(meeting, roster[name], **fields)
    _stranger(name, result, key)
    return Attendance(meeting=meeting, role=AttendeeRole.MEMBER, name=name, unit=unit, **fields)


def _compare(past: PastMeeting, here: set[Unit], result: ImportResult) -> None:
    """A list of attending units that does not agree with the sign-in list is noted; the file's list counts."""
    stated = set(past.attending)
    for unit in sorted(stated ^ here, key=lambda unit: unit.order):
        word = "列为与会单位，但签到名单中没有其人" if unit in stated else "有人签到，但未列为与会单位"
        result.notes.append(f"会议“{past.key}”：{unit.short_name}{word}。")


def _invitations(meeting: Meeting, past: PastMeeting, *, by: Any) -> None:
    """All units of the day but those not invited. The day of each reply is unknown: the notice's deadline stands."""
    day = timezone.localdate(past.starts_at)
    rows = {row.unit_id: row for row in meeting.attendance.filter(unit__isnull=False).order_by("position")}
    away = {
        row.unit_id: row
        for row in meeting.attendance.filter(status__in=[AttendanceStatus.SUBSTITUTE, AttendanceStatus.LEAVE])
    }
    called = [
        unit
        for unit in Unit.objects.filter(joined_on__lte=day)
        if unit not in past.not_invited and (unit.left_on is None or unit.left_on > day)
    ]
    lines = {unit.pk: away.get(unit.pk) or rows.get(unit.pk) for unit in called}
    keep_all(
        [Invitation(meeting=meeting, unit=unit, **_reply_of(lines[unit.pk], meeting)) for unit in called],
        by=by,
    )


def _reply_of(line: Attendance | None, meeting: Meeting) -> dict[str, Any]:
    """The reply that the sign-in list tells of; empty where it tells nothing."""
    if line is None or line.status == AttendanceStatus.ABSENT:
        return {}
    when = min(meeting.reply_by or meeting.starts_at, meeting.starts_at)
    common = {"replied_at": when, "on_behalf": True, "source_note": "导入，回执时间不详"}
    if line.status == AttendanceStatus.SUBSTITUTE:
        return common | {
            "reply": ReplyKind.SUBSTITUTE, "delegate_name": line.delegate_name, "reason": line.reason or "事由不详",
            "approval": Approval.APPROVED,
        }  # fmt: skip
    if line.status == AttendanceStatus.LEAVE:
        return common | {"reply": ReplyKind.LEAVE, "reason": line.reason or "事由不详"}
    return common | {"reply": ReplyKind.ATTEND}


def _record(meeting: Meeting, past: PastMeeting, *, by: Any) -> None:
    """What units said. The file does not say under which agenda item, so the blocks stand under none."""
    units, blocks = names(), []
    spoken = past.table.tables("discussion") if past.table.get("discussion") is not None else []
    for position, entry in enumerate(spoken, start=1):
        unit = units.get(_text(entry, "unit"))
        if unit is None:
            raise Problem(entry.line_of("unit"), f"没有这个成员单位：“{_text(entry, 'unit')[:40]}”。")
        block = RecordBlock(
            meeting=meeting, kind=BlockKind.SPEECH, unit=unit, text=entry.text("text"), position=position,
            updated_by=by, updated_at=past.ends_at or past.starts_at,
        )  # fmt: skip
        check(block)
        blocks.append(block)
    RecordBlock.objects.bulk_create(blocks)
