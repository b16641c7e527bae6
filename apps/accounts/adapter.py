"""allauth hooks: signup closed, names normalised, tries counted, second-factor seeds encrypted at rest."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from apps.common import audit
from apps.common.workflow import save_with_history

from . import throttle
from .models import User, normal_username


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by the administrator, never by signing up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/"

    def clean_username(self, username: str, shallow: bool = False) -> str:
        return super().clean_username(normal_username(username), shallow)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try. Raises ValidationError after too many wrong passwords (throttle.py)."""
        name = str(credentials.get("username", ""))
        if not throttle.take(name, self.get_client_ip(request)):
            detail = {"username": normal_username(name)[:60]}
            audit.record(by=None, verb="login_blocked", label="登录受限", allowed=False, detail=detail)
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """The account, or None. A right password does not count as a try."""
        user = super().authenticate(request, **credentials)
        if user is not None:
            throttle.give_back(str(credentials.get("username", "")), self.get_client_ip(request))
        return user

    @transaction.atomic
    def set_password(self, user: User, password: str) -> None:
        """The user's own change of password, which also ends the duty to change it."""
        user.set_password(password)
        user.must_change_password = False
        save_with_history(user, by=user, why="修改密码")
        audit.record(by=user, verb="change_password", label="修改密码", obj=user)


def _cipher() -> Fernet:
    key = hashlib.sha256(b"second-factor:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


class MFAAdapter(DefaultMFAAdapter):
    """Keeps TOTP seeds encrypted: a copied database alone gives nobody the second factor."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()
