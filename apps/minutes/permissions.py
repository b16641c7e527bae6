"""Who may do what to a 纪要. The only place that views, templates and the workflow ask."""

from typing import Any

from apps.common import settings_rows
from apps.roster.selectors import standing_of

from .enums import MinutesState

# States in which the office may change the text; the proofreader also while it lies with them.
EDITABLE = frozenset({MinutesState.DRAFTING, MinutesState.SETTLING})


def is_drafter(user: Any, minutes: Any) -> bool:
    """The one who closed the record and so made the draft. The drafter never proofreads, audits or signs."""
    return minutes.drafted_by_id is not None and minutes.drafted_by_id == user.pk


def can_handle(user: Any, minutes: Any) -> bool:
    """The office's own steps."""
    return standing_of(user).runs_office


def proofreads(user: Any) -> bool:
    """Holds the post that proofreads, as the setting says."""
    standing = standing_of(user)
    if not standing.deputy_units:
        return False  # whatever the setting says
    if settings_rows.value("proofreader") == "any_deputy":
        return bool(standing.deputy_units)
    return standing.is_host_deputy


def can_proofread(user: Any, minutes: Any) -> bool:
    """核稿: an office deputy who did not draft."""
    return proofreads(user) and not is_drafter(user, minutes)


def can_audit(user: Any, minutes: Any) -> bool:
    """审核: the office director, unless he drafted."""
    return standing_of(user).is_director and not is_drafter(user, minutes)


def has_written(user: Any, minutes: Any) -> bool:
    """Changed a passage of this draft by hand."""
    written = minutes.passages.model.history.filter(minutes_id=minutes.pk, history_user_id=user.pk)
    return bool(written.exists())


def can_sign(user: Any, minutes: Any) -> bool:
    """签发: the convener (or who acts in that post), unless he drafted or wrote in the draft."""
    return standing_of(user).is_convener and not is_drafter(user, minutes) and not has_written(user, minutes)


def signed_it(user: Any, minutes: Any) -> bool:
    """Who signed may take it back; what was signed on paper the office entered, and takes back."""
    if minutes.signed_by_id is None:
        return can_handle(user, minutes)
    return minutes.signed_by_id == user.pk and can_sign(user, minutes)


def can_stop(user: Any, minutes: Any) -> bool:
    """停止使用: the convener on line, or the office with the scan of his signature."""
    standing = standing_of(user)
    return standing.is_convener or standing.runs_office


def can_edit(user: Any, minutes: Any) -> bool:
    """The office while drafting and settling; the proofreader while the draft lies with him."""
    if minutes.state == MinutesState.REVIEWING:
        return can_proofread(user, minutes)
    return minutes.state in EDITABLE and can_handle(user, minutes)


def can_answer(user: Any, consent: Any) -> bool:
    """Answer for a unit: its own liaison."""
    return consent.unit_id in standing_of(user).liaison_units


def can_answer_on_behalf(user: Any, consent: Any) -> bool:
    """Enter what a unit said by telephone or on paper: the office."""
    return standing_of(user).runs_office


def reads_all(user: Any) -> bool:
    """Sees every 纪要 in every state, with the consent table."""
    return standing_of(user).reads_all or proofreads(user)


def can_correct(user: Any, case: Any) -> bool:
    """更正: the office's own steps."""
    return standing_of(user).runs_office


def original_signer(user: Any, case: Any) -> bool:
    """更正 is approved by who signed the paper; when he no longer holds the post, or signed on paper, by the convener.

    Never by who drafted the correction.
    """
    if (
        case.opened_by_id == user.pk
        or case.changes.model.history.filter(case_id=case.pk, history_user=user.pk).exists()
    ):
        return False
    signer = case.minutes.signed_by
    if signer is not None and signer.is_active and standing_of(signer).is_convener:
        return bool(signer.pk == user.pk)
    return standing_of(user).is_convener


def can_answer_correction(user: Any, consent: Any) -> bool:
    """Answer for a unit that a correction touches: its own liaison."""
    return consent.unit_id in standing_of(user).liaison_units
