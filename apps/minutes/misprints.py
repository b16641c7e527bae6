"""Misprints put right after 签发: which content hashes read the same but for them. Reads only."""

from .models import Minutes, MisprintFix


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
