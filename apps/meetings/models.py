"""Topics, meetings with their agenda, notice replies and attendance, and the live record."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from apps.action_items.models import Commitment
from apps.common.fields import PlainCharField, PlainTextField
from apps.common.models import StoredFile
from apps.documents.models import ArchivedPaper
from apps.duties.models import Duty
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit, UnitAssignment

from .enums import (
    IN_THE_ROOM,
    Approval,
    AttendanceStatus,
    AttendeeRole,
    BlockKind,
    MeetingKind,
    MeetingState,
    ReplyKind,
    TopicState,
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


class Topic(models.Model):
    """What a unit asks the joint meeting to discuss (C14)."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="topics", verbose_name=_("提出单位"))
    title = PlainCharField(_("议题"), max_length=120)
    background = PlainTextField(_("背景情况"), max_length=4000, blank=True)
    request = PlainTextField(_("提请会议研究的事项"), max_length=2000)
    duties = models.ManyToManyField(Duty, blank=True, related_name="+", verbose_name=_("相关职责"))
    files = models.ManyToManyField(StoredFile, blank=True, related_name="+", verbose_name=_("材料"))
    state = models.CharField(max_length=10, choices=TopicState, default=TopicState.PROPOSED)
    answer = PlainTextField(_("办公室意见"), max_length=1000, blank=True)
    proposed_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-proposed_at", "-id"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("meetings:topic", args=[self.pk])


class AgendaItem(models.Model):
    """One item of the agenda. `reporter` is printed; `reporter_unit` is set when a member unit reports."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="agenda")
    seq = models.PositiveSmallIntegerField(_("序号"))
    title = PlainCharField(_("议题"), max_length=200)
    topic = models.OneToOneField(Topic, models.PROTECT, null=True, blank=True, related_name="agenda_item")
    reporter_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    reporter = PlainCharField(_("汇报"), max_length=60, blank=True)
    minutes = models.PositiveSmallIntegerField(_("计划分钟"), null=True, blank=True)
    added_on_the_spot = models.BooleanField(_("临时议题"), default=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ["seq", "id"]
        constraints = [models.UniqueConstraint(fields=["meeting", "seq"], name="one_place_on_the_agenda")]

    def __str__(self) -> str:
        return self.title


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
    def observes(self) -> bool:
        """True for 列席: present, but no unit attends through them."""
        return self.role == AttendeeRole.OBSERVER


class RecordBlock(Commitment):
    """A block of the live record. `version` counts saves; a deleted block stays, marked."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="blocks")
    agenda_item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, blank=True, related_name="blocks")
    kind = models.CharField(max_length=12, choices=BlockKind)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    speaker = PlainCharField(_("发言人"), max_length=40, blank=True)
    text = PlainTextField(_("内容"), blank=True)
    in_principle = models.BooleanField(_("原则同意"), default=False)
    duties = models.ManyToManyField(Duty, blank=True, related_name="+")
    position = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["agenda_item__seq", "position", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.text[:20]}"

    def units_as(self, role: AssignmentRole) -> list[Unit]:
        """The units in one part, in the order the meeting named them."""
        parts = [part for part in self.parts.all() if part.role == role]
        return [part.unit for part in sorted(parts, key=lambda part: part.position)]

    @property
    def leads(self) -> list[Unit]:
        """Lead units as named. Prefetch `parts__unit`."""
        return self.units_as(AssignmentRole.LEAD)

    @property
    def supports(self) -> list[Unit]:
        """Support units as named; empty with `all_support`."""
        return self.units_as(AssignmentRole.SUPPORT)


class BlockUnit(UnitAssignment):
    """Lead and support units of a recorded resolution."""

    block = models.ForeignKey(RecordBlock, models.CASCADE, related_name="parts")

    class Meta(UnitAssignment.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["block", "unit"], name="one_part_a_unit_and_block")]


class BlockRevision(models.Model):
    """One saved state of a block: the autosave's own history, cheap to write (no audit line)."""

    block = models.ForeignKey(RecordBlock, models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField()
    content = models.JSONField()
    saved_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["block", "version"], name="one_revision_a_version")]

    def __str__(self) -> str:
        return f"{self.block_id} v{self.version}"
