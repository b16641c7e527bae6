"""The transition table of items: 交办 → 签收 → 推进 → 申请办结 → 办结, or 终止 by the convener alone."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.common.workflow import STAY, Transition, Workflow, register, sources

from . import permissions as may
from .enums import OPEN_STATES, ItemState
from .models import ActionItem

_OPEN = sources(*OPEN_STATES)
_S = ItemState


def confirmed_first(item: Any) -> str | None:
    """A supporting unit has confirmed, when the host unit leads."""
    if may.needs_confirmation(item) and item.confirmed_by_unit_id is None:
        return "本事项由市卫健委牵头，须先由一个配合单位确认完成，再由办公室主任办结。"
    return None


def not_yet_confirmed(item: Any) -> str | None:
    """No unit has confirmed yet."""
    return f"{item.confirmed_by_unit}已确认。" if item.confirmed_by_unit_id else None


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
            Transition(
                "terminate",
                _("终止"),
                _OPEN,
                _S.TERMINATED,
                may.can_terminate,
                needs_reason=True,
                style="danger",
            ),
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
