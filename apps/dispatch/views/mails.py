"""The outbox, and the mails that did not arrive."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.dispatch import permissions, selectors, services
from apps.dispatch.forms import OutboxFilter
from apps.dispatch.outbox import BATCH

PAGE_SIZE = 50
SHOWN = 200  # dead mails on the page; the next ones appear as these are settled


def _ask(request: HttpRequest) -> None:
    if not permissions.can_see_outbox(request.user):
        raise PermissionDenied("outbox")


@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """Every mail: to whom, how far, and what the server said."""
    _ask(request)
    form = OutboxFilter(request.GET)
    rows = form.narrow(selectors.outbox_visible_to(request.user))
    context = {
        "form": form,
        "summary": form.words(),
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "may_resend": permissions.can_resend(request.user),
        "sends_nothing": selectors.sends_nothing(),
    }
    return render(request, "dispatch/outbox.html", context)


@require_GET
def problems(request: HttpRequest) -> HttpResponse:
    """Mails that will not go by themselves any more."""
    _ask(request)
    context = {
        "mails": selectors.problems()[:SHOWN],
        "may_resend": permissions.can_resend(request.user),
        "stalled": selectors.stalled(),
        "sends_nothing": selectors.sends_nothing(),
    }
    return render(request, "dispatch/problems.html", context)


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Send a dead mail again, or give it up with a reason."""
    message = get_object_or_404(selectors.outbox_visible_to(request.user), pk=pk)
    if verb == "resend":
        services.resend(message, by=request.user)
        messages.success(request, _("已重新放入发件箱，将马上发送。"))
    elif verb == "drop":
        services.drop(message, reason=request.POST.get("reason", ""), by=request.user)
        messages.success(request, _("已不再发送。"))
    else:
        raise Http404(verb)
    return redirect("dispatch:problems")


@require_POST
def resend_all(request: HttpRequest) -> HttpResponse:
    """Send the dead mails again, a batch at a time (after the mail server was repaired)."""
    if not permissions.can_resend(request.user):
        raise PermissionDenied("resend")
    done, left = services.resend_all(list(selectors.problems()[:BATCH]), by=request.user)
    if done or not left:
        messages.success(request, _("已把%(count)s封邮件重新放入发件箱。") % {"count": done})
    if left:
        words = _("%(count)s封不能再发送（公文不再使用，或收件人的账号已停用），请逐封选“不再发送”。")
        messages.warning(request, words % {"count": left})
    return redirect("dispatch:problems")
