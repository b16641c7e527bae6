"""Topics, the agenda made of them, the time each item took, and what belongs to an item."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, PlainTextField
from apps.common.models import StoredFile
from apps.duties.models import Duty
from apps.meetings.enums import (
    AgendaKind,
    TopicState,
)
from apps.roster.models import Unit

from .meeting import Meeting

USER = settings.AUTH_USER_MODEL


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
    basis = PlainCharField(_("临时增加的依据"), max_length=200, blank=True)
    kind = models.CharField(max_length=10, choices=AgendaKind, default=AgendaKind.ORDINARY)
    script = PlainTextField(_("主持词"), max_length=4000, blank=True)
    script_version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    class Meta:
        ordering = ["seq", "id"]
        constraints = [models.UniqueConstraint(fields=["meeting", "seq"], name="one_place_on_the_agenda")]

    def __str__(self) -> str:
        return self.title


class ItemSpan(models.Model):
    """A stretch of time an item was before the meeting; an open one is what is discussed now."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="spans")
    agenda_item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="spans")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(ended_at__isnull=True), name="one_item_before_the_meeting"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="span_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agenda_item} {self.started_at:%H:%M}"


class Adjournment(models.Model):
    """休会, from when to when."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="adjournments")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    reason = PlainCharField(_("休会原因"), max_length=100, blank=True)

    class Meta:
        ordering = ["from_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(until_at__isnull=True), name="one_adjournment_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gte=F("from_at")), name="adjournment_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting} 休会 {self.from_at:%H:%M}"


class ItemFile(models.Model):
    """A photo or file shown with an item. Removed ones stay, marked."""

    agenda_item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    caption = PlainCharField(_("说明"), max_length=80, blank=True)
    added_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.caption or self.file.name


class ChairNote(models.Model):
    """The chair's private note on an item: read by its writer alone, in no paper and no export."""

    agenda_item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="chair_notes")
    user = models.ForeignKey(USER, models.PROTECT, related_name="+")
    text = PlainTextField(_("备忘"), max_length=4000, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["agenda_item", "user"], name="one_note_a_person_and_item")
        ]

    def __str__(self) -> str:
        return f"{self.agenda_item} 备忘"
