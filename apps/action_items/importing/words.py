"""What the words of a cell mean, and what is wrong with them. Pure."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.action_items.enums import SelfAssessment
from apps.common.fields import plain

# Field of a row, field of a report, heading, most characters.
SAID = (
    ("said", "text", "进展", 4000),
    ("problem", "problem", "问题", 2000),
    ("next_step", "next_step", "下一步", 2000),
)
ASSESSMENTS = {str(choice.label): choice for choice in SelfAssessment if choice != SelfAssessment.CLOSING}
_NUMBER = re.compile(r"[-－—–]\s*(\d{1,4})\Z")  # looked for at the end alone: no run of blanks is read twice


def numbered(label: str) -> tuple[str, int | None]:
    """〔2026〕1号-3 → (〔2026〕1号, 3); without a number of the matter (label, None)."""
    label = label.strip()
    found = _NUMBER.search(label)
    paper = label[: found.start()].rstrip() if found else ""
    return (paper, int(found[1])) if found and paper and "\n" not in paper else (label, None)


def named(label: str, seq: int, text: str) -> str:
    """〔2026〕1号-3 and the first thirty characters of the matter, with … where it goes on."""
    return f"{label}-{seq} {text[:30]}{'…' if len(text) > 30 else ''}"


def bad_text(label: str, text: str, most: int) -> list[str]:
    """What is wrong with a text: too long, or with a character nobody sees."""
    try:
        plain(text)
    except ValidationError as error:
        return [f"“{label}”：{words}" for words in error.messages]
    if len(text) <= most:
        return []
    return [
        _("“%(label)s”过长：最多%(most)s字，现有%(now)s字。")
        % {"label": label, "most": most, "now": len(text)}
    ]


def bad_assessment(words: str, problem: str) -> list[str]:
    """What is wrong with a 自评: a word it does not know, or 受阻 without the problem."""
    if words and words not in ASSESSMENTS:
        given = {"words": words[:10], "all": "、".join(ASSESSMENTS)}
        return [_("自评“%(words)s”不认识，只能写%(all)s；申请办结请在事项页面办理。") % given]
    if ASSESSMENTS.get(words) == SelfAssessment.BLOCKED and not problem.strip():
        return [_("受阻时请写明存在问题。")]
    return []
