"""What the convener saw, and the words he puts aside (暂存). Nobody else reads them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.common import audit
from apps.common.fields import plain, tidy
from apps.common.workflow import lock
from apps.minutes import reading
from apps.minutes.models import Minutes, Reading
from apps.minutes.permissions import can_sign

from .steps import ask

LONGEST = 1000  # characters of a 批示


@transaction.atomic
def note_reading(minutes: Minutes, text: reading.Snapshot, *, by: Any) -> Reading:
    """Note that the convener has this text before him; what he saw before it is kept for the comparison."""
    if not can_sign(by, minutes):
        raise PermissionDenied(f"read minutes {minutes.pk} as signer")
    row, made = Reading.objects.select_for_update().get_or_create(
        minutes=minutes, user=by, defaults={"seen": text, "seen_at": timezone.now()}
    )
    if not made and row.seen != text:
        row.before, row.seen, row.seen_at = row.seen, text, timezone.now()
        row.save()
    return row


@transaction.atomic
def hold(minutes: Minutes, *, opinion: str, by: Any) -> Reading:
    """暂存: keep the convener's words until he decides. No state changes; only that he has begun is known."""
    fresh = lock(minutes)
    ask(fresh, "return_sign", by=by)
    words = tidy(opinion)[:LONGEST]
    plain(words)
    text = reading.text_of(fresh)
    row, _made = Reading.objects.get_or_create(
        minutes=fresh, user=by, defaults={"seen": text, "seen_at": timezone.now()}
    )
    row.held_opinion, row.held_at = words, timezone.now()
    row.full_clean()
    row.save()
    audit.record(by=by, verb="hold", label="暂存", obj=fresh)
    return row


def let_go(minutes: Minutes) -> None:
    """The decision is made: nothing is put aside any more. The caller holds the transaction."""
    for row in Reading.objects.filter(minutes=minutes, held_at__isnull=False):
        row.held_opinion, row.held_at = "", None
        row.save()
