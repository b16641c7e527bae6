"""总览."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.common import settings_rows
from apps.portal import charts, overview, overview_page
from apps.roster.selectors import standing_of

LIGHTS = [(name, label, overview.GLYPHS[name]) for name, label in overview.LABELS.items()]


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """What stands where, by lamp, unit, month and duty clause; every number is a link to its rows."""
    standing = standing_of(request.user)
    if standing.is_any and not (standing.units or standing.reads_all):
        raise PermissionDenied("overview")  # an administrator has neither a unit nor the matters of all
    found = overview.overview_of(request.user)
    context = {
        "overview": found,
        "sees_all": standing.reads_all or settings_rows.value("units_see_peers"),
        "lights": LIGHTS,
        "series": charts.SERIES,
        "lamps": charts.lamp_bars(found.lamps.cells),
        "units": overview_page.table(charts.bars(found.units)),
        "months": charts.columns(found.months),
        "duties": overview_page.table(charts.bars(found.duties)),
    }
    return render(request, "portal/overview.html", context)
