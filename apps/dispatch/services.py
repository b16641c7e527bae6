"""Papers to their recipients, receipts, recipients themselves, and dead mails."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common import audit, settings_rows
from apps.common.errors import Refused
from apps.common.workflow import lock, move, save_with_history
from apps.documents.models import ArchivedPaper
from apps.roster.models import Unit

from . import permissions
from .enums import Channel, DeliveryRole, DeliveryState, MessageState
from .models import Delivery, OutboxMessage, PortalNotice, Recipient
from .outbox import lock_copy, wake
from .selectors import issuer_of
from .telling import one_line, tell

__all__ = [
    "confirm_receipt", "drop", "issue_list", "mark_read", "register_delivery", "resend", "resend_all",
    "save_recipient", "send_paper", "send_test", "sync_recipients", "tell",
]  # fmt: skip


# --- papers -----------------------------------------------------------------


def issue_list(*, by: Any = None) -> list[tuple[Recipient, DeliveryRole]]:
    """Who an issued paper goes to: the municipal government (抄报, C12), then every member unit (发送)."""
    sync_recipients(by=by)
    rows = Recipient.objects.filter(is_active=True).select_related("unit")
    reports = [(row, DeliveryRole.REPORT) for row in rows if row.is_superior]
    units = [(row, DeliveryRole.SEND) for row in rows if row.unit_id is not None and not row.is_superior]
    return reports + units


def send_paper(
    archived: ArchivedPaper, *, recipients: list[tuple[Recipient, DeliveryRole]], by: Any
) -> list[Delivery]:
    """One copy a recipient: there at once for a unit that reads it here (平台送达), a mail with the PDF where the channel
    is mail, else to be registered by hand.

    Pressed twice it changes nothing. Returns the copies in the order given.
    """
    with transaction.atomic():
        lock(archived)
        known = {copy.recipient_id: copy for copy in Delivery.objects.filter(paper=archived)}
        fresh = [(row, role) for row, role in recipients if row.pk not in known]
        for recipient, role in fresh:
            known[recipient.pk] = _first_copy(archived, recipient, role, by=by)
        wake(copy.message_id for copy in known.values() if copy.message_id)
        if fresh:
            names = [f"{role.label} {recipient}" for recipient, role in fresh]
            audit.record(by=by, verb="send_paper", label="发文", obj=archived, detail={"to": names})
    return [known[recipient.pk] for recipient, _role in recipients]


def _first_copy(archived: ArchivedPaper, recipient: Recipient, role: DeliveryRole, *, by: Any) -> Delivery:
    delivery = Delivery(
        paper=archived, recipient=recipient, role=role, channel=recipient.channel, **_at_once(recipient)
    )
    if recipient.channel == Channel.MAIL:
        delivery.message = _mail_of(archived, recipient, role)
    delivery.full_clean()
    save_with_history(delivery, by=by, why="发文")
    return delivery


def _at_once(recipient: Recipient) -> dict[str, Any]:
    """What nobody carries is there as soon as it is issued: the unit finds it among its papers."""
    if recipient.channel != Channel.PORTAL:
        return {}
    return {"state": DeliveryState.SENT, "sent_on": timezone.localdate()}


def _mail_of(archived: ArchivedPaper, recipient: Recipient, role: DeliveryRole) -> OutboxMessage:
    context = {
        "recipient": recipient, "title": archived.title, "number": archived.number_text, "role": role.label,
        "issuer": issuer_of(archived), "site": settings.SITE_NAME,
    }  # fmt: skip
    return OutboxMessage.objects.create(
        key=f"paper:{archived.pk}:{archived.version}:{recipient.pk}",
        kind="paper",
        recipient=recipient,
        address=recipient.address,
        subject=one_line(f"{archived.title} {archived.number_text}"),
        body=render_to_string("email/paper.txt", context).strip() + "\n",
        paper=archived,
        due_at=timezone.now(),
    )


def register_delivery(
    delivery: Delivery,
    *,
    sent_on: date,
    received_on: date | None = None,
    receiver: str = "",
    by: Any,
    note: str = "",
    channel: str = "",
) -> Delivery:
    """Write down by hand when a copy went and who received it (C12: that is what 归档 waits for).

    A second time it puts the entry right. Raises ValidationError for dates out of order or a receipt without
    a name, PermissionDenied, Refused once the unit has signed for the copy itself.
    """
    _check_dates(delivery, sent_on, received_on, receiver)
    with transaction.atomic():
        fresh = lock(delivery)
        if fresh.state == DeliveryState.RECEIVED or (fresh.state == DeliveryState.SENT and not received_on):
            verb = "amend"
        else:
            verb = "register_received" if received_on else "register_sent"
        done = move(
            delivery, verb, by=by, sent_on=sent_on, received_on=received_on, receiver=receiver.strip(),
            note=note.strip(), channel=channel or fresh.channel, registered_by=by,
        )  # fmt: skip
        # A dead mail of a copy that went another way is settled.
        OutboxMessage.objects.filter(delivery=done, state=MessageState.DEAD).update(
            state=MessageState.CANCELLED, last_error="已改由人工登记。"
        )
    return done


def _check_dates(delivery: Delivery, sent_on: date, received_on: date | None, receiver: str) -> None:
    errors: dict[str, Any] = {}
    today = timezone.localdate()
    if sent_on > today:
        errors["sent_on"] = _("送出日期不能晚于今天。")
    elif delivery.paper.signed_on and sent_on < delivery.paper.signed_on:
        errors["sent_on"] = _("送出日期不能早于成文日期。")
    if received_on and received_on < sent_on:
        errors["received_on"] = _("签收日期不能早于送出日期。")
    elif received_on and received_on > today:
        errors["received_on"] = _("签收日期不能晚于今天。")
    if received_on and not receiver.strip():
        errors["receiver"] = _("请填写签收人。")
    if receiver.strip() and not received_on:
        errors["received_on"] = _("请填写签收日期。")
    if delivery.state == DeliveryState.RECEIVED and not received_on:
        errors["received_on"] = _("已登记签收，更正时请填写签收日期和签收人。")
    if errors:
        raise ValidationError(errors)


def confirm_receipt(delivery: Delivery, *, by: Any) -> Delivery:
    """The unit's liaison signs for its copy in the portal. Raises PermissionDenied or Refused."""
    today = timezone.localdate()
    with transaction.atomic():
        sent_on = lock(delivery).sent_on or today
        return move(
            delivery, "confirm", by=by, sent_on=sent_on, received_on=today, receiver=str(by)[:60],
            confirmed_at=timezone.now(),
        )  # fmt: skip


