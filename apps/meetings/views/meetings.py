"""Meetings: list, plan, the acts of the state table, calendar file."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from icalendar import Calendar, Event

from apps.common.ready import labels_of, pattern_of
from apps.common.templatetags.portal import zh_datetime
from apps.meetings import page_reads, permissions, selectors, services
from apps.meetings.enums import Approval, MeetingKind, MeetingState, ReplyKind
from apps.meetings.forms import MeetingFilter, MeetingForm
from apps.meetings.models import Meeting
from apps.roster.selectors import standing_of

from .shared import STATE_COLOURS, attempt, page_of, sent, status_of

DONE = {
    "submit_plan": _("方案已提交，等待召集人批准。"),
    "approve_plan": _("方案已批准，办公室将发出会议通知。"),
    "return_plan": _("方案已退回办公室修改。"),
    "withdraw_plan": _("方案已撤回，可以继续修改。"),
    "rework_plan": _("方案已退回筹备，修改后须重新报批。"),
}


@require_GET
def meetings(request: HttpRequest) -> HttpResponse:
    """Meetings the user may see, latest first."""
    form, standing = MeetingFilter(request.GET), standing_of(request.user)
    rows = form.narrow(page_reads.listed(selectors.visible_to(request.user), standing.units))
    page = page_of(request, rows)
    context = {
        "form": form,
        "summary": form.in_words(),
        "page_obj": page,
        "table": _on_screen(page, permissions.sees_replies(request.user)),
        "may_plan": permissions.can_plan(request.user),
    }
    return render(request, "meetings/list.html", context)


def _on_screen(found: Iterable[Any], sees_replies: bool) -> list[dict[str, Any]]:
    """The meetings as the table prints them: each cell a ready text."""
    page, reply = pattern_of("meetings:detail"), pattern_of("meetings:reply")
    kinds, states = labels_of(MeetingKind), labels_of(MeetingState)
    return [
        {
            "url": page.format(row.pk), "title": row.title, "place": row.place, "when": zh_datetime(row.starts_at),
            "about": " · ".join(words for words in (kinds[row.kind], row.marker) if words),
            "state": states[row.state], "colour": STATE_COLOURS[row.state],
            "reply": reply.format(row.own) if row.own else "", "replied": _replied(row) if row.own else "",
            "awaited": bool(row.own) and row.state == MeetingState.NOTIFIED and _owes(row),
            "answered": f"已回 {row.answered} / {row.invited} 家" if sees_replies and row.notice_on else "",
            "nobody_told": sees_replies and not row.notice_on, "nothing": not (sees_replies or row.own),
        }
        for row in found
    ]  # fmt: skip


def _owes(row: Any) -> bool:
    return row.own_approval == Approval.REFUSED or not row.own_reply


def _replied(row: Any) -> str:
    """The answer of one's own unit in words."""
    if _owes(row):
        return "待回执" if row.state == MeetingState.NOTIFIED else "未回执"
    if row.own_reply == ReplyKind.SUBSTITUTE:
        return "代会（待批准）" if row.own_approval == Approval.WAITING else "代会"
    return labels_of(ReplyKind)[row.own_reply]


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A new meeting."""
    if not permissions.can_plan(request.user):
        raise PermissionDenied("plan")
    form = MeetingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: services.make_meeting(**form.cleaned_data, by=request.user))
        if made:
            messages.success(request, _("会议已建立，请编排议程。"))
            return redirect("meetings:agenda", made.pk)
    return render(request, "meetings/form.html", {"form": form}, status=status_of(form))


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the plan while it is with the office."""
    found = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    if not permissions.runs_office(request.user):
        raise PermissionDenied("plan")
    form = MeetingForm(request.POST or None, instance=get_object_or_404(Meeting, pk=pk))
    if sent(request, form, lambda: services.change_plan(found, **form.cleaned_data, by=request.user)):
        messages.success(request, _("方案已保存。"))
        return redirect(found)
    return render(request, "meetings/form.html", {"form": form, "meeting": found}, status=status_of(form))


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The acts that need at most a reason."""
    found = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    reason = request.POST.get("reason", "")
    if verb == "chase":
        rows = services.chase(found, by=request.user)
        messages.success(
            request, _("已催报：%(units)s。") % {"units": "、".join(str(row.unit) for row in rows)}
        )
    elif verb == "cancel":
        services.cancel(found, reason=reason, by=request.user)
        messages.success(request, _("会议已取消。"))
    elif verb in DONE:
        services.step_plan(found, verb, by=request.user, reason=reason)
        messages.success(request, DONE[verb])
    else:
        raise Http404(verb)
    return redirect(found)


@require_GET
def calendar_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The meeting for a calendar: title and time only, as every message of the portal."""
    found = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    entry, book = Event(), Calendar()
    book.add("prodid", "-//quanzhou-opd//portal//ZH")
    book.add("version", "2.0")
    entry.add("uid", f"meeting-{found.pk}@{request.get_host()}")
    entry.add("summary", found.title)
    entry.add("dtstamp", found.created_at)
    entry.add("dtstart", found.starts_at)
    if found.ends_at:
        entry.add("dtend", found.ends_at)
    entry.add("url", request.build_absolute_uri(reverse("meetings:detail", args=[found.pk])))
    book.add_component(entry)
    response = HttpResponse(book.to_ical(), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="meeting-{found.pk}.ics"'
    return response
