"""Asks for the password again before an act that binds the office."""

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _


def ask_password_again(request: HttpRequest) -> None:
    """Before 签发 and decisions like it: the password or second factor, given within ACCOUNT_REAUTHENTICATION_TIMEOUT.

    Call it once the object is fetched and the right is known, so that 404 and 403 come before it. A login is not enough.
    Raises ReauthenticationRequired: the middleware answers with the page that asks, and what was posted is done
    afterwards. Files do not outlive that page: what was posted with some is typed anew, and that is said.
    """
    if not is_reauthentication_required(request, app="allauth.account"):
        return
    if request.FILES:
        messages.warning(request, _("还没有保存：请先输密码，再重新选择附件。"))
        request.method = "GET"  # the form opens again; its words are kept in the browser
    raise ReauthenticationRequired
