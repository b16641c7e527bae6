"""更正 of an issued 纪要: issued ones, and the case that leads to one."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, PlainTextField
from apps.common.models import StoredFile
from apps.documents.models import ArchivedPaper
from apps.minutes.enums import (
    CaseState,
    ChangeKind,
    Reply,
)
from apps.roster.models import Unit

from .minutes import Minutes, Passage

USER = settings.AUTH_USER_MODEL


class Correction(models.Model):
    """A 更正 of an issued 纪要: same number, next version, approved by the original signer."""

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="corrections")
    version = models.PositiveSmallIntegerField()
    corrected_on = models.DateField()
    reason = PlainTextField(max_length=1000)
    approved_by = PlainCharField(max_length=60)
    consented = models.ManyToManyField(Unit, blank=True, related_name="+")
    paper = models.OneToOneField(ArchivedPaper, models.PROTECT, related_name="correction")
    notice = models.ForeignKey(
        ArchivedPaper, models.PROTECT, null=True, blank=True, related_name="+"
    )  # 更正通知
    history = HistoricalRecords()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["minutes", "version"], name="one_correction_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.minutes} 第{self.version}版"


class CorrectionCase(models.Model):
    """A 更正 on its way: changes, consent of the units they touch, the original signer's approval, issue."""

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="correction_cases")
    state = models.CharField(max_length=8, choices=CaseState, default=CaseState.DRAFTING)
    reason = PlainTextField(_("更正原因"), max_length=1000)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    reply_by = models.DateTimeField(_("反馈截止时间"), null=True, blank=True)  # when units were last asked
    opinion = PlainTextField(_("审批意见"), max_length=1000, blank=True)
    signed_on = models.DateField(_("批准日期"), null=True, blank=True)
    signed_name = PlainCharField(_("批准人"), max_length=60, blank=True)
    scan = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    letter_number = PlainCharField(_("更正通知文号"), max_length=60, blank=True)
    correction = models.OneToOneField(Correction, models.PROTECT, null=True, blank=True, related_name="case")
    history = HistoricalRecords()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("更正")
        constraints = [
            models.UniqueConstraint(
                fields=["minutes"],
                condition=~Q(state__in=[CaseState.ISSUED, CaseState.DROPPED]),
                name="one_open_correction_a_paper",
            ),
            models.CheckConstraint(
                condition=(Q(signed_on__isnull=True) & Q(signed_name=""))
                | (Q(signed_on__isnull=False) & ~Q(signed_name="")),
                name="a_correction_signed_has_date_and_name",
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.ISSUED, correction__isnull=False)
                | (~Q(state=CaseState.ISSUED) & Q(correction__isnull=True)),
                name="an_issued_correction_has_its_paper",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes}更正"

    def get_absolute_url(self) -> str:
        return reverse("minutes:correction_case", args=[self.pk])


class CorrectionChange(models.Model):
    """One thing that a correction changes, as it is printed and as it shall be (snapshots, see `correction`).

    A passage that reads otherwise, a resolution that is struck out, a new one (`follows` says after which passage,
    `passage` is written at the issue), the title, or the list of those present.
    """

    case = models.ForeignKey(CorrectionCase, models.CASCADE, related_name="changes")
    what = models.CharField(max_length=8, choices=ChangeKind, default=ChangeKind.TEXT)
    passage = models.ForeignKey(Passage, models.PROTECT, null=True, blank=True, related_name="+")
    follows = models.ForeignKey(Passage, models.PROTECT, null=True, blank=True, related_name="+")
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "passage"], name="one_change_a_passage"),
            models.UniqueConstraint(
                fields=["case", "what"],
                condition=Q(what__in=[ChangeKind.TITLE, ChangeKind.NAMES]),
                name="one_change_of_title_and_names",
            ),
            models.CheckConstraint(
                condition=Q(what__in=[ChangeKind.TEXT, ChangeKind.REMOVE], passage__isnull=False)
                | Q(what=ChangeKind.ADD, follows__isnull=False)
                | Q(what__in=[ChangeKind.TITLE, ChangeKind.NAMES], passage__isnull=True),
                name="a_change_says_where",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_what_display()}"


class CorrectionConsent(models.Model):
    """A unit a correction touches; it consents explicitly, never by silence. `seen` is what it was shown."""

    case = models.ForeignKey(CorrectionCase, models.CASCADE, related_name="consents")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    seen = models.CharField(max_length=64, blank=True)
    reply = models.CharField(_("反馈"), max_length=10, choices=Reply, default=Reply.PENDING)
    reason = PlainTextField(_("理由"), max_length=2000, blank=True)
    authorised_by = PlainCharField(_("本单位审签人"), max_length=40, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    replied_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    on_behalf = models.BooleanField(_("办公室代录"), default=False)
    source_note = PlainCharField(_("代录来源"), max_length=80, blank=True)
    proof = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    chased_at = models.DateTimeField(_("最近催报"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["unit__order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "unit"], name="one_answer_a_unit_and_correction"),
            models.CheckConstraint(
                condition=Q(reply=Reply.PENDING)
                | (Q(replied_at__isnull=False) & (~Q(authorised_by="") | Q(proof__isnull=False))),
                name="a_correction_answer_says_who_authorised",
                violation_error_message=_("请填写本单位审签人，或上传盖章回函。"),
            ),
            models.CheckConstraint(
                condition=~Q(reply__in=[Reply.TACIT, Reply.COMMENT]), name="a_correction_is_agreed_or_opposed"
            ),
            models.CheckConstraint(
                condition=~Q(reply=Reply.OPPOSE) | ~Q(reason=""),
                name="an_opposed_correction_has_a_reason",
                violation_error_message=_("不同意须写明理由。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.unit}"

    def get_absolute_url(self) -> str:
        return reverse("minutes:correction_answer", args=[self.pk])
