"""总览."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.portal import charts, overview

LIGHTS = [(name, label, overview.GLYPHS[name]) for name, label in overview.LABELS.items()]


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """What stands where, by lamp, unit, month and duty clause; every number is a link to its rows."""
    found = overview.overview_of(request.user)
    context = {
        "overview": found,
        "lights": LIGHTS,
        "series": charts.SERIES,
        "lamps": charts.lamp_bars(found.lamps.cells),
        "units": charts.bars(found.units),
        "months": charts.columns(found.months),
        "duties": charts.bars(found.duties),
    }
    return render(request, "portal/overview.html", context)
