"""Lines of a title: words whole, shaped as a trapezium or a lozenge, never an hourglass (row 14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from . import fonts
from .lines import _ATOM, NOT_END, NOT_START
from .model import Face

NEAR = 3.5  # characters from the mean width
WIDEST = 18  # characters of 22 pt that leave air on both sides of a 156 mm line

# Words common in official titles: a break inside one costs more than an unlovely shape.
WORDS = [
    "关于",
    "印发",
    "转发",
    "批转",
    "召开",
    "举行",
    "组织",
    "开展",
    "进一步",
    "加强",
    "做好",
    "推进",
    "落实",
    "贯彻",
    "实施",
    "建立",
    "健全",
    "完善",
    "调整",
    "成立",
    "报送",
    "征求",
    "审议",
    "研究",
    "通报",
    "公布",
    "联席会议",
    "全体会议",
    "专题会议",
    "工作会议",
    "电视电话会议",
    "会议",
    "纪要",
    "会议纪要",
    "通知",
    "会议通知",
    "通报",
    "请示",
    "报告",
    "函",
    "意见",
    "方案",
    "办法",
    "制度",
    "要点",
    "计划",
    "总结",
    "规划",
    "职业病",
    "防治",
    "职业病防治",
    "尘肺病",
    "职业健康",
    "宣传周",
    "活动",
    "工作",
    "情况",
    "进展",
    "进展情况",
    "事项",
    "议定",
    "机制",
    "责任",
    "分工",
    "任务",
    "专项",
    "整治",
    "治理",
    "攻坚",
    "行动",
    "检查",
    "执法",
    "联合",
    "督查",
    "监测",
    "预警",
    "信息",
    "信息通报",
    "建设项目",
    "三同时",
    "成员",
    "成员单位",
    "名单",
    "办公室",
    "委员会",
    "领导小组",
    "人民政府",
    "卫生健康",
    "年度",
    "季度",
    "第一次",
    "第二次",
    "第三次",
    "第四次",
    "第五次",
    "第六次",
    "各成员单位",
    "有关",
    "部门",
    "单位",
    "企业",
    "用人单位",
    "重点",
    "行业",
    "危害",
    "粉尘",
    "参会",
    "回执",
    "附件",
    "通知书",
    "征求意见",
    "征求意见函",
    "更正",
    "更正通知",
]
NEVER_FIRST = frozenset("的了等之")
BEFORE = ("关于", "和", "与", "及")  # a line should not end with these, nor begin with the last three


@lru_cache(maxsize=256)
def balance(title: str, words: tuple[str, ...] = (), widest: int = WIDEST) -> tuple[str, ...]:
    """The title's lines. A "\\n" in it is obeyed."""
    if "\n" in title:
        return tuple(part for part in title.split("\n") if part)
    parts = [match.group() for match in _ATOM.finditer(title)]
    width = _width(title)
    if width <= widest:
        return (title,)
    bad = _inside_words(title, (*WORDS, *words))
    places = _places(parts)
    count = -(-int(width * 2) // (widest * 2))
    for lines in range(count, count + 3):
        best = _best(title, places, bad, lines, widest)
        if best:
            return best
    return _by_width(parts, widest)


def _by_width(parts: Sequence[str], widest: int) -> tuple[str, ...]:
    """Lines filled one after the other: for what cannot be balanced, like a word longer than a line."""
    lines = [""]
    for part in parts:
        pieces = [part] if _width(part) <= widest else list(part)
        for piece in pieces:
            if lines[-1] and _width(lines[-1] + piece) > widest and piece[0] not in NOT_START:
                lines.append("")
            lines[-1] += piece
    return tuple(lines)


def _places(parts: Sequence[str]) -> list[int]:
    """Offsets where a line may legally end."""
    found, offset = [], 0
    for before, after in pairwise(parts):
        offset += len(before)
        if after[0] not in NOT_START | NEVER_FIRST and before[-1] not in NOT_END:
            found.append(offset)
    return found


def _inside_words(title: str, words: Sequence[str]) -> dict[int, int]:
    """Offset -> length of the longest known word a break there would cut."""
    found: dict[int, int] = {}
    for word in set(words):
        start = title.find(word) if word else -1
        while start >= 0:
            for offset in range(start + 1, start + len(word)):
                found[offset] = max(found.get(offset, 0), len(word))
            start = title.find(word, start + 1)
    depth = 0
    for offset, char in enumerate(title):  # a named work stays whole if it can
        depth += (char in "《“（") - (char in "》”）")
        if depth:
            found[offset + 1] = max(found.get(offset + 1, 0), 3)
    return found


def _best(
    title: str, places: list[int], bad: dict[int, int], lines: int, widest: int
) -> tuple[str, ...] | None:
    best: tuple[float, tuple[str, ...]] | None = None
    for split, cut_cost in _splits(title, places, bad, lines, widest):
        widths = [_width(part) for part in split]
        cost = _shape(widths) + cut_cost
        cost += sum(6.0 for part in split[:-1] if part.endswith(BEFORE))
        cost += sum(3.0 for part in split[1:] if part.startswith(BEFORE[1:]))
        cost += sum(4.0 for width in widths if width > widest)
        if best is None or cost < best[0] - 1e-9:
            best = (cost, split)
    return best[1] if best else None


def _splits(
    title: str, places: list[int], bad: dict[int, int], lines: int, widest: int
) -> Iterator[tuple[tuple[str, ...], float]]:
    """Ways to cut a title into ``lines``, with the cost of the words cut.

    Lines of a title of four or more are looked for near their mean width only, or there would be millions.
    """
    ends = [0.0]
    for char in title:
        ends.append(ends[-1] + _width(char))
    mean, total = ends[-1] / lines, ends[-1]
    low, high = (
        max(4.0, mean - NEAR if lines > 3 else 4.0),
        min(widest + 1.5, mean + NEAR if lines > 3 else 99.0),
    )

    def walk(
        start: int, left: int, cuts: tuple[int, ...], cost: float
    ) -> Iterator[tuple[tuple[int, ...], float]]:
        if left == 1:
            if low <= total - ends[start] <= high:
                yield cuts, cost
            return
        for place in places:
            width = ends[place] - ends[start]
            rest = total - ends[place]
            if place > start and low <= width <= high and low * (left - 1) <= rest <= high * (left - 1):
                extra = 8.0 + bad[place] if place in bad else 0.0
                yield from walk(place, left - 1, (*cuts, place), cost + extra)

    for cuts, cost in walk(0, lines, (), 0.0):
        yield tuple(title[a:b] for a, b in pairwise((0, *cuts, len(title)))), cost


def _shape(widths: list[float]) -> float:
    """Cost of an outline: an hourglass is out, equal lines are poor, steps of one to four are good."""
    cost = max(widths) - min(widths)
    for a, b in pairwise(widths):
        cost += 1.5 if abs(a - b) < 0.5 else 0.0
    for a, b, c in zip(widths, widths[1:], widths[2:], strict=False):
        cost += 12.0 if b < a and b < c else 0.0
    return cost * 0.6


def _width(text: str) -> float:
    """In characters of the title: half for a figure or a mark, a Latin letter as its font draws it."""
    return sum(map(_char_width, text))


@lru_cache(maxsize=4096)
def _char_width(char: str) -> float:
    if not char.isascii():
        return 1.0
    font = fonts.find(char, Face.TITLE) if char.isalpha() else None
    return font.advance(char) if font else 0.5
