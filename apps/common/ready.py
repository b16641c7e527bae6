"""Words and addresses that a page of many rows asks for once, so that its template has nothing left to work out."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import models
from django.urls import reverse

_ID = 987654321  # stands for the id; no prefix of an address holds this number


@cache
def pattern_of(name: str, *more: str) -> str:
    """The address of the pages under a URL name that takes an id (and words after it), with {} in the id's place.

    Putting an id in takes a twentieth of the time that working out an address does.
    """
    return reverse(name, args=[_ID, *more]).replace(str(_ID), "{}")


@cache
def labels_of(choices: type[models.TextChoices]) -> dict[str, str]:
    """Code → Chinese label. `get_…_display` puts this together anew for each cell it is asked for."""
    return {str(member): str(member.label) for member in choices}


def under(notes: Iterable[Any]) -> str:
    """The notes that say something, one under another (`.table-notes` of portal.css keeps the lines)."""
    return "\n".join(note for note in notes if note)
