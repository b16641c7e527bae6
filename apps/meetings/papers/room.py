"""What lies in the room: 会议议程, 签到表 and 桌签."""

from apps.documents.composition import (
    Align,
    Block,
    Cell,
    Layout,
    Paper,
    Plate,
    Table,
    paragraph,
    printed_name,
)
from apps.meetings import selectors
from apps.meetings.enums import AttendanceStatus, AttendeeRole
from apps.meetings.models import Attendance, Meeting
from apps.roster.papers import bare_title
from apps.roster.selectors import names_by_unit

from .words import bare, chair_of, fact, reporter_of, sheet_title, spoken_time, whole_title

_NAMELESS = ("×××", selectors.VACANT_SEAT)
_SPARE_LINES = 4
_SIGN_IN = ("序号", "单位", "姓名", "职务", "签名", "备注")


def agenda(meeting: Meeting) -> Paper:
    """会议议程: when, where, who in the chair (C10), and each item with its reporter and planned minutes.

    The column of minutes is left out where none are planned. Two queries.
    """
    return Paper(
        mark="",
        title=sheet_title(meeting, "议程"),
        layout=Layout.SHEET,
        marker=meeting.marker,
        body=(
            *_when_and_where(meeting),
            fact("主持人", chair_of(meeting) or "（待定）"),
            _agenda_table(meeting),
        ),
    )


def sign_in_sheet(meeting: Meeting) -> Paper:
    """签到表: everybody expected, in the printed roster's order, with empty cells to sign in, and lines for 列席.

    Who is on leave stays on the list, marked; a substitute stands in the member's place (代×××). At most six queries.
    """
    rows = selectors.expected_at(meeting)
    units = names_by_unit()
    called = [row for row in rows if not row.observes]
    lines = [_signing(n, row, units.get(row.unit_id or 0, ())) for n, row in enumerate(called, 1)]
    table = Table(
        widths=(2.5, 5.5, 4, 7, 5, 4),
        rows=(_SIGN_IN, *lines, (Cell("列席", span=6, head=True),), *_observing(rows, len(called))),
        height=1.25,
        size=12.0,
    )
    return Paper(
        mark="",
        title=sheet_title(meeting, "签到表"),
        layout=Layout.SHEET,
        marker=meeting.marker,
        body=(*_when_and_where(meeting), table, paragraph(_count(called), flush=True)),
    )


def name_plates(meeting: Meeting) -> Paper:
    """桌签 of those expected: nobody on leave, substitutes instead of members, observers that are persons.

    Where no name is given (×××, a vacant seat) the plate bears the unit's. At most four queries.
    """
    rows = [row for row in selectors.expected_at(meeting) if not _on_leave(row)]
    plates = tuple(_plate(row) for row in rows if not _is_body(row))
    return Paper(
        mark="",
        title=f"{whole_title(meeting)}桌签",
        layout=Layout.PLATES,
        marker=meeting.marker,
        plates=plates,
    )


def _when_and_where(meeting: Meeting) -> tuple[Block, ...]:
    return (
        fact("时\u3000间", spoken_time(meeting.starts_at, meeting.ends_at)),
        fact("地\u3000点", bare(meeting, meeting.place)),
    )


def _count(called: list[Attendance]) -> str:
    away, instead = sum(map(_on_leave, called)), sum(bool(_stand_in(row)) for row in called)
    parts = [f"委派代会{instead}人"] * bool(instead) + [f"请假{away}人"] * bool(away)
    known = f"（{'、'.join(parts)}）" if parts else ""
    return f"应到{len(called)}人{known}，实到\u3000\u3000人，列席\u3000\u3000人。"


def _agenda_table(meeting: Meeting) -> Table:
    items = selectors.agenda_of(meeting)
    rows: list[tuple[Cell | str, ...]] = [
        (
            str(n),
            Cell(bare(meeting, item.title), align=Align.LEFT),
            reporter_of(item),
            f"{item.minutes}分钟" if item.minutes else "",
        )
        for n, item in enumerate(items, 1)
    ] or [("", "（尚未确定）", "", "")]
    if any(item.minutes for item in items):
        return Table(
            widths=(2.5, 14, 7, 4.5),
            rows=(("序号", "议\u3000题", "汇报（发言）", "时间安排"), *rows),
            height=2,
        )
    bare_rows = tuple(row[:3] for row in rows)
    return Table(widths=(2.5, 17.5, 8), rows=(("序号", "议\u3000题", "汇报（发言）"), *bare_rows), height=2)


def _signing(number: int, row: Attendance, names: tuple[str, ...]) -> tuple[str, ...]:
    """One line: the person who is to sign, in whose place, or that nobody will."""
    unit = row.unit.short_name if row.unit else ""
    if _stand_in(row):
        title = bare_title(row.delegate_title, names)
        note = "代会" if row.name == selectors.VACANT_SEAT else f"代{row.name}"
        return str(number), unit, printed_name(_stand_in(row)), title, "", note
    note = "请假" if _on_leave(row) else ("召集人" if row.role == AttendeeRole.CONVENER else "")
    return str(number), unit, printed_name(row.name), bare_title(row.title, names), "", note


def _observing(rows: list[Attendance], after: int) -> list[tuple[Cell | str, ...]]:
    """Named observers and bodies first, then lines to write on."""
    named = [row for row in rows if row.observes]
    lines: list[tuple[Cell | str, ...]] = []
    for number, row in enumerate(named, after + 1):
        unit = row.name if _is_body(row) else (row.unit.short_name if row.unit else "")
        lines.append((str(number), unit, "" if _is_body(row) else printed_name(row.name), row.title, "", ""))
    return lines + [("", "", "", "", "", "")] * _SPARE_LINES


def _plate(row: Attendance) -> Plate:
    name, unit = _stand_in(row) or row.name, row.unit.short_name if row.unit else ""
    return Plate(unit) if name in _NAMELESS and unit else Plate(name, unit)


def _on_leave(row: Attendance) -> bool:
    return row.status == AttendanceStatus.LEAVE


def _stand_in(row: Attendance) -> str:
    """The substitute who is expected or was there; empty once the member came himself, or is on leave."""
    if row.status in (AttendanceStatus.EXPECTED, AttendanceStatus.SUBSTITUTE):
        return row.delegate_name
    return ""


def _is_body(row: Attendance) -> bool:
    """An observer's line may name a body (各县卫健局) rather than a person."""
    return row.observes and not row.title and not row.unit_id and len(row.name) > 4
