"""The sRGB profile PDF/A wants, written out: a matrix profile of ICC version 2, half a kilobyte packed."""

from __future__ import annotations

import struct
from functools import lru_cache

_D50 = (0.9642, 1.0, 0.8249)
_PRIMARIES = {  # of sRGB, adapted to D50
    b"rXYZ": (0.4360747, 0.2225045, 0.0139322),
    b"gXYZ": (0.3850649, 0.7168786, 0.0971045),
    b"bXYZ": (0.1430804, 0.0606169, 0.7141733),
}
_STEPS = 1024


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


@lru_cache(maxsize=1)
def srgb() -> bytes:
    """The profile's bytes; the same on every machine."""
    curve = [round(_linear(step / (_STEPS - 1)) * 65535) for step in range(_STEPS)]
    tone = b"curv\0\0\0\0" + struct.pack(f">I{_STEPS}H", _STEPS, *curve)
    name = b"sRGB IEC61966-2.1\0"
    described = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(4 + 4 + 2 + 1 + 67)
    tags = {
        b"desc": described,
        b"cprt": b"text\0\0\0\0No copyright, use freely\0",
        b"wtpt": _xyz(_D50),
        **{key: _xyz(values) for key, values in _PRIMARIES.items()},
        b"rTRC": tone,
        b"gTRC": tone,
        b"bTRC": tone,
    }
    body, table, at = b"", struct.pack(">I", len(tags)), 128 + 4 + 12 * len(tags)
    known: dict[bytes, int] = {}
    for key, value in tags.items():
        if value not in known:  # the three curves are one
            known[value] = at + len(body)
            body += value + bytes(-len(value) % 4)
        table += key + struct.pack(">II", known[value], len(value))
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H4s", 2000, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + _xyz(_D50)[8:] + bytes(48)
    return head + table + body
