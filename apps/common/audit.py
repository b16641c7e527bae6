"""The append-only journal: who, when, from where, what, on what, with what result (GB/T 22239 audit).

`record` writes inside the caller's transaction, so that a change and its line live or die together.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from .models import AuditEvent

GENESIS = "0" * 64
_LOCK = 7_204_112  # one advisory lock for the whole chain


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an act comes from; set by the middleware for a request, empty for commands and tasks."""

    address: str = ""
    request_id: str = ""


_NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("audit_origin", default=_NOWHERE)
_waiting: ContextVar[list[AuditEvent] | None] = ContextVar("audit_waiting", default=None)


def current_origin() -> Origin:
    """The origin of what is being done now."""
    return _origin.get()


@contextmanager
def origin(address: str, request_id: str) -> Iterator[None]:
    """Name the address and request id that lines written inside carry."""
    token = _origin.set(Origin(address, request_id))
    try:
        yield
    finally:
        _origin.reset(token)


def _digest(event: AuditEvent) -> str:
    body = {
        "at": event.at.astimezone(UTC).isoformat(),
        "actor": event.actor_id,
        "actor_label": event.actor_label,
        "address": event.address,
        "request_id": event.request_id,
        "verb": event.verb,
        "label": event.label,
        "object": [event.object_type, event.object_id, event.object_label],
        "allowed": event.allowed,
        "detail": event.detail,
        "previous": event.previous_hash,
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _storable(value: Any) -> Any:
    """The same without what a database refuses (NUL, half characters): a refusal must always be journalled."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_storable(key): _storable(inner) for key, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list | tuple) else value


def record(
    *,
    by: Any,
    verb: str,
    label: str,
    obj: models.Model | None = None,
    allowed: bool = True,
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Append one line. Must run inside a transaction: the chain's lock is held until it ends.

    `by` is a user or None for the portal itself. `label` is the Chinese name of the act. Inside `at_the_end` the line
    is written with the block's others and has no id yet.
    """
    where, waiting = _origin.get(), _waiting.get()
    event = AuditEvent(
        at=timezone.now(),
        actor=by,
        actor_label=str(by)[:120] if by is not None else "系统",
        address=where.address,
        request_id=where.request_id,
        verb=verb,
        label=str(label)[:60],
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        object_label=str(obj)[:300] if obj is not None else "",
        allowed=allowed,
        detail=_storable(detail or {}),
    )
    if waiting is None:
        _append([event])
    else:
        waiting.append(event)
    return event


def _append(events: list[AuditEvent]) -> None:
    """Put lines at the end of the chain, under its lock."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = AuditEvent.objects.order_by("-id").values_list("hash", flat=True).first()
        for event in events:
            event.previous_hash = last or GENESIS
            event.hash = last = _digest(event)
            event.save(force_insert=True)


@contextmanager
def at_the_end() -> Iterator[None]:
    """Write the lines of the block together at its end; one that fails writes none. Inside the caller's transaction.

    For work of minutes: the chain's lock, for which everybody who writes waits, is held for its last moment only.
    """
    waiting: list[AuditEvent] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    _append(waiting)


def history_of(obj: models.Model) -> models.QuerySet[AuditEvent]:
    """What happened to one object, oldest first, refusals left out (they are for the auditor)."""
    return (
        AuditEvent.objects.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk), allowed=True)
        .order_by("id")
        .select_related("actor")
    )


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Result of checking the chain: how many lines, the head hash, and the first broken line's id (or None)."""

    count: int
    head: str
    broken_id: int | None


def verify() -> ChainReport:
    """Walk the whole chain in order. Reads in pages, so memory does not grow with the journal."""
    previous, count = GENESIS, 0
    for event in AuditEvent.objects.order_by("id").iterator(chunk_size=2000):
        if event.previous_hash != previous or _digest(event) != event.hash:
            return ChainReport(count, previous, event.pk)
        previous, count = event.hash, count + 1
    return ChainReport(count, previous, None)
