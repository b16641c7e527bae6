"""Logging in again on the page one is on: the session ended while somebody was typing.

The same ways in as the login page: tries are counted, the second factor is asked, the journal has its line.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from . import throttle
from .models import User

WRONG, LOCKED, ELSEWHERE = 422, 429, 409
NO_ENTRY = "这个账号现在不能在这里登录，请在新窗口打开登录页。"


class NotBackError(Exception):
    """Not logged in: `status` for the answer, the words for the person."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


def come_back(request: HttpRequest, *, pk: int, password: str, code: str) -> None:
    """Log the person of this page in again. Raises NotBackError: wrong, locked, or nothing for this place.

    Whether an account exists is not told: an unknown one, one that is off and a wrong password sound alike.
    """
    known = User.objects.filter(pk=pk).first()
    name = known.username if known else f"#{pk}"
    try:
        user: Any = get_adapter().authenticate(request, username=name, password=password)
    except ValidationError as error:
        raise NotBackError(LOCKED, "输错次数太多，请稍后再试。您的文字仍在本机。") from error
    if user is None or user.pk != pk or not user.is_active:
        raise NotBackError(WRONG, "密码不对，请再输一次。")
    if user.must_change_password:
        raise NotBackError(ELSEWHERE, NO_ENTRY)
    _ask_second_factor(request, user, code)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    record_authentication(request, user, method="password", username=user.username)


def _ask_second_factor(request: HttpRequest, user: User, code: str) -> None:
    """Nothing without one; else the code must be right. A wrong code counts as a try."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    held = list(Authenticator.objects.filter(user=user, type__in=kinds))
    if not any(each.type == Authenticator.Type.TOTP for each in held):
        return
    code = code.strip()
    if not code:
        raise NotBackError(WRONG, "请填写动态口令。")
    if not any(each.wrap().validate_code(code) for each in held):
        throttle.take(user.username, get_adapter().get_client_ip(request))
        raise NotBackError(WRONG, "动态口令不对，请再输一次。")
