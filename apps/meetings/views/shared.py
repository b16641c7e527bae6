"""What several pages need: acting from a form, history in words, buttons from the state table."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.common import audit, workflow
from apps.common.forms import put_reasons

PAGE_SIZE = 20
HISTORY_LENGTH = 100

# Address name of the page on which a verb is done, when a button alone is not enough.
FORM_PAGES = {
    "notify": "meetings:notify",
    "postpone": "meetings:postpone",
    "start_recording": "meetings:start",
}
# The question before an act that cannot be taken back by one click.
QUESTIONS = {
    "submit_plan": _("方案提交后由召集人审批，审批前可以撤回。确定提交吗？"),
    "approve_plan": _("批准后，办公室即可发出会议通知。"),
    "chase": _("只提醒还没有回执的单位，同一单位一天只催一次。"),
    "cancel": _("已经通知的单位会收到取消的消息，议题退回待列入议程。"),
}
# Acts that belong below, not into the bar a thumb reaches.
SELDOM = frozenset({"cancel", "postpone", "rework_plan", "withdraw"})
ICONS = {
    "submit_plan": "send",
    "approve_plan": "check",
    "accept": "check",
    "notify": "send",
    "chase": "speakerphone",
    "start_recording": "microphone",
}


def attempt(form: BaseForm, act: Callable[[], Any]) -> Any:
    """Do it, or put the reasons why not beside the fields. Returns what `act` returns, or None."""
    try:
        return act()
    except ValidationError as error:
        put_reasons(form, error)
        return None


def sent(request: HttpRequest, form: BaseForm, act: Callable[[], Any]) -> bool:
    """True when a filled-in form was posted and its act done; else the page is shown (again)."""
    return request.method == "POST" and form.is_valid() and attempt(form, act) is not None


def status_of(form: BaseForm) -> int:
    """422 for a form that came back with errors, so that htmx and tests can tell."""
    return 422 if form.is_bound and form.errors else 200


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Page:
    """The asked page of a list; a bad number is the nearest page."""
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def timeline(obj: models.Model) -> list[dict[str, Any]]:
    """What happened to an object, newest first, as components/timeline wants it. One query."""
    events = (
        audit.history_of(obj)
        .select_related(None)
        .only("at", "actor_label", "label", "detail")
        .order_by("-id")[:HISTORY_LENGTH]
    )
    return [
        {
            "at": event.at,
            "by": event.actor_label,
            "label": event.label,
            "text": event.detail.get("reason", ""),
        }
        for event in events
    ]


def buttons(
    user: Any, obj: models.Model, *, act: str, only: tuple[str, ...] | None = None
) -> list[dict[str, Any]]:
    """The acts of the state table for components/action_bar. `act` is the address name of plain acts."""
    return [_button(verb, obj, act) for verb in workflow.verbs(user, obj, only=only)]


def _button(verb: workflow.Verb, obj: models.Model, act: str) -> dict[str, Any]:
    is_page = verb.name in FORM_PAGES
    url = reverse(FORM_PAGES[verb.name], args=[obj.pk]) if is_page else reverse(act, args=[obj.pk, verb.name])
    asks = verb.needs_reason and not is_page
    return {
        "name": verb.name,
        "label": verb.label,
        "url": url,
        "method": "get" if is_page else "post",
        "style": verb.style,
        "enabled": verb.enabled,
        "reason_disabled": verb.refusal,
        "icon": ICONS.get(verb.name, ""),
        "confirm": "" if is_page else QUESTIONS.get(verb.name, ""),
        "reason": _("理由") if asks else "",
        "reason_required": asks,
    }


def link(label: Any, name: str, *args: Any, style: str = "outline-primary", icon: str = "") -> dict[str, Any]:
    """A plain link among the buttons."""
    return {"label": label, "url": reverse(name, args=args), "method": "get", "style": style, "icon": icon}


def split_bar(actions: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The bar, and what is done seldom and stands lower on the page."""
    seldom = [action for action in actions if action.get("name") in SELDOM]
    return [action for action in actions if action not in seldom], seldom


STATE_COLOURS = {
    "planning": "grey",
    "plan_submitted": "amber",
    "plan_approved": "blue",
    "notified": "blue",
    "recording": "violet",
    "recorded": "green",
    "cancelled": "grey",
    "proposed": "amber",
    "returned": "red",
    "deferred": "grey",
    "accepted": "blue",
    "scheduled": "green",
    "withdrawn": "grey",
}
