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
from apps.dispatch.enums import DeliveryState
from apps.dispatch.models import Delivery
from apps.dispatch.services import confirm_receipt, tell
from apps.documents.enums import PaperStatus
from apps.roster.selectors import liaison_users, standing_of


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
def chase(row: Bulletin | Information, *, by: Any) -> list[str]:
    """催签 to the units that have not signed for it (opened it). Returns their names.

    Raises PermissionDenied, Refused (not issued, stopped, nobody is silent, chased today already).
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
    silent = [copy.recipient for copy in selectors.unsigned(fresh.paper)]
    if not silent:
        raise Refused("各单位都已签收，不用催。", fresh)
    fresh.chased_on = timezone.localdate()
    save_with_history(fresh, by=by, why="催签")
    names = [str(recipient) for recipient in silent]
    audit.record(by=by, verb="chase", label="催签", obj=fresh, detail={"to": names})
    people = liaison_users({recipient.unit_id for recipient in silent} - {None})
    tell(
        dict.fromkeys(user for found in people.values() for user in found), kind="bulletin_chase",
        title=f"请签收：{fresh.title}", url=fresh.get_absolute_url(), by=by,
        key=f"{fresh._meta.model_name}:{fresh.pk}:{fresh.chased_on:%Y%m%d}",
    )  # fmt: skip
    return names
