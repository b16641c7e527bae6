"""Lines of the journal for coming and going. The only signals of the portal: Django offers no other place."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from apps.common import audit

from .models import User, normal_username


@receiver(user_logged_in, dispatch_uid="journal_login")
def logged_in(user: User, **kwargs: Any) -> None:
    """Somebody came in."""
    audit.record(by=user, verb="login", label="登录", obj=user)


@receiver(user_logged_out, dispatch_uid="journal_logout")
def logged_out(request: Any, user: User | None, **kwargs: Any) -> None:
    """Somebody left, or the session was too old."""
    if user is not None:
        over = getattr(request, "session_over", False)
        audit.record(by=user, verb="logout", label="登录到期" if over else "退出", obj=user)


@receiver(user_login_failed, dispatch_uid="journal_login_failed")
def login_failed(credentials: dict[str, Any], **kwargs: Any) -> None:
    """A wrong name or password. The name is kept, the password never."""
    detail = {"username": normal_username(str(credentials.get("username", "")))[:60]}
    audit.record(by=None, verb="login_failed", label="登录失败", allowed=False, detail=detail)
