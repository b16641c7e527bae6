"""The draft: made when the record closes, edited passage by passage while it may be edited."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.common import audit
from apps.common.errors import Refused
from apps.common.workflow import lock, save_with_history
from apps.duties.models import Duty
from apps.meetings.models import Meeting
from apps.meetings.services import close_recording
from apps.minutes.compose import compose
from apps.minutes.enums import PassageKind
from apps.minutes.models import Consent, Minutes, Passage, PassageUnit
from apps.minutes.permissions import can_edit
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit

_PLAIN = (
    "text", "all_support", "due_on", "recurrence", "is_standing", "in_principle", "opens_item", "withheld",
)  # fmt: skip


class StalePassageError(Exception):
    """Somebody else saved the passage first. `passage` is the row as it is now."""

    def __init__(self, passage: Passage) -> None:
        super().__init__("stale passage")
        self.passage = passage


@dataclass(frozen=True)
class Content:
    """What a passage form gives. Units in the order they are to be named."""

    text: str
    leads: Sequence[Unit] = ()
    supports: Sequence[Unit] = ()
    all_support: bool = False
    due_on: date | None = None
    recurrence: str = ""
    is_standing: bool = False
    duties: Sequence[Duty] = field(default=())
    in_principle: bool = False
    opens_item: bool = True
    withheld: bool = False


@transaction.atomic
def close_record(meeting: Meeting, *, by: Any) -> Minutes:
    """End the recording and compose the draft, both or neither. Raises what closing the recording raises."""
    meeting = close_recording(meeting, by=by)
    minutes = compose(meeting, by=by)
    audit.record(by=by, verb="compose", label="由会议记录生成草稿", obj=minutes)
    return minutes


def _editable(minutes: Minutes, *, by: Any) -> Minutes:
    """The 纪要 locked, or the refusal. The caller holds the transaction."""
    fresh = lock(minutes)
    if can_edit(by, fresh):
        return fresh
    if not _may_ever(by, fresh):
        raise PermissionDenied(f"edit minutes {fresh.pk}")
    raise Refused(f"当前状态为“{fresh.get_state_display()}”，不能修改文字。", fresh, "edit")


def _may_ever(user: Any, minutes: Minutes) -> bool:
    from apps.minutes.permissions import can_handle, can_proofread

    return can_handle(user, minutes) or can_proofread(user, minutes)


def _locked(passage: Passage, version: int, *, by: Any) -> Passage:
    _editable(passage.minutes, by=by)
    fresh = (
        Passage.objects.select_for_update().select_related("minutes__meeting").filter(pk=passage.pk).first()
    )
    if fresh is None:
        raise Refused("这一段已被删除。", passage.minutes, "edit")
    if fresh.version != version:
        raise StalePassageError(fresh)
    return fresh


@transaction.atomic
def edit_passage(passage: Passage, given: Content, *, version: int, by: Any) -> Passage:
    """Save a passage whole. Raises StalePassageError (somebody saved first), Refused, PermissionDenied, ValidationError."""
    fresh = _locked(passage, version, by=by)
    check_content(given)
    put_content(fresh, given, by=by, why="修改文字")
    _journal(fresh, "edit", "修改文字", by=by)
    return fresh


def put_content(passage: Passage, given: Content, *, by: Any, why: str) -> None:
    """Write a passage whole, a version higher. The caller has the right, the lock and the transaction."""
    for name in _PLAIN:
        setattr(passage, name, getattr(given, name))
    if passage.text.strip():
        passage.gap = ""
    passage.version += 1
    passage.full_clean()
    save_with_history(passage, by=by, why=why)
    _set_parts(passage, given, by=by)
    passage.duties.set(given.duties)


def check_content(given: Content) -> None:
    """Raise ValidationError when units or deadline make no sense."""
    if sum((given.due_on is not None, bool(given.recurrence), given.is_standing)) > 1:
        raise ValidationError({"due_on": _("完成时限、定期要求和长期坚持只能选一种。")})
    leads = [unit.pk for unit in given.leads]
    if len(set(leads)) != len(leads):
        raise ValidationError({"leads": _("牵头单位有重复。")})
    if not given.all_support and set(leads) & {unit.pk for unit in given.supports}:
        raise ValidationError({"supports": _("同一单位不能既牵头又配合。")})


def _set_parts(passage: Passage, given: Content, *, by: Any) -> None:
    supports = () if given.all_support else given.supports
    wanted = [(unit.pk, AssignmentRole.LEAD, n) for n, unit in enumerate(given.leads, 1)]
    wanted += [(unit.pk, AssignmentRole.SUPPORT, n) for n, unit in enumerate(supports, 1)]
    have = {part.unit_id: part for part in passage.parts.all()}
    for unit_id in set(have) - {row[0] for row in wanted}:
        have[unit_id].delete()
    for unit_id, role, position in wanted:
        part = have.get(unit_id) or PassageUnit(passage=passage, unit_id=unit_id)
        if (part.role, part.position) != (role, position):
            part.role, part.position = role, position
            save_with_history(part, by=by, why="修改单位")


def _journal(passage: Passage, verb: str, label: str, *, by: Any) -> None:
    detail = {
        "passage": passage.pk,
        "kind": passage.kind,
        "text": passage.text[:60],
        "version": passage.version,
    }
    audit.record(by=by, verb=verb, label=label, obj=passage.minutes, detail=detail)


@transaction.atomic
def add_passage(minutes: Minutes, *, kind: str, after: Passage | None, by: Any) -> Passage:
    """A new passage after another one, or at the end; it holds a gap until it is written."""
    fresh = _editable(minutes, by=by)
    rows = list(fresh.passages.select_for_update().order_by("position", "id"))
    place = next((n for n, row in enumerate(rows, 1) if after is not None and row.pk == after.pk), len(rows))
    passage = Passage(minutes=fresh, kind=kind, position=place + 1, gap=str(PassageKind(kind).label))
    if kind == PassageKind.RESOLUTION:
        passage.gap = "议定事项"
    renumber([*rows[:place], passage, *rows[place:]], by=by)
    _journal(passage, "add_passage", "增加一段", by=by)
    return passage


def renumber(rows: Iterable[Passage], *, by: Any) -> None:
    """Number the rows in this order; a new one is saved with it. The caller has the lock and the transaction."""
    for position, row in enumerate(rows, 1):
        if row._state.adding or row.position != position:
            row.position = position
            row.full_clean()
            save_with_history(row, by=by, why="调整顺序")


@transaction.atomic
def remove_passage(passage: Passage, *, version: int, by: Any) -> None:
    """Take a passage out for good; one that units commented on stays and can be withheld instead."""
    fresh = _locked(passage, version, by=by)
    if fresh.comments.exists() or _opposed(fresh):
        raise Refused(
            "单位对这一段提过意见，不能删除；可以标为“存议”，即不印入纪要。", fresh.minutes, "remove"
        )
    _journal(fresh, "remove_passage", "删除一段", by=by)
    fresh._history_user = by  # type: ignore[attr-defined]
    fresh.delete()
    renumber(fresh.minutes.passages.order_by("position", "id"), by=by)


def _opposed(passage: Passage) -> bool:
    """True when a unit's 不同意 names this passage: what was opposed is kept, and listed as 存议."""
    return Consent.objects.filter(circulation__minutes=passage.minutes_id, against=passage).exists()


