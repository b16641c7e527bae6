"""Rows that every app shares: the audit trail, the working-day calendar, settings, stored files."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .fields import PlainCharField


class AuditEvent(models.Model):
    """One line of the append-only journal. Each holds the hash of the one before (security.md "Audit")."""

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField(max_length=120)
    address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    verb = models.CharField(max_length=60)
    label = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    object_label = models.CharField(max_length=300, blank=True)
    allowed = models.BooleanField(default=True)
    detail = models.JSONField(default=dict, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label} {self.label}"


class CalendarDay(models.Model):
    """A day that differs from Mon–Fri, or any day of a year whose data are loaded (State Council notice)."""

    date = models.DateField(_("日期"), unique=True)
    is_workday = models.BooleanField(_("是否上班"))
    name = PlainCharField(_("名称"), max_length=40, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class SettingRow(models.Model):
    """A changed setting. What may be set, its sentence and its default are in `settings_rows`."""

    key = models.SlugField(max_length=60, unique=True)
    value = models.JSONField()
    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class StoredFile(models.Model):
    """An uploaded file under a random name outside the web root. Served only through its owner's `visible_to`."""

    name = PlainCharField(_("文件名"), max_length=200)
    path = models.CharField(max_length=200, unique=True)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class LongWork(models.Model):
    """Work somebody asked for and need not wait for (`long_work`). Ended well: a file (`path`, `name`) or a page (`url`)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.SlugField(max_length=40)
    key = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    given = models.JSONField(default=dict)
    back = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=500, blank=True)
    path = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "key"], condition=models.Q(ended_at=None), name="same_work_once"
            )
        ]
        indexes = [models.Index(fields=["ended_at"], name="work_not_ended")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("portal:work", args=[self.pk])

    @property
    def is_cleared(self) -> bool:
        """True once the file it made was thrown away."""
        return bool(self.name) and not self.path
