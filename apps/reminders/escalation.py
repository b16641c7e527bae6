"""The last rung puts a stuck item before the joint meeting: a topic in the office's name, with the rung in one act."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from apps.action_items import services as items
from apps.action_items.enums import Rung
from apps.action_items.models import ActionItem, Prompt
from apps.action_items.selectors import leads_of
from apps.common.errors import Refused
from apps.common.workflow import lock
from apps.meetings.models import Topic
from apps.meetings.services import propose
from apps.roster.selectors import host_unit

from . import permissions
from .letters import written_today


@transaction.atomic
def release(item: ActionItem, rung: str, *, by: Any) -> tuple[Prompt, Topic | None]:
    """Release a rung; 列入议题 proposes the topic too. None goes on the day of a 催办函 about the item.

    Raises what `action_items.services.release` and `propose` do. The item is locked first, as by who writes a letter.
    """
    if not permissions.can_chase(by):
        raise PermissionDenied("ladder")
    fresh = lock(item)
    if written_today([fresh.pk]):
        raise Refused(_("今天已催办，明天可升级。"), fresh)
    row = items.release(item, rung, by=by)
    return row, _propose(row, by=by) if row.rung == Rung.AGENDA else None


def _propose(row: Prompt, *, by: Any) -> Topic:
    """The office has no seat of its own among the units: it proposes through the unit it sits in (章程二)."""
    item = row.item
    leads = "、".join(unit.short_name for unit in leads_of(item))
    which = f"{item.source_label}第{item.seq}项"
    due = f"{row.due.year}年{row.due.month}月{row.due.day}日"
    return propose(
        host_unit(),
        title=_("研究%(which)s议定事项推进情况") % {"which": which},
        request=_(
            "%(which)s议定事项由%(leads)s牵头，时限%(due)s，超期未办结或者漏报进展，逐级督办后仍未解决，提请会议研究。"
        )
        % {"which": which, "leads": leads, "due": due},
        background=_("议定事项：%(text)s") % {"text": item.text[:3900]},
        duties=item.duties.all(),
        by=by,
    )
