"""Which file draws which character, and how wide it is.

The portal ships cut fonts in ``static/fonts`` (made by ``deploy/build_fonts.py``). An office that owns the
usual typefaces names its own in one place: `use_fonts({Face.TITLE: "/srv/fonts/title.ttf"})`; the shipped
faces stay behind it as fallback. The choice is made here, per character, and never left to the renderer: a
silent fallback moves the baseline and can spoil the text layer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from .model import Face

FONT_DIR = Path(__file__).resolve().parents[3] / "static" / "fonts"
SHIPPED: Mapping[Face, str] = {
    Face.FANGSONG: "fangsong.otf",
    Face.HEI: "hei.otf",
    Face.KAI: "kai.otf",
    Face.TITLE: "title.otf",
    Face.NUMERALS: "numerals.otf",
}
REST = "rest.ttf"
_chosen: dict[Face, Path] = {}


class FontSetupError(RuntimeError):
    """A font file or a library the papers need is missing; said at start-up, not in a paper."""


@dataclass(frozen=True)
class Font:
    """One font file: its family name and the advance in em of each character it has."""

    path: Path
    family: str
    advances: Mapping[int, float]

    def has(self, char: str) -> bool:
        return ord(char) in self.advances

    def advance(self, char: str) -> float:
        """Width in em."""
        return self.advances[ord(char)]


@lru_cache(maxsize=16)
def load(path: Path) -> Font:
    """Read a font file's names, character map and advances once a process."""
    if not path.is_file():
        raise _missing(path)
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # 10 MB that most web processes never need

    with TTFont(path, lazy=True) as font:
        scale = font["head"].unitsPerEm
        metrics = font["hmtx"].metrics
        shared: dict[int, float] = {}  # one float object a width: most of ten thousand characters are 1 em
        advances = {
            code: shared.setdefault(metrics[name][0], metrics[name][0] / scale)
            for code, name in font.getBestCmap().items()
        }
        return Font(path, font["name"].getDebugName(1), advances)


def _missing(path: Path) -> FontSetupError:
    return FontSetupError(f"缺少字体文件 {path.name}，请运行 deploy/build_fonts.py 或检查字体设置")


@lru_cache(maxsize=512)
def ink_top(path: Path, text: str) -> float:
    """Highest ink of ``text`` above its baseline, in em (rows 10, 26, 27 and 30 are measured in ink)."""
    return _ink(path, text)[1]


@lru_cache(maxsize=512)
def ink_bottom(path: Path, text: str) -> float:
    """Lowest ink of ``text`` above its baseline, in em (negative below it)."""
    return _ink(path, text)[0]


def _ink(path: Path, text: str) -> tuple[float, float]:
    from fontTools.pens.boundsPen import BoundsPen  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        glyphs, cmap, scale = font.getGlyphSet(), font.getBestCmap(), font["head"].unitsPerEm
        lows: list[float] = []
        highs: list[float] = []
        for char in text:
            if ord(char) not in cmap:
                continue
            pen = BoundsPen(glyphs)
            glyphs[cmap[ord(char)]].draw(pen)
            if pen.bounds:
                lows.append(pen.bounds[1] / scale)
                highs.append(pen.bounds[3] / scale)
    return min(lows, default=0.0), max(highs, default=0.0)


def use_fonts(files: Mapping[Face, str | Path]) -> None:
    """Let an office's own font files play roles. Call before the first paper is made."""
    _chosen.clear()
    _chosen.update({Face(face): Path(path).resolve() for face, path in files.items()})
    find.cache_clear()


def chain(face: Face) -> tuple[Path, ...]:
    """The files tried for a role, best first."""
    own = (_chosen[face],) if face in _chosen else ()
    return (*own, FONT_DIR / SHIPPED[face], FONT_DIR / REST)


def files() -> tuple[Path, ...]:
    """Every font file a paper may use."""
    return tuple(dict.fromkeys(path for face in Face for path in chain(face)))


@cache
def find(char: str, face: Face) -> Font | None:
    """The font that draws ``char`` in this role, or None."""
    for path in chain(face):
        font = load(path)
        if font.has(char):
            return font
    return None


def font_fingerprint() -> str:
    """sha256 (hex) over the font files papers are made with, read once a process: other fonts, other bytes."""
    return _fingerprint(files())


@lru_cache(maxsize=4)
def _fingerprint(paths: tuple[Path, ...]) -> str:
    total = hashlib.sha256()
    for path in paths:
        if not path.is_file():
            raise _missing(path)
        with path.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()


def strut() -> Font:
    """The face every line's height is reckoned from."""
    return load(FONT_DIR / SHIPPED[Face.FANGSONG])
