"""催办函: which items a unit is written to about, in words, and the text for a messenger. Reads only."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Prefetch

from apps.action_items import ledger
from apps.action_items.enums import ItemState, Light
from apps.action_items.lights import WORRIED, Rule
from apps.action_items.models import ActionItem, ItemUnit
from apps.action_items.selectors import rule_on
from apps.documents.composition import chinese_date
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit

BOTH = "both"


@dataclass
class UnitLetter:
    """One unit with the items it leads that are red, or red and yellow: its own only, the most urgent first."""

    unit: Unit
    rule: Rule
    items: list[ActionItem] = field(default_factory=list)

    @property
    def red(self) -> int:
        """How many are past their deadline. A report missed may be red as well: it is no 超期."""
        as_of = self.rule.as_of
        return sum(item.current_due is not None and item.current_due < as_of for item in self.items)

    def situation(self, item: ActionItem) -> str:
        """How it stands: 已超期16个工作日, 剩5个工作日, 今天到期, 逾期未报进展, 自评滞后."""
        if item.current_due is not None:
            left = self.rule.calendar.workdays_left(self.rule.as_of, item.current_due)
            if item.current_due < self.rule.as_of:
                return f"已超期{-left}个工作日" if left else "已超期"
            on_day = item.current_due == self.rule.as_of
            near = f"剩{left}个工作日" if left else "今天到期" if on_day else "将在休息日到期"
            return f"{self._worry(item)}，{near}" if self._worry(item) else near
        if item.report_due_on is not None and item.report_due_on < self.rule.as_of:
            return "逾期未报进展"
        return self._worry(item) or "临近报送日"

    @staticmethod
    def _worry(item: ActionItem) -> str:
        """自评滞后, 自评受阻; an assessment that all is well is no reason to write."""
        worried = item.last_assessment in WORRIED
        return f"自评{item.get_last_assessment_display()}" if worried else ""  # type: ignore[attr-defined]

    def due_words(self, item: ActionItem) -> str:
        """The deadline in force, with the original one; a recurring item's requirement; else 长期坚持."""
        if item.current_due is not None:
            moved = item.due_on is not None and item.due_on != item.current_due
            original = f"（原定{chinese_date(item.due_on)}）" if moved and item.due_on else ""
            return f"{chinese_date(item.current_due)}{original}"
        return item.recurrence or "长期坚持"

    @property
    def messenger_text(self) -> str:
        """For whatever messenger the office uses: title and deadline only."""
        lines = [f"【催办】{self.unit.short_name}："]
        for number, item in enumerate(self.items, 1):
            which = f"{item.source_label}第{item.seq}项议定事项"
            lines.append(f"{number}. {which}，时限{self.due_words(item)}")
        return "\n".join([*lines, "请登录联席会议平台办理。"])


def unit_letters(level: str = BOTH, *, unit: Unit | None = None, day: date | None = None) -> list[UnitLetter]:
    """Units to be written to, in charter order. `level` is "red", or "both" for red and yellow. Two queries.

    What waits for the office (申请办结) is left out, and so is what a unit supports only.
    """
    rule = rule_on(day)
    filters = ledger.light_filters(rule)
    wanted = filters[Light.RED] if level == Light.RED else filters[Light.RED] | filters[Light.YELLOW]
    leads = ItemUnit.objects.filter(role=AssignmentRole.LEAD).select_related("unit")
    if unit is not None:
        leads = leads.filter(unit=unit)
    items = (
        ActionItem.objects.filter(wanted)
        .exclude(state=ItemState.CLOSING)
        .select_related("source_paper")
        .prefetch_related(Prefetch("parts", leads))
    )
    found: dict[int, UnitLetter] = {}
    for item in sorted(items, key=lambda row: (row.current_due or row.report_due_on or date.max, row.pk)):
        for part in item.parts.all():
            found.setdefault(part.unit_id, UnitLetter(part.unit, rule)).items.append(item)
    return sorted(found.values(), key=lambda letter: (letter.unit.order, letter.unit.pk))
