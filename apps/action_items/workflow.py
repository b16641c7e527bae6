"""The tables: an item's way 交办 → 签收 → 推进 → 申请办结 → 办结, a request for 延期, a proposal of 终止 or 合并."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.common.workflow import STAY, Transition, Workflow, register, sources
from apps.roster.selectors import today

from . import permissions as may
from .enums import (
    OPEN_REQUESTS,
    OPEN_STATES,
    EndingKind,
    EndingState,
    ExtensionState,
    ItemState,
)
from .models import ActionItem, Ending, Extension

_OPEN = sources(*OPEN_STATES)
_S = ItemState


def confirmed_first(item: Any) -> str | None:
    """A supporting unit has confirmed, when the host unit leads."""
    if may.needs_confirmation(item) and item.confirmed_by_unit_id is None:
        return (
            "本事项由市卫健委牵头，须先由一个配合单位确认完成（没有账号的由办公室代录），再由办公室主任办结。"
        )
    return None


def not_yet_confirmed(item: Any) -> str | None:
    """No unit has confirmed yet."""
    return f"{item.confirmed_by_unit}已确认。" if item.confirmed_by_unit_id else None


def may_be_extended(item: Any) -> str | None:
    """It has a deadline, and no request is on its way. Reads `extensions` as prefetched."""
    if item.current_due is None:
        return "本事项没有完成时限（长期坚持或定期报送），不能申请延期。"
    if any(row.state in OPEN_REQUESTS for row in item.extensions.all()):
        return "已有一份延期申请正在办理。"
    return None


def no_proposal_yet(item: Any) -> str | None:
    """No proposal to end the item is on its way. Reads `endings` as prefetched."""
    if any(row.state == EndingState.ASKED for row in item.endings.all()):
        return "已有一份终止、合并的建议等待召集人批准。"
    return None


def merger_approved(item: Any) -> str | None:
    """The convener has approved a merger of this item."""
    return _approved(item, EndingKind.MERGE)


def termination_approved(item: Any) -> str | None:
    """The convener has approved the termination of this item."""
    return _approved(item, EndingKind.TERMINATE)


def _approved(item: Any, kind: str) -> str | None:
    found = Ending.objects.filter(item=item.pk, kind=kind, state=EndingState.APPROVED).exists()
    return None if found else "须经召集人批准。"


ITEM_FLOW = register(
    Workflow(
        ActionItem,
        _("议定事项"),
        ItemState,
        (
            Transition(
                "sign_for", _("签收"), sources(_S.ASSIGNED), _S.IN_PROGRESS, may.can_start, style="primary"
            ),
            Transition("sign_part", _("签收"), _OPEN, STAY, may.can_sign_part, style="primary"),
            Transition("report", _("报进展"), _OPEN, STAY, may.can_report),
            Transition("accept_report", _("审阅进展"), sources(*ItemState), STAY, may.can_review),
            Transition(
                "return_report", _("退回进展"), sources(*ItemState), STAY, may.can_review, needs_reason=True
            ),
            Transition(
                "ask_close",
                _("申请办结"),
                sources(_S.ASSIGNED, _S.IN_PROGRESS),
                _S.CLOSING,
                may.can_ask_close,
            ),
            Transition(
                "confirm_close",
                _("确认完成"),
                sources(_S.CLOSING),
                STAY,
                may.can_confirm_close,
                not_yet_confirmed,
                style="primary",
            ),
            Transition(
                "enter_confirmation",
                _("代录确认完成"),
                sources(_S.CLOSING),
                STAY,
                may.can_enter_confirmation,
                not_yet_confirmed,
            ),
            Transition(
                "close",
                _("办结"),
                sources(_S.CLOSING),
                _S.CLOSED,
                may.can_close,
                confirmed_first,
                style="primary",
            ),
            Transition(
                "return_close",
                _("退回"),
                sources(_S.CLOSING),
                _S.IN_PROGRESS,
                may.can_return_close,
                needs_reason=True,
            ),
            # While a request for completion waits too: sent back after the deadline, it would be too late to ask.
            Transition(
                "ask_extension",
                _("申请延期"),
                _OPEN,
                STAY,
                may.can_ask_extension,
                may_be_extended,
            ),
            # The three below follow a decision of the convener, from `services` alone.
            Transition("decide_extension", _("同意延期"), _OPEN, STAY, may.can_carry_out),
            Transition(
                "end_approved",
                _("按批准终止"),
                _OPEN,
                _S.TERMINATED,
                may.can_carry_out,
                termination_approved,
                needs_reason=True,
            ),
            Transition(
                "merge",
                _("按批准合并"),
                _OPEN,
                _S.MERGED,
                may.can_carry_out,
                merger_approved,
                needs_reason=True,
            ),
            Transition(
                "propose_ending", _("提出终止、合并"), _OPEN, STAY, may.can_propose_ending, no_proposal_yet
            ),
            Transition("take_over", _("接收并入的事项"), _OPEN, STAY, may.can_carry_out),
            Transition("direct", _("批示"), sources(*ItemState), STAY, may.can_direct),
            # A 更正 of the paper, from `correcting` alone.
            Transition("correct", _("更正"), sources(*ItemState), STAY, may.can_open, needs_reason=True),
            Transition("sign_again", _("更正后重新签收"), _OPEN, _S.ASSIGNED, may.can_open),
            Transition(
                "end_by_correction",
                _("更正删去，终止"),
                _OPEN,
                _S.TERMINATED,
                may.can_open,
                needs_reason=True,
            ),
        ),
    )
)


def still_in_force(extension: Any) -> str | None:
    """The item is open, and its deadline is the one the request was made for."""
    if extension.item.state not in OPEN_STATES:
        return "事项已经结束，申请不再有效。"
    if extension.item.current_due != extension.old_due:
        return "申请之后时限已有变动，请退回后重新申请。"
    return None


def still_ahead(extension: Any) -> str | None:
    """In force, and the day asked for has not gone by: nobody can keep it any more.

    What was decided on paper in time may be entered later (`services.extending`).
    """
    if extension.new_due < today():
        return "申请延至的日期已过，不能再同意；请退回后重新申请，或者不同意。"
    return still_in_force(extension)


_X = ExtensionState

EXTENSION_FLOW = register(
    Workflow(
        Extension,
        _("延期申请"),
        ExtensionState,
        (
            Transition(
                "review",
                _("审核通过"),
                sources(_X.ASKED),
                _X.REVIEWED,
                may.can_review_extension,
                still_in_force,
                style="primary",
            ),
            Transition(
                "send_back",
                _("退回"),
                sources(*OPEN_REQUESTS),
                _X.RETURNED,
                may.can_review_extension,
                needs_reason=True,
            ),
            Transition(
                "grant",
                _("同意延期"),
                sources(_X.REVIEWED),
                _X.GRANTED,
                may.can_decide,
                still_ahead,
                style="primary",
            ),
            Transition(
                "refuse", _("不同意"), sources(_X.REVIEWED), _X.REFUSED, may.can_decide, needs_reason=True
            ),
            Transition(
                "register_grant",
                _("线下审批补录"),
                sources(_X.REVIEWED),
                _X.GRANTED,
                may.can_register_decision,
                still_in_force,
            ),
            Transition(
                "register_refusal",
                _("线下审批补录（不同意）"),
                sources(_X.REVIEWED),
                _X.REFUSED,
                may.can_register_decision,
                needs_reason=True,
            ),
            Transition(
                "withdraw", _("撤回申请"), sources(_X.ASKED), _X.WITHDRAWN, may.can_withdraw_extension
            ),
            # The item ended, or a 更正 moved its deadline: from `services.extending.lapse` alone.
            Transition(
                "lapse",
                _("申请失效"),
                sources(*OPEN_REQUESTS),
                _X.WITHDRAWN,
                may.can_carry_out,
                needs_reason=True,
                system=True,
            ),
        ),
    )
)

_E = EndingState

ENDING_FLOW = register(
    Workflow(
        Ending,
        _("终止、合并"),
        EndingState,
        (
            Transition("approve", _("同意"), sources(_E.ASKED), _E.APPROVED, may.can_decide, style="primary"),
            Transition(
                "refuse", _("不同意"), sources(_E.ASKED), _E.REFUSED, may.can_decide, needs_reason=True
            ),
            Transition(
                "register_approval",
                _("线下审批补录"),
                sources(_E.ASKED),
                _E.APPROVED,
                may.can_register_decision,
            ),
            Transition(
                "register_refusal",
                _("线下审批补录（不同意）"),
                sources(_E.ASKED),
                _E.REFUSED,
                may.can_register_decision,
                needs_reason=True,
            ),
            Transition("withdraw", _("撤回建议"), sources(_E.ASKED), _E.WITHDRAWN, may.can_withdraw_ending),
            # The item ended another way: from `services.ending.drop_open` alone.
            Transition(
                "lapse",
                _("建议失效"),
                sources(_E.ASKED),
                _E.WITHDRAWN,
                may.can_carry_out,
                needs_reason=True,
                system=True,
            ),
        ),
    )
)
