"""批示: a leader's written words on an item, entered by the office or written by the convener himself."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from apps.action_items.models import ActionItem, Directive
from apps.common import files
from apps.common.workflow import lock, move, save_with_history
from apps.roster.enums import AssignmentRole
from apps.roster.selectors import standing_of, today

from .deciding import name_of, people_of
from .opening import tell_about


@dataclass(frozen=True, slots=True)
class Given:
    """A 批示 word for word. The convener's own needs neither name nor date: they are his and today's."""

    text: str
    leader: str = ""
    given_on: date | None = None
    scan: UploadedFile | None = None


@transaction.atomic
def direct(item: ActionItem, given: Given, *, by: Any) -> Directive:
    """Keep a 批示 on an item and tell the lead units. Raises PermissionDenied, ValidationError."""
    own = standing_of(by).is_convener and not standing_of(by).runs_office
    day = today() if own else given.given_on or today()
    if day > today():
        raise ValidationError({"given_on": _("批示日期不能晚于今天。")})
    lock(item)
    row = Directive(
        item=item, leader=name_of(by) if own else given.leader, text=given.text, given_on=day, entered_by=by,
        file=files.store(given.scan, by=by) if given.scan else None,
    )  # fmt: skip
    row.full_clean()
    fresh = move(item, "direct", by=by, reason=f"{row.leader}：{row.text}"[:500])
    save_with_history(row, by=by, why="批示")
    leads = [part.unit_id for part in fresh.parts.all() if part.role == AssignmentRole.LEAD]
    tell_about(fresh, people_of(leads), f"directive-{row.pk}", _("有新的批示"), by)
    return row
