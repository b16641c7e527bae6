"""Invitations with their replies, the sign-in list, who came and left, and the code people sign in with."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, PlainTextField
from apps.meetings.enums import (
    IN_THE_ROOM,
    Approval,
    AttendanceSource,
    AttendanceStatus,
    AttendeeRole,
    MovementKind,
    ReplyKind,
)
from apps.roster.models import Unit

from .agenda import AgendaItem
from .meeting import Meeting

USER = settings.AUTH_USER_MODEL


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Reads of invitations."""

    def silent(self) -> "InvitationQuerySet":
        """Units that owe an answer: none yet, or their substitute was not agreed to."""
        return self.filter(Q(reply="") | Q(approval=Approval.REFUSED))


class Invitation(models.Model):
    """A unit called to a meeting, when it read the notice, and its reply (回执)."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="invitations")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="invitations")
    read_at = models.DateTimeField(_("阅读时间"), null=True, blank=True)
    reply = models.CharField(_("回执"), max_length=10, choices=ReplyKind, blank=True)
    delegate_name = PlainCharField(_("代会人姓名"), max_length=40, blank=True)
    delegate_title = PlainCharField(_("代会人职务"), max_length=80, blank=True)
    reason = PlainTextField(_("理由"), max_length=500, blank=True)
    replied_at = models.DateTimeField(_("回执时间"), null=True, blank=True)
    replied_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    on_behalf = models.BooleanField(_("办公室代录"), default=False)
    source_note = PlainCharField(_("代录来源"), max_length=80, blank=True)
    approval = models.CharField(max_length=10, choices=Approval, default=Approval.NOT_NEEDED)
    approved_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approval_note = PlainCharField(_("审批意见"), max_length=200, blank=True)
    chased_at = models.DateTimeField(_("最近催报"), null=True, blank=True)
    history = HistoricalRecords()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["unit__order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "unit"], name="one_invitation_a_unit"),
            models.CheckConstraint(
                condition=(Q(reply="") & Q(replied_at__isnull=True))
                | (~Q(reply="") & Q(replied_at__isnull=False)),
                name="a_reply_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(reply=ReplyKind.SUBSTITUTE) | (~Q(delegate_name="") & ~Q(reason="")),
                name="a_substitute_has_name_and_reason",
                violation_error_message=_("委派代会须写明代会人姓名和理由。"),
            ),
            models.CheckConstraint(
                condition=~Q(reply=ReplyKind.LEAVE) | ~Q(reason=""),
                name="a_leave_has_a_reason",
                violation_error_message=_("请假须写明理由。"),
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="invitation_approved_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.meeting}"

    def get_absolute_url(self) -> str:
        return reverse("meetings:reply", args=[self.pk])

    @property
    def awaits_answer(self) -> bool:
        """True while the unit owes an answer: none yet, or its substitute was not agreed to."""
        return not self.reply or self.approval == Approval.REFUSED

    @property
    def is_late(self) -> bool:
        """True when the reply came after the notice's deadline (allowed, and marked)."""
        due = self.meeting.reply_by
        return bool(self.replied_at and due and self.replied_at > due)


class Attendance(models.Model):
    """A line of the sign-in list. Names and titles are those of the meeting's day."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendance")
    role = models.CharField(max_length=10, choices=AttendeeRole)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    name = PlainCharField(_("姓名"), max_length=40)
    title = PlainCharField(_("职务"), max_length=120, blank=True)
    status = models.CharField(
        _("签到"), max_length=10, choices=AttendanceStatus, default=AttendanceStatus.EXPECTED
    )
    signed_at = models.DateTimeField(_("签到时间"), null=True, blank=True)
    delegate_name = PlainCharField(_("代会人"), max_length=40, blank=True)
    delegate_title = PlainCharField(_("代会人职务"), max_length=80, blank=True)
    reason = PlainCharField(_("事由"), max_length=200, blank=True)
    source = models.CharField(
        _("登记方式"), max_length=6, choices=AttendanceSource, default=AttendanceSource.STAFF
    )
    signed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.name} {self.get_status_display()}"

    @property
    def in_the_room(self) -> bool:
        """True when this line makes its unit a 与会单位."""
        return self.status in IN_THE_ROOM

    @property
    def gone(self) -> "Movement | None":
        """How somebody who signed in left the room, while they are out. Prefetch `movements`."""
        moves = list(self.movements.all())
        return moves[-1] if self.in_the_room and moves and moves[-1].kind == MovementKind.OUT else None

    @property
    def observes(self) -> bool:
        """True for 列席: present, but no unit attends through them."""
        return self.role == AttendeeRole.OBSERVER


class Movement(models.Model):
    """Somebody left or came during the meeting, at which item. What was taken back is in its history."""

    attendance = models.ForeignKey(Attendance, models.CASCADE, related_name="movements")
    kind = models.CharField(max_length=4, choices=MovementKind)
    at = models.DateTimeField(_("时间"))
    agenda_item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, blank=True, related_name="+")
    noted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    history = HistoricalRecords()  # an entry taken back is gone from the list and stays here

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.attendance.name} {self.get_kind_display()}"


class SignInDoor(models.Model):
    """While it is open, people may sign in by themselves with the code it shows (a new one every half minute)."""

    meeting = models.OneToOneField(Meeting, models.CASCADE, related_name="door")
    secret = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.meeting} 签到码"
