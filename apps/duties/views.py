"""What the joint meeting and each unit answer for, word for word."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.views.shared import only
from apps.roster.models import Charter
from apps.roster.permissions import can_see_roster

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
