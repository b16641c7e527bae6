"""What the portal holds for the words somebody looks for; only what that person may see."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from apps.action_items import selectors as items
from apps.bulletins import selectors as bulletins
from apps.documents.enums import PaperStatus
from apps.meetings import selectors as meetings
from apps.minutes import selectors as minutes
from apps.roster.models import Unit
from apps.roster.selectors import names, standing_of

MOST = 20  # of each kind


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of a search result."""

    kind: str
    title: str
    url: str
    note: str


def search(user: Any, words: str) -> list[Hit]:
    """Meetings, topics, minutes, items, bulletins and information that hold the words, or concern the unit so named."""
    unit = names().get(words)
    return [
        *_meetings(user, words),
        *_topics(user, words, unit),
        *_minutes(user, words),
        *_items(user, words, unit),
        *_bulletins(user, words),
        *_informations(user, words, unit),
    ]


def _meetings(user: Any, words: str) -> Iterator[Hit]:
    held = Q(title__icontains=words) | Q(place__icontains=words) | Q(agenda__title__icontains=words)
    for row in meetings.visible_to(user).filter(held).distinct()[:MOST]:
        note = f"{timezone.localtime(row.starts_at):%Y-%m-%d} {row.place}"
        yield Hit("会议", str(row), row.get_absolute_url(), note)


def _topics(user: Any, words: str, unit: Unit | None) -> Iterator[Hit]:
    held = Q(title__icontains=words) | Q(request__icontains=words)
    if unit is not None:
        held |= Q(unit=unit)
    for row in meetings.topics_visible_to(user).filter(held).select_related("unit")[:MOST]:
        yield Hit("议题", row.title, row.get_absolute_url(), row.unit.short_name)


def _minutes(user: Any, words: str) -> Iterator[Hit]:
    inside = Q(passages__text__icontains=words, passages__withheld=False)
    if not standing_of(user).reads_all:
        inside &= Q(state__in=minutes.PUBLISHED)  # a draft is not to be guessed word by word
    held = Q(title__icontains=words) | Q(meeting__title__icontains=words) | inside
    for row in minutes.visible_to(user).filter(held).select_related("meeting", "paper").distinct()[:MOST]:
        note = row.paper.number_text if row.paper else row.get_state_display()
        yield Hit("纪要", str(row), row.get_absolute_url(), note)


def _items(user: Any, words: str, unit: Unit | None) -> Iterator[Hit]:
    held = Q(text__icontains=words)
    if unit is not None:
        held |= Q(parts__unit=unit)
    for row in items.visible_to(user).filter(held).distinct()[:MOST]:
        yield Hit("事项", row.text, row.get_absolute_url(), f"{row.source_label}-{row.seq}")


def _bulletins(user: Any, words: str) -> Iterator[Hit]:
    """通报 and 年度总结; drafts only for those who see drafts."""
    held = Q(title__icontains=words) | Q(period__icontains=words) | Q(sections__text__icontains=words)
    # Without the figures: what they hold is large, and DISTINCT would compare it.
    found = bulletins.visible_to(user).filter(held).values("pk")
    for row in bulletins.listed(bulletins.visible_to(user)).filter(pk__in=found)[:MOST]:
        yield Hit(row.get_kind_display(), row.title, row.get_absolute_url(), _numbered(row))


def _informations(user: Any, words: str, unit: Unit | None) -> Iterator[Hit]:
    held = Q(title__icontains=words) | Q(text__icontains=words)
    if unit is not None:
        held |= Q(unit=unit)
    for row in bulletins.informations_visible_to(user).filter(held)[:MOST]:
        yield Hit("信息通报", row.title, row.get_absolute_url(), f"{_numbered(row)} {row.unit.short_name}")


def _numbered(row: Any) -> str:
    """Its number, and that it is stopped; before it has one, how far it is."""
    if row.paper is None:
        return str(row.get_state_display())
    stopped = "" if row.paper.status == PaperStatus.CURRENT else f"（{row.paper.get_status_display()}）"
    return f"{row.paper.number_text}{stopped}"
