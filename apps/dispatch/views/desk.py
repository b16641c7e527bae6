"""The dispatch desk: every copy of every paper, what is not signed for, and asking for it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.common.fields import whole_number
from apps.common.going_back import safe_next
from apps.common.sheets import answer_rows
from apps.dispatch import chasing, desk, long, permissions, selectors
from apps.dispatch.enums import DeliveryState
from apps.dispatch.telling import held_words

PAGE_SIZE = 50


@require_GET
def copies(request: HttpRequest) -> HttpResponse:
    """Every copy: to whom, how, how far, since when, and what may be done."""
    form, rows = long.asked(request.user, request.GET)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = desk.shown(page.object_list, request.user, timezone.localdate())
    context: dict[str, Any] = {
        "form": form,
        "summary": form.words(),
        "page_obj": page,
        "rows": shown,
        "table": desk.on_screen(shown),
        "unsigned": "unsigned" in form.chosen(),
        "unsent": form.chosen() == {"state": DeliveryState.WAITING},
        "chaseable": [copy.row.pk for copy in shown if copy.may_chase],
        "query": request.GET.urlencode(),
        "years": selectors.years_of_papers(),
    }
    return render(request, "dispatch/copies.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """The filtered copies as a sheet, in the order of the page; a long one is written by the worker."""
    form, rows = long.asked(request.user, request.GET)
    by, said = request.user, form.words()
    work = long.start_export(rows, request.GET, words=said, by=by)
    if work is not None:
        return redirect(work)
    cells = long.sheet_rows(rows, by)
    return answer_rows(desk.HEADINGS, cells, title="发文台", name=long.sheet_name(), by=by, said=said)


@require_POST
def chase(request: HttpRequest) -> HttpResponse:
    """催签 of the copies given (`copy`, repeated)."""
    if not permissions.can_register(request.user):
        raise PermissionDenied("chase receipts")
    wanted = [pk for text in request.POST.getlist("copy")[:500] if (pk := whole_number(text)) is not None]
    rows = selectors.visible_to(request.user).filter(pk__in=wanted)
    say_chased(request, chasing.chase_receipts(rows, by=request.user))
    return redirect(safe_next(request, f"{reverse('dispatch:copies')}?unsigned=on"))


def say_chased(request: HttpRequest, done: chasing.Chased) -> None:
    """Say who was asked to sign, whom somebody has to telephone, and what was left out."""
    if done.told:
        messages.success(request, _("已催签 %(count)s 份。") % {"count": len(done.told)} + held_words())
    if done.nobody:
        names = "、".join(dict.fromkeys(row.recipient.name for row in done.nobody))
        messages.warning(request, _("没有可通知的账号，请电话联系：%(names)s。") % {"names": names})
    for row, why in done.left:
        messages.info(request, _("%(name)s：%(why)s") % {"name": row.recipient.name, "why": why})
    if not (done.told or done.nobody or done.left):
        messages.info(request, _("没有选中要催签的公文。"))
