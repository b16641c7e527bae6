"""Misprints put right after 签发: the list of them, and which content hashes read the same but for them. Reads only."""

from dataclasses import dataclass

from . import content
from .models import Minutes, MisprintFix
from .selectors import passages_of


@dataclass(frozen=True, slots=True)
class Fix:
    """One misprint put right, with the name of its passage."""

    name: str
    row: MisprintFix


def fixes_of(minutes: Minutes) -> list[Fix]:
    """校对改动, in the order they were made. Four queries, one when there is none."""
    rows = list(MisprintFix.objects.filter(minutes=minutes).select_related("by").order_by("id"))
    lines = content.lines_of(passages_of(minutes)) if rows else []
    names = {line.passage.pk: line.name for line in lines}
    return [Fix(names.get(row.passage_id, "正文"), row) for row in rows]


def equivalent(minutes: Minutes) -> dict[str, str]:
    """Content hash of a passage after a misprint was put right → its hash as agreed to and signed. One query.

    Two hashes are the same business when `found.get(one, one) == found.get(other, other)`.
    """
    found: dict[str, str] = {}
    rows = MisprintFix.objects.filter(minutes=minutes).order_by("id")
    for before, after in rows.values_list("before_hash", "after_hash"):
        root = found.get(before, before)
        if after != root:
            found[after] = root
    return found
