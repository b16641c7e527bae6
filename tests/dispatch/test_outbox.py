"""The outbox: what is due, who may take it, and what becomes of each answer of the mail server."""

import email
import smtplib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.db import close_old_connections, connections
from django.utils import timezone

from apps.accounts.models import User
from apps.dispatch import outbox, smtp
from apps.dispatch.models import OutboxMessage
from apps.documents.models import ArchivedPaper

from .conftest import make_mail

NOW = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
MailRow = Callable[..., OutboxMessage]


def states() -> dict[str, tuple[str, int]]:
    """key → (state, attempts)."""
    rows = OutboxMessage.objects.order_by("id")
    return {row.key: (str(row.state), row.attempts) for row in rows}


@pytest.mark.core
@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_what_is_due(mail_row: MailRow) -> None:
    minute, day = timedelta(minutes=1), timedelta(days=1)
    mail_row(key="now", due_at=NOW)
    mail_row(key="tomorrow", due_at=NOW + day)
    mail_row(key="backing off", due_at=NOW + minute, attempts=2)
    mail_row(key="clock was set back", due_at=NOW + 300 * day, attempts=2)
    mail_row(key="leased", due_at=NOW, state="sending", attempts=1, leased_until=NOW + minute)
    mail_row(key="lease ran out", due_at=NOW, state="sending", attempts=1, leased_until=NOW - minute)
    mail_row(key="lease of a wrong clock", due_at=NOW, state="sending", attempts=1, leased_until=NOW + day)
    mail_row(key="sent", due_at=NOW, state="sent", sent_at=NOW)
    mail_row(key="dead", due_at=NOW, state="dead", attempts=8)
    mail_row(key="cancelled", due_at=NOW, state="cancelled")
    mail_row(key="tried too often", due_at=NOW, state="sending", attempts=8, leased_until=NOW - minute)
    assert set(outbox.due(NOW).values_list("key", flat=True)) == {
        "now", "clock was set back", "lease ran out", "lease of a wrong clock",
    }  # fmt: skip


@pytest.mark.core
@pytest.mark.django_db
def test_a_mail_is_sent_once_with_an_id_derived_from_its_key(mail_row: MailRow) -> None:
    row = mail_row("a@portal.test", key="notice:1:7", subject="会议通知")
    assert [outbox.send([row.pk]), outbox.send([row.pk])] == [1, 0]
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["a@portal.test"], "会议通知", "示例正文\n")
    assert sent.extra_headers == {
        "Message-ID": outbox.message_id("notice:1:7"),
        "Auto-Submitted": "auto-generated",
    }
    row.refresh_from_db()
    assert (row.state, row.attempts, row.leased_until, row.last_error) == ("sent", 1, None, "")
    assert row.sent_at is not None


@pytest.mark.core
@pytest.mark.django_db
def test_nothing_is_sent_to_an_account_that_was_switched_off(mail_row: MailRow) -> None:
    user = User.objects.create(username="a", name="a")
    rows = [mail_row(key=f"{number}", user=user, attempts=number % 2) for number in range(3)]
    mail_row(key="line", user=user, state="merged", digest=rows[0])
    rows.append(mail_row("unit@portal.test", key="a unit's mailbox"))
    User.objects.update(is_active=False)
    assert outbox.send([row.pk for row in rows]) == 1
    assert [sent.to for sent in mail.outbox] == [["unit@portal.test"]]
    assert outbox.sweep() == 0
    why = "收件人的账号已停用，没有发出。"
    assert list(OutboxMessage.objects.order_by("id").values_list("key", "state", "last_error")) == [
        ("0", "cancelled", why), ("1", "cancelled", why), ("2", "cancelled", why), ("line", "cancelled", why),
        ("a unit's mailbox", "sent", ""),
    ]  # fmt: skip


@pytest.mark.core
@pytest.mark.django_db
def test_the_paper_goes_along(mail_row: MailRow, paper: ArchivedPaper) -> None:
    row = mail_row(paper=paper)
    assert outbox.send([row.pk]) == 1
    assert mail.outbox[0].attachments == [
        ("〔2026〕1号 2026年第一次全体会议纪要.pdf", b"%PDF-1.7 invented bytes", "application/pdf")
    ]


@pytest.mark.core
@pytest.mark.django_db
def test_a_poison_row_dies_alone(mail_row: MailRow, paper: ArchivedPaper) -> None:
    """A header nobody can send, an altered attachment: both dead with their reason, the others sent."""
    (settings.FILES_ROOT / paper.pdf_path).write_bytes(b"altered")
    mail_row(key="before")
    mail_row(key="header", address="a@portal.test\nBcc: b@portal.test")
    mail_row(key="altered", paper=paper)
    mail_row(key="after")
    assert outbox.send(list(OutboxMessage.objects.values_list("pk", flat=True))) == 2
    assert states() == {
        "before": ("sent", 1),
        "header": ("dead", 1),
        "altered": ("dead", 1),
        "after": ("sent", 1),
    }
    assert "校验值不符" in OutboxMessage.objects.get(key="altered").last_error
    assert OutboxMessage.objects.get(key="header").last_error.startswith("邮件内容有误：")


@pytest.mark.core
@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_a_row_whose_worker_died_at_every_attempt_is_buried(mail_row: MailRow) -> None:
    late = NOW - timedelta(minutes=1)
    mail_row(key="killer", state="sending", attempts=8, leased_until=late)
    mail_row(key="victim", state="sending", attempts=1, leased_until=late)
    outbox.sweep()
    outbox.send(list(OutboxMessage.objects.values_list("pk", flat=True)))
    assert states() == {"killer": ("dead", 8), "victim": ("sent", 2)}
    assert OutboxMessage.objects.get(key="killer").last_error == "发送程序在发送此邮件时多次中断。"


