"""Password rules, in the portal's own words: Django's hints say 你, every page here 您.

What GB/T 22239 asks for and ASVS 6.2.5 advises against is decided by one setting.
"""

import re

from django.conf import settings
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_CLASSES = (r"[a-z]", r"[A-Z]", r"\d", r"[^a-zA-Z\d]")


class SimilarityValidator(UserAttributeSimilarityValidator):
    """Not like the person's own names and addresses."""

    def get_help_text(self) -> str:
        return str(_("密码不能与您的其他个人信息太相似。"))


class LengthValidator(MinimumLengthValidator):
    """Long enough."""

    def get_help_text(self) -> str:
        return str(_("密码不少于%(length)s个字符。")) % {"length": self.min_length}


class CommonValidator(CommonPasswordValidator):
    """Not one of those that everybody tries first."""

    def get_help_text(self) -> str:
        return str(_("不能使用常见密码。"))


class ComplexityValidator:
    """Three of four kinds of character, when GB_PASSWORD_RULES is on."""

    def validate(self, password: str, user: object | None = None) -> None:
        if settings.GB_PASSWORD_RULES and sum(bool(re.search(kind, password)) for kind in _CLASSES) < 3:
            raise ValidationError(self.get_help_text(), code="password_too_simple")

    def get_help_text(self) -> str:
        if not settings.GB_PASSWORD_RULES:
            return ""
        return str(_("密码须含大写字母、小写字母、数字、符号中的三种。"))
