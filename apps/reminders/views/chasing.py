"""一键催办 and 升级督办: the office's pages."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.action_items import ladder as rungs
from apps.action_items import selectors
from apps.action_items import services as items
from apps.action_items.deadlines import late
from apps.common.fields import whole_number
from apps.common.going_back import safe_next
from apps.dispatch.telling import held_words
from apps.reminders import escalation, letters, pages, permissions

from .shared import office_only, readers_only

PAGE_SIZE = 50


@require_POST
def chase(request: HttpRequest) -> HttpResponse:
    """Chase the items ticked; afterwards back to `next`."""
    office_only(request)
    wanted = {number for text in request.POST.getlist("item") if (number := whole_number(text)) is not None}
    found = list(selectors.visible_to(request.user).filter(pk__in=wanted))
    if not found:
        messages.error(request, "请先勾选要催办的事项。")
    else:
        _say(request, items.chase(found, by=request.user))
    return redirect(safe_next(request, reverse("reminders:ladder")))


def _say(request: HttpRequest, done: items.Chased) -> None:
    if done.told:
        messages.success(request, f"已催办{len(done.told)}项，告知{done.people}人。{held_words()}")
    if done.silent:
        messages.warning(request, f"{'、'.join(done.silent)}没有平台账号，请打电话或发催办函。")
    if done.already:
        messages.info(request, f"{len(done.already)}项今天已经催过，没有重复催办。")
    if done.not_open:
        messages.info(request, f"{len(done.not_open)}项已办结或正在等待办公室审核，没有催办。")


@require_GET
def ladder(request: HttpRequest) -> HttpResponse:
    """Every item that is late, the rungs it has climbed and the next."""
    readers_only(request)
    found = late()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = rungs.stuck_of(list(page.object_list))
    context = {
        "page_obj": page,
        "table": pages.ladder(rows, written=letters.written_today([row.item.pk for row in rows])),
        "total": len(found),
        "may_chase": permissions.can_chase(request.user),
    }
    return render(request, "reminders/ladder.html", context)


@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Release the next rung of one item. A rung released meanwhile is refused with its reason."""
    office_only(request)
    item = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    row, topic = escalation.release(item, request.POST.get("rung", ""), by=request.user)
    words = f"已升级到“{row.get_rung_display()}”。" + (f"已告知{row.told}。" if row.told else "")
    messages.success(request, words + ("已在议题中提出，待办公室受理。" if topic else ""))
    if row.note:
        messages.warning(request, row.note)
    return redirect("reminders:ladder")
