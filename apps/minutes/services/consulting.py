"""征求意见: rounds, the units' answers, 催报, and what becomes of each comment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
from apps.minutes import content
from apps.minutes.consent import Picture, Position, picture, seen_by
from apps.minutes.enums import Adoption, MinutesState, Reply, Step
from apps.minutes.models import Circulation, Comment, Consent, Minutes, Passage
from apps.minutes.permissions import can_answer, can_answer_on_behalf, can_handle
from apps.minutes.selectors import open_circulation
from apps.roster.selectors import liaison_users, today

from .steps import ask, endorse

CHOSEN = (Reply.AGREE, Reply.COMMENT, Reply.OPPOSE)


@dataclass(frozen=True)
class Remark:
    """One comment of an answer, pinned to a passage or to the whole (`passage` None)."""

    suggestion: str
    passage: Passage | None = None
    original: str = ""
    reason: str = ""


def _open_round(minutes: Minutes, verb: str, *, reply_by: datetime, silence: bool, by: Any) -> Circulation:
    fresh = ask(minutes, verb, by=by)
    if reply_by <= timezone.now():
        raise ValidationError({"reply_by": _("反馈截止时间须晚于现在。")})
    if silence and timezone.localdate(reply_by) <= today():
        raise ValidationError({"reply_by": _("逾期视为无意见的，反馈截止至少要到明天。")})
    found = picture(fresh)
    asked = found.to_ask()
    fresh = move(fresh, verb, by=by)
    circulation = Circulation(
        minutes=fresh, round=fresh.circulations.count() + 1, sent_at=timezone.now(), sent_by=by, reply_by=reply_by,
        silence_consents=silence, draft=content.snapshot(fresh.title, list(found.lines)),
    )  # fmt: skip
    circulation.full_clean()
    save_with_history(circulation, by=by, why="征求意见")
    consents = [_ask_unit(circulation, position, found, by=by) for position in asked]
    endorse(fresh, Step.CIRCULATE, by=by, opinion=f"第{circulation.round}轮，征求{len(asked)}个单位意见")
    _tell_units(circulation, consents, by=by)
    minutes.refresh_from_db()
    return circulation


def _ask_unit(circulation: Circulation, position: Position, found: Picture, *, by: Any) -> Consent:
    title = circulation.minutes.title
    consent = Consent(
        circulation=circulation, unit=position.unit, counted=position.required, is_lead=position.leads,
        seen=seen_by(position.unit.pk, title, list(found.lines)),
    )  # fmt: skip
    consent.full_clean()
    save_with_history(consent, by=by, why="征求意见")
    return consent


def _tell_units(circulation: Circulation, consents: list[Consent], *, by: Any) -> None:
    users = liaison_users({consent.unit_id for consent in consents})
    for consent in consents:
        tell(
            users[consent.unit_id], kind="consent", title=f"征求意见：{circulation.minutes}",
            url=consent.get_absolute_url(), key=str(consent.pk), deadline=circulation.reply_by, by=by,
        )  # fmt: skip


@transaction.atomic
def circulate(minutes: Minutes, *, reply_by: datetime, silence_consents: bool, by: Any) -> Circulation:
    """First round: the attending units (counted), and units named in the text that did not attend (asked only)."""
    return _open_round(minutes, "circulate", reply_by=reply_by, silence=silence_consents, by=by)


@transaction.atomic
def recirculate(minutes: Minutes, *, reply_by: datetime, silence_consents: bool, by: Any) -> Circulation:
    """A further round: only units whose business changed since they saw it, or that do not stand behind the text."""
    return _open_round(minutes, "recirculate", reply_by=reply_by, silence=silence_consents, by=by)


def _answerable(consent: Consent, *, by: Any, on_behalf: bool) -> Consent:
    """The consent locked while its round is open. The caller holds the transaction."""
    if not (can_answer_on_behalf(by, consent) if on_behalf else can_answer(by, consent)):
        raise PermissionDenied(f"answer consent {consent.pk}")
    minutes = lock(consent.circulation.minutes)
    fresh = (
        Consent.objects.select_for_update(of=("self",))
        .select_related("circulation", "unit")
        .get(pk=consent.pk)
    )
    if minutes.state != MinutesState.CIRCULATING or fresh.circulation.closed_at is not None:
        raise Refused(
            "本轮征求意见已经结束，不能再反馈。如有意见，请与联席会议办公室联系。", consent, "answer"
        )
    return fresh


@transaction.atomic
def answer(
    consent: Consent,
    *,
    reply: str,
    by: Any,
    authorised_by: str = "",
    reason: str = "",
    remarks: Sequence[Remark] = (),
    proof: UploadedFile | None = None,
    on_behalf: bool = False,
    source_note: str = "",
) -> Consent:
    """A unit's answer: 无意见, 有意见 with comments, 不同意 with a reason. It can be changed until the round closes.

    Needs the person in the unit who authorised it, or the stamped reply. The office may enter it on the unit's behalf
    and then says where it had it from. Raises PermissionDenied, Refused (round closed), ValidationError.
    """
    fresh = _answerable(consent, by=by, on_behalf=on_behalf)
    _check_answer(reply, remarks, on_behalf=on_behalf, source_note=source_note)
    if on_behalf and proof is None and fresh.replied_at is not None and not fresh.on_behalf:
        raise Refused("该单位已自行反馈。要改的，请该单位自己改，或上传其盖章回函后代录。", fresh, "answer")
    if proof is not None:
        fresh.proof = files.store(proof, by=by)
    elif reply != fresh.reply:
        fresh.proof = None  # a letter authorises the answer it was sent with, no other
    fresh.reply, fresh.authorised_by = reply, authorised_by.strip()
    fresh.reason = reason.strip() if reply == Reply.OPPOSE else ""
    fresh.replied_at, fresh.replied_by = timezone.now(), by
    fresh.on_behalf, fresh.source_note = on_behalf, source_note.strip() if on_behalf else ""
    fresh.full_clean()
    save_with_history(fresh, by=by, why="反馈意见")
    _set_comments(fresh, remarks if reply == Reply.COMMENT else (), by=by)
    detail = {
        "unit": str(fresh.unit),
        "reply": reply,
        "authorised_by": fresh.authorised_by,
        "on_behalf": on_behalf,
    }
    label = f"{fresh.unit}反馈：{fresh.get_reply_display()}{'（办公室代录）' if on_behalf else ''}"
    audit.record(by=by, verb="answer", label=label, obj=fresh.circulation.minutes, detail=detail)
    return fresh


def _check_answer(reply: str, remarks: Sequence[Remark], *, on_behalf: bool, source_note: str) -> None:
    if reply not in CHOSEN:
        raise ValidationError({"reply": _("请选择无意见、有意见或不同意。")})
    if reply == Reply.COMMENT and not remarks:
        raise ValidationError({"reply": _("选择“有意见”须至少写一条修改建议。")})
    if on_behalf and not source_note.strip():
        raise ValidationError({"source_note": _("代录须写明来源，例如“电话，某时某人告知”或“纸质回函”。")})


def _set_comments(consent: Consent, remarks: Sequence[Remark], *, by: Any) -> None:
    for old in consent.comments.all():
        old._history_user = by  # type: ignore[attr-defined]
        old.delete()
    for remark in remarks:
        if remark.passage is not None and remark.passage.minutes_id != consent.circulation.minutes_id:
            raise ValidationError(_("意见所指的段落不属于这份纪要。"))
        comment = Comment(
            consent=consent, passage=remark.passage, original=remark.original.strip(),
            suggestion=remark.suggestion.strip(), reason=remark.reason.strip(),
        )  # fmt: skip
        comment.full_clean()
        save_with_history(comment, by=by, why="反馈意见")


@transaction.atomic
def mark_opened(consent: Consent, *, by: Any) -> None:
    """Note when the unit first opened the draft. Opening it again, or by others, changes nothing."""
    if consent.opened_at is not None or not can_answer(by, consent):
        return
    fresh = lock(consent)
    if fresh.opened_at is None:
        fresh.opened_at = timezone.now()
        save_with_history(fresh, by=by, why="打开征求意见稿")
    consent.opened_at = fresh.opened_at


@transaction.atomic
def chase(minutes: Minutes, *, by: Any) -> int:
    """催报 to the silent units only, at most once a day each. Returns how many were told; raises Refused when none."""
    fresh = lock(minutes)
    if not can_handle(by, fresh):
        raise PermissionDenied(f"chase minutes {fresh.pk}")
    circulation = open_circulation(fresh)
    if circulation is None or fresh.state != MinutesState.CIRCULATING:
        raise Refused("现在不在征求意见，不能催报。", fresh, "chase")
    silent = list(circulation.consents.filter(reply=Reply.PENDING).select_related("unit"))
    due = [c for c in silent if c.chased_at is None or timezone.localdate(c.chased_at) < today()]
    if not due:
        why = "各单位都已反馈，不用催报。" if not silent else "未反馈的单位今天都已催过，明天可以再催。"
        raise Refused(why, fresh, "chase")
    users = liaison_users({consent.unit_id for consent in due})
    for consent in due:
        consent.chased_at = timezone.now()
        save_with_history(consent, by=by, why="催报")
        tell(
            users[consent.unit_id], kind="consent_chase", title=f"催报：{fresh}征求意见", key=f"{consent.pk}:{today()}",
            url=consent.get_absolute_url(), deadline=circulation.reply_by, by=by,
        )  # fmt: skip
    audit.record(by=by, verb="chase", label="催报", obj=fresh, detail={"units": [str(c.unit) for c in due]})
    return len(due)


@transaction.atomic
def settle(minutes: Minutes, *, by: Any) -> Minutes:
    """Close the round. A silent unit counts as tacit only where this round's letter said so, and never a lead unit."""
    fresh = move(minutes, "settle", by=by)
    circulation = open_circulation(fresh)
    if circulation is not None:
        _close(circulation, by=by)
    endorse(fresh, Step.SETTLE, by=by)
    return fresh


