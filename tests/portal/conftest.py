"""The sample meetings with the working calendar of their years, on their day."""

import pytest
from django.conf import settings

from apps.common.calendar_import import from_package, put_days
from apps.minutes.importing import import_meetings
from tests.factories.people import People


@pytest.fixture
def past(people: People) -> People:
    """Both sample meetings are on record; gives the people."""
    put_days(from_package(range(2021, 2027)), by=None)
    import_meetings(settings.FIXTURES / "sample_meetings.yaml", by=None)
    return people
