"""Topics: list, one topic, propose, change, the office's answer."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import files, workflow
from apps.meetings import permissions, selectors, services
from apps.meetings.forms import TopicFilter, TopicForm
from apps.meetings.models import Topic
from apps.roster.models import Unit
from apps.roster.selectors import standing_of

from .shared import STATE_COLOURS, attempt, buttons, page_of, sent, split_bar, status_of, timeline

DONE = {
    "accept": _("议题已受理，可以列入会议议程。"),
    "return_": _("议题已退回提出单位。"),
    "defer": _("议题已缓议，以后可以再受理。"),
    "withdraw": _("议题已撤回。"),
}


@require_GET
def topics(request: HttpRequest) -> HttpResponse:
    """Topics the user may see, newest first."""
    form = TopicFilter(request.GET)
    rows = form.narrow(selectors.topics_visible_to(request.user).select_related("agenda_item__meeting"))
    context = {
        "form": form,
        "summary": form.in_words(),
        "page_obj": page_of(request, rows),
        "colours": STATE_COLOURS,
        "may_propose": permissions.can_propose(request.user),
        "sees_all": standing_of(request.user).reads_all,
    }
    return render(request, "meetings/topics.html", context)


@require_GET
def topic(request: HttpRequest, pk: int) -> HttpResponse:
    """One topic with its way so far."""
    rows = selectors.topics_visible_to(request.user).select_related("proposed_by", "agenda_item__meeting")
    found = get_object_or_404(rows.prefetch_related("duties__unit", "files"), pk=pk)
    actions = buttons(request.user, found, act="meetings:topic_act", only=tuple(DONE))
    bar, seldom = split_bar(actions)
    context = {
        "topic": found,
        "colour": STATE_COLOURS[found.state],
        "actions": bar,
        "seldom": seldom,
        "may_edit": permissions.can_edit_topic(request.user, found),
        "sees_all": standing_of(request.user).reads_all,
        "history": timeline(found),
    }
    return render(request, "meetings/topic.html", context)


def _units_for(user: Any) -> Any:
    """For which units a user may propose: its own; the office for any that wrote on paper."""
    standing = standing_of(user)
    active = Unit.objects.active()
    return active.filter(pk__in=standing.liaison_units) if standing.liaison_units else active


@require_http_methods(["GET", "POST"])
def topic_new(request: HttpRequest) -> HttpResponse:
    """Propose a topic (C14)."""
    if not permissions.can_propose(request.user):
        raise PermissionDenied("propose")
    form = TopicForm(request.POST or None, request.FILES or None, units=_units_for(request.user))
    if request.method == "POST" and form.is_valid():
        unit = form.cleaned_data["unit"]
        made = attempt(form, lambda: services.propose(unit, **form.values(), by=request.user))
        if made:
            messages.success(request, _("议题已提交联席会议办公室，办理情况会在这里显示。"))
            return redirect(made)
    return render(request, "meetings/topic_form.html", {"form": form}, status=status_of(form))


@require_http_methods(["GET", "POST"])
def topic_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a topic that is not accepted yet; a returned one is handed in again."""
    found = get_object_or_404(selectors.topics_visible_to(request.user), pk=pk)
    if not permissions.can_edit_topic(request.user, found):
        raise PermissionDenied("change topic")
    units = Unit.objects.filter(pk=found.unit_id)
    original = Topic.objects.get(pk=pk)  # the form writes into its own copy
    form = TopicForm(request.POST or None, request.FILES or None, instance=found, units=units)
    if sent(request, form, lambda: services.change_topic(original, **form.values(), by=request.user)):
        messages.success(request, _("议题已提交。"))
        return redirect("meetings:topic", pk)
    return render(
        request, "meetings/topic_form.html", {"form": form, "topic": original}, status=status_of(form)
    )


@require_POST
def topic_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Accept, return, defer, withdraw."""
    found = get_object_or_404(selectors.topics_visible_to(request.user), pk=pk)
    if verb not in DONE:
        raise Http404(verb)
    reason = request.POST.get("reason", "")
    if verb == "withdraw":
        workflow.move(found, verb, by=request.user)
    else:
        services.answer_topic(found, verb, by=request.user, reason=reason)
    messages.success(request, DONE[verb])
    return redirect(found)


@require_GET
def topic_file(request: HttpRequest, pk: int, file: int) -> HttpResponseBase:
    """One of a topic's materials, for whoever may see the topic."""
    found = get_object_or_404(selectors.topics_visible_to(request.user), pk=pk)
    return files.answer(get_object_or_404(found.files, pk=file), by=request.user)
