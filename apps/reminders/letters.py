"""催办函: which items a unit is written to about, in words, the text for a messenger, and why not now. Reads only."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.action_items import ledger
from apps.action_items.deadlines import QUARTER, late
from apps.action_items.enums import ItemState, Light
from apps.action_items.lights import WORRIED, Rule
from apps.action_items.models import ActionItem, ItemUnit
from apps.action_items.selectors import rule_on
from apps.dispatch.models import Recipient
from apps.documents.composition import chinese_date
from apps.documents.models import IssuedNumber
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit
from apps.roster.selectors import today

from .models import ChaseLetter

BOTH = "both"
_SOON = "临近报送日"
_RED, _MISSED, _NEAR, _WORRIED = "超期", "漏报", "临期", "滞后、受阻"
SERIES = "催办"  # the word before a number, so that it is not taken for a 纪要's


OWN_UNIT = gettext_lazy("办公室设在本单位，不发函，请用文字提醒。")


@dataclass
class UnitLetter:
    """One unit with the items it leads that are red, or red and yellow: its own only, the most urgent first.

    `missed`: item's id → the day of the quarter's report that did not come; it turns no lamp, but is owed.
    """

    unit: Unit
    rule: Rule
    items: list[ActionItem] = field(default_factory=list)
    missed: Mapping[int, date] = field(default_factory=dict)

    @property
    def red(self) -> int:
        """How many are past their deadline. A report missed may be red as well: it is no 超期."""
        as_of = self.rule.as_of
        return sum(item.current_due is not None and item.current_due < as_of for item in self.items)

    @property
    def reasons(self) -> list[str]:
        """Why it is written to about what is not past its deadline: only what is true of one of these items."""
        rest = [
            item for item in self.items if item.current_due is None or item.current_due >= self.rule.as_of
        ]
        true = {
            "临近时限": any(item.current_due and item.current_due <= self.rule.yellow_until for item in rest),
            "进展滞后或者受阻": any(item.last_assessment in WORRIED for item in rest),
            "漏报进展": any(item.pk in self.missed or self._silent(item) for item in rest),
            "临近报送日": any(self.situation(item) == _SOON for item in rest),
        }
        return [words for words, applies in true.items() if applies]

    @property
    def counted(self) -> str:
        """Its items by the reason that matters: 超期1项、漏报1项, what there is none of left out."""
        found = Counter(self._reason(item) for item in self.items)
        return "、".join(
            f"{words}{found[words]}项" for words in (_RED, _MISSED, _NEAR, _WORRIED) if found[words]
        )

    def _reason(self, item: ActionItem) -> str:
        """Why the unit is written to about an item, in a word: the gravest is told."""
        if item.current_due is not None and item.current_due < self.rule.as_of:
            return _RED
        if item.pk in self.missed or self._silent(item):
            return _MISSED
        near = item.current_due is not None and item.current_due <= self.rule.yellow_until
        return _NEAR if near or self.situation(item) == _SOON else _WORRIED

    def _silent(self, item: ActionItem) -> bool:
        """An undated item whose reporting date went by."""
        owed = item.report_due_on
        return item.current_due is None and owed is not None and owed < self.rule.as_of

    def situation(self, item: ActionItem) -> str:
        """How it stands: 已超期16个工作日, 剩5个工作日, 今天到期, 漏报季度进展, 漏报进展, 自评滞后."""
        if item.current_due is not None:
            left = self.rule.calendar.workdays_left(self.rule.as_of, item.current_due)
            if item.current_due < self.rule.as_of:
                return f"已超期{-left}个工作日" if left else "已超期"
            on_day = item.current_due == self.rule.as_of
            near = f"剩{left}个工作日" if left else "今天到期" if on_day else "将在休息日到期"
            owed = self.missed.get(item.pk)
            parts = (self._worry(item), near, owed and f"漏报季度进展（{owed.month}月{owed.day}日前应报）")
            return "，".join(part for part in parts if part)
        if self._silent(item):
            return "漏报进展"
        return self._worry(item) or _SOON

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
    def lines(self) -> list[dict[str, str]]:
        """Which item, its words, its deadline and how it stands: what the page that confirms shows of each."""
        return [
            {
                "which": f"{item.source_label}第{item.seq}项",
                "text": item.text,
                "due": self.due_words(item),
                "situation": self.situation(item),
            }
            for item in self.items
        ]

    @property
    def messenger_text(self) -> str:
        """For whatever messenger the office uses: title and the deadline that matters, no content."""
        lines = [f"【催办】{self.unit.short_name}："]
        for number, item in enumerate(self.items, 1):
            which = f"{item.source_label}第{item.seq}项议定事项"
            lines.append(f"{number}. {which}，{self._asked(item)}")
        return "\n".join([*lines, "请登录联席会议平台办理。"])

    def _asked(self, item: ActionItem) -> str:
        """The date that went by, or else the one to come: a report missed is not told by a deadline still ahead."""
        reason, owed = self._reason(item), self.missed.get(item.pk) or item.report_due_on
        if reason == _MISSED and owed is not None:
            near = item.current_due is not None and item.current_due <= self.rule.yellow_until
            return f"进展应于{self._day(owed)}前报送" + f"，时限{self.due_words(item)}" * near
        if item.current_due is None and owed is not None:
            return f"进展请于{self._day(owed)}前报送"
        return f"{'已超期，' * (reason == _RED)}时限{self.due_words(item)}"

    def _day(self, day: date) -> str:
        """11月15日; with its year where it is another one."""
        return f"{day.month}月{day.day}日" if day.year == self.rule.as_of.year else chinese_date(day)


def unit_letters(level: str = BOTH, *, unit: Unit | None = None, day: date | None = None) -> list[UnitLetter]:
    """Units to be written to, in charter order. `level` is "red", or "both" for red, yellow and a report missed.

    Two queries for red, three for both. What waits for the office (申请办结) is left out, and so is what a unit supports only.
    """
    rule = rule_on(day)
    filters = ledger.light_filters(rule)
    wanted, missed = filters[Light.RED], {}
    if level != Light.RED:
        missed = {pk: asked.due for pk, asked in late(rule.as_of) if asked.kind == QUARTER}
        wanted |= filters[Light.YELLOW] | Q(pk__in=missed)
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
            found.setdefault(part.unit_id, UnitLetter(part.unit, rule, missed=missed)).items.append(item)
    return sorted(found.values(), key=lambda letter: (letter.unit.order, letter.unit.pk))


def number_words(number: IssuedNumber) -> str:
    """催办〔2026〕1号. A letter bears no 第1期, whatever the 纪要 are counted by."""
    return f"{SERIES}{number}"


def mark_of(found: Iterable[UnitLetter]) -> str:
    """A mark of all that would be written to these units, 32 hex digits: who releases it sends the one he saw."""
    seen = [
        [letter.unit.pk, [[item.pk, item.text, letter.due_words(item), letter.situation(item)] for item in letter.items]]
        for letter in sorted(found, key=lambda letter: letter.unit.pk)
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Ready:
    """A unit with what would be written to it, to whom it goes, and what went out today already."""

    unit: Unit
    letter: UnitLetter | None
    recipient: Recipient | None
    released: ChaseLetter | None

    @property
    def refusal(self) -> str:
        """Why no letter can go to it now, or an empty string. Once a day a unit, as 一键催办 of an item."""
        if self.unit.is_host:
            return str(OWN_UNIT)
        if self.released is not None:
            return _("今天已经发过催办函（%(number)s），明天再发。") % {
                "number": self.released.paper.number_text
            }
        if self.letter is None:
            return _("现在没有要催办的事项。")
        if self.unit.left_on is not None:
            return _("已退出联席会议，不能发函，请另行联系。")
        if self.recipient is not None and not self.recipient.is_active:
            return _("收文单位已停用，请先在“收文单位”中启用。")
        return ""


def borne(numbers: Mapping[int, str]) -> dict[int, str]:
    """Unit id → why the number typed in for its letter cannot stand on it: one number of 市卫健委's book, one letter.

    `numbers`: unit id → number, "" for none; of those alike each is told. One query, none where nothing is typed.
    """
    typed = {pk: text for pk, text in numbers.items() if text}
    if not typed:
        return {}
    rows = ChaseLetter.objects.filter(paper__number_text__in=set(typed.values())).order_by("-pk")
    rows = rows.exclude(on=today(), unit__in=typed)  # a letter that went out today is told as such
    told = {
        text: _("%(number)s已经用在%(day)s发%(unit)s的催办函上。")
        % {"number": text, "day": chinese_date(on), "unit": name}
        for text, on, name in rows.values_list("paper__number_text", "on", "unit__short_name")
    }
    for text, times in Counter(typed.values()).items():
        if times > 1:
            told.setdefault(text, _("两份催办函写了同一个文号。"))
    return {pk: told[text] for pk, text in typed.items() if text in told}


def ready(units: Collection[Unit], level: str = BOTH) -> list[Ready]:
    """These units as they stand today, in charter order. Four queries."""
    written = {letter.unit.pk: letter for letter in unit_letters(level)}
    sent = ChaseLetter.objects.filter(unit__in=units, on=today()).select_related("paper")
    released = {row.unit_id: row for row in sent.defer("paper__text", "paper__data")}
    recipients = {row.unit_id: row for row in Recipient.objects.filter(unit__in=units)}
    return [
        Ready(unit, written.get(unit.pk), recipients.get(unit.pk), released.get(unit.pk))
        for unit in sorted(units, key=lambda unit: (unit.order, unit.pk))
    ]


def written_today(items: Collection[int]) -> set[int]:
    """Which of these items (ids) a letter of today is about. One query."""
    rows = ChaseLetter.items.through.objects.filter(chaseletter__on=today(), actionitem__in=items)
    return set(rows.values_list("actionitem_id", flat=True))


def released_today() -> dict[int, ChaseLetter]:
    """Unit id → its letter of today. One query."""
    rows = ChaseLetter.objects.filter(on=today()).select_related("paper").defer("paper__text", "paper__data")
    return {row.unit_id: row for row in rows}
