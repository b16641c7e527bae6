"""How a number is written and read. One place, so that a printed number is found again."""

import re

from apps.common import settings_rows

from .models import IssuedNumber

_HAO = re.compile(r"^[〔﹝\[【（(]?\s*(\d{4})\s*[〕﹞\]】）)]?\s*年?\s*第?\s*(\d{1,5})\s*[号期]?$")
_QI = re.compile(r"^第?\s*(\d{1,5})\s*期$")


def number_text(number: IssuedNumber) -> str:
    """〔2026〕1号 or 第1期, as the setting number_style says."""
    if settings_rows.value("number_style") == "qi":
        return f"第{number.number}期"
    return f"〔{number.year}〕{number.number}号"


def parse_number(text: str) -> tuple[int | None, int] | None:
    """(year, number) of 〔2026〕1号 or 2026-1, (None, number) of 第1期, None of anything else."""
    # One blank for each run of them: the patterns have several places in a row where blanks may stand.
    bare = " ".join(text.replace("-", " ").split())
    if found := _HAO.match(bare):
        return int(found[1]), int(found[2])
    if found := _QI.match(bare):
        return None, int(found[1])
    return None
