"""The text proposed from a snapshot, part by part; the office edits it. Pure: no query, no clock.

A paragraph a line. A line that begins with （一） is a second-level heading up to its first 。.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from apps.documents.composition import chinese_date, level_label

from .enums import BulletinKind, SectionCode

Snapshot = dict[str, Any]
# Count → how it is told of a unit or of all, in this order; a count of none is left out.
_TOLD = (
    ("on_time", "按期办结"),
    ("late", "逾期办结"),
    ("running", "推进中"),
    ("overdue", "超期"),
    ("standing", "长期坚持"),
)
_SHORT = 40


def title_of(kind: str, period: str, body: str) -> str:
    """What a bulletin of this kind and period is called; `body` is the joint meeting's name."""
    if kind == BulletinKind.ANNUAL:
        return f"{body}{period}工作总结"
    return f"关于{period}议定事项进展情况的通报"


def heading_of(kind: str, code: str) -> str:
    """The heading of a part as proposed."""
    if kind == BulletinKind.ANNUAL and code == SectionCode.NEXT:
        return "下一年工作打算"
    return str(SectionCode(code).label)


def propose(code: str, snapshot: Snapshot, most: int = 8000) -> str:
    """The text of one part, from the figures alone.

    Matters that do not fit into `most` characters are left out from the end, and their number is said.
    """
    part = SectionCode(code)
    if part not in _BY_MATTER:
        return "\n".join(_MAKERS[part](snapshot))
    count, make = len(snapshot["troubled"]), _BY_MATTER[part]

    def without(left: int) -> str:
        return "\n".join(make(snapshot, left))

    return without(bisect_left(range(count), True, key=lambda left: len(without(left)) <= most))


def rest_words(left: int) -> str:
    """What stands for the matters left out."""
    return f"其余{left}项见台账。"


def _rest(left: int) -> list[str]:
    return [rest_words(left)] if left else []


def day_words(iso: str | None) -> str:
    """2026年11月23日 of an ISO date, an empty string of none."""
    return chinese_date(date.fromisoformat(iso)) if iso else ""


def counts_in_words(counts: dict[str, int]) -> str:
    """按期办结1项、推进中9项、超期3项: the counts that are not none."""
    return "、".join(f"{label}{counts[name]}项" for name, label in _TOLD if counts[name])


def shortened(text: str) -> str:
    """The matter's text as a heading: its first sentence, cut where it is too long for one line."""
    first = text.strip().split("\n")[0].split("。")[0].rstrip("；，、")
    return first if len(first) <= _SHORT else first[: _SHORT - 1] + "…"


def late_words(line: dict[str, Any]) -> str:
    """已超过时限16个工作日 / 受阻 / both."""
    left = line["left"]
    late = (f"已超过时限{-left}个工作日" if left else "已超过时限") if line["state"] == "overdue" else ""
    return "，".join(part for part in (late, "推进受阻" if line["blocked"] else "") if part)


def deadline_words(line: dict[str, Any]) -> str:
    """原定2026年9月30日，经同意延至2026年12月15日，第1次; the plain date where it never moved."""
    if not line["times"]:
        return day_words(line["effective"])
    return f"原定{day_words(line['due'])}，经同意延至{day_words(line['effective'])}，第{line['times']}次"


def _numbered(lines: Iterable[str]) -> list[str]:
    return [f"{level_label(2, number)}{line}" for number, line in enumerate(lines, 1)]


def _overall(snapshot: Snapshot) -> list[str]:
    totals = snapshot["totals"]
    until = day_words(snapshot["ends_on"])
    if not totals["all"]:
        return [f"截至{until}，没有列入跟踪督促的议定事项。"]
    said = [f"截至{until}，列入跟踪督促的议定事项共{totals['all']}项，其中{counts_in_words(totals)}。"]
    more = [
        (totals["extended"], f"经同意延期{totals['extended']}项"),
        (totals["blocked"], f"推进受阻{totals['blocked']}项"),
        (totals["soon"], f"临近时限或自评滞后{totals['soon']}项"),
    ]
    told = "，".join(words for count, words in more if count)
    return [*said, *([f"上述事项中，{told}。"] if told else []), *_since(snapshot)]


def _since(snapshot: Snapshot) -> list[str]:
    changes = snapshot["changes"]
    if not changes:
        return []
    parts = (
        ("closed", "新办结"),
        ("opened", "新交办"),
        ("overdue", "新增超期"),
        ("moved", "调整时限"),
        ("ended", "终止或合并"),
    )
    told = "，".join(f"{label}{len(changes[name])}项" for name, label in parts if changes[name])
    since = day_words(changes["since"])
    return [
        f"与上期通报（截至{since}）相比，{told}。" if told else f"与上期通报（截至{since}）相比，没有变化。"
    ]


def _units(snapshot: Snapshot) -> list[str]:
    """One sentence before the table, which holds the counts of every unit in charter order."""
    if not any(row["all"] for row in snapshot["units"]):
        return ["各成员单位目前没有牵头的议定事项。"]
    return [
        "各成员单位牵头事项落实情况见下表，按制度所列顺序排列；两个以上单位牵头的事项，分别计入各牵头单位。"
    ]


