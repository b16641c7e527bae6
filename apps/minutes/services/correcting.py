"""更正 of an issued 纪要, from its reason to its approval. What it changes: `correcting_changes`; the issue: `correcting_issue`."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common import audit, files
from apps.common.errors import Refused
from apps.common.workflow import lock, move, save_with_history
from apps.dispatch.services import tell
from apps.minutes import correction
from apps.minutes.enums import OPEN_CASES, CaseState, MinutesState, Reply
from apps.minutes.models import CorrectionCase, CorrectionConsent, Minutes
from apps.minutes.permissions import can_answer_correction, can_correct, can_handle
from apps.roster.enums import PostKind
from apps.roster.models import Unit
from apps.roster.selectors import liaison_users, office_users, today, users_of

from . import steps
from .consulting import Told
from .signing import StaleTextError, check_paper_signature
from .steps import name_of


@transaction.atomic
def open_case(minutes: Minutes, *, reason: str, by: Any) -> CorrectionCase:
    """Begin a 更正. Raises PermissionDenied, Refused (not issued, or another one is open), ValidationError."""
    fresh = lock(minutes)
    if not can_handle(by, fresh):
        raise PermissionDenied(f"correct minutes {fresh.pk}")
    if fresh.state not in (MinutesState.ISSUED, MinutesState.ARCHIVED):
        raise Refused(f"当前状态为“{fresh.get_state_display()}”，不能更正。", fresh, "correct")
    if fresh.correction_cases.filter(state__in=OPEN_CASES).exists():
        raise Refused("这份纪要已有一件更正正在办理。", fresh, "correct")
    case = CorrectionCase(minutes=fresh, reason=reason, opened_at=timezone.now(), opened_by=by)
    case.full_clean()
    save_with_history(case, by=by, why="拟定更正")
    audit.record(
        by=by, verb="open_correction", label="拟定更正", obj=fresh, detail={"reason": case.reason[:200]}
    )
    return case


def drafting(case: CorrectionCase, *, by: Any) -> CorrectionCase:
    """The case locked while it is being written. The caller holds the transaction."""
    fresh = lock(case)
    if not can_correct(by, fresh):
        raise PermissionDenied(f"write correction {fresh.pk}")
    if fresh.state != CaseState.DRAFTING:
        raise Refused(f"更正“{fresh.get_state_display()}”，不能改内容；请先退回拟定。", fresh, "change")
    return fresh


@transaction.atomic
def set_reason(case: CorrectionCase, *, reason: str, by: Any) -> CorrectionCase:
    """Change why the paper is corrected."""
    fresh = drafting(case, by=by)
    fresh.reason = reason
    fresh.full_clean()
    save_with_history(fresh, by=by, why="修改更正原因")
    return fresh


# --- 征求意见 --------------------------------------------------------------


@transaction.atomic
def ask(case: CorrectionCase, *, reply_by: datetime, by: Any) -> CorrectionCase:
    """Ask every unit that a change touches. An answer given to the same words stands; any other is asked for anew.

    `reply_by` is by when they are to answer, as the reminders tell them; a late answer counts, silence never does.
    """
    if reply_by <= timezone.now():
        raise ValidationError({"reply_by": _("反馈截止时间须晚于现在。")})
    fresh = move(case, "ask", by=by, reply_by=reply_by)
    wanted = correction.touched(fresh)
    known = {row.unit_id: row for row in fresh.consents.all()}
    for pk in set(known) - set(wanted):
        known[pk]._history_user = by  # type: ignore[attr-defined]
        known[pk].delete()
    asked = [
        _ask_unit(fresh, pk, correction.mark(changes), known.get(pk), by=by) for pk, changes in wanted.items()
    ]
    rows = [row for row in asked if row is not None]
    users = liaison_users({row.unit_id for row in rows})
    for row in rows:
        tell(
            users[row.unit_id], kind="correction", title=f"更正征求意见：{fresh.minutes}", key=f"{row.pk}:{row.history.count()}",
            url=row.get_absolute_url(), deadline=reply_by, by=by,
        )  # fmt: skip
    return fresh


def _ask_unit(
    case: CorrectionCase, pk: int, seen: str, known: CorrectionConsent | None, *, by: Any
) -> CorrectionConsent | None:
    if known is not None and known.reply == Reply.AGREE and known.seen == seen:
        return None
    row = known or CorrectionConsent(case=case, unit=Unit.objects.get(pk=pk))
    row.seen, row.reply, row.reason, row.authorised_by = seen, Reply.PENDING, "", ""
    row.replied_at = row.replied_by = row.proof = row.chased_at = None
    row.on_behalf, row.source_note = False, ""
    row.full_clean()
    save_with_history(row, by=by, why="更正征求意见")
    return row


@transaction.atomic
def answer_correction(
    consent: CorrectionConsent, *, reply: str, by: Any, authorised_by: str = "", reason: str = "",
    proof: UploadedFile | None = None, on_behalf: bool = False, source_note: str = "",
) -> CorrectionConsent:  # fmt: skip
    """A unit's 无意见 or 不同意 with a reason. Silence never counts. The office may enter it and says where it had it from."""
    if not (can_correct(by, consent.case) if on_behalf else can_answer_correction(by, consent)):
        raise PermissionDenied(f"answer correction {consent.pk}")
    case = lock(consent.case)
    if case.state != CaseState.ASKING:
        raise Refused("更正征求意见已经结束，不能再反馈。", case, "answer")
    if reply not in (Reply.AGREE, Reply.OPPOSE):
        raise ValidationError({"reply": _("请选择无意见或不同意。")})
    if on_behalf and not source_note.strip():
        raise ValidationError({"source_note": _("代录须写明来源，例如“电话，某时某人告知”或“纸质回函”。")})
    fresh = lock(consent)
    if on_behalf and proof is None and fresh.replied_at is not None and not fresh.on_behalf:
        raise Refused("该单位已自行反馈。要改的，请该单位自己改，或上传其盖章回函后代录。", case, "answer")
    if proof is not None:
        fresh.proof = files.store(proof, by=by)
    elif reply != fresh.reply:
        fresh.proof = None
    fresh.reply, fresh.authorised_by = reply, authorised_by.strip()
    fresh.reason = reason.strip() if reply == Reply.OPPOSE else ""
    fresh.replied_at, fresh.replied_by = timezone.now(), by
    fresh.on_behalf, fresh.source_note = on_behalf, source_note.strip() if on_behalf else ""
    fresh.full_clean()
    save_with_history(fresh, by=by, why="更正反馈")
    label = f"{fresh.unit}对更正反馈：{fresh.get_reply_display()}{'（办公室代录）' if on_behalf else ''}"
    audit.record(by=by, verb="answer_correction", label=label, obj=case.minutes, detail={"reply": reply})
    return fresh


