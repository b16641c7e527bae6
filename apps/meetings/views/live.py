"""What goes on in the recording room while a page of it is open: others' blocks, who is writing where."""

import json

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_GET, require_POST

from apps.common.fields import whole_number
from apps.common.polling import unchanged
from apps.meetings import permissions, polls, services

from .record import readable


@require_GET
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Order and versions of an item's blocks, counts, people; 304 while nothing changed."""
    seen = polls.room(request.user, pk, whole_number(request.GET.get("item", "")))
    if not seen.rows or not permissions.can_read_record(request.user):
        readable(request, pk)  # says which: not there, or not for this person
    if unchanged(request, seen.tag):
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(
            json.dumps(polls.body_of(seen), ensure_ascii=False), content_type="application/json"
        )
    answer["ETag"] = seen.tag
    return answer


@require_POST
def here(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that this recorder is at an item and a block."""
    item, block = (whole_number(request.POST.get(name, "")) for name in ("item", "block"))
    services.note_presence(readable(request, pk), item_id=item, block_id=block, by=request.user)
    return HttpResponse(status=204)
