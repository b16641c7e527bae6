"""职责清单 as a typed paper: the joint meeting's duties and each unit's, verbatim."""

from datetime import date
from itertools import groupby

from apps.common import settings_rows
from apps.documents.composition import (
    Block,
    Face,
    Layout,
    Paper,
    Run,
    chinese_date,
    heading,
    level_label,
    paragraph,
)

from . import selectors
from .models import Duty


def duty_list(day: date) -> Paper:
    """职责清单 in force on a day: charter 一 (the joint meeting's) and 三 (each unit's), in the charter's order.

    Clauses are printed as they stand in their source, misprints too; what the data say of a misprint follows in
    brackets. One query.
    """
    duties = selectors.duties_on(day)
    body_name = str(settings_rows.value("body_name"))
    joint = [duty for duty in duties if duty.unit is None]
    own = [duty for duty in duties if duty.unit is not None]
    body: list[Block] = [Block((Run(f"（截至{chinese_date(day)}）"),), flush=True, centred=True)]
    sections = [("联席会议主要职责", _joint(joint)), ("成员单位主要职责", _of_units(own))]
    for number, (name, blocks) in enumerate(((n, b) for n, b in sections if b), 1):
        body += [heading(1, f"{level_label(1, number)}{name}"), *blocks]
    body.append(_sources(duties))
    return Paper(
        mark="",
        title=f"{body_name}职责清单",
        layout=Layout.SHEET,
        body=tuple(body),
        words=(body_name, "职责清单"),
    )


def _joint(duties: list[Duty]) -> list[Block]:
    return [_clause(duty, duty.marker or level_label(2, duty.seq)) for duty in duties]


def _of_units(duties: list[Duty]) -> list[Block]:
    blocks: list[Block] = []
    groups = groupby(duties, key=lambda duty: (duty.unit_id, duty.unit.short_name if duty.unit else ""))
    for number, ((_pk, name), rows) in enumerate(groups, 1):
        blocks.append(heading(2, f"{level_label(2, number)}{name}"))
        blocks += [_clause(duty, duty.marker.strip()) for duty in rows]
    return blocks


def _clause(duty: Duty, marker: str) -> Block:
    runs = (Run(f"{marker}{duty.text}"),)
    return Block((*runs, Run(f"（勘误注：{duty.erratum}）", Face.KAI)) if duty.erratum else runs)


def _sources(duties: list[Duty]) -> Block:
    """Where the clauses come from; those of another paper than the first are named by their place."""
    found = list(dict.fromkeys(duty.source for duty in duties))
    note = "条款逐字照录，原文错漏未改，勘误另注。"
    return paragraph(f"来源：{'、'.join(found)}。{note}" if found else "没有在该日有效的职责条款。")
