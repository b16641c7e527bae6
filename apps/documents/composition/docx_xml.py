"""WordprocessingML as text: escaped, checked, and with the children of each property in the schema's order.

Word refuses or silently repairs a file whose properties stand in another order than the schema's, so they
are sorted here, once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from .model import PaperError

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl pBdr shd tabs kinsoku wordWrap overflowPunct topLinePunct "
    "autoSpaceDE autoSpaceDN adjustRightInd snapToGrid spacing ind jc outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs snapToGrid color spacing w kern sz szCs lang",
    "tblPr": "tblW jc tblBorders tblLayout tblCellMar",
    "trPr": "cantSplit trHeight tblHeader",
    "tcPr": "tcW gridSpan tcMar vAlign",
    "sectPr": "footerReference type pgSz pgMar pgNumType titlePg docGrid",
}
RANKS = {tag: {name: place for place, name in enumerate(names.split())} for tag, names in _ORDER.items()}


class Xml(str):
    """Markup that is ready; any other string is text and gets escaped."""

    __slots__ = ()


Attributes = Mapping[str, str | int]
Value = Xml | str | int | bool | Attributes
Properties = Mapping[str, Value]


def checked(text: str) -> str:
    """The text, if a file can carry it; raises `PaperError` on control and other invisible characters."""
    for index, char in enumerate(text):
        if unicodedata.category(char) in ("Cc", "Cf", "Cs") or ord(char) & 0xFFFE == 0xFFFE:
            around = "".join(c for c in text[max(0, index - 6) : index + 7] if c.isprintable())
            raise PaperError(f"“{around}”中有不能写入文件的字符（U+{ord(char):04X}）")
    return text


def element(name: str, attributes: Attributes | None = None, *children: Xml) -> Xml:
    """``<w:name w:key="value">children</w:name>``."""
    pairs = "".join(f" w:{key}={quoteattr(checked(str(value)))}" for key, value in (attributes or {}).items())
    inner = "".join(children)
    return Xml(f"<w:{name}{pairs}>{inner}</w:{name}>" if inner else f"<w:{name}{pairs}/>")


def properties(tag: str, values: Properties) -> Xml:
    """``<w:pPr>`` and its like, children in the schema's order; nothing if there are none."""
    names = sorted(values, key=RANKS[tag].__getitem__)
    inner = [_property(name, values[name]) for name in names]
    return element(tag, None, *inner) if inner else Xml("")


def _property(name: str, value: Value) -> Xml:
    if isinstance(value, Xml):  # the children of a property, or whole elements (references of a section)
        return value if value.startswith(f"<w:{name}") else element(name, None, value)
    if isinstance(value, bool):
        return element(name, None if value else {"val": 0})
    if isinstance(value, str | int):
        return element(name, {"val": value})
    return element(name, value)


def run(text: str, values: Properties | None = None) -> Xml:
    """A run. Its text is kept as it is; "\\t" and "\\n" become a tab and a line's end."""
    inner: list[Xml] = [properties("rPr", values or {})]
    for part in re.split(r"([\t\n])", text):
        if part in ("\t", "\n"):
            inner.append(element("tab" if part == "\t" else "br"))
        elif part:
            inner.append(Xml(f'<w:t xml:space="preserve">{escape(checked(part))}</w:t>'))
    return element("r", None, *inner)


def paragraph(values: Properties, *runs: Xml) -> Xml:
    """A paragraph with its properties and runs."""
    return element("p", None, properties("pPr", values), *runs)


def part(name: str, *children: Xml) -> str:
    """A whole part of the package whose root is ``<w:name>``."""
    return f"{DECLARATION}<w:{name} {NAMESPACES}>{''.join(children)}</w:{name}>"
