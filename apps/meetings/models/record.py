"""The live record: blocks, their revisions, and who is writing where."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.action_items.commitment import Commitment
from apps.common.fields import PlainCharField, PlainTextField
from apps.duties.models import Duty
from apps.meetings.enums import (
    BlockEvent,
    BlockKind,
)
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit, UnitAssignment

from .agenda import AgendaItem
from .meeting import Meeting

USER = settings.AUTH_USER_MODEL


class RecordBlock(Commitment):
    """A block of the live record. `version` counts saves; a deleted block stays, marked."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="blocks")
    agenda_item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, blank=True, related_name="blocks")
    kind = models.CharField(max_length=12, choices=BlockKind)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    speaker = PlainCharField(_("发言人"), max_length=40, blank=True)
    text = PlainTextField(_("内容"), blank=True)
    in_principle = models.BooleanField(_("原则同意"), default=False)
    duties = models.ManyToManyField(Duty, blank=True, related_name="+")
    position = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    client_key = models.UUIDField(null=True, blank=True, unique=True)  # an add sent twice makes one block
    began_at = models.DateTimeField(_("时间"), null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    updated_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["agenda_item__seq", "position", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.text[:20]}"

    def units_as(self, role: AssignmentRole) -> list[Unit]:
        """The units in one part, in the order the meeting named them."""
        parts = [part for part in self.parts.all() if part.role == role]
        return [part.unit for part in sorted(parts, key=lambda part: part.position)]

    @property
    def leads(self) -> list[Unit]:
        """Lead units as named. Prefetch `parts__unit`."""
        return self.units_as(AssignmentRole.LEAD)

    @property
    def supports(self) -> list[Unit]:
        """Support units as named; empty with `all_support`."""
        return self.units_as(AssignmentRole.SUPPORT)


class BlockUnit(UnitAssignment):
    """Lead and support units of a recorded resolution."""

    block = models.ForeignKey(RecordBlock, models.CASCADE, related_name="parts")

    class Meta(UnitAssignment.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["block", "unit"], name="one_part_a_unit_and_block")]


class BlockRevision(models.Model):
    """One saved state of a block: the autosave's own history, cheap to write (no audit line)."""

    block = models.ForeignKey(RecordBlock, models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField()
    event = models.CharField(max_length=8, choices=BlockEvent, default=BlockEvent.SAVE)
    content = models.JSONField()
    saved_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["block", "version"], name="one_revision_a_version")]

    def __str__(self) -> str:
        return f"{self.block_id} v{self.version}"


class RoomPresence(models.Model):
    """Who has the record open, and where they are writing. Rows not renewed for a while mean nothing."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="presences")
    user = models.ForeignKey(USER, models.CASCADE, related_name="+")
    agenda_item = models.ForeignKey(AgendaItem, models.CASCADE, null=True, blank=True, related_name="+")
    block = models.ForeignKey(RecordBlock, models.CASCADE, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "user"], name="one_presence_a_person_and_meeting")
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.meeting}"
