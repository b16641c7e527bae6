"""Matters people are reminded of, and when in a matter's life."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Matter(models.TextChoices):
    """What somebody must act on. The codes are the kinds of `common.todo.Deadline`."""

    REPLY = "meeting_reply", _("会议回执")
    CONSENT = "consent", _("纪要征求意见")
    CORRECTION = "correction", _("更正征求意见")
    ITEM = "item_due", _("议定事项到期")
    REPORT = "item_report", _("定期报送")
    QUARTER = "item_quarter", _("季度进展")


class Phase(models.TextChoices):
    """Before the day, or once it has gone by unanswered (超期, 漏报)."""

    BEFORE = "before", _("到期前")
    OVERDUE = "overdue", _("逾期、漏报后")
