"""Reminders: once before, once overdue, to those who must act, one mail a day; dates move, clocks jump."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import close_old_connections, connections

from apps.accounts.models import User
from apps.action_items import services as items
from apps.common import audit, settings_rows
from apps.common.models import AuditEvent, CalendarDay
from apps.common.todo import Deadline
from apps.dispatch import outbox
from apps.dispatch.models import OutboxMessage, PortalNotice
from apps.dispatch.telling import tell
from apps.reminders import services, tasks
from apps.reminders.enums import Matter, Phase
from apps.reminders.models import ReminderRule
from apps.reminders.selectors import DEFAULTS
from quanzhou_opd.celery import app as celery_app
from tests.action_items.test_services import make
from tests.factories.people import People

SHANGHAI = ZoneInfo("Asia/Shanghai")
pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def actor() -> User:
    return User.objects.create(username="a", name="市教育局经办人A", email="a@portal.test")


class Matters:
    """Deadlines that a test opens, moves and closes."""

    def __init__(self) -> None:
        self.open: dict[str, Deadline] = {}

    def set(self, key: str, due: str, *users: Any) -> None:
        self.open[key] = Deadline("item_due", key, f"事项{key}", f"/items/{key}/", at(due), users)

    def __call__(self) -> list[Deadline]:
        return list(self.open.values())


@pytest.fixture
def matters(monkeypatch: pytest.MonkeyPatch) -> Matters:
    made = Matters()
    monkeypatch.setattr(services, "SOURCES", (made,))
    monkeypatch.setattr(services, "DATED_SOURCES", ())
    return made


def look(when: str) -> int:
    with time_machine.travel(at(when), tick=False):
        return services.look()


def post(when: str) -> None:
    """The worker sends what waits."""
    OutboxMessage.objects.filter(state="waiting").update(state="sent", sent_at=at(when))


def mails() -> list[tuple[str, str, str]]:
    """(subject, state, local time due) of every mail, in the order queued."""
    return [
        (row.subject, row.state, row.due_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M"))
        for row in OutboxMessage.objects.order_by("id")
    ]


@pytest.mark.core
def test_once_before_and_once_overdue(matters: Matters, actor: User) -> None:
    matters.set("7", "2026-03-26T18:00", actor)  # a Thursday
    assert look("2026-03-20T10:00") == 0  # Friday: 4 working days left
    assert look("2026-03-23T10:00") == 1  # Monday: 3
    post("2026-03-23T10:01")
    assert look("2026-03-24T10:00") == 0
    assert look("2026-03-26T17:59") == 0
    assert look("2026-03-26T18:00") == 1
    assert look("2026-03-27T10:00") == 0
    assert look("2026-12-01T10:00") == 0
    assert mails() == [
        ("3月26日到期：事项7", "sent", "03-23 10:00"),
        ("已超期：事项7", "waiting", "03-26 18:00"),
    ]
    assert list(PortalNotice.objects.order_by("id").values_list("title", "url", "user")) == [
        ("3月26日到期：事项7", "/items/7/", actor.pk),
        ("已超期：事项7", "/items/7/", actor.pk),
    ]


@pytest.mark.core
def test_at_once_when_less_is_left_and_by_the_days_of_the_rule(matters: Matters, actor: User) -> None:
    ReminderRule.objects.create(matter="item_due", phase="before", workdays=1)
    matters.set("1", "2026-03-24T18:00", actor)
    matters.set("2", "2026-03-25T18:00", actor)
    matters.set("3", "2026-03-23T18:00", actor)
    look("2026-03-23T09:00")
    assert [(subject, state) for subject, state, _due in mails()] == [
        ("3月24日到期：事项1", "merged"),
        ("3月23日到期：事项3", "merged"),
        ("待办事项提醒（汇总）", "waiting"),
    ]


@pytest.mark.core
def test_holidays_are_not_counted(matters: Matters, actor: User) -> None:
    for day in ("2026-03-24", "2026-03-25"):
        CalendarDay.objects.create(date=day, is_workday=False, name="示例假日")
    matters.set("7", "2026-03-30T18:00", actor)  # Monday; Thursday, Friday, Monday are left after the 23rd
    assert look("2026-03-20T09:00") == 0
    assert look("2026-03-23T09:00") == 1


@pytest.mark.core
def test_before_eight_in_the_morning_the_mail_waits_until_eight(matters: Matters, actor: User) -> None:
    matters.set("7", "2026-03-26T18:00", actor)
    look("2026-03-23T00:05")
    assert mails() == [("3月26日到期：事项7", "waiting", "03-23 08:00")]


@pytest.mark.core
def test_one_mail_a_day_about_a_matter(matters: Matters, actor: User) -> None:
    """The office wrote about it today: the portal's own reminder goes the next morning."""
    matters.set("7", "2026-03-26T18:00", actor)
    with time_machine.travel(at("2026-03-23T09:00"), tick=False):
        tell([actor], kind="items.assigned", title="新事项", url="/items/7/", key="7", by=actor)
        services.look()
    assert mails() == [
        ("新事项", "waiting", "03-23 09:00"),
        ("3月26日到期：事项7", "waiting", "03-24 08:00"),
    ]
    assert PortalNotice.objects.count() == 2


