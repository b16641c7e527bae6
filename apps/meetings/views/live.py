"""What goes on in the recording room while a page of it is open: others' blocks, who is writing where."""

import hashlib
import json

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_GET, require_POST

from apps.common.fields import whole_number
from apps.meetings import room_reads, services

from .record import readable


@require_GET
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Order and versions of an item's blocks, counts, people; 304 while nothing changed."""
    meeting = readable(request, pk)
    item = whole_number(request.GET.get("item", ""))
    body = json.dumps(room_reads.room_now(meeting, item, besides=request.user), ensure_ascii=False)
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:20]}"'
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(body, content_type="application/json")
    answer["ETag"] = tag
    return answer


@require_POST
def here(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that this recorder is at an item and a block."""
    item, block = (whole_number(request.POST.get(name, "")) for name in ("item", "block"))
    services.note_presence(readable(request, pk), item_id=item, block_id=block, by=request.user)
    return HttpResponse(status=204)
