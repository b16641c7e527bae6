"""The calendar for other programs: an iCalendar file, and a secret address of a person's own that can be revoked.

Titles and times only, as every message of the portal. The address holds 256 random bits; the database keeps its hash.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, date, timedelta
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from icalendar import Calendar, Event

from apps.common import audit
from apps.common.prepared import PreparedObjects, Slot
from apps.roster.selectors import today

from .dates import Entry, entries
from .models import CalendarFeed

BEHIND, AHEAD = timedelta(days=31), timedelta(days=366)  # what a feed covers around today
_BYTES = 32


def book(found: Iterable[Entry], *, host: str, address: Callable[[str], str]) -> bytes:
    """The entries as an iCalendar file. `address` makes a path whole; `host` keeps the ids apart from others'."""
    whole = Calendar()
    whole.add("prodid", "-//quanzhou-opd//portal//ZH")
    whole.add("version", "2.0")
    whole.add("x-wr-calname", "联席会议平台")
    now = timezone.now()
    for row in found:
        again = (
            f"-{row.day:%Y%m%d}" if row.kind in ("quarter", "quarters") else ""
        )  # a matter has one deadline, but many quarters
        whole.add_component(_event(row, f"{row.kind}-{row.pk}{again}@{host}", address(row.url), now))
    return bytes(whole.to_ical())


def _event(row: Entry, uid: str, url: str, now: Any) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("summary", row.plain)
    event.add("dtstamp", now)
    if row.at is None:
        event.add("dtstart", row.day)
        event.add("dtend", row.day + timedelta(days=1))
    else:
        event.add("dtstart", row.at.astimezone(UTC))  # a zone by name would have to be described in the file
        if row.ends:
            event.add("dtend", row.ends.astimezone(UTC))
    event.add("url", url)
    return event


def digest_of(token: str) -> str:
    """What is kept of an address."""
    return hashlib.sha256(token.encode()).hexdigest()


def feed_of(user: Any) -> CalendarFeed | None:
    """The person's feed, if there is one."""
    return next(iter(_feed().run(user=user.pk)), None)


@cache
def _feed() -> PreparedObjects:
    return PreparedObjects(CalendarFeed.objects.filter(user=Slot("user")))


@transaction.atomic
def make(user: Any) -> str:
    """A new address in place of the old one, which stops working. Returns its token: it is never shown again."""
    get_user_model().objects.select_for_update().get(
        pk=user.pk
    )  # two clicks at once make one after the other
    token = secrets.token_urlsafe(_BYTES)
    CalendarFeed.objects.filter(user=user).delete()
    feed = CalendarFeed.objects.create(user=user, digest=digest_of(token))
    audit.record(by=user, verb="make_feed", label="生成日历订阅地址", obj=feed)
    return token


@transaction.atomic
def revoke(user: Any) -> bool:
    """The address stops working. False when there was none."""
    feed = CalendarFeed.objects.select_for_update().filter(user=user).first()
    if feed is None:
        return False
    audit.record(by=user, verb="revoke_feed", label="撤销日历订阅地址", obj=feed)
    feed.delete()
    return True


def owner_of(token: str) -> Any:
    """The active person whose address this is, or None."""
    rows = CalendarFeed.objects.filter(digest=digest_of(token), user__is_active=True).select_related("user")
    feed = rows.first()
    return feed.user if feed else None


def entries_of(user: Any) -> list[Entry]:
    """What a person's feed holds today, read as that person would see it."""
    day: date = today()
    return entries(user, day - BEHIND, day + AHEAD)
