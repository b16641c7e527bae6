"""Who holds which handed-out role; giving and taking."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import permissions, selectors, services
from apps.accounts.enums import Role
from apps.accounts.forms import RoleForm
from apps.common import settings_rows

from .shared import only, sent


@require_http_methods(["GET", "POST"])
@only(permissions.can_see_accounts)
def index(request: HttpRequest) -> HttpResponse:
    """Roles in force today, by role; the form gives one."""
    mine = [role for role in Role.values if permissions.can_give_role(request.user, role)]
    form = RoleForm(sent(request)[0], roles=mine, initial={"user": request.GET.get("user")}) if mine else None
    if request.method == "POST" and form is not None and form.is_valid():
        user, role = form.cleaned_data["user"], Role(form.cleaned_data["role"])
        services.give_role(user, role=role, ends_on=form.cleaned_data["ends_on"], by=request.user)
        messages.success(request, f"已授予{user}“{role.label}”。")
        return redirect("accounts:roles")
    rows = list(selectors.grants_today())
    context: dict[str, Any] = {
        "form": form,
        "groups": [(role.label, role in mine, [row for row in rows if row.role == role]) for role in Role],
        "separate": settings_rows.value("separate_administrators"),
    }
    return render(request, "accounts/roles.html", context, status=422 if form and form.errors else 200)


@require_POST
@only(permissions.can_manage_roles)
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a role back."""
    grant = get_object_or_404(selectors.grants_today(), pk=pk)
    services.take_role(grant, by=request.user)
    messages.success(request, f"已收回{grant.user}的“{grant.get_role_display()}”。")
    return redirect("accounts:roles")
