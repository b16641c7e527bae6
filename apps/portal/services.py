"""Making the demo, and who can log in there."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from apps.accounts import demo as login_page
from apps.common.models import CalendarDay
from apps.dispatch.services import sync_recipients
from apps.duties.importing import import_charter
from apps.minutes.importing import import_meetings

from .demo import bulletins, meetings, people, signing


def demo_logins() -> list[dict[str, Any]]:
    """Groups of accounts the login page offers; empty when DEMO is off."""
    return login_page.logins()


def seed_demo() -> bool:
    """Load charter, calendar, sample meetings, accounts and the demo's own meetings. True when made now.

    One transaction: a demo half made would be worse than none.
    """
    if login_page.usernames():
        return False
    with transaction.atomic():
        if not CalendarDay.objects.exists():
            call_command("load_calendar", verbosity=0)
        import_charter(settings.FIXTURES / "charter.yaml", by=None)
        sync_recipients()
        import_meetings(settings.FIXTURES / "sample_meetings.yaml", by=None)  # the worker makes their papers
        cast = people.make_cast()
        meetings.propose_topics(cast)
        meetings.call_meeting(cast)
        meetings.hold_meeting(cast)
        signing.lay_before_convener(cast)
        bulletins.tell_the_units(cast)
        meetings.open_to_visitor(cast)
    return True
