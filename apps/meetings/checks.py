"""What the record still lacks before it is closed. It warns and never blocks: the draft marks its gaps too.

The rules are pure; `findings` reads the record once (items, blocks, clauses, names, people, presence) and asks them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.action_items import recurrence
from apps.common.dates_in_text import dates_in
from apps.duties.models import Duty
from apps.roster.mentions import mentions, names_of_units
from apps.roster.models import Unit
from apps.roster.selectors import units

from . import selectors
from .enums import AgendaKind, AttendanceStatus, BlockKind
from .models import AgendaItem, Attendance, Meeting, RecordBlock, RoomPresence

PRESENT_SECONDS = 45  # who has not been heard of for longer is not writing any more
_NOTHING_DECIDED = ("无议定", "没有议定", "未作议定", "不作议定", "没有形成")
# Items that end without a decision as a rule.
_TALK = ("发言", "小结", "总结讲话", "讲话", "通报")
_TELLING = ("通报", "听取", "传达", "学习")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. `gap`: the draft would be marked 待补 for it; otherwise it is a doubt."""

    code: str
    words: str
    gap: bool = False
    item: AgendaItem | None = None
    block: RecordBlock | None = None
    place: str = ""  # how the block is called: 议定事项（二）1


@dataclass(frozen=True)
class Known:
    """What the rules compare a resolution with."""

    names: Mapping[str, Unit]
    here: frozenset[int]
    clauses: Mapping[int, frozenset[int]]  # unit → its clauses in force
    year: int
    list_made: bool = True


def findings(meeting: Meeting, *, by: Any = None) -> list[Finding]:
    """Everything found, the items in their order, people last."""
    items = selectors.record_of(meeting)
    people = selectors.attendance_of(meeting)
    known = _known(meeting, people)
    found = [row for item in items for row in _of_item(item, known)]
    return [*found, *_of_people(people), *_of_writers(meeting, by)]


def _known(meeting: Meeting, people: list[Attendance]) -> Known:
    members = {unit.pk: unit for unit in units()}
    clauses: dict[int, set[int]] = {}
    for pk, unit_id in Duty.objects.current().filter(unit__in=members).values_list("pk", "unit_id"):
        clauses.setdefault(unit_id, set()).add(pk)
    here = frozenset(row.unit_id for row in people if row.in_the_room and not row.observes and row.unit_id)
    return Known(
        names_of_units(members.values()), here, {pk: frozenset(rows) for pk, rows in clauses.items()},
        timezone.localdate(meeting.starts_at).year, bool(people),
    )  # fmt: skip


def _of_item(item: AgendaItem, known: Known) -> Iterator[Finding]:
    blocks = list(item.blocks.all())
    written = [block for block in blocks if block.text.strip()]
    if not written:
        yield Finding("item_empty", "这项议题没有记录。", item=item)
    decided = [block for block in written if block.kind == BlockKind.RESOLUTION]
    if written and not decided and not _ends_without(item, written):
        words = "没有议定事项。确实没有的，可加一段备注写明“无议定事项”。"
        yield Finding("nothing_decided", words, item=item)
    number = 0
    for block in blocks:
        number += block.kind == BlockKind.RESOLUTION
        place = f"{block.get_kind_display()}" + (
            f"第{number}项" if block.kind == BlockKind.RESOLUTION else ""
        )
        if not block.text.strip():
            yield Finding("block_empty", "空的一段，不会写进纪要。", item=item, block=block, place=place)
        elif block.kind == BlockKind.RESOLUTION:
            for code, words, gap in of_resolution(block, known):
                yield Finding(code, words, gap, item, block, place)
        elif block.kind == BlockKind.OBJECTION and not block.unit_id and not block.speaker:
            yield Finding("who_objects", "没有写明是谁的不同意见。", item=item, block=block, place=place)


def _ends_without(item: AgendaItem, written: list[RecordBlock]) -> bool:
    """True for an item that decides nothing as a rule, or whose notes say that it did not."""
    talk = item.kind == AgendaKind.FOLLOW_UP or item.title.endswith(_TALK) or item.title.startswith(_TELLING)
    notes = "".join(block.text for block in written if block.kind == BlockKind.NOTE)
    return talk or any(words in notes for words in _NOTHING_DECIDED)


