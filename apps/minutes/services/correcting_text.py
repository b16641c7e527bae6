"""At the issue of a 更正: the text takes the changes, and the ledger keeps step. The caller has right and transaction.

A matter keeps its identity by its passage: its item keeps its reference for good, while its number (第×项) is always
that of the paper in force. A new matter takes a reference that no matter of the paper has ever had.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from apps.action_items.correcting import Corrected, correct_item, end_item, renumber_item
from apps.action_items.enums import SourceKind
from apps.action_items.models import ActionItem
from apps.action_items.services import open_item
from apps.common.errors import Refused
from apps.common.workflow import save_with_history
from apps.dispatch.selectors import versions_of
from apps.documents.models import ArchivedPaper
from apps.duties.models import Duty
from apps.minutes import content, correction
from apps.minutes.enums import ChangeKind, PassageKind
from apps.minutes.models import CorrectionChange, Minutes, Passage
from apps.minutes.selectors import passages_of
from apps.roster.models import Unit

from .drafting import Content, put_content, renumber
from .issuing import tell_leads

_MOVED = "正文与更正拟定时不同，请退回拟定，重新核对。"


def apply(minutes: Minutes, changes: Sequence[CorrectionChange], *, by: Any) -> None:
    """Write every change. Raises Refused when the text no longer reads as it did when the change was written."""
    for change in changes:
        if change.what == ChangeKind.TEXT:
            put_content(_unmoved(minutes, change), _content(change), by=by, why="更正")
        elif change.what == ChangeKind.REMOVE:
            _strike(_unmoved(minutes, change), by=by)
        elif change.what == ChangeKind.TITLE:
            _retitle(minutes, change, by=by)
    for change in reversed(changes):  # two behind one passage: each is put directly behind it
        if change.what == ChangeKind.ADD:
            _insert(minutes, change, by=by)


def _unmoved(minutes: Minutes, change: CorrectionChange) -> Passage:
    assert change.passage is not None  # noqa: S101 - a constraint of the row
    passage = Passage.objects.select_for_update().get(pk=change.passage.pk)
    now, then = {**correction.snapshot(passage), "words": ""}, {**change.before, "words": ""}
    then.pop("name", None)
    if passage.struck or now != then:
        raise Refused(_MOVED, minutes, "correct")
    return passage


def _content(change: CorrectionChange) -> Content:
    after, passage = change.after, change.passage
    units = {unit.pk: unit for unit in Unit.objects.filter(pk__in=[*after["leads"], *after["supports"]])}
    return Content(
        text=after["text"], leads=[units[pk] for pk in after["leads"]], supports=[units[pk] for pk in after["supports"]],
        all_support=after["all_support"], due_on=correction.day_of(after["due_on"]), recurrence=after["recurrence"],
        is_standing=after["is_standing"], duties=list(Duty.objects.filter(pk__in=after["duties"])),
        in_principle=after["in_principle"],
        opens_item=after["opens_item"] if passage is None else passage.opens_item, withheld=False,
    )  # fmt: skip


def _strike(passage: Passage, *, by: Any) -> None:
    """Kept with its comments and its item, printed and counted no more."""
    passage.struck = passage.withheld = True
    passage.version += 1
    passage.full_clean()
    save_with_history(passage, by=by, why="更正删去")


def _retitle(minutes: Minutes, change: CorrectionChange, *, by: Any) -> None:
    if minutes.title != change.before["title"]:
        raise Refused(_MOVED, minutes, "correct")
    minutes.title = change.after["title"]
    minutes.full_clean()
    save_with_history(minutes, by=by, why="更正标题")


def _insert(minutes: Minutes, change: CorrectionChange, *, by: Any) -> None:
    rows = list(Passage.objects.select_for_update().filter(minutes=minutes).order_by("position", "id"))
    place = next(n for n, row in enumerate(rows, 1) if row.pk == change.follows_id)
    given = _content(change)
    passage = Passage(
        minutes=minutes, kind=PassageKind.RESOLUTION, text=given.text, opens_item=given.opens_item
    )
    if minutes.no_resolutions:  # 办文要素 said that nothing was decided; now something was
        minutes.no_resolutions = False
        minutes.full_clean()
        save_with_history(minutes, by=by, why="更正增加议定事项")
    renumber([*rows[:place], passage, *rows[place:]], by=by)
    put_content(passage, given, by=by, why="更正增加")
    change.passage = passage
    save_with_history(change, by=by, why="更正增加")


# --- 台账 ------------------------------------------------------------------


def lock_items(minutes: Minutes) -> None:
    """Lock every matter of the paper in the order of their ids, before anything is journalled: see `follow`.

    A unit that reports on one of them meanwhile holds that one and waits for the journal.
    """
    refs = Passage.objects.filter(minutes=minutes).exclude(item_ref="").values("item_ref")
    list(ActionItem.objects.select_for_update().filter(ref__in=refs).order_by("pk"))


def follow(
    minutes: Minutes, changes: Sequence[CorrectionChange], *, reason: str, on: date, by: Any
) -> list[ActionItem]:
    """Items of corrected passages follow them, struck ones end, new ones open; all bear the new numbers.

    Returns the items that were opened.
    """
    for change in changes:
        struck = change.passage if change.what == ChangeKind.REMOVE else None
        if struck is not None and struck.item_ref:
            end_item(
                ActionItem.objects.get(ref=struck.item_ref), reason=f"更正删去。{reason}"[:500], on=on, by=by
            )
    changed = {change.passage_id for change in changes if change.what == ChangeKind.TEXT}
    added = {change.passage_id for change in changes if change.what == ChangeKind.ADD}
    opened = []
    for line in content.lines_of(passages_of(minutes)):
        passage = line.passage
        if passage.pk in added and passage.opens_item:
            opened.append((_open(minutes, line, on=on, by=by), passage.leads))
        elif passage.item_ref:
            _keep_step(line, is_changed=passage.pk in changed, reason=reason, on=on, by=by)
    tell_leads(opened, by=by)
    return [item for item, _leads in opened]


def _keep_step(line: content.Line, *, is_changed: bool, reason: str, on: date, by: Any) -> None:
    item, passage = ActionItem.objects.get(ref=line.passage.item_ref), line.passage
    if item.seq != line.seq:
        item = renumber_item(
            item, line.seq, reason=f"序号由第{item.seq}项改为第{line.seq}项。{reason}"[:500], by=by
        )
    if not is_changed:
        return
    given = Corrected(
        text=content.item_text(passage), leads=passage.leads, supports=passage.supports, all_support=passage.all_support,
        due_on=passage.due_on, recurrence=passage.recurrence, is_standing=passage.is_standing,
        duties=list(passage.duties.all()),
    )  # fmt: skip
    correct_item(item, given, reason=reason, on=on, by=by)


def _open(minutes: Minutes, line: content.Line, *, on: date, by: Any) -> ActionItem:
    """The matter of a new resolution; it stands with its fellows under the paper's first version."""
    paper, passage = minutes.paper, line.passage
    assert paper is not None  # noqa: S101 - a constraint of the row
    item = open_item(
        ref=_free_ref(paper), seq=line.seq, text=content.item_text(passage), leads=passage.leads,
        supports=passage.supports, all_support=passage.all_support, due_on=passage.due_on,
        recurrence=passage.recurrence, is_standing=passage.is_standing, duties=list(passage.duties.all()),
        source_kind=SourceKind.MINUTES, source_paper=versions_of(paper)[-1], source_anchor=f"passage-{passage.pk}",
        source_label=paper.number_text, opened_on=on, by=by,
    )  # fmt: skip
    passage.item_ref = item.ref
    save_with_history(passage, by=by, why="更正增加，交办")
    return item


def _free_ref(paper: ArchivedPaper) -> str:
    """The next reference under this number: one above the highest that a matter of the paper, in any version, ever had."""
    head = str(paper.number)
    mine = Q(ref__startswith=f"{head}-") | Q(source_paper__number=paper.number)
    tails = [ref.rpartition("-")[2] for ref in ActionItem.objects.filter(mine).values_list("ref", flat=True)]
    return f"{head}-{max((int(tail) for tail in tails if tail.isdigit()), default=0) + 1}"
