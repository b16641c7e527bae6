"""纪要: its passages, the rounds of consent, comments, endorsements, and the link to the frozen paper."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from apps.action_items.models import Commitment
from apps.common.fields import PlainCharField, PlainTextField
from apps.common.models import StoredFile
from apps.dispatch.models import Recipient
from apps.documents.models import ArchivedPaper, IssuedNumber
from apps.duties.models import Duty
from apps.meetings.models import Meeting, RecordBlock
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit, UnitAssignment

from .enums import STATE_COLOURS, Adoption, MinutesState, PassageKind, Reply, SignMethod, Step

USER = settings.AUTH_USER_MODEL
_NUMBERED = [MinutesState.ISSUING, MinutesState.ISSUED, MinutesState.ARCHIVED]
_SIGNED = [MinutesState.CHECKING, MinutesState.NUMBERING, *_NUMBERED]


class Minutes(models.Model):
    """The 纪要 of one meeting. `signed_on` is 成文日期, `printed_on` is 印发日期 (送印)."""

    meeting = models.OneToOneField(Meeting, models.PROTECT, related_name="minutes")
    state = models.CharField(max_length=12, choices=MinutesState, default=MinutesState.DRAFTING)
    title = PlainCharField(_("标题"), max_length=200)
    drafted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    secrecy_checked = models.BooleanField(_("已作保密审查"), default=False)
    publicity = PlainCharField(_("公开属性"), max_length=20, default="此件不公开", blank=True)
    no_resolutions = models.BooleanField(_("本次会议没有议定事项"), default=False)
    copies = models.ManyToManyField(Recipient, blank=True, related_name="+", verbose_name=_("另抄送"))
    signed_on = models.DateField(_("成文日期"), null=True, blank=True)
    signed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    printed_on = models.DateField(_("印发日期"), null=True, blank=True)
    number = models.OneToOneField(IssuedNumber, models.PROTECT, null=True, blank=True, related_name="minutes")
    paper = models.OneToOneField(ArchivedPaper, models.PROTECT, null=True, blank=True, related_name="minutes")
    created_at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-meeting__starts_at", "-id"]
        verbose_name = _("会议纪要")
        permissions = [("read_minutes", _("查阅纪要"))]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=_SIGNED) | Q(signed_on__isnull=False),
                name="signed_minutes_have_a_date",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=_NUMBERED) & Q(number__isnull=False, paper__isnull=False))
                | (~Q(state__in=_NUMBERED) & Q(number__isnull=True, paper__isnull=True)),
                name="numbered_minutes_have_number_and_paper",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[MinutesState.ISSUED, MinutesState.ARCHIVED])
                | Q(printed_on__isnull=False),
                name="issued_minutes_have_a_print_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting.title}纪要"

    def get_absolute_url(self) -> str:
        return reverse("minutes:detail", args=[self.pk])

    @property
    def colour(self) -> str:
        """Colour of the state's badge."""
        return STATE_COLOURS[MinutesState(self.state)]

    def has_items(self) -> bool:
        """Whether its issue opened action items."""
        return self.passages.exclude(item_ref="").exists()


class MinutesUserGrant(UserObjectPermissionBase):
    """A person may read one 纪要 until a date."""

    content_object = models.ForeignKey(Minutes, models.CASCADE)
    until = models.DateField(null=True)
    granted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")


class MinutesGroupGrant(GroupObjectPermissionBase):
    """A unit's group may read one 纪要 until a date."""

    content_object = models.ForeignKey(Minutes, models.CASCADE)
    until = models.DateField(null=True)
    granted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")


class Passage(Commitment):
    """One passage of the draft. A resolution carries its units, deadline and duties; each opens 0..n items."""

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="passages")
    kind = models.CharField(max_length=12, choices=PassageKind)
    position = models.PositiveSmallIntegerField()
    text = PlainTextField(_("文字"), max_length=8000, blank=True)
    gap = PlainCharField(_("待补"), max_length=120, blank=True)
    block = models.ForeignKey(RecordBlock, models.SET_NULL, null=True, blank=True, related_name="+")
    in_principle = models.BooleanField(_("原则同意"), default=False)
    opens_item = models.BooleanField(_("列入督办台账"), default=True)
    withheld = models.BooleanField(_("存议"), default=False)
    duties = models.ManyToManyField(Duty, blank=True, related_name="+", verbose_name=_("职责依据"))
    version = models.PositiveIntegerField(default=1)
    item_ref = models.CharField(max_length=40, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "id"]

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


class PassageUnit(UnitAssignment):
    """Lead and support units of a resolution in the draft."""

    passage = models.ForeignKey(Passage, models.CASCADE, related_name="parts")
    history = HistoricalRecords()

    class Meta(UnitAssignment.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["passage", "unit"], name="one_part_a_unit_and_passage")
        ]


