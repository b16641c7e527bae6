"""受阻 and the unit whose support is asked for: what was asked, and what it answered. No writes.

A lead unit asks in a report; what the unit reports afterwards is its answer. A report that was sent back neither asks nor
answers; the unit is then asked to mend it. 无新进展 repeats what was asked: it asks by itself only where the report it
repeats was sent back.
"""

from itertools import takewhile
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from apps.roster.enums import AssignmentRole

from .enums import ReviewState, SelfAssessment
from .models import ActionItem, ItemUnit, ProgressReport


def _saying() -> QuerySet[ProgressReport]:
    return ProgressReport.objects.filter(nothing_new=False).exclude(review=ReviewState.RETURNED)


def _asking() -> QuerySet[ProgressReport]:
    """What lead units say; a supporting unit's 受阻 asks nobody, and 无新进展 not what stands before it."""
    leads = ItemUnit.objects.filter(item=OuterRef("item"), unit=OuterRef("unit"), role=AssignmentRole.LEAD)
    rows = ProgressReport.objects.filter(Exists(leads)).exclude(review=ReviewState.RETURNED)
    before = (
        rows.filter(item=OuterRef("item"), pk__lt=OuterRef("pk")).order_by("-pk").values("assessment")[:1]
    )
    rows = rows.annotate(before=Coalesce(Subquery(before), Value("")))
    return rows.filter(Q(nothing_new=False) | ~Q(before=SelfAssessment.BLOCKED))


def answers() -> QuerySet[ProgressReport]:
    """For `Exists` beside an item: reports of the unit asked for support, after it was last asked.

    One sent back is among them: the unit has that to mend, and is not asked twice.
    """
    asked = _asking().filter(item=OuterRef("item"), need_from=OuterRef("unit")).order_by("-pk")
    return ProgressReport.objects.filter(
        nothing_new=False,
        item=OuterRef("pk"),
        unit=OuterRef("blocked_from"),
        pk__gt=Subquery(asked.values("pk")[:1]),
    )


def is_waited_for(item: ActionItem, unit: Any) -> bool:
    """True while the item waits for this unit's answer. No query where another unit, or none, is asked; else two."""
    if item.blocked_from_id is None or item.blocked_from_id != unit.pk:
        return False
    asked = _asking().filter(item=item, need_from=unit).order_by("-pk").first()
    return asked is not None and not _saying().filter(item=item, unit=unit, pk__gt=asked.pk).exists()


def asked_of(item: ActionItem) -> list[dict[str, Any]]:
    """What the leads ask for now, newest first, each unit once: {ask, unit (None: nobody named), answer (or None)}.

    Besides what stands now, what was asked of other units while the item has been blocked, where they have answered.
    Reads `reports` as prefetched.
    """
    leads = {part.unit_id for part in item.parts.all() if part.role == AssignmentRole.LEAD}
    standing = [row for row in item.reports.all() if row.review != ReviewState.RETURNED]
    standing.sort(key=lambda row: (row.reported_on, row.pk), reverse=True)
    said = [row for row in standing if not row.nothing_new]
    told = [row for row in said if row.unit_id in leads]
    if item.blocked_need and not (told and told[0].assessment == SelfAssessment.BLOCKED):
        # What was asked was sent back, and stands in the 无新进展 after it alone.
        told = [row for row in reversed(standing) if row.unit_id in leads and row.need == item.blocked_need][
            :1
        ]
    found: dict[Any, dict[str, Any]] = {}
    for number, ask in enumerate(takewhile(lambda row: row.assessment == SelfAssessment.BLOCKED, told)):
        answer = next((row for row in said if row.unit_id == ask.need_from_id and row.pk > ask.pk), None)
        if ask.need and ask.need_from_id not in found and (number == 0 or answer is not None):
            found[ask.need_from_id] = {"ask": ask, "unit": ask.need_from, "answer": answer}
    return list(found.values())
