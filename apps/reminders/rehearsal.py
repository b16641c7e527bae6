"""演练: who would be told what if the reminders ran now, or first ran again on a later day. Writes nothing."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from apps.common import request_cache
from apps.dispatch.telling import morning_of, speaking_time
from apps.roster.models import Person
from apps.roster.selectors import today

from .selectors import Reminder
from .services import due_reminders, known_keys

_LAST = 1 << 15  # after every unit: an account that belongs to none


@dataclass
class Told:
    """One person, what would be said, and when the mail would go (None: no mail address, the portal alone)."""

    user: Any
    mail_at: datetime | None
    lines: list[Reminder] = field(default_factory=list)


def rehearse(day: date) -> list[Told]:
    """Persons in the charter's order of their units, then by name; what they were told already is left out.

    Today is the present moment, another day the hour from which mails may go. Matters are taken as they stand now.
    """
    with request_cache.scope():
        now = timezone.now() if day == today() else morning_of(day)
        reminders = due_reminders(now)
        known = known_keys({key for reminder in reminders for key in reminder.audience})
        mail_at = speaking_time(now)
        found: dict[int, Told] = {}
        for reminder in reminders:
            for user in reminder.deadline.users:
                if user.is_active and f"reminder:{reminder.key}:{user.pk}" not in known:
                    person = found.setdefault(user.pk, Told(user, mail_at if user.email else None))
                    person.lines.append(reminder)
        units = Person.objects.filter(user__in=found).values_list("user_id", "unit__order")
        order = dict(units)
    return sorted(
        found.values(),
        key=lambda person: (order.get(person.user.pk, _LAST), str(person.user), person.user.pk),
    )
