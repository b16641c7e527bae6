"""灯色规则: the thresholds, and what other ones would change before anything is written."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.action_items import permissions, rules_page, services
from apps.action_items.forms.rules import ThresholdForm


@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The first POST shows what would change, one with `confirm` writes it. The auditor reads the thresholds."""
    may_set = permissions.can_set_rules(request.user)
    if not may_set and (request.method == "POST" or not permissions.can_read_rules(request.user)):
        raise PermissionDenied("lamp rules")
    form = ThresholdForm(request.POST if request.method == "POST" else None)
    filled = form.is_bound and form.is_valid()
    if filled and "confirm" in request.POST:
        changed = services.set_thresholds(form.chosen(), by=request.user)
        messages.success(request, f"已修改{changed}项灯色规则，台账即按新规则亮灯。")
        return redirect("action_items:rules")
    context: dict[str, Any] = {"form": form, "preview": None, "may_set": may_set}
    if filled:
        context |= {"preview": rules_page.preview(form.chosen()), "chosen": asdict(form.chosen())}
    return render(request, "action_items/rules.html", context, status=422 if form.errors else 200)
