"""The calendar: a month as a grid or a list, files, and the feed of one's own."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from apps.common import calendar
from apps.portal import dates, feeds
from apps.portal.dates import Entry

TYPE = "text/calendar; charset=utf-8"


def _months_beside(first: date) -> dict[str, date]:
    return {
        "before": (first - timedelta(days=1)).replace(day=1),
        "after": dates.last_of(first) + timedelta(days=1),
    }


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """One month of meetings and deadlines."""
    first = dates.month_of(request.GET.get("month", ""))
    last, work = dates.last_of(first), calendar.current()
    found = dates.entries(request.user, first, last)
    context: dict[str, Any] = {
        "first": first,
        "as_list": request.GET.get("view") == "list",
        "grid": dates.grid(dates.weeks(first, found, work)),
        "entries": found,
        "unknown_year": first.year if work.missing_years([first]) else 0,
        "feed": feeds.feed_of(request.user),
        **_months_beside(first),
    }
    return render(request, "portal/calendar.html", context)


def _file(request: HttpRequest, found: list[Entry], name: str) -> HttpResponse:
    body = feeds.book(found, host=request.get_host(), address=request.build_absolute_uri)
    response = HttpResponse(body, content_type=TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    response["Cache-Control"] = "private, no-cache"
    return response


@require_GET
def month_file(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """A month for another calendar."""
    if not (1 <= month <= 12 and dates.FIRST_YEAR <= year <= dates.LAST_YEAR):
        raise Http404(month)
    first = date(year, month, 1)
    found = dates.entries(request.user, first, dates.last_of(first))
    return _file(request, found, f"{year}-{month:02}")


@require_GET
def year_file(request: HttpRequest, year: int) -> HttpResponse:
    """A year for another calendar."""
    if not dates.FIRST_YEAR <= year <= dates.LAST_YEAR:
        raise Http404(year)
    found = dates.entries(request.user, date(year, 1, 1), date(year, 12, 31))
    return _file(request, found, str(year))


@require_safe
@login_not_required
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """A person's calendar by its secret address: no login, no session, nothing but titles and times."""
    owner = feeds.owner_of(token)
    if owner is None:
        raise Http404("feed")
    return _file(request, feeds.entries_of(owner), "calendar")


@require_POST
@never_cache
def make_feed(request: HttpRequest) -> HttpResponse:
    """A new address, shown this once."""
    token = feeds.make(request.user)
    address = request.build_absolute_uri(reverse("portal:feed", args=[token]))
    return render(request, "portal/feed.html", {"address": address})


@require_POST
def revoke_feed(request: HttpRequest) -> HttpResponse:
    """The address stops working."""
    if feeds.revoke(request.user):
        messages.success(request, _("订阅地址已撤销，日历程序不能再读取。"))
    else:
        messages.info(request, _("没有订阅地址。"))
    return redirect("portal:calendar")
