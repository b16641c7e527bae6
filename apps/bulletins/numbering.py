"""通报〔2026〕1号: the number of a series with its word, so that it is not taken for a 纪要's."""

from apps.common import settings_rows
from apps.documents.enums import PaperKind
from apps.documents.models import IssuedNumber
from apps.documents.numbers import number_text

from .enums import SERIES


def series_text(number: IssuedNumber) -> str:
    """通报〔2026〕1号; 第1期 where the office counts so (setting number_style)."""
    return with_series(PaperKind(number.kind), number_text(number))


def with_series(kind: PaperKind, text: str) -> str:
    """The series' word before a number as written; 第1期 stands alone, as on a 简报."""
    return text if settings_rows.value("number_style") == "qi" else f"{SERIES[kind]}{text}"
