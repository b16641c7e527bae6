"""Does the text say other numbers than the figures, or leave matters out? Only a warning: the office may mean it. Pure."""

import re
from collections.abc import Iterator
from typing import Any

# The words before a number → which count is meant. The longer word is looked for first.
_MEANT = {
    "按期办结": "on_time",
    "逾期办结": "late",
    "长期坚持": "standing",
    "推进中": "running",
    "已办结": "closed",
    "办结": "closed",
    "超期": "overdue",
    "受阻": "blocked",
    "延期": "extended",
    "牵头": "all",
    "共": "all",
}
_SINCE = {
    "新办结": "closed",
    "新交办": "opened",
    "新增超期": "overdue",
    "调整时限": "moved",
    "终止或合并": "ended",
}
_COUNT = "[0-9]{1,18}"
_SAID = re.compile(
    f"({'|'.join([*_SINCE, *_MEANT])})(?:的|了|有|为|共|事项|议定事项|任务){{0,8}}({_COUNT})(?:项|件)"
)
_REST = re.compile(r"其余([0-9]+)项见台账")  # what `wording` writes for matters that do not fit
_ANY = re.compile(rf"(?<![0-9〕第.])({_COUNT})(?:项|件)")


def warnings(heading: str, text: str, snapshot: dict[str, Any]) -> list[str]:
    """One Chinese sentence a number in `text` that the snapshot does not bear out, in the order of the text.

    And one where matters were left out because the part was full.
    """
    found: list[str] = []
    for sentence in re.split(r"(?<=[。；\n])", text):
        if rest := _REST.search(sentence):
            found.append(f"“{heading}”写不下全部事项，有{rest[1]}项没有列出，只写了“见台账”。")
            continue
        for words in _wrong(sentence, snapshot):
            line = f"“{heading}”中写的{words}"
            if line not in found:
                found.append(line)
    return found


def _wrong(sentence: str, snapshot: dict[str, Any]) -> Iterator[str]:
    scope = _scope(sentence, snapshot)
    told: set[int] = set()
    for match in _SAID.finditer(sentence):
        told.add(match.start(2))
        right = _right(match[1], scope, snapshot)
        if right is not None and right != int(match[2]):
            yield f"“{match[0]}”与取数不一致：取数为{right}项。"
    known = _numbers(snapshot)
    for match in _ANY.finditer(sentence):
        if match.start(1) not in told and int(match[1]) not in known:
            yield f"“{match[0]}”在取数中没有对应的数。"


def _scope(sentence: str, snapshot: dict[str, Any]) -> dict[str, int]:
    """The counts of the one unit the sentence begins with, else those of all."""
    for row in snapshot["units"]:
        if sentence.lstrip("　 ").startswith(row["unit"]):
            return {name: value for name, value in row.items() if name != "unit"}
    return dict(snapshot["totals"])


def _right(word: str, scope: dict[str, int], snapshot: dict[str, Any]) -> int | None:
    if word in _SINCE:
        changes = snapshot["changes"]
        return len(changes[_SINCE[word]]) if changes else None
    return scope.get(_MEANT[word])


def _numbers(snapshot: dict[str, Any]) -> set[int]:
    """Every number the figures hold: one that is none of them was counted elsewhere, or mistyped."""
    found = set(snapshot["totals"].values())
    for row in snapshot["units"]:
        found |= {value for name, value in row.items() if name != "unit"}
    changes = snapshot["changes"] or {}
    return found | {len(rows) for rows in changes.values() if isinstance(rows, list)}
