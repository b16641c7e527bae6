"""上次会议议定事项落实情况: what earlier meetings decided, as the ledger has it on the day of this one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.action_items import ledger
from apps.action_items.enums import Light, SourceKind
from apps.action_items.models import ActionItem, ProgressReport

from .enums import AgendaKind, MeetingState
from .models import AgendaItem, Meeting

TITLE = AgendaKind.FOLLOW_UP.label


@dataclass(frozen=True, slots=True)
class Sums:
    """How the items stand. `running` counts those that are neither closed nor late."""

    total: int
    closed: int
    running: int
    late: int

    @property
    def words(self) -> str:
        """As the record words it."""
        late = f"，逾期{self.late}项" if self.late else ""
        return f"共{self.total}项，已办结{self.closed}项，正在办理{self.running}项{late}"


def day_of(meeting: Meeting) -> date:
    """The day the ledger is read for: that of the meeting, and today while it lies ahead."""
    return min(timezone.localdate(meeting.starts_at), timezone.localdate())


def previous(meeting: Meeting) -> Meeting | None:
    """The last meeting before this one whose paper opened items; one without a paper yet has none to tell of."""
    rows = Meeting.objects.filter(state=MeetingState.RECORDED, starts_at__lt=meeting.starts_at)
    told = rows.exclude(pk=meeting.pk).filter(minutes__paper__items__opened_on__lte=day_of(meeting))
    return told.distinct().order_by("-starts_at").first()


def _items(meeting: Meeting, since: date | None) -> QuerySet[ActionItem]:
    """Items of the meetings before: those still open, and those closed since that one met."""
    rows = ActionItem.objects.filter(source_kind=SourceKind.MINUTES, opened_on__lte=day_of(meeting))
    closed = Q(closed_on__gte=since) if since else Q()
    return rows.filter(Q(closed_on__isnull=True) | closed)


def rows_for(meeting: Meeting) -> list[ledger.Row]:
    """The lines, open and late ones first within each paper, each with its last report on or before the day."""
    last = previous(meeting)
    since = timezone.localdate(last.starts_at) if last else None
    day = day_of(meeting)
    rows = ledger.as_of(day, _items(meeting, since))
    reports: dict[int, dict[str, Any]] = {}
    told = ProgressReport.objects.filter(item__in=[row.item.pk for row in rows], reported_on__lte=day)
    for report in told.select_related("unit").order_by("reported_on", "pk"):
        reports[report.item_id] = {
            "on": report.reported_on,
            "text": report.text,
            "unit": report.unit.short_name,
        }
    return [replace(row, report=reports.get(row.item.pk)) for row in rows]


def sums(rows: Sequence[ledger.Row]) -> Sums:
    """The figures of some rows."""
    closed = sum(row.verdict.light == Light.CLOSED for row in rows)
    late = sum(row.verdict.light == Light.RED for row in rows)
    return Sums(len(rows), closed, len(rows) - closed - late, late)


def wanted(meeting: Meeting) -> bool:
    """Whether there is anything to look back on."""
    return _items(meeting, None).exists()


def paragraph(rows: Sequence[ledger.Row]) -> str:
    """The block of the record that tells how things stand; those late are named."""
    if not rows:
        return f"会议听取了{TITLE}的汇报。"
    late = [row.item.text.rstrip("。；;") for row in rows if row.verdict.light == Light.RED]
    named = f"。逾期未办结的有：{'；'.join(late)}" if late else ""
    return f"会议听取了{TITLE}的汇报：{sums(rows).words}{named}。"


def item_of(meeting: Meeting) -> AgendaItem | None:
    """The item of the agenda that looks back, if there is one."""
    return meeting.agenda.filter(kind=AgendaKind.FOLLOW_UP).first()
