"""Numbers and the frozen archive. What was issued is never edited; a correction adds a version."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField
from apps.common.models import StoredFile

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


class Rendering(models.Model):
    """A paper somebody wants to see before it is frozen, or that is never frozen: data in, files out.

    `key` is the hash of data, engine and fonts, so equal papers share their files; the worker makes them.
    """

    key = models.CharField(max_length=64, unique=True)
    data = models.JSONField()
    pdf_path = models.CharField(max_length=200, blank=True)
    docx_path = models.CharField(max_length=200, blank=True)
    pages = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(made_at__isnull=True) | (~Q(pdf_path="") & ~Q(docx_path="")),
                name="a_made_rendering_has_its_files",
            )
        ]
        indexes = [
            models.Index(fields=["asked_at"], name="rendering_due", condition=Q(made_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.key[:12]


class ArchivedPaper(models.Model):
    """A frozen paper: its bytes, their hashes, the data it was made from. Triggers refuse any other change.

    The row is written when the paper is decided, its files a moment later by the worker: they are written once.
    """

    kind = models.CharField(max_length=20, choices=PaperKind)
    title = PlainCharField(max_length=300)
    number = models.ForeignKey(IssuedNumber, models.PROTECT, null=True, blank=True, related_name="papers")
    number_text = PlainCharField(max_length=60, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    previous = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="next")
    status = models.CharField(max_length=10, choices=PaperStatus, default=PaperStatus.CURRENT)
    signed_on = models.DateField(_("成文日期"), null=True, blank=True)
    printed_on = models.DateField(_("印发日期"), null=True, blank=True)
    pdf_path = models.CharField(max_length=200, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    docx_path = models.CharField(max_length=200, blank=True)
    docx_sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveSmallIntegerField()
    text = models.TextField()
    data = models.JSONField()
    engine = models.CharField(max_length=60, blank=True)
    fonts = models.CharField(max_length=64, blank=True)
    trouble = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "version"], condition=Q(number__isnull=False), name="one_paper_a_version"
            ),
            models.CheckConstraint(
                condition=Q(pdf_path="", pdf_sha256="", docx_path="", docx_sha256="", engine="")
                | (~Q(pdf_path="") & ~Q(pdf_sha256="") & ~Q(engine="")),
                name="a_papers_files_come_together",
            ),
            models.CheckConstraint(
                condition=Q(docx_path="", docx_sha256="") | (~Q(docx_path="") & ~Q(docx_sha256="")),
                name="a_docx_has_its_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.number_text}）" if self.number_text else self.title

    @property
    def is_made(self) -> bool:
        """True once the worker has made its files."""
        return bool(self.pdf_path)


class PaperScan(models.Model):
    """A signed and sealed copy of an archived paper, as scan or OFD, kept beside it."""

    paper = models.ForeignKey(ArchivedPaper, models.PROTECT, related_name="scans")
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    note = PlainCharField(_("说明"), max_length=80, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.paper} {self.file}"
