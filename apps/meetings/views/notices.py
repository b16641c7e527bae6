"""The notice: issue it, look at it, fetch it, postpone; a unit's reply and the approval of its substitute."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.common import calendar, settings_rows
from apps.common.errors import demand
from apps.meetings import permissions, selectors, services
from apps.meetings.enums import ReplyKind
from apps.meetings.forms import BehalfForm, LeaveForm, NotifyForm, PostponeForm, SubstituteForm
from apps.meetings.models import Invitation, Meeting

from .shared import attempt, sent, status_of

THANKS = {
    ReplyKind.ATTEND: _("回执已提交：参会。"),
    ReplyKind.SUBSTITUTE: _("回执已提交：委派代会，等待批准。"),
    ReplyKind.LEAVE: _("回执已提交：请假。"),
}


def _office_meeting(request: HttpRequest, pk: int) -> Meeting:
    """A meeting on which the office is about to act: unseen 404, seen but not the office's 403."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    if not permissions.runs_office(request.user):
        raise PermissionDenied(f"meeting {pk}")
    return meeting


@require_http_methods(["GET", "POST"])
def notify(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue the notice: number typed in, deadline, requirements."""
    meeting = _office_meeting(request, pk)
    form = NotifyForm(request.POST or None, instance=_office_meeting(request, pk))
    if sent(request, form, lambda: services.notify(meeting, **form.values(), by=request.user)):
        messages.success(request, _("会议通知已发出，各单位已收到待办提醒。"))
        return redirect(meeting)
    left = calendar.current().workdays_left(timezone.localdate(), timezone.localdate(meeting.starts_at))
    context = {"form": form, "meeting": meeting, "days_left": left}
    context["is_short"] = left < settings_rows.value("notice_days")
    return render(request, "meetings/notify.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def postpone(request: HttpRequest, pk: int) -> HttpResponse:
    """New time and place for a meeting that was notified."""
    meeting = _office_meeting(request, pk)
    form = PostponeForm(request.POST or None, instance=_office_meeting(request, pk))
    if sent(request, form, lambda: services.postpone(meeting, **form.cleaned_data, by=request.user)):
        messages.success(request, _("已改期，各单位已收到通知并须重新回执。"))
        return redirect(meeting)
    context = {"form": form, "meeting": meeting}
    return render(request, "meetings/postpone.html", context, status=status_of(form))


def _invitation(request: HttpRequest, pk: int) -> Invitation:
    rows = selectors.invitations_visible_to(request.user).select_related("meeting__notice_paper")
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "POST"])
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit's own page: the notice in facts, three answers; the approver sees the substitute here."""
    invitation = _invitation(request, pk)
    if request.method == "POST":
        demand(permissions.answers_for(request.user, invitation), "reply")
    kind = request.POST.get("kind", "")
    forms = {str(form.kind): form for form in _reply_forms(request, invitation, kind)}
    if request.method == "POST" and _answer(request, invitation, kind, forms):
        messages.success(request, THANKS[ReplyKind(kind)])
        return redirect(invitation)
    if request.method == "GET":
        services.mark_read(invitation, by=request.user)
    context = {
        "invitation": invitation, "meeting": invitation.meeting, "now": timezone.now(),
        "agenda": selectors.agenda_of(invitation.meeting),
        "substitute": forms[ReplyKind.SUBSTITUTE], "leave": forms[ReplyKind.LEAVE],
        "may_reply": permissions.can_reply(request.user, invitation),
        "may_decide": permissions.can_decide_substitute(request.user, invitation),
        "behalf": permissions.can_reply_on_behalf(request.user, invitation),
    }  # fmt: skip
    return render(request, "meetings/reply.html", context, status=max(map(status_of, forms.values())))


def _reply_forms(request: HttpRequest, invitation: Invitation, kind: str) -> list[SubstituteForm]:
    """The two forms with fields; the posted one is bound, the other shows what the row says."""
    row = Invitation.objects.get(pk=invitation.pk)  # the forms write into their own copy
    found = []
    for form in (SubstituteForm, LeaveForm):
        data = request.POST if request.method == "POST" and kind == form.kind else None
        found.append(form(data, instance=row, auto_id=f"{form.kind}_%s"))
    return found


def _answer(
    request: HttpRequest, invitation: Invitation, kind: str, forms: dict[str, SubstituteForm]
) -> bool:
    """Hand the answer in; False when the form came back with errors."""
    form = forms.get(kind)
    if form is None:
        services.reply(invitation, kind=kind, by=request.user)
        return True
    if not form.is_valid():
        return False
    given = {"kind": kind, "by": request.user} | form.cleaned_data
    return attempt(form, lambda: services.reply(invitation, **given)) is not None


@require_http_methods(["GET", "POST"])
def behalf(request: HttpRequest, pk: int) -> HttpResponse:
    """The office enters what a unit said by telephone or on paper."""
    invitation = _invitation(request, pk)
    if not permissions.runs_office(request.user):
        raise PermissionDenied("reply on behalf")
    form = BehalfForm(request.POST or None, instance=_invitation(request, pk))
    if sent(request, form, lambda: services.reply(invitation, **form.values(), by=request.user)):
        messages.success(request, _("已代录%(unit)s的回执。") % {"unit": invitation.unit})
        return redirect(invitation.meeting)
    context = {"form": form, "invitation": invitation, "meeting": invitation.meeting}
    return render(request, "meetings/behalf.html", context, status=status_of(form))


@require_POST
def substitute(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Agree to a unit's substitute, or not."""
    invitation = _invitation(request, pk)
    if verb == "approve":
        services.approve_substitute(invitation, by=request.user)
        messages.success(request, _("已同意%(unit)s委派代会。") % {"unit": invitation.unit})
    elif verb == "refuse":
        services.refuse_substitute(invitation, reason=request.POST.get("reason", ""), by=request.user)
        messages.success(request, _("已告知%(unit)s重新回执。") % {"unit": invitation.unit})
    else:
        raise Http404(verb)
    return redirect(invitation.meeting)
