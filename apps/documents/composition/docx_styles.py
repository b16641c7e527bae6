"""The styles, fonts and settings of the Word file: what an office finds in its list of styles.

Built-in styles keep the English names the format wants (an office's Word shows them as 正文, 标题, 标题 1–4);
our own have Chinese names. Lengths are in twentieths of a point (twips) unless said otherwise.

The section has the grid of 22 lines of 28 characters, but our styles do not lean on it: programs differ in how they
set characters on a grid narrower than the character (LibreOffice gives each two cells). Lines of exact height
and slightly tightened characters come to the same 22 × 28 in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .docx_xml import Properties, Xml, element, part, properties
from .lines import NOT_END, NOT_START
from .model import Face

#: The typefaces an office owns, by role; `render_docx` takes another mapping.
OFFICE_FACES: Mapping[Face, str] = {
    Face.FANGSONG: "仿宋_GB2312",
    Face.HEI: "黑体",
    Face.KAI: "楷体_GB2312",
    Face.TITLE: "方正小标宋简体",
    Face.NUMERALS: "宋体",
}
#: What Word may take where the typeface is missing, best first.
ALTERNATES: Mapping[Face, str] = {
    Face.FANGSONG: "仿宋,FangSong,华文仿宋,STFangsong,方正仿宋_GBK",
    Face.HEI: "SimHei,华文黑体,STHeiti,方正黑体_GBK",
    Face.KAI: "楷体,KaiTi,华文楷体,STKaiti,方正楷体_GBK",
    Face.TITLE: "方正小标宋_GBK,小标宋,华文中宋,STZhongsong",
    Face.NUMERALS: "SimSun,新宋体,NSimSun,华文宋体",
}
LINE = 579  # 225 mm / 22 rounded down: rounded up, the 22nd line would not fit
WIDTH = 8845  # 156 mm
CELL = WIDTH / 28
CHAR_SPACE = round((CELL / 20 - 16) * 4096)  # by how much the grid tightens 3号, in 1/4096 pt
TIGHTER = -5  # after each character: 28 of 3号 fill a line, with 1 pt left for justifying
SMALL = 280  # one cell of 4号
TITLE_LINE = 695  # 1.2 lines
RED = "FF0000"
EXACT = "exact"


def cells(number: float) -> int:
    """Cells of 3号 in twips."""
    return round(number * CELL)


def exact(line: int, **more: int) -> dict[str, str | int]:
    """Spacing with lines of one height, whatever the face: a fallback cannot move a line."""
    return {**more, "line": line, "lineRule": EXACT}


@dataclass(frozen=True)
class Style:
    """A style of paragraphs. ``size`` in points; ``face`` None takes that of ``based``. ``loose``: characters
    at their own width, not tightened to the 28 cells.
    """

    key: str
    name: str
    paragraph: Properties = field(default_factory=dict)
    face: Face | None = None
    size: float = 0.0
    based: str = "Normal"
    follow: str = ""
    alias: str = ""
    colour: str = ""
    loose: bool = False

    def xml(self, faces: Mapping[Face, str]) -> Xml:
        """The style's definition."""
        runs: dict[str, object] = {"rFonts": font(faces[self.face])} if self.face else {}
        runs |= {"sz": round(self.size * 2), "szCs": round(self.size * 2)} if self.size else {}
        runs |= {"color": self.colour} if self.colour else {}
        runs |= {"spacing": 0} if self.loose else {}
        head = [element("name", {"val": self.name})]
        head += [element("aliases", {"val": self.alias})] if self.alias else []
        head += [element("basedOn", {"val": self.based})] if self.key != "Normal" else []
        head += [element("next", {"val": self.follow})] if self.follow else []
        head += [element("qFormat")]
        body = properties("pPr", self.paragraph), properties("rPr", runs)  # type: ignore[arg-type, dict-item]
        kind: dict[str, str | int] = {"type": "paragraph"}
        kind |= {"default": 1} if self.key == "Normal" else {}
        kind |= {} if self.key in BUILT_IN else {"customStyle": 1}
        return element("style", {**kind, "styleId": self.key}, *head, *body)


