"""A world that is put back is the world that was made: the same rows, and everything goes on from there."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.common import audit
from apps.minutes.importing import import_meetings
from apps.roster.models import Unit
from tests.factories.people import load_charter, make_user
from tests.support import worlds

pytestmark = [pytest.mark.django_db, pytest.mark.core]
SAMPLE = settings.FIXTURES / "sample_meetings.yaml"


def everything() -> dict[str, Any]:
    """Every row of every table."""
    return {table.name: worlds._rows(table) for table in worlds._tables()}


def built(times: list[str]) -> dict[str, Any]:
    """The charter and the sample meetings in a transaction that is undone; `times` says what was really imported."""

    def charter() -> None:
        load_charter()
        times.append("charter")

    def meetings() -> None:
        import_meetings(SAMPLE, by=None)
        times.append("meetings")

    with transaction.atomic():
        worlds.world("test-charter", charter)
        worlds.world("test-meetings", meetings)
        rows = everything()
        assert audit.verify().broken_id is None
        make_user("newcomer")  # gets a number of its own
        load_charter()  # finds everything there
        assert audit.verify().broken_id is None
        transaction.set_rollback(True)
    return rows


def test_what_is_put_back_is_what_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "_kept", {})
    times: list[str] = []
    first = built(times)
    assert len(first["roster_unit"]) == 16
    assert (built(times), built(times), times) == (first, first, ["charter", "meetings"])


def test_from_another_start_it_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "_kept", {})
    times: list[str] = []
    built(times)
    make_user("somebody")  # the journal has a line before
    built(times)
    with time_machine.travel(timezone.now() + timedelta(seconds=1)):
        built(times)
    assert times == ["charter", "meetings"] * 3


def test_a_world_that_changes_rows_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "_kept", {})
    load_charter()
    with pytest.raises(AssertionError, match="roster_unit: a world adds, it changes nothing"):
        worlds.world("test-change", lambda: Unit.objects.filter(code="kejiju").update(short_name="别的"))
