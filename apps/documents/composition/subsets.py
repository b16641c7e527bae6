"""Fonts cut to the characters of one paper, by HarfBuzz's own library (seconds in Python, milliseconds there)."""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from .fonts import Font, FontSetupError

NO_HINTING, RETAIN_GIDS, DESUBROUTINIZE = 0x1, 0x2, 0x4  # hb_subset_flags_t
_NAMES = {
    "linux": ("libharfbuzz.so.0", "libharfbuzz-subset.so.0"),
    "darwin": ("libharfbuzz.0.dylib", "libharfbuzz-subset.0.dylib"),
    "win32": ("libharfbuzz-0.dll", "libharfbuzz-subset-0.dll"),
}
_POINTERS = (
    "hb_blob_create_from_file", "hb_face_create", "hb_subset_input_create_or_fail", "hb_subset_input_unicode_set",
    "hb_subset_or_fail", "hb_face_reference_table", "hb_face_reference_blob", "hb_blob_get_data",
)  # fmt: skip


@lru_cache(maxsize=1)
def library() -> Any:
    """HarfBuzz with its subsetter; raises `FontSetupError` naming the package when it is not installed."""
    base, subset = _NAMES.get(sys.platform, _NAMES["linux"])
    try:
        mode = ctypes.RTLD_GLOBAL
        ctypes.CDLL(ctypes.util.find_library("harfbuzz") or base, mode=mode)
        loaded = ctypes.CDLL(ctypes.util.find_library("harfbuzz-subset") or subset, mode=mode)
    except OSError as error:
        raise FontSetupError("缺少系统库 libharfbuzz-subset，请安装 libharfbuzz-subset0") from error
    for name in _POINTERS:
        getattr(loaded, name).restype = ctypes.c_void_p
    return loaded


@lru_cache(maxsize=16)
def _face(path: Path) -> ctypes.c_void_p:
    """The whole font, mapped into memory once a process."""
    hb = library()
    blob = ctypes.c_void_p(hb.hb_blob_create_from_file(str(path).encode()))
    face = ctypes.c_void_p(hb.hb_face_create(blob, 0))
    hb.hb_blob_destroy(blob)
    hb.hb_face_make_immutable(face)
    return face


def cut(font: Font, chars: Iterable[str]) -> bytes:
    """A font program with these characters only: a CFF table, or a TrueType file. The codes stay as they were."""
    hb = library()
    wanted = ctypes.c_void_p(hb.hb_subset_input_create_or_fail())
    points = ctypes.c_void_p(hb.hb_subset_input_unicode_set(wanted))
    for char in chars:
        hb.hb_set_add(points, ord(char))
    flags = NO_HINTING | DESUBROUTINIZE
    hb.hb_subset_input_set_flags(wanted, flags if font.outlines == "cid" else flags | RETAIN_GIDS)
    face = ctypes.c_void_p(hb.hb_subset_or_fail(_face(font.path), wanted))
    hb.hb_subset_input_destroy(wanted)
    if face.value is None:
        raise FontSetupError(f"字体文件 {font.path.name} 不能截取")
    if font.outlines == "glyf":
        blob = ctypes.c_void_p(hb.hb_face_reference_blob(face))
    else:
        blob = ctypes.c_void_p(hb.hb_face_reference_table(face, int.from_bytes(b"CFF ", "big")))
    length = ctypes.c_uint()
    data = hb.hb_blob_get_data(blob, ctypes.byref(length))
    program = ctypes.string_at(data, length.value)
    hb.hb_blob_destroy(blob)
    hb.hb_face_destroy(face)
    return program