BUILT_IN = frozenset({"Normal", "Title", "Heading1", "Heading2", "Heading3", "Heading4", "Footer"})
INDENT = {"firstLineChars": 200, "firstLine": cells(2)}
NONE = {"firstLineChars": 0, "firstLine": 0}
_LEVELS = (
    (1, "一级", Face.HEI),
    (2, "二级", Face.KAI),
    (3, "三级", Face.FANGSONG),
    (4, "四级", Face.FANGSONG),
)


def _hanging(left: float, hanging: float) -> Properties:
    return {"ind": {"left": cells(left), "hanging": cells(hanging)}}


def _headings() -> list[Style]:
    """标题 1–4 for headings that stand alone; （接排） for those the text runs on from: out of the outline."""
    found = []
    for level, label, face in _LEVELS:
        key = f"Heading{level}"
        alone: Properties = {"keepNext": True, "ind": INDENT, "outlineLvl": level - 1}
        on: Properties = {"keepNext": False, "outlineLvl": 9}
        alias = f"{label}标题"
        found += [
            Style(key, f"heading {level}", alone, face, 16, follow="OfficialBody", alias=alias),
            Style(f"RunIn{level}", f"{label}标题（接排）", on, based=key, follow="OfficialBody"),
        ]
    return found


STYLES: tuple[Style, ...] = (
    Style(
        "Normal",
        "Normal",
        {
            "widowControl": False, "kinsoku": True, "wordWrap": True, "overflowPunct": False, "topLinePunct": False,
            "autoSpaceDE": False, "autoSpaceDN": False, "adjustRightInd": True, "snapToGrid": False,
            "spacing": exact(LINE, before=0, after=0), "jc": "both",
        },
        Face.FANGSONG,
        16,
    ),
    Style("OfficialBody", "公文正文", {"ind": INDENT}),
    Style("FlushBody", "公文正文（顶格）"),
    Style("CentredBody", "公文正文（居中）", {"jc": "center"}),
    *_headings(),
    Style("Title", "Title", {"spacing": exact(TITLE_LINE), "jc": "center", "keepNext": True}, Face.TITLE, 22,
          follow="OfficialBody", alias="公文标题", loose=True),
    Style("Corner", "版头", {"jc": "left"}, Face.HEI),
    Style("Mark", "发文机关标志", {"jc": "center", "spacing": exact(1150)}, Face.TITLE, 46, colour=RED, loose=True),
    Style("Number", "发文字号", {"jc": "center"}),
    Style("SignedNumber", "发文字号（有签发人）", {"jc": "left"}, based="Number"),
    Style("RedRule", "信函红线", {"spacing": exact(28)}, size=1, loose=True),
    Style("Addressee", "主送机关", {"jc": "both"}, follow="OfficialBody"),
    Style("Listed", "附件说明", {"jc": "both", "ind": {"left": cells(5), "hanging": cells(3)}}),
    Style("Issuer", "署名", {"jc": "right", "keepNext": True, "ind": {"right": cells(2)}}, follow="Dated"),
    Style("Dated", "成文日期", {"jc": "right", "ind": {"right": cells(2)}}),
    Style("Remark", "附注", {"ind": INDENT}),
    Style("Names", "出席名单", _hanging(5, 3)),
    Style("AttachmentLabel", "附件标识", {"pageBreakBefore": True, "keepNext": True, "jc": "left"}, Face.HEI,
          follow="AttachmentTitle"),
    Style("AttachmentTitle", "附件标题", {"outlineLvl": 0}, based="Title", follow="OfficialBody"),
    Style("TableText", "表格文字", {"spacing": exact(417), "jc": "left"}, size=14, loose=True),
    Style("TableHead", "表格标题", {"jc": "center", "keepNext": True}, Face.HEI, based="TableText"),
    Style("Gap", "表格间隔", {"spacing": exact(14)}, size=1, loose=True),
    Style("Colophon", "版记", {"spacing": exact(425), "ind": {"left": SMALL, "right": SMALL}, "jc": "both"},
          size=14, loose=True),
    Style("ColophonRule", "版记分隔线", {"spacing": exact(14)}, size=1, loose=True),
    Style("Printer", "印发机关和日期", {"jc": "left"}, based="Colophon"),
    Style("Footer", "footer", {"spacing": exact(350), "jc": "right", "ind": {"right": SMALL}},
          Face.NUMERALS, 14, alias="页码", loose=True),
    Style("FooterEven", "页码（双页）", {"jc": "left", "ind": {"left": SMALL, "right": 0}}, based="Footer"),
    Style("PlateName", "桌签姓名", {"pageBreakBefore": True, "jc": "center"}, Face.TITLE, 200, loose=True),
    Style("PlateUnit", "桌签单位", {"jc": "center"}, Face.TITLE, 40, loose=True),
)  # fmt: skip
BY_KEY = {style.key: style for style in STYLES}
#: The face of each style, looked up through its base: a run in it needs no mark of its own.
_FACE_KEYS = {
    Face.FANGSONG: "FangSong",
    Face.HEI: "Hei",
    Face.KAI: "Kai",
    Face.TITLE: "BiaoSong",
    Face.NUMERALS: "Song",
}
_FACE_NAMES = {
    Face.FANGSONG: "仿宋字",
    Face.HEI: "黑体字",
    Face.KAI: "楷体字",
    Face.TITLE: "小标宋字",
    Face.NUMERALS: "宋体字",
}


