"""现场会签 of an emergency meeting: the units sign the sheet before they leave, and the office enters it with its scan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common import audit, files
from apps.common.workflow import move, save_with_history
from apps.minutes import content
from apps.minutes.consent import Picture, Position, picture
from apps.minutes.enums import Reply, Step, Way
from apps.minutes.models import Circulation, Comment, Consent, Minutes
from apps.roster.models import Unit

from .consulting import CHOSEN, ask_unit
from .steps import ask, endorse

SOURCE = "现场会签"


@dataclass(frozen=True)
class Signed:
    """One line of the sheet: who signed for the unit, and what. `words`: the reason of a 不同意, or the comment."""

    unit: Unit
    name: str
    reply: str = Reply.AGREE
    words: str = ""


@transaction.atomic
def countersign(
    minutes: Minutes, *, sheet: UploadedFile, signed_at: datetime, signed: Sequence[Signed], by: Any
) -> Circulation:
    """Enter the sheet: a round that is closed when it begins. A unit that is not on the sheet has not consented (C11).

    Raises PermissionDenied, Refused (not an emergency meeting, text not whole), ValidationError.
    """
    fresh = ask(minutes, "countersign", by=by)
    _check(fresh, signed_at, signed)
    found = picture(fresh)
    lines = {line.unit.pk: line for line in signed}
    strangers = set(lines) - {position.unit.pk for position in found.positions}
    if strangers:
        raise ValidationError({"signed": _("会签单上有既未与会、也未列入议定事项的单位。")})
    fresh = move(fresh, "countersign", by=by)
    circulation = Circulation(
        minutes=fresh, round=fresh.circulations.count() + 1, sent_at=signed_at, sent_by=by, reply_by=signed_at,
        silence_consents=False, way=Way.ON_THE_SPOT, sheet=files.store(sheet, by=by), closed_at=timezone.now(),
        draft=content.snapshot(fresh.title, list(found.lines)),
    )  # fmt: skip
    circulation.full_clean()
    save_with_history(circulation, by=by, why=SOURCE)
    for position in found.to_ask():
        _enter(circulation, position, found, lines.get(position.unit.pk), by=by)
    endorse(fresh, Step.CIRCULATE, by=by, opinion=f"{SOURCE}，{len(lines)}个单位签字")
    detail = {"units": [str(line.unit) for line in signed], "replies": [str(line.reply) for line in signed]}
    audit.record(by=by, verb="countersign", label=f"{SOURCE}：{len(lines)}个单位", obj=fresh, detail=detail)
    minutes.refresh_from_db()
    return circulation


def _check(minutes: Minutes, signed_at: datetime, signed: Sequence[Signed]) -> None:
    if not minutes.meeting.starts_at <= signed_at <= timezone.now():
        raise ValidationError({"signed_at": _("会签时间须在开会之后，不能晚于现在。")})
    if not signed:
        raise ValidationError({"signed": _("请至少录入一个已签字的单位。")})
    if len({line.unit.pk for line in signed}) != len(signed):
        raise ValidationError({"signed": _("会签单上有重复的单位。")})
    for line in signed:
        if line.reply not in CHOSEN:
            raise ValidationError({"signed": _("请选择无意见、有意见或不同意。")})
        if not line.name.strip():
            raise ValidationError({"signed": _("%(unit)s：请填写签字人。") % {"unit": line.unit}})
        if line.reply != Reply.AGREE and not line.words.strip():
            raise ValidationError({"signed": _("%(unit)s：有意见或不同意的，请写明。") % {"unit": line.unit}})


def _enter(
    circulation: Circulation, position: Position, found: Picture, line: Signed | None, *, by: Any
) -> Consent:
    """A unit's line of the sheet, or a silent one."""
    if line is None:
        return ask_unit(circulation, position, found, told=False, by=by)
    consent = ask_unit(
        circulation, position, found, told=True, by=by, reply=line.reply, authorised_by=line.name.strip(),
        reason=line.words.strip() if line.reply == Reply.OPPOSE else "", on_behalf=True, source_note=SOURCE,
        replied_at=circulation.sent_at, replied_by=by, said_on=timezone.localdate(circulation.sent_at),
        opened_at=circulation.sent_at,
    )  # fmt: skip
    if line.reply == Reply.COMMENT:
        comment = Comment(consent=consent, suggestion=line.words.strip())
        comment.full_clean()
        save_with_history(comment, by=by, why=SOURCE)
    return consent
