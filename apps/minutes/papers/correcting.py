"""更正通知: what in an issued 纪要 was wrong and what is right, found by comparing the two frozen versions."""

from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from apps.common import settings_rows
from apps.dispatch.models import Delivery
from apps.dispatch.selectors import deliveries_of
from apps.documents.composition import (
    Block,
    Imprint,
    Layout,
    Paper,
    PaperError,
    chinese_date,
    from_dict,
    level_label,
    paragraph,
    plain_text,
)
from apps.documents.models import ArchivedPaper
from apps.minutes.models import Correction
from apps.roster.papers import SEALED_BY_HOST, addressees_of, letter_issuer, signed_by

# A clause ends or begins at one of these: a change is quoted with the clause it stands in.
_CLAUSE_EDGES = "，。；（）！？"
_LISTS = ("出席：", "请假：", "列席：")
_LIKE = 0.5  # how alike two paragraphs are that are taken for one and the same


def correction_notice(correction: Correction, *, number: str = "") -> Paper:
    """更正通知 to all who had the wrong version (C11: the number stays, the version rises).

    `number` is the issuer's own (typed in). Give `correction` with paper__previous and minutes__meeting; at most
    six queries.
    """
    new, old = correction.paper, correction.paper.previous
    issuer = letter_issuer()
    copies = deliveries_of(old) if old else []
    above = tuple(copy.recipient.name for copy in copies if copy.recipient.is_superior)
    return Paper(
        mark=issuer.removesuffix(SEALED_BY_HOST),
        title=correction_title(old.title if old else new.title),
        layout=Layout.OFFICIAL,
        number=number,
        marker=correction.minutes.meeting.marker,
        addressees=_addressees(copies),
        body=tuple(_body(correction, new, old)),
        signature=signed_by(issuer, correction.corrected_on),
        imprint=Imprint(
            report_to=above, issuer=issuer.removesuffix(SEALED_BY_HOST), printed_on=correction.corrected_on
        ),
        words=(f"《{old.title if old else new.title}》", str(settings_rows.value("body_name"))),
    )


def correction_title(title: str) -> str:
    """What the 更正通知 of a 纪要 with this title is called."""
    return f"关于更正《{title}》的通知"


def changes(old: ArchivedPaper, new: ArchivedPaper) -> list[str]:
    """Each difference of the two texts as a sentence, in the order of the paper; 版记 and head do not count.

    Numbers of resolutions are looked at apart: one that only moved up or down is not told, but that numbers moved is.
    """
    before, after = _paragraphs(old), _paragraphs(new)
    bare_old, bare_new = [_split(line)[1] for line in before], [_split(line)[1] for line in after]
    found: list[str] = []
    moved = False
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, bare_old, bare_new, autojunk=False).get_opcodes():
        if tag == "equal":
            moved = moved or before[i1:i2] != after[j1:j2]
            continue
        for was, now in _paired(before[i1:i2], after[j1:j2]):
            moved = moved or bool(was and now and _split(was)[0] != _split(now)[0])
            found.append(_told(was, now))
    return [*found, "其后各项序号依次调整"] if moved else found


def _split(line: str) -> tuple[str, str]:
    """（三） and the words after it; an empty number for any other paragraph."""
    end = line.find("）") + 1
    return (line[:end], line[end:]) if line.startswith("（") and 0 < end <= 5 else ("", line)


def _paired(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    """Paragraphs that differ, side by side: as many on both sides go in order, else each finds its likest."""
    if len(old) == len(new):
        yield from zip(old, new, strict=True)
        return
    place = 0
    for was in old:
        likest = max(range(place, len(new)), key=lambda n: _likeness(was, new[n]), default=None)
        if likest is None or _likeness(was, new[likest]) < _LIKE:
            yield was, ""
            continue
        yield from (("", now) for now in new[place:likest])
        yield was, new[likest]
        place = likest + 1
    yield from (("", now) for now in new[place:])


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, _split(one)[1], _split(other)[1], autojunk=False).ratio()


