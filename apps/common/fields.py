"""Text fields that refuse what must never reach paper: control, bidi-override and zero-width characters."""

import re
import unicodedata
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

# Newline and tab are ordinary typing; U+FE00–FE0F select glyph variants and are kept.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)

# Dates outside are slips of the finger, and near the ends of the calendar no time zone can be applied to them.
FIRST_YEAR, LAST_YEAR = 1949, 2199


def in_reach(day: date) -> None:
    """Raise ValidationError when a date or a moment is too far away to be meant."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            _("日期应在%(first)s年至%(last)s年之间。"),
            code="out_of_reach",
            params={"first": FIRST_YEAR, "last": LAST_YEAR},
        )


def whole_number(text: str) -> int | None:
    """The number a few ASCII digits stand for, None for anything else. It fits every integer column of an id."""
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else None


def plain(text: str) -> None:
    """Raise ValidationError when the text holds a character that nobody can see but a computer obeys."""
    found = _FORBIDDEN.search(text)
    if found:
        code = f"U+{ord(found.group()):04X}"
        raise ValidationError(
            _("第%(place)s个字符是不可见的控制字符（%(code)s），请删除后重试。"),
            code="control_character",
            params={"place": found.start() + 1, "code": code},
        )
    if any(unicodedata.category(char) == "Cs" for char in text):
        raise ValidationError(_("文字中有残缺的字符，请重新输入。"), code="surrogate")


def tidy(text: str) -> str:
    """The text as the portal keeps it: one kind of line end, no zero-width joiners left by pasting."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub("[\u200b\u200c\u200d\u2060\ufeff]", "", text)


class PlainCharField(models.CharField):
    """One line of text without control characters: a line end becomes a space, since it may go into a mail's head."""

    default_validators = [plain]

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        if not isinstance(value, str):
            return value
        # Line by line and not by a pattern: one would read a long run of blanks once for each of its characters.
        return " ".join(line for part in tidy(value).strip().split("\n") if (line := part.strip()))


class PlainTextField(models.TextField):
    """A text of several lines without control characters; `max_length` is checked on forms and full_clean."""

    default_validators = [plain]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20000)
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return tidy(value) if isinstance(value, str) else value

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        value = super().clean(value, model_instance)
        if isinstance(value, str) and self.max_length and len(value) > self.max_length:
            raise ValidationError(
                _("文字过长：最多%(limit)s字，现有%(now)s字。"),
                code="max_length",
                params={"limit": self.max_length, "now": len(value)},
            )
        return value
