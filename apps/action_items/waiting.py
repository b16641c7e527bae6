"""What waits about an item beside the item itself: requests for 延期, proposals of 终止 and 合并, support asked for."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.common import request_cache
from apps.common.todo import Todo, TodoKind
from apps.roster.selectors import Standing, standing_of

from .enums import OPEN_STATES, EndingKind, EndingState, ExtensionState
from .models import ActionItem, Ending, Extension
from .support import answers


def waiting_for(user: Any) -> list[Todo]:
    """What this user has to review, decide or answer, the oldest request first. One query."""
    standing = standing_of(user)
    if not (standing.runs_office or standing.is_convener or standing.liaison_units):
        return []
    if not request_cache.get_or_make("item_requests", lambda: True):  # the home page has counted none
        return []
    return [todo for item in _perhaps(standing) for todo in _todos(standing, item)]


def _perhaps(standing: Standing) -> QuerySet[ActionItem]:
    """The few items with something on its way; the conditions are lists of ids, not a question to every item."""
    asked = Extension.objects.filter(state=ExtensionState.ASKED)
    reviewed = Extension.objects.filter(state=ExtensionState.REVIEWED)
    ending = Ending.objects.filter(state=EndingState.ASKED)
    wanted: Q = Q(blocked_from__in=standing.liaison_units) & ~Q(Exists(answers()))
    if standing.runs_office:
        wanted |= Q(pk__in=asked.values("item"))
    if standing.is_convener:
        wanted |= Q(pk__in=reviewed.values("item")) | Q(pk__in=ending.values("item"))
    items = ActionItem.objects.filter(wanted, state__in=OPEN_STATES).annotate(
        to_review=_first(asked, "pk"),
        to_decide=_first(reviewed, "pk"),
        to_end=_first(ending, "pk"),
        to_end_kind=_first(ending, "kind"),
        answered=Exists(answers()),
    )
    return items.order_by(F("current_due").asc(nulls_last=True), "pk")


def _first(rows: QuerySet[Any], name: str) -> Subquery:
    return Subquery(rows.filter(item=OuterRef("pk")).order_by("pk").values(name)[:1])


def _todos(standing: Standing, item: Any) -> list[Todo]:
    found = []
    if standing.runs_office and item.to_review:
        found.append(_todo(item, TodoKind.REVIEW, _("审核延期"), "extension", item.to_review))
    if standing.is_convener and item.to_decide:
        found.append(_todo(item, TodoKind.APPROVE, _("批准延期"), "extension", item.to_decide))
    if standing.is_convener and item.to_end:
        label = EndingKind(item.to_end_kind).label
        found.append(
            _todo(item, TodoKind.APPROVE, _("批准%(kind)s") % {"kind": label}, "ending", item.to_end)
        )
    if item.blocked_from_id in standing.liaison_units and not item.answered:
        found.append(_todo(item, TodoKind.HANDLE, _("答复支持"), "report"))
    return found


def _todo(item: ActionItem, kind: TodoKind, verb: str, page: str, *args: int) -> Todo:
    return Todo(
        kind=kind,
        title=item.text if len(item.text) <= 60 else item.text[:59] + "…",
        url=reverse(f"action_items:{page}", args=[item.pk, *args]),
        verb=verb,
        note=f"{item.source_label}-{item.seq}",
    )
