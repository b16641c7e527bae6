"""By when units answer: the default of a new asking, and what the reminders are told about a 更正. Reads only."""

from datetime import datetime, time

from django.utils import timezone

from apps.common import calendar, settings_rows
from apps.common.todo import Deadline
from apps.roster.selectors import liaison_users, today

from .enums import CaseState, Reply
from .models import CorrectionConsent


def default_reply_by() -> datetime:
    """17:00 on the day that lies the set number of working days ahead."""
    day = calendar.current().add_workdays(today(), int(settings_rows.value("consent_days")))
    return timezone.make_aware(datetime.combine(day, time(17)))


def of_corrections() -> list[Deadline]:
    """Every unit that was asked about a correction and is silent. Two queries."""
    rows = list(
        CorrectionConsent.objects.filter(
            case__state=CaseState.ASKING, reply=Reply.PENDING, case__reply_by__isnull=False
        ).select_related("case__minutes__meeting", "unit")
    )
    users = liaison_users({row.unit_id for row in rows}) if rows else {}
    return [
        Deadline(
            kind="correction",
            key=f"correction:{row.pk}:{timezone.localtime(row.case.reply_by):%Y%m%d%H%M}",
            title=f"更正征求意见：{row.case.minutes}",
            url=row.get_absolute_url(),
            due_at=row.case.reply_by,
            users=tuple(users[row.unit_id]),
        )
        for row in rows
        if row.case.reply_by is not None
    ]
