"""Telling: a line and a mail each, once, a title and a date, one mail a day about a matter."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from apps.accounts.models import User
from apps.common import settings_rows
from apps.dispatch import digest
from apps.dispatch.models import OutboxMessage, PortalNotice
from apps.dispatch.services import tell
from apps.dispatch.telling import held_words

SHANGHAI = ZoneInfo("Asia/Shanghai")
pytestmark = [pytest.mark.django_db, pytest.mark.core]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def actor() -> User:
    return User.objects.create(username="a", name="市教育局经办人A", email="a@portal.test")


def say(
    user: User, *, kind: str = "notice", key: str = "m1", by: User | None = None, title: str = "会议通知"
) -> int:
    return len(tell([user], kind=kind, title=title, url="/meetings/1/", key=key, by=by))


def mails() -> list[tuple[str, str, str]]:
    return [
        (row.subject, row.state, row.due_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M"))
        for row in OutboxMessage.objects.order_by("id")
    ]


def test_quiet_hours_hold_every_mail_but_an_urgent_one(actor: User, settings: Any) -> None:
    with time_machine.travel(at("2026-03-21T03:35"), tick=False):  # a Saturday
        say(actor, by=actor)
        tell([actor], kind="notice", title="今天的会议", url="/meetings/2/", key="m2", by=actor, urgent=True)
        assert mails() == [
            ("会议通知", "waiting", "03-23 08:00"),
            ("今天的会议", "waiting", "03-21 03:35"),
        ]
        assert PortalNotice.objects.count() == 2  # the lines are there at once
        assert held_words() == "提醒邮件3月23日（周一）08:00寄出。"
        settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
        assert held_words() == ""  # no mail leaves the house
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with time_machine.travel(at("2026-03-20T09:00"), tick=False):
        assert held_words() == ""
    with time_machine.travel(
        at("2026-03-28T09:00"), tick=False
    ):  # another Saturday: nobody told has a mailbox
        assert held_words() == ""


def test_of_what_is_held_the_newest_of_the_same_words_goes_with_the_others_in_one_mail(actor: User) -> None:
    words = {
        "2026-03-20T21:00": "改期",
        "2026-03-21T10:00": "退回",
        "2026-03-22T10:00": "改期",
        "2026-03-22T23:00": "通知",
    }
    for moment, title in words.items():
        with time_machine.travel(at(moment), tick=False):
            say(actor, key=moment, by=actor, title=title)
    assert mails() == [
        ("改期", "cancelled", "03-23 08:00"),
        ("退回", "merged", "03-23 08:00"),
        ("待办事项提醒（汇总）", "waiting", "03-23 08:00"),
        ("改期", "merged", "03-23 08:00"),
        ("通知", "merged", "03-23 08:00"),
    ]
    with time_machine.travel(at("2026-03-23T00:05"), tick=False):
        settings_rows.put("digest", False, by=None)
        for number, due in enumerate(("2026-03-24T18:00", "2026-03-24T18:00", "2026-03-25T18:00")):
            tell([actor], kind="reminder", title="到期", url="/items/1/", key=f"{number}", deadline=at(due))
    assert mails()[5:] == [
        ("到期", "cancelled", "03-23 08:00"),
        ("到期", "waiting", "03-23 08:00"),
        ("到期", "waiting", "03-23 08:00"),  # of another date
    ]


def test_what_is_urgent_never_waits(actor: User) -> None:
    with time_machine.travel(at("2026-03-23T09:30"), tick=False):
        for key in ("u1", "u2"):
            tell([actor], kind="notice", title=key, url="/meetings/1/", key=key, by=actor, urgent=True)
    assert mails() == [("u1", "waiting", "03-23 09:30"), ("u2", "waiting", "03-23 09:30")]


@time_machine.travel(at("2026-03-20T09:00"), tick=False)
def test_a_line_and_a_mail_with_title_deadline_and_link_and_no_more(actor: User) -> None:
    deadline = at("2026-03-24T18:00")
    queued = tell(
        [actor, actor, None], kind="notice", title="会议通知：第一次全体会议\n\u200b", url="/meetings/1/",
        key="m1", deadline=deadline,
    )  # fmt: skip
    notice, mail = PortalNotice.objects.get(), OutboxMessage.objects.get()
    assert queued == [mail]
    assert (notice.key, notice.user, notice.title, notice.url, notice.deadline, notice.read_at) == (
        f"notice:m1:{actor.pk}", actor, "会议通知：第一次全体会议", "/meetings/1/", deadline, None,
    )  # fmt: skip
    assert (mail.key, mail.kind, mail.matter, mail.user, mail.address, mail.subject) == (
        f"notice:m1:{actor.pk}", "notice", "/meetings/1/", actor, "a@portal.test", "会议通知：第一次全体会议",
    )  # fmt: skip
    assert mail.body == (
        "会议通知：第一次全体会议\n\n截止时间：2026年3月24日（周二）18:00\n\n"
        "请登录系统办理：http://127.0.0.1:8000/meetings/1/\n\n——\n"
        "联席会议平台自动发送，请勿回复本邮件。邮件只含标题和期限，内容请登录系统查看。\n"
        "本系统为非涉密系统，严禁处理、存储、传输国家秘密和工作秘密。\n"
    )


def test_telling_again_changes_nothing(actor: User) -> None:
    assert [say(actor), say(actor), say(actor)] == [1, 0, 0]
    assert (PortalNotice.objects.count(), OutboxMessage.objects.count()) == (1, 1)


def test_who_has_no_address_or_is_disabled(actor: User) -> None:
    silent = User.objects.create(username="s", name="s")
    gone = User.objects.create(username="g", name="g", email="g@portal.test", is_active=False)
    tell([actor, silent, gone], kind="notice", title="会议通知", url="/meetings/1/", key="m1")
    assert set(PortalNotice.objects.values_list("user", flat=True)) == {actor.pk, silent.pk}
    assert list(OutboxMessage.objects.values_list("user", flat=True)) == [actor.pk]


def test_a_key_that_would_be_cut_is_an_error(actor: User) -> None:
    with pytest.raises(ValueError, match="key too long"):
        say(actor, key="x" * 300)
    assert not PortalNotice.objects.exists()


@time_machine.travel(at("2026-03-20T09:00"), tick=False)
def test_what_the_portal_says_by_itself_yields_to_any_mail_of_the_day(actor: User) -> None:
    say(actor, by=actor)
    say(actor, kind="reminder", key="m1:before", title="还有1个工作日到期")
    assert mails() == [
        ("会议通知", "waiting", "03-20 09:00"),
        ("还有1个工作日到期", "waiting", "03-23 08:00"),
    ]


@time_machine.travel(at("2026-03-20T09:00"), tick=False)
def test_what_somebody_does_goes_at_once_but_not_the_same_thing_twice_a_day(actor: User) -> None:
    say(actor, by=actor)
    say(actor, kind="chase", key="m1:1", by=actor, title="催报")
    say(actor, kind="chase", key="m1:2", by=actor, title="催报")
    say(actor, kind="chase", key="m1:3", by=actor, title="催报")
    assert mails() == [
        ("会议通知", "waiting", "03-20 09:00"),
        ("催报", "waiting", "03-20 09:00"),
        ("催报", "cancelled", "03-23 08:00"),  # the newest of those put off says it all
        ("催报", "waiting", "03-23 08:00"),
    ]
    assert PortalNotice.objects.count() == 4


@time_machine.travel(at("2026-03-20T09:00"), tick=False)
def test_what_the_portal_says_by_itself_takes_back_nobodys_word(actor: User) -> None:
    say(actor, kind="ladder", key="m1:1", by=actor, title="升级督办")
    say(actor, kind="ladder", key="m1:2", by=actor, title="升级督办二")
    say(actor, kind="reminder", key="m1:overdue", title="已超期")
    assert mails() == [
        ("升级督办", "waiting", "03-20 09:00"),
        ("升级督办二", "waiting", "03-23 08:00"),
        ("已超期", "waiting", "03-23 08:00"),
    ]


@time_machine.travel(at("2026-03-20T09:00"), tick=False)
def test_other_matters_and_other_people_do_not_wait(actor: User) -> None:
    other = User.objects.create(username="b", name="b", email="b@portal.test")
    tell([actor, other], kind="reminder", title="一", url="/items/1/", key="1")
    tell([actor], kind="reminder", title="二", url="/items/2/", key="2")
    assert {due for _subject, _state, due in mails()} == {"03-20 09:00"}


def test_a_mail_that_waits_can_be_taken_back_one_that_went_cannot(actor: User) -> None:
    say(actor)
    say(actor, key="m2", kind="other", by=actor)
    OutboxMessage.objects.filter(kind="other").update(state="sent", sent_at=at("2026-03-20T09:00"))
    assert digest.cancel(list(OutboxMessage.objects.values_list("pk", flat=True)), why="已办结") == 1
    assert set(OutboxMessage.objects.values_list("kind", "state")) == {
        ("notice", "cancelled"),
        ("other", "sent"),
    }
