"""The administrator's page of numbers."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from . import permissions, selectors, services
from .forms import StartForm

PAGE_SIZE = 50


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
    page = Paginator(selectors.numbers(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"counters": selectors.counters(), "page_obj": page, "form": form if may_set else None}
    return render(request, "documents/numbers.html", context, status=422 if form.errors else 200)
