"""The data a paper is made from: frozen, typed, JSON both ways.

A `Paper` says *what* stands on the sheet, never where: places are GB/T 9704's and live in `flow` and `pages`.
The archive stores `to_dict(paper)` next to the PDF, so an old paper can be made again, or as another format.
"""

from __future__ import annotations

import datetime as dt
import types
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

SCHEMA = 1
WIDEST_TABLE = 40.0  # cells of 3号 across a landscape sheet
SMALLEST = 9.0  # pt, 小5号: for a ledger of many columns on a landscape sheet


class PaperError(ValueError):
    """The data cannot become a paper; the message is Chinese and fit for a reader."""


class Layout(StrEnum):
    """Which chapter of the standard the sheet follows."""

    OFFICIAL = "official"  # 公文, chapter 7
    MINUTES = "minutes"  # 纪要, 10.3
    LETTER = "letter"  # 信函, 10.1
    SHEET = "sheet"  # 名单、记录、登记表 and other sheets without a red head
    PLATES = "plates"  # 桌签: one folded plate a page


class Colophon(StrEnum):
    """How the recipients stand in the 版记."""

    REPORT = "report"  # 抄报：above 发送：, as the founding document does
    STRICT = "strict"  # all in 抄送：, those reported to first


class Face(StrEnum):
    """The role of a typeface; `fonts` knows which files play it."""

    FANGSONG = "fangsong"
    HEI = "hei"
    KAI = "kai"
    TITLE = "title"
    NUMERALS = "numerals"


@dataclass(frozen=True)
class Run:
    """A stretch of text in one face. ``keep``: never broken over two lines (a person's name)."""

    text: str
    face: Face = Face.FANGSONG
    keep: bool = False


@dataclass(frozen=True)
class Block:
    """A paragraph. Level 0 is running text, 1–4 are 一、（一）1.（1） (row 17).

    ``flush``: no indent of the first line. ``centred`` sets each line in the middle.
    """

    runs: tuple[Run, ...]
    level: int = 0
    flush: bool = False
    centred: bool = False


class Align(StrEnum):
    """Where text stands in a table's cell. AUTO: in the middle when it is one line or a heading, else left."""

    AUTO = "auto"
    LEFT = "left"
    CENTRE = "centre"


@dataclass(frozen=True)
class Cell:
    """A cell that is more than its text: over ``span`` columns, or a heading in 黑体."""

    text: str
    span: int = 1
    head: bool = False
    align: Align = Align.AUTO


@dataclass(frozen=True)
class Table:
    """A ruled table. ``widths`` in cells of 3号 (28 across a page, 40 across a landscape one); ``height`` of a
    row in lines at least; ``header``: the first row is one, in 黑体, and is repeated on every page.
    ``size`` of its text in pt: 14 (4号), or 12 (小4号) and 10.5 (5号) for a wide one, 9 (小5号) on a landscape sheet only.
    """

    widths: tuple[float, ...]
    rows: tuple[tuple[Cell | str, ...], ...]
    header: bool = True
    height: float = 1.5
    size: float = 14.0

    def __post_init__(self) -> None:
        if any(sum(span_of(cell) for cell in row) != len(self.widths) for row in self.rows):
            raise PaperError("表格各行的格数与列数不一致")
        if not self.rows or sum(self.widths) > WIDEST_TABLE or min(self.widths) < 1:
            raise PaperError("表格没有行，或列宽之和超过版心，或有列不足1格")
        if self.size not in (14.0, 12.0, 10.5, SMALLEST):
            raise PaperError("表格的字号只能是四号、小四号、五号或小五号")


def text_of(cell: Cell | str) -> str:
    """The text of a table's cell."""
    return cell.text if isinstance(cell, Cell) else cell


def span_of(cell: Cell | str) -> int:
    """How many columns a table's cell stands over."""
    return cell.span if isinstance(cell, Cell) else 1


@dataclass(frozen=True)
class Plate:
    """A name plate (桌签): the name large, the unit small below it if there is one."""

    name: str
    unit: str = ""


@dataclass(frozen=True)
class NameGroup:
    """People of one unit; ``unit`` may be empty, ``note`` stands in brackets after the names."""

    names: tuple[str, ...] = ()
    unit: str = ""
    note: str = ""


@dataclass(frozen=True)
class NameList:
    """出席, 请假 or 列席 (row 28)."""

    label: str
    groups: tuple[NameGroup, ...]


@dataclass(frozen=True)
class Attachment:
    """Listed in the 附件说明 by its title; printed on pages of its own if it has a body (rows 18, 22)."""

    title: str
    body: tuple[Block | Table, ...] = ()


@dataclass(frozen=True)
class Signature:
    """署名 and 成文日期 (rows 19–21). Without an issuer the date stands alone."""

    date: dt.date
    issuer: str = ""
    seal: bool = False


@dataclass(frozen=True)
class Imprint:
    """版记 (rows 23–25): who gets the paper, who printed it and when (the day of 送印)."""

    report_to: tuple[str, ...] = ()
    send_to: tuple[str, ...] = ()
    copy_to: tuple[str, ...] = ()
    issuer: str = ""
    printed_on: dt.date | None = None
    style: Colophon = Colophon.REPORT


