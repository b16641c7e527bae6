"""Columns that go out and are not read back: what somebody changed in them is said, so that nobody takes it for written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.action_items import ledger_page, permissions, recurrence
from apps.action_items.days import day_of
from apps.action_items.enums import OPEN_STATES
from apps.action_items.ledger import Row
from apps.action_items.lights import Rule
from apps.action_items.sheet_marks import TOLD, bare, plain, print_of, prints_of
from apps.roster.models import Unit
from apps.roster.selectors import names as all_names
from apps.roster.selectors import standing_of

from .items import CLOSED, EVERYBODY, OPEN, STANDING
from .reading import FIELDS, Line
from .words import numbered

_FIELD_OF = {headings[0]: name for name, headings in FIELDS.items()}
_LABELS = {"牵头": "牵头单位", "配合": "配合单位"}
_MOVED = frozenset({"时限", "延期后时限"})
_ENDED = frozenset({"状态", "办结日"})
_COUNTED = frozenset({"灯", "最近更新"})
# What the portal fills anew each day, or out of the roster: only a print tells whether somebody changed it.
_BY_PRINT = frozenset({"责任人", *_COUNTED})


@dataclass(frozen=True, slots=True)
class Notice:
    """A cell that is not read back and was changed: row of the sheet, heading, words; where to do it properly, or ""."""

    number: int
    heading: str
    words: str
    url: str = ""


class Told:
    """Looks at the rows of one sheet, for one reader. `names`: every name of a unit, two queries where it is not given."""

    def __init__(self, rule: Rule, *, by: Any, names: Mapping[str, Unit] | None = None) -> None:
        self._rule, self._by, self._names = rule, by, names

    def notices(self, line: Line, row: Row) -> list[Notice]:
        """What was changed in vain in the row of an item.

        Without prints (own sheets, or exported before there were any) an empty cell says nothing.
        """
        prints = prints_of(line.text("mark"))
        typed = {
            heading: line.text(_FIELD_OF[heading]) for heading in TOLD if self._asked(line, heading, prints)
        }
        changed = [h for h, text in typed.items() if print_of(h, text) != prints.get(h)]
        if not changed:
            return []
        cells = ledger_page.cells(ledger_page.line(row, 0, self._rule, {}))
        now = dict(zip(ledger_page.HEADINGS, cells, strict=True))
        return [
            self._notice(line, row, heading, typed[heading])
            for heading in changed
            if not self._same(heading, typed[heading], now[heading], exact=bool(prints))
        ]

    @staticmethod
    def _asked(line: Line, heading: str, prints: Mapping[str, str]) -> bool:
        """Whether the sheet has the column, and anything there means something."""
        if line.cells.get(_FIELD_OF[heading]) is None:
            return False
        return bool(prints) or (heading not in _BY_PRINT and bool(line.text(_FIELD_OF[heading])))

    def _same(self, heading: str, typed: str, now: Any, *, exact: bool) -> bool:
        """Whether a cell says in other words what the portal holds. `exact`: the sheet is one of the portal's own."""
        said, held = plain(heading, typed), plain(heading, now)
        if said == held:
            return True
        if heading == "纪要编号":  # 〔2026〕1号-3 by another dash, or without the number of the matter
            (label, seq), (paper, number) = numbered(typed), numbered(now)
            return bare(label) == bare(paper) and seq in (None, number)
        if heading == "时限":
            meaning = recurrence.read(said)
            same = meaning is not None and meaning == recurrence.read(held)
            return same or (held in STANDING and bool(said) and said in STANDING)
        if heading == "配合" and held in EVERYBODY:
            return said in EVERYBODY
        if heading in _LABELS:
            return self._units(said) == self._units(held)
        return heading == "状态" and not exact and any({said, held} <= group for group in (CLOSED, OPEN))

    def _units(self, words: str) -> list[Any]:
        """The units in their order; a name nobody knows stands for itself."""
        if self._names is None:
            self._names = all_names()
        return [self._names.get(part, part) for part in words.split("、") if part]

    def _notice(self, line: Line, row: Row, heading: str, typed: str) -> Notice:
        day = day_of(typed) if heading in _MOVED | _ENDED else None
        what = f"{day:%Y-%m-%d}" if day else f"“{typed[:30]}{'…' if len(typed) > 30 else ''}”"
        label = _LABELS.get(heading, heading)
        changed = _("%(label)s改为%(what)s，不会写入") if typed else _("%(label)s被清空，不会写入")
        properly, url = self._properly(row, heading, day)
        return Notice(line.number, heading, f"{changed % {'label': label, 'what': what}}；{properly}", url)

    def _properly(self, row: Row, heading: str, day: date | None) -> tuple[str, str]:
        """(how it is done properly, where this reader does it)."""
        item, runs_office = row.item, standing_of(self._by).runs_office
        later = day is not None and item.current_due is not None and day > item.current_due
        if heading in _MOVED and later and item.state in OPEN_STATES:
            if permissions.can_ask_extension(self._by, item):
                return _("延期请走申请延期。"), reverse("action_items:extend", args=[item.pk])
            return _("延期由牵头单位申请。"), ""
        if heading in _COUNTED:
            return _("由平台按日期计算。"), ""
        if heading == "责任人":
            return _("由平台按各单位的任职列出。"), ""
        if heading in _ENDED and item.state not in OPEN_STATES:
            return _("%(state)s的事项不再改。") % {"state": item.get_state_display()}, ""
        if heading in _ENDED:
            mine = permissions.can_ask_close(self._by, item)
            return _("办结请在事项页面申请办结。") if mine else _("办结由牵头单位申请。"), ""
        return (_("需要改的请办理更正。") if runs_office else _("请办公室更正。")), ""
