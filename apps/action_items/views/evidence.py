"""The 档案 of an item: its contents with what is missing, and the ZIP."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from apps.action_items import evidence, item_reading, selectors
from apps.action_items.models import ActionItem
from apps.common import audit
from apps.common.errors import Refused, demand


def _item(request: HttpRequest, pk: int) -> ActionItem:
    seen = item_reading.with_flags(selectors.visible_to(request.user))
    item = get_object_or_404(seen, pk=pk)
    demand(selectors.may_open_files(request.user, item), "files of an item")
    return item_reading.fill(item)


@require_GET
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """卷内目录 on the screen. The sheets are made meanwhile; the page asks again until they are."""
    item = _item(request, pk)
    pack = evidence.pack_of(item, request.user)
    ready, _rows = evidence.ask_for(pack)
    return render(request, "action_items/evidence.html", {"item": item, "pack": pack, "ready": ready})


@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The ZIP; who fetched it stands in the journal. Raises Refused while a sheet is not made."""
    item = _item(request, pk)
    pack = evidence.pack_of(item, request.user)
    ready, rows = evidence.ask_for(pack)
    if ready.trouble:
        raise Refused(ready.trouble, item)
    if not ready.is_complete:
        return redirect("action_items:evidence", pk=pk)
    out = evidence.write_zip(pack, rows, item)
    detail = {"files": len(pack.named), "missing": list(pack.missing)}
    audit.record(by=request.user, verb="evidence", label="下载档案", obj=item, detail=detail)
    return FileResponse(
        out, as_attachment=True, filename=f"{pack.folder}.zip", content_type="application/zip"
    )
