"""What a 年度总结 tells besides the ledger: meetings held, bulletins and information issued, between two days."""

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from apps.documents.enums import PaperStatus
from apps.meetings.enums import MeetingKind, MeetingState
from apps.meetings.models import Meeting
from apps.minutes.enums import MinutesState
from apps.minutes.models import Minutes

from .enums import BulletinKind, BulletinState, InformationState
from .models import Bulletin, Information


def facts(starts_on: date, ends_on: date) -> dict[str, Any]:
    """Meetings held, and what was issued and is in force, from `starts_on` to `ends_on` inclusive. JSON-ready; five queries at most.

    Who came to a meeting is not counted: 减负.
    """
    bulletins = Bulletin.objects.filter(
        kind=BulletinKind.PROGRESS, state=BulletinState.ISSUED, printed_on__range=(starts_on, ends_on),
        paper__status=PaperStatus.CURRENT,
    )  # fmt: skip
    informations = Information.objects.filter(
        state=InformationState.ISSUED, issued_on__range=(starts_on, ends_on), paper__status=PaperStatus.CURRENT
    )  # fmt: skip
    return {
        "meetings": _meetings(starts_on, ends_on),
        "bulletins": [
            {"title": row.title, "number": row.paper.number_text if row.paper else ""}
            for row in bulletins.select_related("paper").defer("snapshot").order_by("printed_on", "pk")
        ],
        "informations": informations.count(),
    }


def _meetings(starts_on: date, ends_on: date) -> list[dict[str, Any]]:
    zone = timezone.get_current_timezone()
    first = datetime.combine(starts_on, time.min, zone)
    last = datetime.combine(ends_on, time.max, zone)
    held = Meeting.objects.filter(state=MeetingState.RECORDED, starts_at__range=(first, last)).order_by(
        "starts_at"
    )
    numbers = dict(
        Minutes.objects.filter(
            meeting__in=held, state__in=[MinutesState.ISSUED, MinutesState.ARCHIVED]
        ).values_list("meeting_id", "paper__number_text")
    )
    return [
        {
            "title": row.title.removesuffix("（示例）"),
            "kind": str(MeetingKind(row.kind).label),
            "on": timezone.localdate(row.starts_at).isoformat(),
            "number": numbers.get(row.pk, ""),
        }
        for row in held
    ]
