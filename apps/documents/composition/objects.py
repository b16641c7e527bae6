"""PDF's own syntax: names, strings, dictionaries, streams, and the file around them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


class Name(str):
    """A name: written with its slash, other characters as #xx."""

    __slots__ = ()


class Ref(int):
    """A reference to an indirect object."""

    __slots__ = ()


def dump(value: Any) -> bytes:
    """A value in PDF syntax. Text is UTF-16 in hexadecimal, so nothing needs quoting."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, Name):
        return b"/" + b"".join(
            bytes((byte,)) if (chr(byte).isalnum() and byte < 128) or byte in b"+-_.," else b"#%02X" % byte
            for byte in value.encode()
        )
    if isinstance(value, str):
        return b"<feff" + value.encode("utf-16-be").hex().encode() + b">"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, Ref):
        return b"%d 0 R" % value
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, float):
        return number(value).encode()
    if isinstance(value, Mapping):
        return b"<<" + b"".join(dump(Name(key)) + b" " + dump(item) for key, item in value.items()) + b">>"
    return b"[" + b" ".join(dump(item) for item in value) + b"]"


def number(value: float) -> str:
    """A length with four places at most, without an exponent or closing zeros."""
    shown = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


class File:
    """Collects indirect objects and writes them with their table. The first is the catalogue."""

    def __init__(self) -> None:
        self.objects: list[bytes] = []

    def reserve(self) -> Ref:
        """A number for an object that is written later, so that others can point at it."""
        self.objects.append(b"")
        return Ref(len(self.objects))

    def add(self, value: Any, ref: Ref | None = None) -> Ref:
        ref = ref or self.reserve()
        self.objects[ref - 1] = dump(value)
        return ref

    def stream(self, data: bytes, extra: Mapping[str, Any] | None = None, *, packed: bool = True) -> Ref:
        """``packed``: compressed, which the metadata of PDF/A may not be."""
        entries = dict(extra or {})
        if packed:
            data = zlib.compress(data, 6)
            entries["Filter"] = Name("FlateDecode")
        ref = self.reserve()
        self.objects[ref - 1] = dump(entries | {"Length": len(data)}) + b"\nstream\n" + data + b"\nendstream"
        return ref

    def written(self, catalogue: Ref, info: Ref, identifier: bytes) -> bytes:
        out = bytearray(HEADER)
        places = []
        for index, content in enumerate(self.objects, 1):
            places.append(len(out))
            out += b"%d 0 obj\n" % index + content + b"\nendobj\n"
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1) + _table(places)
        both = b"<" + identifier.hex().encode() + b">"
        trailer = {"Size": len(places) + 1, "Root": catalogue, "Info": info, "ID": [both, both]}
        out += b"trailer\n" + dump(trailer) + b"\nstartxref\n%d\n%%%%EOF\n" % start
        return bytes(out)


def _table(places: Iterable[int]) -> bytes:
    return b"".join(b"%010d 00000 n \n" % place for place in places)
