"""What was taken out because units could not agree (存议): the list a 请示 is written from. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from . import content
from .enums import PassageKind, Reply
from .models import Comment, Consent, Minutes, Passage
from .selectors import circulations_of, passages_of


@dataclass(frozen=True)
class Dispute:
    """One passage that is not printed: the words last circulated, who opposed them and why, when and by whom it went."""

    passage: Passage
    words: str
    round: int | None
    objections: tuple[Consent, ...] = ()
    comments: tuple[Comment, ...] = ()
    withheld_on: date | None = None
    by: str = ""
    parts: tuple[tuple[str, str], ...] = field(default=())

    @property
    def text(self) -> str:
        """The passage for a 请示, as plain lines."""
        lines = [f"事项：{self.words}"]
        lines += [f"{row.unit}不同意，理由：{row.reason.strip()}" for row in self.objections]
        for row in self.comments:
            why = f"，理由：{row.reason.strip()}" if row.reason.strip() else ""
            lines.append(f"{row.consent.unit}建议修改为：{row.suggestion.strip()}{why}")
        if self.withheld_on:
            lines.append(f"{content.zh(self.withheld_on)}起暂不列入纪要。")
        return "\n".join(lines)


def withheld_in(lines: Iterable[content.Line]) -> list[Passage]:
    """The resolutions that were taken out, of lines read already."""
    return [
        line.passage
        for line in lines
        if line.passage.withheld and line.passage.kind == PassageKind.RESOLUTION
    ]


def disputes_of(minutes: Minutes) -> list[Dispute]:
    """Every passage taken out, in the paper's order; at most eight queries and two a passage."""
    rounds = circulations_of(minutes)
    withheld = [row for row in passages_of(minutes) if row.withheld and row.kind == PassageKind.RESOLUTION]
    return [_dispute(row, rounds) for row in withheld]


def _dispute(passage: Passage, rounds: list[Any]) -> Dispute:
    key = str(passage.pk)
    sent = [
        (circulation.round, row["words"])
        for circulation in rounds
        for row in circulation.draft
        if row["key"] == key and not row["withheld"]
    ]
    consents = [row for circulation in rounds for row in circulation.consents.all()]
    opposed = [row for row in consents if row.reply == Reply.OPPOSE and _is_about(row, passage)]
    comments = [c for row in consents for c in row.comments.all() if c.passage_id == passage.pk]
    when, who = _taken_out(passage)
    number, words = sent[0] if sent else (None, content.item_text(passage) + "。")
    parts = tuple(content.duty_parts(passage))
    return Dispute(passage, words, number, tuple(opposed), tuple(comments), when, who, parts)


def _is_about(consent: Consent, passage: Passage) -> bool:
    """An objection names its passages; one that names none is about all that is the unit's business."""
    named = {row.pk for row in consent.against.all()}
    return passage.pk in named if named else content.concerns(passage, consent.unit_id)


def _taken_out(passage: Passage) -> tuple[date | None, str]:
    """When it was last taken out, and by whom, from the passage's history."""
    when, who = None, ""
    for row in passage.history.select_related("history_user").order_by("-history_date", "-history_id"):
        if not row.withheld:
            break
        when, who = timezone.localdate(row.history_date), str(row.history_user or "")
    return when, who
