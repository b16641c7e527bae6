"""What becomes of each comment: adopted into the text in one act, adopted in part, refused; and taken back."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.common import audit
from apps.common.errors import Refused
from apps.common.workflow import lock, save_with_history
from apps.minutes import content
from apps.minutes.enums import Adoption, MinutesState
from apps.minutes.models import Comment, Minutes, Passage
from apps.minutes.permissions import can_handle

from .drafting import content_of, edit_passage


def with_suggestion(comment: Comment, text: str) -> str:
    """The passage's text with the suggestion in place of the quoted words. Raises Refused when the place is not plain."""
    words, start = comment.original.strip(), comment.quote_start
    if not words:
        raise Refused("这条意见没有引用原文，请直接改文字，再记处理结果。", comment, "adopt")
    if start is None or text[start : start + len(words)] != words:
        start = text.find(words)
        if start < 0:
            raise Refused(
                "该段文字里已经找不到意见所引的原文，请直接改文字，再记处理结果。", comment, "adopt"
            )
        if text.count(words) > 1:
            raise Refused("意见所引的原文在该段出现不止一次，请直接改文字，再记处理结果。", comment, "adopt")
    return text[:start] + comment.suggestion.strip() + text[start + len(words) :]


@transaction.atomic
def adopt(comment: Comment, *, version: int, by: Any) -> Comment:
    """采纳: verdict and wording in one act. Raises StalePassageError, Refused, PermissionDenied, ValidationError.

    The unit counts as agreeing to the passage when these words of its own are all that differs from what it saw.
    """
    fresh = _locked(comment, by=by)
    if fresh.applied:
        raise Refused("这条意见已经采纳并写入正文。", fresh.consent.circulation.minutes, "adopt")
    if fresh.passage is None:
        raise Refused("这条意见不针对某一段，请直接改文字，再记处理结果。", comment, "adopt")
    seen = _content_now(fresh)
    text = with_suggestion(fresh, fresh.passage.text)
    edit_passage(fresh.passage, content_of(fresh.passage, text=text), version=version, by=by)
    agreed = seen in _agreed_to(fresh)
    return _settle(fresh, Adoption.ADOPTED, fresh.adoption_reason, agreed=agreed, applied=True, by=by)


def _agreed_to(comment: Comment) -> set[str]:
    """States of the passage that the unit stands behind but for its own comments: as seen, or as agreed since."""
    own = comment.consent.comments.filter(passage=comment.passage_id, agreed=True)
    return {
        comment.consent.seen.get(str(comment.passage_id), "-"),
        *own.values_list("agreed_content", flat=True),
    }


@transaction.atomic
def undo_adopt(comment: Comment, *, version: int, by: Any) -> Comment:
    """Take an adopted wording out again, while 意见处理 lasts and the words still stand. Raises as `adopt` does."""
    fresh = _locked(comment, by=by)
    if not fresh.applied or fresh.passage is None:
        raise Refused("这条意见没有写入正文。", fresh.consent.circulation.minutes, "undo_adopt")
    words, text = fresh.suggestion.strip(), fresh.passage.text
    if text.count(words) != 1:
        raise Refused("采纳之后这一段又改过，请直接改文字。", fresh, "undo_adopt")
    text = text.replace(words, fresh.original.strip())
    edit_passage(fresh.passage, content_of(fresh.passage, text=text), version=version, by=by)
    return _settle(fresh, Adoption.WAITING, fresh.adoption_reason, agreed=False, applied=False, by=by)


def _locked(comment: Comment, *, by: Any) -> Comment:
    """The comment locked while comments may be dealt with. The caller holds the transaction."""
    minutes: Minutes = lock(comment.consent.circulation.minutes)
    if not can_handle(by, minutes):
        raise PermissionDenied(f"handle comment {comment.pk}")
    if minutes.state != MinutesState.SETTLING:
        raise Refused("结束征求意见之后才能处理意见。", minutes, "handle_comment")
    rows = Comment.objects.select_for_update(of=("self",)).select_related(
        "consent__unit", "consent__circulation__minutes__meeting", "passage__minutes__meeting"
    )
    return rows.get(pk=comment.pk)


@transaction.atomic
def handle_comment(
    comment: Comment, *, adoption: str, adoption_reason: str, agreed: bool, by: Any
) -> Comment:
    """采纳 / 部分采纳 / 不采纳 (the last two with a reason), and whether it was settled with the unit.

    With `agreed` the unit is taken as consenting to the passage exactly as it reads now. Raises Refused outside 意见处理.
    """
    if adoption == Adoption.WAITING:
        raise ValidationError({"adoption": _("请选择采纳、部分采纳或不采纳。")})
    fresh = _locked(comment, by=by)
    return _settle(fresh, adoption, adoption_reason, agreed=agreed, applied=fresh.applied, by=by)


def _settle(
    fresh: Comment, adoption: str, adoption_reason: str, *, agreed: bool, applied: bool, by: Any
) -> Comment:
    fresh.adoption, fresh.adoption_reason, fresh.agreed = adoption, adoption_reason.strip(), agreed
    fresh.agreed_content = _content_now(fresh) if agreed else ""
    fresh.applied = applied and adoption == Adoption.ADOPTED
    fresh.full_clean()
    save_with_history(fresh, by=by, why="处理意见")
    detail = {
        "comment": fresh.pk, "adoption": adoption, "agreed": agreed, "applied": fresh.applied,
        "reason": fresh.adoption_reason[:200],
    }  # fmt: skip
    label = f"{fresh.consent.unit}的意见：{Adoption(adoption).label}"
    minutes = fresh.consent.circulation.minutes
    audit.record(by=by, verb="handle_comment", label=label, obj=minutes, detail=detail)
    return fresh


def _content_now(comment: Comment) -> str:
    if comment.passage_id is None:
        return ""
    rows = Passage.objects.filter(pk=comment.passage_id).prefetch_related("parts__unit", "duties")
    return content.content_hash(rows[0])
