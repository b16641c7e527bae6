"""The outbox (messages that leave the database), recipients, and copies of issued papers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, PlainTextField
from apps.documents.models import ArchivedPaper
from apps.roster.models import Unit

from .enums import (
    DELIVERY_COLOURS,
    MESSAGE_COLOURS,
    Channel,
    DeliveryRole,
    DeliveryState,
    MessageState,
)


class Recipient(models.Model):
    """Somebody papers go to: a member unit, the municipal government, a county bureau."""

    name = PlainCharField(_("名称"), max_length=80, unique=True)
    unit = models.OneToOneField(Unit, models.PROTECT, null=True, blank=True, related_name="recipient")
    channel = models.CharField(_("送达方式"), max_length=10, choices=Channel)
    address = models.EmailField(_("邮箱"), blank=True)
    is_superior = models.BooleanField(_("抄报对象"), default=False)
    is_active = models.BooleanField(_("启用"), default=True)
    order = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-is_superior", "order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(channel=Channel.MAIL) | ~Q(address=""),
                name="mail_needs_an_address",
                violation_error_message=_("送达方式是电子邮件时必须填写邮箱。"),
            ),
            models.CheckConstraint(
                condition=~Q(channel=Channel.PORTAL) | Q(unit__isnull=False),
                name="only_a_unit_reads_in_the_portal",
                violation_error_message=_("平台送达只用于成员单位：别的收文单位不在平台上签收。"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("dispatch:recipients")


class OutboxMessage(models.Model):
    """A mail to be sent at least once. Written with the change that causes it; sent by the worker."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    matter = models.CharField(max_length=200, blank=True)  # what it is about: at most one mail a day
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    recipient = models.ForeignKey(Recipient, models.PROTECT, null=True, blank=True, related_name="messages")
    address = models.EmailField()
    subject = PlainCharField(max_length=200)
    body = models.TextField()
    paper = models.ForeignKey(ArchivedPaper, models.PROTECT, null=True, blank=True, related_name="messages")
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    # A line that goes out in one mail with others keeps its own row, so that nothing is ever told twice.
    digest = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="lines")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="outbox_due",
                condition=Q(state__in=[MessageState.WAITING, MessageState.SENDING]),
            ),
            models.Index(fields=["user", "matter", "-id"], name="outbox_matter"),
            models.Index(fields=["state", "-id"], name="outbox_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=MessageState.SENT, sent_at__isnull=False)
                | (~Q(state=MessageState.SENT) & Q(sent_at__isnull=True)),
                name="sent_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state=MessageState.SENDING, leased_until__isnull=False)
                | (~Q(state=MessageState.SENDING) & Q(leased_until__isnull=True)),
                name="sending_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state=MessageState.MERGED, digest__isnull=False)
                | (~Q(state=MessageState.MERGED) & Q(digest__isnull=True)),
                name="merged_names_its_digest",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("dispatch:outbox")

    @property
    def colour(self) -> str:
        """Colour of the state's badge."""
        return MESSAGE_COLOURS[MessageState(self.state)]


class PortalNotice(models.Model):
    """A line in a user's message list: a title, a deadline, where to go; never content."""

    key = models.CharField(max_length=200, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    title = PlainCharField(max_length=200)
    url = models.CharField(max_length=200)
    deadline = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "read_at"], name="notice_unread")]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """One copy of an issued paper: to whom, by which channel, how far it has come, who received it."""

    paper = models.ForeignKey(ArchivedPaper, models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey(Recipient, models.PROTECT, related_name="deliveries")
    role = models.CharField(_("类别"), max_length=8, choices=DeliveryRole)
    channel = models.CharField(_("送达方式"), max_length=10, choices=Channel)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    message = models.OneToOneField(
        OutboxMessage, models.PROTECT, null=True, blank=True, related_name="delivery"
    )
    sent_on = models.DateField(_("送出日期"), null=True, blank=True)
    received_on = models.DateField(_("签收日期"), null=True, blank=True)
    receiver = PlainCharField(_("签收人"), max_length=60, blank=True)
    confirmed_at = models.DateTimeField(_("本单位确认时间"), null=True, blank=True)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = PlainCharField(_("备注"), max_length=200, blank=True)
    returned_on = models.DateField(_("退回日期"), null=True, blank=True)
    chased_on = models.DateField(_("最近催签日期"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-recipient__is_superior", "recipient__order", "id"]
        verbose_name = _("发文登记")
        indexes = [
            models.Index(
                fields=["recipient"], name="copies_unsigned", condition=~Q(state=DeliveryState.RECEIVED)
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["paper", "recipient"], name="one_copy_a_recipient"),
            models.CheckConstraint(
                condition=Q(state__in=[DeliveryState.WAITING, DeliveryState.FAILED])
                | Q(sent_on__isnull=False),
                name="a_sent_copy_has_a_date",
            ),
            models.CheckConstraint(
                condition=(Q(received_on__isnull=True) & Q(receiver=""))
                | (Q(received_on__isnull=False) & ~Q(receiver="")),
                name="a_receipt_has_date_and_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} ← {self.paper}"

    def get_absolute_url(self) -> str:
        return reverse("dispatch:paper", args=[self.paper_id])

    @property
    def colour(self) -> str:
        """Colour of the state's badge."""
        return DELIVERY_COLOURS[DeliveryState(self.state)]


class StopOrder(models.Model):
    """A wrong paper is stopped (停止使用): why, since when, who approved it. `Delivery.returned_on` says who
    has given its copy back.
    """

    paper = models.OneToOneField(ArchivedPaper, models.PROTECT, related_name="stop_order")
    stopped_on = models.DateField(_("停止使用日期"))
    reason = PlainTextField(_("停止使用的原因"), max_length=500)
    approved_by = PlainCharField(_("批准人"), max_length=60)
    letter_number = PlainCharField(_("通知文号"), max_length=60, blank=True)
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["-stopped_on", "-id"]
        verbose_name = _("停止使用")

    def __str__(self) -> str:
        return f"{self.paper} 停止使用"

    def get_absolute_url(self) -> str:
        return reverse("dispatch:paper", args=[self.paper_id])
