"""Whether to speak now: once before a deadline and once when it has passed, or as the rules say. Rules change here."""

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.action_items import deadlines as action_items
from apps.action_items.services.prompting import take_back
from apps.common import audit, request_cache, settings_rows
from apps.common.errors import Refused
from apps.common.todo import Deadline
from apps.common.workflow import save_with_history
from apps.dispatch import digest
from apps.dispatch.enums import MessageState
from apps.dispatch.models import OutboxMessage, PortalNotice
from apps.dispatch.outbox import wake
from apps.dispatch.services import mark_read, tell
from apps.dispatch.telling import speaking_time
from apps.meetings import selectors as meetings
from apps.minutes import deadlines as corrections
from apps.minutes import selectors as minutes

from . import permissions
from .enums import Phase
from .models import MOST_DAYS, ReminderRule
from .selectors import DEFAULTS, KIND, Reminder, phase_of, rules

logger = logging.getLogger(__name__)

SOURCES: tuple[Callable[[], list[Deadline]], ...] = (
    meetings.deadlines,
    minutes.deadlines,
    corrections.of_corrections,
)
# Which dates of an item are open depends on the day: these are asked as of one.
DATED_SOURCES: tuple[Callable[[date], list[Deadline]], ...] = (action_items.deadlines,)
MOST_SLOTS = 3
_MOVED = "事项已办结或期限已变，提醒取消。"
_SETTLED = "事项已办结或期限已变，不再发送。"
_CHUNK = 500


def look() -> int:
    """Tell everybody who must act and was not told yet; take back what waits for a date that moved.

    Safe to run twice at once and after any jump of the clock. Returns how many lines were queued.
    """
    now = timezone.now()
    with request_cache.scope():
        failed: list[str] = []
        reminders = due_reminders(now, failed)
        valid = {key for reminder in reminders for key in reminder.audience}
        if not failed:  # what an app that failed still asks for is not known, so nothing is taken back
            _take_back(valid)
        take_back()
        known = known_keys(valid)
        fresh = [reminder for reminder in reminders if any(key not in known for key in reminder.audience)]
        return _speak(fresh, now) if fresh else 0


def due_reminders(now: datetime, failed: list[str] | None = None) -> list[Reminder]:
    """Every deadline in a phase in which somebody is to be told, told already or not. `failed`: see `gather`."""
    found = (phase_of(deadline, now) for deadline in gather(timezone.localdate(now), failed))
    return [reminder for reminder in found if reminder is not None]


def gather(day: date, failed: list[str] | None = None) -> Iterable[Deadline]:
    """Every open deadline of every app. One app that fails does not silence the others; `failed` gets its name."""
    for source in (*SOURCES, *(_on(dated, day) for dated in DATED_SOURCES)):
        try:
            yield from source()
        except Exception:
            logger.exception("deadlines of %s cannot be read", source.__module__)
            if failed is not None:
                failed.append(source.__module__)


def _on(source: Callable[[date], list[Deadline]], day: date) -> Callable[[], list[Deadline]]:
    return lambda: source(day)


@transaction.atomic
def _speak(reminders: list[Reminder], now: datetime) -> int:
    """Tell each; what one person is told for the same moment becomes one mail before a worker can see it.

    One reminder that cannot be told does not silence the others: each has a savepoint of its own.
    """
    at = speaking_time(now)
    queued = 0
    for reminder in reminders:
        try:
            with transaction.atomic():
                queued += len(_tell(reminder, at))
        except Exception:
            logger.exception("reminder %s cannot be told", reminder.key)
    if settings_rows.value("digest"):
        wake(mail.pk for mail in digest.merge(KIND) if mail.due_at <= timezone.now())
    return queued


def _tell(reminder: Reminder, at: datetime) -> list[OutboxMessage]:
    deadline = reminder.deadline
    return tell(
        deadline.users, kind=KIND, key=reminder.key, title=reminder.title, url=deadline.url,
        deadline=deadline.due_at, due_at=at,
    )  # fmt: skip


def known_keys(keys: set[str]) -> set[str]:
    """Keys that were spoken. One taken back because its date moved, and moved back now, was not.

    A mail taken back counts only if it can wait again: never tried, to a person who still has an address.
    """
    wanted, found = sorted(keys), set()
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        found |= set(PortalNotice.objects.filter(key__in=chunk).values_list("key", flat=True))
        taken_back = OutboxMessage.objects.filter(
            key__in=chunk, state=MessageState.CANCELLED, last_error=_MOVED, attempts=0
        ).exclude(user__email="")
        found -= set(taken_back.values_list("key", flat=True))
    return found


def _take_back(valid: set[str]) -> None:
    """Reminders of a date that moved, or of a matter that is closed: mails are cancelled, unread lines go.

    A line that goes can be shown again when its date comes back. One is read, and stays, when the same date is in
    its next phase, or when a mail on its way lists it.
    """
    _cancel_mails(valid)
    unread = PortalNotice.objects.filter(key__startswith=f"{KIND}:", read_at__isnull=True)
    gone = {key for key in unread.values_list("key", flat=True) if key not in valid}
    if gone:
        open_dates = {_date_of(key) for key in valid}
        _forget(gone, {key for key in gone if _date_of(key) in open_dates})


