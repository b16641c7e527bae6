"""审核, 签发 on line or on paper, 复核, and the ways back. The drafter can do none of the first two."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common import files
from apps.common.errors import Refused
from apps.common.workflow import move
from apps.minutes import reading
from apps.minutes.enums import SignMethod, Step
from apps.minutes.models import Minutes
from apps.roster.enums import PostKind
from apps.roster.selectors import holders, today, users_of

from .reading import let_go
from .steps import UNNAMED, ask, back_to_office, endorse, name_of, pass_on, void


@transaction.atomic
def pass_audit(minutes: Minutes, *, by: Any, opinion: str = "") -> Minutes:
    """审核通过: goes to the convener."""
    fresh = move(minutes, "pass_audit", by=by)
    endorse(fresh, Step.AUDIT, by=by, opinion=opinion or "拟同意，请召集人签发")
    pass_on(fresh, users_of(PostKind.CONVENER), "待签发", by=by, page="sign")
    return fresh


@transaction.atomic
def return_audit(minutes: Minutes, *, by: Any, reason: str) -> Minutes:
    """The director sends it back to the office."""
    fresh = move(minutes, "return_audit", by=by, reason=reason)
    endorse(fresh, Step.RETURN, by=by, opinion=reason)
    back_to_office(fresh, "审核退回", by=by)
    return fresh


class StaleTextError(Refused):
    """The text was changed after the signer had opened it: he has to see what he signs."""


@transaction.atomic
def sign(minutes: Minutes, *, by: Any, seen: str, opinion: str = "") -> Minutes:
    """签发 on line by the convener. Today becomes the 成文日期. C11 is asked again; the words are kept as 批示.

    `seen` is the mark (`reading.mark_of`) of the text he had before him. Raises StaleTextError when it reads otherwise now.
    """
    fresh = ask(minutes, "sign", by=by)
    if reading.mark_of(reading.text_of(fresh)) != seen:
        raise StaleTextError(
            "文字在您打开之后又改过，还没有签发。请看过改动，再决定是否签发。", fresh, "sign"
        )
    fresh = move(minutes, "sign", by=by, signed_on=today(), signed_by=by)
    endorse(fresh, Step.SIGN, by=by, opinion=opinion.strip() or "同意签发")
    let_go(fresh)
    words = "已签发，待复核" if opinion.strip() in ("", "同意签发") else "已签发，有批示，待复核"
    back_to_office(fresh, words, by=by)
    return fresh


@transaction.atomic
def return_sign(minutes: Minutes, *, by: Any, reason: str) -> Minutes:
    """The convener sends it back; the audit no longer counts."""
    fresh = move(minutes, "return_sign", by=by, reason=reason)
    void(fresh, [Step.AUDIT], by=by)
    let_go(fresh)
    endorse(fresh, Step.RETURN, by=by, opinion=reason)
    back_to_office(fresh, "签发退回", by=by)
    return fresh


@transaction.atomic
def register_signature(
    minutes: Minutes, *, name: str, opinion: str, signed_on: date, scan: UploadedFile, by: Any
) -> Minutes:
    """线下签批补录: the convener signed on paper, the office records opinion (圈阅 counts), name, date and scan.

    C11 holds as on line. Raises ValidationError for a day or a name that cannot be right, Refused, PermissionDenied.
    """
    fresh = ask(minutes, "register_signature", by=by)
    check_paper_signature(fresh, name=name, signed_on=signed_on)
    kept = files.store(scan, by=by)
    fresh = move(fresh, "register_signature", by=by, signed_on=signed_on, signed_by=None)
    let_go(fresh)
    endorse(
        fresh,
        Step.SIGN,
        by=by,
        opinion=opinion,
        name=name,
        signed_on=signed_on,
        method=SignMethod.PAPER,
        scan=kept,
    )
    minutes.refresh_from_db()
    return fresh


def check_paper_signature(minutes: Minutes, *, name: str, signed_on: date) -> None:
    """Raise ValidationError unless that day's convener signed after the audit, not in the future, and not as drafter."""
    if signed_on > today():
        raise ValidationError({"signed_on": _("签批日期不能晚于今天。")})
    audited = minutes.endorsements.filter(step=Step.AUDIT, voided=False).order_by("-id").first()
    earliest = audited.signed_on if audited else timezone.localdate(minutes.meeting.starts_at)
    if signed_on < earliest:
        raise ValidationError({"signed_on": _("签批日期不能早于审核日期。")})
    known = [row.person.name for row in holders(PostKind.CONVENER, on=signed_on)]
    bare = name.replace("\u3000", "").replace(" ", "")
    if known and bare not in known and UNNAMED not in known:
        raise ValidationError({"name": _("该日的召集人不是这个姓名，请核对。")})
    if minutes.drafted_by is not None and bare == name_of(minutes.drafted_by):
        raise ValidationError({"name": _("拟稿人不能签发。")})


@transaction.atomic
def check(minutes: Minutes, *, by: Any) -> Minutes:
    """复核: nothing of substance changed, the paper may be numbered."""
    fresh = move(minutes, "check", by=by)
    endorse(fresh, Step.CHECK, by=by, opinion="复核无误")
    return fresh


@transaction.atomic
def reopen(minutes: Minutes, *, by: Any, reason: str) -> Minutes:
    """A substantive edit after 签发 goes back to the signer: the signature and the audit are void."""
    fresh = move(minutes, "reopen", by=by, reason=reason, signed_on=None, signed_by=None)
    void(fresh, [Step.AUDIT, Step.SIGN], by=by)
    endorse(fresh, Step.RETURN, by=by, opinion=f"复核退回，签发失效：{reason}")
    pass_on(fresh, users_of(PostKind.CONVENER), "签发后退回修改，原签发失效", by=by)
    return fresh
