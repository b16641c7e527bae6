"""The sample meetings with the working calendar of their years, as the office would have them."""

import pytest
import yaml
from django.conf import settings

from apps.common.calendar_import import from_package, put_days
from apps.minutes.importing import import_meetings
from tests.factories.people import People
from tests.support.worlds import world


@pytest.fixture
def workdays(db: None) -> None:
    """Holidays and exchanged days of 2021–2026; 2027 is unknown, as in the sample file."""
    world("workdays", lambda: put_days(from_package(range(2021, 2027)), by=None))


@pytest.fixture
def past(people: People, workdays: None) -> People:
    """Both sample meetings are on record; gives the people."""
    world("past", lambda: import_meetings(settings.FIXTURES / "sample_meetings.yaml", by=None))
    return people


@pytest.fixture(scope="session")
def sample_texts() -> dict[str, str]:
    """Id → text of every item of the sample file."""
    text = (settings.FIXTURES / "sample_meetings.yaml").read_text(encoding="utf-8")
    meetings = yaml.safe_load(text)["meetings"]
    return {item["id"]: item["text"] for meeting in meetings for item in meeting["items"]}
