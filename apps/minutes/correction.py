"""更正: what each change is, whom it touches, and what still stands in the way. Reads only.

A change is kept as two snapshots of a passage. `Passage` rows with the new values are built in memory, so that words,
numbering and the paper itself come from the same code as ever.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from apps.duties.models import Duty
from apps.meetings.selectors import attendance_of, attending_units
from apps.roster.enums import AssignmentRole
from apps.roster.mentions import names_of_units
from apps.roster.models import Unit
from apps.roster.selectors import units as member_units

from . import content, misprint
from .enums import PassageKind, Reply
from .models import CorrectionCase, CorrectionChange, Minutes, Passage, PassageUnit
from .selectors import passages_of

Snapshot = dict[str, Any]
PLAIN = ("text", "all_support", "recurrence", "is_standing", "in_principle")


def snapshot(passage: Passage) -> Snapshot:
    """Everything of a passage that can be corrected, with its printed words."""
    return {
        **{name: getattr(passage, name) for name in PLAIN},
        "due_on": passage.due_on.isoformat() if passage.due_on else "",
        "leads": [unit.pk for unit in passage.leads],
        "supports": [unit.pk for unit in passage.supports],
        "duties": sorted(duty.pk for duty in passage.duties.all()),
        "words": content.words_of(passage),
    }


def day_of(value: str) -> date | None:
    """The date of a snapshot's `due_on`."""
    return date.fromisoformat(value) if value else None


def revise(passage: Passage, after: Snapshot) -> Passage:
    """The passage in memory with the new values; never saved. `parts` and `duties` answer as if prefetched."""
    for name in PLAIN:
        setattr(passage, name, after[name])
    passage.due_on = day_of(after["due_on"])
    known = {unit.pk: unit for unit in Unit.objects.filter(pk__in=[*after["leads"], *after["supports"]])}
    named = [(AssignmentRole.LEAD, after["leads"]), (AssignmentRole.SUPPORT, after["supports"])]
    parts = [
        PassageUnit(passage=passage, unit=known[pk], role=role, position=place)
        for role, ids in named
        for place, pk in enumerate(ids, 1)
    ]
    cache: Any = {"parts": parts, "duties": list(Duty.objects.filter(pk__in=after["duties"]))}
    passage._prefetched_objects_cache = cache  # type: ignore[attr-defined]
    return passage


def revised(case: CorrectionCase) -> list[Passage]:
    """All passages of the paper as they shall read, in order."""
    after = {row.passage_id: row.after for row in case.changes.all()}
    return [revise(row, after[row.pk]) if row.pk in after else row for row in passages_of(case.minutes)]


def names_in(minutes: Minutes) -> list[str]:
    """Names of units and people that a misprint must not touch."""
    people = [row.name for row in attendance_of(minutes.meeting)]
    return [*names_of_units(member_units()), *people]


def verdict(change: CorrectionChange, names: Iterable[str]) -> misprint.Verdict:
    """Whether the change puts a misprint right or touches the substance."""
    return misprint.judge(_words(change.before), _words(change.after), names=names)


def _words(row: Snapshot) -> misprint.Words:
    fields = {name: value for name, value in row.items() if name not in ("text", "words")}
    return misprint.Words(row["text"], fields)


def touched(case: CorrectionCase) -> dict[int, list[CorrectionChange]]:
    """Unit id → the changes that are its business, before or after; a misprint is nobody's."""
    names, everybody = names_in(case.minutes), [unit.pk for unit in attending_units(case.minutes.meeting)]
    found: dict[int, list[CorrectionChange]] = {}
    for change in case.changes.select_related("passage"):
        if verdict(change, names).is_misprint:
            continue
        for pk in _concerned(change, everybody):
            found.setdefault(pk, []).append(change)
    return found


def _concerned(change: CorrectionChange, attending: list[int]) -> list[int]:
    sides = (change.before, change.after)
    named = [pk for side in sides for pk in (*side["leads"], *side["supports"])]
    if any(side["all_support"] for side in sides):
        named += [unit.pk for unit in member_units()]
    if change.passage.kind != PassageKind.RESOLUTION or not named:
        named += attending
    return list(dict.fromkeys(named))


def mark(changes: Iterable[CorrectionChange]) -> str:
    """The mark of these changes: an answer or an approval given to other words does not count."""
    rows = [[row.passage_id, row.before, row.after] for row in changes]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def whole_mark(case: CorrectionCase) -> str:
    """The mark of all that the signer approves: the changes and the reason."""
    return hashlib.sha256(f"{mark(case.changes.all())}{case.reason}".encode()).hexdigest()


def not_agreed(case: CorrectionCase) -> list[tuple[Unit, str]]:
    """(unit, why it does not stand behind the correction) of every unit touched, in charter order."""
    wanted = touched(case)
    answers = {row.unit_id: row for row in case.consents.all()}
    found = []
    for unit in Unit.objects.filter(pk__in=wanted):
        row = answers.get(unit.pk)
        if row is None:
            found.append((unit, "还没有征求意见"))
        elif row.reply == Reply.OPPOSE:
            found.append((unit, "不同意"))
        elif row.reply != Reply.AGREE:
            found.append((unit, "尚未反馈"))
        elif row.seen != mark(wanted[unit.pk]):
            found.append((unit, "反馈之后更正内容又有改动"))
    return sorted(found, key=lambda pair: (pair[0].order, pair[0].pk))


def agreed(case: CorrectionCase) -> str | None:
    """Guard: something is corrected, and every unit it touches consents explicitly (silence never counts)."""
    if not case.changes.exists():
        return "还没有写更正内容。"
    missing = not_agreed(case)
    if not missing:
        return None
    words = "；".join(f"{unit.short_name}{why}" for unit, why in missing[:3])
    more = f"等{len(missing)}个单位" if len(missing) > 3 else ""
    return f"更正须经有关单位明确同意：{words}{more}。"


def can_ask(case: CorrectionCase) -> str | None:
    """Guard: something is corrected, and some unit has to be asked."""
    if not case.changes.exists():
        return "还没有写更正内容。"
    return None if not_agreed(case) else "没有需要征求意见的单位，可以直接送批。"
