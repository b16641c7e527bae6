"""What the office's papers share (who issues them, how they are signed), and the 成员名单 as a typed paper."""

from collections.abc import Sequence
from datetime import date

from apps.common import settings_rows
from apps.documents.composition import (
    Block,
    Face,
    Layout,
    Paper,
    Run,
    Signature,
    chinese_date,
    heading,
    level_label,
    printed_name,
)

from . import selectors
from .enums import MEMBER_POSTS, PostKind
from .models import Appointment, Post, Unit

VACANT = "（空缺）"
SEALED_BY_HOST = "（代章）"
EVERYBODY = "联席会议各成员单位"
# A longer 署名 centred on the date under a seal would run over the right edge of the type area.
_WIDEST_SEALED = 16

_SECTIONS: tuple[tuple[str, PostKind], ...] = (
    ("主\u3000任", PostKind.OFFICE_DIRECTOR),
    ("副主任", PostKind.OFFICE_DEPUTY),
    ("成\u3000员", PostKind.OFFICE_MEMBER),
)


def letter_issuer() -> str:
    """The joint meeting issues no formal papers: its host unit does, or its office with the host's seal (代章)."""
    if settings_rows.value("letter_issuer") == "host":
        return selectors.host_unit().full_name
    return f"{settings_rows.value('office_name')}{SEALED_BY_HOST}"


def signed_by(issuer: str, day: date) -> Signature:
    """署名 and 成文日期 of a notice or letter, with room for the seal it bears."""
    return Signature(day, issuer, seal=len(issuer) <= _WIDEST_SEALED)


def addressees_of(asked: list[Unit]) -> tuple[str, ...]:
    """主送: 联席会议各成员单位 when every member unit is meant, else their names in the order given."""
    if {unit.pk for unit in asked} >= {unit.pk for unit in selectors.units()}:
        return (EVERYBODY,)
    return tuple(unit.short_name for unit in asked)


def itemised(lines: Sequence[str]) -> list[Block]:
    """Lines as paragraphs numbered （一）（二）, the label in 楷体 as a second level has it."""
    return [heading(2, level_label(2, number), line) for number, line in enumerate(lines, 1)]


def unmarked(words: str, marker: str) -> str:
    """The words without the mark of an example, where the sheet bears it in its corner already."""
    return words.removesuffix("（示例）") if marker else words


def bare_title(title: str, names: tuple[str, ...]) -> str:
    """A title without its unit's name, for tables that name the unit beside it (四级调研员)."""
    found = next((name for name in names if title.startswith(name) and title != name), "")
    return title.removeprefix(found)


def member_list(day: date) -> Paper:
    """成员名单 as of a day, after the charter's annex: convener, members, then the office (charter 二, C1–C9).

    Titles are those that were valid on the day; a post without a holder is printed as （空缺）. Two queries and the
    host unit's.
    """
    seats = selectors.seats_on(day)
    body_name = str(settings_rows.value("body_name"))
    members = [seat for seat in seats if seat[0].kind in MEMBER_POSTS]
    convener = [seat for seat in members if seat[0].kind == PostKind.CONVENER]
    others = [seat for seat in members if seat[0].kind != PostKind.CONVENER]
    body = [_line(f"（截至{chinese_date(day)}）", centred=True), *_people("召集人", convener)]
    body += _people("成\u3000员", others)
    where = f"联席会议办公室（设在{selectors.host_unit().short_name}）"
    body.append(Block((Run(where, Face.HEI),), level=1, flush=True))
    for label, kind in _SECTIONS:
        body += _people(label, [seat for seat in seats if seat[0].kind == kind])
    return Paper(
        mark="",
        title=f"{body_name}成员名单",
        layout=Layout.SHEET,
        body=tuple(body),
        words=(body_name, "成员名单"),
    )


def _line(text: str, *, centred: bool = False) -> Block:
    return Block((Run(text),), flush=True, centred=centred)


def _people(label: str, seats: list[tuple[Post, Appointment | None]]) -> list[Block]:
    """One line a person; the label stands before the first only, the names below each other."""
    blank = "\u3000" * (len(label) + 1)
    lead = [f"{label}：", *[blank] * (len(seats) - 1)]
    return [_line(f"{start}{_who(*seat)}") for start, seat in zip(lead, seats, strict=False)]


def _who(post: Post, held: Appointment | None) -> str:
    if held is None:
        return f"{VACANT}{post.unit.short_name}{post.level}"
    title = held.title or post.unit.short_name
    acting = "（主持工作）" if held.acting else ""
    name = printed_name(held.person.name)
    return f"{name}{chr(0x3000) * (4 - min(len(name), 3))}{title}{acting}"
