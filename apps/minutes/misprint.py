"""Whether a change is a misprint put right or a change of substance, decided by the difference alone.

Pure. Strict on purpose: what is not plainly a slip counts as substance, and goes back to those who agreed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

MOST = 10  # characters of a passage that a misprint may touch
_NUMBER = re.compile(
    r"[0-9０-９]+(?:[.．,，:：/／\-—~～][0-9０-９]+)*[%％‰℃]?|[〇零一二三四五六七八九十百千万亿两半几]+|[A-Za-z]+"
)
# Words that turn a sentence round, bind somebody, or draw a circle round who and what.
_BINDING = frozenset(
    "不未无没非否勿莫禁免止停废除应须必可得需要能会宜均各全只仅或外内上下前后起至超低高多少每日月年"
)
_MARKS = frozenset("，。、；：！？“”‘’（）《》〈〉【】—…·,.;:!?\"'()-－ \u3000\n\t")
# Characters of one sound (or one look) that are taken for each other: only within a group is a swap a slip.
_GROUPS = (
    "的地", "做作", "账帐", "他她它", "像象", "份分", "决绝", "以已", "在再", "即既", "连联", "检捡", "辩辨辫", "纪记", "启起",
    "布部", "署暑", "蓝篮", "合和", "定订", "制治致", "竟竞", "届界", "拨拔", "磋蹉", "唯惟", "型形", "坐座", "化划", "响向", "线限",
)  # fmt: skip
_SAME = {char: group for group in _GROUPS for char in group}


@dataclass(frozen=True)
class Words:
    """A passage as it is compared: its text, and everything else that was agreed to."""

    text: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """Why the change is one of substance, in Chinese sentences; none: a misprint."""

    reasons: tuple[str, ...] = ()

    @property
    def is_misprint(self) -> bool:
        """True when the text may be put right without asking anybody again."""
        return not self.reasons


def judge(before: Words, after: Words, *, names: Iterable[str] = ()) -> Verdict:
    """Compare two versions of a passage. `names`: units and people, none of which may come, go or move."""
    old, new = before.text.strip(), after.text.strip()
    found = []
    if dict(before.fields) != dict(after.fields):
        found.append("单位、时限或其他要素有改动")
    if _NUMBER.findall(old) != _NUMBER.findall(new):
        found.append("日期、数字有改动")
    ordered = sorted({name for name in names if name}, key=len, reverse=True)
    if _named(old, ordered) != _named(new, ordered):
        found.append("单位名称或姓名有改动")
    if [char for char in old if char in _BINDING] != [char for char in new if char in _BINDING]:
        found.append("有关要求、否定或范围的字有增减")
    if why := _substance(old, new):
        found.append(why)
    return Verdict(tuple(found))


def _named(text: str, names: list[str]) -> list[str]:
    if not names:
        return []
    return re.findall("|".join(re.escape(name) for name in names), text)


def _substance(old: str, new: str) -> str:
    """Why the characters that differ are no slip; empty when every one of them is."""
    touched = 0
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, come = _letters(old[i1:i2]), _letters(new[j1:j2])
        touched += max(i2 - i1, j2 - j1)
        if not _is_slip(gone, come, old, i1, new, j1):
            return "文字有实质改动"
    return f"改动超过{MOST}个字" if touched > MOST else ""


def _letters(text: str) -> str:
    return "".join(char for char in text if char not in _MARKS)


def _is_slip(gone: str, come: str, old: str, i: int, new: str, j: int) -> bool:
    """Marks only; one character for another of its sound; or one doubled, or left out of a pair, by mistake."""
    if not gone and not come:
        return True
    if len(gone) == len(come) == 1:
        return come in _SAME.get(gone, "")
    if len(gone) == 1 and not come:
        return _doubled(old, old.find(gone, i))
    return False


def _doubled(text: str, place: int) -> bool:
    """The character at this place stands beside its like."""
    char = text[place]
    return text[place - 1 : place] == char or text[place + 1 : place + 2] == char
