"""Duty clauses, verbatim, of the joint meeting (unit null) and of each unit, in versions."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, PlainTextField
from apps.roster.models import Unit


class DutyQuerySet(models.QuerySet["Duty"]):
    """Reads of duties."""

    def current(self) -> "DutyQuerySet":
        """Clauses in force now."""
        return self.filter(ends_on__isnull=True)


class Duty(models.Model):
    """One clause of charter 一 (the joint meeting's) or 三 (a unit's). Misprints are kept and annotated."""

    code = models.CharField(_("编号"), max_length=60)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="duties")
    seq = models.PositiveSmallIntegerField(_("序号"))
    marker = PlainCharField(_("条款号"), max_length=10, blank=True)
    text = PlainTextField(_("职责"))
    erratum = PlainCharField(_("勘误注"), max_length=200, blank=True)
    source = PlainCharField(_("来源"), max_length=120)
    starts_on = models.DateField(_("自"))
    ends_on = models.DateField(_("至"), null=True, blank=True)
    history = HistoricalRecords()

    objects = DutyQuerySet.as_manager()

    class Meta:
        ordering = ["unit__order", "seq", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=Q(ends_on__isnull=True), name="one_current_version_a_duty"
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit.short_name if self.unit else '联席会议'}第{self.seq}项职责"
