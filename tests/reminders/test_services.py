"""Reminders: once before, once overdue, to those who must act, one mail a day; dates move, clocks jump."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import close_old_connections, connections

from apps.accounts.models import User
from apps.common import audit, settings_rows
from apps.common.models import CalendarDay
from apps.common.todo import Deadline
from apps.dispatch.models import OutboxMessage, PortalNotice
from apps.dispatch.telling import tell
from apps.reminders import services, tasks
from quanzhou_opd.celery import app as celery_app

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
        ("还有3个工作日到期：事项7", "sent", "03-23 10:00"),
        ("已超期：事项7", "waiting", "03-26 18:00"),
    ]
    assert list(PortalNotice.objects.order_by("id").values_list("title", "url", "user")) == [
        ("还有3个工作日到期：事项7", "/items/7/", actor.pk),
        ("已超期：事项7", "/items/7/", actor.pk),
    ]


@pytest.mark.core
def test_at_once_when_less_is_left_and_by_the_days_of_the_setting(matters: Matters, actor: User) -> None:
    settings_rows.put("remind_days", 1, by=None)
    matters.set("1", "2026-03-24T18:00", actor)
    matters.set("2", "2026-03-25T18:00", actor)
    matters.set("3", "2026-03-23T18:00", actor)
    look("2026-03-23T09:00")
    assert [subject for subject, _state, _due in mails()] == ["还有1个工作日到期：事项1", "今天到期：事项3"]


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
    assert mails() == [("还有3个工作日到期：事项7", "waiting", "03-23 08:00")]


@pytest.mark.core
def test_one_mail_a_day_about_a_matter(matters: Matters, actor: User) -> None:
    """The office wrote about it today: the portal's own reminder goes the next morning."""
    matters.set("7", "2026-03-26T18:00", actor)
    with time_machine.travel(at("2026-03-23T09:00"), tick=False):
        tell([actor], kind="items.assigned", title="新事项", url="/items/7/", key="7", by=actor)
        services.look()
    assert mails() == [
        ("新事项", "waiting", "03-23 09:00"),
        ("还有3个工作日到期：事项7", "waiting", "03-24 08:00"),
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
    assert mails() == [("还有3个工作日到期：事项7", "cancelled", "03-23 08:00")]
    assert PortalNotice.objects.filter(read_at__isnull=True).count() == 0
    assert look("2026-03-27T09:00") == 0


@pytest.mark.core
def test_moving_a_date_moves_its_reminders_there_and_back(matters: Matters, actor: User) -> None:
    matters.set("7", "2026-03-26T18:00", actor)
    look("2026-03-23T06:00")
    matters.set("7", "2026-04-30T18:00", actor)
    look("2026-03-23T06:10")
    assert mails() == [("还有3个工作日到期：事项7", "cancelled", "03-23 08:00")]
    matters.set("7", "2026-03-26T18:00", actor)
    look("2026-03-23T09:00")
    assert [(subject, state) for subject, state, _due in mails()] == [("还有3个工作日到期：事项7", "waiting")]
    matters.set("7", "2026-04-30T18:00", actor)
    look("2026-04-27T09:00")
    assert [(subject, state) for subject, state, _due in mails()] == [
        ("还有3个工作日到期：事项7", "cancelled"),
        ("还有3个工作日到期：事项7", "waiting"),
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
    assert sent == [("还有3个工作日到期：事项7", "sent"), ("已超期：事项7", "sent")]


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
        with django_assert_num_queries(6):
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
    assert OutboxMessage.objects.count() == PortalNotice.objects.count() == 24


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
        ("今天到期：事项7", "cancelled", "03-23 08:00"),
        ("已超期：事项7", "waiting", "03-23 18:00"),
    ]


@pytest.mark.core
def test_every_scheduled_task_exists() -> None:
    celery_app.autodiscover_tasks(force=True)
    names = {entry["task"] for entry in celery_app.conf.beat_schedule.values()}
    assert names >= {"dispatch.sweep", "reminders.look", "reminders.daily_audit_head"}
    assert {name for name in names if not name.startswith("roster.")} <= set(celery_app.tasks)
