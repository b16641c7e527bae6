"""A user's own messages."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.dispatch import selectors, services

PAGE_SIZE = 30


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """What the portal told me; unread lines are marked."""
    rows = selectors.notices_of(request.user)
    if request.GET.get("unread"):
        rows = rows.filter(read_at__isnull=True)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "unread": any(notice.read_at is None for notice in page)}
    return render(request, "dispatch/notices.html", context)


@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a line as read and go where it points."""
    notice = get_object_or_404(selectors.notices_of(request.user), pk=pk)
    services.mark_one_read(notice)
    safe = url_has_allowed_host_and_scheme(notice.url, None)
    return redirect(notice.url if safe else "dispatch:notices")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark every line as read."""
    count = services.mark_read(selectors.notices_of(request.user))
    messages.success(request, _("%(count)s条消息已标为已读。") % {"count": count})
    return redirect("dispatch:notices")
