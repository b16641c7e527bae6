"""How far a long work is, and what came of it: its asker's own, nobody else's."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.common import long_work
from apps.common.models import LongWork


def _mine(request: HttpRequest, pk: int) -> Any:
    return get_object_or_404(LongWork.objects.filter(user=request.user.pk), pk=pk)


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The page that asks again until the work has ended; without JavaScript by its link."""
    row = _mine(request, pk)
    waits = row.ended_at is None
    context = {"work": row, "waits": waits, "progress": long_work.progress(row) if waits else None}
    return render(request, "portal/work.html", context)


@require_GET
def download(request: HttpRequest, pk: int) -> FileResponse:
    """The file it made."""
    return long_work.answer(_mine(request, pk))
