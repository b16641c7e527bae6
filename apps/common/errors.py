"""The one refusal that is not about rights: the act is right, the moment is not."""

from typing import Any

from django.core.exceptions import PermissionDenied


class Refused(Exception):
    """An act that may not happen now. `text` is Chinese and is shown as it is; `obj` is where to go back to."""

    def __init__(self, text: str, obj: Any = None, verb: str = "") -> None:
        super().__init__(str(text))
        self.text = str(text)
        self.obj = obj
        self.verb = verb


def demand(permitted: bool, what: str) -> None:
    """Raise PermissionDenied (403) before a form is read: a forbidden act must not look like a typing error."""
    if not permitted:
        raise PermissionDenied(what)
