"""`make check-docx`: every sample as a Word file, turned to pages by LibreOffice and held against our PDF.

Compared are text, number and size of pages, the mark's colour and place, the lines of a full page, the place of
the 版记, and that no ink leaves the text's area. ``--keep DIR`` leaves the files there to look at.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pdfplumber

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from apps.documents.composition import Layout, Paper, render_docx, render_pdf  # noqa: E402
from tests.documents.docx_reading import NoOffice, to_pdfs  # noqa: E402
from tests.documents.docx_samples import every_paper  # noqa: E402

MM = 72 / 25.4
RED = (1.0, 0.0, 0.0)
FULL_LINES = 22
NEAR = 1.0  # mm: page size, mark, 版记
#: Where the page count may differ, and why; the text may then hold a table's header more often.
EXPLAINED = {
    "wide_sheet": "the PDF squeezes a mark into a table's line, LibreOffice turns the line: rows are taller",
}


def main() -> int:
    """Print a line a paper; 1 if anything differs, 2 without LibreOffice."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", type=Path, help="leave the files in this folder")
    keep = options.parse_args().keep
    papers = every_paper()
    files = {name: render_docx(paper) for name, paper in papers.items()}
    try:
        converted = to_pdfs(files)
    except NoOffice as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    failed = 0
    for name, paper in papers.items():
        ours = render_pdf(paper)
        if keep:
            _keep(keep, name, files[name], converted[name], ours)
        problems = list(differences(paper, ours, converted[name], pages_may_differ=name in EXPLAINED))
        failed += bool(problems)
        counts = tuple(_pages(data) for data in (converted[name], ours))
        verdict = "; ".join(problems) or "as the PDF"
        if counts[0] != counts[1] and not problems:
            verdict = f"{counts[0]} pages, the PDF has {counts[1]}: {EXPLAINED[name]}"
        sys.stdout.write(f"{name:12} {counts[0]} pages  {verdict}\n")
    sys.stdout.write(f"{len(papers)} papers, {failed} with differences\n")
    return 1 if failed else 0


def _keep(folder: Path, name: str, word: bytes, converted: bytes, ours: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, data in ((".docx", word), ("-word.pdf", converted), ("-ours.pdf", ours)):
        (folder / f"{name}{suffix}").write_bytes(data)


def _pages(data: bytes) -> int:
    with pdfplumber.open(io.BytesIO(data)) as document:
        return len(document.pages)


def differences(paper: Paper, ours: bytes, theirs: bytes, *, pages_may_differ: bool = False) -> Iterator[str]:
    """What is not the same on the Word file's pages as on the PDF's."""
    with pdfplumber.open(io.BytesIO(ours)) as own, pdfplumber.open(io.BytesIO(theirs)) as word:
        if abs(len(own.pages) - len(word.pages)) > pages_may_differ:
            yield f"{len(word.pages)} pages, the PDF has {len(own.pages)}"
        sizes = {(round(p.width / MM), round(p.height / MM)) for p in word.pages}
        if sizes != {(round(p.width / MM), round(p.height / MM)) for p in own.pages}:
            yield f"pages of {sizes} mm"
        found, wanted = characters(word.pages, paper), characters(own.pages, paper)
        if wanted - found or (found != wanted and not pages_may_differ):
            yield f"text: too many {dict(found - wanted)}, missing {dict(wanted - found)}"
        yield from _mark(own.pages[0], word.pages[0])
        yield from _lines(own.pages, word.pages)
        yield from _right_edge(paper, word.pages)
        yield from _foot(paper, own.pages[-1], word.pages[-1])


def characters(pages: list[Any], paper: Paper) -> Counter[str]:
    """All characters but blanks and page numbers. Their order is the file's and is compared there."""
    found: Counter[str] = Counter()
    for page in pages:
        bottom = page.height - (35 if page.height > page.width else 26) * MM
        plates = paper.layout == Layout.PLATES
        for char in page.chars:
            upper_half = (
                plates and page.height - char["matrix"][5] < page.height / 2
            )  # the turned name, PDF only
            if not upper_half and (plates or page.height - char["matrix"][5] < bottom):
                found.update(c for c in char["text"] if not c.isspace())
    return found


def _red(page: Any) -> list[Any]:
    return [c for c in page.chars if tuple(c["non_stroking_color"] or ()) == RED]


def _mark(own: Any, word: Any) -> Iterator[str]:
    ours, theirs = _red(own), _red(word)
    if "".join(c["text"] for c in ours) != "".join(c["text"] for c in theirs):
        yield f"red text {''.join(c['text'] for c in theirs)!r}"
    elif ours:
        moved = (own.height - ours[0]["matrix"][5]) - (word.height - theirs[0]["matrix"][5])
        if abs(moved) / MM > NEAR:
            yield f"mark {moved / MM:.2f} mm off"


def _lines(own: list[Any], word: list[Any]) -> Iterator[str]:
    """Where the PDF has a page of 22 lines, the fullest page of the Word file has as many (row 6)."""
    ours, theirs = (max(_running_lines(page) for page in pages) for pages in (own, word))
    if theirs > FULL_LINES or (ours == FULL_LINES and theirs != FULL_LINES):
        yield f"{theirs} lines on the fullest page"


def _running_lines(page: Any) -> int:
    return len({round(page.height - c["matrix"][5]) for c in page.chars if abs(c["size"] - 16) < 0.1})


def _right_edge(paper: Paper, pages: list[Any]) -> Iterator[str]:
    """No ink right of the text's area (row 4)."""
    for page in pages:
        right = max((c["x1"] for c in page.chars if c["text"].strip() and c["size"] < 20), default=0.0)
        edge = page.width / MM - (26 if page.height > page.width else 37)
        if paper.layout != Layout.PLATES and right / MM > edge + NEAR:
            yield f"ink at {right / MM:.1f} mm"


def _foot(paper: Paper, own: Any, word: Any) -> Iterator[str]:
    """The 版记 ends where the PDF's ends."""
    ours, theirs = (_lowest(page) for page in (own, word))
    if paper.imprint and abs(ours - theirs) > NEAR:
        yield f"版记 at {theirs:.2f} mm, in the PDF at {ours:.2f}"


def _lowest(page: Any) -> float:
    """Baseline of the lowest line of 4号 above the page number, in mm."""
    bottom = 262.5 * MM
    lines = [page.height - c["matrix"][5] for c in page.chars if abs(c["size"] - 14) < 0.1]
    return max((y for y in lines if y < bottom), default=0.0) / MM


if __name__ == "__main__":
    sys.exit(main())
