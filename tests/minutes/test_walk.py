"""The whole way of a 纪要 through the services, to the letter."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.action_items.models import ActionItem
from apps.common import audit
from apps.common.errors import Refused
from apps.dispatch.enums import DeliveryRole
from apps.dispatch.models import PortalNotice
from apps.dispatch.services import register_delivery
from apps.minutes import services
from apps.minutes.enums import MinutesState, Step
from tests.factories.people import People

from . import make

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_from_record_to_archive(people: People) -> None:
    minutes = make.issued(people)
    today = timezone.localdate()
    year = today.year
    assert minutes.paper is not None
    assert (minutes.state, minutes.paper.number_text, minutes.signed_on, minutes.signed_by) == (
        MinutesState.ISSUED, f"〔{year}〕1号", today, people.convener,
    )  # fmt: skip
    assert [(i.ref, i.seq, i.text, i.source_paper) for i in ActionItem.objects.order_by("seq")] == [
        (f"〔{year}〕1号-1", 1, "做好规划衔接", minutes.paper),
        (f"〔{year}〕1号-2", 2, "明确信息共享流程", minutes.paper),
    ]
    copies = list(minutes.paper.deliveries.values_list("role", "recipient__name"))
    assert (DeliveryRole.REPORT, "市人民政府") in copies
    assert sum(role == DeliveryRole.SEND for role, _name in copies) == 16
    with pytest.raises(Refused, match="抄报还没有完成"):
        services.archive(minutes, by=people.office)
    report = minutes.paper.deliveries.get(role=DeliveryRole.REPORT)
    register_delivery(report, sent_on=today, received_on=today, receiver="×××", by=people.office)
    minutes = services.archive(minutes, by=people.office)
    assert minutes.state == MinutesState.ARCHIVED
    steps = list(minutes.endorsements.order_by("id").values_list("step", flat=True))
    assert steps == [
        Step.DRAFT, Step.PROOFREAD, Step.CIRCULATE, Step.SETTLE, Step.AUDIT, Step.SIGN, Step.CHECK, Step.NUMBER,
        Step.PRINT, Step.ASSIGN, Step.REPORT,
    ]  # fmt: skip
    assert audit.verify().broken_id is None


def test_those_who_must_act_are_told(people: People) -> None:
    _ = people.host_deputy, people.director, people.convener
    minutes = make.audited(people)
    told = PortalNotice.objects.filter(key__startswith="minutes:").order_by("id")
    words = [(notice.user.username, notice.title) for notice in told]
    assert words == [
        ("liaison-weijianwei", f"待核稿：{minutes}"),
        ("office", f"核稿通过，待征求意见：{minutes}"),
        ("director", f"待审核：{minutes}"),
        ("convener", f"待签发：{minutes}"),
    ]


def test_withdrawing_works_until_the_next_person_acted(people: People) -> None:
    minutes = services.submit_review(make.drafted(people), by=people.office)
    assert services.withdraw_review(minutes, by=people.office).state == MinutesState.DRAFTING
    minutes = services.pass_review(services.submit_review(minutes, by=people.office), by=people.host_deputy)
    with pytest.raises(Refused, match="当前状态为“待征求意见”，不能撤回送核"):
        services.withdraw_review(minutes, by=people.office)


def test_reopening_voids_audit_and_signature(people: People) -> None:
    minutes = services.reopen(make.signed(people), by=people.office, reason="第一项时限有误")
    assert (minutes.state, minutes.signed_on, minutes.signed_by) == (MinutesState.SETTLING, None, None)
    lines = minutes.endorsements.order_by("id")
    assert [(line.step, line.voided) for line in lines if line.step in (Step.AUDIT, Step.SIGN, Step.RETURN)] == [
        (Step.AUDIT, True), (Step.SIGN, True), (Step.RETURN, False),
    ]  # fmt: skip
    minutes = services.submit_audit(minutes, by=people.office)
    minutes = make.signed_by(people.convener, services.pass_audit(minutes, by=people.director))
    assert minutes.state == MinutesState.CHECKING


def test_a_paper_signature_keeps_scan_name_and_date(people: People) -> None:
    minutes = make.audited(people)
    done = services.register_signature(
        minutes,
        name="叶一帆",
        opinion="圈阅",
        signed_on=timezone.localdate(),
        scan=make.scan(),
        by=people.office,
    )
    line = done.endorsements.get(step=Step.SIGN)
    assert (done.state, done.signed_by, line.method, line.name, line.opinion, line.scan is not None) == (
        MinutesState.CHECKING, None, "paper", "叶一帆", "圈阅", True,
    )  # fmt: skip


def test_the_number_is_of_the_year_of_signing_and_nothing_is_half_done(people: People) -> None:
    minutes = make.checked(people)
    with pytest.raises(Exception, match="印发日期不能早于签发日期"):
        services.number(minutes, printed_on=timezone.localdate() - timedelta(days=1), by=people.office)
    minutes.refresh_from_db()
    assert (minutes.state, minutes.number, minutes.paper) == (MinutesState.NUMBERING, None, None)
