"""The text of a paper: what a reader, a search index or a PDF's text layer must give back."""

from __future__ import annotations

from collections.abc import Iterator

from .flow import name_runs
from .foot import printed_line, recipients
from .model import Block, Layout, Paper, Table, chinese_date, printed_name, text_of


def plain_text(paper: Paper) -> str:
    """One line a paragraph, in the order they stand on the paper, without page numbers."""
    return "\n".join(text for _, text in located(paper) if text)


def located(paper: Paper) -> Iterator[tuple[str, str]]:
    """(where it stands, in Chinese, text) of every part of the paper."""
    if paper.layout == Layout.PLATES:
        for plate in paper.plates:
            yield "桌签", printed_name(plate.name)
            yield "桌签", plate.unit
        return
    yield from _head(paper)
    yield "主送机关", "、".join(paper.addressees) + "：" if paper.addressees else ""
    yield from _blocks(paper.body, "正文")
    yield from _listed(paper)
    signed_last = paper.layout == Layout.MINUTES or not paper.signature
    if not signed_last:
        yield from _signed(paper)
    for names in paper.names:
        yield f"{names.label}名单", "".join(run.text for run in name_runs(names))
    if signed_last:
        yield from _signed(paper)
    printed = [item for item in paper.attachments if item.body]
    for item in printed:
        number = str(paper.attachments.index(item) + 1) if len(paper.attachments) > 1 else ""
        yield "附件", f"附件{number}"
        yield "附件标题", item.title.replace("\n", "")
        yield from _blocks(item.body, f"附件{number}")
    if paper.imprint:
        yield from (("版记", label + text) for label, text in recipients(paper.imprint))
        if paper.layout != Layout.LETTER:
            yield "版记", paper.imprint.issuer + printed_line(paper.imprint)


def _head(paper: Paper) -> Iterator[tuple[str, str]]:
    corner = [*(("版头", text) for text in paper.corner), ("标识", paper.marker)]
    title = [("标题", paper.title.replace("\n", ""))]
    signers = ("签发人：" + "\u3000".join(paper.signers)) if paper.signers else ""
    number = [("发文字号", paper.number + signers)]
    head_date = chinese_date(paper.head_date) if paper.head_date else ""
    lines = [("版头", paper.head_issuer + head_date)]
    if paper.layout == Layout.SHEET:
        yield from corner + title + number + lines
        return
    mark = [("发文机关标志", paper.mark)]
    yield from (mark + corner if paper.layout == Layout.LETTER else corner + mark)
    yield from number + lines + title


def _blocks(blocks: tuple[Block | Table, ...], where: str) -> Iterator[tuple[str, str]]:
    count = 0
    for block in blocks:
        if isinstance(block, Table):
            for row in block.rows:
                yield f"{where}的表格", "\t".join(map(text_of, row))
        else:
            count += 1
            yield f"{where}第{count}段", "".join(run.text for run in block.runs)


def _listed(paper: Paper) -> Iterator[tuple[str, str]]:
    many = len(paper.attachments) > 1
    for index, item in enumerate(paper.attachments):
        label = "" if index else "附件："
        yield "附件说明", label + (f"{index + 1}." if many else "") + item.title.replace("\n", "")


def _signed(paper: Paper) -> Iterator[tuple[str, str]]:
    if paper.signature:
        yield "署名", paper.signature.issuer
        yield "成文日期", chinese_date(paper.signature.date)
    yield "附注", f"（{paper.remark}）" if paper.remark else ""
