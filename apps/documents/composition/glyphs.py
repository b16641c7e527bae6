"""Every character is looked up before a paper is made: one without a glyph would spoil the text layer."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from . import fonts
from .model import Face, Paper, PaperError
from .plaintext import located


@dataclass(frozen=True)
class Missing:
    """A character no font draws, and where it stands."""

    char: str
    where: str
    context: str

    def __str__(self) -> str:
        shown = self.char if self.char.isprintable() else "控制字符"
        return f"{self.where}中的“{shown}”（U+{ord(self.char):04X}）没有字形，见“{self.context}”"


class MissingGlyph(PaperError):  # named as the reader meets it
    """Raised instead of making a paper with a hole; ``missing`` lists the places."""

    def __init__(self, missing: list[Missing]) -> None:
        self.missing = missing
        super().__init__("；".join(str(item) for item in missing[:5]))


def missing_glyphs(paper: Paper) -> list[Missing]:
    """Characters that cannot be set, each once a place, with six characters of context either side.

    The shipped fallback stands behind every role, so one role answers for all but the title face.
    """
    found: dict[tuple[str, str], Missing] = {}
    for where, text in (*located(paper), ("页脚", paper.running)):
        face = Face.TITLE if where in ("标题", "发文机关标志", "附件标题", "桌签") else Face.FANGSONG
        for index, char in enumerate(text):
            if char in "\t\n" and "表格" in where:
                continue
            drawn = unicodedata.category(char)[0] != "C" and fonts.find(char, face) is not None
            if not drawn and (char, where) not in found:
                context = text[max(0, index - 6) : index + 7]
                found[char, where] = Missing(char, where, "".join(c for c in context if c.isprintable()))
    return list(found.values())