def face_of(key: str) -> Face:
    """The face a style sets its text in."""
    style = BY_KEY[key]
    return style.face or face_of(style.based)


def font(name: str) -> dict[str, str | int]:
    """One face for all scripts: figures stand in the face of the text around them, as in the PDF."""
    return {"ascii": name, "hAnsi": name, "eastAsia": name, "cs": name}


def face_style(face: Face) -> str:
    """Id of the character style that sets one face."""
    return _FACE_KEYS[face]


def styles_part(faces: Mapping[Face, str]) -> str:
    """styles.xml."""
    base = font(faces[Face.FANGSONG])
    language = {"val": "en-US", "eastAsia": "zh-CN", "bidi": "ar-SA"}
    runs = properties(
        "rPr",
        {
            "rFonts": base,
            "snapToGrid": False,
            "spacing": TIGHTER,
            "kern": 0,
            "sz": 32,
            "szCs": 32,
            "lang": language,
        },
    )
    defaults = element("docDefaults", None, element("rPrDefault", None, runs), element("pPrDefault"))
    characters = [
        element(
            "style",
            {"type": "character", "customStyle": 1, "styleId": _FACE_KEYS[face]},
            element("name", {"val": _FACE_NAMES[face]}),
            element("qFormat"),
            properties("rPr", {"rFonts": font(faces[face])}),
        )
        for face in Face
    ]
    return part("styles", defaults, *(style.xml(faces) for style in STYLES), *characters)


def fonts_part(faces: Mapping[Face, str]) -> str:
    """fontTable.xml: each face with what may stand in for it."""
    named = {faces[face]: ALTERNATES[face] for face in Face}
    return part(
        "fonts",
        *(
            element(
                "font",
                {"name": name},
                element("altName", {"val": others}),
                element("charset", {"val": "86"}),
                element("family", {"val": "auto"}),
                element("pitch", {"val": "default"}),
            )
            for name, others in named.items()
        ),
    )


def settings_part() -> str:
    """settings.xml: kinsoku as the PDF has it, no hanging marks, punctuation squeezed, odd and even pages."""
    flags = "spaceForUL balanceSingleByteDoubleByteWidth doNotLeaveBackslashAlone ulTrailSpace doNotExpandShiftReturn "
    flags += "adjustLineHeightInTable useFELayout"
    uri = "http://schemas.microsoft.com/office/word"
    mode = element("compatSetting", {"name": "compatibilityMode", "uri": uri, "val": 15})
    starts = "".join(sorted(NOT_START - {" ", "\u3000"}))
    ends = "".join(sorted(NOT_END - {"\u00a0"}))
    return part(
        "settings",
        element("zoom", {"percent": 100}),
        element("bordersDoNotSurroundHeader"),
        element("bordersDoNotSurroundFooter"),
        element("defaultTabStop", {"val": cells(1)}),
        element("evenAndOddHeaders"),
        element("drawingGridVerticalSpacing", {"val": LINE}),
        element("characterSpacingControl", {"val": "compressPunctuation"}),
        element("noLineBreaksAfter", {"lang": "zh-CN", "val": ends}),
        element("noLineBreaksBefore", {"lang": "zh-CN", "val": starts}),
        element("compat", None, *(element(flag) for flag in flags.split()), mode),
        element("themeFontLang", {"val": "en-US", "eastAsia": "zh-CN"}),
    )
