"""The state table of 纪要, and its guards. C11 and C12 stand here; nobody gets round them.

拟稿 → 核稿 → 征求意见 → 意见处理 → 审核 → 签发 → 复核 → 编号 → 印发 + 抄报 → 归档.
"""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.workflow import Transition, Workflow, register, sources
from apps.dispatch.enums import DeliveryRole
from apps.dispatch.models import Delivery
from apps.dispatch.selectors import report_is_done
from apps.documents.making import waiting_words
from apps.meetings.enums import MeetingKind

from . import content
from .consent import c11_refusal, picture, unasked_refusal
from .enums import CaseState, PassageKind, Reply
from .enums import MinutesState as S
from .models import Consent, CorrectionCase, Minutes
from .permissions import can_audit, can_handle, can_proofread, can_sign, can_stop, signed_it
from .selectors import how_many, open_circulation, passages_of
from .withdrawing import can_withdraw_settle, convener_waits, first_round, later_round, nothing_mended


def text_is_complete(obj: Minutes) -> str | None:
    """No gap left open, something decided (or said not to be), secrecy checked, every followed item answerable."""
    lines = content.lines_of(passages_of(obj))
    gaps = [f"{line.name}缺{'、'.join(line.gaps)}" for line in lines if line.gaps]
    if gaps:
        return f"还有待补之处：{'；'.join(gaps[:4])}{'等' if len(gaps) > 4 else ''}。"
    standing = [line for line in lines if line.passage.kind == PassageKind.RESOLUTION and line.seq]
    if not standing and not obj.no_resolutions:
        return "没有议定事项。确实没有的，请在“办文要素”中注明。"
    if standing and obj.no_resolutions:
        return "“办文要素”注明没有议定事项，但文中有议定事项。"
    return None if obj.secrecy_checked else "还没有作保密审查，请在“办文要素”中注明。"


def can_circulate(obj: Minutes) -> str | None:
    """The text is whole, and there is a unit that attended."""
    why = text_is_complete(obj)
    if why:
        return why
    if not any(position.required for position in picture(obj).positions):
        return "签到表上没有与会单位，不能征求意见。请先核对签到。"
    return None


def can_settle(obj: Minutes) -> str | None:
    """Every asked unit replied, or the deadline is past."""
    circulation = open_circulation(obj)
    if circulation is None or circulation.reply_by <= timezone.now():
        return None
    silent = list(
        Consent.objects.filter(circulation=circulation, reply=Reply.PENDING).values_list("counted", flat=True)
    )
    words = how_many(silent.count(True), silent.count(False))
    return f"还有{words}没有反馈，反馈截止时间还没有到。" if silent else None


def can_recirculate(obj: Minutes) -> str | None:
    """Comments are dealt with, the text is whole, and somebody has to be asked again."""
    found = picture(obj)
    if found.waiting:
        return f"还有{found.waiting}条意见没有处理。"
    if not found.to_ask():
        return "没有需要再次征求意见的单位。"
    return text_is_complete(obj)


def can_submit_audit(obj: Minutes) -> str | None:
    """Text whole, every comment dealt with, and C11."""
    return text_is_complete(obj) or _comments_left(obj) or c11_refusal(obj) or unasked_refusal(obj)


def can_pass_audit(obj: Minutes) -> str | None:
    """C11, and no unit is named that was never asked."""
    return c11_refusal(obj) or unasked_refusal(obj)


def can_countersign(obj: Minutes) -> str | None:
    """现场会签 is for an emergency meeting; others are asked by letter (附三（八））."""
    if obj.meeting.kind != MeetingKind.EMERGENCY:
        return "只有紧急会议可以现场会签，其他会议请发函征求意见。"
    return can_circulate(obj)


def _comments_left(obj: Minutes) -> str | None:
    waiting = picture(obj).waiting
    return f"还有{waiting}条意见没有处理。" if waiting else None


def can_issue(obj: Minutes) -> str | None:
    """C11 once more, not before the day printed on the paper, and not before its files are there."""
    if obj.printed_on is not None and obj.printed_on > timezone.localdate():
        return f"版记上的印发日期是{content.zh(obj.printed_on)}，还没有到。"
    if obj.paper is not None and not obj.paper.is_made:
        return waiting_words(obj.paper)
    return c11_refusal(obj)


def c12_refusal(obj: Minutes) -> str | None:
    """C12, 章程四（一）: 抄报市人民政府. Archived only when every 抄报 is on record as done."""
    if obj.paper is None or not Delivery.objects.filter(paper=obj.paper, role=DeliveryRole.REPORT).exists():
        return "没有抄报登记，不能归档（章程四（一））。"
    return (
        None
        if report_is_done(obj.paper)
        else "抄报还没有完成：请登记送达日期和签收人，或等邮件发送成功（章程四（一））。"
    )


def is_approved(obj: Minutes) -> str | None:
    """更正 is issued from its case alone: units agreed, the signer approved."""
    approved = CorrectionCase.objects.filter(minutes=obj, state=CaseState.APPROVED).exists()
    return None if approved else "没有已批准的更正。"


