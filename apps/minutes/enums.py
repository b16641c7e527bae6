"""States and kinds of 纪要, consent and sign-off."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MinutesState(models.TextChoices):
    """拟稿 → 核稿 → 征求意见 → 意见处理 → 审核 → 签发 → 复核 → 编号 → 印发 + 抄报 → 归档."""

    DRAFTING = "drafting", _("拟稿")
    REVIEWING = "reviewing", _("待核稿")
    REVIEWED = "reviewed", _("待征求意见")
    CIRCULATING = "circulating", _("征求意见中")
    SETTLING = "settling", _("意见处理")
    AUDITING = "auditing", _("待审核")
    SIGNING = "signing", _("待签发")
    CHECKING = "checking", _("待复核")
    NUMBERING = "numbering", _("待编号")
    ISSUING = "issuing", _("待印发")
    ISSUED = "issued", _("已印发")
    ARCHIVED = "archived", _("已归档")
    STOPPED = "stopped", _("停止使用")


class PassageKind(models.TextChoices):
    """A passage of the draft, in the order of an ordinary 纪要."""

    OPENING = "opening", _("开头")
    HEARD = "heard", _("会议听取")
    STRESSED = "stressed", _("会议指出")
    RESOLUTION = "resolution", _("会议议定")
    CLOSING = "closing", _("结尾")


class Reply(models.TextChoices):
    """A unit's answer to the circulated draft. TACIT is set by the portal, never chosen."""

    PENDING = "pending", _("未反馈")
    AGREE = "agree", _("无意见")
    COMMENT = "comment", _("有意见")
    OPPOSE = "oppose", _("不同意")
    TACIT = "tacit", _("逾期未反馈")


class Stand(models.TextChoices):
    """Where a unit stands on the present text, as every count says it: the one list of these words."""

    AGREE = "agree", _("无意见")
    SETTLED = "settled", _("有意见（已采纳或沟通一致）")
    OPEN = "open", _("有意见（未了）")
    TACIT = "tacit", _("逾期未反馈视为无意见")
    OPPOSE = "oppose", _("不同意")
    SILENT = "silent", _("未反馈")
    UNASKED = "unasked", _("未征求")


class Way(models.TextChoices):
    """How the units were asked."""

    LETTER = "letter", _("征求意见函")
    ON_THE_SPOT = "on_the_spot", _("现场会签")


class ToldBy(models.TextChoices):
    """How a unit was told that it is asked. One that nobody told never falls silent into consent."""

    ACCOUNT = "account", _("平台账号")
    PAPER = "paper", _("纸质函件")
    NONE = "none", _("未送达")


class CaseState(models.TextChoices):
    """更正: 拟定 → 征求意见 → 送批 → 批准 → 印发."""

    DRAFTING = "drafting", _("拟定更正")
    ASKING = "asking", _("征求意见中")
    SIGNING = "signing", _("待批准")
    APPROVED = "approved", _("待印发")
    ISSUED = "issued", _("已印发")
    DROPPED = "dropped", _("已撤销")


class ChangeKind(models.TextChoices):
    """What a 更正 changes."""

    TEXT = "text", _("更正文字")
    ADD = "add", _("增加一项")
    REMOVE = "remove", _("删去一项")
    TITLE = "title", _("更正标题")
    NAMES = "names", _("更正出席名单")


class Adoption(models.TextChoices):
    """What the office did with a comment."""

    WAITING = "waiting", _("待处理")
    ADOPTED = "adopted", _("采纳")
    PARTLY = "partly", _("部分采纳")
    REJECTED = "rejected", _("不采纳")


class Step(models.TextChoices):
    """A recorded act on the 发文稿纸."""

    DRAFT = "draft", _("拟稿")
    PROOFREAD = "proofread", _("核稿")
    CIRCULATE = "circulate", _("征求意见")
    SETTLE = "settle", _("意见汇总修改")
    AUDIT = "audit", _("审核")
    SIGN = "sign", _("签发")
    CHECK = "check", _("复核")
    NUMBER = "number", _("登记编号")
    PRINT = "print", _("印制分发")
    REPORT = "report", _("抄报")
    ASSIGN = "assign", _("任务分解交办")
    RETURN = "return", _("退回修改")
    CORRECT = "correct", _("更正")
    STOP = "stop", _("停止使用")


class SignMethod(models.TextChoices):
    """How an opinion was given."""

    ONLINE = "online", _("线上签批")
    PAPER = "paper", _("线下签批补录")


# Colour of the badge that names a state; components/state_badge knows the words.
STATE_COLOURS = {
    MinutesState.DRAFTING: "grey",
    MinutesState.REVIEWING: "amber",
    MinutesState.REVIEWED: "blue",
    MinutesState.CIRCULATING: "violet",
    MinutesState.SETTLING: "amber",
    MinutesState.AUDITING: "amber",
    MinutesState.SIGNING: "amber",
    MinutesState.CHECKING: "blue",
    MinutesState.NUMBERING: "blue",
    MinutesState.ISSUING: "blue",
    MinutesState.ISSUED: "green",
    MinutesState.ARCHIVED: "grey",
    MinutesState.STOPPED: "red",
}
REPLY_COLOURS = {
    Reply.PENDING: "grey",
    Reply.AGREE: "green",
    Reply.COMMENT: "amber",
    Reply.OPPOSE: "red",
    Reply.TACIT: "blue",
}
STAND_COLOURS = {
    Stand.AGREE: "green",
    Stand.SETTLED: "blue",
    Stand.OPEN: "amber",
    Stand.TACIT: "blue",
    Stand.OPPOSE: "red",
    Stand.SILENT: "grey",
    Stand.UNASKED: "grey",
}
CASE_COLOURS = {
    CaseState.DRAFTING: "grey",
    CaseState.ASKING: "violet",
    CaseState.SIGNING: "amber",
    CaseState.APPROVED: "blue",
    CaseState.ISSUED: "green",
    CaseState.DROPPED: "grey",
}
OPEN_CASES = frozenset({CaseState.DRAFTING, CaseState.ASKING, CaseState.SIGNING, CaseState.APPROVED})
