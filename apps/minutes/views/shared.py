"""What several views do: fetch, try a service and put its complaints into the form."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from apps.minutes import pages, selectors
from apps.minutes.models import Minutes

Result = TypeVar("Result")


def fetch(request: HttpRequest, pk: int) -> Minutes:
    """The 纪要 if the user may see it, else 404."""
    return get_object_or_404(selectors.detailed(selectors.visible_to(request.user)), pk=pk)


def fetch_whole(request: HttpRequest, pk: int) -> Minutes:
    """The same for pages with text, consent table or sign-off: 403 for a unit that sees the object only."""
    minutes = fetch(request, pk)
    if not selectors.sees_whole(request.user, minutes):
        raise PermissionDenied(f"whole minutes {pk}")
    return minutes


def require(allowed: bool, what: str) -> None:
    """403 unless allowed."""
    if not allowed:
        raise PermissionDenied(what)


def attempt(form: forms.Form | forms.ModelForm | None, call: Callable[[], Result]) -> Result | None:
    """The result, or None with the service's complaints standing in the form."""
    try:
        return call()
    except ValidationError as error:
        if form is None:
            raise
        put_errors(form, error)
        return None


def put_errors(form: forms.Form | forms.ModelForm, error: ValidationError) -> None:
    """Each complaint at its field where the form has it, else on top."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)


def page(request: HttpRequest, template: str, minutes: Minutes, title: str, **context: Any) -> HttpResponse:
    """Render a page of one 纪要; 422 when a form on it has errors."""
    form = context.get("form")
    status = 422 if form is not None and form.is_bound and form.errors else 200
    shell = pages.shell(request.user, minutes, title)
    return render(request, f"minutes/{template}.html", {**shell, **context}, status=status)


def done(request: HttpRequest, words: str, to: Any, *args: Any) -> HttpResponse:
    """Say so and go on."""
    messages.success(request, words)
    return redirect(to, *args)
