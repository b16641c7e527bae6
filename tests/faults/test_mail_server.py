"""A mail server that is down, slow, busy, greylisting or refusing: retried and sent, or dead and shown."""

from typing import Any

import pytest
from django.core.mail.backends.smtp import EmailBackend

from apps.dispatch import outbox
from apps.dispatch.models import OutboxMessage
from tests.dispatch.conftest import make_mail
from tests.support.servers import free_port
from tests.support.smtp import SmtpServer

from .conftest import message_ids, states

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def facts(key: str) -> tuple[str, int, str]:
    row = OutboxMessage.objects.get(key=key)
    return str(row.state), row.attempts, row.last_error


def test_down_then_up(mail_server: SmtpServer, settings: Any) -> None:
    ids = [make_mail(key=key).pk for key in ("one", "two", "three")]
    settings.EMAIL_PORT = free_port()
    assert outbox.send(ids) == 0
    assert facts("one") == ("waiting", 1, "连不上邮件服务器：[Errno 111] Connection refused")
    # The others were not tried against a dead server, and lose no attempt by it.
    assert facts("two") == facts("three") == ("waiting", 0, "邮件服务器没有应答，稍后再试。")
    settings.EMAIL_PORT = mail_server.port
    assert outbox.send(ids) == 3
    assert states() == {"one": "sent", "two": "sent", "three": "sent"}
    assert sorted(message_ids(mail_server)) == sorted(outbox.message_id(key) for key in states())


@pytest.mark.parametrize(
    ("behaviour", "text"),
    [
        ({"rcpt": "451 4.7.1 greylisted"}, "收件地址被拒：451 4.7.1 greylisted"),
        ({"rcpt": "421 4.3.2 busy"}, "收件地址被拒：421 4.3.2 busy"),
        ({"data": "451 4.3.0 try later"}, "邮件服务器不收：451 4.3.0 try later"),
        ({"data": "421 4.3.2 closing"}, "邮件服务器不收：421 4.3.2 closing"),
        ({"drop": True}, "邮件服务器中途断开，没有答复。"),
        ({"delay": 3.0}, "邮件服务器没有及时答复。"),
    ],
)
def test_what_passes_is_tried_again(
    mail_server: SmtpServer, settings: Any, behaviour: dict[str, Any], text: str
) -> None:
    settings.EMAIL_TIMEOUT = 0.5
    row = make_mail(key="patient")
    for name, value in behaviour.items():
        setattr(mail_server.behaviour, name, value)
    assert outbox.send([row.pk]) == 0
    assert facts("patient") == ("waiting", 1, text)
    mail_server.behaviour.__init__()  # type: ignore[misc]
    settings.EMAIL_TIMEOUT = 5
    assert outbox.send([row.pk]) == 1
    assert facts("patient") == ("sent", 2, "")
    assert set(message_ids(mail_server)) == {outbox.message_id("patient")}


def test_it_waits_longer_each_time_and_gives_up_in_the_end(mail_server: SmtpServer, settings: Any) -> None:
    settings.OUTBOX_MAX_ATTEMPTS = 3
    mail_server.behaviour.rcpt = "451 4.7.1 greylisted"
    row = make_mail(key="patient")
    for _attempt in range(5):
        outbox.send([row.pk])
    assert facts("patient") == ("dead", 3, "收件地址被拒：451 4.7.1 greylisted")


def test_a_refused_address_is_dead_at_once_and_the_others_are_sent(mail_server: SmtpServer) -> None:
    mail_server.behaviour.refused_recipients = {"gone@portal.test": "550 5.1.1 no such user"}
    ids = [make_mail(key="one").pk, make_mail("gone@portal.test", key="gone").pk, make_mail(key="two").pk]
    assert outbox.send(ids) == 2
    assert facts("gone") == ("dead", 1, "收件地址被拒：550 5.1.1 no such user")
    assert states() == {"one": "sent", "gone": "dead", "two": "sent"}


def test_one_connection_serves_a_batch(mail_server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    open_one = EmailBackend.open

    def count(backend: EmailBackend) -> bool | None:
        made = open_one(backend)
        if made:
            opened.append("a connection")
        return made

    monkeypatch.setattr(EmailBackend, "open", count)
    ids = [make_mail(key=f"k{index}").pk for index in range(20)]
    assert outbox.send(ids) == 20
    assert (len(mail_server.received), opened) == (20, ["a connection"])
