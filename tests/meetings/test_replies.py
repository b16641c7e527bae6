"""Notice, replies, substitutes, chasing, postponing, cancelling: who is told, what stays on record."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from apps.common import audit, settings_rows
from apps.common.errors import Refused
from apps.common.todo import TodoKind
from apps.dispatch.models import PortalNotice
from apps.documents.enums import PaperStatus
from apps.meetings import at_home, selectors, services
from apps.meetings.enums import Approval, MeetingState, ReplyKind
from apps.meetings.models import Meeting, Topic
from tests.factories.people import People

from . import make

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def told(*users: Any) -> list[tuple[str, str]]:
    """(account, title) of every portal notice these accounts have, oldest first."""
    rows = PortalNotice.objects.filter(user__in=users).order_by("pk")
    return [(row.user.username, row.title) for row in rows]


def test_notify_tells_the_liaisons_of_invited_units_and_freezes_the_paper(people: People) -> None:
    users = [people.liaison("fagaiwei"), people.liaison_b("fagaiwei"), people.liaison("kejiju")]
    outsider = people.liaison("minzhengju")
    meeting = make.notified(people)
    title = "会议通知：尘肺病防治攻坚专题会议（示例）"
    assert sorted(told(*users, outsider)) == sorted((user.username, title) for user in users)
    paper = meeting.notice_paper
    assert paper is not None
    assert (paper.number_text, paper.title, paper.status) == (
        "泉卫函〔2026〕12号",
        "关于召开泉州市职业病防治工作联席会议尘肺病防治攻坚专题会议的通知",
        PaperStatus.CURRENT,
    )
    assert "研究救治救助保障衔接事项" in paper.text


def test_deadline_after_the_meeting_is_refused_and_nothing_is_written(people: People) -> None:
    meeting = make.approved(people)
    with pytest.raises(ValidationError, match="回执截止不能晚于会议开始时间"):
        services.notify(meeting, reply_by=meeting.starts_at + timedelta(hours=1), by=people.office)
    fresh = Meeting.objects.get(pk=meeting.pk)
    assert (fresh.state, fresh.notice_paper, fresh.notice_on) == (MeetingState.PLAN_APPROVED, None, None)


def test_three_answers_and_what_each_needs(people: People) -> None:
    meeting = make.notified(people)
    row = make.invitation(meeting, "fagaiwei")
    by = people.liaison("fagaiwei")
    with pytest.raises(ValidationError, match="代会人姓名和理由"):
        services.reply(row, kind="substitute", delegate_title="科长", by=by)
    with pytest.raises(ValidationError, match="请假须写明理由"):
        services.reply(row, kind="leave", reason="  ", by=by)
    with pytest.raises(ValidationError, match="请选择参会"):
        services.reply(row, kind="perhaps", by=by)
    assert make.invitation(meeting, "fagaiwei").reply == ""

    services.reply(row, kind="substitute", delegate_name="×××", delegate_title="科长", reason="因公", by=by)
    row = make.invitation(meeting, "fagaiwei")
    assert (row.reply, row.approval, row.delegate_name, row.replied_by) == (
        "substitute",
        "waiting",
        "×××",
        by,
    )
    services.reply(row, kind="attend", by=by)
    row = make.invitation(meeting, "fagaiwei")
    assert (row.reply, row.approval, row.delegate_name, row.reason) == ("attend", "not_needed", "", "")
    assert row.history.count() == 3  # invited, substitute, attend: the refused ones left nothing


def test_only_the_units_own_liaison_or_the_office_on_behalf(people: People) -> None:
    row = make.invitation(make.notified(people), "fagaiwei")
    strangers = [
        people.liaison("kejiju"),
        people.member("fagaiwei"),
        people.office,
        people.visitor,
        people.convener,
    ]
    for user in strangers:
        with pytest.raises(PermissionDenied):
            services.reply(row, kind="attend", by=user)
    with pytest.raises(PermissionDenied):
        services.reply(row, kind="attend", by=people.liaison("fagaiwei"), on_behalf=True)
    services.reply(row, kind="attend", by=people.office, on_behalf=True, source_note="电话告知")
    row = make.invitation(row.meeting, "fagaiwei")
    assert (row.reply, row.on_behalf, row.source_note, row.read_at) == ("attend", True, "电话告知", None)
    line = audit.history_of(row.meeting).last()
    assert line is not None
    assert (line.label, line.detail) == ("代录回执", {"reason": "市发改委：参会；来源：电话告知"})


def test_late_reply_is_taken_and_marked_and_none_after_the_recording_started(people: People) -> None:
    meeting = make.notified(people)
    row = make.invitation(meeting, "kejiju")
    assert meeting.reply_by is not None
    with time_machine.travel(meeting.reply_by + timedelta(hours=1)):
        services.reply(row, kind="attend", by=people.liaison("kejiju"))
        assert make.invitation(meeting, "kejiju").is_late
    services.start_recording(meeting, chair="叶一帆", by=people.office)
    with pytest.raises(Refused, match="不能再填回执"):
        services.reply(make.invitation(meeting, "fagaiwei"), kind="attend", by=people.liaison("fagaiwei"))


@pytest.mark.parametrize(
    ("rule", "may"),
    [("either", {"convener", "director"}), ("convener", {"convener"}), ("director", {"director"})],
)
def test_who_approves_a_substitute_is_a_setting(people: People, rule: str, may: set[str]) -> None:
    settings_rows.put("substitute_approver", rule, by=people.sysadmin)
    row = make.invitation(make.notified(people), "fagaiwei")
    services.reply(row, kind="substitute", delegate_name="×××", reason="因公", by=people.liaison("fagaiwei"))
    found = set()
    for name in ("convener", "director", "office", "host_deputy", "auditor", "visitor"):
        user = getattr(people, name)
        waits = [todo for todo in at_home.waiting_for(user) if "委派代会" in todo.title]
        if waits:
            found.add(name)
            assert [(todo.kind, todo.title) for todo in waits] == [
                (TodoKind.APPROVE, "市发改委委派代会：尘肺病防治攻坚专题会议（示例）")
            ]
        else:
            with pytest.raises(PermissionDenied):
                services.approve_substitute(row, by=user)
    assert found == may
    services.approve_substitute(row, by=getattr(people, sorted(may)[0]))
    assert make.invitation(row.meeting, "fagaiwei").approval == Approval.APPROVED
    with pytest.raises(Refused, match="已经办理"):
        services.approve_substitute(row, by=getattr(people, sorted(may)[0]))


def test_a_refused_substitute_makes_the_unit_answer_again(people: People) -> None:
    row = make.invitation(make.notified(people), "fagaiwei")
    liaison = people.liaison("fagaiwei")
    services.reply(row, kind="substitute", delegate_name="×××", reason="因公", by=liaison)
    assert at_home.waiting_for(liaison) == []
    with pytest.raises(Refused, match="理由"):
        services.refuse_substitute(row, reason=" ", by=people.director)
    services.refuse_substitute(row, reason="须由分管领导参会", by=people.director)
    waits = at_home.waiting_for(liaison)
    assert [(todo.kind, todo.verb, todo.note) for todo in waits] == [
        (TodoKind.ANSWER, "填回执", "代会未获同意，请重新回执")
    ]
    assert told(liaison)[-1][1] == "代会未获同意，请重新回执：尘肺病防治攻坚专题会议（示例）"
    assert [
        deadline.users for deadline in selectors.deadlines() if deadline.url == row.get_absolute_url()
    ] == [(liaison,)]


def test_chase_goes_to_the_silent_only_and_once_a_day(people: People) -> None:
    silent, answered = people.liaison("kejiju"), people.liaison("fagaiwei")
    meeting = make.notified(people)
    services.reply(make.invitation(meeting, "fagaiwei"), kind="attend", by=answered)
    rows = services.chase(meeting, by=people.office)
    assert [row.unit.code for row in rows] == ["weijianwei", "kejiju", "gongxinju"]
    notice, chase = (
        "会议通知：尘肺病防治攻坚专题会议（示例）",
        "请尽快填报会议回执：尘肺病防治攻坚专题会议（示例）",
    )
    assert [title for _name, title in told(silent)] == [notice, chase]
    assert [title for _name, title in told(answered)] == [notice]
    with pytest.raises(Refused, match="一天只催一次"):
        services.chase(meeting, by=people.office)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert len(services.chase(meeting, by=people.office)) == 3
        for row in list(meeting.invitations.all()):
            services.reply(row, kind="attend", by=people.office, on_behalf=True, source_note="电话")
        with pytest.raises(Refused, match="均已回执"):
            services.chase(meeting, by=people.office)


def test_postponing_asks_everybody_again_under_a_notice_of_change(people: People) -> None:
    liaison = people.liaison("fagaiwei")
    meeting = make.notified(people)
    first, was_at = meeting.notice_paper, meeting.starts_at
    services.reply(make.invitation(meeting, "fagaiwei"), kind="attend", by=liaison)
    starts_at = was_at + timedelta(days=7)
    services.postpone(
        meeting, starts_at=starts_at, ends_at=None, place="第三会议室", reply_by=starts_at - timedelta(days=2),
        reason="防汛应急响应", by=people.office,
    )  # fmt: skip
    fresh = Meeting.objects.get(pk=meeting.pk)
    row = make.invitation(fresh, "fagaiwei")
    assert (fresh.state, fresh.starts_at, fresh.place) == (MeetingState.NOTIFIED, starts_at, "第三会议室")
    assert (row.reply, row.read_at, row.awaits_answer) == ("", None, True)
    assert fresh.notice_paper is not None
    assert (fresh.notice_paper.previous, fresh.notice_paper.version) == (first, 2)
    assert "因防汛应急响应，原定于" in fresh.notice_paper.text
    assert told(liaison)[-1][1] == "会议改期，请重新回执：尘肺病防治攻坚专题会议（示例）"
    assert audit.history_of(fresh).last().detail["reason"] == "防汛应急响应"  # type: ignore[union-attr]
    with pytest.raises(Refused, match="理由"):
        services.postpone(
            fresh,
            starts_at=starts_at,
            ends_at=None,
            place="x",
            reply_by=starts_at,
            reason="",
            by=people.office,
        )


def test_cancelling_frees_the_topics_and_tells_only_who_had_been_told(people: People) -> None:
    row = make.topic_in(people, "accepted")
    meeting = make.planning(people)
    services.take_topic(meeting, row, by=people.office)
    assert Topic.objects.get(pk=row.pk).state == "scheduled"
    services.cancel(meeting, reason="时机未成熟", by=people.convener)
    assert Topic.objects.get(pk=row.pk).state == "accepted"
    assert told(people.liaison("fagaiwei")) == []
    agenda = [(item.title, item.topic) for item in meeting.agenda.all()]
    assert agenda == [("研究救治救助保障衔接事项", None), ("研究信息共享事项", None)]
    second = make.notified(people)
    services.cancel(second, reason="改为书面征求意见", by=people.office)
    assert told(people.liaison("fagaiwei"))[-1][1] == "会议取消：尘肺病防治攻坚专题会议（示例）"
    assert selectors.deadlines() == []
    assert Meeting.objects.get(pk=second.pk).reason == "改为书面征求意见"


def test_what_waits_for_whom(people: People) -> None:
    make.topic(people)
    make.submitted(people, title="甲（示例）")
    approved = make.approved(people, title="乙（示例）")
    make.notified(people, title="丙（示例）")
    today = make.notified(people, title="丁（示例）", starts_at=timezone.now() + timedelta(minutes=5))

    def titles(user: object) -> set[str]:
        return {f"{todo.kind}|{todo.verb}|{todo.title}" for todo in at_home.waiting_for(user)}

    assert titles(people.office) == {
        "handle|办理|市工信局提出议题：研究信息共享事项",
        f"handle|发通知|方案已批：{approved.title}",
        f"handle|签到和记录|今日会议：{today.title}",
    }
    assert titles(people.convener) == {"approve|审批|会议方案：甲（示例）"}
    assert titles(people.liaison("kejiju")) == {
        "answer|填回执|会议通知：丙（示例）", "answer|填回执|会议通知：丁（示例）",
    }  # fmt: skip
    assert [titles(user) for user in (people.liaison("minzhengju"), people.auditor, people.visitor)] == [
        set()
    ] * 3


def test_waiting_work_costs_one_query(people: People, django_assert_num_queries: object) -> None:
    from apps.roster.selectors import standing_of

    make.submitted(people)
    make.notified(people)
    # Who may approve substitutes by a setting asks for that too.
    for user, asked in ((people.director, 2), (people.convener, 2), (people.liaison("kejiju"), 1)):
        standing_of(user)
        with django_assert_num_queries(asked):  # type: ignore[operator]
            at_home.waiting_for(user)


def test_reading_is_marked_once_and_for_the_units_own_liaison_only(people: People) -> None:
    row = make.invitation(make.notified(people), "fagaiwei")
    services.mark_read(row, by=people.office)
    assert make.invitation(row.meeting, "fagaiwei").read_at is None
    services.mark_read(row, by=people.liaison("fagaiwei"))
    first = make.invitation(row.meeting, "fagaiwei").read_at
    services.mark_read(make.invitation(row.meeting, "fagaiwei"), by=people.liaison_b("fagaiwei"))
    assert first is not None
    assert make.invitation(row.meeting, "fagaiwei").read_at == first


def test_every_reply_kind_is_worded(people: People) -> None:
    from apps.meetings.views.notices import THANKS

    assert set(THANKS) == set(ReplyKind)
