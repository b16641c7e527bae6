"""What the pages share: forms that come back with reasons."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Form

from apps.common.forms import put_reasons


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
