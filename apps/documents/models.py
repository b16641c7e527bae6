"""Numbers and the frozen archive. What was issued is never edited; a correction adds a version."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField

from .enums import NumberState, PaperKind, PaperStatus


class NumberCounter(models.Model):
    """The next number of a kind in a year. The row is locked while a number is taken."""

    kind = models.CharField(max_length=20, choices=PaperKind)
    year = models.PositiveSmallIntegerField()
    next_number = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    class Meta:
        ordering = ["kind", "-year"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "year"], name="one_counter_a_year"),
            models.CheckConstraint(condition=Q(next_number__gte=1), name="numbers_start_at_one"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.year}"


class IssuedNumber(models.Model):
    """A number that was taken. `year` is that of 签发."""

    kind = models.CharField(max_length=20, choices=PaperKind)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=NumberState, default=NumberState.TAKEN)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    void_reason = PlainCharField(_("作废理由"), max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["kind", "year", "number"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "year", "number"], name="a_number_is_taken_once"),
            models.CheckConstraint(
                condition=Q(state=NumberState.TAKEN) | ~Q(void_reason=""),
                name="a_voided_number_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"〔{self.year}〕{self.number}号"

    def get_absolute_url(self) -> str:
        return reverse("documents:numbers")


class ArchivedPaper(models.Model):
    """A frozen paper: its bytes, their hash, the data it was made from. Triggers refuse any other change."""

    kind = models.CharField(max_length=20, choices=PaperKind)
    title = PlainCharField(max_length=300)
    number = models.ForeignKey(IssuedNumber, models.PROTECT, null=True, blank=True, related_name="papers")
    number_text = PlainCharField(max_length=60, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    previous = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="next")
    status = models.CharField(max_length=10, choices=PaperStatus, default=PaperStatus.CURRENT)
    signed_on = models.DateField(_("成文日期"), null=True, blank=True)
    printed_on = models.DateField(_("印发日期"), null=True, blank=True)
    pdf_path = models.CharField(max_length=200)
    pdf_sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField()
    text = models.TextField()
    data = models.JSONField()
    engine = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "version"], condition=Q(number__isnull=False), name="one_paper_a_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.number_text}）" if self.number_text else self.title
