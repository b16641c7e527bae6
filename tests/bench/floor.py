"""The floor: what Django itself takes for a save and for a page, with session and user and nothing else."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import path

from apps.meetings.models import Meeting, RecordBlock


def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Lock one row, change its text, commit."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    with transaction.atomic():
        row = RecordBlock.objects.select_for_update().filter(pk=pk).order_by("pk").first()
        if row is None:
            return HttpResponse(status=404)
        row.text = request.POST["text"]
        row.save(update_fields=["text"])
    return JsonResponse({"ok": True})


PAGE = """<!DOCTYPE html><html lang="zh-Hans"><head><title>{{ meeting.title }}</title></head>
<body><p>{{ user }}</p><h1>{{ meeting.title }}</h1><p>{{ meeting.place }}</p></body></html>"""


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One row by its key in a trivial template."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    meeting = Meeting.objects.filter(pk=pk).first()
    return HttpResponse(_template().render({"meeting": meeting, "user": request.user}))


def own_addresses(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware: the addresses below, for this request alone.

    Exchanging ROOT_URLCONF around each request would make Django forget the portal's addresses, and the page measured
    next would pay for learning them anew (some 15 ms).
    """

    def answer(request: HttpRequest) -> Any:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return get_response(request)

    return answer


@cache
def _template() -> Any:
    return engines["django"].from_string(PAGE)


def at_the_floor(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that serves these addresses and leaves the portal's as they are.

    Changing ROOT_URLCONF for a request would make the next page build the portal's addresses anew.
    """

    def here(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return get_response(request)

    return here


urlpatterns = [path("<int:pk>/", save), path("page/<int:pk>/", page)]
