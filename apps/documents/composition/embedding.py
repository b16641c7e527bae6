"""A font as the PDF holds it: cut to the paper's characters, with their widths and their way back to text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from . import subsets
from .fonts import Font
from .objects import File, Name, Ref

_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
{pairs}
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


class Typeface:
    """One font in one paper. ``label``: its name in content streams; ``chars``: what is drawn with it, sorted."""

    def __init__(self, label: str, font: Font, chars: str) -> None:
        self.label = label
        self.font = font
        self.chars = chars
        self.owners: dict[int, str] = {}  # code -> the character it stands for in the text layer
        for char in chars:
            self.owners.setdefault(font.codes[ord(char)], char)
        self.codes = {char: f"{font.codes[ord(char)]:04x}" for char in chars}
        self.doubles = {char for char in chars if self.owners[font.codes[ord(char)]] != char}

    def shown(self, text: str) -> str:
        """Operators that draw ``text``. Two characters of one glyph differ only by their actual text."""
        if self.doubles.isdisjoint(text):
            return f"<{''.join(map(self.codes.__getitem__, text))}> Tj"
        return " ".join(
            f"/Span <</ActualText <feff{char.encode('utf-16-be').hex()}>>> BDC <{self.codes[char]}> Tj EMC"
            if char in self.doubles
            else f"<{self.codes[char]}> Tj"
            for char in text
        )

    def width(self, text: str) -> float:
        """Advance in em, without spacing."""
        return sum(self.font.advances[ord(char)] for char in text)

    def write(self, file: File) -> Ref:
        """The font's objects; returns the composite font."""
        font = self.font
        program = subsets.cut(font, self.chars)
        tag = hashlib.sha256(program).digest()[:6]
        name = "".join(chr(65 + byte % 26) for byte in tag) + "+" + font.family.replace(" ", "-")
        glyf = font.outlines == "glyf"
        extra: dict[str, Any] = {"Length1": len(program)} if glyf else {"Subtype": Name("CIDFontType0C")}
        descriptor = file.add({
            "Type": Name("FontDescriptor"), "FontName": Name(name), "Flags": 4, "FontBBox": list(font.box),
            "ItalicAngle": 0, "Ascent": font.ascent, "Descent": font.descent, "CapHeight": font.ascent,
            "StemV": 80, "FontFile2" if glyf else "FontFile3": file.stream(program, extra),
        })  # fmt: skip
        system = {"Registry": b"(Adobe)", "Ordering": b"(Identity)", "Supplement": 0}
        inner: dict[str, Any] = {
            "Type": Name("Font"), "Subtype": Name("CIDFontType2" if glyf else "CIDFontType0"),
            "BaseFont": Name(name), "CIDSystemInfo": system, "FontDescriptor": descriptor, "DW": 1000,
            "W": list(self._widths()),
        }  # fmt: skip
        if glyf:
            inner["CIDToGIDMap"] = Name("Identity")
        return file.add({
            "Type": Name("Font"), "Subtype": Name("Type0"), "BaseFont": Name(name), "Encoding": Name("Identity-H"),
            "DescendantFonts": [file.add(inner)], "ToUnicode": file.stream(self._to_unicode().encode()),
        })  # fmt: skip

    def _widths(self) -> Iterator[Any]:
        """Widths in thousandths of an em of all that are not a full em wide."""
        for code, char in sorted(self.owners.items()):
            width = self.font.advance(char) * 1000
            if abs(width - 1000) > 1e-6:
                yield code
                yield [round(width, 3) if width % 1 else int(width)]

    def _to_unicode(self) -> str:
        pairs = [
            f"<{code:04x}> <{char.encode('utf-16-be').hex()}>" for code, char in sorted(self.owners.items())
        ]
        return _CMAP.format(pairs="\n".join(_batches(pairs)))


def _batches(pairs: list[str]) -> Iterable[str]:
    for start in range(0, len(pairs), 100):  # a CMap takes a hundred at a time
        part = pairs[start : start + 100]
        yield "\n".join([f"{len(part)} beginbfchar", *part, "endbfchar"])
