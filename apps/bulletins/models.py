"""Bulletins with their frozen figures and sections, and information that units send in."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, PlainTextField
from apps.common.models import StoredFile
from apps.documents.models import ArchivedPaper, IssuedNumber
from apps.roster.models import Unit

from .enums import (
    BULLETIN_COLOURS,
    INFORMATION_COLOURS,
    BulletinKind,
    BulletinState,
    InformationKind,
    InformationState,
    SectionCode,
)

USER = settings.AUTH_USER_MODEL
_NUMBERED = [BulletinState.NUMBERED, BulletinState.ISSUED]
_DECIDED = [BulletinState.APPROVED, *_NUMBERED]
# One voided after it was numbered keeps its approval, its number and its paper.
_MAY_BE_NUMBERED = [*_NUMBERED, BulletinState.DROPPED]
_MAY_BE_DECIDED = [*_DECIDED, BulletinState.DROPPED]


class Bulletin(models.Model):
    """A 进展情况通报 or 年度总结. `snapshot` are the ledger's figures as of `ends_on`, taken once (see figures.py).

    Later changes of items never reach it; `ArchivedPaper` keeps what was issued.
    """

    kind = models.CharField(_("文种"), max_length=10, choices=BulletinKind)
    title = PlainCharField(_("标题"), max_length=120)
    period = PlainCharField(_("期次"), max_length=40, help_text=_("例如：2026年第三季度、2026年度。"))
    starts_on = models.DateField(_("统计起始日"))
    ends_on = models.DateField(_("统计截止日"))
    state = models.CharField(max_length=10, choices=BulletinState, default=BulletinState.DRAFTING)
    snapshot = models.JSONField(default=dict)
    figures_at = models.DateTimeField(_("取数时间"))
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    marker = PlainCharField(max_length=20, blank=True)
    report_up = models.BooleanField(_("抄报市人民政府"), default=False)
    answer = PlainTextField(_("审批意见"), max_length=1000, blank=True)
    drafted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    signed_on = models.DateField(_("成文日期"), null=True, blank=True)
    printed_on = models.DateField(_("印发日期"), null=True, blank=True)
    number = models.OneToOneField(
        IssuedNumber, models.PROTECT, null=True, blank=True, related_name="bulletin"
    )
    paper = models.OneToOneField(
        ArchivedPaper, models.PROTECT, null=True, blank=True, related_name="bulletin"
    )
    chased_on = models.DateField(_("最近催签"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # The figures are many and frozen; the journal keeps their hash each time they are taken.
    history = HistoricalRecords(excluded_fields=["snapshot"])

    class Meta:
        ordering = ["-ends_on", "-id"]
        permissions = [("read_bulletin", _("查阅通报"))]
        indexes = [models.Index(fields=["state", "kind"], name="bulletin_state_kind")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="a_period_ends_after_it_starts",
                violation_error_message=_("统计截止日不能早于起始日。"),
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True, submitted_by__isnull=True)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
                name="a_bulletin_is_submitted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=_MAY_BE_DECIDED, approved_at__isnull=False, approved_by__isnull=False, signed_on__isnull=False
                )
                | (~Q(state__in=_DECIDED) & Q(approved_at__isnull=True, approved_by__isnull=True, signed_on__isnull=True)),
                name="an_approved_bulletin_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=_MAY_BE_NUMBERED, number__isnull=False, paper__isnull=False, printed_on__isnull=False
                )
                | (~Q(state__in=_NUMBERED) & Q(number__isnull=True, paper__isnull=True, printed_on__isnull=True)),
                name="a_numbered_bulletin_has_its_paper",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("bulletins:detail", args=[self.pk])

    @property
    def colour(self) -> str:
        """Colour of the state's badge."""
        return BULLETIN_COLOURS[BulletinState(self.state)]

    def writers(self) -> set[int | None]:
        """Ids of who drafted it and of all whose words stand in it: title, period, 抄报 or a part. One query."""
        return writers_of([self])[self.pk]

    def facts_by(self, users: Iterable[int]) -> list[str]:
        """Labels of the facts that stand as these users set them, in order. One query."""
        lines = self.history.order_by("history_id").values_list("history_user", *_FACTS)
        setters, wanted = _setters(list(lines)), set(users)
        return [_FACTS[name] for name, user in setters.items() if user in wanted]

    def written_by(self, users: Iterable[int]) -> list[str]:
        """Headings of the parts in which words of these users stand, in order. One query."""
        wanted = _standing_words([self]).filter(history_user__in=list(users)).values("id")
        return list(self.sections.filter(pk__in=wanted).values_list("heading", flat=True))


# What is printed beside the parts and chosen by somebody, not by the ledger: field → its name for a reader.
_FACTS = {"title": "标题", "period": "期次", "report_up": "抄报"}


