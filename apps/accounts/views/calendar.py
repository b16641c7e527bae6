"""The working-day calendar: a year at a time, with its exceptions."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import permissions
from apps.accounts.forms import CalendarDayForm, CalendarImportForm
from apps.common import calendar_import
from apps.common.calendar_import import DayLine
from apps.common.fields import whole_number
from apps.common.models import CalendarDay

from .shared import only, sent


def _year(request: HttpRequest) -> int:
    asked = whole_number(request.GET.get("year", ""))
    return asked if asked is not None and 2000 <= asked <= 2100 else timezone.localdate().year


def _months(year: int, rows: list[CalendarDay]) -> list[tuple[int, list[list[Any]]]]:
    """Twelve months as weeks from Monday; a day is (date, works, row or None), an empty place is None."""
    known = {row.date: row for row in rows}
    months = []
    for month in range(1, 13):
        first = date(year, month, 1)
        days: list[Any] = [None] * first.weekday()
        day = first
        while day.month == month:
            row = known.get(day)
            days.append((day, row.is_workday if row else day.weekday() < 5, row))
            day += timedelta(days=1)
        days += [None] * (-len(days) % 7)
        months.append((month, [days[i : i + 7] for i in range(0, len(days), 7)]))
    return months


@require_GET
@only(permissions.can_see_settings)
def index(request: HttpRequest) -> HttpResponse:
    """One year as twelve months, and its exceptions in a table."""
    year = _year(request)
    rows = list(CalendarDay.objects.filter(date__year=year))
    years = list(CalendarDay.objects.dates("date", "year", order="ASC"))
    context = {
        "year": year,
        "rows": rows,
        "months": _months(year, rows),
        "years": sorted({day.year for day in years} | {year, timezone.localdate().year + 1}),
        "loaded": {day.year for day in years},
        "form": CalendarDayForm(initial={"kind": "rest"}),
        "may_change": permissions.can_set(request.user),
    }
    return render(request, "accounts/calendar.html", context)


def _back(year: int) -> str:
    return f"{reverse('accounts:calendar')}?year={year}"


@require_POST
@only(permissions.can_set)
def put_day(request: HttpRequest) -> HttpResponse:
    """Add or change one day."""
    form = CalendarDayForm(request.POST)
    if not form.is_valid():
        raise ValidationError([error for errors in form.errors.values() for error in errors])
    data = form.cleaned_data
    line = DayLine(data["day"], data["kind"] == "work", data["name"].strip())
    calendar_import.put_days(calendar_import.checked([line]), by=request.user)
    messages.success(request, f"{line.day:%Y-%m-%d} 已设为{'上班' if line.works else '放假'}。")
    return redirect(_back(line.day.year))


def _read(data: dict[str, Any]) -> list[DayLine]:
    sheet = data["sheet"]
    return calendar_import.from_sheet(sheet.file) if sheet else calendar_import.from_text(data["lines"])


@require_http_methods(["GET", "POST"])
@only(permissions.can_set)
def bring(request: HttpRequest) -> HttpResponse:
    """Many days at once."""
    form = CalendarImportForm(*sent(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            lines = _read(data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            changed = calendar_import.put_days(lines, by=request.user, replace=data["replace"])
            messages.success(request, f"读到{len(lines)}天，改动{changed}天。")
            return redirect(_back(lines[0].day.year))
    return render(
        request, "accounts/calendar_import.html", {"form": form}, status=422 if form.errors else 200
    )


@require_POST
@only(permissions.can_set)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a day an ordinary one again."""
    row = get_object_or_404(CalendarDay, pk=pk)
    calendar_import.remove_day(row, by=request.user)
    messages.success(request, f"{row.date:%Y-%m-%d} 已恢复为平常的一天。")
    return redirect(_back(row.date.year))
