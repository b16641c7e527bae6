"""Whether a change is a misprint put right or a change of substance, decided by the difference alone.

Pure. Strict on purpose: what is not plainly a slip counts as substance, and goes back to those who agreed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
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
# What may be a name that no list knows: the characters before one of these.
_NAMELIKE = re.compile(
    r"[\u4e00-\u9fff]{2,8}(?:公司|集团|工厂|医院|中心|街道|学校|学院|大学|协会|同志|镇|村|县|区)"
)
# One character for another is a slip when both sound alike, as pypinyin reads them with their tone, or stand together here:
# of one look, or of one sound but for the tone.
_LOOKS = ("的地", "份分", "决绝", "以已", "即既", "拨拔", "磋蹉", "连联")
# Of one sound, and each of them makes another word of these papers (权利、权力；检查、检察；法制、法治；授权、受权): in doubt,
# so never a slip.
_APART = (
    "利力立例历励厉", "授受售寿", "察查茶", "制治质置至致志智挚", "务物误悟", "监兼间坚艰", "检减简剪", "公工供功攻", "司私思丝",
    "核合和河何", "负复付副附富赴父", "市事式是示试适室视势释士", "县现限献线", "界届借介戒", "实时识食十石拾", "行型形刑",
    "计技济际继绩季既", "意义议异益亿易艺", "期七欺", "其齐旗奇", "征争蒸", "证正政症", "成程承城诚乘呈惩", "员原源元援缘园", "支知之只",
    "职直值执", "会汇惠", "报暴抱", "备被倍", "近进尽晋", "经京精惊", "境静净敬镜", "金今斤津", "级及急集极", "费废肺", "病并",
    "健件建见荐鉴",
    "尘陈沉晨", "毒独读", "防房妨", "长常场偿", "安案按", "查插", "定订", "交缴教郊", "收首守手", "申身深", "生声升省", "关管", "保宝饱",
    "登灯", "升声", "用", "位为未卫味", "伟委尾", "同童铜", "通", "有友", "元园", "辖霞",
)  # fmt: skip


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
    if _NAMELIKE.findall(_letters(old)) != _NAMELIKE.findall(_letters(new)):
        found.append("改动处可能是单位、地名或姓名")
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
        return _alike(gone, come)
    if len(gone) == 1 and not come:
        return _doubled(old, old.find(gone, i))
    return False


def _alike(one: str, other: str) -> bool:
    """Of one sound with its tone, or of one look, and no other word by that."""
    if any(one in group and other in group for group in _LOOKS):
        return True
    if any(one in group and other in group for group in _APART):
        return False
    return bool(_sound(one)) and _sound(one) == _sound(other)


@lru_cache(maxsize=4096)
def _sound(char: str) -> str:
    """The common reading with its tone as a digit; empty for what is no Chinese character."""
    from pypinyin import Style, lazy_pinyin  # its tables take a tenth of a second to load

    if not "\u4e00" <= char <= "\u9fff":
        return ""
    return str(lazy_pinyin(char, style=Style.TONE3, neutral_tone_with_five=True)[0])


def _doubled(text: str, place: int) -> bool:
    """The character at this place stands beside its like."""
    char = text[place]
    return text[place - 1 : place] == char or text[place + 1 : place + 2] == char
