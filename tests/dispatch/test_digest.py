"""One mail for several lines: what is taken back, and what a worker has claimed keeps."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import close_old_connections, connections, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.dispatch import digest
from apps.dispatch.models import OutboxMessage

pytestmark = pytest.mark.django_db
Mail = Callable[..., OutboxMessage]


def merged(mail_row: Mail, number: int = 2, **fields: Any) -> OutboxMessage:
    """A digest with so many lines."""
    user, _made = User.objects.get_or_create(username="a", defaults={"name": "a"})
    mail = mail_row(kind=digest.KIND, user=user, **fields)
    for _line in range(number):
        mail_row(kind="reminder", user=user, state="merged", digest=mail)
    return mail


def states(mail: OutboxMessage) -> tuple[str, list[str]]:
    """State of the digest, and of what it still lists."""
    mail.refresh_from_db()
    return mail.state, [row.state for row in mail.lines.all()]


def everything() -> list[int]:
    return list(OutboxMessage.objects.filter(kind="reminder").values_list("pk", flat=True))


def test_a_claimed_digest_keeps_its_lines(mail_row: Mail) -> None:
    waits = merged(mail_row)
    claimed = merged(mail_row, state="sending", attempts=1, leased_until=timezone.now())
    tried = merged(mail_row, attempts=1)
    assert digest.cancel(everything(), why="已办结") == 2
    assert [states(mail) for mail in (waits, claimed, tried)] == [
        ("cancelled", []),
        ("sending", ["merged", "merged"]),
        ("waiting", ["merged", "merged"]),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_digest_claimed_while_it_is_taken_back_keeps_its_lines(mail_row: Mail) -> None:
    mail = merged(mail_row)
    wanted = everything()

    def take_back() -> int:
        close_old_connections()
        try:
            return digest.cancel(wanted, why="已办结")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():  # a worker claims it, and has not committed yet
            OutboxMessage.objects.filter(pk=mail.pk).update(
                state="sending", attempts=1, leased_until=timezone.now()
            )
            taken = pool.submit(take_back)
            time.sleep(0.5)
            assert not taken.done()
        assert taken.result() == 0
    assert states(mail) == ("sending", ["merged", "merged"])


def test_a_digest_goes_to_one_address(mail_row: Mail) -> None:
    user, now = User.objects.create(username="a", name="a"), timezone.now()
    for address in ("old@portal.test", "new@portal.test"):
        for _line in range(2):
            mail_row(address, kind="reminder", user=user, due_at=now)
    assert [mail.address for mail in digest.merge("reminder")] == ["old@portal.test", "new@portal.test"]
    late = mail_row("new@portal.test", kind="reminder", user=user, due_at=now)
    digest.merge("reminder")
    found = OutboxMessage.objects.filter(kind="reminder").values_list("address", "digest__address")
    assert set(found) == {("old@portal.test",) * 2, ("new@portal.test",) * 2}
    late.refresh_from_db()
    assert late.state == "merged"
