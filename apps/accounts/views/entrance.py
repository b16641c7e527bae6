"""Login, the confirmation before binding acts, the change of password, and the demo's buttons."""

from typing import Any

from allauth.account import views as allauth_views
from allauth.mfa.base import views as mfa_views
from django.conf import settings
from django.contrib.auth import login as log_in
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from apps.accounts import demo
from apps.common.going_back import safe_next


class LoginView(allauth_views.LoginView):
    """allauth's login with the demo's buttons beside it (only while DEMO is on)."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["demo_logins"] = demo.logins()
        context["demo_login_url"] = reverse("accounts:demo_login")
        return context


class HandsBackMixin:
    """After the confirmation what was posted before it is done; what was not accepted goes back to its own page.

    allauth does it under the address of the confirmation. A page with a message shown there would post its form to
    that address, and the words would be lost: so the browser posts them once more, to where they belong.
    """

    request: HttpRequest

    def form_valid(self, form: Any) -> HttpResponse:
        asked = self.request.path
        answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        suspended = self.request  # by now it stands for what was posted before
        if suspended.path == asked or 300 <= answer.status_code < 400:
            return answer
        words = [(key, value) for key, values in suspended.POST.lists() for value in values]
        context = {
            "address": suspended.get_full_path(),
            "words": [pair for pair in words if pair[0] != "csrfmiddlewaretoken"],
        }
        return render(suspended, "account/hand_back.html", context)


class ReauthenticateView(HandsBackMixin, allauth_views.ReauthenticateView):
    """allauth's confirmation; on the demo it says the password, which came from a button, not from memory."""

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        if settings.DEMO and self.request.user.username in demo.usernames():
            form.fields["password"].help_text = _("演示账号的密码都是 %(word)s") % {"word": demo.SHARED_WORD}
        return form


class ReauthenticateByCodeView(HandsBackMixin, mfa_views.ReauthenticateView):
    """allauth's confirmation by a second factor."""


login = LoginView.as_view()
reauthenticate = ReauthenticateView.as_view()
reauthenticate_by_code = ReauthenticateByCodeView.as_view()


@require_POST
@login_not_required
def demo_login(request: HttpRequest) -> HttpResponse:
    """Log in as a demo account by a button. 404 when DEMO is off or the account is not one of the demo's."""
    user = demo.user_for(request.POST.get("username", ""))
    if user is None:
        raise Http404
    log_in(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(safe_next(request))
