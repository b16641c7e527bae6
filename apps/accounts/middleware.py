"""Session limits, the duty to change a handed-out password, and the second factor."""

import time
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from . import permissions

Handler = Callable[[HttpRequest], HttpResponse]
# The second factor is asked about once in so many seconds of a session, not at every request.
_ASK_AGAIN_SECONDS = 300
_TOUCH_SECONDS = 60  # a session row is written at most once a minute


def _is_no_act(request: HttpRequest) -> bool:
    """A poll, or a calendar program reading its feed (in a browser that happens to be logged in)."""
    feed = request.path.startswith("/calendar/feed/") and request.path.endswith(".ics")
    return feed or request.headers.get("X-Polling") == "1"


class SessionLimitMiddleware:
    """Ends a session 30 minutes after the last act, 12 hours after login. Polling is no act, autosave is."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(time.time())
            started = request.session.setdefault("started", now)
            seen = request.session.setdefault("seen", now)
            too_long = now - started > settings.SESSION_ABSOLUTE_SECONDS
            if too_long or now - seen > settings.SESSION_IDLE_SECONDS:
                request.session_over = True  # type: ignore[attr-defined]  # the journal says why
                logout(request)
            elif now - seen >= _TOUCH_SECONDS and not _is_no_act(request):
                request.session["seen"] = now
        return self.get_response(request)


class SecondFactorMiddleware:
    """Sends people to what they owe first: a password of their own, then a second factor."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: list[str], kwargs: dict[str, str]
    ) -> HttpResponse | None:
        match = request.resolver_match
        if not request.user.is_authenticated or match is None or _is_own_account(match.view_name):
            return None
        if request.user.must_change_password:
            messages.warning(request, _("请先设置自己的密码，再办理业务。"))
            return redirect("account_change_password")
        if self._owes_second_factor(request):
            messages.warning(request, _("您的岗位要求两步验证，请先绑定动态口令。"))
            return redirect("mfa_activate_totp")
        return None

    @staticmethod
    def _owes_second_factor(request: HttpRequest) -> bool:
        now = int(time.time())
        if now - request.session.get("second_factor_seen", 0) < _ASK_AGAIN_SECONDS:
            return False
        needed = permissions.needs_second_factor(request.user)
        if needed and not is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            return True
        request.session["second_factor_seen"] = now
        return False


def _is_own_account(view_name: str) -> bool:
    """Pages a person needs to put the account right, or to leave."""
    own = view_name.startswith(("account_", "mfa_"))
    return own or view_name in {"accounts:preferences", "portal:healthz"}
