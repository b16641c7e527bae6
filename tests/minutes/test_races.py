"""24 threads press 签发, 编号 or 印发 at once on PostgreSQL: one takes effect, no gap, no duplicate."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from apps.action_items import services as items
from apps.action_items.enums import EndingKind
from apps.action_items.models import ActionItem
from apps.common import audit
from apps.common.errors import Refused
from apps.dispatch import services as dispatch
from apps.dispatch.chasing import chase_receipts
from apps.dispatch.enums import Channel, MessageState
from apps.dispatch.models import Delivery, OutboxMessage, Recipient
from apps.documents.models import ArchivedPaper, IssuedNumber, NumberCounter
from apps.minutes import correction, services
from apps.minutes.enums import MinutesState, Step
from apps.minutes.models import CorrectionCase, Endorsement, Minutes
from tests.factories.people import People
from tests.support.locking import free_at_first_line

from . import make
from .test_correcting import agreed, approved, case_of

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


def test_a_correction_is_approved_once_by_whichever_of_two(people: People) -> None:
    """Before the signer's own 同意 on line and the office's entry of his signature on paper, one gives way."""
    case = agreed(people, case_of(people, make.issued(people), due_on=date(2027, 3, 31)))
    seen, convener, office = correction.whole_mark(case), people.convener, people.office
    turn = iter(range(THREADS))
    lock = threading.Lock()

    def press() -> None:
        with lock:
            mine = next(turn)
        row = CorrectionCase.objects.get(pk=case.pk)
        if mine % 2:
            services.approve(row, seen=seen, by=convener)
            return
        services.register_approval(
            row, name="叶一帆", opinion="圈阅", signed_on=timezone.localdate(), scan=make.scan(), by=office
        )

    found = all_at_once(press)
    assert found["done"] == 1
    assert sum(found.values()) == THREADS
    row = CorrectionCase.objects.get(pk=case.pk)
    assert (row.state, row.signed_name) == ("approved", "叶一帆")
    assert (row.scan is not None) == (row.opinion == "圈阅")  # of one kind, never a mixture
    events = [event.verb for event in audit.history_of(row)]
    assert sum(verb in ("approve", "register_approval") for verb in events) == 1


def test_a_correction_is_issued_once(people: People) -> None:
    case, office = (
        approved(people, case_of(people, make.issued(people), due_on=date(2027, 3, 31))),
        people.office,
    )
    found = all_at_once(lambda: services.issue_correction(CorrectionCase.objects.get(pk=case.pk), by=office))
    assert found["done"] == 1
    assert sum(found.values()) == THREADS
    assert ArchivedPaper.objects.filter(kind="minutes").count() == 2
    assert ArchivedPaper.objects.filter(kind="correction").count() == 1


def test_what_an_act_will_touch_is_held_before_it_journals(people: People) -> None:
    """Row first, journal last, everywhere: else two that wait for each other's row and journal never come back."""
    dispatch.sync_recipients()
    Recipient.objects.filter(unit__code__in=["fagaiwei", "jiaoyuju"]).update(
        channel=Channel.MAIL, address="a@b.test"
    )
    minutes, office = make.issued(people), people.office
    case = approved(people, case_of(people, minutes, due_on=date(2027, 3, 31)))
    matters = list(ActionItem.objects.order_by("pk"))
    copies = list(Delivery.objects.filter(paper=minutes.paper).order_by("pk"))
    mails = list(OutboxMessage.objects.filter(paper=minutes.paper).order_by("pk"))
    assert (len(matters), len(copies), len(mails)) == (2, 17, 2)

    def held(act: Callable[[], Any], *rows: Any) -> None:
        assert free_at_first_line(act, rows) == []

    asking = [copy for copy in copies if copy.recipient.unit_id]
    held(lambda: chase_receipts(reversed(asking), by=office), *asking)
    copy = next(copy for copy in copies if copy.message_id == mails[0].pk)
    OutboxMessage.objects.filter(pk=mails[0].pk).update(state=MessageState.DEAD)
    held(lambda: dispatch.resend(mails[0], by=office), copy, mails[0])
    held(lambda: services.issue_correction(case, by=office), *matters, minutes.paper, *mails)

    dated = ActionItem.objects.filter(current_due__isnull=False).order_by("pk")[0]
    assert dated.current_due is not None
    lead = dated.parts.get(role="lead", position=1).unit
    signed = items.OnPaper(True, "叶一帆", timezone.localdate(), "同意", make.scan())
    wanted = items.Asked("缺人手", dated.current_due + timedelta(days=30))
    later = items.ask_extension(dated, wanted, unit=lead, by=people.liaison(lead.code))
    later = items.review_extension(later, accept=True, by=office)
    held(lambda: items.register_extension(later, signed, by=office), dated)
    other = next(item for item in matters if item.pk != dated.pk)
    ending = items.propose_ending(dated, items.Proposed(EndingKind.MERGE, "同一件事", heir=other), by=office)
    signed = items.OnPaper(True, "叶一帆", timezone.localdate(), "同意", make.scan())
    held(lambda: items.register_ending(ending, signed, by=office), dated, other)

    minutes.refresh_from_db()
    newer = list(OutboxMessage.objects.filter(paper=minutes.paper))
    held(
        lambda: services.stop(
            minutes, reason="误", name="叶一帆", stopped_on=timezone.localdate(), scan=make.scan(), by=office
        ),
        minutes, minutes.paper, *newer,
    )  # fmt: skip
