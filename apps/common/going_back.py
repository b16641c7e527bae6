"""Where a form asks to be led back to, if that is a page of this site."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Where `next` of the form or address points, if that is a path on this site; else `default`.

    `redirect` would take a bare word for the name of a view, so only what begins with a slash is let through.
    """
    wanted = request.POST.get("next") or request.GET.get("next", "")
    hosts = {request.get_host()}
    allowed = url_has_allowed_host_and_scheme(wanted, hosts, request.is_secure())
    return wanted if allowed and wanted.startswith("/") else default
