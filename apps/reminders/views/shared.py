"""What the pages share: who may, and forms that come back with reasons."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest

from apps.common.forms import put_reasons
from apps.reminders import permissions


def office_only(request: HttpRequest) -> None:
    """Raise PermissionDenied unless the user is of the office."""
    if not permissions.can_chase(request.user):
        raise PermissionDenied("chase")


def readers_only(request: HttpRequest) -> None:
    """Raise PermissionDenied unless the user is of the office, or reads everything."""
    if not permissions.can_read_chases(request.user):
        raise PermissionDenied("read chases")


def filled(form: Form, act: Callable[[dict[str, Any]], Any]) -> bool:
    """True when the form was right and its act done; else the reasons stand beside the fields."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except ValidationError as error:
        put_reasons(form, error)
        return False
    return True
