"""Reads of the journal for the auditor: filtered, in pages that do not count the whole table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.common.fields import whole_number
from apps.common.models import AuditEvent

from .journal_words import details, thing

PAGE = 50
EXPORT_LIMIT = 20_000
HEADINGS = ("序号", "时间", "人员", "地址", "操作", "代码", "对象", "结果", "详情", "哈希")


def events(wanted: dict[str, Any]) -> QuerySet[AuditEvent]:
    """Lines that fit the cleaned data of AuditFilter, newest first."""
    rows = AuditEvent.objects.order_by("-id")
    if who := wanted.get("who"):
        rows = rows.filter(Q(actor_label__icontains=who) | Q(actor__username__iexact=who))
    if verb := wanted.get("verb"):
        rows = rows.filter(Q(label__icontains=verb) | Q(verb__iexact=verb))
    if what := wanted.get("what"):
        rows = rows.filter(Q(object_label__icontains=what) | Q(object_type__iexact=what))
    if since := wanted.get("since"):
        rows = rows.filter(at__gte=timezone.make_aware(datetime.combine(since, time.min)))
    if until := wanted.get("until"):
        rows = rows.filter(at__lte=timezone.make_aware(datetime.combine(until, time.max)))
    return rows.filter(allowed=False) if wanted.get("refused") else rows


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Some lines, and the ids to go on from (None at the ends)."""

    rows: list[AuditEvent]
    older: int | None
    newer: int | None


def page(rows: QuerySet[AuditEvent], *, before: str = "", after: str = "") -> JournalPage:
    """The lines before or after an id; the newest when neither is a number. Two queries at most."""
    if (since := whole_number(after)) is not None:
        found = list(rows.filter(id__gt=since).order_by("id")[: PAGE + 1])
        more, found = len(found) > PAGE, found[:PAGE][::-1]
        return JournalPage(found, found[-1].pk if found else None, found[0].pk if more else None)
    from_id = whole_number(before)
    found = list((rows.filter(id__lt=from_id) if from_id else rows)[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    return JournalPage(found, found[-1].pk if more else None, found[0].pk if from_id and found else None)


def export_rows(rows: QuerySet[AuditEvent]) -> Iterator[tuple[Any, ...]]:
    """Lines as cells for a sheet, oldest last, at most EXPORT_LIMIT."""
    for event in rows[:EXPORT_LIMIT].iterator(chunk_size=1000):
        what = thing(event) or event.object_type
        result = "成功" if event.allowed else "被拒绝"
        detail = "；".join(str(one) for one in details(event))
        act = (event.label, event.verb, what, result, detail)
        yield (event.pk, event.at, event.actor_label, event.address, *act, event.hash)


def head() -> tuple[int | None, str]:
    """Id and hash of the last line."""
    last = AuditEvent.objects.order_by("-id").values_list("id", "hash").first()
    return last or (None, "")
