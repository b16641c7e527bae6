"""签收 by a unit; who has not signed for an issued paper, or not opened it, is asked again, once a day at most."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.bulletins import permissions, selectors
from apps.bulletins.models import Bulletin, Information
from apps.common import audit
from apps.common.errors import Refused
from apps.common.workflow import lock, save_with_history
from apps.dispatch.chasing import Chased, chase_receipts
from apps.dispatch.enums import DeliveryState
from apps.dispatch.models import Delivery
from apps.dispatch.services import confirm_receipt
from apps.documents.enums import PaperStatus
from apps.roster.selectors import standing_of


@transaction.atomic
def sign_for(bulletin: Bulletin, *, by: Any) -> list[Delivery]:
    """签收 of the copies of the units `by` acts for; pressed twice it changes nothing. Returns all of them.

    Raises PermissionDenied (no copy of a unit of theirs), Refused (the paper is stopped).
    """
    units = standing_of(by).liaison_units
    rows = Delivery.objects.filter(paper=bulletin.paper_id, recipient__unit__in=units).order_by("pk")
    copies = [lock(copy) for copy in rows]
    if bulletin.paper is None or not copies:
        raise PermissionDenied("no copy to sign for")
    if bulletin.paper.status != PaperStatus.CURRENT:
        raise Refused("公文已停止使用，不用签收。", bulletin)
    return [copy if copy.state == DeliveryState.RECEIVED else confirm_receipt(copy, by=by) for copy in copies]


@transaction.atomic
def chase(row: Bulletin | Information, *, by: Any) -> Chased:
    """催签 to the units that have not signed for it, by the desk's own road: each copy once a day, whoever presses where.

    Raises PermissionDenied, Refused (not issued, stopped, nobody is silent, chased today already, nobody to be told).
    """
    fresh = lock(row)
    if not permissions.can_write(by):
        raise PermissionDenied("chase")
    if fresh.paper is None:
        raise Refused("还没有印发。", fresh)
    if fresh.paper.status != PaperStatus.CURRENT:
        raise Refused("公文已停止使用，不再催签。", fresh)
    if fresh.chased_on == timezone.localdate():
        raise Refused("今天已经催过一次，明天再催。", fresh)
    silent = selectors.unsigned(fresh.paper)
    if not silent:
        raise Refused("各单位都已签收，不用催。", fresh)
    done = chase_receipts(silent, by=by)
    if not done.told:
        unheard = "、".join(copy.recipient.name for copy in done.nobody)
        raise Refused(f"没有可通知的账号，请电话联系：{unheard}。" if unheard else "今天已经催过。", fresh)
    fresh.chased_on = timezone.localdate()
    save_with_history(fresh, by=by, why="催签")
    names = [copy.recipient.name for copy in done.told]
    audit.record(by=by, verb="chase", label="催签", obj=fresh, detail={"to": names})
    return done
