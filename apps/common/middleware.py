"""What every request gets: an id, an origin for the journal, a small cache, and a friendly refusal."""

import re
import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from . import audit, request_cache
from .errors import Refused
from .workflow import first_error

Handler = Callable[[HttpRequest], HttpResponse]
_ID = re.compile(r"^[0-9a-f-]{8,36}$")


class RequestIdMiddleware:
    """Gives the request an id (the proxy's, if it sent a sane one) and a cache that ends with it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("X-Request-ID", "")
        request.id = sent if _ID.match(sent) else uuid.uuid4().hex  # type: ignore[attr-defined]
        with request_cache.scope():
            response = self.get_response(request)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        return response


class ActorMiddleware:
    """Names the address and request id for the journal lines written during the request."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with audit.origin(request.META.get("REMOTE_ADDR", "") or "", request.id):  # type: ignore[attr-defined]
            return self.get_response(request)


class RefusalMiddleware:
    """Turns `Refused` into a message on the page the user came from, and journals refusals.

    The journal line is written here, after the transaction of the refused act has been rolled back.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        if isinstance(error, PermissionDenied):
            audit.record(
                by=request.user,
                verb="denied",
                label="越权被拒",
                allowed=False,
                detail={"path": request.path[:200]},
            )
            return None
        if isinstance(error, ValidationError):
            error = Refused(first_error(error))
        if not isinstance(error, Refused):
            return None
        audit.record(
            by=request.user,
            verb=error.verb or "refused",
            label="未能办理",
            obj=error.obj,
            allowed=False,
            detail={"why": error.text[:500], "path": request.path[:200]},
        )
        if (
            request.method in ("GET", "HEAD")
            or request.headers.get("HX-Request")
            or "application/json" in request.headers.get("Accept", "")
        ):
            return render(request, "409.html", {"text": error.text}, status=409)
        messages.error(request, error.text)
        return redirect(self._back(request, error))

    @staticmethod
    def _back(request: HttpRequest, error: Refused) -> str:
        came_from = request.headers.get("Referer", "")
        if url_has_allowed_host_and_scheme(
            came_from, {request.get_host()}, require_https=request.is_secure()
        ):
            return came_from
        if error.obj is not None and hasattr(error.obj, "get_absolute_url"):
            return error.obj.get_absolute_url()
        return "/"