def _close(circulation: Circulation, *, by: Any) -> None:
    if circulation.silence_consents and circulation.reply_by <= timezone.now():
        for consent in circulation.consents.filter(reply=Reply.PENDING, is_lead=False):
            if _spoke_against(consent):
                continue  # silence never overcomes what the unit has said
            consent.reply = Reply.TACIT
            save_with_history(consent, by=by, why="逾期未反馈")
    circulation.closed_at = timezone.now()
    save_with_history(circulation, by=by, why="结束征求意见")


def _spoke_against(consent: Consent) -> bool:
    """True when the unit's last word in an earlier round was an objection, or a comment it did not get its way with."""
    said = (
        Consent.objects.filter(circulation__minutes=consent.circulation.minutes_id, unit=consent.unit_id)
        .exclude(pk=consent.pk)
        .exclude(reply__in=[Reply.PENDING, Reply.TACIT])
        .order_by("-circulation__round")
        .first()
    )
    if said is None:
        return False
    refused = said.comments.exclude(adoption=Adoption.ADOPTED).filter(agreed=False)
    return said.reply == Reply.OPPOSE or (said.reply == Reply.COMMENT and refused.exists())


@transaction.atomic
def handle_comment(
    comment: Comment, *, adoption: str, adoption_reason: str, agreed: bool, by: Any
) -> Comment:
    """采纳 / 部分采纳 / 不采纳 (the last two with a reason), and whether it was settled with the unit.

    With `agreed` the unit is taken as consenting to the passage exactly as it reads now. Raises Refused outside 意见处理.
    """
    if adoption == Adoption.WAITING:
        raise ValidationError({"adoption": _("请选择采纳、部分采纳或不采纳。")})
    minutes = lock(comment.consent.circulation.minutes)
    if not can_handle(by, minutes):
        raise PermissionDenied(f"handle comment {comment.pk}")
    if minutes.state != MinutesState.SETTLING:
        raise Refused("结束征求意见之后才能处理意见。", minutes, "handle_comment")
    fresh = Comment.objects.select_for_update(of=("self",)).select_related("consent__unit").get(pk=comment.pk)
    fresh.adoption, fresh.adoption_reason, fresh.agreed = adoption, adoption_reason.strip(), agreed
    fresh.agreed_content = _content_now(fresh) if agreed else ""
    fresh.full_clean()
    save_with_history(fresh, by=by, why="处理意见")
    detail = {
        "comment": fresh.pk,
        "adoption": adoption,
        "agreed": agreed,
        "reason": fresh.adoption_reason[:200],
    }
    label = f"{fresh.consent.unit}的意见：{Adoption(adoption).label}"
    audit.record(by=by, verb="handle_comment", label=label, obj=minutes, detail=detail)
    return fresh


def _content_now(comment: Comment) -> str:
    if comment.passage_id is None:
        return ""
    rows = Passage.objects.filter(pk=comment.passage_id).prefetch_related("parts__unit", "duties")
    return content.content_hash(rows[0])
