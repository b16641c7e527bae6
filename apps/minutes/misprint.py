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
BINDING = frozenset(
    "不未无没非否勿莫禁免止停废除应须必可得需要能会宜均各全只仅或外内上下前后起至超低高多少每日月年"
)
_MARKS = frozenset("，。、；：！？“”‘’（）《》〈〉【】—…·,.;:!?\"'()-－ \u3000\n\t")
# What may be a name that no list knows: the characters before one of these.
_NAMELIKE = re.compile(
    r"[\u4e00-\u9fff]{2,8}(?:公司|集团|工厂|医院|中心|街道|学校|学院|大学|协会|同志|镇|村|县|区)"
)
# What is a slip is a closed list: well-known confusions of words, the right spelling before the wrong one. They count in this
# word alone, so that no name (王芳, 王方) and no other word (工伤, 工商) is ever taken for one. No pair stands here of which both
# sides are words of such papers (权利, 权力; 制定, 制订), or that two words side by side make up (已及时, 以及时; 改正再验收,
# 改正在验收).
_CONFUSED = """
部署布署 部署部暑 纪要记要 会议记录会议纪录 措施错施 驱动趋动 趋势驱势 培训班培训斑 贯彻惯彻 督促督触 密切蜜切
台账台帐 账户帐户 账目帐目 账簿帐簿 账号帐号 对账对帐 记账记帐 账务帐务 建账建帐
作用做用 工作工做 作为做为 合作合做 操作操做 制作制做 做好作好 做法作法 做到作到 做实作实 做细作细 做强作强
再次在次 再度在度
好像好象 图像图象 影像影象 对象对像 现象现像 形象形像 气象气像 抽象抽像 印象印像
拨付拔付 拨款拔款 划拨划拔 下拨下拔 调拨调拔 选拔选拨
坚决坚绝 解决解绝 杜绝杜决 拒绝拒决
予以予已 业已业以 早已早以
立即立既 既然即然 磋商蹉商 联系连系 联合连合 连续联续 联席连席
部分部份 成分成份 身份身分 月份月分
防范防犯 规范规犯 模范模犯
反馈反溃 融合溶合 签署签暑 编辑编缉 逻辑逻缉 统筹统畴 范畴范筹 筹备畴备 撤销撒销
阶段阶断 手段手断 判断判段 诊断诊段 环节环结 辐射幅射 幅度辐度 竞争竟争 究竟究竞 急躁急燥 干燥干躁
脉搏脉博 频繁濒繁 濒临频临 气概气慨 概括慨括 遗憾遗撼 震撼震憾 赡养瞻养
"""
# 扎实地推进, 扎实的推进: after these words the one is as often typed for the other.
_HOW = """
扎实 认真 切实 有效 积极 全面 深入 主动 严格 稳步 有序 科学 依法 自觉 持续 稳妥 准确 更好 进一步
"""
PAIRS = (
    *((pair[: len(pair) // 2], pair[len(pair) // 2 :]) for pair in _CONFUSED.split()),
    *((f"{how}地", f"{how}的") for how in _HOW.split()),
)
# Little words that nobody writes twice on purpose, and that make up no name when they stand twice.
_DOUBLED = frozenset("的了与及在把被按并和")


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
    if [char for char in old if char in BINDING] != [char for char in new if char in BINDING]:
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
        places = (_first_letter(old, i1, i2), _first_letter(new, j1, j2))
        if not _is_slip(gone, come, old, new, places):
            return "文字有实质改动"
    return f"改动超过{MOST}个字" if touched > MOST else ""


def _letters(text: str) -> str:
    return "".join(char for char in text if char not in _MARKS)


def _first_letter(text: str, start: int, end: int) -> int:
    return next((place for place in range(start, end) if text[place] not in _MARKS), start)


def _is_slip(gone: str, come: str, old: str, new: str, places: tuple[int, int]) -> bool:
    """Marks only; one character for another in a word that is often confused; or a little word doubled by mistake."""
    if not gone and not come:
        return True
    if len(gone) == len(come) == 1:
        return any(
            _stand(old, new, places, one, other) or _stand(old, new, places, other, one)
            for one, other in PAIRS
        )
    return len(gone) == 1 and not come and gone in _DOUBLED and _doubled(old, places[0])


def _stand(old: str, new: str, places: tuple[int, int], was: str, now: str) -> bool:
    """The changed character is where these two spellings differ, and each text has its own around it."""
    differ = next(n for n, char in enumerate(was) if char != now[n])
    i, j = places[0] - differ, places[1] - differ
    return min(i, j) >= 0 and old.startswith(was, i) and new.startswith(now, j)


def _doubled(text: str, place: int) -> bool:
    """The character at this place stands beside its like."""
    char = text[place]
    return text[place - 1 : place] == char or text[place + 1 : place + 2] == char
