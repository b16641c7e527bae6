"""What the pages of this app have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from apps.common import audit

Rule = Callable[[Any], bool]
View = Callable[..., HttpResponse]


def only(rule: Rule) -> Callable[[View], View]:
    """A view for those of whom the rule of the permissions room is true; 403 for others."""

    def wrap(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not rule(request.user):
                raise PermissionDenied(f"{view.__name__}: {rule.__name__}")
            return view(request, *args, **kwargs)

        return wrapped

    return wrap


def sent(request: HttpRequest) -> tuple[Any, Any]:
    """Data and files for a form; None on GET. An empty POST is still a POST, and has errors to show."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def page_of(request: HttpRequest, rows: QuerySet[Any], *, size: int = 30) -> Page[Any]:
    """The page asked for; the nearest one when there is no such page."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def chosen(form: Any) -> str:
    """The present filter in words, for the printed page and the folded filter bar."""
    if not form.is_valid():
        return ""
    words = []
    for name, value in form.cleaned_data.items():
        if value in (None, "", False):
            continue
        choices = dict(getattr(form.fields[name], "choices", ()))
        shown = "" if value is True else f"：{choices.get(value, value)}"
        words.append(f"{form.fields[name].label}{shown}")
    return "，".join(words)


def story(obj: Model) -> list[dict[str, Any]]:
    """What was done with an object, newest first, for components/timeline."""
    rows = audit.history_of(obj).exclude(verb__in=["login", "logout"]).order_by("-id")[:50]
    return [
        {"at": row.at, "by": row.actor_label, "label": row.label, "text": row.detail.get("reason", "")}
        for row in rows
    ]
