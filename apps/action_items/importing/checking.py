"""What a sheet would write, row by row, and what stands in the way. Reads only: the same for the page and the act."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from apps.action_items import ledger, permissions, selectors
from apps.action_items.days import day_of
from apps.action_items.enums import OPEN_STATES, ReviewState, SelfAssessment
from apps.action_items.ledger import Row
from apps.action_items.models import ActionItem, ItemUnit, ProgressReport
from apps.action_items.past import PastItem
from apps.action_items.services import Progress
from apps.action_items.services.progress import BACKDATED
from apps.action_items.sheet_marks import bare, report_of
from apps.common.fields import tidy
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import standing_of, today, units

from . import items as new_items
from .reading import Book, Line
from .told import Notice, Told
from .words import ASSESSMENTS, SAID, bad_assessment, bad_text, named, numbered

SOURCE = "表格填报"
_LOOKED_AT, _ALIKE = 200, 0.6  # characters of a matter's words, and how much of them two have in common


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row writes: a report (`said` by `unit` on `item`), or a new item (`past`).

    `words`: (column, before, after), for the page.
    """

    number: int
    title: str
    words: tuple[tuple[str, str, str], ...]
    item: ActionItem | None = None
    unit: Unit | None = None
    said: Progress | None = None
    past: PastItem | None = None
    extra: Any = None


