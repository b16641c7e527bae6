"""进展情况通报, 年度总结 and 信息通报 as typed papers. No writes; no figures but the frozen ones."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from apps.common import settings_rows
from apps.documents.composition import (
    Align,
    Attachment,
    Block,
    Cell,
    Imprint,
    Layout,
    Paper,
    Table,
    heading,
    level_label,
    paragraph,
)
from apps.roster.models import Unit
from apps.roster.papers import EVERYBODY, SEALED_BY_HOST, addressees_of, letter_issuer, signed_by
from apps.roster.selectors import units

from . import wording
from .enums import BulletinKind, BulletinState, SectionCode
from .models import Bulletin, Information, Section

ATTACHED = "议定事项有关情况清单"
_NUMBERED = re.compile(r"^（[一二三四五六七八九十百]+）")
# What stands at the top left while the paper is none yet.
_DRAFT_WORDS = {
    BulletinState.DRAFTING: "草稿",
    BulletinState.SUBMITTED: "送审稿",
    BulletinState.APPROVED: "待编号",
}
_UNIT_HEAD = ("单位", "牵头", "按期办结", "逾期办结", "推进中", "超期", "长期坚持")
_TROUBLED_HEAD = ("序号", "议定事项", "牵头单位", "情况和时限", "存在问题", "下一步措施")
_EXTENDED_HEAD = ("序号", "议定事项", "牵头单位", "延期情况")
_CHANGES_HEAD = ("变化", "议定事项", "牵头单位", "说明")
Rows = list[tuple[Cell | str, ...]]


def bulletin_paper(
    bulletin: Bulletin,
    *,
    sections: Sequence[Section] | None = None,
    number: str = "",
    printed_on: date | None = None,
    final: bool = False,
) -> Paper:
    """A 通报 or 总结 as its rows stand. `final`: numbered, without the words of a draft. Three queries at most.

    Charter 四（二）: 及时向各成员单位通报工作进展情况. It goes out under the issuer of letters (the joint meeting issues
    none itself); its tables are the snapshot's.
    """
    issuer = letter_issuer()
    day = bulletin.signed_on or timezone.localdate()
    parts = list(bulletin.sections.all()) if sections is None else sections
    return Paper(
        mark=issuer.removesuffix(SEALED_BY_HOST),
        title=bulletin.title,
        layout=Layout.OFFICIAL,
        number=number,
        corner=() if final else (_DRAFT_WORDS.get(BulletinState(bulletin.state), ""),),
        marker=bulletin.marker,
        addressees=(EVERYBODY,),
        body=_body(bulletin, parts),
        attachments=_attachments(bulletin.snapshot),
        signature=signed_by(issuer, day),
        imprint=Imprint(
            report_to=(str(settings_rows.value("report_to")),) if bulletin.report_up else (),
            issuer=issuer.removesuffix(SEALED_BY_HOST),
            printed_on=printed_on or bulletin.printed_on or day,
        ),
        words=(str(settings_rows.value("body_name")), bulletin.period),
    )


def _body(bulletin: Bulletin, sections: Sequence[Section]) -> tuple[Block | Table, ...]:
    until = wording.day_words(bulletin.snapshot["ends_on"])
    if bulletin.kind == BulletinKind.ANNUAL:
        first = f"现将{bulletin.period}联席会议工作情况总结如下（议定事项进展截至{until}）："
    else:
        first = f"现将联席会议议定事项进展情况（截至{until}）通报如下："
    blocks: list[Block | Table] = [paragraph(first)]
    for place, section in enumerate((row for row in sections if row.text.strip()), 1):
        blocks.append(heading(1, f"{level_label(1, place)}{section.heading}"))
        blocks += text_blocks(section.text)
        if section.code == SectionCode.UNITS:
            blocks.append(unit_table(bulletin.snapshot))
    return tuple(blocks)


def text_blocks(text: str) -> list[Block]:
    """A block a line; （一）… is a second-level heading up to its first 。."""
    return [_block(line.strip()) for line in text.split("\n") if line.strip()]


def _block(line: str) -> Block:
    if not _NUMBERED.match(line):
        return paragraph(line)
    head, stop, rest = line.partition("。")
    return heading(2, head + stop, rest)


def unit_table(snapshot: dict[str, Any]) -> Table:
    """Each unit's matters by state, in charter order: figures, no ranking."""
    rows: Rows = [
        (row["unit"], *(_figure(row[name]) for name in ("all", "on_time", "late", "running", "overdue", "standing")))
        for row in snapshot["units"]
    ]  # fmt: skip
    return Table(widths=(6, 2.6, 4.1, 4.1, 3.6, 3.1, 4.5), rows=(_UNIT_HEAD, *rows), height=1, size=12)


