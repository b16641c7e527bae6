"""Topics and the agenda: C14, the order of items, and what may change when."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.common import workflow
from apps.common.errors import Refused
from apps.dispatch.models import PortalNotice
from apps.meetings import selectors, services
from apps.meetings.models import Meeting, Topic
from tests.factories.people import People

from . import make

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def agenda(meeting: Meeting) -> list[tuple[int, str]]:
    return list(meeting.agenda.values_list("seq", "title"))


def test_a_unit_proposes_for_itself_the_office_for_a_paper(people: People) -> None:
    with pytest.raises(PermissionDenied):
        services.propose(people.unit("kejiju"), title="甲", request="乙", by=people.liaison("fagaiwei"))
    with pytest.raises(PermissionDenied):
        services.propose(people.unit("kejiju"), title="甲", request="乙", by=people.member("kejiju"))
    row = services.propose(people.unit("kejiju"), title="甲", request="乙", by=people.office)
    assert (row.unit.code, row.state, row.proposed_by) == ("kejiju", "proposed", people.office)


@pytest.mark.parametrize("title", ["", "长" * 121, "坏\u202e字", "坏\x00字"])
def test_bad_titles_write_nothing(people: People, title: str) -> None:
    with pytest.raises(ValidationError):
        services.propose(people.unit("kejiju"), title=title, request="乙", by=people.liaison("kejiju"))
    assert Topic.objects.count() == 0


def test_a_returned_topic_is_changed_and_handed_in_by_one_act(people: People) -> None:
    row = make.topic_in(people, "returned")
    with pytest.raises(PermissionDenied):
        services.change_topic(row, title="甲", request="乙", by=people.liaison("kejiju"))
    services.change_topic(row, title="改后", request="乙", by=people.liaison("gongxinju"))
    fresh = Topic.objects.get(pk=row.pk)
    assert (fresh.title, fresh.state) == ("改后", "proposed")
    workflow.move(fresh, "accept", by=people.office)
    with pytest.raises(PermissionDenied):
        services.change_topic(fresh, title="再改", request="乙", by=people.liaison("gongxinju"))


def test_agenda_items_move_and_go_and_keep_their_numbers_tight(people: People) -> None:
    meeting = make.planning(people)
    second = services.add_item(meeting, title="乙", by=people.office)
    third = services.take_topic(meeting, make.topic_in(people, "accepted"), by=people.office)
    services.shift_item(third, step=-1, by=people.office)
    services.shift_item(second, step=1, by=people.office)  # at the edge: nothing happens
    first = "研究救治救助保障衔接事项"
    assert agenda(meeting) == [(1, first), (2, "研究信息共享事项"), (3, "乙")]
    services.remove_item(third, by=people.office)
    assert agenda(meeting) == [(1, first), (2, "乙")]
    assert [row.title for row in selectors.acceptable_topics()] == ["研究信息共享事项"]


def test_the_agenda_is_shut_once_the_plan_is_with_the_convener(people: People) -> None:
    meeting = make.submitted(people)
    item = meeting.agenda.get()
    acts = [
        lambda: services.add_item(meeting, title="乙", by=people.office),
        lambda: services.change_item(item, title="乙", by=people.office),
        lambda: services.remove_item(item, by=people.office),
        lambda: services.shift_item(item, step=1, by=people.office),
        lambda: services.change_plan(meeting, units=[], title="乙", by=people.office),
    ]
    for act in acts:
        with pytest.raises(Refused, match="方案已提交"):
            act()
    assert agenda(meeting) == [(1, "研究救治救助保障衔接事项")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda meeting: meeting.agenda.all().delete(), "还没有议题，请先编排议程。"),
        (lambda meeting: meeting.invitations.all().delete(), "还没有选择参会单位。"),
        (
            lambda meeting: Meeting.objects.filter(pk=meeting.pk).update(starts_at=timezone.now()),
            "会议时间已过，请先修改时间。",
        ),
    ],
)
def test_an_incomplete_plan_is_not_submitted(people: People, change: object, why: str) -> None:
    meeting = make.planning(people)
    change(meeting)  # type: ignore[operator]
    with pytest.raises(Refused) as refusal:
        workflow.move(meeting, "submit_plan", by=people.office)
    assert refusal.value.text == why


def test_an_emergency_meeting_may_have_begun(people: People) -> None:
    meeting = make.planning(people, kind="emergency", starts_at=timezone.now() - timedelta(hours=1))
    assert workflow.move(meeting, "submit_plan", by=people.office).state == "plan_submitted"


def test_who_sees_a_meeting_before_and_after_the_notice(people: People) -> None:
    inside = ["office", "director", "convener", "host_deputy", "auditor"]
    outside = [
        people.liaison("fagaiwei"),
        people.member("fagaiwei"),
        people.liaison("minzhengju"),
        people.visitor,
    ]
    meeting = make.approved(people)

    def seen(users: Sequence[Any]) -> list[bool]:
        return [selectors.visible_to(user).filter(pk=meeting.pk).exists() for user in users]

    everybody = [getattr(people, name) for name in inside]
    assert (seen(everybody), seen(outside)) == ([True] * 5, [False] * 4)
    services.notify(meeting, reply_by=meeting.starts_at, by=people.office)
    assert (seen(everybody), seen(outside)) == ([True] * 5, [True, True, False, False])


def test_a_grant_opens_one_meeting_and_only_that(people: People) -> None:
    from apps.accounts import grants

    one, other = make.notified(people), make.notified(people, title="另一次（示例）")
    grants.give(one, to=people.visitor, until=timezone.localdate(), by=people.office)
    assert list(selectors.visible_to(people.visitor)) == [one]
    assert list(selectors.visible_to(people.liaison("minzhengju"))) == []
    assert set(selectors.visible_to(people.liaison("fagaiwei"))) == {one, other}


def test_the_next_to_act_is_told(people: People) -> None:
    convener, office2, liaison = people.convener, people.office2, people.liaison("gongxinju")
    meeting = make.approved(people)
    make.topic_in(people, "returned")
    rows = PortalNotice.objects.filter(user__in=[convener, office2, liaison]).order_by("pk")
    assert [(row.user, row.title, row.url) for row in rows if row.url.startswith("/meetings/")] == [
        (convener, f"会议方案待批准：{meeting.title}", meeting.get_absolute_url()),
        (office2, f"会议方案已批准，请发出通知：{meeting.title}", meeting.get_absolute_url()),
        (office2, "市工信局提出议题：研究信息共享事项", Topic.objects.get().get_absolute_url()),
        (
            liaison,
            "议题已退回，请修改后重新提交：研究信息共享事项",
            Topic.objects.get().get_absolute_url(),
        ),
    ]