# --- dead mails -------------------------------------------------------------


def resend(message: OutboxMessage, *, by: Any) -> OutboxMessage:
    """Try a dead mail again from the start, to the address its user or recipient has now."""
    owner = message.recipient or message.user
    address = getattr(owner, "address", "") or getattr(owner, "email", "") or message.address
    with transaction.atomic():
        lock_copy(message)
        again = move(
            message, "resend", by=by, attempts=0, due_at=timezone.now(), last_error="", address=address
        )
        delivery = Delivery.objects.filter(message=again, state=DeliveryState.FAILED).first()
        if delivery is not None:
            move(delivery, "mail_again", by=by)
        wake([again.pk])
    return again


def resend_all(mails: Iterable[OutboxMessage], *, by: Any) -> tuple[int, int]:
    """Try several dead mails again: (how many wait now, how many may not be sent any more). Raises PermissionDenied."""
    done = left = 0
    for message in mails:
        try:
            resend(message, by=by)
        except Refused:
            left += 1
        else:
            done += 1
    return done, left


def drop(message: OutboxMessage, *, reason: str, by: Any) -> OutboxMessage:
    """Give a dead mail up; a copy of a paper is then to be registered by hand."""
    with transaction.atomic():
        lock_copy(message)
        return move(message, "drop", by=by, reason=reason)


