"""Issued papers and their copies."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.audit import history_of
from apps.common.fields import whole_number
from apps.dispatch import permissions, selectors, services
from apps.dispatch.forms import RegisterForm
from apps.dispatch.models import Delivery
from apps.documents.services import answer_pdf

PAGE_SIZE = 20


@require_GET
def papers(request: HttpRequest) -> HttpResponse:
    """Issued papers, and how far their copies have come."""
    before = whole_number(request.GET.get("before", ""))
    found = selectors.papers_visible_to(request.user)
    if before is not None:
        found = found.filter(pk__lt=before)
    page = list(found[: PAGE_SIZE + 1])
    context = {
        "rows": [(paper, selectors.count_states(selectors.copies_of(paper))) for paper in page[:PAGE_SIZE]],
        "older_url": f"?before={page[PAGE_SIZE - 1].pk}" if len(page) > PAGE_SIZE else "",
        "newer_url": "?" if before else "",
        "may_see_outbox": permissions.can_see_outbox(request.user),
        "reads_all": permissions.can_see_outbox(request.user) or permissions.can_register(request.user),
    }
    return render(request, "dispatch/list.html", context)


@require_GET
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """One paper's copies: where each stands, and the button for who may act."""
    archived = get_object_or_404(selectors.papers_visible_to(request.user), pk=pk)
    context = {
        "paper": archived,
        "panel": selectors.panel_of(archived, request.user),
        "history": _history(archived),
        "report_done": selectors.report_is_done(archived),
        "reads_all": permissions.can_see_outbox(request.user),
    }
    return render(request, "dispatch/paper.html", context)


def _history(archived: Any) -> list[dict[str, Any]]:
    return [
        {"at": event.at, "by": event.actor_label, "label": event.label, "text": ""}
        for event in history_of(archived).reverse()
        if event.verb != "download"
    ]


@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF, for whoever sees a copy of it."""
    archived = get_object_or_404(selectors.papers_visible_to(request.user), pk=pk)
    return answer_pdf(archived, by=request.user)


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """The office writes down when a copy went and who received it."""
    delivery = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    if not permissions.can_register(request.user, delivery):
        raise PermissionDenied("register delivery")
    form = RegisterForm(request.POST or None, initial=RegisterForm.initial_of(delivery))
    if request.method == "POST" and form.is_valid() and _registered(delivery, form, request):
        messages.success(request, _("已登记：%(name)s。") % {"name": delivery.recipient})
        return redirect("dispatch:paper", delivery.paper_id)
    context = {"delivery": delivery, "form": form}
    return render(request, "dispatch/register.html", context, status=422 if form.errors else 200)


def _registered(delivery: Delivery, form: RegisterForm, request: HttpRequest) -> bool:
    try:
        services.register_delivery(delivery, by=request.user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


@require_POST
def receive(request: HttpRequest, pk: int) -> HttpResponse:
    """The unit's liaison signs for its copy."""
    delivery = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    services.confirm_receipt(delivery, by=request.user)
    messages.success(request, _("已签收。"))
    return redirect("dispatch:paper", delivery.paper_id)
