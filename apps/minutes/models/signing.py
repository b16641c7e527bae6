"""The dated steps of the 发文稿纸, what the signer has seen, and misprints put right after 签发."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, PlainTextField
from apps.common.models import StoredFile
from apps.minutes.enums import (
    SignMethod,
    Step,
)

from .minutes import Minutes, Passage

USER = settings.AUTH_USER_MODEL


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


class Reading(models.Model):
    """What the signer saw last, and the words he has put aside (暂存). Read by nobody else."""

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="readings")
    user = models.ForeignKey(USER, models.CASCADE, related_name="+")
    seen = models.JSONField(default=list, blank=True)
    before = models.JSONField(default=list, blank=True)
    seen_at = models.DateTimeField()
    held_opinion = PlainTextField(_("暂存的意见"), max_length=1000, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["minutes", "user"], name="one_reading_a_person")]

    def __str__(self) -> str:
        return f"{self.minutes} {self.user}"


class MisprintFix(models.Model):
    """A misprint put right after 签发, found by the difference to be no change of substance. Never changed."""

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="misprints")
    passage = models.ForeignKey(Passage, models.PROTECT, related_name="+")
    before = models.TextField()
    after = models.TextField()
    before_hash = models.CharField(max_length=64)
    after_hash = models.CharField(max_length=64)
    reason = PlainCharField(_("说明"), max_length=200, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.minutes} {self.at:%Y-%m-%d}"