MINUTES = register(
    Workflow(
        Minutes,
        _("会议纪要"),
        S,
        (
            Transition(
                "submit_review",
                _("送核稿"),
                sources(S.DRAFTING),
                S.REVIEWING,
                can_handle,
                text_is_complete,
                style="primary",
            ),
            Transition("withdraw_review", _("撤回送核"), sources(S.REVIEWING), S.DRAFTING, can_handle),
            Transition(
                "pass_review",
                _("核稿通过"),
                sources(S.REVIEWING),
                S.REVIEWED,
                can_proofread,
                text_is_complete,
                style="primary",
            ),
            Transition(
                "return_draft",
                _("退回修改"),
                sources(S.REVIEWING),
                S.DRAFTING,
                can_proofread,
                needs_reason=True,
            ),
            Transition(
                "circulate",
                _("征求意见"),
                sources(S.REVIEWED),
                S.CIRCULATING,
                can_handle,
                can_circulate,
                style="primary",
            ),
            Transition(
                "countersign", _("现场会签"), sources(S.REVIEWED), S.SETTLING, can_handle, can_countersign
            ),
            Transition(
                "rework", _("退回拟稿"), sources(S.REVIEWED), S.DRAFTING, can_handle, needs_reason=True
            ),
            Transition(
                "settle",
                _("结束征求意见"),
                sources(S.CIRCULATING),
                S.SETTLING,
                can_handle,
                can_settle,
                style="primary",
            ),
            Transition(
                "submit_audit",
                _("送审核"),
                sources(S.SETTLING),
                S.AUDITING,
                can_handle,
                can_submit_audit,
                style="primary",
            ),
            Transition(
                "recirculate",
                _("再次征求意见"),
                sources(S.SETTLING),
                S.CIRCULATING,
                can_handle,
                can_recirculate,
            ),
            Transition("withdraw_audit", _("撤回送审"), sources(S.AUDITING), S.SETTLING, can_handle),
            Transition(
                "pass_audit",
                _("审核通过"),
                sources(S.AUDITING),
                S.SIGNING,
                can_audit,
                can_pass_audit,
                style="primary",
            ),
            Transition(
                "return_audit", _("退回修改"), sources(S.AUDITING), S.SETTLING, can_audit, needs_reason=True
            ),
            Transition(
                "sign", _("同意签发"), sources(S.SIGNING), S.CHECKING, can_sign, c11_refusal, style="primary"
            ),
            Transition(
                "return_sign", _("退回修改"), sources(S.SIGNING), S.SETTLING, can_sign, needs_reason=True
            ),
            Transition(
                "register_signature",
                _("线下签批补录"),
                sources(S.SIGNING),
                S.CHECKING,
                can_handle,
                c11_refusal,
            ),
            Transition("check", _("复核通过"), sources(S.CHECKING), S.NUMBERING, can_handle, style="primary"),
            Transition(
                "reopen",
                _("退回修改（签发失效）"),
                sources(S.CHECKING),
                S.SETTLING,
                can_handle,
                needs_reason=True,
            ),
            Transition("withdraw_check", _("撤回复核"), sources(S.NUMBERING), S.CHECKING, can_handle),
            Transition(
                "number",
                _("编号成文"),
                sources(S.NUMBERING),
                S.ISSUING,
                can_handle,
                c11_refusal,
                style="primary",
            ),
            Transition(
                "issue", _("印发"), sources(S.ISSUING), S.ISSUED, can_handle, can_issue, style="primary"
            ),
            Transition(
                "archive", _("归档"), sources(S.ISSUED), S.ARCHIVED, can_handle, c12_refusal, style="primary"
            ),
            # 撤回, until the next person has acted.
            Transition(
                "withdraw_pass_review", _("撤回核稿"), sources(S.REVIEWED), S.REVIEWING, can_proofread
            ),
            Transition(
                "withdraw_circulation",
                _("撤回征求意见"),
                sources(S.CIRCULATING),
                S.REVIEWED,
                can_handle,
                first_round,
            ),
            Transition(
                "withdraw_recirculation",
                _("撤回本轮征求意见"),
                sources(S.CIRCULATING),
                S.SETTLING,
                can_handle,
                later_round,
            ),
            Transition(
                "withdraw_settle",
                _("撤回，继续征求意见"),
                sources(S.SETTLING),
                S.CIRCULATING,
                can_handle,
                can_withdraw_settle,
            ),
            Transition(
                "withdraw_pass_audit",
                _("撤回审核"),
                sources(S.SIGNING),
                S.AUDITING,
                can_audit,
                convener_waits,
            ),
            Transition(
                "withdraw_sign", _("撤回签发"), sources(S.CHECKING), S.SIGNING, signed_it, nothing_mended
            ),
            # After the issue: each from its own page.
            Transition(
                "correct", _("印发更正"), sources(S.ISSUED, S.ARCHIVED), S.ISSUED, can_handle, is_approved
            ),
            Transition(
                "stop",
                _("停止使用"),
                sources(S.ISSUED, S.ARCHIVED),
                S.STOPPED,
                can_stop,
                needs_reason=True,
                style="danger",
            ),
        ),
    )
)
