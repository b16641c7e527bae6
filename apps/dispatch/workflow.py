"""Two tables: a copy of a paper, and a mail that could not be sent.

The worker's own steps (claim, sent, dead) are compare-and-set updates in `outbox`: they carry no decision of
a person, and one audit line a mail would queue every user behind the chain.
"""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.workflow import STAY, Transition, Workflow, register, sources
from apps.documents.enums import PaperStatus

from . import permissions as may
from .enums import DeliveryState, MessageState
from .models import Delivery, OutboxMessage

_OPEN = (DeliveryState.WAITING, DeliveryState.FAILED)


def registered_by_hand(delivery: Delivery) -> str | None:
    """The unit has not confirmed the copy itself."""
    if delivery.confirmed_at is not None:
        return str(_("收文单位已在系统中签收，不能再改登记。"))
    return None


def in_force(delivery: Delivery) -> str | None:
    """What was stopped or replaced waits for nobody's signature (`receiving.unsigned_of`)."""
    if delivery.paper.status == PaperStatus.STOPPED:
        return str(_("公文已停止使用，不再签收，请退回。"))
    if delivery.paper.status != PaperStatus.CURRENT:
        return str(_("这一版已更正，不再签收，请签收新版。"))
    return None


def may_be_chased(delivery: Delivery) -> str | None:
    """A unit of the portal holds it, the paper is in force, and nobody chased it today."""
    if delivery.recipient.unit_id is None:
        return str(_("收文单位不在系统中，请电话联系后登记。"))
    if delivery.paper.status != PaperStatus.CURRENT:
        return str(_("公文已更正或停止使用，不再催签。"))
    if delivery.chased_on == timezone.localdate():
        return str(_("今天已经催过。"))
    return None


def may_go_again(message: OutboxMessage) -> str | None:
    """To somebody who may still log in; and only a version in force: neither one that was stopped nor one corrected."""
    if message.user is not None and not message.user.is_active:
        return str(_("收件人的账号已停用，不能再发送。"))
    if message.paper is None or message.paper.status == PaperStatus.CURRENT:
        return None
    if message.paper.status == PaperStatus.STOPPED:
        return str(_("公文已停止使用，不能再发送。"))
    return str(_("这一版已更正，不能再发送；新版另有一封邮件。"))


DELIVERY_FLOW = register(
    Workflow(
        Delivery,
        _("发文登记"),
        DeliveryState,
        (
            Transition(
                "mail_sent", _("邮件已送出"), sources(*_OPEN), DeliveryState.SENT, may.nobody, system=True
            ),
            Transition(
                "mail_failed", _("邮件未送达"), sources(DeliveryState.WAITING), DeliveryState.FAILED,
                may.nobody, system=True,
            ),
            Transition(
                "mail_again", _("重发邮件"), sources(DeliveryState.FAILED), DeliveryState.WAITING,
                may.can_resend,
            ),
            Transition(
                "register_sent", _("登记送出"), sources(*_OPEN), DeliveryState.SENT, may.can_register,
                style="primary",
            ),
            Transition(
                "register_received", _("登记签收"), sources(*_OPEN, DeliveryState.SENT),
                DeliveryState.RECEIVED, may.can_register, style="primary",
            ),
            Transition(
                "amend", _("更正登记"), sources(DeliveryState.SENT, DeliveryState.RECEIVED), STAY,
                may.can_register, registered_by_hand,
            ),
            Transition(
                "chase", _("催签"), sources(*_OPEN, DeliveryState.SENT), STAY, may.can_register, may_be_chased,
            ),
            Transition(
                "confirm", _("签收"), sources(*_OPEN, DeliveryState.SENT), DeliveryState.RECEIVED,
                may.can_confirm, in_force, style="primary",
            ),
        ),
    )
)  # fmt: skip

MESSAGE_FLOW = register(
    Workflow(
        OutboxMessage,
        _("待发邮件"),
        MessageState,
        (
            Transition(
                "resend", _("重新发送"), sources(MessageState.DEAD), MessageState.WAITING, may.can_resend,
                may_go_again, style="primary",
            ),
            Transition(
                "drop", _("不再发送"), sources(MessageState.DEAD), MessageState.CANCELLED, may.can_resend,
                needs_reason=True,
            ),
        ),
    )
)  # fmt: skip
