"""The demo's logins: which accounts the login page offers as buttons, and only while DEMO is on.

`apps.portal` writes the list (`put_logins`) when it makes the demo; it is kept as a settings row.
"""

from typing import Any

from django.conf import settings

from apps.common.models import SettingRow

from .models import User

KEY = "demo_logins"
SHARED_WORD = "Yan-shi_2026"  # every demo account's password, shown on the demo's own pages
Groups = list[dict[str, Any]]


def put_logins(groups: Groups) -> None:
    """Keep the list: [{"group": Chinese heading, "entries": [{"label", "username"}]}]."""
    row, made = SettingRow.objects.get_or_create(key=KEY, defaults={"value": groups})
    if not made and row.value != groups:
        row.value = groups
        row.save()


def logins() -> Groups:
    """The list, or an empty one when DEMO is off."""
    return _kept() if settings.DEMO else []


def _kept() -> Groups:
    row = SettingRow.objects.filter(key=KEY).first()
    return row.value if row else []


def usernames() -> set[str]:
    """Names of all demo accounts in this database, whether DEMO is on or not."""
    return {entry["username"] for group in _kept() for entry in group["entries"]}


def user_for(username: str) -> User | None:
    """The demo account of this name, if DEMO is on and it may be used."""
    if not settings.DEMO or username not in usernames():
        return None
    return User.objects.filter(username=username, is_active=True).first()
