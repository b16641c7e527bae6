"""Photos and files of an item: put in by the office, read by whoever may read the record."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import files as store
from apps.common.errors import demand
from apps.meetings import permissions, selectors, services
from apps.meetings.models import ItemFile
from apps.meetings.room_forms import FileForm

from .room import item_of
from .shared import sent, status_of


@require_http_methods(["GET", "POST"])
def files(request: HttpRequest, pk: int) -> HttpResponse:
    """The files of one item, and the form for one more."""
    item = item_of(request, pk)
    if request.method == "POST":
        demand(permissions.runs_office(request.user), "add a file")
    form = FileForm(request.POST or None, request.FILES or None)
    if sent(request, form, lambda: services.add_file(item, **form.cleaned_data, by=request.user)):
        messages.success(request, _("已放入本议题。"))
        return redirect("meetings:files", pk)
    context = {
        "item": item, "meeting": item.meeting, "form": form,
        "may_add": permissions.can_record(request.user, item.meeting),
        "rows": item.files.filter(removed_at__isnull=True).select_related("file", "added_by"),
    }  # fmt: skip
    return render(request, "meetings/files.html", context, status=status_of(form))


def _file(request: HttpRequest, pk: int) -> ItemFile:
    rows = ItemFile.objects.filter(agenda_item__meeting__in=selectors.visible_to(request.user))
    row = get_object_or_404(rows.select_related("agenda_item__meeting", "file"), pk=pk)
    demand(permissions.can_read_record(request.user, row.agenda_item.meeting), "a file of the record")
    return row


@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One file, journalled. Removed ones can still be fetched by those who may read the record."""
    return store.answer(_file(request, pk).file, by=request.user)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of the record; the row stays, marked."""
    row = _file(request, pk)
    services.remove_file(row, by=request.user)
    messages.info(request, _("已移出本议题。"))
    return redirect("meetings:files", row.agenda_item_id)