@dataclass(frozen=True)
class Paper:
    """One paper. ``mark`` (发文机关标志) is empty on sheets and plates. ``title`` may hold "\\n" where its maker wants a line to end.

    ``number``: 〔2026〕1号, 第1期 or empty. ``corner``: lines at the top left (特急).
    ``marker``: 示例（虚构） at the top right, only where the data say so.
    ``addressees``: 主送. ``remark``: 附注, in brackets.
    ``head_issuer`` with ``head_date``: one line between number and red rule, as many offices set a 纪要.
    ``words``: names a title line must not cut (units, projects), besides the built-in vocabulary.
    ``even_end``: the 版记 falls on an even page (double-sided printing).
    ``landscape``: the sheet lies on its side (only `Layout.SHEET`, for wide tables).
    ``running``: said beside the number of every page, with how many pages there are; for handouts that come apart.
    ``plates``: the name plates of `Layout.PLATES`, which prints nothing else.
    """

    mark: str
    title: str
    layout: Layout = Layout.OFFICIAL
    number: str = ""
    signers: tuple[str, ...] = ()
    corner: tuple[str, ...] = ()
    marker: str = ""
    head_issuer: str = ""
    head_date: dt.date | None = None
    addressees: tuple[str, ...] = ()
    body: tuple[Block | Table, ...] = ()
    names: tuple[NameList, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    signature: Signature | None = None
    remark: str = ""
    imprint: Imprint | None = None
    words: tuple[str, ...] = field(default=())
    even_end: bool = False
    landscape: bool = False
    running: str = ""
    plates: tuple[Plate, ...] = ()

    @property
    def dated(self) -> dt.date:
        """The day written into the PDF's metadata: fixed data, so that the same paper has the same bytes."""
        if self.signature:
            return self.signature.date
        if self.head_date:
            return self.head_date
        if self.imprint and self.imprint.printed_on:
            return self.imprint.printed_on
        return dt.date(2000, 1, 1)


def paragraph(text: str, *, flush: bool = False) -> Block:
    """A plain paragraph in 仿宋."""
    return Block((Run(text),), flush=flush)


def heading(level: int, text: str, rest: str = "") -> Block:
    """A heading of level 1–4 in its face; ``rest`` runs on in 仿宋 in the same paragraph."""
    face = {1: Face.HEI, 2: Face.KAI}.get(level, Face.FANGSONG)
    runs = (Run(text, face),) + ((Run(rest),) if rest else ())
    return Block(runs, level=level)


def level_label(level: int, number: int) -> str:
    """The label of the n-th heading of a level: 一、 （一） 1. （1）."""
    if level in (1, 2):
        chinese = chinese_number(number)
        return f"{chinese}、" if level == 1 else f"（{chinese}）"
    return f"{number}." if level == 3 else f"（{number}）"


def chinese_number(number: int) -> str:
    """1–999 in Chinese numerals."""
    if not 1 <= number <= 999:
        raise PaperError(f"序号{number}超出一至九百九十九")
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    if hundreds:
        middle = digits[tens] + "十" if tens else "零" * bool(ones)
        return digits[hundreds] + "百" + middle + digits[ones] * bool(ones)
    head = "" if not tens else ("十" if tens == 1 else digits[tens] + "十")
    return head + (digits[ones] if ones else "")


def chinese_date(day: dt.date) -> str:
    """2026年4月8日: Arabic, no leading zero (row 21)."""
    return f"{day.year}年{day.month}月{day.day}日"


def printed_name(name: str) -> str:
    """A two-character name is set with a full-width space (陈　颖), to line up with three-character ones."""
    bare = name.replace("\u3000", "").replace(" ", "")
    is_han = all("\u3400" <= c <= "\u9fff" or c > "\uffff" for c in bare)
    return f"{bare[0]}\u3000{bare[1]}" if len(bare) == 2 and is_han else name


def to_dict(value: Any) -> Any:
    """A paper (or any part) as JSON-ready data; the paper itself carries ``schema``."""
    if is_dataclass(value) and not isinstance(value, type):
        data = {f.name: to_dict(getattr(value, f.name)) for f in fields(value)}
        if isinstance(value, Paper):
            return {"schema": SCHEMA} | data
        return (
            {"kind": type(value).__name__.lower()} | data if isinstance(value, Block | Table | Cell) else data
        )
    if isinstance(value, tuple):
        return [to_dict(item) for item in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def from_dict(data: Any) -> Paper:
    """The paper back from `to_dict`; raises `PaperError` on anything that is not one."""
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise PaperError("不是本系统能识别的公文数据")
    try:
        paper = _decode(Paper, {key: value for key, value in data.items() if key != "schema"})
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise PaperError(f"公文数据有误：{error}") from error
    if not isinstance(paper, Paper):
        raise PaperError("不是本系统能识别的公文数据")
    return paper


def _decode(wanted: Any, value: Any) -> Any:
    origin, args = get_origin(wanted), get_args(wanted)
    if origin in (Union, types.UnionType):
        return _decode_union(args, value)
    if origin is tuple:
        if not isinstance(value, list):
            raise ValueError(f"应为列表，实为{value!r}")
        return tuple(_decode(args[0], item) for item in value)
    if is_dataclass(wanted) and isinstance(wanted, type):
        hints = get_type_hints(wanted)
        return wanted(**{key: _decode(hints[key], item) for key, item in value.items() if key != "kind"})
    if wanted is dt.date:
        return dt.date.fromisoformat(value)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return wanted(value)
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if type(value) is not wanted:
        raise ValueError(f"{value!r}的类型不对")
    return value


def _decode_union(choices: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in choices:
        return None
    concrete = [choice for choice in choices if choice is not type(None)]
    if len(concrete) == 1:
        return _decode(concrete[0], value)
    if isinstance(value, str) and str in concrete:
        return value
    by_kind = {choice.__name__.lower(): choice for choice in concrete}
    return _decode(by_kind[value["kind"]], value)