@dataclass(slots=True)
class Plan:
    """The whole sheet: what is written, what is wrong as (row, words), how many rows say nothing new.

    `notices`: cells that were changed and are not read back; they keep no row from being written.
    `sheet` names the one that was read, `unread` others of the file that are not empty.
    """

    entries: list[Entry] = field(default_factory=list)
    troubles: list[tuple[int, str]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    unchanged: int = 0
    sheet: str = ""
    unread: tuple[str, ...] = ()

    @property
    def reports(self) -> list[Entry]:
        """Rows that become reports."""
        return [entry for entry in self.entries if entry.item is not None]

    @property
    def items(self) -> list[Entry]:
        """Rows that become new items."""
        return [entry for entry in self.entries if entry.past is not None]

    @property
    def wrong_rows(self) -> int:
        """How many rows are left out."""
        return len({number for number, _words in self.troubles})

    @property
    def digest(self) -> str:
        """Changes with anything that would be written, or left out."""
        told = [(e.number, e.item and e.item.pk, e.unit and e.unit.pk, e.words) for e in self.entries]
        return hashlib.sha256(repr((told, self.troubles, self.unchanged)).encode()).hexdigest()


def check(book: Book, *, by: Any) -> Plan:
    """What its rows would write for this user today. A handful of queries, however many rows."""
    lines = book.lines
    known = _Known(lines, by)
    plan, office = Plan(sheet=book.sheet, unread=book.unread), standing_of(by).runs_office
    fresh = new_items.Checker(lines) if office else None
    told = Told(known.rule, by=by, names=fresh.names if fresh else None)
    twice = known.twice(lines)
    for line in lines:
        row = known.row(line)
        plan.notices += told.notices(line, row) if row is not None else []
        try:
            _refuse([*line.troubles, *([_("同一事项有两行。")] if line.number in twice else [])])
            if row is not None:
                entry = _report(line, row, known, by)
            elif line.text("ref"):
                raise ValidationError(
                    _("没有编号为“%(ref)s”的事项，或者不属于您的单位。"),
                    params={"ref": line.text("ref")[:40]},
                )
            elif fresh is None:
                raise ValidationError(_("没有找到这个事项；新增事项由办公室导入。"))
            else:
                entry = _item(line, fresh)
        except ValidationError as error:
            plan.troubles += [(line.number, words) for words in error.messages]
        else:
            plan.entries += [entry] if entry else []
            plan.unchanged += entry is None
    wrong = {
        number for number, _words in plan.troubles
    }  # a matter with other words is told as a trouble, if at all
    plan.notices = [row for row in plan.notices if row.heading != "议定事项" or row.number not in wrong]
    return plan


class _Known:
    """The items the rows speak of, as this user sees them, with the reports the sheet was made from."""

    def __init__(self, lines: Sequence[Line], by: Any) -> None:
        refs = {line.text("ref") for line in lines} - {""}
        labels = {numbered(line.text("label"))[0] for line in lines if not line.text("ref")} - {""}
        wanted = Q(ref__in=refs) | Q(source_label__in=labels)
        parts = Prefetch("parts", ItemUnit.objects.select_related("unit"))
        seen = selectors.visible_to(by).filter(wanted).select_related("blocked_from").prefetch_related(parts)
        self.rule = selectors.rule_on()
        rows = ledger.rows_of(seen.order_by("pk"), self.rule)
        self._by_ref = {row.item.ref: row for row in rows}
        self._by_place = {(row.item.source_label, row.item.seq): row for row in rows}
        others = {
            line.text("text")
            for line in lines
            if (row := self.row(line)) and line.text("text") != row.item.text
        }
        found = (
            selectors.visible_to(by).filter(text__in=others).order_by()
            if others - {""}
            else ActionItem.objects.none()
        )
        self.texts = {
            bare(text) for text in [*found.values_list("text", flat=True), *(row.item.text for row in rows)]
        }
        current = {row.report["pk"] for row in rows if row.report}
        marks = {pk for line in lines if (pk := report_of(line.text("mark")))} - current
        self._reports = ProgressReport.objects.select_related("unit").in_bulk(marks)
        said = ProgressReport.objects.filter(item__in=[row.item.pk for row in rows])
        kept = said.exclude(review=ReviewState.RETURNED).order_by("reported_on", "pk")
        self._newest = {(report.item_id, report.unit_id): report for report in kept}

    def row(self, line: Line) -> Row | None:
        """The item of a row, by its reference, else by paper and number."""
        if ref := line.text("ref"):
            return self._by_ref.get(ref)
        label, seq = numbered(line.text("label"))
        return self._by_place.get((label, seq)) if seq else None

    def twice(self, lines: Iterable[Line]) -> set[int]:
        """Numbers of the rows whose item another row names as well."""
        named = [(line.number, row.item.pk) for line in lines if (row := self.row(line))]
        count = Counter(pk for _number, pk in named)
        return {number for number, pk in named if count[pk] > 1}

    def shown(self, line: Line, row: Row) -> dict[str, Any]:
        """The report that stood in the sheet when it was exported; without a mark the present one."""
        now = row.report or {}
        mark = line.text("mark")
        if not mark or report_of(mark) == now.get("pk", 0):
            return now
        old = self._reports.get(report_of(mark))
        if old is None or old.item_id != row.item.pk:
            return {}
        return {
            "pk": old.pk, "text": old.text, "problem": old.problem, "next_step": old.next_step,
            "unit": old.unit.short_name,
        }  # fmt: skip

    def is_on_record(self, item: ActionItem, unit: Unit | None, said: Progress, *, dated: bool) -> bool:
        """Whether the unit's last report says the same; a day that was not written makes no difference."""
        last = self._newest.get((item.pk, unit.pk)) if unit is not None else None
        if last is None or (dated and last.reported_on != said.reported_on):
            return False
        return all(
            tidy(str(getattr(last, name))).strip() == getattr(said, name).strip()
            for name in ("text", "problem", "next_step", "assessment")
        )


def _refuse(words: Sequence[str]) -> None:
    if words:
        raise ValidationError(list(words))


def _report(line: Line, row: Row, known: _Known, by: Any) -> Entry | None:
    """The report a row makes, None where it says nothing new. Raises ValidationError with every reason."""
    before = known.shown(line, row)
    after = {
        name: before.get(name, "") if line.cells.get(column) is None else line.text(column)
        for column, name, *_rest in SAID
    }
    words = tuple(
        (label, before.get(name, ""), after[name])
        for _column, name, label, _most in SAID
        if tidy(str(before.get(name, ""))).strip() != after[name].strip()
    )
    told = tuple((label, "", line.text(name)) for name, label in (("assessment", "自评"), ("on", "进展日期")))
    told = tuple(part for part in told if part[2])
    if not words and not told:
        return None
    unit = _speaker(row.item, by, before)
    said = _said(line, row, unit, after, {label for label, _old, _new in words})
    bad = _bad_words(line, row.item, after, by)
    if not bad and known.is_on_record(row.item, unit, said, dated=bool(line.text("on"))):
        return None
    if said.assessment == SelfAssessment.BLOCKED and not said.need:
        bad.append(_("受阻时请写明需要什么支持；表格里没有这一栏，请在事项页面填报。"))
    _refuse([*_not_now(line, row, known, before, unit), *bad])
    item = row.item
    title = named(item.source_label, item.seq, item.text)
    return Entry(line.number, title, words + told, item=item, unit=unit, said=said)


def _said(
    line: Line, row: Row, unit: Unit | None, after: dict[str, str], changed: Collection[str]
) -> Progress:
    """What the row says in the unit's name. A block goes on with the support asked for, which no column holds.

    A supporting unit adds what it changed and nothing else: the other cells are the words of a lead.
    """
    on = day_of(line.cells.get("on")) or today()
    if unit is not None and unit not in row.leads:
        own = {name: after[name] if label in changed else "" for _column, name, label, _most in SAID}
        named = [label for _column, _name, label, _most in SAID if label in changed]
        own["text"] = own["text"] or _("补充%(what)s。") % {"what": "、".join(named) or "自评"}
        given = ASSESSMENTS.get(line.text("assessment"), SelfAssessment.NORMAL)
        return Progress(
            own["text"],
            own["problem"],
            own["next_step"],
            assessment=given,
            reported_on=on,
            source_note=SOURCE,
        )
    assessment = _assessment(line, row)
    goes_on = assessment == SelfAssessment.BLOCKED and row.item.blocked
    asked = row.item.blocked_from if goes_on and row.item.blocked_from != unit else None
    return Progress(
        after["text"], after["problem"], after["next_step"], assessment=assessment,
        need=row.item.blocked_need if goes_on else "", need_from=asked, reported_on=on, source_note=SOURCE,
    )  # fmt: skip


def _not_now(line: Line, row: Row, known: _Known, before: dict[str, Any], unit: Unit | None) -> list[str]:
    """Why this item takes no report from this user, or not this one."""
    item, found = row.item, []
    if item.state not in OPEN_STATES:
        found.append(_("事项%(state)s，不能再报进展。") % {"state": item.get_state_display()})
    if unit is None:
        found.append(_("不是您单位牵头或配合的事项。"))
    if line.text("text") and not _may_be(line.text("text"), item, known):
        found.append(_("议定事项的文字与台账不一致，请核对是否串行；文字不能在表格里改。"))
    if line.text("mark") and row.report and row.report["pk"] != before.get("pk"):
        on = f"{row.report['on']:%Y-%m-%d}"
        found.append(_("导出之后%(on)s又报过进展，请重新导出再填。") % {"on": on})
    return found


def _may_be(text: str, item: ActionItem, known: _Known) -> bool:
    """Whether a row with these words is about the item: a few words of it may have been changed in vain.

    Those of another matter, or wholly different ones, are those of a row that slipped.
    """
    typed, held = bare(text), bare(item.text)
    if typed == held:
        return True
    alike = SequenceMatcher(None, typed[:_LOOKED_AT], held[:_LOOKED_AT], autojunk=False)
    return typed not in known.texts and alike.quick_ratio() >= _ALIKE and alike.ratio() >= _ALIKE


def _bad_words(line: Line, item: ActionItem, after: dict[str, str], by: Any) -> list[str]:
    found = [] if after["text"].strip() else [_("“进展”没有填写。")]
    for _column, name, label, most in SAID:
        found += bad_text(label, after[name], most)
    found += bad_assessment(line.text("assessment"), after["problem"])
    on = line.cells.get("on")
    day = day_of(on)
    if on and day is None:
        found.append(_("进展日期“%(on)s”看不懂，应写成2026-06-30的样子。") % {"on": str(on)[:20]})
    if day and day > today():
        found.append(_("进展日期不能晚于今天。"))
    if day and day < item.opened_on:
        found.append(_("进展日期不能早于交办日期（%(day)s）。") % {"day": f"{item.opened_on:%Y-%m-%d}"})
    if day and day < today() - BACKDATED and not standing_of(by).runs_office:
        found.append(_("本单位报送的日期最早为7天前；更早的请联系办公室代录。"))
    return found


def _assessment(line: Line, row: Row) -> str:
    """As given; else the last one goes on, as it does on the form."""
    if given := ASSESSMENTS.get(line.text("assessment")):
        return given
    last = (row.report or {}).get("assessment") or SelfAssessment.NORMAL
    return SelfAssessment.NORMAL if last == SelfAssessment.CLOSING else last


def _speaker(item: ActionItem, by: Any, shown: dict[str, Any]) -> Unit | None:
    """The unit a row speaks for: the user's own, a lead before a support.

    For the office the lead whose report the row showed, else the first.
    """
    standing = standing_of(by)
    if not permissions.can_report(by, item):
        return None
    parts = sorted(
        item.parts.all(), key=lambda part: (part.role != AssignmentRole.LEAD, part.position, part.pk)
    )
    mine = [part.unit for part in parts if part.unit_id in standing.liaison_units]
    if standing.runs_office:
        leads = [part.unit for part in parts if part.role == AssignmentRole.LEAD]
        same = [unit for unit in leads if unit.short_name == shown.get("unit")]
        return next(iter([*same, *leads]), None)
    return mine[0] if mine else next((u for u in units() if u.pk in standing.liaison_units), None)


def _item(line: Line, fresh: new_items.Checker) -> Entry:
    past, report, extension, words = fresh.check(line)
    title = named(past.label, past.seq, past.text)
    return Entry(line.number, title, words, past=past, extra=(report, extension))