def _cancel_mails(valid: set[str]) -> None:
    """Mails that wait, alone or in a digest, and dead ones, which somebody might send again."""
    alone = Q(state=MessageState.WAITING, attempts=0) | Q(state=MessageState.DEAD)
    merged = Q(digest__state=MessageState.WAITING, digest__attempts=0) | Q(digest__state=MessageState.DEAD)
    rows = OutboxMessage.objects.filter(alone | Q(merged, state=MessageState.MERGED), kind=KIND)
    stale: dict[bool, list[int]] = {True: [], False: []}
    for pk, key, state, of_digest in rows.values_list("pk", "key", "state", "digest__state"):
        if key not in valid:
            stale[MessageState.DEAD in (state, of_digest)].append(pk)
    if stale[False]:
        digest.cancel(stale[False], why=_MOVED)
    if stale[True]:
        digest.cancel_dead(stale[True], why=_SETTLED)


def _date_of(key: str) -> str:
    """Kind, matter and date of a line's key, without phase and person."""
    return key.rsplit(":", 2)[0]


def _forget(keys: set[str], read_only: set[str]) -> None:
    going = OutboxMessage.objects.filter(kind=KIND, state=MessageState.MERGED).exclude(
        digest__state=MessageState.SENT
    )
    kept = read_only | (set(going.values_list("key", flat=True)) & keys)
    wanted = sorted(keys - kept)
    for start in range(0, len(wanted), _CHUNK):
        PortalNotice.objects.filter(key__in=wanted[start : start + _CHUNK], read_at__isnull=True).delete()
    mark_read(PortalNotice.objects.filter(key__in=sorted(kept)))


# --- rules ------------------------------------------------------------------


@transaction.atomic
def set_rule(matter: str, phase: str, slot: int, *, workdays: int, is_active: bool, by: Any) -> bool:
    """Change one rule. Returns whether anything changed. Raises PermissionDenied, ValidationError.

    Several at once: `set_rules`.
    """
    if not permissions.can_set_rules(by):
        raise PermissionDenied("reminder rules")
    key = (matter, phase, slot)
    row = ReminderRule.objects.select_for_update().filter(matter=matter, phase=phase, slot=slot).first()
    old = row or next((one for one in DEFAULTS if (one.matter, one.phase, one.slot) == key), None)
    if old is not None and (old.workdays, old.is_active) == (workdays, is_active):
        return False
    was = {"workdays": old.workdays, "active": old.is_active} if old else None
    row = row or ReminderRule(matter=matter, phase=phase, slot=slot)
    row.workdays, row.is_active = workdays, is_active
    row.full_clean()
    save_with_history(row, by=by, why="修改提醒规则")
    now = {"workdays": workdays, "active": is_active}
    audit.record(by=by, verb="set_rule", label="修改提醒规则", obj=row, detail={"from": was, "to": now})
    request_cache.forget("reminder_rules")
    return True


def set_rules(chosen: Iterable[tuple[ReminderRule, int, bool]], *, by: Any) -> int:
    """Change several rules (rule, working days, switched on) together or not at all. Returns how many changed.

    Every row is held before the first is written, rows are made in one order, and the lines of the journal are written
    last: of two who save at once the second waits for the first, never each for the other. Raises PermissionDenied,
    ValidationError, Refused (a rule both keep for the first time).
    """
    wanted = sorted((row.matter, row.phase, row.slot, days, on) for row, days, on in chosen)
    try:
        with transaction.atomic(), audit.at_the_end():
            list(ReminderRule.objects.select_for_update().order_by("pk"))
            return sum(
                set_rule(matter, phase, slot, workdays=days, is_active=on, by=by)
                for matter, phase, slot, days, on in wanted
            )
    except IntegrityError:
        raise Refused(str(_("规则刚被别人改过，请刷新后再看。"))) from None


def add_rule(matter: str, phase: str, *, workdays: int, by: Any) -> None:
    """One more reminder of a matter in a phase. Raises PermissionDenied, ValidationError (too many, same days)."""
    if not permissions.can_set_rules(by):
        raise PermissionDenied("reminder rules")
    same = [row for row in rules() if (row.matter, row.phase) == (matter, phase)]
    if len(same) >= MOST_SLOTS:
        raise ValidationError(
            _("每类事项%(phase)s最多提醒%(most)s次。"),
            params={"phase": Phase(phase).label, "most": MOST_SLOTS},
        )
    if any(row.workdays == workdays for row in same):
        raise ValidationError({"workdays": _("已经有一条%(days)s个工作日的规则。") % {"days": workdays}})
    if not 0 <= workdays <= MOST_DAYS:
        raise ValidationError({"workdays": _("请填0到%(most)s。") % {"most": MOST_DAYS}})
    slot = max((row.slot for row in same), default=0) + 1
    set_rules([(ReminderRule(matter=matter, phase=phase, slot=slot), workdays, True)], by=by)


def note_audit_head() -> str:
    """Write the journal's length and head hash to the log, so that a copy lies outside the database.

    A broken chain is an error line naming the first broken row. Returns the head.
    """
    report = audit.verify()
    if report.broken_id is not None:
        logger.error("audit chain broken at row %s, head %s", report.broken_id, report.head)
    else:
        logger.info("audit head %s after %s lines", report.head, report.count)
    return report.head
