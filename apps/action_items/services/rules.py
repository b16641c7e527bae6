"""The thresholds of the lamps change together or not at all."""

from dataclasses import asdict
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.action_items import permissions, selectors
from apps.action_items.lights import Thresholds
from apps.common import settings_rows


@transaction.atomic
def set_thresholds(chosen: Thresholds, *, by: Any) -> int:
    """Write those that differ from now, each with its line in the journal. Returns how many.

    Raises PermissionDenied, ValidationError (out of range).
    """
    if not permissions.can_set_rules(by):
        raise PermissionDenied("lamp rules")
    now = asdict(selectors.thresholds())
    changed = {key: new for key, new in asdict(chosen).items() if new != now[key]}
    for key, new in changed.items():
        settings_rows.put(key, new, by=by)
    return len(changed)