@transaction.atomic
def chase_correction(case: CorrectionCase, *, by: Any) -> list[Told]:
    """催报 to the silent units, at most once a day each. Returns whom it told; raises Refused when none is due."""
    fresh = lock(case)
    if not can_correct(by, fresh):
        raise PermissionDenied(f"chase correction {fresh.pk}")
    if fresh.state != CaseState.ASKING:
        raise Refused("现在不在征求意见，不能催报。", fresh, "chase")
    silent = list(fresh.consents.filter(reply=Reply.PENDING).select_related("unit"))
    due = [row for row in silent if row.chased_at is None or timezone.localdate(row.chased_at) < today()]
    if not due:
        why = "各单位都已反馈，不用催报。" if not silent else "未反馈的单位今天都已催过，明天可以再催。"
        raise Refused(why, fresh, "chase")
    users = liaison_users({row.unit_id for row in due})
    for row in due:
        row.chased_at = timezone.now()
        save_with_history(row, by=by, why="催报")
        tell(
            users[row.unit_id], kind="correction_chase", title=f"催报：{fresh.minutes}更正征求意见", key=f"{row.pk}:{today()}",
            url=row.get_absolute_url(), deadline=fresh.reply_by, by=by,
        )  # fmt: skip
    audit.record(
        by=by, verb="chase", label="催报", obj=fresh.minutes, detail={"units": [str(row.unit) for row in due]}
    )
    return [Told(row.unit, tuple(users[row.unit_id])) for row in due]


