"""What every page's frame shows: navigation for who one is, names, reading preferences."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.demo import SHARED_WORD
from apps.common import request_cache
from apps.dispatch.selectors import unread_count, unsigned_count
from apps.roster.selectors import Standing, standing_of, unit_names


def _manages(standing: Standing) -> bool:
    return (
        standing.runs_office or standing.is_system_admin or standing.is_security_admin or standing.is_auditor
    )


def _has_business(standing: Standing) -> bool:
    """Units, those who read everything, and visitors, who see what was opened to them; an administrator has none."""
    return bool(standing.units) or standing.reads_all or not standing.is_any


def _receives(standing: Standing) -> bool:
    """A unit's own papers; those who see every copy have the desk there."""
    return bool(standing.units) and not (standing.reads_all or standing.is_system_admin)


_MANAGED = (
    "/manage/",
    "/accounts/",
    "/duties/",
    "/papers/",
    "/reminders/",
    "/items/rules/",
)  # pages behind the door 管理

_RECEIVED = _("收文")
# Label, URL name, icon, path that marks it as the present place, and who sees it.
_NAV = (
    (_("首页"), "portal:home", "home", "/", lambda s: True),
    (_("议题"), "meetings:topics", "bulb", "/meetings/topics/", lambda s: s.liaison_units or s.reads_all),
    (_("会议"), "meetings:list", "calendar-event", "/meetings/", _has_business),
    (_("纪要"), "minutes:list", "file-text", "/minutes/", _has_business),
    (_("督办台账"), "action_items:list", "list-check", "/items/", _has_business),
    (_("通报"), "bulletins:list", "speakerphone", "/bulletins/", lambda s: s.units or s.reads_all),
    (_("总览"), "portal:overview", "chart-bar", "/overview/", lambda s: s.units or s.reads_all),
    (_("日历"), "portal:calendar", "clock", "/calendar/", lambda s: s.is_any),
    (_("成员单位"), "roster:list", "users", "/roster/", lambda s: s.is_any),
    (_("发文"), "dispatch:list", "send", "/dispatch/", lambda s: s.reads_all or s.is_system_admin),
    (_RECEIVED, "dispatch:list", "download", "/dispatch/", _receives),
    (_("管理"), "portal:manage", "settings", "/manage/", _manages),
)


@cache
def _nav() -> list[tuple[Any, ...]]:
    """The same with the address of each and its label in words."""
    return [(str(label), _url(name), icon, prefix, who) for label, name, icon, prefix, who in _NAV]


def _place(path: str) -> str:
    """The longest navigation prefix the path lies under."""
    if path.startswith(_MANAGED):
        return _MANAGED[0]
    prefixes = [prefix for _label, _name, _icon, prefix, _who in _NAV if path.startswith(prefix)]
    return max(prefixes, key=len)


def _unit_label(user: Any, standing: Standing) -> str:
    """The user's units in words; the home page has read them already."""
    mine = standing.units
    if not mine:
        return ""
    named = lambda: "、".join(unit.short_name for unit in unit_names() if unit.pk in mine)  # noqa: E731
    return request_cache.get_or_make(f"unit_label:{user.pk}", named)


@cache
def _url(name: str) -> str:
    """The address of a page without parameters; asked on every page, it is worked out once."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the frame: see templates/components/README.md."""
    common: dict[str, Any] = {"ui_prefs": {"save_url": _url("accounts:preferences")}}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return common
    standing = standing_of(user)
    here = _place(request.path)
    polling = request.headers.get("X-Polling") == "1"  # a poll draws no frame
    badges = {} if polling or not _receives(standing) else {str(_RECEIVED): unsigned_count(user)}
    return common | {
        "nav": [
            {"label": label, "url": url, "icon": icon, "active": prefix == here, "badge": badges.get(label)}
            for label, url, icon, prefix, who in _nav()
            if who(standing)
        ],
        "search_url": _url("portal:search"),
        "bell_url": _url("dispatch:notices"),
        "bell_count": 0 if polling else unread_count(user),
        "demo_word": SHARED_WORD if settings.DEMO else "",
        "user_label": str(user),
        "unit_label": _unit_label(user, standing),
        "standing": standing,
        "idle_seconds": settings.SESSION_IDLE_SECONDS,
    }
