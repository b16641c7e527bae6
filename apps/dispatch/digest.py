"""One mail for what a person is told at the same time: titles and deadlines, each line with its own row and key.

The body is written when the mail leaves, from the lines that still stand: one taken back meanwhile is not in it.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from .enums import MessageState
from .models import OutboxMessage, PortalNotice

KIND = "digest"
# A mail that no worker has tried yet, alone or as a line of another.
UNTRIED = Q(state=MessageState.WAITING, attempts=0) | Q(
    state=MessageState.MERGED, digest__state=MessageState.WAITING, digest__attempts=0
)


@transaction.atomic
def merge(kind: str, *, users: Collection[int] | None = None) -> list[OutboxMessage]:
    """Put mails of a kind that wait for one person, one address and one moment into one. Returns the mails they go out in.

    `users` are the ids of those it is done for, by default everybody.

    A mail that waits for that moment already takes up later lines. Rows are locked: a worker takes a line as it
    is, or finds it merged.
    """
    waiting = OutboxMessage.objects.filter(
        kind=kind, state=MessageState.WAITING, attempts=0, user__isnull=False
    )
    if users is not None:
        waiting = waiting.filter(user__in=users)
    by_slot: dict[tuple[int | None, object, str], list[OutboxMessage]] = defaultdict(list)
    for row in waiting.select_for_update(skip_locked=True, of=("self",)).order_by("id"):
        by_slot[row.user_id, row.due_at, row.address].append(row)
    found = []
    for rows in by_slot.values():
        mail = _open_digest(rows[0]) or (_new_digest(rows) if len(rows) > 1 else None)
        if mail is not None:
            OutboxMessage.objects.filter(pk__in=[row.pk for row in rows]).update(
                state=MessageState.MERGED, digest=mail
            )
            found.append(mail)
    return found


def _open_digest(row: OutboxMessage) -> OutboxMessage | None:
    same = OutboxMessage.objects.filter(
        kind=KIND, user=row.user_id, due_at=row.due_at, address=row.address, state=MessageState.WAITING,
        attempts=0,
    )  # fmt: skip
    return same.select_for_update(skip_locked=True, of=("self",)).order_by("id").first()


def _new_digest(rows: list[OutboxMessage]) -> OutboxMessage:
    first = rows[0]
    return OutboxMessage.objects.create(
        key=f"{KIND}:{first.pk}:{uuid.uuid4().hex}",
        kind=KIND,
        user_id=first.user_id,
        address=first.address,
        subject=_("待办事项提醒（汇总）"),
        body=text_of(rows),
        due_at=first.due_at,
    )


def text_of(rows: list[OutboxMessage]) -> str:
    """The mail's body: a title, a deadline and an address a line."""
    notices = {
        notice.key: notice for notice in PortalNotice.objects.filter(key__in=[row.key for row in rows])
    }
    lines = [
        {"title": row.subject, "link": settings.SITE_URL + notice.url, "deadline": notice.deadline}
        for row in rows
        if (notice := notices.get(row.key)) is not None
    ]
    return render_to_string("email/digest.txt", {"lines": lines, "site": settings.SITE_NAME}).strip() + "\n"


def body_of(mail: OutboxMessage) -> str:
    """The body as the lines stand now."""
    return text_of(list(mail.lines.filter(state=MessageState.MERGED).order_by("id")))


def cancel(messages: list[int], *, why: str) -> int:
    """Take back waiting mails, and lines of mails that wait; a digest that lost its last line goes with it.

    Returns how many were taken back.
    """
    return _take_back(messages, Q(state=MessageState.WAITING, attempts=0), why)


def cancel_dead(messages: list[int], *, why: str) -> int:
    """The same for mails that are dead: nobody is to send again what is settled. Returns how many."""
    return _take_back(messages, Q(state=MessageState.DEAD), why)


@transaction.atomic
def _take_back(messages: list[int], which: Q, why: str) -> int:
    """Every condition is on the row itself: it is read again once the row is locked, so a mail that a worker
    has claimed meanwhile keeps its lines.
    """
    mine = OutboxMessage.objects.filter(pk__in=messages)
    merged = mine.filter(state=MessageState.MERGED)
    named = list(merged.order_by().values_list("digest_id", flat=True).distinct())
    open_digests = OutboxMessage.objects.filter(which, kind=KIND, pk__in=named).order_by("id")
    digests = list(open_digests.select_for_update().values_list("pk", flat=True))
    gone = {"state": MessageState.CANCELLED, "last_error": why[:500]}
    count = mine.filter(which).update(**gone)
    count += merged.filter(digest__in=digests).update(digest=None, **gone)
    OutboxMessage.objects.filter(which, pk__in=digests, lines__isnull=True).update(**gone)
    return count
