"""The agenda while the plan is open: add, take a topic, change, remove, move; all by ordinary forms."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.meetings import follow_up, permissions, selectors, services
from apps.meetings.forms import AgendaItemForm
from apps.meetings.models import AgendaItem

from .shared import sent, status_of


@require_http_methods(["GET", "POST"])
def agenda(request: HttpRequest, pk: int) -> HttpResponse:
    """The agenda, the topics waiting to be taken, and the form for one more item."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    if not permissions.runs_office(request.user):
        raise PermissionDenied("agenda")
    form = AgendaItemForm(request.POST or None)
    if sent(request, form, lambda: services.add_item(meeting, **form.cleaned_data, by=request.user)):
        messages.success(request, _("已加入议程。"))
        return redirect("meetings:agenda", pk)
    context = {
        "meeting": meeting,
        "form": form,
        "agenda": selectors.agenda_of(meeting),
        "topics": list(selectors.acceptable_topics()),
        "may_edit": permissions.can_edit_plan(request.user, meeting),
        "may_look_back": follow_up.item_of(meeting) is None and follow_up.wanted(meeting),
    }
    return render(request, "meetings/agenda.html", context, status=status_of(form))


@require_POST
def take(request: HttpRequest, pk: int, topic: int) -> HttpResponse:
    """Take an accepted topic onto the agenda."""
    meeting = get_object_or_404(selectors.visible_to(request.user), pk=pk)
    waiting = get_object_or_404(selectors.topics_visible_to(request.user), pk=topic)
    services.take_topic(meeting, waiting, by=request.user)
    messages.success(request, _("议题已列入议程。"))
    return redirect("meetings:agenda", pk)


def _item(request: HttpRequest, pk: int) -> AgendaItem:
    rows = AgendaItem.objects.filter(meeting__in=selectors.visible_to(request.user))
    return get_object_or_404(rows.select_related("meeting", "topic"), pk=pk)


@require_http_methods(["GET", "POST"])
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one item."""
    found = _item(request, pk)
    if not permissions.runs_office(request.user):
        raise PermissionDenied("agenda")
    form = AgendaItemForm(request.POST or None, instance=_item(request, pk))
    if sent(request, form, lambda: services.change_item(found, **form.cleaned_data, by=request.user)):
        return redirect("meetings:agenda", found.meeting_id)
    context = {"form": form, "item": found, "meeting": found.meeting}
    return render(request, "meetings/agenda_item.html", context, status=status_of(form))


@require_POST
def item_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Up, down, remove."""
    found = _item(request, pk)
    if verb == "remove":
        services.remove_item(found, by=request.user)
        messages.success(request, _("已移出议程。"))
    elif verb in ("up", "down"):
        services.shift_item(found, step=-1 if verb == "up" else 1, by=request.user)
    else:
        raise Http404(verb)
    return redirect("meetings:agenda", found.meeting_id)
