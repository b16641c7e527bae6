"""What a row of the exported sheet is known by when it comes back: its report, its moment, what stood in it. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from zlib import crc32

from .days import day_of

# Columns that are told and never read back, in the order of their prints. 序号 counts the rows of a sheet, no more.
TOLD = (
    "纪要编号", "议定事项", "牵头", "配合", "责任人", "时限", "延期后时限", "状态", "灯", "最近更新", "办结日",
)  # fmt: skip
_DAYS = frozenset({"时限", "延期后时限", "最近更新", "办结日", "交办日期"})
_UNITS = frozenset({"牵头", "配合"})
_OWN = frozenset({"纪要编号", "议定事项"})  # always text, hardly twice the same; all others are in most rows
_BETWEEN = re.compile(r"[、,;/\s]+")
_NOBODY = frozenset({"—", "无"})
_PRINT = 6  # hex digits: one change in 16 million goes unseen


def bare(text: str) -> str:
    """The text without white space, and with no difference between full and half width."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def plain(heading: str, value: Any) -> str:
    """What a cell says, however it is typed: a day as 2026-06-30, units with 、 between them, all else `bare`."""
    if heading in _DAYS and (day := day_of(value)):
        return day.isoformat()
    if heading in _UNITS:
        parts = _BETWEEN.split(unicodedata.normalize("NFKC", str(value or "")))
        return "、".join(part for part in parts if part and part not in _NOBODY)
    return bare(str(value or ""))


def mark(moment: datetime, report: int, cells: Mapping[str, Any]) -> str:
    """20261123100000-17-…: when the row went out, its report (0: none), a print of each cell of `TOLD`.

    By the prints a cell that somebody changed is told from one that the portal would fill otherwise by now.
    """
    prints = "".join(print_of(heading, cells.get(heading)) for heading in TOLD)
    return f"{moment:%Y%m%d%H%M%S}-{report}-{prints}"


def print_of(heading: str, value: Any) -> str:
    """The print of one cell, six hex digits."""
    return _print("".join(value.split())) if heading in _OWN else _print_of_many(heading, value)


def _print(text: str) -> str:
    return f"{crc32(text.encode()) & 0xFFFFFF:06x}"


@lru_cache(maxsize=4096)
def _print_of_many(heading: str, value: Any) -> str:
    return _print(plain(heading, value))


def report_of(text: str) -> int:
    """The report a row was exported with, 0 for none or for a mark that is none of ours."""
    pk = text.split("-")[1] if "-" in text else ""
    return int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 19 else 0


def prints_of(text: str) -> dict[str, str]:
    """Heading → its print; empty for a mark without any (exported before there were prints, or none of ours)."""
    prints = text.split("-")[2] if text.count("-") == 2 else ""
    if len(prints) != _PRINT * len(TOLD):
        return {}
    return {heading: prints[_PRINT * n :][:_PRINT] for n, heading in enumerate(TOLD)}
