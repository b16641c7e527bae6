"""The text a signer has before him: its mark, and what changed since he saw it last. Pure but for the reads."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import content, papers
from .models import Minutes, Reading
from .selectors import passages_of

Snapshot = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """One passage that reads otherwise than before; an empty side means it was not there."""

    name: str
    before: str
    after: str


def text_of(minutes: Minutes, lines: Sequence[content.Line] | None = None) -> Snapshot:
    """Everything the convener signs: title, passages with their fields' hash, and who is printed as present."""
    lines = list(lines) if lines is not None else content.lines_of(passages_of(minutes))
    rows = content.snapshot(minutes.title, lines)
    hashes = {str(line.passage.pk): line.content for line in lines}
    for row in rows:
        row["content"] = hashes.get(row["key"], "")
    return [
        *rows,
        {"key": "names", "kind": "names", "label": "", "words": _names(minutes), "withheld": False},
    ]


def _names(minutes: Minutes) -> str:
    return "\n".join(
        f"{row.label}：{'；'.join(_group(group) for group in row.groups)}"
        for row in papers.names_of(minutes.meeting)
    )


def _group(group: Any) -> str:
    return f"{group.unit}{'、'.join(group.names)}{f'（{group.note}）' if group.note else ''}"


def mark_of(text: Snapshot) -> str:
    """The mark that goes with a signature: two texts with the same mark read the same."""
    return hashlib.sha256(json.dumps(text, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def changes(before: Snapshot, after: Snapshot) -> list[Change]:
    """By passage: changed, new and gone ones in the order of the paper. Nothing was seen before: no change."""
    if not before:
        return []
    old, new = {row["key"]: row for row in before}, {row["key"]: row for row in after}
    found = [
        Change(_name(row), _words(old.get(key)), _words(row))
        for key, row in new.items()
        if _words(old.get(key)) != _words(row)
    ]
    return found + [Change(_name(row), _words(row), "") for key, row in old.items() if key not in new]


def _words(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    return "（存议，不印入纪要）" if row.get("withheld") else f"{row['label']}{row['words']}"


def _name(row: dict[str, Any]) -> str:
    if row["label"]:
        return f"第{row['label']}项"
    return {"title": "标题", "names": "出席名单"}.get(row["key"], "正文")


def reading_of(minutes: Minutes, user: Any) -> Reading | None:
    """What this user saw last and put aside, if anything."""
    return Reading.objects.filter(minutes=minutes, user=user).first()