def _figure(count: int) -> str:
    return str(count) if count else "—"


def _attachments(snapshot: dict[str, Any]) -> tuple[Attachment, ...]:
    """One attachment with the lists that hold something: 超期和受阻, 延期, 变化. None when all are empty."""
    found = (
        ("超期和受阻事项", _table((2, 7.25, 3.75, 5.5, 4.75, 4.75), _TROUBLED_HEAD, _troubled(snapshot))),
        ("延期事项", _table((2, 11, 4.5, 10.5), _EXTENDED_HEAD, _extended(snapshot))),
        ("与上期通报相比的变化", _table((3.5, 10.5, 5, 9), _CHANGES_HEAD, changes_rows(snapshot))),
    )
    body: list[Block | Table] = []
    for place, (title, table) in enumerate((row for row in found if row[1] is not None), 1):
        body += [heading(1, f"{level_label(1, place)}{title}"), table]
    return (Attachment(ATTACHED, tuple(body)),) if body else ()


def _table(widths: tuple[float, ...], head: tuple[str, ...], rows: Iterable[tuple[Cell | str, ...]]) -> Any:
    kept = list(rows)
    return Table(widths=widths, rows=(head, *kept), height=1, size=10.5) if kept else None


def _item(line: dict[str, Any]) -> Cell:
    return Cell(f"{line['text']}（{line['label']}）", align=Align.LEFT)


def _leads(line: dict[str, Any]) -> str:
    return "、".join(line.get("leads", ()))


def _troubled(snapshot: dict[str, Any]) -> Rows:
    return [
        (
            str(place),
            _item(line),
            _leads(line),
            Cell(_standing(line), align=Align.LEFT),
            Cell(line["problem"] or "尚未报告", align=Align.LEFT),
            Cell(line["next_step"] or "尚未报告", align=Align.LEFT),
        )
        for place, line in enumerate(snapshot["troubled"], 1)
    ]


def _standing(line: dict[str, Any]) -> str:
    """超期16个工作日, and the deadline on a line of its own."""
    late = (f"超期{-line['left']}个工作日" if line["left"] else "超期") if line["state"] == "overdue" else ""
    parts = [late, "受阻" if line["blocked"] else "", wording.deadline_words(line)]
    return "\n".join(part for part in parts if part)


def _extended(snapshot: dict[str, Any]) -> Rows:
    return [
        (str(place), _item(line), _leads(line), Cell(wording.deadline_words(line), align=Align.LEFT))
        for place, line in enumerate(snapshot["extended"], 1)
    ]


def changes_rows(snapshot: dict[str, Any]) -> Rows:
    """What changed since the last bulletin, a line a matter: kind of change, matter, leads, words."""
    changes = snapshot["changes"]
    if not changes:
        return []
    told = (
        ("closed", "新办结", lambda line: f"{wording.day_words(line['closed_on'])}办结"),
        ("opened", "新交办", lambda line: f"{wording.day_words(line['opened_on'])}交办"),
        ("overdue", "新增超期", wording.late_words),
        ("moved", "调整时限", lambda line: f"由{wording.day_words(line['was'])}调整为{wording.day_words(line['effective'])}"),
        ("ended", "终止或合并", lambda line: line["how"]),
    )  # fmt: skip
    return [
        (label, _item(line), _leads(line), say(line)) for name, label, say in told for line in changes[name]
    ]


def information_paper(
    information: Information, *, to: Sequence[Unit] = (), number: str = "", on: date | None = None
) -> Paper:
    """信息通报: what a unit tells the others, under the issuer of letters. `to` empty: every member unit. Two queries."""
    issuer = letter_issuer()
    day = on or information.issued_on or timezone.localdate()
    text = text_blocks(information.text)
    return Paper(
        mark=issuer.removesuffix(SEALED_BY_HOST),
        title=information_title(information),
        layout=Layout.OFFICIAL,
        number=number,
        corner=() if number else ("草稿",),
        marker=information.marker,
        addressees=addressees_of(list(to) or units()),
        body=(paragraph(f"现将{information.unit}报送的有关信息通报如下，供参考。"), *text),
        attachments=tuple(Attachment(_stem(file.name)) for file in information.files.all())
        if information.pk
        else (),
        signature=signed_by(issuer, day),
        imprint=Imprint(issuer=issuer.removesuffix(SEALED_BY_HOST), printed_on=day),
        words=(str(information.unit), str(settings_rows.value("body_name"))),
    )


def information_title(information: Information) -> str:
    """关于…的信息通报, unless it is called so already."""
    title = information.title.strip().rstrip("。")
    if information.marker:
        title = title.removesuffix("（示例）")
    return title if title.endswith("通报") else f"关于{title.removeprefix('关于')}的信息通报"


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name