class Circulation(models.Model):
    """One round of 征求意见 with its deadline. `silence_consents` is what the letter of this round said.

    `draft` keeps the passages as they were sent out: what a unit agreed to can be read, and compared, for ever.
    """

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="circulations")
    round = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField(_("发出时间"))
    sent_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    reply_by = models.DateTimeField(_("反馈截止"))
    silence_consents = models.BooleanField(_("逾期未反馈视为无意见"))
    draft = models.JSONField(default=list, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["round"]
        constraints = [models.UniqueConstraint(fields=["minutes", "round"], name="one_circulation_a_round")]

    def __str__(self) -> str:
        return f"{self.minutes} 第{self.round}轮"


class Consent(models.Model):
    """One unit asked in one round. `counted` units attended (C11); the others are asked but not counted.

    `seen` maps passage id → content hash of what the unit was shown, so a later change can be told.
    """

    circulation = models.ForeignKey(Circulation, models.CASCADE, related_name="consents")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    counted = models.BooleanField(_("与会单位"))
    is_lead = models.BooleanField(_("牵头单位"))
    seen = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField(_("打开时间"), null=True, blank=True)
    reply = models.CharField(_("反馈"), max_length=10, choices=Reply, default=Reply.PENDING)
    reason = PlainTextField(_("不同意的理由"), max_length=2000, blank=True)
    authorised_by = PlainCharField(_("本单位审签人"), max_length=40, blank=True)
    replied_at = models.DateTimeField(_("反馈时间"), null=True, blank=True)
    replied_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    on_behalf = models.BooleanField(_("办公室代录"), default=False)
    source_note = PlainCharField(_("代录来源"), max_length=80, blank=True)
    proof = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    chased_at = models.DateTimeField(_("最近催报"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["unit__order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["circulation", "unit"], name="one_consent_a_unit_and_round"),
            models.CheckConstraint(
                condition=Q(reply__in=[Reply.PENDING, Reply.TACIT])
                | (Q(replied_at__isnull=False) & (~Q(authorised_by="") | Q(proof__isnull=False))),
                name="a_consent_says_who_authorised",
                violation_error_message=_("请填写本单位审签人，或上传盖章回函。"),
            ),
            models.CheckConstraint(
                condition=~Q(reply=Reply.OPPOSE) | ~Q(reason=""),
                name="an_objection_has_a_reason",
                violation_error_message=_("不同意须写明理由。"),
            ),
            models.CheckConstraint(
                condition=~Q(reply=Reply.TACIT) | Q(is_lead=False), name="a_lead_never_consents_by_silence"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_reply_display()}"

    def get_absolute_url(self) -> str:
        return reverse("minutes:consent", args=[self.pk])


class Comment(models.Model):
    """A unit's suggestion on a passage, and what became of it.

    `agreed_content` is the hash of the passage the unit agreed to when the comment was settled with it: a later
    change of the passage is not covered by that agreement.
    """

    consent = models.ForeignKey(Consent, models.CASCADE, related_name="comments")
    passage = models.ForeignKey(Passage, models.PROTECT, null=True, blank=True, related_name="comments")
    original = PlainTextField(_("原文"), max_length=2000, blank=True)
    suggestion = PlainTextField(_("建议修改为"), max_length=2000)
    reason = PlainTextField(_("理由"), max_length=1000, blank=True)
    adoption = models.CharField(_("采纳情况"), max_length=10, choices=Adoption, default=Adoption.WAITING)
    adoption_reason = PlainTextField(_("说明"), max_length=1000, blank=True)
    agreed = models.BooleanField(_("已与该单位沟通一致"), default=False)
    agreed_content = models.CharField(max_length=64, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["consent__unit__order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(adoption__in=[Adoption.WAITING, Adoption.ADOPTED]) | ~Q(adoption_reason=""),
                name="a_refused_comment_says_why",
                violation_error_message=_("部分采纳或不采纳须写明理由。"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.consent.unit}：{self.suggestion[:20]}"


class Endorsement(models.Model):
    """A dated step with opinion and name: the lines of the 发文稿纸. On paper ones carry the scan.

    `voided` marks an opinion that no longer counts, because the text went back after it was given.
    """

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="endorsements")
    step = models.CharField(max_length=10, choices=Step)
    opinion = PlainTextField(_("意见"), max_length=1000, blank=True)
    name = PlainCharField(_("姓名"), max_length=60)
    signed_on = models.DateField(_("日期"))
    method = models.CharField(max_length=8, choices=SignMethod, default=SignMethod.ONLINE)
    scan = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    voided = models.BooleanField(_("已失效"), default=False)
    entered_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["signed_on", "id"]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.name} {self.signed_on}"


class Correction(models.Model):
    """A 更正 of an issued 纪要: same number, next version, approved by the original signer."""

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="corrections")
    version = models.PositiveSmallIntegerField()
    corrected_on = models.DateField()
    reason = PlainTextField(max_length=1000)
    approved_by = PlainCharField(max_length=60)
    consented = models.ManyToManyField(Unit, blank=True, related_name="+")
    paper = models.OneToOneField(ArchivedPaper, models.PROTECT, related_name="correction")
    history = HistoricalRecords()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["minutes", "version"], name="one_correction_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.minutes} 第{self.version}版"
