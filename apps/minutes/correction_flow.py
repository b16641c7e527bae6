"""The state table of a 更正: 拟定 → 征求意见 → 送批 → 批准 → 印发, or dropped on the way."""

from django.utils.translation import gettext_lazy as _

from apps.common.workflow import Transition, Workflow, register, sources

from .correction import agreed, can_ask
from .enums import OPEN_CASES, CaseState
from .models import CorrectionCase
from .permissions import can_correct, original_signer

_S = CaseState

CORRECTIONS = register(
    Workflow(
        CorrectionCase,
        _("更正"),
        CaseState,
        (
            Transition(
                "ask",
                _("征求有关单位意见"),
                sources(_S.DRAFTING),
                _S.ASKING,
                can_correct,
                can_ask,
                style="primary",
            ),
            Transition(
                "submit",
                _("送批"),
                sources(_S.DRAFTING, _S.ASKING),
                _S.SIGNING,
                can_correct,
                agreed,
                style="primary",
            ),
            Transition(
                "rework",
                _("退回拟定"),
                sources(_S.ASKING, _S.SIGNING, _S.APPROVED),
                _S.DRAFTING,
                can_correct,
                needs_reason=True,
            ),
            Transition(
                "approve",
                _("同意更正"),
                sources(_S.SIGNING),
                _S.APPROVED,
                original_signer,
                agreed,
                style="primary",
            ),
            Transition(
                "send_back",
                _("退回修改"),
                sources(_S.SIGNING),
                _S.DRAFTING,
                original_signer,
                needs_reason=True,
            ),
            Transition(
                "register_approval", _("线下签批补录"), sources(_S.SIGNING), _S.APPROVED, can_correct, agreed
            ),
            Transition(
                "issue", _("印发更正"), sources(_S.APPROVED), _S.ISSUED, can_correct, agreed, style="primary"
            ),
            Transition(
                "drop", _("撤销更正"), sources(*OPEN_CASES), _S.DROPPED, can_correct, needs_reason=True
            ),
        ),
    )
)
