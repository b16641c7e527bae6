"""The rounds of consent of an imported 纪要. Who in a unit authorised is not on record: ×××.

What was circulated at the time is not on record either, so a round keeps no draft; `seen` is the text in force.
"""

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from apps.action_items.past import SOURCE, check, keep_all
from apps.common.workflow import save_with_history
from apps.common.yamlfile import Table
from apps.roster.models import Unit

from . import content
from .consent import seen_by
from .enums import Adoption, Reply, Step
from .meeting_file import moment
from .models import Circulation, Comment, Consent, Minutes, Passage
from .past import PastComment, PastMeeting, PastReply
from .selectors import passages_of

UNNAMED = "×××"
NO_REASON = "（导入的资料未载明理由）"


def midnight(day: date) -> datetime:
    """The start of a local day: the file knows days only."""
    return timezone.make_aware(datetime.combine(day, time.min))


def keep(row: Any, *, by: Any) -> Any:
    """Check and save one row with its history. Nobody acts in an import, so who-columns may stay empty."""
    check(row)
    save_with_history(row, by=by, why=SOURCE)
    return row


def write(minutes: Minutes, past: PastMeeting, passages: dict[str, Passage], *, by: Any) -> None:
    """The first round as the file has it, and a second for those who opposed and consented later."""
    talk = past.table.need("consultation", Table)
    first = _round(minutes, 1, talk.day("sent_on"), moment(talk, "reply_by"), past, by=by)
    lines = content.lines_of(passages_of(minutes))
    consents = {reply.unit: _consent(first, reply, past, lines) for reply in past.replies}
    keep_all(list(consents.values()), by=by)
    later = {reply.unit for reply in past.replies if reply.later is not None}
    keep_all([_comment(row, consents[row.unit], passages, later) for row in past.comments], by=by)
    _second(minutes, past, lines, by=by)


def _second(minutes: Minutes, past: PastMeeting, lines: list[content.Line], *, by: Any) -> None:
    again = [PastReply(r.unit, Reply.AGREE, r.later, r.note, None) for r in past.replies if r.later]
    if not again:
        return
    back = past.event(Step.RETURN)
    last = max(reply.on for reply in again if reply.on)
    evening = timezone.make_aware(datetime.combine(last, time(23, 59)))
    second = _round(minutes, 2, min(back.on, last) if back else last, evening, past, by=by)
    keep_all([_consent(second, reply, past, lines) for reply in again], by=by)


def _round(
    minutes: Minutes, number: int, sent_on: date, reply_by: datetime, past: PastMeeting, *, by: Any
) -> Circulation:
    row = Circulation(
        minutes=minutes, round=number, sent_at=midnight(sent_on), sent_by=by, reply_by=reply_by,
        closed_at=reply_by, silence_consents=past.silence_consents,
    )  # fmt: skip
    kept: Circulation = keep(row, by=by)
    return kept


def _leads(past: PastMeeting, unit: Unit) -> bool:
    return any(unit in item.leads for item in past.items)


def _consent(
    circulation: Circulation, reply: PastReply, past: PastMeeting, lines: list[content.Line]
) -> Consent:
    silent = reply.reply == Reply.TACIT
    said = "；".join(row.suggestion for row in past.comments if row.unit == reply.unit)
    reason = (said or reply.note or NO_REASON) if reply.reply == Reply.OPPOSE else ""
    return Consent(
        circulation=circulation, unit=reply.unit, counted=reply.unit in past.attending,
        is_lead=_leads(past, reply.unit), reply=reply.reply, reason=reason[:2000],
        seen=seen_by(reply.unit.pk, circulation.minutes.title, lines),
        replied_at=None if silent or reply.on is None else midnight(reply.on),
        authorised_by="" if silent else UNNAMED, on_behalf=not silent, source_note="" if silent else SOURCE,
    )  # fmt: skip


def _comment(row: PastComment, consent: Consent, passages: dict[str, Passage], later: set[Unit]) -> Comment:
    """Agreed with its unit when adopted, when the file says so, or when the unit consented later."""
    passage = passages[row.item]
    agreed = row.unit in later or row.adoption == Adoption.ADOPTED or "沟通一致" in row.reason
    return Comment(
        consent=consent, passage=passage, original=row.original, suggestion=row.suggestion,
        adoption=row.adoption, adoption_reason=row.reason, agreed=agreed,
        agreed_content=content.content_hash(passage) if agreed else "",
    )  # fmt: skip
