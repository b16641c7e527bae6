"""When people are reminded: the rules an administrator keeps; and the 催办函 that went out. What was told is in dispatch."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.action_items.models import ActionItem
from apps.common.fields import PlainCharField
from apps.documents.models import ArchivedPaper, IssuedNumber
from apps.roster.models import Unit

from .enums import Matter, Phase

MOST_DAYS = 60


class ReminderRule(models.Model):
    """One reminder of a kind of matter: so many working days before its day, or after it.

    Rows keep only what differs from `selectors.DEFAULTS`, as settings do. The slot is what a reminder is known by:
    other days in the same slot tell nobody again.
    """

    matter = models.CharField(_("事项"), max_length=20, choices=Matter)
    phase = models.CharField(_("时点"), max_length=10, choices=Phase)
    slot = models.PositiveSmallIntegerField(_("第几次"), default=1)
    workdays = models.PositiveSmallIntegerField(_("工作日"), validators=[MaxValueValidator(MOST_DAYS)])
    is_active = models.BooleanField(_("启用"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["matter", "phase", "slot"]
        verbose_name = _("提醒规则")
        constraints = [
            models.UniqueConstraint(fields=["matter", "phase", "slot"], name="one_rule_a_slot"),
            models.CheckConstraint(condition=models.Q(slot__gte=1), name="slots_count_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.get_matter_display()} {self.get_phase_display()} {self.workdays}"


class ChaseLetter(models.Model):
    """A 催办函 that was released: to one unit, about items it leads; numbered, frozen, sent by dispatch with a receipt."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="chase_letters", verbose_name=_("收文单位"))
    on = models.DateField(_("日期"))
    items = models.ManyToManyField(ActionItem, related_name="chase_letters", verbose_name=_("催办事项"))
    # None where 市卫健委's own number was typed in: that book is not kept here.
    number = models.OneToOneField(
        IssuedNumber, models.PROTECT, null=True, blank=True, related_name="chase_letter"
    )
    # That number. Empty with one of the series, and on an old letter that shares its number with an older one.
    own_number = PlainCharField(_("发文字号"), max_length=60, blank=True)
    paper = models.OneToOneField(ArchivedPaper, models.PROTECT, related_name="chase_letter")
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    history = HistoricalRecords(m2m_fields=[items])

    class Meta:
        ordering = ["on", "id"]
        verbose_name = _("催办函")
        constraints = [
            models.UniqueConstraint(fields=["unit", "on"], name="one_letter_a_day_and_unit"),
            # The year stands in the number, and there is one book: no other column narrows it.
            models.UniqueConstraint(
                fields=["own_number"], condition=~models.Q(own_number=""), name="one_letter_an_own_number"
            ),
            models.CheckConstraint(
                condition=models.Q(number__isnull=True) | models.Q(own_number=""),
                name="a_letter_bears_one_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paper.number_text} {self.unit.short_name}"

    def get_absolute_url(self) -> str:
        return reverse("dispatch:paper", args=[self.paper_id])
