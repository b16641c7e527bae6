"""The reminders of real matters: a notice not answered, a circulation not answered, an item not done."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from apps.action_items.services import open_item
from apps.common.errors import Refused
from apps.dispatch.models import OutboxMessage
from apps.meetings.models import Invitation
from apps.meetings.services import reply
from apps.minutes import services as minutes_services
from apps.reminders import services
from tests.factories.people import People
from tests.meetings.make import notified
from tests.minutes.make import agree, circulating, issued
from tests.minutes.test_correcting import case_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
pytestmark = [pytest.mark.django_db, pytest.mark.core]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def reminded() -> list[tuple[str, str]]:
    """(to whom, what the mail is called) of every reminder, in order of the addresses."""
    rows = OutboxMessage.objects.filter(kind="reminder", state="waiting").order_by("address", "id")
    return [(row.address.partition("@")[0], row.subject) for row in rows]


def test_only_units_that_have_not_answered_the_notice(people: People) -> None:
    with time_machine.travel(at("2026-03-12T09:00"), tick=False):
        silent, quick = people.liaison("fagaiwei"), people.liaison("kejiju")
        people.liaison("gongxinju")
        meeting = notified(people, starts_at=at("2026-03-27T15:00"))  # answers by Tuesday the 24th, 15:00
        for code in ("kejiju", "gongxinju"):
            row = Invitation.objects.get(meeting=meeting, unit__code=code)
            reply(row, kind="attend", by=people.liaison(code))
        OutboxMessage.objects.update(state="sent", sent_at=timezone.now())
        services.look()
        assert reminded() == []  # eight working days are left
    with time_machine.travel(at("2026-03-19T09:00"), tick=False):
        services.look()
    title = f"3月24日到期：会议回执：{meeting.title}"
    assert (silent.username, title) in reminded()
    assert quick.username not in {who for who, _title in reminded()}


def test_only_units_that_have_not_answered_the_circulation(people: People) -> None:
    now = timezone.now()
    minutes = circulating(people, days=2)
    asked = [row.unit.code for row in minutes.circulations.get().consents.select_related("unit")]
    first, second = asked[:2]
    users = {code: people.liaison(code).username for code in (first, second)}
    agree(people, minutes, first)
    OutboxMessage.objects.update(state="sent", sent_at=now - timedelta(days=1))
    services.look()
    told = {who for who, _title in reminded()}
    assert (users[second] in told, users[first] in told) == (True, False)


def test_the_lead_is_told_before_and_after_the_day_of_an_item(people: People) -> None:
    lead, support = people.liaison("kejiju"), people.liaison("jiaoyuju")
    open_item(
        ref="E-1", seq=1, text="示例事项", leads=[people.unit("kejiju")], supports=[people.unit("jiaoyuju")],
        all_support=False, due_on=date(2026, 9, 30), recurrence="", is_standing=False, duties=[],
        source_paper=None, source_anchor="r1", source_label="〔2026〕1号", opened_on=date(2026, 4, 8),
        by=people.office,
    )  # fmt: skip
    for when, titles in (
        ("2026-09-24T09:00", ["漏报：季度进展：〔2026〕1号第1项议定事项"]),
        ("2026-09-28T09:00", ["9月30日到期：〔2026〕1号第1项议定事项"]),
        ("2026-09-30T09:00", []),
        ("2026-10-01T09:00", ["已超期：〔2026〕1号第1项议定事项"]),
        ("2026-10-08T09:00", []),
    ):
        with time_machine.travel(at(when), tick=False):
            services.look()
            assert reminded() == [(lead.username, title) for title in titles], when
            OutboxMessage.objects.filter(state="waiting").update(state="sent", sent_at=timezone.now())
    assert not OutboxMessage.objects.filter(user=support).exists()


def test_a_unit_asked_about_a_correction_is_reminded_once_and_chased_by_hand(people: People) -> None:
    with time_machine.travel(at("2026-04-09T09:00"), tick=False):
        row_lead, row_support = people.liaison("fagaiwei"), people.liaison("weijianwei")
        case = case_of(people, issued(people), due_on=date(2027, 3, 31))
        case = minutes_services.ask_correction(case, reply_by=at("2026-04-20T17:00"), by=people.office)
        OutboxMessage.objects.update(state="sent", sent_at=timezone.now())
        services.look()
        assert reminded() == []  # seven working days are left
        told = minutes_services.chase_correction(case, by=people.office)
        assert [(entry.unit.code, list(entry.users)) for entry in told] == [
            ("weijianwei", [row_support]),
            ("fagaiwei", [row_lead]),
        ]
        with pytest.raises(Refused, match="今天都已催过"):
            minutes_services.chase_correction(case, by=people.office)
        with pytest.raises(PermissionDenied):
            minutes_services.chase_correction(case, by=people.convener)
        answer = case.consents.get(unit__code="weijianwei")
        minutes_services.answer_correction(answer, reply="agree", authorised_by="王五", by=row_support)
    with time_machine.travel(at("2026-04-16T09:00"), tick=False):
        OutboxMessage.objects.filter(state="waiting").update(state="sent", sent_at=timezone.now())
        services.look()
        services.look()
        title = f"4月20日到期：更正征求意见：{case.minutes}"
        assert [pair for pair in reminded() if "更正" in pair[1]] == [(row_lead.username, title)]
        told = minutes_services.chase_correction(case, by=people.office)
        assert [entry.unit.code for entry in told] == ["fagaiwei"]
    with time_machine.travel(at("2026-04-21T09:00"), tick=False):
        services.look()
        assert (row_lead.username, f"已超期：更正征求意见：{case.minutes}") in reminded()
