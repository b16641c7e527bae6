"""Kinds of paper and what became of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaperKind(models.TextChoices):
    """Kinds of paper the portal makes."""

    MINUTES = "minutes", _("会议纪要")
    NOTICE = "notice", _("会议通知")


class PaperStatus(models.TextChoices):
    """What an archived paper is worth today."""

    CURRENT = "current", _("有效")
    CORRECTED = "corrected", _("已更正")
    STOPPED = "stopped", _("停止使用")


class NumberState(models.TextChoices):
    """A number once taken stays on record, voided or not: the series has no gap."""

    TAKEN = "taken", _("已使用")
    VOIDED = "voided", _("已作废")
