"""Reads a charter file into typed lines and refuses what does not fit together. Writes nothing.

Every refusal is a `yamlfile.Problem`: line and reason in Chinese.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from apps.common import fields, yamlfile
from apps.common.yamlfile import Problem, Table
from apps.roster.enums import PostKind

OFFICE_POSTS = {
    "办公室主任": PostKind.OFFICE_DIRECTOR,
    "办公室副主任": PostKind.OFFICE_DEPUTY,
    "办公室成员": PostKind.OFFICE_MEMBER,
}
ROLES = {"召集人": PostKind.CONVENER, "成员": PostKind.MEMBER}


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One clause; `unit` is None for the joint meeting's own."""

    code: str
    unit: str | None
    seq: int
    marker: str
    text: str


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One member unit. Orders count from 1."""

    code: str
    short_name: str
    full_name: str
    verified: bool
    category: str
    order: int
    roster_order: int
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PostLine:
    """One post of the office."""

    kind: PostKind
    unit: str
    level: str
    note: str


@dataclass(frozen=True, slots=True)
class HolderLine:
    """One person of the printed roster; `title` as printed, unit included."""

    kind: PostKind
    unit: str
    name: str
    title: str
    order: int


@dataclass(frozen=True)
class CharterFile:
    """A whole charter that fits together. `data` is everything in the file, for keeping."""

    data: dict[str, Any]
    title: str
    document_number: str
    issued_on: date
    host: str
    units: tuple[UnitLine, ...]
    duties: tuple[DutyLine, ...]
    posts: tuple[PostLine, ...]
    roster: tuple[HolderLine, ...]
    errata: dict[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Hash of the content: comments and layout of the file do not count."""
        text = json.dumps(self.data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def read(source: str | Path) -> CharterFile:
    """Read and check a charter file (a Path) or its text (a str). Raises Problem."""
    top = yamlfile.load(source)
    meta = top.need("meta", Table)
    units = _units(top)
    codes = {unit.code for unit in units}
    _composition(top, codes)
    rule = top.need("convener_rule", Table)
    return CharterFile(
        data=yamlfile.plain(top),
        title=_line(top, "charter_title", 200),
        document_number=_line(meta, "doc_number", 60),
        issued_on=meta.day("date"),
        host=_code(rule, "convener_unit", codes),
        units=units,
        duties=_duties(top),
        posts=_posts(top, codes),
        roster=_roster(top, codes, _code(rule, "convener_unit", codes)),
        errata=_errata(top),
    )


def _line(table: Table, key: str, limit: int) -> str:
    """A text of one line that may reach paper."""
    text = table.text(key)
    if "\n" in text:
        raise Problem(table.line_of(key), f"“{key}”应写在一行里。")
    return _checked(text.strip(), table.line_of(key), limit)


def _checked(text: str, line: int, limit: int) -> str:
    try:
        fields.plain(text)
    except ValidationError as error:
        raise Problem(line, error.messages[0]) from error
    if len(text) > limit:
        raise Problem(line, f"文字过长：最多{limit}字，现有{len(text)}字。")
    return text


def _code(table: Table, key: str, codes: set[str]) -> str:
    code = table.text(key)
    if code not in codes:
        raise Problem(table.line_of(key), f"“{code[:40]}”不在成员单位（units）中。")
    return code


def _count(table: Table, key: str, found: int, word: str) -> None:
    stated = table.need(key, int)
    if stated != found:
        raise Problem(table.line_of(key), f"“{key}”写的是{stated}，实际有{found}{word}。")


def _units(top: Table) -> tuple[UnitLine, ...]:
    rows = top.tables("units")
    found: list[UnitLine] = []
    names: dict[str, str] = {}
    for row in rows:
        unit = _unit(row)
        for name in dict.fromkeys((unit.code, unit.short_name, unit.full_name, *unit.aliases)):
            if name in names:
                raise Problem(row.line, f"名称“{name}”已用于“{names[name]}”。")
        names.update(
            dict.fromkeys((unit.code, unit.short_name, unit.full_name, *unit.aliases), unit.short_name)
        )
        found.append(unit)
    _distinct([(unit.order, row.line_of("order")) for unit, row in zip(found, rows, strict=True)])
    return tuple(found)


def _distinct(values: list[tuple[Any, int]]) -> None:
    seen: dict[Any, int] = {}
    for value, line in values:
        if value in seen:
            raise Problem(line, f"序号或编号“{value}”重复了，第{seen[value]}行已有。")
        seen[value] = line


def _unit(row: Table) -> UnitLine:
    code = row.text("id")
    if not code.isascii() or not code.replace("_", "").replace("-", "").isalnum() or len(code) > 40:
        raise Problem(row.line_of("id"), "单位的 id 只能用英文字母、数字、横线，不超过40个。")
    order = row.need("order", int)
    roster_order = row.get_kind("order_in_roster", int) or order
    if not (0 < order < 1000 and 0 < roster_order < 1000):
        raise Problem(row.line_of("order"), "序号应在1到999之间。")
    return UnitLine(
        code=code,
        short_name=_line(row, "short_name", 40),
        full_name=_line(row, "full_name", 80),
        verified=row.get("full_name_source") == "source",
        category=_line(row, "category", 20) if row.get("category") else "",
        order=order,
        roster_order=roster_order,
        aliases=tuple(_checked(alias.strip(), row.line_of("aliases"), 80) for alias in row.texts("aliases"))
        if "aliases" in row
        else (),
    )


def _composition(top: Table, codes: set[str]) -> None:
    """The units listed in the composition clause and in `units` must be the same."""
    part = top.need("composition", Table)
    order = part.texts("order")
    lines = part["order"].lines
    for code, line in zip(order, lines, strict=True):
        if code not in codes:
            raise Problem(line, f"组成单位“{code[:40]}”在 units 里没有。")
    _distinct(list(zip(order, lines, strict=True)))
    missing = codes - set(order)
    if missing:
        raise Problem(part.line_of("order"), f"单位“{min(missing)}”没有列入组成单位（composition.order）。")
    _count(part, "stated_count", len(order), "个单位")
    _count(top, "unit_count", len(codes), "个单位")


def _duties(top: Table) -> tuple[DutyLine, ...]:
    found, places = [], []
    for row in top.tables("joint_meeting_duties"):
        found.append(_duty(row, f"joint.{row.need('seq', int)}", None, "marker"))
        places.append((found[-1].code, row.line))
    own = len(found)
    for unit in top.tables("units"):
        rows = unit.tables("duties")
        for row in rows:
            found.append(_duty(row, _line(row, "id", 60), unit.text("id"), "marker_raw"))
            places.append((found[-1].code, row.line))
        _count(unit, "duty_count", len(rows), "项职责")
    _distinct(places)
    _count(top, "duty_count_total", len(found) - own, "项职责")
    return tuple(found)


def _duty(row: Table, code: str, unit: str | None, marker: str) -> DutyLine:
    seq = row.need("seq", int)
    if not 0 < seq < 1000:
        raise Problem(row.line_of("seq"), "序号应在1到999之间。")
    mark = (row.get_kind(marker, str) or "").strip()
    return DutyLine(
        code=code,
        unit=unit,
        seq=seq,
        marker=_checked(mark, row.line_of(marker), 10),
        text=_checked(row.text("text"), row.line_of("text"), 2000),
    )


def _posts(top: Table, codes: set[str]) -> tuple[PostLine, ...]:
    found, places = [], []
    for row in top.need("office_rule", Table).tables("posts"):
        kind = OFFICE_POSTS.get(row.text("post"))
        if kind is None:
            raise Problem(row.line_of("post"), f"办公室没有“{row.text('post')[:20]}”这个岗位。")
        found.append(
            PostLine(
                kind=kind,
                unit=_code(row, "unit", codes),
                level=_checked(row.get_kind("level", str) or "", row.line_of("level"), 40),
                note=_checked(row.get_kind("interpretation", str) or "", row.line_of("interpretation"), 200),
            )
        )
        places.append((f"{row.text('post')} {found[-1].unit}", row.line))
    _distinct(places)
    directors = [
        line for post, line in zip(found, places, strict=True) if post.kind == PostKind.OFFICE_DIRECTOR
    ]
    if len(directors) > 1:
        raise Problem(directors[1][1], "办公室主任只能有一名。")
    return tuple(found)


def _roster(top: Table, codes: set[str], host: str) -> tuple[HolderLine, ...]:
    rows = top.tables("roster")
    found = []
    for index, row in enumerate(rows):
        kind = ROLES.get(row.text("role"))
        if kind is None:
            raise Problem(
                row.line_of("role"), f"名单里的身份“{row.text('role')[:20]}”不认识，只有召集人、成员。"
            )
        unit = _code(row, "unit", codes)
        if kind == PostKind.CONVENER and unit != host:
            raise Problem(row.line_of("unit"), "召集人须来自牵头单位（convener_rule）。")
        order = row.get_kind("order", int)
        if order is not None and not 0 <= order < 1000:
            raise Problem(row.line_of("order"), "序号应在0到999之间。")
        found.append(
            HolderLine(
                kind,
                unit,
                _line(row, "name", 40),
                _line(row, "title_raw", 120),
                index if order is None else order,
            )
        )
    _distinct([((line.kind.label, line.unit), row.line) for line, row in zip(found, rows, strict=True)])
    _count(top, "roster_count", len(rows), "人")
    return tuple(found)


def _errata(top: Table) -> dict[str, str]:
    """Notes on misprints that concern a duty clause: code of the clause → note."""
    found: dict[str, str] = {}
    for row in top.tables("errata") if "errata" in top else []:
        where = row.text("where")
        if where.startswith("units.") and where.count(".") == 2:
            note = f"原文照录“{row.text('as_printed')}”；疑：{row.text('likely')}"
            found[where.removeprefix("units.")] = _checked(note, row.line, 200)
    return found
