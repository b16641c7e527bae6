"""Many threads press at once on PostgreSQL: one takes effect, one number, one copy a unit, one 催签."""

import pytest
from django.utils import timezone

from apps.bulletins import selectors, services
from apps.bulletins.models import Bulletin, Information
from apps.common import audit
from apps.common.audit import history_of
from apps.dispatch.models import Delivery
from apps.documents.models import ArchivedPaper, IssuedNumber
from apps.roster.selectors import units
from tests.factories.people import People
from tests.minutes.test_races import THREADS, all_at_once

from . import make

pytestmark = pytest.mark.django_db(transaction=True)  # PostgreSQL: these are not among the core tests


def test_a_bulletin_on_its_way(past: People) -> None:
    row, office, director, today = make.submitted(past), past.office, past.director, timezone.localdate()
    seen = selectors.mark_of(row)

    def fresh() -> Bulletin:
        return Bulletin.objects.get(pk=row.pk)

    assert all_at_once(lambda: services.approve(fresh(), by=director, seen=seen)) == {
        "done": 1, "当前状态为“待编号”，不能批准。": THREADS - 1,
    }  # fmt: skip
    assert all_at_once(lambda: services.number(fresh(), printed_on=today, by=office)) == {
        "done": 1, "当前状态为“待印发”，不能编号成文。": THREADS - 1,
    }  # fmt: skip
    numbers = IssuedNumber.objects.filter(kind="bulletin").values_list("number", flat=True)
    assert (list(numbers), ArchivedPaper.objects.filter(kind="bulletin").count()) == ([1], 1)
    make.making.make_due()
    assert all_at_once(lambda: services.issue(fresh(), by=office)) == {
        "done": 1, "当前状态为“已印发”，不能印发。": THREADS - 1,
    }  # fmt: skip
    assert Delivery.objects.filter(paper=fresh().paper).count() == 16
    past.liaison("kejiju")
    assert all_at_once(lambda: services.chase(fresh(), by=office)) == {
        "done": 1, "今天已经催过一次，明天再催。": THREADS - 1,
    }  # fmt: skip
    reader = past.liaison("jiaoyuju")
    assert all_at_once(lambda: services.sign_for(fresh(), by=reader)) == {"done": THREADS}
    copy = Delivery.objects.get(paper=fresh().paper, recipient__unit__code="jiaoyuju")
    assert [event.label for event in history_of(copy)] == ["签收"]
    assert [event.label for event in history_of(row)] == [
        "起草", "送审批", "批准", "编号成文", "印发", "催签",
    ]  # fmt: skip
    assert audit.verify().broken_id is None


def test_information_is_issued_once_and_read_once(people: People) -> None:
    row, office, to = make.sent(people), people.office, units()

    def fresh() -> Information:
        return Information.objects.get(pk=row.pk)

    assert all_at_once(lambda: services.issue_information(fresh(), to=to, by=office)) == {
        "done": 1, "当前状态为“已印发”，不能审核印发。": THREADS - 1,
    }  # fmt: skip
    assert Delivery.objects.filter(paper=fresh().paper).count() == 16
    reader = people.liaison("jiaoyuju")
    assert all_at_once(lambda: services.open_copy(fresh(), by=reader))["done"] == THREADS
    copy = Delivery.objects.get(paper=fresh().paper, recipient__unit__code="jiaoyuju")
    assert [event.label for event in history_of(copy)] == ["签收"]
