"""Signing in by oneself: the screen with the changing code, and the page a phone opens from it."""

from base64 import b64encode
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import qrcode
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from qrcode.image.svg import SvgPathImage

from apps.common.errors import Refused, demand
from apps.meetings import door, permissions, selectors, services
from apps.meetings.models import Meeting, SignInDoor

GRANT = timedelta(minutes=10)  # between scanning the code and having logged in
WRONG, SECONDS = 30, 60  # wrong codes from one address in so many seconds before none is looked at


def _meeting(request: HttpRequest, pk: int) -> Meeting:
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    demand(permissions.runs_office(request.user), "the door")
    return meeting


@require_GET
def screen(request: HttpRequest, pk: int) -> HttpResponse:
    """The code, large, for the screen in the room or a tablet at the entrance."""
    meeting = _meeting(request, pk)
    return render(request, "meetings/door.html", {"meeting": meeting, **_code(request, meeting)})


@require_GET
def code(request: HttpRequest, pk: int) -> HttpResponse:
    """The changing part of that page."""
    meeting = _meeting(request, pk)
    response = render(request, "meetings/_door_code.html", {"meeting": meeting, **_code(request, meeting)})
    response["Cache-Control"] = "no-store"
    return response


def _code(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    row = SignInDoor.objects.filter(meeting=meeting, closed_at__isnull=True).first()
    people = [line for line in selectors.attendance_of(meeting) if not line.observes]
    here = sum(line.in_the_room for line in people)
    found: dict[str, Any] = {"door": row, "here": here, "expected": len(people)}
    if row is not None:
        now = timezone.now()
        digits = door.code_at(row.secret, now)
        found |= {"digits": digits, "left": door.seconds_left(now)}
        found["picture"] = _picture(
            request.build_absolute_uri(f"{reverse('meetings:here', args=[meeting.pk])}?c={digits}")
        )
    return found


def _picture(address: str) -> str:
    """A QR code as an SVG in a data address: the page may hold no script and no foreign picture."""
    image = qrcode.make(address, image_factory=SvgPathImage, border=2)
    out = BytesIO()
    image.save(out)
    return f"data:image/svg+xml;base64,{b64encode(out.getvalue()).decode()}"


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Open or close the door."""
    meeting = _meeting(request, pk)
    if verb == "open":
        services.open_door(meeting, by=request.user)
    elif verb == "close":
        services.close_door(meeting, by=request.user)
        messages.success(request, _("签到码已关闭。"))
        return redirect("meetings:sign_in", pk)
    else:
        raise Http404(verb)
    return redirect("meetings:door", pk)


@login_not_required
@require_http_methods(["GET", "POST"])
def here(request: HttpRequest, pk: int) -> HttpResponse:
    """The phone's page: scanned, then logged in if need be, then one button. A code may also be typed."""
    if scanned := request.GET.get("c", ""):
        if not _remember(request, pk, scanned) and request.user.is_authenticated:
            messages.warning(request, _("签到码已更换，请重新扫码，或输入屏幕上的六位数字。"))
        return redirect("meetings:here", pk)
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("meetings:here", args=[pk]))
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    refused = _signed(request, meeting) if request.method == "POST" else ""
    line = services.line_of(meeting, request.user)
    context = {
        "meeting": meeting, "line": line, "refused": refused, "granted": _granted(request, pk) is not None,
        "is_delegate": line is not None and line.name != request.user.person.name,
    }  # fmt: skip
    return render(request, "meetings/here.html", context, status=422 if refused else 200)


def _signed(request: HttpRequest, meeting: Meeting) -> str:
    """Sign; the words of the refusal, or nothing."""
    grant = _granted(request, meeting.pk) or {}
    typed = request.POST.get("code", "")[:20]
    given = {"code": typed} if typed else {"code": grant.get("code", ""), "read_at": grant.get("at")}
    try:
        services.sign_self(meeting, by=request.user, **given)
    except Refused as error:
        return error.text
    request.session.pop("door", None)
    return ""


def _remember(request: HttpRequest, pk: int, scanned: str) -> bool:
    """Keep a right code in this phone's session, so that it outlives the login. Wrong ones are counted by address."""
    key = f"door:wrong:{request.META.get('REMOTE_ADDR', '')}"
    row = SignInDoor.objects.filter(meeting=pk, closed_at__isnull=True).first()
    cache.add(key, 0, SECONDS)
    if row is None or cache.get(key, 0) >= WRONG:
        return False
    now = timezone.now()
    if not door.accepts(row.secret, scanned[:20], now):
        cache.incr(key)
        return False
    request.session["door"] = {"meeting": pk, "code": scanned[:20], "at": now.isoformat()}
    return True


def _granted(request: HttpRequest, pk: int) -> dict[str, Any] | None:
    """The code this phone scanned for this meeting a moment ago."""
    kept = request.session.get("door") or {}
    if kept.get("meeting") != pk:
        return None
    at = datetime.fromisoformat(kept["at"])
    return {"code": kept["code"], "at": at} if timezone.now() - at < GRANT else None
