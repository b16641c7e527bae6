"""A worker that dies: nothing is lost, a repetition carries the same Message-ID, a poison row dies alone."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.core.mail.backends.smtp import EmailBackend
from django.db import connection, transaction

from apps.dispatch import outbox
from apps.dispatch.models import OutboxMessage
from apps.dispatch.outbox import message_id
from quanzhou_opd.celery import app as celery_app
from tests.dispatch.conftest import make_mail
from tests.support.servers import free_port
from tests.support.smtp import SmtpServer

from .conftest import message_ids, states, wait_until

pytestmark = pytest.mark.django_db(transaction=True)  # not core: a second process needs a database server


def ask(task: str, **kwargs: Any) -> None:
    celery_app.send_task(task, kwargs=kwargs)


def sweep_until(true: Callable[[], Any], what: str) -> None:
    """What beat does, a little faster."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, what
        ask("dispatch.sweep")
        time.sleep(0.3)


def test_killed_in_the_middle_of_sending_nothing_is_lost(
    start_worker: Callable[..., Any], smtp_server: SmtpServer
) -> None:
    keys = ["one", "two", "three"]
    ids = [make_mail(key=key).pk for key in keys]
    worker = start_worker()
    smtp_server.behaviour.delay = 30  # the server has the mail and says nothing yet
    ask("dispatch.send", ids=ids)
    wait_until(lambda: set(states().values()) == {"sending"}, "the worker to claim the mails")
    time.sleep(0.2)
    worker.kill()
    assert states() == dict.fromkeys(keys, "sending")
    smtp_server.behaviour.delay = 0
    start_worker()
    sweep_until(lambda: set(states().values()) == {"sent"}, "every mail to be sent after the lease ran out")
    assert set(message_ids(smtp_server)) == {message_id(key) for key in keys}
    assert set(OutboxMessage.objects.values_list("attempts", flat=True)) == {2}


def test_killed_after_the_server_took_the_mail_it_comes_again_with_the_same_id(
    start_worker: Callable[..., Any], mail_server: SmtpServer
) -> None:
    row = make_mail(key="taken")
    worker = start_worker()
    mail_server.behaviour.delay = 2
    ask("dispatch.send", ids=[row.pk])
    wait_until(lambda: states() == {"taken": "sending"}, "the worker to claim the mail")
    with transaction.atomic():  # the worker cannot note the 250 while we hold the row
        OutboxMessage.objects.select_for_update().get()
        wait_until(lambda: mail_server.received, "the server to take the mail")
        time.sleep(0.2)
        worker.kill()
        with (
            connection.cursor() as cursor
        ):  # with its machine goes its question to the database, which waits for us
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            )
    assert states() == {"taken": "sending"}
    mail_server.behaviour.delay = 0
    wait_until(lambda: outbox.send([row.pk]), "the lease to run out")
    assert states() == {"taken": "sent"}
    assert message_ids(mail_server) == [message_id("taken")] * 2


def test_a_batch_goes_out_over_several_lines_each_mail_once(
    mail_server: SmtpServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    open_one = EmailBackend.open

    def count(backend: EmailBackend) -> bool | None:
        made = open_one(backend)
        opened.extend([threading.current_thread().name] if made else [])
        return made

    monkeypatch.setattr(EmailBackend, "open", count)
    settings.OUTBOX_LINES = 3
    mail_server.behaviour.delay = 0.01
    ids = [make_mail(key=f"k{number}").pk for number in range(70)]
    assert (outbox.send(ids), outbox.send(ids)) == (70, 0)
    assert (len(opened), len(set(opened))) == (3, 3)
    assert Counter(message_ids(mail_server)) == Counter(message_id(f"k{number}") for number in range(70))
    assert set(states().values()) == {"sent"}
    settings.EMAIL_PORT = free_port()
    later = [make_mail(key=f"later{number}").pk for number in range(70)]
    assert outbox.send(later) == 0
    found = OutboxMessage.objects.filter(pk__in=later).values_list("state", "attempts", "leased_until")
    # Each line finds out for itself that the server is down; what none of them tried loses no attempt.
    assert Counter(found) == {("waiting", 1, None): 3, ("waiting", 0, None): 67}


def test_a_row_that_kills_its_worker_dies_alone(
    start_worker: Callable[..., Any], smtp_server: SmtpServer
) -> None:
    ids = [
        make_mail(key="before").pk,
        make_mail(key="deadly", subject="poison").pk,
        make_mail(key="after").pk,
    ]
    start_worker(
        pool="prefork",
        FAULT_EMAIL_BACKEND="tests.faults.deadly.DeadlyBackend",
        FAULT_MAX_ATTEMPTS=2,
        FAULT_LEASE_SECONDS=0.5,
    )
    ask("dispatch.send", ids=ids)
    sweep_until(lambda: not {"waiting", "sending"} & set(states().values()), "an end with every mail")
    assert states() == {"before": "sent", "deadly": "dead", "after": "sent"}
    assert message_ids(smtp_server) == [message_id("before"), message_id("after")]
    assert dict(OutboxMessage.objects.values_list("key", "attempts")) == {
        "before": 1,
        "deadly": 2,
        "after": 2,
    }
