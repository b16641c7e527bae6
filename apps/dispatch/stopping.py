"""停止使用: a wrong paper is stopped, everybody who had it is told, and who has given it back is written down."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common import audit
from apps.common.errors import Refused
from apps.common.workflow import save_with_history
from apps.documents.enums import PaperKind, PaperStatus
from apps.documents.models import ArchivedPaper
from apps.documents.services import mark_stopped
from apps.roster.selectors import liaison_users

from . import permissions
from .enums import MessageState
from .models import Delivery, OutboxMessage, StopOrder
from .selectors import order_on, versions_of
from .services import tell


@transaction.atomic
def stop_paper(
    paper: ArchivedPaper, *, reason: str, approved_by: str, stopped_on: date, letter_number: str = "", by: Any
) -> StopOrder:
    """Stop an issued paper that no app of its own looks after; a 纪要 is stopped on its own page, by its signer.

    Raises PermissionDenied, Refused (not in force, a 纪要), ValidationError (date, empty words).
    """
    if not permissions.can_stop(by):
        raise PermissionDenied("stop paper")
    if paper.kind == PaperKind.MINUTES:
        raise Refused("纪要停止使用须经召集人批准，请在该纪要的页面办理。", paper)
    return stop_owned(
        paper, reason=reason, approved_by=approved_by, stopped_on=stopped_on, letter_number=letter_number, by=by
    )  # fmt: skip


@transaction.atomic
def stop_owned(
    paper: ArchivedPaper, *, reason: str, approved_by: str, stopped_on: date, letter_number: str = "", by: Any,
    notices: Iterable[ArchivedPaper] = (),
) -> StopOrder:  # fmt: skip
    """The same for the app that owns the paper and has asked who may.

    Mails that wait or lie with the worker are not sent any more, neither those of an earlier version nor those of the
    `notices` that speak of it.
    """
    _check_day(paper, stopped_on)
    paper = ArchivedPaper.objects.select_for_update().get(pk=paper.pk)
    if paper.status != PaperStatus.CURRENT:
        raise Refused(f"这份公文{paper.get_status_display()}，不能再停止使用。", paper)
    order = StopOrder(
        paper=paper, reason=reason, approved_by=approved_by, stopped_on=stopped_on, letter_number=letter_number,
        ordered_by=by,
    )  # fmt: skip
    order.full_clean()
    save_with_history(order, by=by, why="停止使用")
    mark_stopped(paper)
    gone = cancel_mails([*versions_of(paper), *notices], why="公文已停止使用，没有发出。")
    detail = {"reason": order.reason, "mails_cancelled": gone}
    audit.record(by=by, verb="stop_paper", label="停止使用", obj=paper, detail=detail)
    _tell_units(paper, by=by)
    return order


def _check_day(paper: ArchivedPaper, stopped_on: date) -> None:
    if stopped_on > timezone.localdate():
        raise ValidationError({"stopped_on": _("停止使用日期不能晚于今天。")})
    # A notice may bear a day to come; it can be stopped all the same.
    if paper.signed_on is not None and stopped_on < min(paper.signed_on, timezone.localdate()):
        raise ValidationError({"stopped_on": _("停止使用日期不能早于成文日期。")})


def hold(paper: ArchivedPaper, notices: Iterable[ArchivedPaper] = ()) -> None:
    """Lock a paper and the mails that carry it, any earlier version or one of the `notices`, in the order of their ids.

    For an act that journals before it stops or corrects the paper: the worker that settles one of the mails locks it
    first and journals then. The caller holds the transaction.
    """
    list(ArchivedPaper.objects.select_for_update().filter(pk=paper.pk))
    mails = OutboxMessage.objects.filter(_unsent([*versions_of(paper), *notices]))
    list(mails.select_for_update().order_by("pk"))


def _unsent(papers: Iterable[ArchivedPaper]) -> Q:
    return Q(paper__in=list(papers), state__in=[MessageState.WAITING, MessageState.SENDING])


def cancel_mails(papers: Iterable[ArchivedPaper], *, why: str) -> int:
    """Mails of these papers that wait or lie with the worker are not sent; `why` stands beside each in the outbox.

    One the mail server has taken already says 已发送 when the worker is back. Returns how many were cancelled; the caller
    has the right and the transaction.
    """
    waiting = OutboxMessage.objects.filter(_unsent(papers))
    return waiting.update(state=MessageState.CANCELLED, leased_until=None, last_error=why)


def _tell_units(paper: ArchivedPaper, *, by: Any) -> None:
    """Everybody who was sent this version or an earlier one."""
    copies = Delivery.objects.filter(paper__in=versions_of(paper)).select_related("recipient")
    users = liaison_users({copy.recipient.unit_id for copy in copies} - {None})
    told = list(dict.fromkeys(user for unit in users for user in users[unit]))
    name = paper.number_text or paper.title
    tell(
        told,
        kind="paper_stopped",
        title=f"公文停止使用，请退回：{name}",
        url=reverse("dispatch:paper", args=[paper.pk]),
        key=str(paper.pk),
        by=by,
    )


@transaction.atomic
def register_return(delivery: Delivery, *, returned_on: date, by: Any) -> Delivery:
    """Write down that a copy of a stopped paper came back. Raises PermissionDenied, Refused, ValidationError."""
    if not permissions.can_register(by):
        raise PermissionDenied("register return")
    fresh = Delivery.objects.select_for_update(of=("self",)).select_related("paper").get(pk=delivery.pk)
    order = order_on(fresh.paper)
    if order is None:
        raise Refused("这份公文没有停止使用，不必退回。", fresh.paper)
    if not order.stopped_on <= returned_on <= timezone.localdate():
        raise ValidationError({"returned_on": _("退回日期应在停止使用当日至今天之间。")})
    fresh.returned_on = returned_on
    fresh.full_clean()
    save_with_history(fresh, by=by, why="登记退回")
    audit.record(
        by=by,
        verb="register_return",
        label="登记退回",
        obj=fresh.paper,
        detail={"from": str(fresh.recipient)},
    )
    return fresh
