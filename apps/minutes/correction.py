"""更正: what each change is, whom it touches, and what still stands in the way. Reads only.

A change is kept as two snapshots, of a passage, the title or the lists of names; a new resolution has none before, one
that is struck out none after. `Passage` rows with the new values are built in memory, so that words,
numbering and the paper itself come from the same code as ever.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from apps.documents.composition import NameList
from apps.duties.models import Duty
from apps.meetings.selectors import attendance_of, attending_units
from apps.roster.enums import AssignmentRole
from apps.roster.mentions import names_of_units
from apps.roster.models import Unit
from apps.roster.selectors import units as member_units

from . import content, misprint, printed_names
from .enums import ChangeKind, PassageKind, Reply
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


def fresh_passage(minutes: Minutes, after: Snapshot, *, key: int = 1) -> Passage:
    """A new resolution in memory; never saved. Its number is negative, so that it is taken for no row."""
    passage = Passage(
        pk=-key, minutes=minutes, kind=PassageKind.RESOLUTION, opens_item=after["opens_item"], position=1
    )
    return revise(passage, after)


def ordered(case: CorrectionCase) -> list[CorrectionChange]:
    """The changes in the order of the paper: title, passages, a new one behind what it follows, names."""
    ends = {ChangeKind.TITLE: -1, ChangeKind.NAMES: 1_000_000}

    def place(row: CorrectionChange) -> tuple[int, bool, int]:
        stands = row.follows if row.what == ChangeKind.ADD else row.passage
        return (
            ends.get(ChangeKind(row.what), stands.position if stands else 0),
            row.what == ChangeKind.ADD,
            row.pk,
        )

    return sorted(case.changes.select_related("passage", "follows"), key=place)


def revised(case: CorrectionCase) -> list[Passage]:
    """All passages of the paper as they shall read, in order."""
    changes = ordered(case)
    stand = {row.passage_id: row for row in changes if row.what in (ChangeKind.TEXT, ChangeKind.REMOVE)}
    new = [row for row in changes if row.what == ChangeKind.ADD and row.passage_id is None]
    found: list[Passage] = []
    for passage in passages_of(case.minutes):
        change = stand.get(passage.pk)
        if change is None or change.what == ChangeKind.TEXT:
            found.append(revise(passage, change.after) if change else passage)
        found += [
            fresh_passage(case.minutes, row.after, key=row.pk) for row in new if row.follows_id == passage.pk
        ]
    return found


def _one(case: CorrectionCase, what: ChangeKind) -> CorrectionChange | None:
    return next((row for row in case.changes.all() if row.what == what), None)


def title_after(case: CorrectionCase) -> str:
    """The title the new version bears."""
    change = _one(case, ChangeKind.TITLE)
    return str(change.after["title"]) if change else case.minutes.title


def names_after(case: CorrectionCase) -> tuple[NameList, ...]:
    """The lists of those present that the new version bears: as printed, unless they are corrected."""
    change = _one(case, ChangeKind.NAMES)
    known = printed_names.printed(case.minutes)
    return printed_names.lists_of(change.after, printed=known) if change else known


def names_in(minutes: Minutes) -> list[str]:
    """Names of units and people that a misprint must not touch."""
    people = [name for row in attendance_of(minutes.meeting) for name in (row.name, row.delegate_name)]
    return [*names_of_units(member_units()), *(name for name in people if name)]


_SUBSTANCE = {
    ChangeKind.ADD: "增加一项议定事项",
    ChangeKind.REMOVE: "删去一项议定事项，其督办事项随之终止",
    ChangeKind.NAMES: "出席名单有改动",
}


def verdict(change: CorrectionChange, names: Iterable[str]) -> misprint.Verdict:
    """Whether the change puts a misprint right or touches the substance."""
    if change.what in _SUBSTANCE:
        return misprint.Verdict((_SUBSTANCE[ChangeKind(change.what)],))
    return misprint.judge(_words(change.before), _words(change.after), names=names)


def _words(row: Snapshot) -> misprint.Words:
    fields = {name: value for name, value in row.items() if name not in ("text", "words", "title")}
    return misprint.Words(row.get("text") or row.get("title", ""), fields)


def touched(case: CorrectionCase) -> dict[int, list[CorrectionChange]]:
    """Unit id → the changes that are its business, before or after; a misprint is nobody's."""
    names, everybody = names_in(case.minutes), [unit.pk for unit in attending_units(case.minutes.meeting)]
    found: dict[int, list[CorrectionChange]] = {}
    for change in ordered(case):
        if verdict(change, names).is_misprint:
            continue
        for pk in _concerned(change, everybody):
            found.setdefault(pk, []).append(change)
    return found


