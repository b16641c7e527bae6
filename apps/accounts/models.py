"""Login accounts and handed-out roles. Who a person is in the joint meeting is the roster's business."""

import unicodedata
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.common.fields import PlainCharField, tidy

from .enums import Role, TextSize


def normal_username(name: str) -> str:
    """One spelling a user: NFKC, lower case, no zero-width characters (`U1`, `ｕ１`, `u\u200b1` are one)."""
    return tidy(unicodedata.normalize("NFKC", name)).strip().casefold()


class PortalUserManager(UserManager["User"]):
    """Looks users up by their normal spelling."""

    @classmethod
    def normalize_username(cls, username: str | None) -> str:
        return normal_username(username or "")

    def create_user(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        """A new account; without a password nobody can log in to it. Django's own would set `is_staff`."""
        user = self.model(username=normal_username(username), email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, *args: Any, **kwargs: Any) -> "User":
        """Refused: nobody stands above the portal's own rules."""
        raise NotImplementedError("Use manage.py create_administrator.")

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=normal_username(username or ""))


class User(AbstractUser):
    """An account. It is disabled, never deleted: the journal and old papers refer to it."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    is_staff = None  # type: ignore[assignment]
    name = PlainCharField(_("显示名称"), max_length=60, help_text=_("按岗位起名，例如“市教育局经办人A”。"))
    phone = PlainCharField(_("联系电话"), max_length=30, blank=True)
    must_change_password = models.BooleanField(_("下次登录须改密码"), default=False)
    text_size = models.CharField(_("字号"), max_length=3, choices=TextSize, default=TextSize.NORMAL)
    high_contrast = models.BooleanField(_("高对比度"), default=False)

    objects: ClassVar[PortalUserManager] = PortalUserManager()  # type: ignore[assignment]
    REQUIRED_FIELDS = ["name"]
    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    class Meta:
        ordering = ["id"]
        verbose_name = _("账号")

    def __str__(self) -> str:
        return self.name or self.username

    def clean(self) -> None:
        self.username = normal_username(self.username)
        super().clean()

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class RoleGrant(models.Model):
    """A role handed to an account from a day, until a day (inclusive) or until taken back."""

    user = models.ForeignKey(User, models.PROTECT, related_name="role_grants")
    role = models.CharField(_("角色"), max_length=20, choices=Role)
    starts_on = models.DateField(_("自"))
    ends_on = models.DateField(_("至"), null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    history = HistoricalRecords()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(ends_on__isnull=True), name="one_open_grant_a_role"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="role_grant_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"
