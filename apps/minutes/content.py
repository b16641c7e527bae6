"""The words of a 纪要: what is printed of each passage, its numbering, its gaps, and the hash a unit consented to.

Pure: works on passages whose `parts__unit` and `duties` are prefetched. Numbering and the words about units and
deadlines are made from fields here, for screen, paper and letter alike; nobody types them.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.roster.enums import AssignmentRole

from .enums import PassageKind
from .models import Passage

ALL_UNITS = "全体成员单位"
DECIDED = "会议议定："
_GAP = "【待补"


def gap_words(what: str) -> str:
    """A gap as it stands in the draft, so that nobody can miss it."""
    return f"{_GAP}：{what}】"


def zh(day: date) -> str:
    """2026年6月30日."""
    return f"{day.year}年{day.month}月{day.day}日"


def bare(text: str) -> str:
    """The text without the mark it ends with: the generated words follow inside the same sentence."""
    return text.strip().rstrip("。；;.")


def deadline_words(passage: Any) -> str:
    """2026年6月30日前, 每季度首月15日前, 长期坚持, or an empty string."""
    if passage.due_on:
        return f"{zh(passage.due_on)}前"
    if passage.recurrence:
        return str(passage.recurrence)
    return "长期坚持" if passage.is_standing else ""


def duty_parts(passage: Passage) -> list[tuple[str, str]]:
    """(label, words) of lead, support and deadline, in print order; what is not given is left out."""
    supports = ALL_UNITS if passage.all_support else "、".join(unit.short_name for unit in passage.supports)
    rows = [
        ("牵头单位", "、".join(unit.short_name for unit in passage.leads)),
        ("配合单位", supports),
        ("完成时限", deadline_words(passage)),
    ]
    return [(label, words) for label, words in rows if words]


def gaps_of(passage: Passage) -> list[str]:
    """What this passage still lacks, in words. A withheld passage lacks nothing."""
    if passage.withheld:
        return []
    found = [passage.gap] if passage.gap else []
    if _GAP in passage.text and not passage.gap:
        found.append("文中标明待补之处")
    if not passage.text.strip() and not passage.gap:
        found.append("文字")
    if passage.kind == PassageKind.RESOLUTION and passage.opens_item:
        found += [] if passage.leads else ["牵头单位"]
        found += [] if deadline_words(passage) else ["完成时限"]
    return found


def words_of(passage: Passage) -> str:
    """The printed words of a passage without its number. Gaps are printed too, as 【待补：…】."""
    text = passage.text.strip()
    if passage.kind != PassageKind.RESOLUTION:
        return "\n".join(part for part in (text, gap_words(passage.gap) if passage.gap else "") if part)
    text = item_text(passage) or gap_words("文字")
    inside = "；".join(f"{label}：{words}" for label, words in duty_parts(passage))
    return f"{text}（{inside}）。" if inside else f"{text}。"


def content_hash(passage: Passage) -> str:
    """Hash of everything a unit consents to in a passage: words, units, deadline, duties, whether it is withheld."""
    body: list[Any] = [passage.kind, "withheld"]
    if not passage.withheld:
        body = [
            passage.kind, passage.text.strip(), passage.in_principle,
            [unit.pk for unit in passage.leads], [unit.pk for unit in passage.supports], passage.all_support,
            passage.due_on.isoformat() if passage.due_on else "", passage.recurrence, passage.is_standing,
            sorted(duty.pk for duty in passage.duties.all()),
        ]  # fmt: skip
    return hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()


def title_hash(title: str) -> str:
    """Hash of the paper's title, which every unit consents to."""
    return hashlib.sha256(title.encode()).hexdigest()


def concerns(passage: Passage, unit_id: int) -> bool:
    """True when the passage is a unit's business: its own resolutions, and what is said to all."""
    parts = list(passage.parts.all())
    if passage.kind != PassageKind.RESOLUTION or passage.all_support or not parts:
        return True
    return any(part.unit_id == unit_id for part in parts)


def is_lead(passages: Iterable[Passage], unit_id: int) -> bool:
    """True when the unit leads one of the resolutions that stand in the text."""
    return any(
        part.unit_id == unit_id and part.role == AssignmentRole.LEAD
        for passage in passages
        if not passage.withheld and passage.kind == PassageKind.RESOLUTION
        for part in passage.parts.all()
    )


def numeral(number: int) -> str:
    """1–99 in Chinese numerals (十, 十一, 二十…)."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    head = "" if not tens else ("十" if tens == 1 else digits[tens] + "十")
    return head + (digits[ones] if ones or not tens else "")


@dataclass(frozen=True, slots=True)
class Line:
    """A passage as everybody reads it: `label` is （一） for a resolution that stands, else empty."""

    passage: Passage
    seq: int
    label: str
    words: str
    content: str
    gaps: tuple[str, ...]

    @property
    def name(self) -> str:
        """How the passage is called in messages: 第（三）项, or its kind."""
        return f"第{self.label}项" if self.label else str(self.passage.get_kind_display())


def lines_of(passages: Sequence[Passage]) -> list[Line]:
    """All passages in order, the resolutions that stand numbered from one; withheld ones keep no number."""
    found, seq = [], 0
    for passage in passages:
        numbered = passage.kind == PassageKind.RESOLUTION and not passage.withheld
        seq += numbered
        label = f"（{numeral(seq)}）" if numbered else ""
        found.append(
            Line(
                passage, seq if numbered else 0, label, words_of(passage), content_hash(passage),
                tuple(gaps_of(passage)),
            )
        )  # fmt: skip
    return found


def snapshot(title: str, lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The draft as circulated, for the round's record: title first, then every passage."""
    rows = [
        {
            "key": "title",
            "kind": "title",
            "label": "",
            "words": title,
            "units": [],
            "all": False,
            "withheld": False,
        }
    ]
    rows += [
        {
            "key": str(line.passage.pk),
            "kind": line.passage.kind,
            "label": line.label,
            "words": line.words,
            "text": line.passage.text,
            "units": [part.unit_id for part in line.passage.parts.all()],
            "all": line.passage.all_support,
            "withheld": line.passage.withheld,
        }
        for line in lines
    ]
    return rows


def needs_decided_line(before: str) -> bool:
    """True when 会议议定： must be printed before （一）, because the paragraph before does not end with it."""
    return not before.rstrip().endswith(("会议议定：", "议定如下：", "会议议定以下事项："))


def item_text(passage: Passage) -> str:
    """The text of the action item a resolution opens: its words without units and deadline, which are fields there."""
    text = bare(passage.text)
    return f"原则同意{text}" if passage.in_principle and not text.startswith("原则同意") else text


def decided_before(lines: Iterable[Line]) -> int | None:
    """The passage before which 会议议定： is printed, or None."""
    before = ""
    for line in lines:
        if line.seq:
            return line.passage.pk if needs_decided_line(before) else None
        before = line.words or before
    return None
