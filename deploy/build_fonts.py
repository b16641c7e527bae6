#!/usr/bin/env python3
"""Cut the fonts of official papers out of Debian's packages into static/fonts/.

Run only when the set changes (the results are committed):

    python deploy/build_fonts.py [--debs DIR] [--out static/fonts]

Whole fonts come from packages (`apt-get download`, nothing is installed). Each is cut to the General
Standard Chinese Characters (Unihan field kTGH) + GB 2312 + the punctuation and symbols papers use; the
fallback face keeps every further BMP ideograph GBK knows. Layout tables are dropped: the composition
measures plain advances, and a kerning table would move what it measured. Families get names of their own,
so that a reserved font name is never used for a changed font and a font of the system can never be picked.
Needs: apt-get, dpkg-deb, fontTools. The same packages give the same bytes.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

PACKAGES = ("texlive-lang-chinese", "fonts-lxgw-wenkai", "fonts-noto-cjk", "unicode-data")
FANDOL = "usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/"
NOTO = "usr/share/fonts/opentype/noto/"
LXGW = "usr/share/fonts/truetype/lxgw-wenkai/"
SYMBOLS = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "\u00a0°±·×÷–—―‘’“”…‰′″※℃№→①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳□■△▲○◎●★☆〇ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ≤≥≠≈㎡㎥√"
    + "".join(map(chr, range(0x3000, 0x3018)))
    + "".join(map(chr, range(0xFF01, 0xFF5F)))
    + "￥"
)


@dataclass(frozen=True)
class Cut:
    """One file to make: where it comes from, what it is called, which characters it keeps."""

    out: str
    family: str
    package: str
    path: str
    keep: str  # "common" | "rest" | "numerals"
    face: str = ""  # family wanted out of a collection


TEX, NOTO_CJK = "texlive-lang-chinese", "fonts-noto-cjk"
CUTS = (
    Cut("fangsong.otf", "Gongwen FangSong", TEX, FANDOL + "FandolFang-Regular.otf", "common"),
    Cut("kai.otf", "Gongwen Kai", TEX, FANDOL + "FandolKai-Regular.otf", "common"),
    Cut("numerals.otf", "Gongwen Song", TEX, FANDOL + "FandolSong-Regular.otf", "numerals"),
    Cut(
        "title.otf",
        "Gongwen BiaoSong",
        NOTO_CJK,
        NOTO + "NotoSerifCJK-Bold.ttc",
        "common",
        "Noto Serif CJK SC",
    ),
    Cut("hei.otf", "Gongwen Hei", NOTO_CJK, NOTO + "NotoSansCJK-Regular.ttc", "common", "Noto Sans CJK SC"),
    Cut("rest.ttf", "Gongwen Rest", "fonts-lxgw-wenkai", LXGW + "LXGWWenKai-Light.ttf", "rest"),
)

LICENCES = {
    "LICENCE-Fandol.txt": ("texlive-lang-chinese", ("usr/share/doc/texlive-doc/fonts/fandol/README",
                                                    "usr/share/doc/texlive-doc/fonts/fandol/COPYING.gz")),
    "LICENCE-Noto-CJK.txt": ("fonts-noto-cjk", ("usr/share/doc/fonts-noto-cjk/copyright",)),
    "LICENCE-LXGW-WenKai.txt": ("fonts-lxgw-wenkai", ("usr/share/doc/fonts-lxgw-wenkai/copyright",)),
}  # fmt: skip


def unpack(debs: Path, root: Path) -> dict[str, Path]:
    """Fetch the packages not yet in ``debs`` and lay their files under ``root``/package."""
    trees: dict[str, Path] = {}
    for name in PACKAGES:
        if not list(debs.glob(f"{name}_*.deb")):
            subprocess.run(["apt-get", "download", name], cwd=debs, check=True)
        trees[name] = root / name
        trees[name].mkdir(parents=True)
        deb = sorted(debs.glob(f"{name}_*.deb"))[-1]
        subprocess.run(["dpkg-deb", "-x", str(deb), str(trees[name])], check=True)
    return trees


def gb2312() -> set[int]:
    """Every character of GB 2312, by its own codec."""
    found = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((high, low)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def general_standard(unihan: Path) -> set[int]:
    """The 8,105 characters of 通用规范汉字表, from the Unihan field kTGH."""
    found: set[int] = set()
    for packed in sorted(unihan.glob("Unihan_*.txt.bz2")):
        text = bz2.decompress(packed.read_bytes()).decode("utf-8")
        found |= {int(hit, 16) for hit in re.findall(r"^U\+([0-9A-F]+)\tkTGH\t2013:", text, re.M)}
    if len(found) != 8105:
        raise SystemExit(f"expected 8105 general standard characters, found {len(found)}")
    return found


def repertoires(trees: dict[str, Path]) -> dict[str, set[int]]:
    """The three sets of code points a cut can keep."""
    symbols = {ord(c) for c in SYMBOLS}
    hanzi = {c for c in gb2312() if 0x4E00 <= c <= 0x9FFF}
    standard = general_standard(trees["unicode-data"] / "usr/share/unicode")
    gbk = {c for c in range(0x4E00, 0x9FA6) if len(chr(c).encode("gbk", "ignore")) == 2}
    common = hanzi | standard | symbols
    return {"common": common, "rest": common | gbk, "numerals": {ord(c) for c in "0123456789— -"}}


def rename(font: TTFont, family: str) -> None:
    """Give the cut font its own family; copyright and licence records stay."""
    names = font["name"]
    postscript = family.replace(" ", "")
    for record in list(names.names):
        if record.nameID in (1, 2, 3, 4, 6, 16, 17, 18, 21, 22):
            names.removeNames(nameID=record.nameID)
    for name_id, value in (
        (1, family),
        (2, "Regular"),
        (3, f"{postscript};cut"),
        (4, family),
        (6, postscript),
    ):
        names.setName(value, name_id, 3, 1, 0x409)
    font["OS/2"].usWeightClass = 400
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0x21) | 0x40
    font["head"].macStyle = 0
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames[0] = postscript
        cff.topDictIndex[0].FamilyName = cff.topDictIndex[0].FullName = family


def level(font: TTFont) -> None:
    """One ascent and descent for all faces, so that a change of face never moves a baseline."""
    scale = font["head"].unitsPerEm / 1000
    ascent, descent = round(880 * scale), round(120 * scale)
    hhea, os2 = font["hhea"], font["OS/2"]
    hhea.ascent, hhea.descent, hhea.lineGap = ascent, -descent, 0
    os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap = ascent, -descent, 0
    os2.usWinAscent, os2.usWinDescent = ascent, descent


def open_face(path: Path, wanted: str) -> TTFont:
    """Open a plain font, or the wanted face of a collection."""
    if not wanted:
        return TTFont(path)
    for face in TTCollection(path, lazy=True).fonts:
        if face["name"].getDebugName(1) == wanted:
            return face
    raise SystemExit(f"{path.name} has no face {wanted}")


def make(cut: Cut, tree: Path, keep: set[int], out: Path) -> int:
    """Write one cut font; returns the number of characters in it."""
    font = open_face(tree / cut.path, cut.face)
    options = subset.Options()
    options.layout_features = []
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "BASE", "VORG", "vhea", "vmtx", "gasp"]
    options.name_IDs = [0, 5, 7, 8, 9, 10, 11, 12, 13, 14]
    options.name_languages = ["*"]
    options.notdef_outline = True
    options.hinting = False
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=keep & set(font.getBestCmap()))
    cutter.subset(font)
    rename(font, cut.family)
    level(font)
    font.recalcTimestamp = False
    font.save(out / cut.out, reorderTables=None)
    return len(font.getBestCmap())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--debs", type=Path, help="folder of packages already fetched")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).resolve().parent.parent / "static" / "fonts"
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        trees = unpack(args.debs or Path(work), Path(work) / "trees")
        kept = repertoires(trees)
        claimed: set[int] = set()
        for cut in CUTS:
            # what 仿宋 and 楷体 both have, the fallback face never draws
            keep = kept[cut.keep] - (claimed if cut.keep == "rest" else set())
            count = make(cut, trees[cut.package], keep, args.out)
            if cut.family in ("Gongwen FangSong", "Gongwen Kai"):
                has = {c for c in TTFont(args.out / cut.out).getBestCmap() if c > 0x33FF}
                claimed = claimed & has if claimed else has
            print(f"{cut.out}: {count} characters, {(args.out / cut.out).stat().st_size / 1e6:.1f} MB")
        for target, (package, paths) in LICENCES.items():
            blobs = [(trees[package] / path) for path in paths]
            text = b"\n".join(
                gzip.decompress(b.read_bytes()) if b.suffix == ".gz" else b.read_bytes() for b in blobs
            )
            (args.out / target).write_bytes(text)


if __name__ == "__main__":
    main()
