"""出席, 请假, 列席 as somebody edits them in a 更正: one line a unit, and back into the lists of the paper.

`市发改委：张三、李四（代王五）` is a unit with its people and a note; a line without a colon is a body (各县卫健局) or,
where it is as short as a name or the list is of members, people without a unit.
"""

import re

from apps.documents.composition import NameGroup, NameList, PaperError, from_dict

from . import papers
from .models import Minutes

LABELS = ("出席", "请假", "列席")
_NOTE = re.compile(r"^(?P<names>.*?)（(?P<note>[^（）]*)）$")
_NAME = 4  # characters: a longer word among the observers is a body

Texts = dict[str, str]


def printed(minutes: Minutes) -> tuple[NameList, ...]:
    """The lists as the paper in force has them; what the sign-in list says meanwhile does not count."""
    if minutes.paper is not None:
        try:
            return from_dict(minutes.paper.data).names
        except PaperError:  # a paper entered without its data
            pass
    return papers.names_of(minutes.meeting)


def texts_of(lists: tuple[NameList, ...]) -> Texts:
    """Label → lines, one a unit; every label is there."""
    found = {row.label: "\n".join(_line(group) for group in row.groups) for row in lists}
    return {label: found.get(label, "") for label in LABELS}


def _line(group: NameGroup) -> str:
    names = "、".join(group.names) + (f"（{group.note}）" if group.note else "")
    return f"{group.unit}：{names}" if group.unit and names else group.unit or names


def lists_of(texts: Texts, *, printed: tuple[NameList, ...] = ()) -> tuple[NameList, ...]:
    """The lists of the paper that the lines say. Empty ones are left out.

    A line that stands in the lists `printed` as it is keeps its group, even one that its line would not give back.
    """
    known = {row.label: {_spelt(group): group for group in row.groups} for row in printed}
    lists = [
        NameList(
            label,
            tuple(
                known.get(label, {}).get(line) or _group(label, line) for line in lines(texts.get(label, ""))
            ),
        )
        for label in LABELS
    ]
    return tuple(row for row in lists if row.groups)


def _spelt(group: NameGroup) -> str:
    return "".join(lines(_line(group)))


def lines(text: str) -> list[str]:
    """The lines that say something, each in the one spelling that is kept: full-width marks, no spaces."""
    tidy = [re.sub(r"[ \t\u3000]+", "", line).translate(_WIDE) for line in text.splitlines()]
    return [line for line in tidy if line]


_WIDE = str.maketrans({":": "：", ",": "、", "，": "、", "(": "（", ")": "）"})


def _group(label: str, line: str) -> NameGroup:
    unit, colon, rest = line.partition("：")
    if not colon:
        is_body = label == "列席" and len(line) > _NAME and len(_apart(line)) == 1
        return NameGroup(unit=line) if is_body else _people("", line)
    return _people(unit, rest) if rest else NameGroup(unit=unit)


def _people(unit: str, words: str) -> NameGroup:
    found = _NOTE.match(words)
    names, note = (found["names"], found["note"]) if found else (words, "")
    return NameGroup(tuple(_apart(names)), unit, note)


def _apart(words: str) -> list[str]:
    """The words between 、; one inside brackets (各县（市、区）) belongs to its word."""
    found, end, inside = [], len(words), False
    for place in range(len(words) - 1, -1, -1):  # from the end: the next bracket tells whether this is inside
        if words[place] in "（）":
            inside = words[place] == "）"
        elif words[place] == "、" and not inside:
            found.append(words[place + 1 : end])
            end = place
    return [word for word in reversed([*found, words[:end]]) if word]


def words_of(texts: Texts) -> str:
    """The lists as plain lines, for a comparison."""
    return "\n".join(f"{label}：{'；'.join(lines(texts[label]))}" for label in LABELS if texts.get(label))


def units_changed(before: Texts, after: Texts) -> list[str]:
    """Names of the units whose line came, went or reads otherwise."""
    found: list[str] = []
    for label in LABELS:
        old, new = lines(before.get(label, "")), lines(after.get(label, ""))
        differ = [row for row in old if row not in new] + [row for row in new if row not in old]
        found += [line.partition("：")[0] for line in differ]
    return list(dict.fromkeys(found))
