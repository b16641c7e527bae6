"""Where passages stand on a page: the characters inside the boxes are the passage, no more and no less."""

import io

import pdfplumber
import pytest

from apps.documents.composition import (
    Box,
    Layout,
    Paper,
    PdfiumError,
    find_passages,
    heading,
    paragraph,
    render_pdf,
)
from apps.documents.composition.finding import ACROSS

LONG = (
    "建立“企业台账”——实行一企一档（牵头单位：市工信局；配合单位：全体成员单位；完成时限：2026年6月30日前）。"
)


def made(*more: str) -> bytes:
    body = [paragraph("会议议定："), heading(2, "（一）", LONG), heading(2, "（二）", "开展专项执法。")]
    return render_pdf(
        Paper(
            mark="示例纪要",
            title="示例",
            layout=Layout.MINUTES,
            body=(*body, *[paragraph(words) for words in more]),
        )
    )


def inside(pdf: bytes, boxes: list[list[Box]]) -> str:
    """The characters whose middle lies in one of the boxes, by another reader of PDFs, page by page, line by line."""
    found = ""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        for page, rows in zip(document.pages, boxes, strict=True):
            scale = ACROSS / float(page.width)
            for box in rows:
                for char in page.chars:
                    x = (char["x0"] + char["x1"]) / 2 * scale
                    y = (char["top"] + char["bottom"]) / 2 * scale
                    if box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height:
                        found += char["text"]
    return "".join(found.split())


def test_the_lines_of_a_passage_and_nothing_else_are_found() -> None:
    pdf = made()
    found = find_passages(pdf, [f"（一）{LONG}"])
    assert [len(rows) for rows in found] == [3]
    assert inside(pdf, found) == f"（一）{LONG}"
    first, second, third = found[0]
    assert first.y < second.y < third.y
    assert second.x < first.x  # the first line is indented
    assert all(box.x > 0 and box.x + box.width < ACROSS and 20 < box.height < 60 for box in found[0])


def test_a_passage_that_crosses_a_page_is_found_on_both() -> None:
    long = "甲乙丙丁戊己庚辛壬癸" * 60
    pdf = made(long, "最后一段。")
    found = find_passages(pdf, [long])
    assert len(found) == 2
    assert all(found)
    folio = inside(pdf, found)
    assert folio == long


@pytest.mark.parametrize("words", ["", "　 ", "这句话不在纸上"])
def test_what_is_not_there_marks_nothing(words: str) -> None:
    assert find_passages(made(), [words]) == [[]]


def test_several_passages_are_found_whatever_white_space_they_have() -> None:
    pdf = made()
    found = find_passages(pdf, ["（二）开展\n专项　执法。", "会议议定："])
    assert inside(pdf, found) == "（二）开展专项执法。会议议定："


def test_bytes_that_are_no_pdf_raise() -> None:
    with pytest.raises(PdfiumError):
        find_passages(b"not a pdf", ["甲"])
