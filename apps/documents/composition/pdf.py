"""Pages to PDF/A: every line is drawn where it was composed, tagged, with fonts cut to the paper (ADR 14)."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from . import fonts, subsets
from .colours import srgb
from .drawing import Drawing
from .geometry import Page
from .glyphs import MissingGlyph, missing_glyphs
from .model import Layout, Paper, PaperError
from .objects import File, Name, Ref
from .pages import lay_out

PRODUCER = "quanzhou-opd papers"
_MIME = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>{part}</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>
<dc:format>application/pdf</dc:format><dc:language><rdf:Bag><rdf:li>zh-Hans</rdf:li></rdf:Bag></dc:language>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>{author}{subject}
<xmp:CreateDate>{day}T00:00:00+08:00</xmp:CreateDate><xmp:ModifyDate>{day}T00:00:00+08:00</xmp:ModifyDate>
<pdf:Producer>{producer}</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True)
class Embedded:
    """A file carried inside the PDF; ``name`` as a reader saves it, ``mime`` like text/csv."""

    name: str
    data: bytes
    mime: str
    description: str = ""


def render_pdf(paper: Paper, embedded: Sequence[Embedded] = ()) -> bytes:
    """The paper as PDF/A-2u, or PDF/A-3u with files inside. The same paper gives the same bytes.

    Raises `MissingGlyph` (a character no font draws) or another `PaperError`.
    """
    missing = missing_glyphs(paper)
    if missing:
        raise MissingGlyph(missing)
    return draw(paper, lay_out(paper), embedded)


def draw(paper: Paper, pages: Sequence[Page], embedded: Sequence[Embedded] = ()) -> bytes:
    """Pages already laid out, as a PDF with the paper's properties."""
    drawing = Drawing(pages)
    file = File()
    catalogue, tree = file.reserve(), file.reserve()
    entries: dict[str, Any] = {
        "Type": Name("Catalog"),
        "Lang": b"(zh-Hans)",
        "MarkInfo": {"Marked": True},
        "StructTreeRoot": tree,
        "Pages": drawing.write(file, tree),
        "ViewerPreferences": {"DisplayDocTitle": True},
        "OutputIntents": [_intent(file)],
        "Metadata": _metadata(file, paper, 3 if embedded else 2),
        **_attached(file, embedded, _pdf_day(paper)),
    }
    file.add(entries, catalogue)
    info = file.add(_info(paper))
    return file.written(catalogue, info, hashlib.sha256(b"".join(file.objects)).digest()[:16])


def write_pdf(paper: Paper, target: Path, embedded: Sequence[Embedded] = ()) -> int:
    """Render into ``target`` whole or not at all (temporary file, fsync, rename); returns the size."""
    return write_atomically(render_pdf(paper, embedded), target)


def write_atomically(data: bytes, target: Path) -> int:
    """Put ``data`` at ``target``; after an error (full disk) neither a part nor a temporary file is left."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return len(data)


def check_setup() -> None:
    """Start-up check; raises `FontSetupError` naming the font file or system library that is missing."""
    for path in fonts.files():
        fonts.load(path)
    subsets.library()


def _intent(file: File) -> dict[str, Any]:
    name = "sRGB IEC61966-2.1"
    profile = file.stream(srgb(), {"N": 3})
    return {"Type": Name("OutputIntent"), "S": Name("GTS_PDFA1"), "OutputConditionIdentifier": name,
            "Info": name, "DestOutputProfile": profile}  # fmt: skip


def _described(paper: Paper) -> tuple[str, str, str]:
    """Title, author and number for the file's properties."""
    names = "、".join(plate.name for plate in paper.plates) if paper.layout == Layout.PLATES else ""
    title = paper.title.replace("\n", "") or paper.mark or names
    author = paper.signature.issuer if paper.signature and paper.signature.issuer else paper.mark
    return title, author, paper.number


def _pdf_day(paper: Paper) -> bytes:
    return f"(D:{paper.dated:%Y%m%d}000000+08'00')".encode()


def _info(paper: Paper) -> dict[str, Any]:
    title, author, number = _described(paper)
    day = _pdf_day(paper)
    found = {"Title": title, "Author": author, "Subject": number, "Producer": PRODUCER}
    return {key: value for key, value in found.items() if value} | {"CreationDate": day, "ModDate": day}


def _metadata(file: File, paper: Paper, part: int) -> Ref:
    title, author, number = (escape(text) for text in _described(paper))
    xmp = _XMP.format(
        part=part, title=title, day=paper.dated.isoformat(), producer=PRODUCER,
        author=f"<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>" if author else "",
        subject=f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{number}</rdf:li></rdf:Alt>'
                "</dc:description>" if number else "",
    )  # fmt: skip
    return file.stream(xmp.encode(), {"Type": Name("Metadata"), "Subtype": Name("XML")}, packed=False)


def _attached(file: File, embedded: Sequence[Embedded], day: bytes) -> dict[str, Any]:
    """Files of PDF/A-3: each associated with the document, in the order of their names."""
    names = sorted(item.name for item in embedded)
    if len(set(names)) < len(names) or not all(names):
        raise PaperError("附带文件的文件名为空或重复")
    found: list[Any] = []
    for item in sorted(embedded, key=lambda item: item.name.encode("utf-16-be")):
        if not _MIME.fullmatch(item.mime):
            raise PaperError(f"附带文件“{item.name}”的类型“{item.mime}”不对")
        params = {"Size": len(item.data), "ModDate": day,
                  "CheckSum": f"<{hashlib.md5(item.data, usedforsecurity=False).hexdigest()}>".encode()}  # fmt: skip
        stream = file.stream(
            item.data, {"Type": Name("EmbeddedFile"), "Subtype": Name(item.mime), "Params": params}
        )
        found += [item.name, file.add({
            "Type": Name("Filespec"), "F": item.name, "UF": item.name, "AFRelationship": Name("Supplement"),
            "Desc": item.description or item.name, "EF": {"F": stream, "UF": stream},
        })]  # fmt: skip
    return {"AF": found[1::2], "Names": {"EmbeddedFiles": {"Names": found}}} if found else {}
