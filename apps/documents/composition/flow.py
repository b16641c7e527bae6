"""The running parts of a paper as rows of the 22-line grid: addressees to remark, and the attachments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .geometry import LANDSCAPE, PORTRAIT, Frame, Spot
from .lines import CELL, SIZE, Line, Measure, at, compose, single
from .model import (
    Attachment,
    Block,
    Face,
    Layout,
    NameList,
    Paper,
    PaperError,
    Run,
    Signature,
    Table,
    chinese_date,
    printed_name,
)
from .tables import TableRow, table_rows
from .titles import balance

TITLE_SIZE = 22.0
_WITH_SIGNATURE = 2  # lines of text that stay with 署名 and date
TITLE_PITCH = 1.2  # grid lines from one title line to the next


@dataclass(frozen=True)
class Row:
    """A row of the grid: composed lines, each ``drop`` grid lines below the row's top.

    ``skip``: empty lines wanted above it (dropped at a page's top). ``bars``: rules as
    (x pt, drop, width pt, height in lines; 0 = a hair rule). ``table``: what it can be cut from; ``spots``: the
    table's cell of each line.
    """

    lines: tuple[tuple[float, Line], ...]
    height: float = 1.0
    skip: float = 0.0
    keep_next: bool = False
    new_page: bool = False
    tag: str = "p"
    group: int = 0
    bars: tuple[tuple[float, float, float, float], ...] = ()
    spots: tuple[Spot, ...] = ()
    table: TableRow | None = None


def frame_of(paper: Paper) -> Frame:
    """The sheet a paper is printed on; raises `PaperError` for a red-headed paper on its side."""
    if paper.landscape and paper.layout not in (Layout.SHEET, Layout.PLATES):
        raise PaperError("只有名单、登记表等无红头的材料可以横排")
    return LANDSCAPE if paper.landscape or paper.layout == Layout.PLATES else PORTRAIT


def table_row(table: TableRow, group: int, *, keep_next: bool = False) -> Row:
    """A table's row as a row of the grid."""
    placed = tuple(table.placed())
    return Row(
        tuple((drop, line) for drop, line, _ in placed), height=table.height, group=group, bars=table.bars(),
        keep_next=keep_next, spots=tuple(spot for _, _, spot in placed), table=table, tag="td",
    )  # fmt: skip


def rows(paper: Paper) -> list[Row]:
    """Everything between the title and the 版记, in order."""
    flow = _Flow(frame_of(paper))
    if paper.addressees:
        flow.paragraph(flow.composed([Run("、".join(paper.addressees) + "：")]))
    for block in paper.body:
        flow.block(block)
    flow.listed(paper.attachments)
    if paper.layout != "minutes" and paper.signature:
        flow.signature(paper.signature)
        flow.remark(paper.remark)
    flow.names(paper.names)
    if paper.layout == "minutes" and paper.signature:
        flow.signature(paper.signature)
        flow.remark(paper.remark)
    if not paper.signature:
        flow.remark(paper.remark)
    printed = [item for item in paper.attachments if item.body]
    for attachment in printed:
        number = paper.attachments.index(attachment) + 1 if len(paper.attachments) > 1 else 0
        flow.attachment(attachment, number, paper.words)
    return flow.rows


def name_runs(names: NameList) -> list[Run]:
    """出席：unit　name、name，unit　name — the label in 黑体, each name whole."""
    runs = [Run(names.label + "：", Face.HEI, keep=True)]
    for index, group in enumerate(names.groups):
        if index:
            runs.append(Run("，" if group.unit or names.groups[index - 1].unit else "、"))
        if group.unit:
            runs.append(Run(group.unit + ("\u3000" if group.names else "")))
        for place, name in enumerate(group.names):
            runs += [Run("、")] * bool(place) + [Run(printed_name(name), keep=True)]
        if group.note:
            runs.append(Run(f"（{group.note}）"))
    return runs


class _Flow:
    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.rows: list[Row] = []
        self.group = 0
        self.listing: set[int] = set()  # groups of the 附件说明

    def composed(self, runs: Sequence[Run], first: float = 0.0, hang: float = 0.0) -> tuple[Line, ...]:
        """Lines of the 版心's width; ``first`` and ``hang`` in points."""
        return compose(runs, Measure(width=self.frame.width_pt, first=first, hang=hang))

    def paragraph(
        self, lines: Iterable[Line], *, skip: float = 0.0, tag: str = "p", keep: bool = False
    ) -> None:
        """Lines of one paragraph, one grid row each. ``keep``: with what follows."""
        self.group += 1
        for index, line in enumerate(lines):
            self.rows.append(
                Row(((0.0, line),), skip=0.0 if index else skip, tag=tag, group=self.group, keep_next=keep)
            )

    def keep_last(self) -> None:
        """Bind the last lines of text to what follows: 署名 and date stand on no page without two of them.

        The 附件说明 between them is no text. A table's row can be cut, and is not bound.
        """
        wanted = _WITH_SIGNATURE
        for place in range(len(self.rows) - 1, -1, -1):
            row = self.rows[place]
            if row.bars or not wanted:
                return
            self.rows[place] = replace(row, keep_next=True)
            wanted -= row.group not in self.listing

    def block(self, block: Block | Table) -> None:
        if isinstance(block, Table):
            self.table(block)
            return
        indent = 0.0 if block.flush or block.centred else 2 * CELL
        lines = self.composed(block.runs, indent)
        if block.centred:
            lines = tuple(at(line, (self.frame.width_pt - line.width) / 2) for line in lines)
        heading = 0 < block.level <= 2 and len(block.runs) == 1
        self.paragraph(lines, tag=f"h{block.level + 1}" if heading else "p", keep=heading)

    def listed(self, attachments: Sequence[Attachment]) -> None:
        """附件说明 (row 18)."""
        many = len(attachments) > 1
        for index, item in enumerate(attachments):
            label = "" if index else "附件："
            number = f"{index + 1}." if many else ""
            first = (5 if index else 2) * CELL
            hang = 5 * CELL + (single(number, cell=CELL).width if number else 0.0)
            runs = [Run(label + number, keep=True), Run(item.title.replace("\n", ""))]
            self.paragraph(self.composed(runs, first, hang), skip=0.0 if index else 1.0)
            self.listing.add(self.group)

    def signature(self, signature: Signature) -> None:
        """署名 and 成文日期 (rows 19–20)."""
        self.keep_last()
        issuer, date = _signature_lines(signature, self.frame.width_pt)
        self.group += 1
        if issuer:
            self.rows.append(Row(((0.0, issuer),), skip=1.0, keep_next=True, group=self.group))
        self.rows.append(Row(((0.0, date),), skip=0.0 if issuer else 1.0, group=self.group + 1))
        self.group += 1

    def names(self, lists: Sequence[NameList]) -> None:
        """出席, 请假, 列席 (row 28)."""
        for index, names in enumerate(lists):
            hang = single(names.label + "：", Face.HEI, cell=CELL).width + 2 * CELL
            lines = self.composed(name_runs(names), 2 * CELL, min(hang, 10 * CELL))
            self.paragraph(lines, skip=0.0 if index else 1.0)

    def remark(self, text: str) -> None:
        """附注: two cells in, in brackets, below the date."""
        if text:
            self.paragraph(self.composed([Run(f"（{text}）")], 2 * CELL))

    def attachment(self, item: Attachment, number: int, words: tuple[str, ...]) -> None:
        """A page of its own: 附件 on line 1, the title centred on line 3 (row 22)."""
        self.group += 1
        label = single(f"附件{number or ''}", Face.HEI, cell=CELL)
        self.rows.append(Row(((0.0, label),), new_page=True, group=self.group, keep_next=True))
        self.group += 1
        for index, line in enumerate(title_lines(item.title, words, self.frame)):
            row = Row(
                ((0.0, line),), height=TITLE_PITCH, skip=0.0 if index else 1.0, tag="h2", group=self.group
            )
            self.rows.append(replace(row, keep_next=True))
        gap = 1.0
        for block in item.body:
            start = len(self.rows)
            self.block(block)
            if gap and len(self.rows) > start:  # the first thing below the title begins on the grid
                height = sum(row.height for row in self.rows if row.group == self.rows[start - 1].group)
                self.rows[start] = replace(self.rows[start], skip=gap + (-height) % 1)
                gap = 0.0

    def table(self, table: Table) -> None:
        """A table's rows; the header goes with the first row below it."""
        self.group += 1
        for index, row in enumerate(table_rows(table, self.group, self.frame)):
            self.rows.append(table_row(row, self.group, keep_next=table.header and not index))


def fitted(line: Line, room: float, what: str) -> Line:
    """The line, which stands alone and is never broken; raises `PaperError` if ``room`` points do not hold it."""
    if line.width > room + CELL - SIZE + 0.01:
        raise PaperError(f"{what}太长，一行放不下：“{line.text}”")
    return line


def _signature_lines(signature: Signature, full: float) -> tuple[Line | None, Line]:
    date = single(chinese_date(signature.date), cell=CELL)
    issuer = single(signature.issuer, cell=CELL) if signature.issuer else None
    if issuer:
        fitted(issuer, full - (0 if signature.seal else 2) * CELL, "署名")
    visible = CELL - 16.0  # the trailing spacing is not seen
    if signature.seal:
        x = full - 4 * CELL - date.width + visible
        if issuer:  # one too long for its place ends with the 版心 and takes the date along
            x = min(x, full + visible - (issuer.width + date.width) / 2)
        return (at(issuer, x + (date.width - issuer.width) / 2) if issuer else None), at(date, x)
    right = full - 2 * CELL + visible
    if issuer is None:
        return None, at(date, right - date.width)
    x = min(right - issuer.width, right - date.width - 2 * CELL)
    return at(issuer, x), at(date, x + 2 * CELL)


def title_lines(title: str, words: tuple[str, ...], frame: Frame = PORTRAIT) -> Iterator[Line]:
    """The balanced title in 2号 小标宋, centred."""
    for text in balance(title, words):
        line = single(text, Face.TITLE, size=TITLE_SIZE)
        yield at(line, (frame.width_pt - line.width) / 2)
