"""Rounds of consent, what each unit answered, and its comments."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, PlainTextField
from apps.common.models import StoredFile
from apps.minutes.enums import (
    Adoption,
    Reply,
    ToldBy,
    Way,
)
from apps.roster.models import Unit

from .minutes import Minutes, Passage

USER = settings.AUTH_USER_MODEL


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
    way = models.CharField(max_length=12, choices=Way, default=Way.LETTER)
    sheet = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    draft = models.JSONField(default=list, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["round"]
        constraints = [
            models.UniqueConstraint(fields=["minutes", "round"], name="one_circulation_a_round"),
            models.CheckConstraint(
                condition=~Q(way=Way.ON_THE_SPOT) | Q(sheet__isnull=False, silence_consents=False),
                name="a_sheet_signed_on_the_spot_is_kept",
                violation_error_message=_("现场会签须上传会签单扫描件。"),
            ),
        ]

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
    against = models.ManyToManyField(Passage, blank=True, related_name="+", verbose_name=_("不同意的条目"))
    said_on = models.DateField(_("答复日期"), null=True, blank=True)
    told_by = models.CharField(max_length=8, choices=ToldBy, default=ToldBy.ACCOUNT)
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
    quote_start = models.PositiveIntegerField(null=True, blank=True)  # where in the passage it is pinned
    quote_end = models.PositiveIntegerField(null=True, blank=True)
    suggestion = PlainTextField(_("建议修改为"), max_length=2000)
    applied = models.BooleanField(_("已写入正文"), default=False)
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