@pytest.mark.core
def test_only_those_who_must_act_and_each_once(matters: Matters, actor: User) -> None:
    other = User.objects.create(username="b", name="b", email="b@portal.test")
    matters.set("7", "2026-03-26T18:00", actor)
    look("2026-03-24T09:00")
    matters.set("7", "2026-03-26T18:00", actor, other)  # a successor took over
    look("2026-03-24T09:10")
    matters.set("7", "2026-03-26T18:00", other)
    look("2026-03-24T09:20")
    assert list(OutboxMessage.objects.order_by("id").values_list("address", "state")) == [
        ("a@portal.test", "cancelled"),  # it had not gone out, and is no longer a's to do
        ("b@portal.test", "waiting"),
    ]


@pytest.mark.core
def test_nobody_is_reminded_of_a_closed_matter(matters: Matters, actor: User) -> None:
    matters.set("7", "2026-03-26T18:00", actor)
    look("2026-03-23T06:00")
    matters.open.clear()
    look("2026-03-23T07:00")
    assert mails() == [("3月26日到期：事项7", "cancelled", "03-23 08:00")]
    assert PortalNotice.objects.filter(read_at__isnull=True).count() == 0
    assert look("2026-03-27T09:00") == 0


@pytest.mark.core
def test_moving_a_date_moves_its_reminders_there_and_back(matters: Matters, actor: User) -> None:
    matters.set("7", "2026-03-26T18:00", actor)
    look("2026-03-23T06:00")
    matters.set("7", "2026-04-30T18:00", actor)
    look("2026-03-23T06:10")
    assert mails() == [("3月26日到期：事项7", "cancelled", "03-23 08:00")]
    matters.set("7", "2026-03-26T18:00", actor)
    look("2026-03-23T09:00")
    assert [(subject, state) for subject, state, _due in mails()] == [("3月26日到期：事项7", "waiting")]
    matters.set("7", "2026-04-30T18:00", actor)
    look("2026-04-27T09:00")
    assert [(subject, state) for subject, state, _due in mails()] == [
        ("3月26日到期：事项7", "cancelled"),
        ("4月30日到期：事项7", "waiting"),
    ]


@pytest.mark.core
def test_clock_jumps_forward_and_back_say_nothing_twice(matters: Matters, actor: User) -> None:
    matters.set("7", "2026-03-26T18:00", actor)
    look("2026-03-23T09:00")
    post("2026-03-23T09:01")
    look("2027-01-01T09:00")  # a year ahead: overdue
    post("2027-01-01T09:01")
    look("2026-03-23T09:10")  # put right again
    look("2026-03-26T18:10")
    sent = [(subject, state) for subject, state, _due in mails()]
    assert sent == [("3月26日到期：事项7", "sent"), ("已超期：事项7", "sent")]


