"""催办, and the rungs of the ladder. Each is a row, a line in the item's journal, and a word to those it names."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.action_items import days, ladder, permissions
from apps.action_items.deadlines import late
from apps.action_items.enums import OPEN_STATES, ItemState, Rung
from apps.action_items.models import ActionItem, Prompt
from apps.common import audit, settings_rows
from apps.common.errors import Refused
from apps.common.workflow import lock, save_with_history
from apps.dispatch import digest
from apps.dispatch.enums import MessageState
from apps.dispatch.models import OutboxMessage
from apps.dispatch.outbox import wake
from apps.dispatch.services import tell
from apps.dispatch.telling import speaking_time
from apps.roster.selectors import today

CHASE, LADDER = "chase", "ladder"
_LONGEST_REST = timedelta(days=14)  # mails held over the longest holiday
_NOTHING_LEFT = "事项已办结、时限已变动或账号已停用，没有发出。"


@dataclass
class Chased:
    """What a 催办 did: items chased with the accounts told, those chased today already, those not open any more.

    `silent` names lead units without an account: they are to be called.
    """

    told: list[tuple[ActionItem, tuple[Any, ...]]] = field(default_factory=list)
    already: list[ActionItem] = field(default_factory=list)
    not_open: list[ActionItem] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)

    @property
    def people(self) -> int:
        """How many accounts were told."""
        return len({user.pk for _item, users in self.told for user in users})


@transaction.atomic
def chase(items: Iterable[ActionItem], *, by: Any) -> Chased:
    """Chase the lead units' liaisons of each item (一键催办), at most once a day an item, whoever presses.

    Raises PermissionDenied. Items are locked in the order of their ids; what one person is told is one mail.
    """
    if not permissions.can_chase(by):
        raise PermissionDenied("chase")
    done, at = Chased(), speaking_time(timezone.now())
    # All of them before anything else is written: what a unit's report waits for is never held by one waiting for it.
    locked = [lock(item) for item in sorted(items, key=lambda row: row.pk)]
    for item in locked:
        _chase_one(item, done, at, by)
    if settings_rows.value("digest"):
        wake(mail.pk for mail in digest.merge(CHASE) if mail.due_at <= timezone.now())
    return done


def _chase_one(item: ActionItem, done: Chased, at: datetime, by: Any) -> None:
    day = today()
    if item.state not in OPEN_STATES or item.state == ItemState.CLOSING:
        done.not_open.append(item)
        return
    if Prompt.objects.filter(item=item, rung=Rung.CHASE, on=day).exists():
        done.already.append(item)
        return
    named = ladder.liaisons(item)
    _keep(item, Rung.CHASE, _due_of(item), named, by=by)
    _tell(item, named.users, CHASE, f"{item.pk}:{day.isoformat()}", _("催办"), at, by)
    done.told.append((item, named.users))
    done.silent += [name for name in named.silent if name not in done.silent]


@transaction.atomic
def release(item: ActionItem, rung: str, *, by: Any) -> Prompt:
    """Release the next rung of an item that is late; whom it names is told. A rung goes once a deadline.

    Raises PermissionDenied, Refused (nothing late; not the next rung: somebody was quicker; chased today).
    """
    if not permissions.can_chase(by):
        raise PermissionDenied("ladder")
    fresh = lock(item)
    stuck = ladder.stuck_one(fresh)
    if stuck is None:
        raise Refused(_("这件事项没有超期或漏报，不需要升级。"), fresh)
    if stuck.next_rung is None or stuck.next_rung != rung:
        raise Refused(_("这一级已经发过，或者还没有轮到，请刷新后再看。"), fresh)
    if stuck.prompted_today:
        raise Refused(_("今天已催办，明天可升级。"), fresh)
    named = ladder.audience(fresh, stuck.next_rung)
    row = _keep(fresh, stuck.next_rung, stuck.asked.due, named, by=by)
    what = _("升级督办（%(rung)s）") % {"rung": stuck.next_rung.label}
    key = f"{fresh.pk}:{rung}:{stuck.asked.due.isoformat()}"
    _tell(fresh, named.users, LADDER, key, what, speaking_time(timezone.now()), by)
    return row


def take_back() -> int:
    """Take back 催办 and ladder mails that still wait (quiet hours) though nobody is to act on them any more.

    That is: the item is closed or waits for the office (申请办结), its date was moved or answered meanwhile, or the
    account was switched off. Returns how many were taken back. One query when none waits.
    """
    alone = Q(state=MessageState.WAITING, attempts=0)
    merged = Q(state=MessageState.MERGED, digest__state=MessageState.WAITING, digest__attempts=0)
    rows = OutboxMessage.objects.filter(alone | merged, kind__in=[CHASE, LADDER])
    held = list(rows.values_list("pk", "key", "matter", "user__is_active"))
    if not held:
        return 0
    # 催报 of a meeting is of the same kind: a mail is about an item when it is about that item's page.
    items = ActionItem.objects.filter(pk__in={_number_in(key) for _pk, key, _page, _active in held})
    known = {item.get_absolute_url(): item for item in items}
    asked = _still_asked(known.values())
    stale = [
        pk for pk, key, page, active in held
        if page in known and not (active and (known[page].pk, *_day_in(key)) in asked)
    ]  # fmt: skip
    return digest.cancel(stale, why=_NOTHING_LEFT) if stale else 0


def _still_asked(items: Iterable[ActionItem]) -> set[tuple[int, str, str]]:
    """(item, kind, day in the key of the mail) of every word about these items that still says what is asked.

    A rung is of a date that went by and must still be late; a 催办 is of the item's date, which must be the same now.
    """
    acted_on = {
        item.pk: item for item in items if item.state in OPEN_STATES and item.state != ItemState.CLOSING
    }
    # A rung is judged as of the day it was released: the next quarter's date, come meanwhile, does not answer it.
    climbed = Prompt.objects.filter(item__in=acted_on, on__gte=today() - _LONGEST_REST).exclude(
        rung=Rung.CHASE
    )
    days = {today(), *climbed.values_list("on", flat=True)}
    found = {(pk, LADDER, one.due.isoformat()) for day in days for pk, one in late(day) if pk in acted_on}
    chased = Prompt.objects.filter(item__in=acted_on, rung=Rung.CHASE)
    for pk, on, due in chased.values_list("item", "on", "due"):
        if due == _due_of(acted_on[pk]):
            found.add((pk, CHASE, on.isoformat()))
    return found


def _day_in(key: str) -> tuple[str, str]:
    """(kind, day) in the key of a mail: `chase:12:2026-03-23:…` or `ladder:12:member:2026-03-20:…`."""
    parts = key.split(":")
    return parts[0], parts[3 if parts[0] == LADDER else 2]


def _due_of(item: ActionItem) -> date:
    """The date a 催办 is about."""
    return item.current_due or item.report_due_on or item.opened_on


def _number_in(key: str) -> int:
    """The id in the key of a mail: `chase:12:…`."""
    number = key.split(":")[1]
    return int(number) if number.isdecimal() else 0


def _keep(item: ActionItem, rung: Rung, due: date, named: ladder.Audience, *, by: Any) -> Prompt:
    told = "、".join(str(user) for user in named.users)
    note = f"没有账号，须另行告知：{'、'.join(named.silent)}" if named.silent else ""
    row = Prompt(
        item=item, rung=rung, on=today(), due=due, released_by=by, told=told[:300], note=note[:200]
    )  # fmt: skip
    row.full_clean()
    label = "催办" if rung == Rung.CHASE else f"升级督办：{rung.label}"
    save_with_history(row, by=by, why=label)
    words = "；".join(filter(None, [f"时限{due.isoformat()}", f"告知{told}" if told else "", note]))
    audit.record(
        by=by, verb=CHASE if rung == Rung.CHASE else LADDER, label=label, obj=item, detail={"reason": words}
    )
    return row


def _tell(
    item: ActionItem, users: tuple[Any, ...], kind: str, key: str, what: str, at: datetime, by: Any
) -> None:
    due = item.current_due or item.report_due_on
    tell(
        users, kind=kind, key=key, title=f"{what}：{item.source_label}第{item.seq}项议定事项",
        url=item.get_absolute_url(), deadline=days.end_of(due) if due else None, by=by, due_at=at,
    )  # fmt: skip