# --- 送批 ------------------------------------------------------------------


@transaction.atomic
def submit(case: CorrectionCase, *, by: Any) -> CorrectionCase:
    """送批 to who signed the paper. Refused until every unit touched has agreed."""
    fresh = move(case, "submit", by=by)
    signer = fresh.minutes.signed_by
    tell(
        [signer] if signer is not None else users_of(PostKind.CONVENER), kind="correction_sign", title=f"更正待批准：{fresh.minutes}",
        url=fresh.get_absolute_url(), key=f"{fresh.pk}:{fresh.history.count()}", by=by,
    )  # fmt: skip
    return fresh


@transaction.atomic
def approve(case: CorrectionCase, *, by: Any, seen: str, opinion: str = "") -> CorrectionCase:
    """The original signer agrees on line to the changes whose mark is `seen`. Raises StaleTextError."""
    fresh = steps.ask(case, "approve", by=by)
    if correction.whole_mark(fresh) != seen:
        raise StaleTextError("更正内容在您打开之后改过，还没有批准。请看过再决定。", fresh, "approve")
    fresh = move(
        case, "approve", by=by, signed_on=today(), signed_name=name_of(by)[:60], opinion=opinion.strip()[:1000] or "同意更正"
    )  # fmt: skip
    _tell_office(fresh, "更正已批准，待印发", by=by)
    return fresh


@transaction.atomic
def register_approval(
    case: CorrectionCase, *, name: str, opinion: str, signed_on: date, scan: UploadedFile, by: Any
) -> CorrectionCase:
    """The signer approved on paper: opinion, name, day and scan. Raises ValidationError, Refused, PermissionDenied."""
    fresh = steps.ask(case, "register_approval", by=by)
    if signed_on < timezone.localdate(fresh.opened_at):
        raise ValidationError({"signed_on": _("批准日期不能早于拟定更正的日期。")})
    check_paper_signature(fresh.minutes, name=name, signed_on=signed_on)
    if fresh.opened_by is not None and name.replace(" ", "") == name_of(fresh.opened_by):
        raise ValidationError({"name": _("拟定更正的人不能批准。")})
    kept = files.store(scan, by=by)
    return move(
        case, "register_approval", by=by, signed_on=signed_on, signed_name=name.strip(), opinion=opinion.strip(), scan=kept
    )  # fmt: skip


@transaction.atomic
def send_back(case: CorrectionCase, *, by: Any, reason: str) -> CorrectionCase:
    """The signer sends it back with words."""
    fresh = move(case, "send_back", by=by, reason=reason)
    _tell_office(fresh, "更正被退回修改", by=by)
    return fresh


@transaction.atomic
def rework(case: CorrectionCase, *, by: Any, reason: str) -> CorrectionCase:
    """The office takes it back to write it anew; an approval given does not count any more."""
    return move(case, "rework", by=by, reason=reason, signed_on=None, signed_name="", opinion="", scan=None)


@transaction.atomic
def drop(case: CorrectionCase, *, by: Any, reason: str) -> CorrectionCase:
    """Give the correction up."""
    return move(case, "drop", by=by, reason=reason)


def _tell_office(case: CorrectionCase, words: str, *, by: Any) -> None:
    users = [user for user in office_users() if user.pk != by.pk]
    key = f"{case.pk}:{case.history.count()}"
    tell(
        users,
        kind="correction_office",
        title=f"{words}：{case.minutes}",
        url=case.get_absolute_url(),
        key=key,
        by=by,
    )
