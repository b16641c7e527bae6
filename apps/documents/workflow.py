"""The table of a number's life: taken, and at worst voided. It is never given back."""

from django.utils.translation import gettext_lazy as _

from apps.common.workflow import Transition, Workflow, register, sources

from . import permissions
from .enums import NumberState, PaperStatus
from .models import IssuedNumber


def no_valid_paper(number: IssuedNumber) -> str | None:
    """No paper in force bears the number."""
    if number.papers.filter(status=PaperStatus.CURRENT).exists():
        return str(_("此编号的公文仍然有效，须先停止使用，才能作废编号。"))
    return None


NUMBER_FLOW = register(
    Workflow(
        IssuedNumber,
        _("编号"),
        NumberState,
        (
            Transition(
                "void", _("作废编号"), sources(NumberState.TAKEN), NumberState.VOIDED, permissions.can_void,
                no_valid_paper, needs_reason=True, style="danger",
            ),
        ),
    )
)  # fmt: skip