def _told(was: str, now: str) -> str:
    if was and now:
        return quoted_change(was, now)
    number, words = _split(was or now)
    verb = "增加" if now else "删去"
    return f"{verb}第{number}项“{_quoted(words)}”" if number else f"{verb}“{_quoted(words)}”"


def _addressees(copies: list[Delivery]) -> tuple[str, ...]:
    """Those who had the paper, the superior left out: he is named in the 版记."""
    units = [copy.recipient.unit for copy in copies if copy.recipient.unit and not copy.recipient.is_superior]
    others = [
        copy.recipient.name for copy in copies if not copy.recipient.unit and not copy.recipient.is_superior
    ]
    return (*(addressees_of(units) if units else ()), *others)


def _body(correction: Correction, new: ArchivedPaper, old: ArchivedPaper | None) -> Iterator[Block]:
    which = f"《{old.title if old else new.title}》" + (f"（{new.number_text}）" if new.number_text else "")
    issued = f"{chinese_date(old.printed_on)}印发的" if old and old.printed_on else ""
    yield paragraph(f"{issued}{which}有误，现更正如下：")
    found = changes(old, new) if old else []
    for place, words in enumerate(found, 1):  # 1., 2.: the words begin with 第（五）项 often enough
        yield paragraph(f"{level_label(3, place) if len(found) > 1 else ''}{words}。")
    yield paragraph(f"更正原因：{correction.reason.strip().rstrip('。')}。")
    consented = "、".join(unit.short_name for unit in correction.consented.all())
    agreed = f"已征得{consented}同意，并" if consented else ""
    yield paragraph(
        f"以上更正{agreed}经{correction.approved_by}批准。{which}文号不变，请以更正后的版本为准，原件作废。"
    )
    yield paragraph("请收文单位及时更换，原件不再使用、引用和转发；已据此部署工作的，请按更正后的内容执行。")


def _paragraphs(paper: ArchivedPaper) -> list[str]:
    """The text that counts: title, body and names, without head and 版记, whose dates change with every version."""
    try:
        whole = from_dict(paper.data)
    except PaperError:  # a paper entered without its data has its text only
        return [line for line in paper.text.split("\n") if line.strip()]
    bare = replace(
        whole, mark="", number="", corner=(), marker="", imprint=None, head_issuer="", head_date=None
    )
    return plain_text(bare).split("\n")


def quoted_change(old: str, new: str) -> str:
    """第（五）项中“完成时限：2027年3月30日前”更正为“…31日前”: the clause round the change, and where it stands."""
    (_old, was_all), (_new, right_all) = _split(old), _split(new)
    start, end_old, end_new = _span(was_all, right_all)
    was, right = was_all[start:end_old], right_all[start:end_new]
    if not was or not right:
        was, right = was_all, right_all
    return f"{_place(old)}“{_quoted(was)}”更正为“{_quoted(right)}”"


def _span(old: str, new: str) -> tuple[int, int, int]:
    """Where the two begin and cease to differ, widened to the marks of the clause around."""
    shortest = min(len(old), len(new))
    start = next((n for n in range(shortest) if old[n] != new[n]), shortest)
    same = next((n for n in range(shortest - start) if old[-1 - n] != new[-1 - n]), shortest - start)
    while start > 0 and old[start - 1] not in _CLAUSE_EDGES:
        start -= 1
    while same > 0 and old[len(old) - same] not in _CLAUSE_EDGES:
        same -= 1
    return start, len(old) - same, len(new) - same


def _place(words: str) -> str:
    """第（五）项中 for a numbered resolution, 出席名单中 for a list, else the paragraph by its first words."""
    if number := _split(words)[0]:
        return f"第{number}项中"
    if words.startswith(_LISTS):
        return f"{words[:2]}名单中"
    return f"以“{_quoted(words[:10])}”开头的一段中" if len(words) > 40 else ""


def _quoted(words: str) -> str:
    """The words inside quotation marks: those they hold become the inner ones."""
    return words.rstrip("。").replace("“", "‘").replace("”", "’")
