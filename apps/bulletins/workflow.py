"""Two tables: a bulletin (起草 → 送审 → 批准 → 编号 → 印发), and information from a unit."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.workflow import Transition, Workflow, register, sources
from apps.documents.making import waiting_words

from . import permissions as may
from .enums import BulletinState as B
from .enums import InformationState as I
from .models import Bulletin, Information


def text_is_whole(bulletin: Bulletin) -> str | None:
    """Every part has text."""
    empty = [row.heading for row in bulletin.sections.all() if not row.text.strip()]
    return f"还没有写：{'、'.join(empty)}。" if empty else None


def not_taken_back(bulletin: Bulletin) -> str | None:
    """Nobody has taken the number yet."""
    return str(_("已经编号，不能再撤回。")) if bulletin.number_id else None


def can_issue(bulletin: Bulletin) -> str | None:
    """Not before the day printed on it, and not before its files are there."""
    if bulletin.printed_on is not None and bulletin.printed_on > timezone.localdate():
        return f"版记上的印发日期是{bulletin.printed_on:%Y-%m-%d}，还没有到。"
    if bulletin.paper is not None and not bulletin.paper.is_made:
        return waiting_words(bulletin.paper)
    return None


BULLETIN_FLOW = register(
    Workflow(
        Bulletin,
        _("通报和总结"),
        B,
        (
            Transition(
                "submit", _("送审批"), sources(B.DRAFTING), B.SUBMITTED, may.can_write, text_is_whole,
                style="primary",
            ),
            Transition("withdraw", _("撤回送审"), sources(B.SUBMITTED), B.DRAFTING, may.can_write),
            Transition(
                "approve", _("批准"), sources(B.SUBMITTED), B.APPROVED, may.can_approve, text_is_whole,
                style="primary",
            ),
            Transition(
                "send_back", _("退回修改"), sources(B.SUBMITTED), B.DRAFTING, may.can_approve, needs_reason=True,
            ),
            Transition(
                "withdraw_approval", _("撤回批准"), sources(B.APPROVED), B.SUBMITTED, may.approved_it,
                not_taken_back,
            ),
            Transition(
                "number", _("编号成文"), sources(B.APPROVED), B.NUMBERED, may.can_write, style="primary"
            ),
            Transition(
                "issue", _("印发"), sources(B.NUMBERED), B.ISSUED, may.can_write, can_issue, style="primary"
            ),
            Transition(
                "drop", _("作废草稿"), sources(B.DRAFTING), B.DROPPED, may.can_write, needs_reason=True,
                style="danger",
            ),
            Transition(
                "void", _("作废编号"), sources(B.NUMBERED), B.DROPPED, may.can_void, needs_reason=True,
                style="danger",
            ),
        ),
    )
)  # fmt: skip

INFORMATION_FLOW = register(
    Workflow(
        Information,
        _("信息通报"),
        I,
        (
            Transition(
                "issue", _("审核印发"), sources(I.SUBMITTED), I.ISSUED, may.can_review, style="primary"
            ),
            Transition(
                "return_", _("退回"), sources(I.SUBMITTED), I.RETURNED, may.can_review, needs_reason=True
            ),
            Transition(
                "drop", _("不采用"), sources(I.SUBMITTED), I.DROPPED, may.can_review, needs_reason=True
            ),
            Transition("resubmit", _("重新报送"), sources(I.RETURNED), I.SUBMITTED, may.is_sender, style="primary"),
            Transition(
                "withdraw", _("撤回"), sources(I.SUBMITTED, I.RETURNED), I.WITHDRAWN, may.is_sender
            ),
        ),
    )
)  # fmt: skip
