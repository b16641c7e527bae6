"""What an item was before a 更正 of its paper, whole: the ledger of an earlier day reads it."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, PlainTextField
from apps.roster.models import UnitAssignment


class DueCorrection(models.Model):
    """What a 更正 of the paper put right: before that day the old deadline or requirement, words and units counted."""

    item = models.ForeignKey("action_items.ActionItem", models.CASCADE, related_name="corrections")
    corrected_on = models.DateField()
    old_due = models.DateField(
        null=True, blank=True
    )  # empty: a recurring matter till then, or a standing one
    old_recurrence = PlainCharField(max_length=60, blank=True)
    new_due = models.DateField(null=True, blank=True)  # empty: from then on a recurring or a standing matter
    # Words and units (`parts`) till then; empty where the paper's first print is not kept, but for its deadline.
    old_text = PlainTextField(max_length=8000, blank=True)
    old_all_support = models.BooleanField(default=False)
    reason = PlainTextField(max_length=500)
    history = HistoricalRecords()

    class Meta:
        ordering = ["corrected_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(old_due__isnull=True) | Q(old_recurrence=""),
                name="a_correction_names_one_requirement",
            )
        ]

    def __str__(self) -> str:
        return f"{self.item.ref} {self.old_due or self.old_recurrence or '—'} → {self.new_due or '—'}"


class CorrectedPart(UnitAssignment):
    """A unit's part in an item as it was before a 更正. Written with its correction, and never changed."""

    correction = models.ForeignKey(DueCorrection, models.CASCADE, related_name="parts")

    class Meta(UnitAssignment.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["correction", "unit"], name="one_part_a_unit_and_correction")
        ]
