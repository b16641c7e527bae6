"""Password rules that GB/T 22239 asks for and ASVS 6.2.5 advises against: one setting decides."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_CLASSES = (r"[a-z]", r"[A-Z]", r"\d", r"[^a-zA-Z\d]")


class ComplexityValidator:
    """Three of four kinds of character, when GB_PASSWORD_RULES is on."""

    def validate(self, password: str, user: object | None = None) -> None:
        if settings.GB_PASSWORD_RULES and sum(bool(re.search(kind, password)) for kind in _CLASSES) < 3:
            raise ValidationError(self.get_help_text(), code="password_too_simple")

    def get_help_text(self) -> str:
        if not settings.GB_PASSWORD_RULES:
            return ""
        return str(_("密码须含大写字母、小写字母、数字、符号中的三种。"))