# --- recipients -------------------------------------------------------------


@transaction.atomic
def sync_recipients(*, by: Any = None) -> list[Recipient]:
    """A recipient for each member unit and for the 抄报 authority of the settings. Returns those made now.

    New units read in the portal, the authority gets 电子公文交换; what the administrator changed stays. Units that left are switched off.
    """
    made = []
    known = {row.unit_id: row for row in Recipient.objects.select_related("unit")}
    for unit in Unit.objects.active():
        if unit.pk not in known:
            fields = {"name": unit.short_name, "unit": unit, "order": unit.order}
            made.append(_create(fields, by=by))
    for row in known.values():
        if row.unit is not None and row.unit.left_on is not None and row.is_active:
            row.is_active = False
            save_with_history(row, by=by, why="单位退出")
    return made + _sync_superior(by=by)


def _sync_superior(*, by: Any) -> list[Recipient]:
    name = settings_rows.value("report_to")
    for other in Recipient.objects.filter(is_superior=True).exclude(name=name):
        other.is_superior = False
        save_with_history(other, by=by, why="抄报对象变更")
    row = Recipient.objects.filter(name=name).first()
    if row is None:
        return [_create({"name": name, "is_superior": True}, by=by)]
    if not row.is_superior or not row.is_active:
        row.is_superior = row.is_active = True
        save_with_history(row, by=by, why="抄报对象变更")
    return []


def _create(fields: dict[str, Any], *, by: Any) -> Recipient:
    row = Recipient(channel=Channel.PORTAL if "unit" in fields else Channel.EXCHANGE, **fields)
    row.full_clean()
    save_with_history(row, by=by, why="按成员名单建立")
    return row


def save_recipient(recipient: Recipient, *, by: Any) -> Recipient:
    """Keep a new or changed recipient. Raises PermissionDenied, ValidationError, Refused (the authority)."""
    if not permissions.can_keep_recipients(by):
        raise PermissionDenied("recipients")
    if recipient.is_superior and not recipient.is_active:
        raise Refused(str(_("抄报对象不能停用：每期纪要都要抄报（章程四（一））。")), recipient)
    with transaction.atomic():
        recipient.full_clean()
        label = "新增收文单位" if recipient._state.adding else "修改收文单位"
        save_with_history(recipient, by=by, why=label)
        detail = {"channel": recipient.channel, "address": recipient.address, "active": recipient.is_active}
        audit.record(by=by, verb="save_recipient", label=label, obj=recipient, detail=detail)
    return recipient


def send_test(recipient: Recipient, *, by: Any) -> OutboxMessage:
    """Queue a test mail to the recipient's address. Raises PermissionDenied, Refused without an address."""
    if not permissions.can_keep_recipients(by):
        raise PermissionDenied("recipients")
    if not recipient.address:
        raise Refused(str(_("还没有填写邮箱，不能发送测试邮件。")), recipient)
    context = {"recipient": recipient, "site": settings.SITE_NAME}
    with transaction.atomic():
        message = OutboxMessage.objects.create(
            key=f"test:{recipient.pk}:{timezone.now().isoformat()}",
            kind="test",
            recipient=recipient,
            address=recipient.address,
            subject=f"测试邮件（{settings.SITE_NAME}）",
            body=render_to_string("email/test.txt", context).strip() + "\n",
            due_at=timezone.now(),
        )
        audit.record(
            by=by, verb="test_mail", label="发送测试邮件", obj=recipient, detail={"to": recipient.address}
        )
        wake([message.pk])
    return message


# --- what a user was told ---------------------------------------------------


def mark_read(notices: QuerySet[PortalNotice]) -> int:
    """Mark lines of the message list as read. Returns how many were not."""
    unread = notices.filter(read_at__isnull=True)
    return unread.update(read_at=timezone.now())


def mark_one_read(notice: PortalNotice) -> None:
    """Mark one line as read."""
    mark_read(PortalNotice.objects.filter(pk=notice.pk))
