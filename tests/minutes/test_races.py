"""24 threads press 签发, 编号 or 印发 at once on PostgreSQL: one takes effect, no gap, no duplicate."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from apps.action_items.models import ActionItem
from apps.common import audit
from apps.common.errors import Refused
from apps.dispatch.models import Delivery
from apps.documents.models import ArchivedPaper, IssuedNumber, NumberCounter
from apps.minutes import services
from apps.minutes.enums import MinutesState, Step
from apps.minutes.models import Endorsement, Minutes
from tests.factories.people import People

from . import make

THREADS = 24
pytestmark = pytest.mark.django_db(transaction=True)  # PostgreSQL: these are not among the core tests


def all_at_once(press: Callable[[], Any]) -> Counter[str]:
    """What became of each of the threads that pressed at the same moment."""
    gate, found = threading.Barrier(THREADS), []

    def one() -> None:
        try:
            gate.wait()
            press()
            found.append("done")
        except Refused as error:
            found.append(error.text)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(found)


def test_sign(people: People) -> None:
    minutes, convener = make.audited(people), people.convener
    found = all_at_once(lambda: make.signed_by(convener, Minutes.objects.get(pk=minutes.pk)))
    assert found == {"done": 1, "当前状态为“待复核”，不能同意签发。": THREADS - 1}
    assert Endorsement.objects.filter(step=Step.SIGN).count() == 1
    assert audit.verify().broken_id is None


def test_number(people: People) -> None:
    minutes, office, today = make.checked(people), people.office, timezone.localdate()
    found = all_at_once(
        lambda: services.number(Minutes.objects.get(pk=minutes.pk), printed_on=today, by=office)
    )
    assert found == {"done": 1, "当前状态为“待印发”，不能编号成文。": THREADS - 1}
    assert (IssuedNumber.objects.count(), ArchivedPaper.objects.count()) == (1, 1)
    assert NumberCounter.objects.get().next_number == 2


def test_several_papers_numbered_at_once_leave_no_gap(people: People) -> None:
    office, today = people.office, timezone.localdate()
    waiting = [make.checked(people).pk for _ in range(4)]
    lock = threading.Lock()
    queue = iter(waiting * (THREADS // len(waiting)))

    def press() -> None:
        with lock:
            pk = next(queue)
        services.number(Minutes.objects.get(pk=pk), printed_on=today, by=office)

    assert all_at_once(press)["done"] == len(waiting)
    assert sorted(IssuedNumber.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert set(Minutes.objects.values_list("state", flat=True)) == {MinutesState.ISSUING}


def test_issue(people: People) -> None:
    minutes, office = make.numbered(people), people.office
    found = all_at_once(lambda: services.issue(Minutes.objects.get(pk=minutes.pk), by=office))
    assert found == {"done": 1, "当前状态为“已印发”，不能印发。": THREADS - 1}
    assert (ActionItem.objects.count(), Delivery.objects.count()) == (2, 17)


def test_one_consent_a_unit_and_round(people: People) -> None:
    minutes, liaison = make.circulating(people), people.liaison("fagaiwei")
    row = make.consent_of(minutes, "fagaiwei")
    found = all_at_once(lambda: services.answer(row, reply="agree", authorised_by="×××", by=liaison))
    assert found == {"done": THREADS}
    assert row.circulation.consents.filter(unit__code="fagaiwei").count() == 1
