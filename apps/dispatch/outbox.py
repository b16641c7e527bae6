"""The road of a mail from the outbox table to the mail server (ADR "outbox").

At least once, never silently lost: a row is claimed (attempts raised, lease set) in a commit of its own
before anything is sent, sent outside any transaction, then marked. A worker that dies leaves a lease that
runs out.
"""

import hashlib
import logging
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import cache, partial
from threading import Lock
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.db import close_old_connections, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.common.waking import publish
from apps.common.workflow import WORKFLOWS, move
from apps.documents.making import file_of, make
from apps.documents.show import file_name

from . import digest, smtp
from .enums import MessageState
from .models import Delivery, OutboxMessage

logger = logging.getLogger(__name__)

BATCH = 100  # ids a task carries: 2.3 times the throughput of one a task
SWEEP_LIMIT = 10_000
LONGEST_WAIT = timedelta(hours=6)
ROWS_A_LINE = 25  # fewer are not worth another connection
_SENT = """UPDATE dispatch_outboxmessage SET state = %s, sent_at = %s, leased_until = NULL, last_error = ''
WHERE id = %s AND state <> %s"""
_SWITCHED_OFF = "收件人的账号已停用，没有发出。"
_one_paper_at_a_time = Lock()  # of the lines: the engine that makes papers is large


def lease() -> timedelta:
    """How long a claimed row belongs to its worker."""
    return timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)


def backoff(attempts: int) -> timedelta:
    """The wait after the n-th failure: 1, 3, 9, 27 minutes … at most six hours."""
    return min(timedelta(seconds=settings.OUTBOX_BACKOFF_SECONDS) * 3 ** (attempts - 1), LONGEST_WAIT)


