"""提醒规则 and 演练."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.reminders import permissions, rehearsal, services
from apps.reminders.forms import NewRuleForm, RehearsalForm, RulesForm
from apps.roster.selectors import today

from .shared import filled


@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Every rule; they change together or not at all. The auditor reads them."""
    may_set = permissions.can_set_rules(request.user)
    if not may_set and (request.method == "POST" or not permissions.can_read_rules(request.user)):
        raise PermissionDenied("reminder rules")
    form = RulesForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        changed = services.set_rules(form.chosen(), by=request.user)
        messages.success(request, f"已修改{changed}条提醒规则。")
        return redirect("reminders:rules")
    context = {"form": form, "more": NewRuleForm(), "may_set": may_set}
    return render(request, "reminders/rules.html", context, status=422 if form.errors else 200)


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """One more reminder of a matter."""
    if not permissions.can_set_rules(request.user):
        raise PermissionDenied("reminder rules")
    more = NewRuleForm(request.POST)
    if filled(more, lambda given: services.add_rule(**given, by=request.user)):
        messages.success(request, "已增加一条提醒规则。")
        return redirect("reminders:rules")
    context = {"form": RulesForm(), "more": more, "may_set": True}
    return render(request, "reminders/rules.html", context, status=422)


@require_GET
def rehearse(request: HttpRequest) -> HttpResponse:
    """Who would be told what, today or on a chosen day. Writes nothing."""
    if not permissions.can_rehearse(request.user):
        raise PermissionDenied("rehearsal")
    form = RehearsalForm(request.GET)
    valid = form.is_valid()
    day = (form.cleaned_data["day"] if valid else None) or today()
    people = rehearsal.rehearse(day) if valid else []
    lines = sum(len(person.lines) for person in people)
    context = {"form": form, "day": day, "people": people, "lines": lines}
    return render(request, "reminders/rehearsal.html", context, status=200 if valid else 422)
