"""What has been opened to others: one page with all of it, a form for one object, and taking back."""

from importlib import import_module
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import grants, permissions
from apps.accounts.forms import GrantForm

from .shared import only, sent


def visible(model: type[Model], user: Any) -> QuerySet[Any]:
    """What the user sees of a model: every app answers that in its own selectors room."""
    rooms = import_module(f"{model._meta.app_config.name}.selectors")  # type: ignore[union-attr]
    return rooms.visible_to(user)


def _groups() -> list[tuple[str, str]]:
    rows = Group.objects.filter(unit__left_on__isnull=True, unit__isnull=False).select_related("unit")
    return [(str(group.pk), grants.name_of(group)) for group in rows.order_by("unit__order")]


@require_GET
@only(permissions.can_see_grants)
def index(request: HttpRequest) -> HttpResponse:
    """All grants, soonest to end first. Titles are shown to those who see the office's papers anyway."""
    rows = [
        {
            "grant": row,
            "to": grants.name_of(grants.holder_of(row)),
            "kind": row._meta.model_name,
            "label": row.permission.name.removeprefix("查阅"),
        }
        for row in grants.all_grants()
    ]
    context = {
        "rows": rows,
        "today": timezone.localdate(),
        "may_take": permissions.can_take_back(request.user),
    }
    return render(request, "accounts/grants.html", context)


@require_http_methods(["GET", "POST"])
@only(permissions.can_share)
def give(request: HttpRequest, content_type: int, pk: int) -> HttpResponse:
    """Open one object (named by content type and id) to a unit or an account until a date."""
    model = grants.grantable(content_type)
    if model is None:
        raise Http404
    obj = get_object_or_404(visible(model, request.user), pk=pk)
    form = GrantForm(sent(request)[0], units=_groups())
    if request.method == "POST" and form.is_valid():
        unit, user = form.cleaned_data["unit"], form.cleaned_data["user"]
        to = get_object_or_404(Group, pk=unit) if unit else user
        try:
            grants.give(obj, to=to, until=form.cleaned_data["until"], by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"已向{grants.name_of(to)}开放“{obj}”。")
            return redirect(obj.get_absolute_url())
    context = {"form": form, "object": obj, "present": grants.grants_on(obj)}
    return render(request, "accounts/grant_form.html", context, status=422 if form.errors else 200)


@require_POST
def take(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Take one grant back; `kind` is the grant model's name."""
    if not permissions.can_take_back(request.user):
        raise PermissionDenied("take_back")
    model: Any = next((rows for rows in grants.grant_models() if rows._meta.model_name == kind), None)
    if model is None:
        raise Http404
    grant = get_object_or_404(model, pk=pk)
    grants.take_back(grant, by=request.user)
    messages.success(request, "已收回查阅权限。")
    return redirect("accounts:grants")
