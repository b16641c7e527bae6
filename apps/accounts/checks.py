"""What a production install must not have: the demo's accounts with their known password."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from . import demo
from .models import User


@register(Tags.security, deploy=True)
def no_demo_accounts(**kwargs: Any) -> list[CheckMessage]:
    """Refuse active demo accounts while DEMO is off."""
    if settings.DEMO:
        return []
    try:
        count = User.objects.filter(username__in=demo.usernames(), is_active=True).count()
    except DatabaseError:  # no database yet: nothing to refuse
        return []
    if not count:
        return []
    text = f"{count} demo accounts are active although DEMO is off; everybody knows their password."
    return [Error(text, hint="Start production from an empty database.", id="accounts.E001")]
