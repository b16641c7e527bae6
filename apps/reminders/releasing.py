"""催办函 goes out: numbered, frozen, sent to its unit through dispatch with a receipt, once a day a unit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.action_items.models import ActionItem
from apps.common import audit
from apps.common.errors import Refused
from apps.common.workflow import lock, save_with_history
from apps.dispatch.enums import DeliveryRole
from apps.dispatch.services import send_paper, sync_recipients, tell
from apps.documents.enums import PaperKind
from apps.documents.services import freeze, hold_counter, settable, take_number
from apps.roster.models import Unit
from apps.roster.selectors import liaison_users, today

from . import papers, permissions
from .letters import BOTH, Ready, UnitLetter, borne, mark_of, number_words, ready, unit_letters
from .models import ChaseLetter

RELEASE = "release_letter"
_LONGEST_NUMBER = "催办〔2000〕1号"


class NumbersBorne(Refused):
    """Numbers typed in that other letters bear. `found`: unit id → why, to stand beside the field of that unit."""

    def __init__(self, found: Mapping[int, str]) -> None:
        super().__init__("".join(dict.fromkeys(found.values())))
        self.found = found


@dataclass
class Released:
    """Letters that went out, units left out with the reason of each, and units nobody has an account in."""

    letters: list[ChaseLetter] = field(default_factory=list)
    left: list[tuple[Unit, str]] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)


@transaction.atomic
def release_letters(
    units: Iterable[Unit], *, by: Any, level: str = BOTH, seen: str | None = None,
    numbers: Mapping[int, str] | None = None,
) -> Released:  # fmt: skip
    """Release a letter to each of these units, about its own items only (章程四（二）: 办公室跟踪督促落实).

    Items, then units are locked in the order of their ids, then the counter: of two who press at once the second finds
    the first one's letters, and nobody who holds the journal waits for a number.
    Everything that can be wrong is found before the first number is taken. `seen` is `letters.mark_of` of what was
    shown; None where no page was. `numbers`: unit id → the number 市卫健委 gave the letter in its own book, typed in
    (泉卫函〔2026〕12号); a letter without one takes the next of its series here (催办〔2026〕1号). Raises PermissionDenied,
    Refused (none can go, with each reason; changed since it was shown), NumbersBorne (another letter bears a number),
    ValidationError (a text that cannot be set).
    """
    if not permissions.can_chase(by):
        raise PermissionDenied("release letters")
    asked = sorted(units, key=lambda unit: unit.pk)
    if not asked:
        raise Refused(_("请先勾选要发催办函的单位。"))
    held = _hold_items(asked, level)
    locked = [lock(unit) for unit in asked]
    hold_counter(PaperKind.CHASE_LETTER, year=today().year)
    sync_recipients(by=by)  # under the counter's lock: two at once must not both make the list
    rows = ready(locked, level)
    going = [row for row in rows if not row.refusal]
    done = Released(left=[(row.unit, row.refusal) for row in rows if row.refusal])
    if not going:
        raise Refused("".join(f"{unit.short_name}：{why}" for unit, why in done.left))
    written = [row.letter for row in going if row.letter is not None]
    about = {item.pk for letter in written for item in letter.items}
    if not about <= held or (seen is not None and seen != mark_of(written)):
        raise Refused(_("您打开之后事项有变动，请重新看过再发。"))
    typed = {row.unit.pk: text for row in going if (text := (numbers or {}).get(row.unit.pk, ""))}
    _refuse_borne(typed)
    for letter in written:
        settable(papers.chase_letter(letter, number=typed.get(letter.unit.pk, _LONGEST_NUMBER)))
    people = liaison_users({row.unit.pk for row in going})
    for row in going:
        sent = _release(row, typed.get(row.unit.pk, ""), by=by)
        done.letters.append(sent)
        _tell(sent, people[row.unit.pk], by=by)
    done.silent = [row.unit.short_name for row in going if not people[row.unit.pk]]
    return done


def _hold_items(units: Iterable[Unit], level: str) -> set[int]:
    """Lock what would be written about, and return the ids. Before the units: who reports holds his item, then his unit."""
    wanted = {unit.pk for unit in units}
    found = {item.pk for row in unit_letters(level) if row.unit.pk in wanted for item in row.items}
    rows = ActionItem.objects.select_for_update(of=("self",)).filter(pk__in=found).order_by("pk")
    return {item.pk for item in rows}


def _refuse_borne(typed: Mapping[int, str]) -> None:
    if found := borne(typed):
        raise NumbersBorne(found)


def _release(row: Ready, typed: str, *, by: Any) -> ChaseLetter:
    assert row.letter is not None  # noqa: S101 - what has no letter is left out
    assert row.recipient is not None  # noqa: S101 - every member unit has one once they are in step
    day = row.letter.rule.as_of
    taken = None if typed else take_number(PaperKind.CHASE_LETTER, year=day.year, by=by)
    text = typed if taken is None else number_words(taken)
    archived = freeze(
        papers.chase_letter(row.letter, number=text), kind=PaperKind.CHASE_LETTER, title=papers.TITLE, number=taken,
        number_text=text, signed_on=day, printed_on=day, by=by,
    )  # fmt: skip
    sent = ChaseLetter(unit=row.unit, on=day, number=taken, own_number=typed, paper=archived, released_by=by)
    _keep(sent, by=by)
    sent.items.set(row.letter.items)
    labels = [f"{item.source_label}-{item.seq}" for item in row.letter.items]
    audit.record(by=by, verb=RELEASE, label="发催办函", obj=sent, detail={"items": labels})
    for item in row.letter.items:
        _note(item, row.letter, text, by=by)
    send_paper(archived, recipients=[(row.recipient, DeliveryRole.SEND)], by=by)
    return sent


def _keep(sent: ChaseLetter, *, by: Any) -> None:
    """Save the letter; whoever typed the same number a moment earlier, for whatever unit, was first.

    The row of the journal or the index makes the second wait, and what the first wrote is seen then.
    """
    try:
        with transaction.atomic():
            sent.full_clean()
            save_with_history(sent, by=by, why="发催办函")
    except (ValidationError, IntegrityError):
        others = ChaseLetter.objects.filter(own_number=sent.own_number).exclude(own_number="")
        if others.exists():
            raise NumbersBorne(borne({sent.unit_id: sent.own_number})) from None
        raise


def _note(item: ActionItem, letter: UnitLetter, number: str, *, by: Any) -> None:
    """The line in the item's own journal. It names the unit written to, never what else stood in the letter."""
    words = f"{number}，发{letter.unit.short_name}，时限{letter.due_words(item)}，{letter.situation(item)}"
    audit.record(by=by, verb=RELEASE, label="催办函", obj=item, detail={"reason": words})


def _tell(sent: ChaseLetter, users: list[Any], *, by: Any) -> None:
    tell(
        users, kind="chase_letter", title=_("请签收：%(number)s %(title)s") % {"number": sent.paper.number_text, "title": sent.paper.title},
        url=reverse("dispatch:paper", args=[sent.paper_id]), key=str(sent.pk), by=by,
    )  # fmt: skip