@transaction.atomic
def move_passage(passage: Passage, *, up: bool, by: Any) -> None:
    """One place up or down; at the end of the row nothing happens."""
    minutes = _editable(passage.minutes, by=by)
    rows = list(minutes.passages.select_for_update().order_by("position", "id"))
    here = next(n for n, row in enumerate(rows) if row.pk == passage.pk)
    there = here + (-1 if up else 1)
    if 0 <= there < len(rows):
        rows[here], rows[there] = rows[there], rows[here]
        renumber(rows, by=by)
        _journal(passage, "move_passage", "调整顺序", by=by)


@transaction.atomic
def split_passage(passage: Passage, *, version: int, by: Any) -> list[Passage]:
    """Make a passage of each line of its text; units, deadline and duties go to each. Raises Refused on one line."""
    fresh = _locked(passage, version, by=by)
    first, *rest = [line.strip() for line in fresh.text.splitlines() if line.strip()] or [""]
    if not rest:
        raise Refused("请先在要拆开的地方换行并保存，再拆分。", fresh.minutes, "split")
    rows = list(fresh.minutes.passages.select_for_update().order_by("position", "id"))
    place = next(n for n, row in enumerate(rows) if row.pk == fresh.pk)
    fresh.text, fresh.version = first, fresh.version + 1
    save_with_history(fresh, by=by, why="拆分")
    made = [_copy(fresh, text) for text in rest]
    renumber([*rows[:place], fresh, *made, *rows[place + 1 :]], by=by)
    for row in made:
        for part in fresh.parts.all():
            copy = PassageUnit(passage=row, unit_id=part.unit_id, role=part.role, position=part.position)
            save_with_history(copy, by=by, why="拆分")
        row.duties.set(fresh.duties.all())
    _journal(fresh, "split_passage", f"拆分为{len(made) + 1}段", by=by)
    return [fresh, *made]


def _copy(passage: Passage, text: str) -> Passage:
    return Passage(
        minutes=passage.minutes, kind=passage.kind, text=text, position=passage.position, due_on=passage.due_on,
        recurrence=passage.recurrence, is_standing=passage.is_standing, all_support=passage.all_support,
        in_principle=passage.in_principle, opens_item=passage.opens_item, withheld=passage.withheld,
    )  # fmt: skip


@transaction.atomic
def change_facts(minutes: Minutes, *, by: Any, **fields: Any) -> Minutes:
    """Title, 公开属性, 保密审查, 没有议定事项. The title is text: a change after consent asks the units again."""
    fresh = _editable(minutes, by=by)
    changed = {name: value for name, value in fields.items() if getattr(fresh, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(fresh, name, value)
        fresh.full_clean()
        save_with_history(fresh, by=by, why="办文要素")
        audit.record(
            by=by, verb="facts", label="修改办文要素", obj=fresh, detail={"changed": sorted(changed)}
        )
    return fresh


def content_of(passage: Passage, **changes: Any) -> Content:
    """The passage as it stands, with changes: for callers that change one thing only."""
    values: dict[str, Any] = {name: getattr(passage, name) for name in _PLAIN}
    values |= {"leads": passage.leads, "supports": passage.supports, "duties": list(passage.duties.all())}
    return Content(**(values | changes))
