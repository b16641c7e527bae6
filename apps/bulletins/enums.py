"""Kinds, states and parts of what the office tells the units."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.documents.enums import PaperKind


class BulletinKind(models.TextChoices):
    """Papers made from the ledger's figures. Their codes are those of `PaperKind`."""

    PROGRESS = "bulletin", _("进展情况通报")
    ANNUAL = "annual", _("年度总结")


PAPER_KINDS = {
    BulletinKind.PROGRESS: PaperKind.BULLETIN,
    BulletinKind.ANNUAL: PaperKind.ANNUAL,
}
# The word before the number, so that 通报〔2026〕1号 is not taken for the 纪要 of that number.
SERIES = {
    PaperKind.BULLETIN: "通报",
    PaperKind.ANNUAL: "总结",
    PaperKind.INFORMATION: "信息",
}


class BulletinState(models.TextChoices):
    """起草 → 送审 → 批准 → 编号 → 印发."""

    DRAFTING = "drafting", _("起草中")
    SUBMITTED = "submitted", _("待审批")
    APPROVED = "approved", _("待编号")
    NUMBERED = "numbered", _("待印发")
    ISSUED = "issued", _("已印发")
    DROPPED = "dropped", _("已作废")


class SectionCode(models.TextChoices):
    """Parts of the text; each can be proposed anew from the figures."""

    OVERALL = "overall", _("总体情况")
    UNITS = "units", _("各单位落实情况")
    MEETINGS = "meetings", _("会议召开情况")
    ITEMS = "items", _("议定事项落实情况")
    PAPERS = "papers", _("通报和信息交流情况")
    PROBLEMS = "problems", _("存在问题")
    NEXT = "next", _("下一步工作")


SECTIONS = {
    BulletinKind.PROGRESS: (
        SectionCode.OVERALL, SectionCode.UNITS, SectionCode.PROBLEMS, SectionCode.NEXT,
    ),
    BulletinKind.ANNUAL: (
        SectionCode.MEETINGS, SectionCode.ITEMS, SectionCode.UNITS, SectionCode.PAPERS, SectionCode.PROBLEMS,
        SectionCode.NEXT,
    ),
}  # fmt: skip


class InformationKind(models.TextChoices):
    """What a unit tells the others (信息通报和发布机制, a duty of the joint meeting)."""

    WORK = "work", _("工作动态")
    PRACTICE = "practice", _("经验做法")
    RISK = "risk", _("风险提示")
    FIGURES = "figures", _("数据情况")
    OTHER = "other", _("其他")


class InformationState(models.TextChoices):
    """A unit submits, the office issues it, sends it back with a word, or leaves it."""

    SUBMITTED = "submitted", _("待审核")
    RETURNED = "returned", _("已退回")
    ISSUED = "issued", _("已印发")
    DROPPED = "dropped", _("不采用")
    WITHDRAWN = "withdrawn", _("已撤回")


BULLETIN_COLOURS = {
    BulletinState.DRAFTING: "grey",
    BulletinState.SUBMITTED: "amber",
    BulletinState.APPROVED: "blue",
    BulletinState.NUMBERED: "violet",
    BulletinState.ISSUED: "green",
    BulletinState.DROPPED: "grey",
}
INFORMATION_COLOURS = {
    InformationState.SUBMITTED: "amber",
    InformationState.RETURNED: "red",
    InformationState.ISSUED: "green",
    InformationState.DROPPED: "grey",
    InformationState.WITHDRAWN: "grey",
}
