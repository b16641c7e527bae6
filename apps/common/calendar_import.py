"""Fills the working-day calendar: from the package's tables, pasted lines, a sheet, or day by day."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from simple_history.utils import bulk_create_with_history

from . import audit, request_cache
from .fields import plain
from .models import CalendarDay
from .unpacking import open_book
from .workflow import save_with_history

WHY = "导入日历"
_MAX_DAYS = 2000
_LONGEST = 200  # characters of a line
_REST, _WORK = {"休", "放假", "假", "休息"}, {"班", "上班", "调休上班", "补班"}
_DAY = r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?"
_LINE = re.compile(rf"{_DAY}(?:\s*(?:至|到|~|～|—)\s*{_DAY})?[\s,，、:：]+([^\s,，、]+)(?:[\s,，、]+(.*))?\Z")


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day that is named: whether people work, and the festival's name."""

    day: date
    works: bool
    name: str


def from_package(years: Iterable[int]) -> list[DayLine]:
    """Holidays and exchanged days of the years the package knows (2004–2026); others give nothing."""
    from chinese_calendar import Holiday, constants  # its tables are large

    wanted = set(years)

    def name(value: str) -> str:
        return str(Holiday(value).chinese)

    rest = [DayLine(day, False, name(v)) for day, v in constants.holidays.items() if day.year in wanted]
    work = [DayLine(day, True, name(v)) for day, v in constants.workdays.items() if day.year in wanted]
    return sorted(rest + work, key=lambda line: line.day)


def from_text(text: str) -> list[DayLine]:
    """Days of pasted lines. Raises ValidationError with one message for each wrong line."""
    found: list[DayLine] = []
    errors: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found += _of_line(line.strip())
        except ValueError as error:
            errors.append(f"第{number}行：{error}")
    return checked(found, errors)


def from_sheet(handle: BinaryIO) -> list[DayLine]:
    """Days of an .xlsx: date, 休 or 班, name. Raises ValidationError with one message for each wrong row."""
    try:
        sheet = open_book(handle, data_only=True).worksheets[0]
        rows = list(sheet.iter_rows(max_row=_MAX_DAYS, max_col=3, values_only=True))
    except ValidationError:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers raise
        raise ValidationError(_("表格读不出来，请重新保存为 XLSX 后上传。")) from error
    found: list[DayLine] = []
    errors: list[str] = []
    for number, row in enumerate(rows, start=1):
        cells = [_word(cell) for cell in (*row, None, None, None)[:3]]
        if not any(cells) or (number == 1 and not re.match(r"\d", cells[0])):
            continue
        try:
            found += _of_line("  ".join(cells).strip())
        except ValueError as error:
            errors.append(f"第{number}行：{error}")
    return checked(found, errors)


def _word(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell).strip()


def _of_line(line: str) -> list[DayLine]:
    match = _LINE.match(line) if len(line) <= _LONGEST else None
    if match is None:
        raise ValueError("看不懂，应写成“2027-01-01 休 元旦”的样子。")
    parts = match.groups()
    first = _day(*parts[:3])
    last = _day(*parts[3:6]) if parts[3] else first
    if not first <= last <= first + timedelta(days=31):
        raise ValueError("起止日期不对：止应不早于起，且不超过一个月。")
    if parts[6] not in _REST | _WORK:
        raise ValueError(f"“{parts[6][:10]}”不认识，只能写休或班。")
    name = (parts[7] or "").strip()
    if len(name) > 40:
        raise ValueError("名称最多40个字。")
    span = (last - first).days + 1
    return [DayLine(first + timedelta(days=i), parts[6] in _WORK, name) for i in range(span)]


def _day(year: str, month: str, day: str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError(f"日期{year}-{month}-{day}不存在。") from None
    if not 2000 <= found.year <= 2100:
        raise ValueError("年份应在2000到2100之间。")
    return found


def checked(found: list[DayLine], errors: Sequence[str] = ()) -> list[DayLine]:
    """The days, or ValidationError with what is wrong with them."""
    errors = list(errors)
    if not found and not errors:
        errors = [str(_("没有读到任何日期。"))]
    if len(found) > _MAX_DAYS:
        errors = [str(_("天数过多，请分几次导入。"))]
    kinds: dict[date, bool] = {}
    for line in found:
        plain(line.name)
        if kinds.setdefault(line.day, line.works) != line.works:
            errors.append(f"{line.day.isoformat()}既写了休又写了班。")
    if errors:
        raise ValidationError(errors[:20])
    return found


@transaction.atomic
def put_days(lines: Iterable[DayLine], *, by: Any, replace: bool = False) -> int:
    """Bring days into the table; with `replace` other days of the same years go. Returns how many changed."""
    wanted = {line.day: line for line in lines}
    years = sorted({day.year for day in wanted})
    rows = {row.date: row for row in CalendarDay.objects.select_for_update().filter(date__year__in=years)}
    gone = [row for day, row in rows.items() if replace and day not in wanted]
    for row in gone:
        _delete(row, by)
    new = [CalendarDay(date=d, is_workday=v.works, name=v.name) for d, v in wanted.items() if d not in rows]
    bulk_create_with_history(new, CalendarDay, default_user=by, default_change_reason=WHY)
    changed = [
        row
        for day, row in rows.items()
        if day in wanted and (row.is_workday, row.name) != _values(wanted[day])
    ]
    for row in changed:
        row.is_workday, row.name = _values(wanted[row.date])
        save_with_history(row, by=by, why=WHY)
    total = len(gone) + len(new) + len(changed)
    if total:
        detail = {"years": years, "added": len(new), "changed": len(changed), "removed": len(gone)}
        audit.record(by=by, verb="import_calendar", label=WHY, detail=detail)
    request_cache.forget("work_calendar")
    return total


def _values(line: DayLine) -> tuple[bool, str]:
    return line.works, line.name


def _delete(row: CalendarDay, by: Any) -> None:
    row._history_user = by  # type: ignore[attr-defined]
    row.delete()


@transaction.atomic
def remove_day(row: CalendarDay, *, by: Any) -> None:
    """Let a day be an ordinary one again."""
    _delete(row, by)
    audit.record(
        by=by, verb="remove_day", label="删除日历安排", detail={"day": row.date.isoformat(), "name": row.name}
    )
    request_cache.forget("work_calendar")