def of_resolution(block: RecordBlock, known: Known) -> Iterator[tuple[str, str, bool]]:
    """(code, words, gap) of one resolution with a text."""
    if not block.leads and not block.in_principle:
        yield "no_lead", "没有选牵头单位。", True
    dated = bool(block.due_on or block.recurrence.strip() or block.is_standing)
    named = [hit.day for hit in dates_in(block.text, year=known.year)]
    if not dated and not block.in_principle and not named:
        yield "no_deadline", "没有选完成时限。", True
    yield from _dates(block, named, dated)
    yield from _units(block, known)
    yield from _clauses(block, known)


def _dates(block: RecordBlock, named: list[date], dated: bool) -> Iterator[tuple[str, str, bool]]:
    """The deadline of the field against the dates of the words."""
    said = "、".join(f"{day.year}年{day.month}月{day.day}日" for day in dict.fromkeys(named))
    if named and not dated:
        yield "date_only_in_words", f"文字里写了{said}，完成时限没有选。", not block.in_principle
    elif named and block.due_on and block.due_on not in named:
        due = block.due_on
        words = f"文字里写的是{said}，完成时限选的是{due.year}年{due.month}月{due.day}日。"
        yield "date_differs", words, False
    if block.recurrence.strip():
        try:
            recurrence.check(block.recurrence)
        except ValidationError as error:
            yield "recurrence", error.messages[0], False


def _units(block: RecordBlock, known: Known) -> Iterator[tuple[str, str, bool]]:
    """Units the words name and the fields do not; leads that nobody came from."""
    parts = {unit.pk for unit in (*block.leads, *block.supports)}
    missing = {hit.unit.pk: hit.unit for hit in mentions(block.text, known.names) if hit.unit.pk not in parts}
    if missing and not block.all_support:
        names = "、".join(unit.short_name for unit in missing.values())
        yield "unit_only_in_words", f"文字里提到{names}，牵头、配合单位里没有。", False
    if not known.list_made:
        return
    away = [unit.short_name for unit in block.leads if unit.pk not in known.here]
    if away:
        yield "lead_away", f"牵头的{'、'.join(away)}没有人签到，征求意见时会单独征询。", False
    others = {unit.pk: unit for unit in (*block.supports, *missing.values())}
    away = [unit.short_name for pk, unit in others.items() if pk not in known.here]
    if away:
        yield "named_away", f"{'、'.join(away)}没有人到会，请核对文字和分工。", False


def _clauses(block: RecordBlock, known: Known) -> Iterator[tuple[str, str, bool]]:
    """The clauses a resolution rests on."""
    leads = {unit.pk for unit in block.leads}
    ticked = list(block.duties.all())
    foreign = [duty for duty in ticked if duty.unit_id not in leads]
    if foreign:
        yield "foreign_clause", "勾选的职责依据不是牵头单位的职责。", False
    bare = [unit.short_name for unit in block.leads if not known.clauses.get(unit.pk)]
    if bare:
        yield "no_clause_in_force", f"{'、'.join(bare)}没有现行职责条款可作依据。", False
    elif leads and not ticked:
        yield "no_clause", "没有勾选职责依据。", False


def _of_people(people: list[Attendance]) -> Iterator[Finding]:
    if not people:
        yield Finding("no_list", "还没有签到表。")
    waiting = [row for row in people if row.status == AttendanceStatus.EXPECTED and not row.observes]
    if waiting:
        names = "、".join(
            f"{row.unit.short_name if row.unit else ''}{row.name}" for row in waiting[:6]
        )  # the sign-in page has them all
        more = f"等{len(waiting)}人" if len(waiting) > 6 else ""
        yield Finding("not_signed", f"{names}{more}未签到，请登记出席、请假或缺席。")


def _of_writers(meeting: Meeting, by: Any) -> Iterator[Finding]:
    since = timezone.now() - timedelta(seconds=PRESENT_SECONDS)
    rows = RoomPresence.objects.filter(meeting=meeting, seen_at__gte=since, block__isnull=False)
    for row in rows.exclude(user=by).select_related("user", "agenda_item", "block"):
        words = f"{row.user}正在这一段里写，请先等对方写完。"
        yield Finding("still_writing", words, item=row.agenda_item, block=row.block, place="正在写")