@pytest.mark.core
def test_one_app_that_fails_does_not_silence_the_others(
    matters: Matters, actor: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> list[Deadline]:
        raise RuntimeError("no table")

    monkeypatch.setattr(services, "SOURCES", (broken, matters))
    matters.set("7", "2026-03-26T18:00", actor)
    assert look("2026-03-24T09:00") == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.core
def test_a_user_without_address_or_disabled_gets_no_mail(matters: Matters, actor: User) -> None:
    silent = User.objects.create(username="s", name="s")
    gone = User.objects.create(username="g", name="g", email="g@portal.test", is_active=False)
    matters.set("7", "2026-03-26T18:00", actor, silent, gone)
    look("2026-03-24T09:00")
    assert list(OutboxMessage.objects.values_list("user", flat=True)) == [actor.pk]
    assert set(PortalNotice.objects.values_list("user", flat=True)) == {actor.pk, silent.pk}


@pytest.mark.core
def test_many_told_matters_cost_no_query_each(
    matters: Matters, actor: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    for number in (1, 30):
        for index in range(number):
            matters.set(str(index), "2026-03-26T18:00", actor)
        look("2026-03-24T09:00")
        with django_assert_num_queries(7):
            look("2026-03-24T09:10")


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_change_nothing(matters: Matters) -> None:
    users = [User.objects.create(username=f"u{i}", name=f"u{i}", email=f"u{i}@portal.test") for i in range(4)]
    for index in range(6):
        matters.set(str(index), "2026-03-26T18:00", *users)

    def beat(_index: int) -> None:
        close_old_connections()
        try:
            services.look()
        finally:
            connections.close_all()

    with time_machine.travel(at("2026-03-24T09:00")), ThreadPoolExecutor(4) as pool:
        list(pool.map(beat, range(4)))
    assert OutboxMessage.objects.filter(kind="reminder", state="merged").count() == 24
    assert PortalNotice.objects.count() == 24
    assert sorted(OutboxMessage.objects.filter(kind="digest").values_list("address", flat=True)) == [
        f"u{i}@portal.test" for i in range(4)
    ]


@pytest.mark.core
@pytest.mark.parametrize(
    ("when", "goes"),
    [
        ("2026-03-20T18:00", "03-20 18:00"),  # Friday
        ("2026-03-20T18:01", "03-23 08:00"),
        ("2026-03-21T12:00", "03-23 08:00"),
        ("2026-03-23T07:59", "03-23 08:00"),
        ("2026-03-23T23:00", "03-24 08:00"),
    ],
)
def test_no_mail_at_night_or_on_a_day_off(matters: Matters, actor: User, when: str, goes: str) -> None:
    matters.set("7", "2026-03-25T12:00", actor)
    look(when)
    assert [due for _subject, _state, due in mails()] == [goes]
    assert PortalNotice.objects.count() == 1  # the portal says it at once


@pytest.mark.core
def test_quiet_hours_are_settings_and_follow_the_calendar(matters: Matters, actor: User) -> None:
    settings_rows.put("mail_from_hour", 9, by=None)
    settings_rows.put("mail_until_hour", 17, by=None)
    CalendarDay.objects.create(date="2026-03-21", is_workday=True, name="示例调休")
    matters.set("1", "2026-03-24T12:00", actor)
    look("2026-03-20T17:30")  # Friday; the Saturday after it is worked
    settings_rows.put("mail_on_days_off", True, by=None)
    matters.set("2", "2026-03-25T13:00", actor)
    post("2026-03-21T09:00")
    look("2026-03-22T12:00")
    assert [due for _subject, _state, due in mails()] == ["03-21 09:00", "03-22 12:00"]


def sent_bodies() -> list[str]:
    """The body of every mail that waits, as it would leave now."""
    waiting = OutboxMessage.objects.filter(state="waiting").order_by("id")
    return [str(outbox.compose(row).body) for row in waiting]


DIGEST = """您有{count}件事项需要办理。
{lines}
——
联席会议平台自动发送，请勿回复本邮件。邮件只含标题和期限，内容请登录系统查看。
本系统为非涉密系统，严禁处理、存储、传输国家秘密和工作秘密。
"""


def line_of(number: int, key: str, due: str) -> str:
    return f"\n{number}. 3月26日到期：事项{key}\n截止时间：{due}\n请登录系统办理：{settings.SITE_URL}/items/{key}/\n"


@pytest.mark.core
def test_lines_of_one_morning_make_one_mail_and_each_is_told_once(matters: Matters, actor: User) -> None:
    other = User.objects.create(username="b", name="b", email="b@portal.test")
    matters.set("1", "2026-03-26T18:00", actor, other)
    matters.set("2", "2026-03-26T17:00", actor)
    assert look("2026-03-23T00:10") == 3
    matters.set("3", "2026-03-26T16:00", actor)
    assert look("2026-03-23T00:20") == 1  # joins the mail that waits
    assert [(row.address, row.subject, row.state) for row in OutboxMessage.objects.order_by("id")] == [
        ("a@portal.test", "3月26日到期：事项1", "merged"),
        ("b@portal.test", "3月26日到期：事项1", "waiting"),
        ("a@portal.test", "3月26日到期：事项2", "merged"),
        ("a@portal.test", "待办事项提醒（汇总）", "waiting"),
        ("a@portal.test", "3月26日到期：事项3", "merged"),
    ]
    lines = [line_of(n, str(n), f"2026年3月26日（周四）{h}:00") for n, h in ((1, 18), (2, 17), (3, 16))]
    assert sent_bodies()[1] == DIGEST.format(count=3, lines="".join(lines))
    del matters.open["2"]
    look("2026-03-23T00:30")
    lines = [line_of(n, k, f"2026年3月26日（周四）{h}:00") for n, k, h in ((1, "1", 18), (2, "3", 16))]
    assert sent_bodies()[1] == DIGEST.format(count=2, lines="".join(lines))
    post("2026-03-23T08:00")
    assert look("2026-03-23T08:10") == 0
    assert PortalNotice.objects.count() == 3  # the second matter's line went with it


@pytest.mark.core
def test_two_words_about_one_item_in_one_night_go_in_one_mail(matters: Matters, actor: User) -> None:
    matters.set("7", "2026-03-26T18:00", actor)
    look("2026-03-23T00:05")
    gone = at("2026-03-22T18:00")
    matters.open["q"] = Deadline("item_quarter", "7", "季度进展：事项7", "/items/7/", gone, (actor,))
    look("2026-03-23T00:10")
    assert look("2026-03-23T08:05") == 0
    assert mails() == [
        ("3月26日到期：事项7", "merged", "03-23 08:00"),
        ("漏报：季度进展：事项7", "merged", "03-23 08:00"),
        ("待办事项提醒（汇总）", "waiting", "03-23 08:00"),
    ]


@pytest.mark.core
def test_a_digest_that_loses_its_lines_goes_with_them_and_a_line_may_come_back(
    matters: Matters, actor: User
) -> None:
    matters.set("1", "2026-03-26T18:00", actor)
    matters.set("2", "2026-03-26T17:00", actor)
    look("2026-03-23T00:10")
    matters.open.clear()
    look("2026-03-23T00:20")
    assert {state for _subject, state, _due in mails()} == {"cancelled"}
    matters.set("1", "2026-03-26T18:00", actor)
    look("2026-03-23T09:00")
    assert [(s, state, due) for s, state, due in mails() if state != "cancelled"] == [
        ("3月26日到期：事项1", "waiting", "03-23 09:00")
    ]


@pytest.mark.core
def test_without_the_digest_each_line_is_a_mail(matters: Matters, actor: User) -> None:
    settings_rows.put("digest", False, by=None)
    matters.set("1", "2026-03-26T18:00", actor)
    matters.set("2", "2026-03-26T17:00", actor)
    look("2026-03-23T09:00")
    assert [state for _subject, state, _due in mails()] == ["waiting", "waiting"]


@pytest.mark.core
def test_rules_say_how_often_and_other_days_tell_nobody_again(
    matters: Matters, actor: User, people: People
) -> None:
    services.add_rule("item_due", "before", workdays=10, by=people.sysadmin)
    services.add_rule("item_due", "overdue", workdays=5, by=people.sysadmin)
    with pytest.raises(ValidationError, match="已经有一条10个工作日的规则"):
        services.add_rule("item_due", "before", workdays=10, by=people.sysadmin)
    with pytest.raises(PermissionDenied):
        services.add_rule("item_due", "before", workdays=4, by=people.office)
    matters.set("7", "2026-03-27T18:00", actor)  # a Friday
    told = {day: look(f"2026-03-{day}T09:00") for day in ("12", "13", "16", "24")}
    assert told == {"12": 0, "13": 1, "16": 0, "24": 1}
    assert services.set_rule("item_due", "before", 1, workdays=2, is_active=True, by=people.sysadmin)
    assert not services.set_rule("item_due", "before", 1, workdays=2, is_active=True, by=people.sysadmin)
    told = {day: look(f"2026-{day}T09:00") for day in ("03-25", "03-27", "03-28", "04-02", "04-03", "05-06")}
    assert told == {"03-25": 0, "03-27": 0, "03-28": 1, "04-02": 0, "04-03": 1, "05-06": 0}
    event = AuditEvent.objects.filter(verb="set_rule").latest("id")
    assert event.detail == {
        "from": {"workdays": 3, "active": True}, "to": {"workdays": 2, "active": True}
    }  # fmt: skip
    services.add_rule("item_due", "before", workdays=20, by=people.sysadmin)
    with pytest.raises(ValidationError, match="最多提醒3次"):
        services.add_rule("item_due", "before", workdays=30, by=people.sysadmin)


@pytest.mark.core
def test_a_rule_switched_off_says_nothing(matters: Matters, actor: User, people: People) -> None:
    services.set_rule("item_due", "before", 1, workdays=3, is_active=False, by=people.sysadmin)
    matters.set("7", "2026-03-27T18:00", actor)
    assert [look("2026-03-26T09:00"), look("2026-03-28T09:00")] == [0, 1]


def test_every_kind_of_deadline_has_its_rules() -> None:
    assert {(row.matter, row.phase, row.workdays, row.is_active) for row in DEFAULTS} == {
        (matter, phase, 3 if phase == "before" else 0, (matter, phase) != ("item_quarter", "before"))
        for matter in Matter.values
        for phase in Phase.values
    }


@pytest.mark.core
def test_the_head_of_the_journal_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    first = audit.record(by=None, verb="one", label="一")
    last = audit.record(by=None, verb="two", label="二")
    assert first.hash == last.previous_hash
    with caplog.at_level("INFO", logger="apps.reminders"):
        assert tasks.daily_audit_head() == last.hash
    assert [record.getMessage() for record in caplog.records] == [f"audit head {last.hash} after 2 lines"]


@pytest.mark.core
def test_an_unsent_reminder_gives_way_to_the_overdue_one(matters: Matters, actor: User) -> None:
    matters.set("7", "2026-03-23T18:00", actor)
    look("2026-03-23T06:00")
    look("2026-03-23T18:00")
    assert mails() == [
        ("3月23日到期：事项7", "cancelled", "03-23 08:00"),
        ("已超期：事项7", "waiting", "03-23 18:00"),
    ]


@pytest.mark.core
def test_every_scheduled_task_exists() -> None:
    celery_app.autodiscover_tasks(force=True)
    names = {entry["task"] for entry in celery_app.conf.beat_schedule.values()}
    assert names >= {"dispatch.sweep", "reminders.look", "reminders.daily_audit_head"}
    assert {name for name in names if not name.startswith("roster.")} <= set(celery_app.tasks)


@pytest.mark.core
def test_lines_that_come_back_for_the_same_morning_make_a_mail_again(matters: Matters, actor: User) -> None:
    matters.set("1", "2026-03-26T18:00", actor)
    matters.set("2", "2026-03-26T17:00", actor)
    look("2026-03-23T00:10")
    kept, matters.open = matters.open, {}
    look("2026-03-23T00:20")
    matters.open = kept
    look("2026-03-23T00:30")
    assert [state for subject, state, _due in mails() if subject == "待办事项提醒（汇总）"] == [
        "cancelled",
        "waiting",
    ]
    assert len(sent_bodies()) == 1
    assert sent_bodies()[0].startswith("您有2件事项需要办理。")


@pytest.mark.core
def test_one_reminder_that_cannot_be_told_does_not_silence_the_rest(
    matters: Matters, actor: User, caplog: pytest.LogCaptureFixture
) -> None:
    matters.set("x" * 190, "2026-03-26T18:00", actor)  # its key is too long
    matters.set("7", "2026-03-26T18:00", actor)
    assert look("2026-03-24T09:00") == 1
    assert mails() == [("3月26日到期：事项7", "waiting", "03-24 09:00")]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.core
def test_what_a_failing_app_had_told_stands(
    matters: Matters, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    matters.set("7", "2026-03-26T18:00", actor)
    look("2026-03-23T06:00")

    def broken() -> list[Deadline]:
        raise RuntimeError("no table")

    monkeypatch.setattr(services, "SOURCES", (broken,))
    look("2026-03-23T06:10")
    assert mails() == [("3月26日到期：事项7", "waiting", "03-23 08:00")]
    assert PortalNotice.objects.filter(read_at__isnull=True).count() == 1


@pytest.mark.core
def test_a_date_that_comes_back_is_shown_again_to_who_has_no_mail(matters: Matters) -> None:
    silent = User.objects.create(username="s", name="s")
    for due, shown in (("2026-03-26", 1), ("2026-04-30", 0), ("2026-03-26", 1)):
        matters.set("7", f"{due}T18:00", silent)
        look("2026-03-23T09:00")
        assert PortalNotice.objects.filter(user=silent, read_at__isnull=True).count() == shown
    assert look("2026-03-23T09:30") == 0


@pytest.mark.core
def test_a_line_that_a_mail_on_its_way_lists_stays_in_it(matters: Matters, actor: User) -> None:
    matters.set("1", "2026-03-26T18:00", actor)
    matters.set("2", "2026-03-26T17:00", actor)
    look("2026-03-23T09:00")
    OutboxMessage.objects.filter(kind="digest").update(attempts=1)  # tried once, waits for its next attempt
    before = sent_bodies()
    matters.open.clear()
    look("2026-03-23T09:10")
    assert sent_bodies() == before
    assert PortalNotice.objects.filter(read_at__isnull=True).count() == 0


@pytest.mark.core
def test_dead_mails_of_closed_matters_are_not_sent_again(matters: Matters, actor: User) -> None:
    other = User.objects.create(username="b", name="b", email="b@portal.test")
    matters.set("1", "2026-03-26T18:00", actor)
    matters.set("2", "2026-03-26T17:00", actor)
    matters.set("3", "2026-03-26T16:00", other)
    look("2026-03-23T09:00")
    OutboxMessage.objects.filter(state="waiting").update(state="dead", attempts=5)
    del matters.open["1"], matters.open["3"]
    look("2026-03-23T10:00")

    def found() -> list[tuple[str, str, str, bool]]:
        rows = OutboxMessage.objects.order_by("id")
        return [(row.subject[-3:], row.state, row.last_error, row.digest_id is not None) for row in rows]

    why = "事项已办结或期限已变，不再发送。"
    closed = [("事项1", "cancelled", why, False), ("事项3", "cancelled", why, False)]
    assert found() == [closed[0], ("事项2", "merged", "", True), closed[1], ("汇总）", "dead", "", False)]
    matters.open.clear()
    look("2026-03-23T11:00")
    second = ("事项2", "cancelled", why, False)
    assert found() == [closed[0], second, closed[1], ("汇总）", "cancelled", why, False)]


@pytest.mark.core
def test_prompts_held_overnight_are_taken_back_when_there_is_nothing_to_do(
    matters: Matters, people: People
) -> None:
    """An item that waits for the office, one whose liaison left, two that stand, one that was late until its deadline
    was moved, and a mail about a meeting."""
    codes = ("jiaoyuju", "kejiju", "minzhengju")
    liaisons = [people.liaison(code) for code in codes]
    unit, asker = people.unit("gongxinju"), people.liaison("gongxinju")
    with time_machine.travel(at("2026-03-20T10:00"), tick=False):
        moved = make(people, "gongxinju", due_on=date(2026, 3, 20))
        later = items.ask_extension(moved, items.Asked("缺材料", date(2026, 6, 30)), unit=unit, by=asker)
        items.review_extension(later, accept=True, by=people.office)
    with time_machine.travel(at("2026-03-22T19:00"), tick=False):  # a Sunday: held as well
        items.release(moved, "liaison", by=people.office)
    with time_machine.travel(at("2026-03-23T19:00"), tick=False):
        closing, left, stands, second = [make(people, code) for code in (*codes, codes[0])]
        items.chase([closing, left, stands, second, moved], by=people.office)
        late = OutboxMessage.objects.filter(user=asker).exclude(kind="item").order_by("id")
        kept = list(late.values_list("kind", flat=True)[:2])
        tell([liaisons[0]], kind="chase", title="催报", url=f"/meetings/{closing.pk}/", key=f"{closing.pk}:1")
        services.look()
        waiting = [(row.user_id, row.matter) for row in OutboxMessage.objects.exclude(state="cancelled")]
        assert (len(waiting), kept) == (9, ["ladder", "chase"])
        items.decide_extension(later, grant=True, by=people.convener)
        items.ask_close(closing, items.Progress(text="已完成"), unit=people.unit(codes[0]), by=liaisons[0])
        liaisons[1].is_active = False
        liaisons[1].save()
    look("2026-03-23T20:00")
    chases = OutboxMessage.objects.filter(kind="chase").order_by("id")
    why = "事项已办结、时限已变动或账号已停用，没有发出。"
    assert list(late.values_list("kind", "state", "last_error")[:2]) == [
        ("ladder", "cancelled", why), ("chase", "cancelled", why),
    ]  # fmt: skip
    chases = chases.exclude(user=asker)
    assert list(chases.values_list("user", "matter", "state", "last_error")) == [
        (liaisons[0].pk, closing.get_absolute_url(), "cancelled", why),
        (liaisons[1].pk, left.get_absolute_url(), "cancelled", why),
        (liaisons[2].pk, stands.get_absolute_url(), "waiting", ""),
        (liaisons[0].pk, second.get_absolute_url(), "merged", ""),
        (liaisons[0].pk, f"/meetings/{closing.pk}/", "waiting", ""),
    ]


@pytest.mark.core
def test_the_date_is_named_on_the_day_as_well(matters: Matters, actor: User) -> None:
    ReminderRule.objects.create(matter="item_due", phase="before", workdays=0)
    matters.set("7", "2026-03-22T18:00", actor)  # a Sunday
    matters.set("8", "2026-03-23T18:00", actor)
    look("2026-03-20T09:00")  # Friday: no working day is left before it
    assert mails() == [("3月22日到期：事项7", "waiting", "03-20 09:00")]
    look("2026-03-23T09:00")
    assert [subject for subject, _state, _due in mails()][1:3] == [
        "已超期：事项7",
        "3月23日到期：事项8",
    ]
