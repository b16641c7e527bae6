"""The reminders of real matters: a notice not answered, a circulation not answered, an item not done."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from apps.action_items.services import open_item
from apps.dispatch.models import OutboxMessage
from apps.meetings.models import Invitation
from apps.meetings.services import reply
from apps.reminders import services
from tests.factories.people import People
from tests.meetings.make import notified
from tests.minutes.make import agree, circulating

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
    title = f"还有3个工作日到期：会议回执：{meeting.title}"
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
        ("2026-09-24T09:00", []),
        ("2026-09-28T09:00", ["还有2个工作日到期：事项到期：〔2026〕1号第1项议定事项"]),
        ("2026-09-30T09:00", []),
        ("2026-10-01T09:00", ["已超期：事项到期：〔2026〕1号第1项议定事项"]),
        ("2026-10-08T09:00", []),
    ):
        with time_machine.travel(at(when), tick=False):
            services.look()
            assert reminded() == [(lead.username, title) for title in titles], when
            OutboxMessage.objects.filter(state="waiting").update(state="sent", sent_at=timezone.now())
    assert not OutboxMessage.objects.filter(user=support).exists()
