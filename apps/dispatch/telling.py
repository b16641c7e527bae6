"""Telling people that something waits: a line in the portal and a mail, a title and a date, no content.

When a mail may go is one rule, and it is here. The line in the portal is there at once. The mail keeps the quiet
hours (setting: from eight to eight on working days), whoever told and whatever of; what is `urgent` does not wait: a
notice, a change or a cancelling of a meeting that begins within a day. Not told but asked for, and sent at once as
well: a new password, a test mail, a mail the office sends again, and an issued paper to a recipient's mailbox.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common import calendar, settings_rows
from apps.common.fields import tidy

from . import digest
from .enums import MessageState
from .models import OutboxMessage, PortalNotice
from .outbox import wake
from .selectors import sends_nothing

_COUNTED = [MessageState.WAITING, MessageState.SENDING, MessageState.SENT, MessageState.MERGED]
_WEEKDAYS = "一二三四五六日"
_KEY_LENGTH = 200
_SUPERSEDED = "同一事项另有更新的邮件，未单独发送。"


def one_line(text: str, limit: int = 200) -> str:
    """A title fit for a subject: one line, no invisible characters, cut at the limit."""
    words = " ".join(tidy(text).split())
    return "".join(char for char in words if char.isprintable())[:limit]


def morning_of(day: Any) -> datetime:
    """The hour of a local date from which mails may go (setting, eight o'clock): they are there when people come."""
    return timezone.make_aware(datetime.combine(day, time(settings_rows.value("mail_from_hour"))))


def speaking_time(at: datetime) -> datetime:
    """The moment itself, or the next one outside the quiet hours: no reminder at night or on a day off."""
    day, works = timezone.localdate(at), calendar.current()
    always = settings_rows.value("mail_on_days_off")
    evening = timezone.make_aware(datetime.combine(day, time(settings_rows.value("mail_until_hour"))))
    if (always or works.is_workday(day)) and at <= evening:
        return max(at, morning_of(day))
    day += timedelta(days=1)
    while not (always or works.is_workday(day)):
        day += timedelta(days=1)
    return morning_of(day)


def held_words() -> str:
    """When the reminders of what is told now will go by mail, for the answer to who told it.

    Empty outside the quiet hours, and where no mail waits for their end or none leaves the house. A paper issued to a
    mailbox does not wait. One query, in the quiet hours.
    """
    now = timezone.now()
    at = timezone.localtime(speaking_time(now))
    held = OutboxMessage.objects.filter(state=MessageState.WAITING, due_at=at)
    if at <= now or sends_nothing() or not held.exists():
        return ""
    parts = {"month": at.month, "day": at.day, "weekday": _WEEKDAYS[at.weekday()], "time": f"{at:%H:%M}"}
    return _("提醒邮件%(month)s月%(day)s日（周%(weekday)s）%(time)s寄出。") % parts


def tell(
    users: Iterable[Any],
    *,
    kind: str,
    title: str,
    url: str,
    key: str,
    deadline: datetime | None = None,
    by: Any = None,
    due_at: datetime | None = None,
    matter: str = "",
    urgent: bool = False,
) -> list[OutboxMessage]:
    """Tell each user once (unique `kind:key:user`): in the portal, and by mail if there is an address.

    `matter` (by default the address of the page) is what the mail is about. A person gets one mail a day
    about it: what the portal says by itself (`by=None`) yields to any other mail of that day, what somebody
    did yields only to a mail of the same kind. A mail that yields goes out the next morning; mails held for one moment
    become one, the newest of those that say the same (setting `digest`: without it each goes for itself).
    A mail keeps the quiet hours unless it is `urgent`; `due_at` is a moment the caller has asked `speaking_time` for.
    Returns the mails queued now. Writes inside the caller's transaction; the worker is woken after it.
    """
    people = {user.pk: user for user in users if user is not None and user.is_active}
    keys = {pk: f"{kind}:{key}:{pk}" for pk in people}
    if any(len(text) > _KEY_LENGTH for text in keys.values()):
        raise ValueError(f"key too long: {kind}:{key}")
    title, matter = one_line(title), (matter or url)[:200]
    with transaction.atomic():
        _leave_lines({keys[pk]: user for pk, user in people.items()}, title, url, deadline)
        now = timezone.now()
        at = due_at or (now if urgent else speaking_time(now))
        wanted = _without_mail_yet({pk: user for pk, user in people.items() if user.email}, keys, at)
        slots = _slots({} if urgent else wanted, matter=matter, kind=kind, by=by, at=at)
        body = _body(title, url, deadline)
        mails = [
            OutboxMessage(
                key=keys[pk], kind=kind, matter=matter, user=user, address=user.email, subject=title,
                body=body, due_at=slots.get(pk, at),
            )
            for pk, user in wanted.items()
        ]  # fmt: skip
        OutboxMessage.objects.bulk_create(mails, ignore_conflicts=True)
        _join([] if urgent else mails, by=by)
        queued = list(OutboxMessage.objects.filter(key__in=[keys[pk] for pk in wanted]))
        wake(row.pk for row in queued if row.due_at <= timezone.now())
    return queued


def note(user: Any, *, title: str, url: str, key: str) -> None:
    """A line in the portal and no mail, once a key: news of what the user has begun himself."""
    if user.is_active:
        _leave_lines({key: user}, one_line(title), url, None)


def _leave_lines(people: dict[str, Any], title: str, url: str, deadline: datetime | None) -> None:
    """A line in the portal for each key, unless it is there."""
    lines = [
        PortalNotice(key=key, user=user, title=title, url=url[:200], deadline=deadline)
        for key, user in people.items()
    ]
    PortalNotice.objects.bulk_create(lines, ignore_conflicts=True)


def _body(title: str, url: str, deadline: datetime | None) -> str:
    link = settings.SITE_URL + url
    context = {"title": title, "deadline": deadline, "link": link, "site": settings.SITE_NAME}
    return render_to_string("email/notice.txt", context).strip() + "\n"


def _without_mail_yet(people: dict[int, Any], keys: dict[int, str], at: datetime) -> dict[int, Any]:
    """Those whose key is new. A cancelled mail whose reason came back (a date moved and back) waits again."""
    wanted = [keys[pk] for pk in people]
    known = set(OutboxMessage.objects.filter(key__in=wanted).values_list("key", flat=True))
    OutboxMessage.objects.filter(key__in=wanted, state=MessageState.CANCELLED, attempts=0).exclude(
        last_error=_SUPERSEDED
    ).update(state=MessageState.WAITING, due_at=at)
    return {pk: user for pk, user in people.items() if keys[pk] not in known}


def _slots(people: dict[int, Any], *, matter: str, kind: str, by: Any, at: datetime) -> dict[int, datetime]:
    """When each one's mail may go: at once, or the morning after the last mail about the matter.

    What is held of the same kind for the very moment goes with it (`_join`), so it makes nobody wait.
    """
    same_kind = {} if by is None else {"kind": kind}
    rows = OutboxMessage.objects.filter(user__in=list(people), matter=matter, state__in=_COUNTED, **same_kind)
    if at > timezone.now():
        rows = rows.exclude(digest.UNTRIED, kind=kind, due_at=at)
    days: dict[int, set[Any]] = {pk: set() for pk in people}
    for user, sent_at, due_at in rows.values_list("user_id", "sent_at", "due_at"):
        days[user].add(timezone.localdate(sent_at or due_at))
    today = timezone.localdate(at)
    tomorrow = speaking_time(morning_of(today + timedelta(days=1)))
    return {pk: tomorrow if today in busy else at for pk, busy in days.items()}


def _join(mails: list[OutboxMessage], *, by: Any) -> None:
    """New mails that are held meet those held for the same moment about the same matter, of their kind.

    One with the same words gives way: of what somebody did twice the last holds, whatever its date; what the portal says
    by itself of two dates is two things. Other words stand beside the new ones, in one mail.
    """
    held = {mail.user_id: mail for mail in mails if mail.due_at > timezone.now()}
    if not held:
        return
    one = next(iter(held.values()))
    rows = OutboxMessage.objects.filter(digest.UNTRIED, user__in=list(held), matter=one.matter, kind=one.kind)
    same: list[int] = []
    beside: set[int] = set()
    for row in rows.exclude(key__in=[mail.key for mail in mails]):
        user, mine = row.user_id, held[row.user_id]
        if user is None or row.due_at != mine.due_at:
            continue
        if row.subject == mine.subject and (by is not None or row.body == mine.body):
            same.append(row.pk)
        else:
            beside.add(user)
    if same:
        digest.cancel(same, why=_SUPERSEDED)
    if beside and settings_rows.value("digest"):
        digest.merge(one.kind, users=beside)
