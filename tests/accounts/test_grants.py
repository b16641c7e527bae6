"""What is opened to others: until a date, to a unit or a person, and gone with its object."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import grants
from apps.accounts.models import User
from apps.common.models import AuditEvent
from apps.meetings.models import Meeting, MeetingGroupGrant, MeetingUserGrant
from tests.factories.people import People

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


def make_meeting(title: str = "第一次全体会议（示例）") -> Meeting:
    start = timezone.make_aware(datetime(2026, 3, 26, 15, 0))  # noqa: DTZ001 - made aware at once
    return Meeting.objects.create(title=title, starts_at=start, place="示例")


def read_by(user: User) -> list[str]:
    rows = Meeting.objects.filter(grants.readable(Meeting, user)).distinct().order_by("id")
    return [meeting.title for meeting in rows]


@pytest.mark.core
def test_a_grant_opens_one_object_to_one_holder(people: People) -> None:
    first, second = make_meeting("一"), make_meeting("二")
    soon = timezone.localdate() + timedelta(days=5)
    grants.give(first, to=people.visitor, until=soon, by=people.office)
    grants.give(second, to=people.unit("kejiju").group, until=soon, by=people.office)
    readers = [people.visitor, people.liaison("kejiju"), people.member("kejiju"), people.liaison("jiaoyuju")]
    assert [read_by(user) for user in readers] == [["一"], ["二"], ["二"], []]
    assert AuditEvent.objects.filter(verb="grant").count() == 2


@pytest.mark.core
def test_it_ends_with_its_day_and_is_swept(people: People) -> None:
    meeting = make_meeting()
    today = timezone.localdate()
    grants.give(meeting, to=people.visitor, until=today, by=people.office)
    assert read_by(people.visitor) == [meeting.title]
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        assert read_by(people.visitor) == []
        assert (grants.sweep_expired(), grants.sweep_expired()) == (1, 0)
    event = AuditEvent.objects.get(verb="take_back")
    assert (event.actor, event.label, event.detail) == (None, "查阅到期", {"from": "巡察组"})


def test_giving_again_moves_the_date_and_taking_back_ends_it(people: People) -> None:
    meeting, today = make_meeting(), timezone.localdate()
    for days in (1, 9, 9):
        grants.give(meeting, to=people.visitor, until=today + timedelta(days=days), by=people.office)
    grant = MeetingUserGrant.objects.get()
    assert grant.until == today + timedelta(days=9)
    assert AuditEvent.objects.filter(verb="grant").count() == 2
    grants.take_back(grant, by=people.director)
    grants.take_back(grant, by=people.director)
    assert read_by(people.visitor) == []
    assert AuditEvent.objects.filter(verb="take_back").count() == 1


@pytest.mark.core
def test_no_grant_outlives_its_object(people: People) -> None:
    meeting = make_meeting()
    until = timezone.localdate() + timedelta(days=5)
    grants.give(meeting, to=people.visitor, until=until, by=people.office)
    grants.give(meeting, to=people.unit("kejiju").group, until=until, by=people.office)
    assert (len(grants.all_grants()), len(grants.grants_on(meeting))) == (2, 2)
    meeting.delete()
    assert (MeetingUserGrant.objects.count(), MeetingGroupGrant.objects.count()) == (0, 0)


def test_past_dates_and_disabled_accounts_are_refused(people: People) -> None:
    meeting, today = make_meeting(), timezone.localdate()
    with pytest.raises(ValidationError, match="截止日期不能早于今天"):
        grants.give(meeting, to=people.visitor, until=date(2020, 1, 1), by=people.office)
    User.objects.filter(pk=people.visitor.pk).update(is_active=False)
    people.visitor.refresh_from_db()
    with pytest.raises(ValidationError, match="该账号已停用"):
        grants.give(meeting, to=people.visitor, until=today, by=people.office)
    assert grants.all_grants() == []


def test_a_disabled_account_reads_nothing(people: People) -> None:
    meeting = make_meeting()
    grants.give(meeting, to=people.visitor, until=timezone.localdate(), by=people.office)
    people.visitor.is_active = False
    assert read_by(people.visitor) == []


def test_a_model_without_a_direct_grant_table_is_a_fault() -> None:
    with pytest.raises(TypeError, match="no direct grant model"):
        grants.readable(AuditEvent, User(is_active=True))


def give_url(meeting: Meeting) -> str:
    return reverse("accounts:grant_give", args=[ContentType.objects.get_for_model(Meeting).pk, meeting.pk])


def test_the_form_gives_to_a_unit_or_an_account_never_both(people: People, client_of: ClientOf) -> None:
    meeting, browser = make_meeting(), client_of(people.office)
    url, until = give_url(meeting), (timezone.localdate() + timedelta(days=3)).isoformat()
    group = people.unit("kejiju").group
    assert browser.get(url).status_code == 200
    wrong = [
        {"until": until},
        {"until": until, "unit": group.pk, "user": people.visitor.pk},
        {"until": "2020-01-01", "user": people.visitor.pk},
        {"until": "x", "unit": "999999"},
    ]
    assert [browser.post(url, data).status_code for data in wrong] == [422] * 4
    assert grants.all_grants() == []
    answer = browser.post(url, {"until": until, "unit": group.pk})
    assert (answer.status_code, answer["Location"]) == (302, meeting.get_absolute_url())
    assert [grants.name_of(grants.holder_of(row)) for row in grants.all_grants()] == ["市科技局"]


def test_who_may_give_and_what_cannot_be_given(people: People, client_of: ClientOf) -> None:
    meeting = make_meeting()
    users = [people.director, people.liaison("kejiju"), people.sysadmin, people.secadmin, people.auditor]
    codes = [client_of(user).get(give_url(meeting)).status_code for user in users]
    assert codes == [200, 403, 403, 403, 403]
    office = client_of(people.office)
    strange = ContentType.objects.get_for_model(User).pk
    assert office.get(reverse("accounts:grant_give", args=[strange, people.office.pk])).status_code == 404
    assert office.get(reverse("accounts:grant_give", args=[999999, 1])).status_code == 404


def test_one_page_shows_all_and_takes_back(people: People, client_of: ClientOf) -> None:
    meeting = make_meeting()
    grant = grants.give(meeting, to=people.visitor, until=timezone.localdate(), by=people.office)
    url, take = (
        reverse("accounts:grants"),
        reverse("accounts:grant_take", args=["meetingusergrant", grant.pk]),
    )
    seen = {
        user.username: (client_of(user).get(url).status_code, client_of(user).post(take).status_code)
        for user in (people.auditor, people.liaison("kejiju"), people.sysadmin)
    }
    assert seen == {"auditor": (200, 403), "liaison-kejiju": (403, 403), "sysadmin": (403, 403)}
    assert "巡察组" in client_of(people.secadmin).get(url).content.decode()
    assert client_of(people.secadmin).post(take)["Location"] == url
    assert client_of(people.secadmin).post(take).status_code == 404
    assert client_of(people.office).post(reverse("accounts:grant_take", args=["user", 1])).status_code == 404


def test_the_page_asks_as_often_for_three_as_for_one(
    people: People, client_of: ClientOf, django_assert_num_queries: Callable
) -> None:
    browser, today = client_of(people.secadmin), timezone.localdate()
    grants.give(make_meeting(), to=people.visitor, until=today, by=people.office)
    browser.get(reverse("accounts:grants"))
    for extra in (0, 2):
        for number in range(extra):
            grants.give(
                make_meeting(f"会议{number}"), to=people.unit("kejiju").group, until=today, by=people.office
            )
        with django_assert_num_queries(QUERIES):
            browser.get(reverse("accounts:grants"))


QUERIES = 13
