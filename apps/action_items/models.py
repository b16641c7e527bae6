"""Decided matters and what happened to them. Every fact is dated, so the ledger can be read as of any day."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, PlainTextField
from apps.common.models import StoredFile
from apps.documents.models import ArchivedPaper
from apps.duties.models import Duty
from apps.roster.enums import AssignmentRole
from apps.roster.models import Unit, UnitAssignment

from .commitment import Commitment
from .corrected import CorrectedPart, DueCorrection  # noqa: F401 - tables of this app, read like its others
from .enums import (
    DECIDED_REQUESTS,
    OPEN_REQUESTS,
    EndingKind,
    EndingState,
    ExtensionState,
    ItemState,
    ReviewState,
    Rung,
    SelfAssessment,
    SourceKind,
)
from .indexes import ITEM_INDEXES, REPORT_INDEXES


class ActionItem(Commitment):
    """An 议定事项 with its lead units, support units, deadline and duty clauses."""

    ref = PlainCharField(_("编号"), max_length=40, unique=True)
    seq = models.PositiveSmallIntegerField(_("序号"))
    source_kind = models.CharField(_("来源"), max_length=12, choices=SourceKind)
    source_paper = models.ForeignKey(
        ArchivedPaper, models.PROTECT, null=True, blank=True, related_name="items"
    )
    source_anchor = models.CharField(max_length=40, blank=True)
    source_label = PlainCharField(_("纪要编号"), max_length=60)
    text = PlainTextField(_("议定事项"), max_length=8000)
    duties = models.ManyToManyField(Duty, blank=True, related_name="items", verbose_name=_("职责依据"))
    state = models.CharField(_("状态"), max_length=12, choices=ItemState, default=ItemState.ASSIGNED)
    opened_on = models.DateField(_("交办日期"))
    closed_on = models.DateField(_("办结日期"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_by_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    # 代录: where the office had the unit's confirmation from, and the sheet if there is one.
    confirmed_note = PlainCharField(_("代录来源"), max_length=80, blank=True)
    confirmed_scan = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    claimed_on = models.DateField(_("申报完成日期"), null=True, blank=True)
    ended_on = models.DateField(_("终止日期"), null=True, blank=True)
    # What the dated facts amount to today, kept in step by services.refresh so that lists can filter by it.
    current_due = models.DateField(_("现行时限"), null=True, blank=True, editable=False)
    times_extended = models.PositiveSmallIntegerField(_("延期次数"), default=0, editable=False)
    report_due_on = models.DateField(_("下次报送日"), null=True, blank=True, editable=False)
    # The day a 更正 made another requirement of it (a date of a recurring one …): nothing is owed of the time before.
    required_since = models.DateField(null=True, blank=True, editable=False)
    last_assessment = models.CharField(max_length=10, choices=SelfAssessment, blank=True, editable=False)
    blocked = PlainTextField(_("受阻情况"), max_length=1000, blank=True)
    blocked_need = PlainTextField(_("需要什么支持"), max_length=500, blank=True)
    blocked_from = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("需要哪个单位支持")
    )
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    history = HistoricalRecords(m2m_fields=[duties])

    class Meta:
        ordering = ["source_paper_id", "seq", "id"]
        permissions = [("read_actionitem", _("查阅议定事项"))]
        indexes = ITEM_INDEXES
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ItemState.CLOSED, closed_on__isnull=False)
                | (~Q(state=ItemState.CLOSED) & Q(closed_on__isnull=True)),
                name="closed_items_have_a_date",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ItemState.TERMINATED, ItemState.MERGED], ended_on__isnull=False)
                | (~Q(state__in=[ItemState.TERMINATED, ItemState.MERGED]) & Q(ended_on__isnull=True)),
                name="stopped_items_have_a_date",
            ),
            models.CheckConstraint(
                condition=Q(state=ItemState.MERGED, merged_into__isnull=False)
                | (~Q(state=ItemState.MERGED) & Q(merged_into__isnull=True)),
                name="merged_items_name_their_heir",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True)
                | Q(closed_on__gte=F("opened_on"))
                | Q(source_kind="minutes"),
                name="items_close_after_they_open",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by_unit__isnull=False)
                | Q(confirmed_note="", confirmed_scan__isnull=True),
                name="a_source_belongs_to_a_confirmation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_label}-{self.seq} {self.text[:30]}"

    def get_absolute_url(self) -> str:
        return reverse("action_items:detail", args=[self.pk])


class ItemUserGrant(UserObjectPermissionBase):
    """A person may read one item until a date."""

    content_object = models.ForeignKey(ActionItem, models.CASCADE)
    until = models.DateField(null=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")


class ItemGroupGrant(GroupObjectPermissionBase):
    """A unit's group may read one item until a date."""

    content_object = models.ForeignKey(ActionItem, models.CASCADE)
    until = models.DateField(null=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")


class ItemUnit(UnitAssignment):
    """A unit's part in an item. With `all_support` no support rows are kept."""

    item = models.ForeignKey(ActionItem, models.CASCADE, related_name="parts")
    signed_at = models.DateTimeField(_("签收时间"), null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    history = HistoricalRecords()

    class Meta(UnitAssignment.Meta):
        abstract = False
        constraints = [models.UniqueConstraint(fields=["item", "unit"], name="one_part_a_unit_and_item")]
        indexes = [
            models.Index(fields=["unit", "role", "item"], name="item_unit_role_item"),
            models.Index(fields=["item", "unit"], condition=Q(role=AssignmentRole.LEAD), name="item_led_by"),
        ]


class ProgressReport(models.Model):
    """What a unit reports on an item."""

    item = models.ForeignKey(ActionItem, models.CASCADE, related_name="reports")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    reported_on = models.DateField(_("日期"))
    text = PlainTextField(_("进展"), max_length=4000)
    problem = PlainTextField(_("存在问题"), max_length=2000, blank=True)
    next_step = PlainTextField(_("下一步"), max_length=2000, blank=True)
    need = PlainTextField(_("需要什么支持"), max_length=500, blank=True)
    need_from = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("需要哪个单位支持")
    )
    nothing_new = models.BooleanField(_("无新进展"), default=False)
    assessment = models.CharField(
        _("自评"), max_length=10, choices=SelfAssessment, default=SelfAssessment.NORMAL
    )
    review = models.CharField(_("审阅"), max_length=10, choices=ReviewState, default=ReviewState.WAITING)
    review_note = PlainTextField(_("审阅意见"), max_length=1000, blank=True)
    # A report sent back counts until that day: the ledger of an earlier day still shows it.
    reviewed_on = models.DateField(_("审阅日期"), null=True, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    on_behalf = models.BooleanField(_("办公室代录"), default=False)
    source_note = PlainCharField(_("代录来源"), max_length=80, blank=True)
    entered_at = models.DateTimeField(auto_now_add=True)
    files = models.ManyToManyField(StoredFile, blank=True, related_name="+")
    history = HistoricalRecords()

    class Meta:
        ordering = ["-reported_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(review=ReviewState.RETURNED) | ~Q(review_note=""),
                name="a_returned_report_says_why",
            )
        ]
        indexes = REPORT_INDEXES

    def __str__(self) -> str:
        return f"{self.unit} {self.reported_on}"


class Extension(models.Model):
    """A request to move the deadline. The original date stays on the item (延期: 原定…, 经同意延至…)."""

    item = models.ForeignKey(ActionItem, models.CASCADE, related_name="extensions")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ExtensionState, default=ExtensionState.ASKED)
    applied_on = models.DateField(_("申请日期"))
    reason = PlainTextField(_("理由"), max_length=2000)
    old_due = models.DateField(_("原定时限"))
    new_due = models.DateField(_("申请延至"))
    decided_on = models.DateField(_("决定日期"), null=True, blank=True)
    decided_by = PlainCharField(_("决定人"), max_length=60, blank=True)
    asked_late = models.BooleanField(_("逾期后才申请"), default=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    on_behalf = models.BooleanField(_("办公室代录"), default=False)
    source_note = PlainCharField(_("代录来源"), max_length=80, blank=True)
    reviewed_on = models.DateField(_("办公室审核日期"), null=True, blank=True)
    review_note = PlainTextField(_("办公室意见"), max_length=1000, blank=True)
    decision_note = PlainTextField(_("审批意见"), max_length=1000, blank=True)
    # 线下审批补录: the sheet the convener signed.
    scan = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    files = models.ManyToManyField(StoredFile, blank=True, related_name="+")
    history = HistoricalRecords()

    class Meta:
        ordering = ["applied_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(new_due__gt=F("old_due")), name="an_extension_is_later"),
            models.CheckConstraint(
                condition=(
                    Q(state__in=sorted(DECIDED_REQUESTS)) & Q(decided_on__isnull=False) & ~Q(decided_by="")
                )
                | (~Q(state__in=sorted(DECIDED_REQUESTS)) & Q(decided_on__isnull=True, decided_by="")),
                name="a_decided_extension_says_when_and_who",
            ),
            models.CheckConstraint(
                condition=~Q(state=ExtensionState.RETURNED) | ~Q(review_note=""),
                name="a_returned_extension_says_why",
            ),
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(state__in=sorted(OPEN_REQUESTS)),
                name="one_open_extension_an_item",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.ref} {self.old_due} → {self.new_due}"

    def get_absolute_url(self) -> str:
        return reverse("action_items:extension", args=[self.item_id, self.pk])


class Ending(models.Model):
    """A proposal to end an item without its being done: 终止, or 合并 into another. The convener decides."""

    item = models.ForeignKey(ActionItem, models.CASCADE, related_name="endings")
    kind = models.CharField(_("方式"), max_length=10, choices=EndingKind)
    heir = models.ForeignKey(
        ActionItem, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("并入的事项")
    )
    reason = PlainTextField(_("理由"), max_length=2000)
    # The merged item's lead units become supporting units of the heir.
    add_missing = models.BooleanField(_("牵头单位加为并入事项的配合单位"), default=False)
    state = models.CharField(max_length=10, choices=EndingState, default=EndingState.ASKED)
    asked_on = models.DateField(_("提出日期"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    by_convener = models.BooleanField(_("召集人直接决定"), default=False)  # brought by him, not by the office
    decided_on = models.DateField(_("决定日期"), null=True, blank=True)
    decided_by = PlainCharField(_("决定人"), max_length=60, blank=True)
    decision_note = PlainTextField(_("审批意见"), max_length=1000, blank=True)
    scan = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    history = HistoricalRecords()

    class Meta:
        ordering = ["asked_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=EndingKind.MERGE, heir__isnull=False)
                | Q(kind=EndingKind.TERMINATE, heir__isnull=True),
                name="a_merger_names_its_heir",
            ),
            models.CheckConstraint(
                condition=Q(state=EndingState.ASKED, decided_on__isnull=True, decided_by="")
                | (~Q(state=EndingState.ASKED) & Q(decided_on__isnull=False) & ~Q(decided_by="")),
                name="a_decided_ending_says_when_and_who",
            ),
            models.UniqueConstraint(
                fields=["item"], condition=Q(state=EndingState.ASKED), name="one_open_ending_an_item"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.ref} {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        return reverse("action_items:ending", args=[self.item_id, self.pk])


class Directive(models.Model):
    """A leader's written instruction on an item (批示), kept word for word."""

    item = models.ForeignKey(ActionItem, models.CASCADE, related_name="directives")
    leader = PlainCharField(_("批示人"), max_length=60)
    text = PlainTextField(_("批示内容"), max_length=2000)
    given_on = models.DateField(_("批示日期"))
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    history = HistoricalRecords()

    class Meta:
        ordering = ["given_on", "id"]

    def __str__(self) -> str:
        return f"{self.leader} {self.given_on}"


class Prompt(models.Model):
    """Somebody released a word about an item: 催办, or a rung of the ladder. Each rung of one deadline once."""

    item = models.ForeignKey(ActionItem, models.CASCADE, related_name="prompts")
    rung = models.CharField(_("级"), max_length=10, choices=Rung)
    on = models.DateField(_("日期"))
    due = models.DateField(_("所催的时限"))  # an undated item: its reporting date, else the day it opened
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    told = PlainCharField(_("告知"), max_length=300, blank=True)
    note = PlainCharField(_("说明"), max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "on"], condition=Q(rung=Rung.CHASE), name="one_chase_a_day_and_item"
            ),
            models.UniqueConstraint(
                fields=["item", "rung", "due"],
                condition=~Q(rung=Rung.CHASE),
                name="one_rung_once_a_deadline",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.ref} {self.get_rung_display()} {self.on}"


class LedgerView(models.Model):
    """A filter of the ledger somebody keeps under a name of their own."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = PlainCharField(_("名称"), max_length=30)
    query = models.CharField(max_length=500)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_view_a_name")]

    def __str__(self) -> str:
        return self.name


class LedgerImport(models.Model):
    """A sheet somebody brought: shown first, written once. `written` is set with `done_at`; `kept`: its rows, till then."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    brought_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)
    written = models.JSONField(default=dict, blank=True)
    kept = models.BinaryField(default=bytes, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file.name

    def get_absolute_url(self) -> str:
        return reverse("action_items:import_preview", args=[self.pk])
