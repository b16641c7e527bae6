"""States, lights and kinds of the ledger. 超期 is computed, never typed, so it is not a state."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ItemState(models.TextChoices):
    """Where an item stands on its way: 交办 → 签收 → 推进 → 申请办结 → 办结, or 终止 / 合并."""

    ASSIGNED = "assigned", _("待签收")
    IN_PROGRESS = "in_progress", _("推进中")
    CLOSING = "closing", _("申请办结")
    CLOSED = "closed", _("已办结")
    TERMINATED = "terminated", _("已终止")
    MERGED = "merged", _("已合并")


OPEN_STATES = frozenset({ItemState.ASSIGNED, ItemState.IN_PROGRESS, ItemState.CLOSING})
ENDED_STATES = frozenset(set(ItemState) - OPEN_STATES)


class Light(models.TextChoices):
    """The lamp of an item, computed from dates by working days."""

    RED = "red", _("超期")
    YELLOW = "yellow", _("临期")
    GREEN = "green", _("正常")
    STANDING = "standing", _("长期")
    CLOSED = "closed", _("办结")


class LedgerState(models.TextChoices):
    """The computed state of an item as the ledger prints it."""

    IN_PROGRESS = "in_progress", _("推进中")
    OVERDUE = "overdue", _("超期")
    CLOSED_ON_TIME = "closed_on_time", _("按期办结")
    CLOSED_LATE = "closed_late", _("逾期办结")
    STANDING = "standing", _("长期坚持")


class SourceKind(models.TextChoices):
    """What an item comes from."""

    MINUTES = "minutes", _("会议纪要")
    INSPECTION = "inspection", _("督查发现")
    EMERGENCY = "emergency", _("应急处置")


class SelfAssessment(models.TextChoices):
    """How the reporting unit sees its own progress."""

    NORMAL = "normal", _("正常推进")
    BEHIND = "behind", _("滞后")
    BLOCKED = "blocked", _("受阻")
    CLOSING = "closing", _("申请办结")


class ReviewState(models.TextChoices):
    """What the office did with a report."""

    WAITING = "waiting", _("待审阅")
    ACCEPTED = "accepted", _("已审阅")
    RETURNED = "returned", _("已退回")


class ExtensionState(models.TextChoices):
    """An extension request: the lead asks, the office reviews, the convener approves. Asked late it only explains."""

    ASKED = "asked", _("已申请")
    REVIEWED = "reviewed", _("待召集人批准")
    GRANTED = "granted", _("同意")
    REFUSED = "refused", _("不同意")
    EXPLAINED = "explained", _("逾期说明")
    RETURNED = "returned", _("办公室退回")
    WITHDRAWN = "withdrawn", _("已撤回")


OPEN_REQUESTS = frozenset({ExtensionState.ASKED, ExtensionState.REVIEWED})
DECIDED_REQUESTS = frozenset({ExtensionState.GRANTED, ExtensionState.REFUSED})


class EndingKind(models.TextChoices):
    """How an item ends without being done."""

    TERMINATE = "terminate", _("终止")
    MERGE = "merge", _("合并")


class EndingState(models.TextChoices):
    """A proposal to end an item: the office proposes, the convener decides."""

    ASKED = "asked", _("待召集人批准")
    APPROVED = "approved", _("同意")
    REFUSED = "refused", _("不同意")
    WITHDRAWN = "withdrawn", _("已撤回")


class Rung(models.TextChoices):
    """Who is told of an item that is stuck, rung by rung; a person releases each, and each is told once."""

    CHASE = "chase", _("催办")
    LIAISON = "liaison", _("经办人")
    MEMBER = "member", _("联席会议成员")
    DIRECTOR = "director", _("办公室主任")
    CONVENER = "convener", _("召集人")
    AGENDA = "agenda", _("列入议题")
