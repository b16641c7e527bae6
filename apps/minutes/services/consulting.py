"""征求意见: rounds, the units' answers, 催报, and what becomes of each comment."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from apps.minutes import content
from apps.minutes.consent import Picture, Position, picture, seen_by
from apps.minutes.enums import Adoption, MinutesState, Reply, Step, ToldBy
from apps.minutes.models import Circulation, Comment, Consent, Minutes, Passage
from apps.minutes.permissions import can_answer, can_answer_on_behalf, can_handle
from apps.minutes.selectors import open_circulation
from apps.roster.models import Unit
from apps.roster.selectors import liaison_users, today

from .steps import ask, endorse

CHOSEN = (Reply.AGREE, Reply.COMMENT, Reply.OPPOSE)


@dataclass(frozen=True)
class Remark:
    """One comment of an answer, pinned to a passage or to the whole (`passage` None).

    `start` is where in the passage's text the quoted words begin, when the page knows; it is checked, never trusted.
    """

    suggestion: str
    passage: Passage | None = None
    original: str = ""
    reason: str = ""
    start: int | None = None


@dataclass(frozen=True)
class Told:
    """A unit that was chased, and the accounts that were told; nobody means: telephone or write."""

    unit: Unit
    users: tuple[Any, ...]


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
    users = liaison_users({position.unit.pk for position in asked})
    consents = [
        ask_unit(circulation, position, found, told=bool(users[position.unit.pk]), by=by)
        for position in asked
    ]
    endorse(fresh, Step.CIRCULATE, by=by, opinion=f"第{circulation.round}轮，征求{len(asked)}个单位意见")
    _tell_units(circulation, consents, users, by=by)
    minutes.refresh_from_db()
    return circulation


def ask_unit(
    circulation: Circulation, position: Position, found: Picture, *, told: bool, by: Any, **answered: Any
) -> Consent:
    """The answer sheet of one unit. `told` False: it has no account, so only a delivered letter reaches it."""
    title = circulation.minutes.title
    consent = Consent(
        circulation=circulation, unit=position.unit, counted=position.required, is_lead=position.leads,
        seen=seen_by(position.unit.pk, title, list(found.lines)),
        told_by=ToldBy.ACCOUNT if told else ToldBy.NONE, **answered,
    )  # fmt: skip
    consent.full_clean()
    save_with_history(consent, by=by, why="征求意见")
    return consent


def _tell_units(
    circulation: Circulation, consents: list[Consent], users: dict[int, list[Any]], *, by: Any
) -> None:
    for consent in consents:
        tell(
            users[consent.unit_id], kind="consent", title=f"征求意见：{circulation.minutes}",
            url=consent.get_absolute_url(), key=str(consent.pk), deadline=circulation.reply_by, by=by,
        )  # fmt: skip


@transaction.atomic
def register_letter(consent: Consent, *, delivered_on: date, received_by: str, by: Any) -> Consent:
    """A unit without an account got the letter on paper: from then on its silence can count, as the letter says.

    Raises PermissionDenied, Refused (round closed, or told already), ValidationError (date, name).
    """
    if not can_handle(by, consent.circulation.minutes):
        raise PermissionDenied(f"letter of consent {consent.pk}")
    fresh = _answerable(consent, by=by, on_behalf=True)
    if fresh.told_by != ToldBy.NONE:
        raise Refused("该单位已有送达记录。", consent, "register_letter")
    first, last = (
        timezone.localdate(fresh.circulation.sent_at),
        timezone.localdate(fresh.circulation.reply_by),
    )
    if not first <= delivered_on <= min(last, today()):
        raise ValidationError({"delivered_on": _("送达日期须在发函之后、今天和反馈截止日之前。")})
    if not received_by.strip():
        raise ValidationError({"received_by": _("请填写签收人。")})
    fresh.told_by = ToldBy.PAPER
    save_with_history(fresh, by=by, why="登记纸质函件送达")
    detail = {
        "unit": str(fresh.unit),
        "on": delivered_on.isoformat(),
        "received_by": received_by.strip()[:60],
    }
    label = f"征求意见函送达{fresh.unit}，{received_by.strip()[:60]}签收"
    audit.record(by=by, verb="register_letter", label=label, obj=fresh.circulation.minutes, detail=detail)
    return fresh


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
    said_on: date | None = None,
    against: Sequence[Passage] = (),
) -> Consent:
    """A unit's answer: 无意见, 有意见 with comments, 不同意 with a reason. It can be changed until the round closes.

    Needs the person in the unit who authorised it, or the stamped reply. The office may enter it on the unit's behalf
    and then says where it had it from and when the unit said so. `against`: the passages a 不同意 is about; none means
    the whole. Raises PermissionDenied, Refused (round closed), ValidationError.
    """
    fresh = _answerable(consent, by=by, on_behalf=on_behalf)
    _check_answer(reply, remarks, on_behalf=on_behalf, source_note=source_note)
    _check_said(fresh, said_on, against)
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
    fresh.said_on = said_on if on_behalf else None
    fresh.full_clean()
    save_with_history(fresh, by=by, why="反馈意见")
    fresh.against.set(against if reply == Reply.OPPOSE else ())
    _set_comments(fresh, remarks if reply == Reply.COMMENT else (), by=by)
    _journal(fresh, by=by)
    return fresh


def _journal(fresh: Consent, *, by: Any) -> None:
    detail = {
        "unit": str(fresh.unit), "reply": fresh.reply, "authorised_by": fresh.authorised_by, "on_behalf": fresh.on_behalf,
        "against": [row.pk for row in fresh.against.all()],
    }  # fmt: skip
    label = f"{fresh.unit}反馈：{fresh.get_reply_display()}{'（办公室代录）' if fresh.on_behalf else ''}"
    audit.record(by=by, verb="answer", label=label, obj=fresh.circulation.minutes, detail=detail)


def _check_said(consent: Consent, said_on: date | None, against: Sequence[Passage]) -> None:
    if said_on is not None and not timezone.localdate(consent.circulation.sent_at) <= said_on <= today():
        raise ValidationError({"said_on": _("答复日期须在发函之后，不能晚于今天。")})
    if any(row.minutes_id != consent.circulation.minutes_id for row in against):
        raise ValidationError(_("不同意所指的条目不属于这份纪要。"))


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
        if found := pinned(consent.circulation.draft, remark):
            comment.quote_start, comment.quote_end = found
        comment.full_clean()
        save_with_history(comment, by=by, why="反馈意见")


def pinned(draft: list[dict[str, Any]], remark: Remark) -> tuple[int, int] | None:
    """Where in the passage as sent out the quoted words stand; None when they do not, or stand there twice."""
    words = remark.original.strip()
    if remark.passage is None or not words:
        return None
    text = next((row.get("text", "") for row in draft if row["key"] == str(remark.passage.pk)), "")
    if remark.start is not None and text[remark.start : remark.start + len(words)] == words:
        return remark.start, remark.start + len(words)
    start = text.find(words)
    return None if start < 0 or text.count(words) > 1 else (start, start + len(words))


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
def chase(minutes: Minutes, *, by: Any) -> list[Told]:
    """催报 to the silent units only, at most once a day each. Returns whom it told; raises Refused when none is due."""
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
        if users[consent.unit_id] and consent.told_by == ToldBy.NONE:
            consent.told_by = ToldBy.ACCOUNT  # it has an account since
        save_with_history(consent, by=by, why="催报")
        tell(
            users[consent.unit_id], kind="consent_chase", title=f"催报：{fresh}征求意见", key=f"{consent.pk}:{today()}",
            url=consent.get_absolute_url(), deadline=circulation.reply_by, by=by,
        )  # fmt: skip
    audit.record(by=by, verb="chase", label="催报", obj=fresh, detail={"units": [str(c.unit) for c in due]})
    return [Told(consent.unit, tuple(users[consent.unit_id])) for consent in due]


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
            if consent.told_by == ToldBy.NONE and consent.opened_at is None:
                continue  # nobody is silent about what it never got
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
