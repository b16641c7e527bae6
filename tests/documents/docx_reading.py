"""A Word file read back by another library, and turned to pages by LibreOffice."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import docx
from docx.table import Table
from docx.text.paragraph import Paragraph

ROOT = Path(__file__).resolve().parents[2]
#: What an office's typefaces are played by while we look at a Word file's pages: the PDF's own faces.
PLAYED_BY = {
    "仿宋_GB2312": "Gongwen FangSong",
    "黑体": "Gongwen Hei",
    "楷体_GB2312": "Gongwen Kai",
    "方正小标宋简体": "Gongwen BiaoSong",
    "宋体": "Gongwen Song",
}
SECONDS = 240  # for all files of one conversion


class NoOffice(RuntimeError):
    """LibreOffice is not installed."""


def text_of_docx(data: bytes) -> str:
    """The file's text in reading order, as `plain_text` has it: a line a paragraph, a table's row joined by tabs.

    Outside ruled tables a tab is only a distance and is left out; in the top line it parts two parts of the
    head.
    """
    document = docx.Document(io.BytesIO(data))
    lines: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            lines += _lines(block)
        else:
            lines += _rows(block)
    return "\n".join(lines)


def _lines(item: Paragraph) -> list[str]:
    text = item.text.replace("\n", "")
    text = text.replace("\t", "\n") if item.style and item.style.name == "版头" else text.replace("\t", "")
    return [line for line in text.split("\n") if line]


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        yield "\t".join(cell.text for cell in _unmerged(row))


def _unmerged(row: Any) -> list[Any]:
    """The cells as they stand in the file; the library repeats one that spans columns."""
    found: list[Any] = []
    for cell in row.cells:
        if not found or cell._tc is not found[-1]._tc:
            found.append(cell)
    return found


def soffice() -> str:
    """LibreOffice's program; raises `NoOffice` saying what to install."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise NoOffice(
            "LibreOffice is missing: apt-get install --no-install-recommends libreoffice-writer-nogui"
        )
    return program


def to_pdfs(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Word files as PDF by LibreOffice, one start of it for all; the typefaces are played by the shipped ones."""
    program = soffice()
    with tempfile.TemporaryDirectory(prefix="check-docx-") as name:
        folder = Path(name)
        for key, data in files.items():
            (folder / f"{key}.docx").write_bytes(data)
        _convert(program, folder, "fodt", [f"{key}.docx" for key in files])
        for key in files:
            _as_the_file_says(folder / f"{key}.fodt")
        _convert(program, folder, "pdf", [f"{key}.fodt" for key in files])
        return {key: (folder / f"{key}.pdf").read_bytes() for key in files}


def _as_the_file_says(document: Path) -> None:
    """LibreOffice does not read two settings of a Word file, so it is told in its own format: no quarter space
    between Chinese and figures (autoSpaceDE, autoSpaceDN), no marks hung out of the line (overflowPunct).
    """
    text = document.read_text(encoding="utf-8")
    for ignored, meant in (
        ('style:text-autospace="ideograph-alpha"', 'style:text-autospace="none"'),
        ('style:punctuation-wrap="hanging"', 'style:punctuation-wrap="simple"'),
    ):
        text = text.replace(ignored, meant)
    document.write_text(text, encoding="utf-8")


def _convert(program: str, folder: Path, kind: str, names: Sequence[str]) -> None:
    (folder / "fonts.conf").write_text(_fontconfig(folder), encoding="utf-8")
    environment = os.environ | {"FONTCONFIG_FILE": str(folder / "fonts.conf"), "HOME": str(folder)}
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [program, profile, "--headless", "--convert-to", kind, "--outdir", str(folder), *names]
    subprocess.run(command, cwd=folder, env=environment, timeout=SECONDS, check=True, capture_output=True)


def _fontconfig(folder: Path) -> str:
    rules = "".join(
        f'<match target="pattern"><test name="family"><string>{asked}</string></test>'
        f'<edit name="family" mode="assign" binding="strong"><string>{given}</string></edit></match>'
        for asked, given in PLAYED_BY.items()
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{ROOT / 'static' / 'fonts'}</dir><cachedir>{folder / 'cache'}</cachedir>{rules}</fontconfig>"
    )