def writers_of(bulletins: Sequence[Bulletin]) -> dict[int, set[int | None]]:
    """`writers` of each, by its id. One query for all."""
    found: dict[int, set[int | None]] = {row.pk: {row.drafted_by_id} for row in bulletins}
    facts: dict[int, list[tuple[Any, ...]]] = {}
    lines = Bulletin.history.filter(id__in=found).order_by()
    words = _standing_words(bulletins).annotate(
        none=Value(0), empty=Value(""), blank=Value(""), no=Value(False)
    )
    both = lines.values_list("history_id", "id", "history_user", *_FACTS).union(
        words.values_list("none", "bulletin", "history_user", "empty", "blank", "no")
    )
    for at, pk, user, *values in both.order_by("history_id"):
        if at:
            facts.setdefault(pk, []).append((user, *values))
        else:
            found[pk].add(user)
    for pk, rows in facts.items():
        found[pk].update(_setters(rows).values())
    return found


def _setters(lines: Sequence[tuple[Any, ...]]) -> dict[str, int | None]:
    """Who set each fact to what it is now. `lines`: (user, title, period, report_up) of every save, the oldest first."""
    setters: dict[str, int | None] = {}
    for place, name in enumerate(_FACTS, 1):
        before = None
        for line in lines:
            if line[place] != before:
                setters[name], before = line[0], line[place]
    return setters


def _standing_words(bulletins: Sequence[Bulletin]) -> QuerySet[Any]:
    """Changes of words since the portal last proposed the part: that takes out all that was written before."""
    lines = Section.history.filter(bulletin__in=[row.pk for row in bulletins]).order_by()
    proposed = lines.filter(id=OuterRef("id"), proposed=True, history_id__gt=OuterRef("history_id"))
    changes: QuerySet[Any] = lines.filter(~Exists(proposed), proposed=False)
    return changes


class BulletinUserGrant(UserObjectPermissionBase):
    """A person may read one bulletin until a date."""

    content_object = models.ForeignKey(Bulletin, models.CASCADE)
    until = models.DateField(null=True)
    granted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")


class BulletinGroupGrant(GroupObjectPermissionBase):
    """A unit's group may read one bulletin until a date."""

    content_object = models.ForeignKey(Bulletin, models.CASCADE)
    until = models.DateField(null=True)
    granted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")


class Section(models.Model):
    """One part of a bulletin: a heading and paragraphs, a line each. Tables are the figures', never typed."""

    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="sections")
    code = models.CharField(max_length=10, choices=SectionCode)
    position = models.PositiveSmallIntegerField()
    heading = PlainCharField(_("小标题"), max_length=40)
    text = PlainTextField(_("文字"), max_length=8000)
    version = models.PositiveIntegerField(default=1)
    proposed = models.BooleanField(_("系统拟写"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["bulletin", "code"], name="one_section_a_code")]

    def __str__(self) -> str:
        return self.heading


class Information(models.Model):
    """信息通报: a unit tells the others something; the office looks at it and issues it."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="informations", verbose_name=_("报送单位"))
    kind = models.CharField(_("类别"), max_length=10, choices=InformationKind, default=InformationKind.WORK)
    title = PlainCharField(_("标题"), max_length=80)
    text = PlainTextField(_("内容"), max_length=6000)
    files = models.ManyToManyField(StoredFile, blank=True, related_name="+", verbose_name=_("附件"))
    state = models.CharField(max_length=10, choices=InformationState, default=InformationState.SUBMITTED)
    answer = PlainTextField(_("办公室意见"), max_length=1000, blank=True)
    marker = PlainCharField(max_length=20, blank=True)
    submitted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(auto_now_add=True)
    on_behalf = models.BooleanField(_("办公室代录"), default=False)
    source_note = PlainCharField(_("代录来源"), max_length=80, blank=True)
    issued_on = models.DateField(_("印发日期"), null=True, blank=True)
    issued_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    number = models.OneToOneField(
        IssuedNumber, models.PROTECT, null=True, blank=True, related_name="information"
    )
    paper = models.OneToOneField(
        ArchivedPaper, models.PROTECT, null=True, blank=True, related_name="information"
    )
    chased_on = models.DateField(_("最近催签"), null=True, blank=True)
    history = HistoricalRecords(m2m_fields=[files])

    class Meta:
        ordering = ["-submitted_at", "-id"]
        indexes = [models.Index(fields=["state", "kind"], name="information_state_kind")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state=InformationState.ISSUED, number__isnull=False, paper__isnull=False, issued_on__isnull=False,
                    issued_by__isnull=False,
                )
                | (
                    ~Q(state=InformationState.ISSUED)
                    & Q(number__isnull=True, paper__isnull=True, issued_on__isnull=True, issued_by__isnull=True)
                ),
                name="issued_information_has_its_paper",
            ),
            models.CheckConstraint(
                condition=Q(on_behalf=False, source_note="") | (Q(on_behalf=True) & ~Q(source_note="")),
                name="information_on_behalf_names_its_source",
                violation_error_message=_("请写明代录来源。"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("bulletins:information", args=[self.pk])

    @property
    def colour(self) -> str:
        """Colour of the state's badge."""
        return INFORMATION_COLOURS[InformationState(self.state)]
