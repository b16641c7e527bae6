"""What the pages share: forms that come back with reasons."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import Form


def filled(form: Form, act: Callable[[dict[str, Any]], Any]) -> bool:
    """True when the form was right and its act done; else the reasons stand beside the fields."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except ValidationError as error:
        found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, texts in found.items():
            for text in texts:
                form.add_error(name if name in form.fields else None, text)
        return False
    return True
