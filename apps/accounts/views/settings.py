"""Settings, each with its sentence."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts import permissions
from apps.accounts.forms import SettingsForm
from apps.common import settings_rows

from .shared import only, sent


@require_http_methods(["GET", "POST"])
@only(permissions.can_see_settings)
def index(request: HttpRequest) -> HttpResponse:
    """Read them; the system administrator changes them. One wrong value changes nothing."""
    may_change = permissions.can_set(request.user)
    if request.method == "POST" and not may_change:
        raise PermissionDenied("set")
    form = SettingsForm(sent(request)[0], may_change=may_change)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            for key in form.changed_data:
                settings_rows.put(key, form.cleaned_data[key], by=request.user)
        messages.success(request, f"已修改{len(form.changed_data)}项设置。")
        return redirect("accounts:settings")
    context = {"form": form, "groups": form.groups(), "may_change": may_change}
    return render(request, "accounts/settings.html", context, status=422 if form.errors else 200)
