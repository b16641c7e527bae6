"""纪要, who may read it besides, and its passages."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from apps.action_items.commitment import Commitment
from apps.common.fields import PlainCharField, PlainTextField
from apps.dispatch.models import Recipient
from apps.documents.models import ArchivedPaper, IssuedNumber
from apps.duties.models import Duty
from apps.meetings.models import Meeting, RecordBlock
from apps.minutes.enums import (
    STATE_COLOURS,
    MinutesState,
    PassageKind,
)
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit, UnitAssignment

USER = settings.AUTH_USER_MODEL
_NUMBERED = [MinutesState.ISSUING, MinutesState.ISSUED, MinutesState.ARCHIVED, MinutesState.STOPPED]
_SIGNED = [MinutesState.CHECKING, MinutesState.NUMBERING, *_NUMBERED]


class Minutes(models.Model):
    """The 纪要 of one meeting. `signed_on` is 成文日期, `printed_on` is 印发日期 (送印)."""

    meeting = models.OneToOneField(Meeting, models.PROTECT, related_name="minutes")
    state = models.CharField(max_length=12, choices=MinutesState, default=MinutesState.DRAFTING)
    title = PlainCharField(_("标题"), max_length=200)
    drafted_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+"
    )  # none: imported
    secrecy_checked = models.BooleanField(_("已作保密审查"), default=False)
    publicity = PlainCharField(_("公开属性"), max_length=20, default="此件不公开", blank=True)
    no_resolutions = models.BooleanField(_("本次会议没有议定事项"), default=False)
    copies = models.ManyToManyField(Recipient, blank=True, related_name="+", verbose_name=_("另抄送"))
    signed_on = models.DateField(_("成文日期"), null=True, blank=True)
    signed_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    printed_on = models.DateField(_("印发日期"), null=True, blank=True)
    number = models.OneToOneField(IssuedNumber, models.PROTECT, null=True, blank=True, related_name="minutes")
    paper = models.OneToOneField(ArchivedPaper, models.PROTECT, null=True, blank=True, related_name="minutes")
    created_at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-meeting__starts_at", "-id"]
        verbose_name = _("会议纪要")
        permissions = [("read_minutes", _("查阅纪要"))]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=_SIGNED) | Q(signed_on__isnull=False),
                name="signed_minutes_have_a_date",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=_NUMBERED) & Q(number__isnull=False, paper__isnull=False))
                | (~Q(state__in=_NUMBERED) & Q(number__isnull=True, paper__isnull=True)),
                name="numbered_minutes_have_number_and_paper",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[MinutesState.ISSUED, MinutesState.ARCHIVED, MinutesState.STOPPED])
                | Q(printed_on__isnull=False),
                name="issued_minutes_have_a_print_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting.title}纪要"

    def get_absolute_url(self) -> str:
        return reverse("minutes:detail", args=[self.pk])

    @property
    def colour(self) -> str:
        """Colour of the state's badge."""
        return STATE_COLOURS[MinutesState(self.state)]

    def has_items(self) -> bool:
        """Whether its issue opened action items."""
        return self.passages.exclude(item_ref="").exists()


class MinutesUserGrant(UserObjectPermissionBase):
    """A person may read one 纪要 until a date."""

    content_object = models.ForeignKey(Minutes, models.CASCADE)
    until = models.DateField(null=True)
    granted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")


class MinutesGroupGrant(GroupObjectPermissionBase):
    """A unit's group may read one 纪要 until a date."""

    content_object = models.ForeignKey(Minutes, models.CASCADE)
    until = models.DateField(null=True)
    granted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")


class Passage(Commitment):
    """One passage of the draft. A resolution carries its units, deadline and duties; each opens 0..n items."""

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="passages")
    kind = models.CharField(max_length=12, choices=PassageKind)
    position = models.PositiveSmallIntegerField()
    text = PlainTextField(_("文字"), max_length=8000, blank=True)
    gap = PlainCharField(_("待补"), max_length=120, blank=True)
    block = models.ForeignKey(RecordBlock, models.SET_NULL, null=True, blank=True, related_name="+")
    in_principle = models.BooleanField(_("原则同意"), default=False)
    opens_item = models.BooleanField(_("列入督办台账"), default=True)
    withheld = models.BooleanField(_("存议"), default=False)
    struck = models.BooleanField(
        _("更正删去"), default=False, editable=False
    )  # kept, read by nothing but its item
    duties = models.ManyToManyField(Duty, blank=True, related_name="+", verbose_name=_("职责依据"))
    version = models.PositiveIntegerField(default=1)
    item_ref = models.CharField(max_length=40, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "id"]

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


class PassageUnit(UnitAssignment):
    """Lead and support units of a resolution in the draft."""

    passage = models.ForeignKey(Passage, models.CASCADE, related_name="parts")
    history = HistoricalRecords()

    class Meta(UnitAssignment.Meta):
        abstract = False
        constraints = [
            models.UniqueConstraint(fields=["passage", "unit"], name="one_part_a_unit_and_passage")
        ]
