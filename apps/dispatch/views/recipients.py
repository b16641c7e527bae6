"""Who papers go to, by which channel, to which address."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.dispatch import permissions, selectors, services
from apps.dispatch.forms import RecipientForm
from apps.dispatch.models import Recipient


def _ask(request: HttpRequest) -> None:
    if not permissions.can_keep_recipients(request.user):
        raise PermissionDenied("recipients")


@require_GET
def recipients(request: HttpRequest) -> HttpResponse:
    """The list; the administrator may change it."""
    if not permissions.can_see_recipients(request.user):
        raise PermissionDenied("recipients")
    may_keep = permissions.can_keep_recipients(request.user)
    return render(
        request, "dispatch/recipients.html", {"recipients": selectors.recipients(), "may_keep": may_keep}
    )


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or change a recipient."""
    _ask(request)
    recipient = get_object_or_404(Recipient, pk=pk) if pk else Recipient(order=999)
    form = RecipientForm(request.POST or None, instance=recipient)
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        messages.success(request, _("已保存：%(name)s。") % {"name": recipient})
        return redirect("dispatch:recipients")
    context = {"form": form, "recipient": recipient}
    return render(request, "dispatch/recipient_form.html", context, status=422 if form.errors else 200)


def _saved(request: HttpRequest, form: RecipientForm) -> bool:
    try:
        services.save_recipient(form.instance, by=request.user)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test mail."""
    _ask(request)
    recipient = get_object_or_404(Recipient, pk=pk)
    services.send_test(recipient, by=request.user)
    messages.success(request, _("测试邮件已放入发件箱：%(to)s。") % {"to": recipient.address})
    return redirect("dispatch:recipients")


@require_POST
def sync(request: HttpRequest) -> HttpResponse:
    """A recipient for every member unit that has none."""
    _ask(request)
    made = services.sync_recipients(by=request.user)
    messages.success(request, _("已按成员名单更新，新增%(count)s个。") % {"count": len(made)})
    return redirect("dispatch:recipients")
