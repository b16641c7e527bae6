"""A broker that is down or forgets: the user sees success, and the sweeper sends."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.dispatch import outbox, services
from apps.dispatch.models import OutboxMessage, Recipient
from apps.dispatch.services import tell
from tests.factories.people import People
from tests.support.servers import Redis
from tests.support.smtp import SmtpServer

from .conftest import message_ids, states

pytestmark = pytest.mark.django_db(transaction=True)


def queued(redis: Redis) -> int:
    """Messages that lie in the broker's queue."""
    with redis.client() as client:
        return int(client.llen("celery"))  # type: ignore[arg-type]


@pytest.fixture
def recipient(people: People) -> Recipient:
    services.sync_recipients()
    row = Recipient.objects.get(is_superior=True)
    row.channel, row.address = "mail", "gov@portal.test"
    row.save()
    return row


def test_down_at_publish_the_user_sees_success_and_the_sweeper_sends(
    broker: Redis,
    mail_server: SmtpServer,
    people: People,
    recipient: Recipient,
    client_of: Callable[..., Client],
) -> None:
    browser = client_of(people.sysadmin)
    broker.halt()
    began = time.monotonic()
    for _press in range(3):
        answer = browser.post(f"/dispatch/recipients/{recipient.pk}/test/", follow=True)
        assert answer.status_code == 200
        assert "测试邮件已放入发件箱：gov@portal.test。" in answer.content.decode()
    assert time.monotonic() - began < 10
    assert list(states().values()) == ["waiting"] * 3
    outbox.sweep()
    assert list(states().values()) == ["sent"] * 3
    assert len(set(message_ids(mail_server))) == 3


def test_a_broker_that_forgets_everything_costs_nothing(
    broker: Redis, mail_server: SmtpServer, people: People, recipient: Recipient
) -> None:
    services.send_test(recipient, by=people.sysadmin)
    assert queued(broker) == 1
    broker.restart(stop_signal=9)  # type: ignore[arg-type]
    assert queued(broker) == 0
    outbox.sweep()  # hands the row out again
    assert queued(broker) == 1
    assert outbox.send(list(OutboxMessage.objects.values_list("pk", flat=True))) == 1
    assert len(mail_server.received) == 1


def test_a_crash_between_commit_and_publish(
    mail_server: SmtpServer, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        pass

    def crash(*_args: Any, **_kwargs: Any) -> None:
        raise Crash

    user = people.liaison("kejiju")
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_publish", crash)
        with pytest.raises(Crash):
            tell([user], kind="notice", title="会议通知", url="/meetings/1/", key="m1", urgent=True)
    assert list(states().values()) == ["waiting"]
    monkeypatch.setattr(outbox, "_publish", lambda _ids: False)
    outbox.sweep()
    [received] = mail_server.received
    assert (received.recipients, str(received.message["Subject"])) == ([user.email], "会议通知")


def test_an_act_that_fails_leaves_no_mail(people: People) -> None:
    """The mail lives and dies with the change that causes it."""
    from django.db import transaction

    def act() -> None:
        with transaction.atomic():
            tell([people.office], kind="notice", title="会议通知", url="/meetings/1/", key="m1")
            raise RuntimeError("the act failed")

    with pytest.raises(RuntimeError, match="the act failed"):
        act()
    assert states() == {}


def test_a_refused_address_is_shown_to_the_office_which_sends_again(
    mail_server: SmtpServer, people: People, recipient: Recipient, client_of: Callable[..., Client]
) -> None:
    mail_server.behaviour.refused_recipients = {"gov@portal.test": "550 5.1.1 no such user"}
    message = services.send_test(recipient, by=people.sysadmin)
    outbox.send([message.pk])
    browser = client_of(people.office)
    page = browser.get("/dispatch/problems/").content.decode()
    assert "收件地址被拒：550 5.1.1 no such user（尝试 1 次）" in page
    mail_server.behaviour.refused_recipients = {}
    answer = browser.post(f"/dispatch/outbox/{message.pk}/resend/", follow=True)
    assert "已重新放入发件箱" in answer.content.decode()
    outbox.send([message.pk])
    assert list(states().values()) == ["sent"]
    assert "没有未送达的邮件" in browser.get("/dispatch/problems/").content.decode()