def _concerned(change: CorrectionChange, attending: list[int]) -> list[int]:
    if change.what == ChangeKind.NAMES:
        return _named_in_lists(printed_names.units_changed(change.before, change.after), attending)
    sides = [side for side in (change.before, change.after) if "leads" in side]
    named_ids = [pk for side in sides for pk in (*side["leads"], *side["supports"])]
    if any(side["all_support"] for side in sides):
        named_ids += [unit.pk for unit in member_units()]
    stays = (
        change.what == ChangeKind.TEXT and change.passage and change.passage.kind != PassageKind.RESOLUTION
    )
    if stays or not named_ids:
        named_ids += attending
    return list(dict.fromkeys(named_ids))


def _named_in_lists(named: list[str], attending: list[int]) -> list[int]:
    """The units whose lines read otherwise; a line of somebody outside is the business of all that attended."""
    known = {name: unit.pk for unit in member_units() for name in (unit.full_name, unit.short_name)}
    ids = [known[name] for name in named if name in known]
    return list(dict.fromkeys(ids if len(ids) == len(named) else [*ids, *attending]))


def mark(changes: Iterable[CorrectionChange]) -> str:
    """The mark of these changes: an answer or an approval given to other words does not count."""
    rows = [[row.what, row.follows_id or row.passage_id, row.before, row.after] for row in changes]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def whole_mark(case: CorrectionCase) -> str:
    """The mark of all that the signer approves: the changes and the reason."""
    return hashlib.sha256(f"{mark(ordered(case))}{case.reason}".encode()).hexdigest()


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


def consenting(case: CorrectionCase) -> list[Unit]:
    """The units touched that said 无意见 to the words as they are now, in charter order; all that the 更正通知 may name.

    Rows of units that are touched no more stay with the case, but what they said is about other words.
    """
    wanted = touched(case)
    rows = case.consents.filter(unit__in=wanted, reply=Reply.AGREE).select_related("unit")
    return [row.unit for row in rows if row.seen == mark(wanted[row.unit_id])]


def agreed(case: CorrectionCase) -> str | None:
    """Guard: something is corrected, and every unit it touches consents explicitly (silence never counts)."""
    if not case.changes.exists():
        return "还没有写更正内容。"
    if why := _nothing_left(case):
        return why
    missing = not_agreed(case)
    if not missing:
        return None
    words = "；".join(f"{unit.short_name}{why}" for unit, why in missing[:3])
    more = f"等{len(missing)}个单位" if len(missing) > 3 else ""
    return f"更正须经有关单位明确同意：{words}{more}。"


def _nothing_left(case: CorrectionCase) -> str | None:
    """A 纪要 with resolutions cannot be corrected into one without: it is stopped instead."""
    if case.minutes.no_resolutions or _one(case, ChangeKind.REMOVE) is None:
        return None
    if any(line.seq for line in content.lines_of(revised(case))):
        return None
    return "议定事项不能全部删去；整份纪要有误的，请停止使用。"


def can_ask(case: CorrectionCase) -> str | None:
    """Guard: something is corrected, and some unit has to be asked."""
    if not case.changes.exists():
        return "还没有写更正内容。"
    return None if not_agreed(case) else "没有需要征求意见的单位，可以直接送批。"
