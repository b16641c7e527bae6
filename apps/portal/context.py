"""What every page's frame shows: navigation, number of waiting tasks, names."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

_NAV = (
    ("首页", "portal:home", "home"), ("议题", "meetings:topics", "bulb"), ("会议", "meetings:list", "calendar-event"),
    ("纪要", "minutes:list", "file-text"), ("督办台账", "action_items:list", "list-check"),
    ("成员单位", "roster:list", "users"), ("发文", "dispatch:list", "send"), ("管理", "portal:manage", "settings"),
)


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return "/"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Template context of the frame."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"nav": [{"label": a, "url": _url(b), "icon": c} for a, b, c in _NAV], "user_label": str(user)}
