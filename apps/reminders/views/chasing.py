"""一键催办, 升级督办 and 催办函: the office's pages."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_GET, require_POST

from apps.action_items import ladder as rungs
from apps.action_items import selectors
from apps.action_items import services as items
from apps.action_items.deadlines import late
from apps.action_items.enums import Light
from apps.common.fields import whole_number
from apps.dispatch.telling import held_words
from apps.documents import show
from apps.reminders import escalation, letters, papers, permissions
from apps.roster.models import Unit

PAGE_SIZE = 50


def _office_only(request: HttpRequest) -> None:
    if not permissions.can_chase(request.user):
        raise PermissionDenied("chase")


@require_POST
def chase(request: HttpRequest) -> HttpResponse:
    """Chase the items ticked; afterwards back to `next`."""
    _office_only(request)
    wanted = {number for text in request.POST.getlist("item") if (number := whole_number(text)) is not None}
    found = list(selectors.visible_to(request.user).filter(pk__in=wanted))
    if not found:
        messages.error(request, "请先勾选要催办的事项。")
    else:
        _say(request, items.chase(found, by=request.user))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else "reminders:ladder")


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
    _office_only(request)
    found = late()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "rows": rungs.stuck_of(page.object_list), "total": len(found)}
    return render(request, "reminders/ladder.html", context)


@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Release the next rung of one item. A rung released meanwhile is refused with its reason."""
    _office_only(request)
    item = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    row, topic = escalation.release(item, request.POST.get("rung", ""), by=request.user)
    words = f"已升级到“{row.get_rung_display()}”。" + (f"已告知{row.told}。" if row.told else "")
    messages.success(request, words + ("已在议题中提出，待办公室受理。" if topic else ""))
    if row.note:
        messages.warning(request, row.note)
    return redirect("reminders:ladder")


def _level(request: HttpRequest) -> str:
    return Light.RED if request.GET.get("light") == Light.RED else letters.BOTH


@require_GET
def letter_list(request: HttpRequest) -> HttpResponse:
    """Units to be written to, each with its items, its letter, and a text for a messenger."""
    _office_only(request)
    level = _level(request)
    rows = [{"letter": letter, "url": _address(letter.unit, level)} for letter in letters.unit_letters(level)]
    context = {"rows": rows, "only_red": level == Light.RED}
    return render(request, "reminders/letters.html", context)


def _address(unit: Unit, level: str) -> str:
    base = reverse("reminders:letter", args=[unit.code])
    return f"{base}?{_query(level)}" if _query(level) else base


def _query(level: str) -> str:
    return urlencode({"light": level}) if level == Light.RED else ""


@require_GET
def letter(request: HttpRequest, code: str, part: str = "") -> HttpResponse:
    """催办函 of one unit: its page, its pictures, its files."""
    _office_only(request)
    unit, level = get_object_or_404(Unit, code=code), _level(request)
    found = letters.unit_letters(level, unit=unit)
    if not found:
        raise Http404("nothing to chase")
    shown = _shown(found[0], level)
    return show.answer(request, shown, part)


def _shown(found: letters.UnitLetter, level: str) -> Any:
    return show.Shown(
        f"{found.unit}催办函", reverse("reminders:letter", args=[found.unit.code]), found.unit,
        paper=lambda: papers.chase_letter(found), query=_query(level), back=reverse("reminders:letters"),
        note="按今天的情况排出，文号由发文单位编",
    )  # fmt: skip
