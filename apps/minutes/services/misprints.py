"""After 签发 only misprints may change; the difference decides, and when in doubt it is substance."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.common import audit
from apps.common.errors import Refused
from apps.common.fields import plain, tidy
from apps.common.workflow import lock
from apps.minutes import content, correction, misprint
from apps.minutes.enums import MinutesState
from apps.minutes.models import Minutes, MisprintFix, Passage
from apps.minutes.permissions import can_handle
from apps.minutes.selectors import passages_of
from apps.roster.enums import PostKind
from apps.roster.selectors import users_of

from .drafting import StalePassageError, content_of, put_content
from .signing import reopen
from .steps import pass_on


def verdict_on(passage: Passage, text: str) -> misprint.Verdict:
    """What `mend` would decide. Reads only."""
    names = correction.names_in(passage.minutes)
    return misprint.judge(misprint.Words(passage.text), misprint.Words(tidy(text)), names=names)


@transaction.atomic
def mend(passage: Passage, *, text: str, version: int, by: Any, reason: str = "") -> misprint.Verdict:
    """Change the words of a signed passage. A misprint is put right and on record; nobody is asked again.

    Anything else voids signature and audit (`reopen`) with the reasons, and keeps the words: the units concerned are
    asked again. Raises Refused (not in 复核), StalePassageError, PermissionDenied, ValidationError.
    """
    minutes = lock(passage.minutes)
    if not can_handle(by, minutes):
        raise PermissionDenied(f"mend minutes {minutes.pk}")
    if minutes.state != MinutesState.CHECKING:
        hint = "请先撤回复核。" if minutes.state == MinutesState.NUMBERING else ""
        now = minutes.get_state_display()
        raise Refused(f"当前状态为“{now}”，不能改正错漏。{hint}", minutes, "mend")
    fresh = next((row for row in passages_of(minutes) if row.pk == passage.pk), None)
    if fresh is None or fresh.version != version:
        raise StalePassageError(fresh or passage)
    words = tidy(text).strip()
    plain(words)
    found = verdict_on(fresh, words)
    if words == fresh.text.strip():
        return found
    if not found.is_misprint:
        reopen(minutes, by=by, reason=f"文字有改动，不是错漏：{'；'.join(found.reasons)}。{reason.strip()}")
        put_content(fresh, content_of(fresh, text=words), by=by, why="签发后修改文字")
        _journal(minutes, fresh, "签发后修改文字，签发失效", by=by)
        return found
    _put_right(minutes, fresh, words, reason, by=by)
    return found


def _put_right(minutes: Minutes, passage: Passage, words: str, reason: str, *, by: Any) -> None:
    before, before_hash = passage.text, content.content_hash(passage)
    put_content(passage, content_of(passage, text=words), by=by, why="改正错漏")
    after_hash = content.content_hash(next(row for row in passages_of(minutes) if row.pk == passage.pk))
    fix = MisprintFix(
        minutes=minutes, passage=passage, before=before, after=words, before_hash=before_hash, after_hash=after_hash,
        reason=reason.strip(), by=by, at=timezone.now(),
    )  # fmt: skip
    fix.full_clean()
    fix.save()
    _journal(minutes, passage, "改正错漏", by=by)
    pass_on(minutes, users_of(PostKind.CONVENER), "复核时改正了错漏，签发有效", by=by)


def _journal(minutes: Minutes, passage: Passage, label: str, *, by: Any) -> None:
    detail = {"passage": passage.pk, "text": passage.text[:60]}
    audit.record(by=by, verb="mend", label=label, obj=minutes, detail=detail)
