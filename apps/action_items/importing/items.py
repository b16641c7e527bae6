"""Rows of the office's own ledger that are not on record yet: each becomes an item as it stands there."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.action_items import past, recurrence, services
from apps.action_items.days import day_of
from apps.action_items.enums import SelfAssessment
from apps.action_items.models import ActionItem, Extension, ProgressReport
from apps.action_items.past import PastItem
from apps.documents.enums import PaperKind
from apps.documents.models import ArchivedPaper
from apps.roster.models import Unit
from apps.roster.selectors import names, today

from .reading import Line
from .words import ASSESSMENTS, SAID, bad_assessment, bad_text, numbered

STANDING = {"", "长期", "长期坚持", "长期坚持落实"}
EVERYBODY = {"全体成员单位", "各成员单位", "全体配合", "其他各成员单位"}
CLOSED = {"办结", "已办结", "按期办结", "逾期办结", "已销号", "销号"}
OPEN = {
    "",
    "推进中",
    "超期",
    "临期",
    "正常",
    "长期坚持",
    "待签收",
    "进行中",
    "未办结",
    "申请办结",
    "滞后",
    "受阻",
}
_BETWEEN = re.compile(r"[、,，;；/\s]+")
_DAYS = (("moved", "延期后时限"), ("updated", "最近更新"), ("closed", "办结日"), ("opened", "交办日期"))

Found = tuple[PastItem, ProgressReport | None, Extension | None, tuple[tuple[str, str, str], ...]]


class Checker:
    """Checks rows against the names of units and what is on record. Four queries for all rows."""

    def __init__(self, lines: Sequence[Line]) -> None:
        labels = {numbered(line.text("label"))[0] for line in lines if not line.text("ref")}
        self.names = names()
        same = ActionItem.objects.filter(source_label__in=labels)
        self.last = dict(same.values_list("source_label").annotate(last=Max("seq")).order_by())
        self.texts = set(same.values_list("source_label", "text"))
        papers = ArchivedPaper.objects.filter(kind=PaperKind.MINUTES, number_text__in=labels).order_by("pk")
        self.papers = {paper.number_text: paper for paper in papers.defer("data")}
        self.taken: set[tuple[str, int]] = set()

    def check(self, line: Line) -> Found:
        """(item, its report, its extension, words for the page). Raises ValidationError with every reason."""
        found = _Reading(self, line)
        if found.troubles:
            raise ValidationError(found.troubles)
        self.taken.add((found.label, found.seq))
        self.texts.add((found.label, found.text))
        self.last[found.label] = max(self.last.get(found.label) or 0, found.seq)
        return found.past(), found.report(), found.extension(), found.words()


class _Reading:
    """One row read; `troubles` holds every reason why it cannot be."""

    def __init__(self, known: Checker, line: Line) -> None:
        self.known, self.line, self.troubles = known, line, []  # type: ignore[var-annotated]
        self._name_it()
        self.leads, self.supports, self.all_support = self._units()
        self.due, self.recurrence = self._due()
        self.days = {name: self._day(name, label) for name, label in _DAYS}
        self._closing()
        self._said()
        if not self.troubles:
            self._together()

    def _name_it(self) -> None:
        self.label, seq = numbered(self.line.text("label"))
        self.seq = seq or (self.known.last.get(self.label) or 0) + 1
        self.text = self.line.text("text")
        if not self.label:
            self._wrong(_("没有写纪要编号（或者来源）。"))
        if not self.text:
            self._wrong(_("没有写议定事项。"))
        self.troubles += [*bad_text("纪要编号", self.label, 60), *bad_text("议定事项", self.text, 8000)]
        if (self.label, self.text) in self.known.texts or (self.label, self.seq) in self.known.taken:
            self._wrong(_("台账或者本表里已经有这个事项。"))
        if not 1 <= self.seq <= 32000:
            self._wrong(_("序号应在1到32000之间。"))

    def _wrong(self, words: str) -> None:
        self.troubles.append(words)

    def _units(self) -> tuple[list[Unit], list[Unit], bool]:
        supports = re.sub(r"\s+", "", self.line.text("supports"))
        everybody = supports in EVERYBODY
        leads = self._named("leads", "牵头")
        if not leads and not self.troubles:
            self._wrong(_("没有写牵头单位。"))
        return leads, [] if everybody else self._named("supports", "配合"), everybody

    def _named(self, name: str, label: str) -> list[Unit]:
        """By the table of names and aliases alone."""
        words = [part for part in _BETWEEN.split(self.line.text(name)) if part and part not in ("—", "无")]
        if unknown := [part for part in words if part not in self.known.names]:
            self._wrong(
                _("%(label)s单位不认识：%(names)s。") % {"label": label, "names": "、".join(unknown)[:80]}
            )
        return [self.known.names[part] for part in words if part in self.known.names]

    def _due(self) -> tuple[date | None, str]:
        """A date, or a recurring requirement the portal understands; neither is 长期坚持."""
        value = self.line.cells.get("due")
        day, words = day_of(value), self.line.text("due")
        if day or words in STANDING:
            return day, ""
        if recurrence.read(words) is None:
            given = {"text": words[:30], "examples": recurrence.EXAMPLES}
            self._wrong(_("时限“%(text)s”看不懂，应是日期、长期坚持，或者%(examples)s。") % given)
        return None, words[:60]

    def _day(self, name: str, label: str) -> date | None:
        value = self.line.cells.get(name)
        day = day_of(value)
        if value not in (None, "", "—", "无") and day is None:
            self._wrong(_("“%(label)s”不是日期。") % {"label": label})
        if day and name != "moved" and day > today():
            self._wrong(_("“%(label)s”不能晚于今天。") % {"label": label})
        return day

    def _closing(self) -> None:
        state, closed = self.line.text("state"), self.days["closed"]
        if state not in CLOSED | OPEN:
            self._wrong(_("状态“%(state)s”不能导入。") % {"state": state[:10]})
        elif state in CLOSED and closed is None:
            self._wrong(_("状态是办结，却没有办结日。"))
        elif state in OPEN and state and closed:
            self._wrong(_("有办结日，状态却是“%(state)s”。") % {"state": state[:10]})

    def _said(self) -> None:
        for column, _name, label, most in SAID:
            self.troubles += bad_text(label, self.line.text(column), most)

    def _together(self) -> None:
        """What only the whole row can say."""
        moved, closed = self.days["moved"], self.days["closed"]
        if moved and (self.due is None or moved <= self.due):
            self._wrong(_("延期后时限应当晚于原定时限。"))
        if closed and closed < self.opened_on:
            self._wrong(_("办结日早于交办日期。"))
        if self.line.text("said") and not closed:
            self.troubles += bad_assessment(self.line.text("assessment"), self.line.text("problem"))
        try:
            services.check_parts(ActionItem(text=self.text), self.leads, self.supports)
        except ValidationError as error:
            self.troubles += error.messages

    @property
    def opened_on(self) -> date:
        """As written; else the earliest day the row knows of, since it was open by then."""
        if self.days["opened"]:
            return self.days["opened"]
        paper = self.known.papers.get(self.label)
        days = [
            paper.printed_on if paper else None,
            self.days["updated"],
            self.days["closed"],
            self.due,
            today(),
        ]
        return min(day for day in days if day)

    def past(self) -> PastItem:
        """The item, with a reference that the import completes."""
        return PastItem(
            ref="", seq=self.seq, text=self.text, leads=self.leads, supports=self.supports,
            all_support=self.all_support, due_on=self.due, recurrence=self.recurrence, duties=(),
            paper=self.known.papers.get(self.label), anchor="", label=self.label, opened_on=self.opened_on,
            closed_on=self.days["closed"],
        )  # fmt: skip

    def report(self) -> ProgressReport | None:
        """What the row says of progress, by the first lead unit."""
        text = self.line.text("said")
        if not text:
            return None
        on = self.days["updated"] or self.days["closed"] or today()
        problem, next_step = self.line.text("problem"), self.line.text("next_step")
        given = ASSESSMENTS.get(self.line.text("assessment"), SelfAssessment.NORMAL)
        return past.report_row(
            self.leads[0], on, text, problem=problem, next_step=next_step, assessment=given
        )

    def extension(self) -> Extension | None:
        """The later deadline, granted on record no later than the first one: the sheet does not say when."""
        moved, due = self.days["moved"], self.due
        if moved is None or due is None:
            return None
        on = min(due, today())
        return past.extension_row(
            self.leads[0], asked=on, reason=_("原台账列明的延期。"), old=due, new=moved, decided_on=on,
            decided_by=_("原台账"), granted=True,
        )  # fmt: skip

    def words(self) -> tuple[tuple[str, str, str], ...]:
        """What will be on record, for the page."""
        due = f"{self.due:%Y-%m-%d}" if self.due else self.recurrence or "长期坚持"
        supports = "全体成员单位" if self.all_support else "、".join(u.short_name for u in self.supports)
        told: list[tuple[str, Any]] = [
            ("议定事项", self.text), ("牵头", "、".join(u.short_name for u in self.leads)), ("配合", supports),
            ("时限", due), ("交办日期", f"{self.opened_on:%Y-%m-%d}"),
            *((label, f"{day:%Y-%m-%d}") for name, label in _DAYS if name != "opened" and (day := self.days[name])),
            ("进展", self.line.text("said")), ("问题", self.line.text("problem")),
            ("下一步", self.line.text("next_step")), ("自评", self.line.text("assessment")),
        ]  # fmt: skip
        return tuple((label, "", value) for label, value in told if value)
