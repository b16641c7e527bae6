"""Roles that an administrator hands out. What follows from a post is computed from the roster instead."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Handed-out roles. The three administrators' roles are disjoint (三员分立, a setting)."""

    OFFICE_STAFF = "office_staff", _("联席会议办公室工作人员")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDITOR = "auditor", _("安全审计员")


DISJOINT = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})


class TextSize(models.TextChoices):
    """Reading size of the screens, in per cent."""

    NORMAL = "100", _("标准")
    LARGE = "125", _("大")
    LARGEST = "150", _("特大")
