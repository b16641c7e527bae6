"""The administrator's page of numbers."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from . import permissions, selectors, services
from .forms import StartForm


@require_http_methods(["GET", "POST"])
def numbers(request: HttpRequest) -> HttpResponse:
    """Counters, the numbers taken, and the form that sets a year's start."""
    if not permissions.can_see_numbers(request.user):
        raise PermissionDenied("numbers")
    may_set = permissions.can_set_start(request.user)
    form = StartForm(request.POST or None)
    if request.method == "POST":
        if not may_set:
            raise PermissionDenied("set start")
        if form.is_valid():
            services.set_start(**form.cleaned_data, by=request.user)
            messages.success(request, _("起始编号已设置。"))
            return redirect("documents:numbers")
    counters = list(selectors.counters())
    years = sorted({counter.year for counter in counters}, reverse=True)
    wanted = request.GET.get("year", "")
    year = int(wanted) if wanted in map(str, years) else next(iter(years), None)
    taken = selectors.numbers(year=year) if year else []
    context = {"counters": counters, "numbers": taken, "year": year, "form": form if may_set else None}
    return render(request, "documents/numbers.html", context, status=422 if form.errors else 200)