def message_id(key: str) -> str:
    """The Message-ID of a row, the same at every attempt, so that a mail server can tell a repetition."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >") or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def due(now: datetime) -> QuerySet[OutboxMessage]:
    """Rows to be sent now: none to an account that was switched off meanwhile."""
    return _ready(now).exclude(_switched_off())


def _switched_off() -> Exists:
    return Exists(get_user_model().objects.filter(pk=OuterRef("user"), is_active=False))


def _ready(now: datetime) -> QuerySet[OutboxMessage]:
    """Rows whose time has come. Times that a clock set back left in the far future count as past."""
    waiting = Q(state=MessageState.WAITING) & (
        Q(due_at__lte=now) | Q(attempts__gt=0, due_at__gt=now + LONGEST_WAIT)
    )
    lost = Q(state=MessageState.SENDING) & (Q(leased_until__lte=now) | Q(leased_until__gt=now + 2 * lease()))
    return OutboxMessage.objects.filter(waiting | lost, attempts__lt=settings.OUTBOX_MAX_ATTEMPTS)


# --- waking the worker ------------------------------------------------------


def wake(ids: Iterable[int]) -> None:
    """Ask the worker to send these rows once the transaction is through; the sweeper finds them anyway."""
    wanted = list(ids)
    if wanted:
        transaction.on_commit(partial(_publish, wanted))


def _publish(ids: list[int]) -> bool:
    """Give the broker the ids, a batch a message. False as soon as it does not answer."""
    batches = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
    return all(publish("dispatch.send", ids=batch) for batch in batches)


def sweep() -> int:
    """Bury what its workers died of too often and what is for nobody, then hand out all that is due. Returns how many rows."""
    now = timezone.now()
    _bury(now)
    _leave_out(now)
    ids = list(due(now).order_by("due_at", "id").values_list("id", flat=True)[:SWEEP_LIMIT])
    if ids and not _publish(ids):
        send(ids)  # we are the worker: what the broker cannot carry is sent here
    return len(ids)


def _bury(now: datetime) -> None:
    """A row whose worker died at every attempt is dead, alone."""
    lost = OutboxMessage.objects.filter(
        state=MessageState.SENDING, leased_until__lte=now, attempts__gte=settings.OUTBOX_MAX_ATTEMPTS
    )
    for row in lost:
        _settle_failure(row, smtp.Verdict("发送程序在发送此邮件时多次中断。", permanent=True))


def _leave_out(now: datetime) -> None:
    """Mails to accounts that were switched off, with the lines they list: cancelled, and the outbox says why."""
    with transaction.atomic():
        rows = _ready(now).filter(_switched_off()).order_by("id").select_for_update(skip_locked=True)
        if not (found := list(rows.values_list("pk", flat=True)[:SWEEP_LIMIT])):
            return
        gone = {"state": MessageState.CANCELLED, "last_error": _SWITCHED_OFF}
        OutboxMessage.objects.filter(digest__in=found).update(digest=None, **gone)
        OutboxMessage.objects.filter(pk__in=found).update(leased_until=None, **gone)


# --- sending ----------------------------------------------------------------


def claim(ids: list[int], *, fresh: bool) -> list[OutboxMessage]:
    """Take rows that are due: attempts raised and lease set in a commit of its own, before anything is sent.

    `fresh` takes those never tried, all at once. Rows that were tried are taken one by one, so that a mail
    which kills its worker uses up its own attempts and nobody else's.
    """
    now = timezone.now()
    until = now + lease()
    with transaction.atomic():
        rows = due(now).filter(pk__in=ids).filter(Q(attempts=0) if fresh else Q(attempts__gt=0))
        taken = list(rows.order_by("id").select_for_update(skip_locked=True).values_list("pk", flat=True))
        OutboxMessage.objects.filter(pk__in=taken).update(
            state=MessageState.SENDING, attempts=F("attempts") + 1, leased_until=until
        )
    return list(OutboxMessage.objects.filter(pk__in=taken).select_related("paper").order_by("id"))


def _one_by_one(ids: list[int]) -> Iterator[OutboxMessage]:
    tried = OutboxMessage.objects.filter(pk__in=ids, attempts__gt=0).exclude(state=MessageState.SENT)
    for pk in list(tried.order_by("id").values_list("pk", flat=True)):
        yield from claim([pk], fresh=False)


def send(ids: list[int]) -> int:
    """Send those of the rows that are due, over kept connections. Returns how many the server took."""
    fresh = claim(ids, fresh=True)
    sent, down = _share(deque(fresh))
    if down:
        return sent
    skip = {row.pk for row in fresh}
    with smtp.Line() as line:
        for row in _one_by_one([pk for pk in ids if pk not in skip]):
            sent += _send_one(row, line)
            if line.down:
                break
    return sent


def _share(rows: deque[OutboxMessage]) -> tuple[int, bool]:
    """Send claimed rows, many of them over several lines: (how many the server took, whether it is down).

    Each row is taken by one line; what is left once all lines found the server down goes back.
    """
    wanted = min(settings.OUTBOX_LINES, -(-len(rows) // ROWS_A_LINE))
    if wanted <= 1 or connection.in_atomic_block or not connection.features.has_select_for_update:
        ended = [_drain(rows)]
    else:
        ended = [
            task.result() for task in wait([_lines().submit(_apart, rows) for _line in range(wanted)]).done
        ]
    if rows:
        _give_back(list(rows))
    return sum(sent for sent, _down in ended), any(down for _sent, down in ended)


def _drain(rows: deque[OutboxMessage]) -> tuple[int, bool]:
    """Send what nobody else has taken, over one line: (how many the server took, whether it is down)."""
    sent = 0
    with smtp.Line() as line:
        while not line.down:
            try:
                row = rows.popleft()
            except IndexError:
                break
            sent += _send_one(row, line)
        return sent, line.down


@cache
def _lines() -> ThreadPoolExecutor:
    """Threads that keep their connections to the database from one task to the next."""
    return ThreadPoolExecutor(max_workers=settings.OUTBOX_LINES, thread_name_prefix="mail")


def _apart(rows: deque[OutboxMessage]) -> tuple[int, bool]:
    close_old_connections()  # the limits of age and health, which elsewhere a request or a task keeps
    return _drain(rows)


def _send_one(row: OutboxMessage, line: smtp.Line) -> bool:
    if not _still_ours(row):
        return False
    try:
        mail = compose(row)
    except Exception as error:
        logger.exception("mail %s cannot be composed", row.pk)
        _settle_failure(row, smtp.Verdict(f"邮件组不成：{error}", permanent=not isinstance(error, OSError)))
        return False
    if row.paper_id is not None and not _not_stopped(row):
        return False
    verdict = line.deliver(mail)
    if verdict is None:
        _settle_sent(row)
        return True
    _settle_failure(row, verdict)
    return False


def compose(row: OutboxMessage) -> EmailMessage:
    """The mail of a row. Raises Refused when the paper to attach cannot be made, is gone or altered."""
    headers = {"Message-ID": message_id(row.key), "Auto-Submitted": "auto-generated"}
    body = digest.body_of(row) if row.kind == digest.KIND else row.body
    mail = EmailMessage(row.subject, body, to=[row.address], headers=headers)
    if row.paper is not None:
        with _one_paper_at_a_time:
            paper = make(row.paper)
        mail.attach(file_name(paper.number_text, paper.title, "pdf"), file_of(paper), "application/pdf")
    return mail


def _still_ours(row: OutboxMessage) -> bool:
    """False when earlier mails of the batch were so slow that the lease ran out and another took the row."""
    now = timezone.now()
    if row.leased_until is not None and row.leased_until - now > lease() / 2:
        return True
    until = now + lease()
    held = OutboxMessage.objects.filter(
        pk=row.pk, state=MessageState.SENDING, leased_until=row.leased_until
    ).update(leased_until=until)
    row.leased_until = until
    return bool(held)


def _not_stopped(row: OutboxMessage) -> bool:
    """The last look before a paper leaves the house: False when it was stopped (停止使用) after the row was claimed.

    In a transaction of its own, so that it sees what others have committed; what is handed over before that is sent.
    """
    with transaction.atomic():
        mine = OutboxMessage.objects.filter(
            pk=row.pk, state=MessageState.SENDING, leased_until=row.leased_until
        )
        return mine.select_for_update().exists()


def _give_back(rows: list[OutboxMessage]) -> None:
    """Rows not tried because the server is down wait like the one that was, without losing an attempt."""
    OutboxMessage.objects.filter(
        pk__in=[row.pk for row in rows], state=MessageState.SENDING, leased_until=rows[0].leased_until
    ).update(
        state=MessageState.WAITING,
        attempts=F("attempts") - 1,
        leased_until=None,
        due_at=timezone.now() + backoff(1),
        last_error="邮件服务器没有应答，稍后再试。",
    )


def _settle_sent(row: OutboxMessage) -> None:
    now = timezone.now()
    if row.paper_id is None:  # one statement needs no transaction around it: two round trips less a mail
        _note_sent(row, now)
        return
    with transaction.atomic():
        lock_copy(row)
        _note_sent(row, now)
        _follow(row, "mail_sent", sent_on=timezone.localdate(now))


def _note_sent(row: OutboxMessage, now: datetime) -> None:
    """Written out: putting this statement together costs as much as a third of handing over a mail."""
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_SENT, [MessageState.SENT.value, moment, row.pk, MessageState.SENT.value])


def _settle_failure(row: OutboxMessage, verdict: smtp.Verdict) -> None:
    """Back off, or dead: refused for good (5xx), or tried too often."""
    dead = verdict.permanent or row.attempts >= settings.OUTBOX_MAX_ATTEMPTS
    mine = OutboxMessage.objects.filter(pk=row.pk, state=MessageState.SENDING, leased_until=row.leased_until)
    with transaction.atomic():
        if row.paper_id is not None:
            lock_copy(row)
        changed = mine.update(
            state=MessageState.DEAD if dead else MessageState.WAITING,
            leased_until=None,
            due_at=timezone.now() + backoff(row.attempts),
            last_error=verdict.text[:500],
        )
        if changed and dead and row.paper_id is not None:
            _follow(row, "mail_failed")
    if changed and dead:
        logger.error("mail %s is dead after %s attempts: %s", row.pk, row.attempts, verdict.text)


def lock_copy(row: OutboxMessage) -> None:
    """Lock the copy of the paper this mail carries, if any. Everywhere the copy comes first, its mail, then the journal."""
    list(Delivery.objects.select_for_update().filter(message=row.pk).order_by("pk"))


def _follow(row: OutboxMessage, verb: str, **fields: Any) -> None:
    """The copy of the paper follows its mail, unless somebody registered it by hand meanwhile."""
    delivery = Delivery.objects.filter(message=row.pk).first()
    if delivery is not None and delivery.state in WORKFLOWS[Delivery][verb].sources:
        move(delivery, verb, by=None, **fields)
