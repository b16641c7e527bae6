"""Channels, and how far a message or a paper has come."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How a recipient is reached."""

    PORTAL = "portal", _("平台送达")  # the unit reads and signs here: sent the moment it is issued
    MAIL = "mail", _("电子邮件")
    EXCHANGE = "exchange", _("电子公文交换")
    PAPER = "paper", _("纸质送达")


class MessageState(models.TextChoices):
    """State of an outbox row. DEAD rows are shown to the office."""

    WAITING = "waiting", _("待发送")
    SENDING = "sending", _("发送中")
    SENT = "sent", _("已发送")
    DEAD = "dead", _("发送失败")
    CANCELLED = "cancelled", _("已取消")
    MERGED = "merged", _("并入汇总")


class DeliveryRole(models.TextChoices):
    """In which line of the 版记 a recipient stands (C12: 抄报 is a gate)."""

    REPORT = "report", _("抄报")
    SEND = "send", _("发送")
    COPY = "copy", _("抄送")


class DeliveryState(models.TextChoices):
    """How far one copy of a paper has come."""

    WAITING = "waiting", _("待送出")
    SENT = "sent", _("已送出")
    RECEIVED = "received", _("已签收")
    FAILED = "failed", _("未送达")


SENT_AT_ALL = (DeliveryState.SENT, DeliveryState.RECEIVED)  # 送出, signed for or not

# Colours of components/state_badge.html; a test accounts for every member.
MESSAGE_COLOURS = {
    MessageState.WAITING: "amber",
    MessageState.SENDING: "blue",
    MessageState.SENT: "green",
    MessageState.DEAD: "red",
    MessageState.CANCELLED: "grey",
    MessageState.MERGED: "grey",
}
DELIVERY_COLOURS = {
    DeliveryState.WAITING: "amber",
    DeliveryState.SENT: "blue",
    DeliveryState.RECEIVED: "green",
    DeliveryState.FAILED: "red",
}
