"""A ledger that comes in: upload, look, confirm. Works without JavaScript."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.action_items import importing, long, permissions
from apps.action_items.forms.ledger import SheetForm
from apps.action_items.models import LedgerImport
from apps.common.errors import demand


@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Upload a sheet; what it would write is shown next."""
    demand(permissions.can_import(request.user), "import a ledger")
    form = SheetForm(request.POST, request.FILES) if request.method == "POST" else SheetForm()
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(importing.bring(form.cleaned_data["sheet"], by=request.user))
        except ValidationError as error:
            form.add_error("sheet", error)
    context = {"form": form, "runs_office": permissions.can_open(request.user)}
    return render(request, "action_items/import.html", context, status=422 if form.errors else 200)


def _mine(request: HttpRequest, pk: int) -> LedgerImport:
    """One's own upload, or 404."""
    demand(permissions.can_import(request.user), "import a ledger")
    return get_object_or_404(LedgerImport.objects.filter(user=request.user.pk).select_related("file"), pk=pk)


@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What the sheet would write, and what is wrong with it; after the act, what was written."""
    row = _mine(request, pk)
    plan = None if row.done_at else importing.plan_of(row, by=request.user)
    work = long.work_of(row) if plan else None
    return render(request, "action_items/import_preview.html", {"row": row, "plan": plan, "work": work})


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Write what was shown, once; a long sheet is written by the worker."""
    row = _mine(request, pk)
    before, seen = row.done_at, request.POST.get("seen", "")
    work = long.start_import(row, seen=seen, by=request.user)
    if work is not None:
        return redirect(work)
    row = importing.confirm(row, seen=seen, by=request.user)
    if before is None:
        messages.success(request, f"已导入进展{row.written['reports']}条，新增事项{row.written['items']}项。")
    return redirect(row)