@pytest.mark.core
@pytest.mark.django_db
def test_rows_that_were_tried_are_claimed_one_by_one(mail_row: MailRow) -> None:
    """So the row that kills its worker uses up its own attempts and nobody else's."""
    rows = [mail_row(key=key, attempts=1) for key in ("killer", "victim")]
    claimed = outbox._one_by_one([row.pk for row in rows])
    next(claimed)  # and here the worker is killed
    assert states() == {"killer": ("sending", 2), "victim": ("waiting", 1)}


@pytest.mark.core
@pytest.mark.parametrize(
    ("error", "permanent", "down", "text"),
    [
        (
            smtplib.SMTPRecipientsRefused({"a": (550, b"no such user")}),
            True,
            False,
            "收件地址被拒：550 no such user",
        ),
        (
            smtplib.SMTPRecipientsRefused({"a": (451, b"greylisted")}),
            False,
            False,
            "收件地址被拒：451 greylisted",
        ),
        (smtplib.SMTPRecipientsRefused({"a": (421, b"busy")}), False, True, "收件地址被拒：421 busy"),
        (smtplib.SMTPDataError(554, b"refused"), True, False, "邮件服务器不收：554 refused"),
        (smtplib.SMTPDataError(452, b"full"), False, False, "邮件服务器不收：452 full"),
        (smtplib.SMTPSenderRefused(552, b"too big", "x"), True, False, "邮件服务器不收：552 too big"),
        (
            smtplib.SMTPAuthenticationError(535, b"bad password"),
            False,
            True,
            "邮件服务器拒绝连接：535 bad password",
        ),
        (smtplib.SMTPConnectError(554, b"go away"), False, True, "邮件服务器拒绝连接：554 go away"),
        (smtplib.SMTPServerDisconnected("closed"), False, False, "邮件服务器中途断开，没有答复。"),
        (TimeoutError("timed out"), False, True, "邮件服务器没有及时答复。"),
        (ConnectionRefusedError("refused"), False, True, "连不上邮件服务器：refused"),
    ],
)
def test_what_an_answer_means(error: Any, permanent: bool, down: bool, text: str) -> None:
    assert smtp.judge(error) == smtp.Verdict(text, permanent=permanent, down=down)


@pytest.mark.core
@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 3), (3, 9), (4, 27), (5, 81), (6, 243), (7, 360), (8, 360)]
)
def test_back_off(attempts: int, minutes: int) -> None:
    assert outbox.backoff(attempts) == timedelta(minutes=minutes)


@pytest.mark.core
@pytest.mark.django_db
def test_a_lease_that_ran_out_meanwhile_is_not_sent_over(mail_row: MailRow) -> None:
    row = mail_row()
    [mine] = outbox.claim([row.pk], fresh=True)
    with time_machine.travel(timezone.now() + timedelta(seconds=100)):  # more than half of 120 s
        assert outbox._still_ours(mine)  # renewed
    mine.leased_until = NOW  # somebody else took it: the lease in the table is another
    assert not outbox._still_ours(mine)


@pytest.mark.django_db(transaction=True)
def test_24_workers_on_the_same_rows_send_each_once() -> None:
    ids = [make_mail(key=f"k{i}").pk for i in range(30)]

    def work(_index: int) -> int:
        close_old_connections()
        try:
            return outbox.send(ids)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(24) as pool:
        assert sum(pool.map(work, range(24))) == 30
    assert len(mail.outbox) == 30
    assert set(states().values()) == {("sent", 1)}


@pytest.mark.core
def test_a_mail_of_text_alone_is_written_as_django_writes_it() -> None:
    """The words are written once for all who get the same; address, id and date are each mail's own."""
    headers = {"Auto-Submitted": "auto-generated"}
    for subject, body in (
        ("还有3个工作日到期：" * 9, "请登录系统办理。\n.\n" * 300),
        ("a", "b\r\nFrom here\n"),
    ):
        for number, sender in enumerate(("portal@localhost", "联席会议办公室 <office@portal.test>")):
            own = headers | {"Message-ID": f"<{number}@portal.test>"}
            plain = mail.EmailMessage(subject, body, sender, [f"u.{number}+x@portal.test"], headers=own)
            assert smtp.is_plain(plain)
            with time_machine.travel(NOW, tick=False):
                written, message = smtp.written(plain), plain.message()
            by_django: Any = message
            ours = email.message_from_bytes(written)
            theirs = email.message_from_bytes(by_django.as_bytes(linesep="\r\n"))
            assert sorted(ours.items()) == sorted(theirs.items())
            assert ours["Date"] == "Fri, 20 Mar 2026 01:00:00 -0000"
            assert ours.get_payload(decode=True) == theirs.get_payload(decode=True)
            assert b"\n" not in written.replace(b"\r\n", b"")
    other = mail.EmailMessage("a", "b", to=["a@portal.test"], headers=own)
    other.attach("a.pdf", b"%PDF", "application/pdf")
    ways = [
        mail.EmailMessage("a", "b", to=[to], headers=own)
        for to in ("职防 <a@b.test>", "中@b.test", "a@b\nBcc: c")
    ]
    both = mail.EmailMessage("a", "b", to=["a@b.test", "c@b.test"], headers=own)
    assert [smtp.is_plain(one) for one in (other, both, *ways)] == [False] * 5