def _problems(snapshot: Snapshot, left: int = 0) -> list[str]:
    """Every overdue or blocked matter; without the last `left` of them."""
    troubled, totals = snapshot["troubled"], snapshot["totals"]
    if not troubled:
        return [f"截至{day_words(snapshot['ends_on'])}，没有超期和受阻的事项。"]
    counts = (("overdue", "超期"), ("blocked", "受阻"))
    told = "、".join(f"{label}{totals[name]}项" for name, label in counts if totals[name])
    return [
        f"截至{day_words(snapshot['ends_on'])}，{told}，具体如下：",
        *_numbered(_problem(line, with_step="year" in snapshot) for line in troubled[: len(troubled) - left]),
        *_rest(left),
    ]


def _problem(line: dict[str, Any], *, with_step: bool) -> str:
    """The matter as a heading, then who leads it, how late it is and what stands in the way; in a summary the next step."""
    why = _one_line(line["problem"])
    reason = f"存在问题：{why}。" if why else "牵头单位尚未报告存在的问题。"
    reason += f"下一步：{step}。" if with_step and (step := _one_line(line["next_step"])) else ""
    due = f"（时限：{deadline_words(line)}）" if line["effective"] else ""
    return f"{shortened(line['text'])}。{'、'.join(line['leads'])}牵头，{late_words(line)}{due}。{reason}"


def _one_line(text: str) -> str:
    return text.strip().replace("\n", "").rstrip("。")


def _next(snapshot: Snapshot, left: int = 0) -> list[str]:
    """What is asked of all, and what the leads say they will do; without the last `left` of these."""
    if "year" in snapshot:
        return _next_year(snapshot)
    found = []
    if snapshot["troubled"]:
        what = "超期和受阻事项" if snapshot["totals"]["blocked"] else "超期事项"
        leads = _leads(snapshot["troubled"], snapshot)
        found.append(f"抓紧推进{what}。{leads}要逐项分析原因，明确措施和完成时间，及时报送进展。")
    steps = [
        f"{shortened(line['text'])}。{'、'.join(line['leads'])}：{step}。"
        for line in snapshot["troubled"]
        if (step := _one_line(line["next_step"]))
    ]
    left = min(left, len(steps))
    found += steps[: len(steps) - left]
    if snapshot["soon"]:
        leads = _leads(snapshot["soon"], snapshot)
        found.append(f"盯紧临近时限的事项。{leads}要按时限要求办结；确需延期的，在时限届满前提出申请。")
    found.append("按时报送进展。各牵头单位每季度首月15日前报送进展情况，配合单位主动配合，形成合力。")
    return [*_numbered(found), *_rest(left)]


def _next_year(snapshot: Snapshot) -> list[str]:
    """下一年工作打算: what goes on, in its own words; the steps of single matters stand with their problems."""
    found = []
    if snapshot["troubled"]:
        leads = _leads(snapshot["troubled"], snapshot)
        found.append(f"续抓未了事项。{leads}牵头的超期、受阻事项转入下一年继续跟踪督促，办结一项、销号一项。")
    if snapshot["soon"]:
        leads = _leads(snapshot["soon"], snapshot)
        found.append(f"衔接年底年初的时限。{leads}牵头、即将到期的事项，做到年度交替不断档。")
    found.append("坚持例行通报。办公室按季度汇总各牵头单位报送的进展，及时向各成员单位通报。")
    return _numbered(found)


def _leads(lines: Sequence[dict[str, Any]], snapshot: Snapshot) -> str:
    """The lead units of some matters, each once, in charter order."""
    named = {name for line in lines for name in line["leads"]}
    return "、".join(row["unit"] for row in snapshot["units"] if row["unit"] in named)


def _meetings(snapshot: Snapshot) -> list[str]:
    held = snapshot["year"]["meetings"]
    span = f"{day_words(snapshot['starts_on'])}至{day_words(snapshot['ends_on'])}"
    if not held:
        return [f"{span}，没有召开会议。"]
    return [f"{span}，共召开会议{len(held)}次。", *_numbered(_meeting(row) for row in held)]


def _meeting(row: dict[str, str]) -> str:
    issued = f"，印发会议纪要{row['number']}" if row["number"] else ""
    return f"{row['title']}。{day_words(row['on'])}召开{issued}。"


def _papers(snapshot: Snapshot) -> list[str]:
    year = snapshot["year"]
    count = len(year["bulletins"])
    names = "、".join(f"《{row['title']}》（{row['number']}）" for row in year["bulletins"])
    first = f"印发进展情况通报{count}期：{names}。" if count else "没有印发进展情况通报。"
    return [
        first,
        f"印发信息通报{year['informations']}期。" if year["informations"] else "没有印发信息通报。",
    ]


_MAKERS: dict[SectionCode, Callable[[Snapshot], list[str]]] = {
    SectionCode.OVERALL: _overall,
    SectionCode.ITEMS: _overall,
    SectionCode.UNITS: _units,
    SectionCode.MEETINGS: _meetings,
    SectionCode.PAPERS: _papers,
    SectionCode.PROBLEMS: _problems,
    SectionCode.NEXT: _next,
}
# Parts that name the matters one by one.
_BY_MATTER: dict[SectionCode, Callable[[Snapshot, int], list[str]]] = {
    SectionCode.PROBLEMS: _problems,
    SectionCode.NEXT: _next,
}
