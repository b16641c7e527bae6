"""Kinds of paper and what became of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaperKind(models.TextChoices):
    """Kinds of paper the portal makes."""

    MINUTES = "minutes", _("会议纪要")
    NOTICE = "notice", _("会议通知")
    AGENDA = "agenda", _("会议议程")
    SIGN_IN = "sign_in", _("签到表")
    PLATES = "plates", _("桌签")
    RECORD = "record", _("会议记录")
    CONSENT_LETTER = "consent_letter", _("征求意见函")
    CONSENT_TABLE = "consent_table", _("征求意见情况表")
    ROUTING_SHEET = "routing_sheet", _("发文稿纸")
    ASSIGNMENT = "assignment", _("任务分工通知")
    CORRECTION = "correction", _("更正通知")
    STOP = "stop", _("停止使用通知")
    REGISTER = "register", _("发文登记表")
    ROSTER = "roster", _("成员名单")
    DUTIES = "duties", _("职责清单")
    LEDGER = "ledger", _("督办台账")
    CHASE_LETTER = "chase_letter", _("催办函")
    EXTENSION = "extension", _("延期审批表")
    ENDING = "ending", _("事项终止（合并）审批表")
    BULLETIN = "bulletin", _("进展情况通报")
    INFORMATION = "information", _("信息通报")
    ANNUAL = "annual", _("年度总结")


class PaperStatus(models.TextChoices):
    """What an archived paper is worth today."""

    CURRENT = "current", _("有效")
    CORRECTED = "corrected", _("已更正")
    STOPPED = "stopped", _("停止使用")


class NumberState(models.TextChoices):
    """A number once taken stays on record, voided or not: the series has no gap."""

    TAKEN = "taken", _("已使用")
    VOIDED = "voided", _("已作废")
