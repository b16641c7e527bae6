"""What the joint meeting and each unit answer for, word for word."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.accounts.views.shared import only
from apps.documents import show
from apps.roster.models import Charter
from apps.roster.permissions import can_see_roster
from apps.roster.selectors import today

from . import papers
from .selectors import current_duties


@require_GET
@only(can_see_roster)
def index(request: HttpRequest) -> HttpResponse:
    """All clauses in force: the joint meeting's, then the units' in charter order."""
    duties = current_duties()
    groups: dict[object, list[object]] = {}
    for duty in duties:
        if duty.unit is not None:
            groups.setdefault(duty.unit, []).append(duty)
    charter = Charter.objects.first()
    rules = charter.data.get("working_rules", []) if charter else []
    context = {
        "joint": [duty for duty in duties if duty.unit is None],
        "groups": list(groups.items()),
        "charter": charter,
        "rules": rules,
    }
    return render(request, "duties/list.html", context)


@require_GET
@only(can_see_roster)
def sheet(request: HttpRequest, part: str = "") -> HttpResponse:
    """职责清单, for print."""
    shown = show.Shown(
        "职责清单", reverse("duties:sheet"), Charter.objects.first(), paper=lambda: papers.duty_list(today()),
        back=reverse("duties:list"),
    )  # fmt: skip
    return show.answer(request, shown, part)
