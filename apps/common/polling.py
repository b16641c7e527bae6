"""Pages that ask again every few seconds and hear 304 while nothing changed."""

from django.http import HttpRequest


def unchanged(request: HttpRequest, tag: str) -> bool:
    """Whether the page has what the quoted `tag` stands for; a proxy that compresses makes the tag a weak one."""
    return request.headers.get("If-None-Match", "").removeprefix("W/") == tag
