"""The charter, the member units, their posts, and who holds each post from when to when."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, PlainTextField
from apps.common.models import StoredFile

from .enums import SINGLE_POSTS, AssignmentRole, BasisKind, PostKind


class Charter(models.Model):
    """The founding notice, whole, as imported. One row: another joint meeting means another database."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    title = PlainCharField(max_length=200)
    document_number = PlainCharField(max_length=60)
    issued_on = models.DateField()
    data = models.JSONField()
    sha256 = models.CharField(max_length=64)
    imported_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="one_charter")]

    def __str__(self) -> str:
        return self.title


class UnitQuerySet(models.QuerySet["Unit"]):
    """Reads of units."""

    def active(self) -> "UnitQuerySet":
        """Units that belong to the joint meeting now."""
        return self.filter(left_on__isnull=True)


class Unit(models.Model):
    """A member unit. Its order is the charter's, never pinyin."""

    code = models.SlugField(max_length=40, unique=True)
    short_name = PlainCharField(_("简称"), max_length=40, unique=True)
    full_name = PlainCharField(_("全称"), max_length=80, unique=True)
    full_name_verified = models.BooleanField(_("全称已核定"), default=False)
    category = PlainCharField(_("类别"), max_length=20, blank=True)
    order = models.PositiveSmallIntegerField(_("序号"))
    roster_order = models.PositiveSmallIntegerField(_("名单序号"))
    initials = models.CharField(_("拼音首字母"), max_length=40, blank=True)
    is_host = models.BooleanField(_("牵头单位"), default=False)
    joined_on = models.DateField(_("加入日期"))
    left_on = models.DateField(_("退出日期"), null=True, blank=True)
    group = models.OneToOneField(Group, models.PROTECT, related_name="unit")
    history = HistoricalRecords()

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["is_host"], condition=Q(is_host=True), name="one_host_unit"),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")), name="unit_dates_order"
            ),
        ]

    def __str__(self) -> str:
        return self.short_name

    def get_absolute_url(self) -> str:
        return reverse("roster:unit", args=[self.pk])


class UnitAlias(models.Model):
    """Another name of a unit. Names are matched by this table alone (市场监管局 minus 市 is wrong)."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="aliases")
    name = PlainCharField(max_length=80, unique=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Somebody who holds or held a post. A name may be ×××: nobody is invented."""

    name = PlainCharField(_("姓名"), max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="people")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="person"
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A seat in the joint meeting or its office. Open matters belong to unit and post, never to a person."""

    kind = models.CharField(_("岗位"), max_length=20, choices=PostKind)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts")
    level = PlainCharField(_("职级要求"), max_length=40, blank=True)
    note = PlainCharField(_("说明"), max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    history = HistoricalRecords()

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "unit"], name="one_post_a_kind_and_unit"),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind__in=sorted(SINGLE_POSTS)), name="single_posts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit}{self.get_kind_display()}"


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Reads of appointments."""

    def on(self, day: object) -> "AppointmentQuerySet":
        """Appointments in force on a date."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


class Appointment(models.Model):
    """Who holds a post from which day, with the title printed then and the basis (C5)."""

    post = models.ForeignKey(Post, models.PROTECT, related_name="appointments")
    person = models.ForeignKey(Person, models.PROTECT, related_name="appointments")
    title = PlainCharField(_("职务"), max_length=120, blank=True)
    acting = models.BooleanField(_("主持工作"), default=False)
    starts_on = models.DateField(_("自"))
    ends_on = models.DateField(_("至"), null=True, blank=True)
    basis_kind = models.CharField(_("依据"), max_length=10, choices=BasisKind)
    basis = PlainTextField(_("依据说明"), max_length=500)
    letter_number = PlainCharField(_("来函文号"), max_length=60, blank=True)
    letter_on = models.DateField(_("来函日期"), null=True, blank=True)
    scan = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    history = HistoricalRecords()

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["post__order", "starts_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["post"], condition=Q(ends_on__isnull=True), name="one_holder_a_post"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="appointment_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.post}"


class UnitAssignment(models.Model):
    """A unit's part in something decided. `position` keeps the order in which the meeting named the units."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=AssignmentRole)
    position = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True
        ordering = ["role", "position", "id"]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_role_display()}"
