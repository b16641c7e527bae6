"""A meeting: plan, notice, chair; who may read it besides."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, PlainTextField
from apps.common.models import StoredFile
from apps.documents.models import ArchivedPaper
from apps.meetings.enums import (
    MeetingKind,
    MeetingState,
)

USER = settings.AUTH_USER_MODEL


class Meeting(models.Model):
    """One meeting: plan, notice, times, chair. `number` of the notice is the host unit's own, typed in."""

    title = PlainCharField(_("会议名称"), max_length=120)
    kind = models.CharField(_("类型"), max_length=10, choices=MeetingKind, default=MeetingKind.PLENARY)
    purpose = PlainTextField(_("会议目的"), max_length=1000, blank=True)
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    place = PlainCharField(_("地点"), max_length=80)
    state = models.CharField(max_length=16, choices=MeetingState, default=MeetingState.PLANNING)
    chair = PlainCharField(_("主持人"), max_length=40, blank=True, help_text=_("章程规定由召集人主持。"))
    chair_basis = PlainCharField(_("非召集人主持的依据"), max_length=200, blank=True)
    recorder = PlainCharField(_("记录人"), max_length=60, blank=True)
    observers = PlainTextField(_("列席单位（每行一个）"), max_length=1000, blank=True)
    notice_number = PlainCharField(_("通知文号"), max_length=60, blank=True)
    notice_on = models.DateField(_("通知日期"), null=True, blank=True)
    urgency = PlainCharField(_("紧急程度"), max_length=10, blank=True)
    reply_by = models.DateTimeField(_("回执截止"), null=True, blank=True)
    materials_by = models.DateTimeField(_("材料报送截止"), null=True, blank=True)
    requirements = PlainTextField(_("会议要求（每行一条）"), max_length=2000, blank=True)
    contact = PlainCharField(_("联系人及电话"), max_length=80, blank=True)
    notice_paper = models.ForeignKey(ArchivedPaper, models.PROTECT, null=True, blank=True, related_name="+")
    reason = PlainTextField(_("改期或取消的原因"), max_length=500, blank=True)
    sign_sheet = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    marker = PlainCharField(_("标注"), max_length=20, blank=True)
    created_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    import_key = models.CharField(max_length=40, unique=True, null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-starts_at", "-id"]
        permissions = [("read_meeting", _("查阅会议"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="meeting_ends_after_start",
                violation_error_message=_("结束时间不能早于开始时间。"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("meetings:detail", args=[self.pk])


class MeetingUserGrant(UserObjectPermissionBase):
    """A person may read one meeting until a date (guardian, direct foreign key: dies with its object)."""

    content_object = models.ForeignKey(Meeting, models.CASCADE)
    until = models.DateField(null=True)
    granted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")


class MeetingGroupGrant(GroupObjectPermissionBase):
    """A unit's group may read one meeting until a date."""

    content_object = models.ForeignKey(Meeting, models.CASCADE)
    until = models.DateField(null=True)
    granted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
