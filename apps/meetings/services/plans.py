"""The plan of a meeting: what, when, where, which units, and the agenda with the topics taken onto it."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common import audit, settings_rows, workflow
from apps.common.errors import Refused
from apps.dispatch.services import tell
from apps.meetings import follow_up, permissions
from apps.meetings.enums import AgendaKind
from apps.meetings.models import AgendaItem, Invitation, Meeting, Topic
from apps.roster.enums import PostKind
from apps.roster.models import Unit
from apps.roster.selectors import office_users, users_of

from .notes import put_before

_FAR = 20000  # above every real place, for the moment two items change places under the unique constraint


@transaction.atomic
def make_meeting(*, units: Iterable[Unit], by: Any, **values: Any) -> Meeting:
    """A new meeting in planning. `values` are fields of Meeting. Raises PermissionDenied, ValidationError."""
    if not permissions.can_plan(by):
        raise PermissionDenied("plan a meeting")
    meeting = Meeting(created_by=by, **values)
    meeting.full_clean()
    workflow.save_with_history(meeting, by=by, why="新建会议")
    _invite(meeting, units, by)
    audit.record(by=by, verb="make", label="新建会议", obj=meeting)
    if settings_rows.value("follow_up_first") and follow_up.wanted(meeting):
        add_follow_up(meeting, by=by)
    return meeting


@transaction.atomic
def add_follow_up(meeting: Meeting, *, by: Any) -> AgendaItem:
    """上次会议议定事项落实情况 as the first item; there is one at most. Raises PermissionDenied, Refused."""
    fresh = _planning(meeting, by)
    if follow_up.item_of(fresh) is not None:
        raise Refused("议程中已有这一项。", fresh, "agenda")
    item = AgendaItem(
        meeting=fresh, seq=_next_place(fresh), title=str(follow_up.TITLE), kind=AgendaKind.FOLLOW_UP,
        reporter=str(_("联席会议办公室")), minutes=10,
    )  # fmt: skip
    item.full_clean()
    workflow.save_with_history(item, by=by, why="编排议程")
    first = fresh.agenda.order_by("seq").first()
    if first is not None and first.pk != item.pk:
        put_before(item, first)
    audit.record(by=by, verb="agenda", label="编排议程", obj=fresh, detail={"reason": f"加入：{item.title}"})
    return item


@transaction.atomic
def change_plan(meeting: Meeting, *, units: Iterable[Unit], by: Any, **values: Any) -> Meeting:
    """Change a meeting that is still in planning. Raises Refused once the plan went to the convener."""
    fresh = _planning(meeting, by)
    for name, value in values.items():
        setattr(fresh, name, value)
    fresh.full_clean()
    workflow.save_with_history(fresh, by=by, why="修改方案")
    _invite(fresh, units, by)
    audit.record(by=by, verb="change", label="修改会议方案", obj=fresh)
    return fresh


def _planning(meeting: Meeting, by: Any) -> Meeting:
    """The locked row of a meeting whose plan may still change."""
    fresh = workflow.lock(meeting)
    if not permissions.runs_office(by):
        raise PermissionDenied(f"change meeting {fresh.pk}")
    if not permissions.can_edit_plan(by, fresh):
        raise Refused("方案已提交，不能再改；如需修改，请先撤回方案。", fresh, "change")
    return fresh


def _invite(meeting: Meeting, units: Iterable[Unit], by: Any) -> None:
    """Make the invited units these, and no others."""
    wanted = {unit.pk: unit for unit in units}
    for row in meeting.invitations.all():
        if row.unit_id not in wanted:
            row._history_user = by  # type: ignore[attr-defined]
            row.delete()
        else:
            del wanted[row.unit_id]
    for unit in wanted.values():
        workflow.save_with_history(Invitation(meeting=meeting, unit=unit), by=by, why="列入参会单位")


def _next_place(meeting: Meeting) -> int:
    return (meeting.agenda.aggregate(last=Max("seq"))["last"] or 0) + 1


@transaction.atomic
def add_item(meeting: Meeting, *, by: Any, **values: Any) -> AgendaItem:
    """A new last item of the agenda. `values`: title, reporter_unit, reporter, minutes, topic."""
    fresh = _planning(meeting, by)
    item = AgendaItem(meeting=fresh, seq=_next_place(fresh), **values)
    item.full_clean()
    workflow.save_with_history(item, by=by, why="编排议程")
    audit.record(by=by, verb="agenda", label="编排议程", obj=fresh, detail={"reason": f"加入：{item.title}"})
    return item


@transaction.atomic
def take_topic(meeting: Meeting, topic: Topic, *, by: Any) -> AgendaItem:
    """Put an accepted topic onto the agenda. Raises Refused when it is not accepted or stands elsewhere."""
    waiting = workflow.lock(topic)
    if AgendaItem.objects.filter(topic=waiting).exists():
        raise Refused("这项议题已经列入议程。", meeting, "schedule")
    item = add_item(meeting, by=by, title=waiting.title, topic=waiting, reporter_unit=waiting.unit)
    workflow.move(waiting, "schedule", by=by)
    return item


@transaction.atomic
def change_item(item: AgendaItem, *, by: Any, **values: Any) -> AgendaItem:
    """Change title, reporter or planned minutes of an item while the plan is open."""
    _planning(item.meeting, by)
    for name, value in values.items():
        setattr(item, name, value)
    item.full_clean()
    workflow.save_with_history(item, by=by, why="编排议程")
    audit.record(
        by=by, verb="agenda", label="编排议程", obj=item.meeting, detail={"reason": f"修改：{item.title}"}
    )
    return item


@transaction.atomic
def remove_item(item: AgendaItem, *, by: Any) -> None:
    """Take an item off the agenda; a unit's topic goes back among the accepted ones."""
    meeting = _planning(item.meeting, by)
    topic, title = item.topic, item.title
    item._history_user = by  # type: ignore[attr-defined]
    item.delete()
    if topic is not None:
        workflow.move(Topic.objects.get(pk=topic.pk), "unschedule", by=by)
    for place, row in enumerate(meeting.agenda.all(), 1):
        _place(row, place)
    audit.record(by=by, verb="agenda", label="编排议程", obj=meeting, detail={"reason": f"移出：{title}"})


@transaction.atomic
def shift_item(item: AgendaItem, *, step: int, by: Any) -> None:
    """Move an item one place up (step −1) or down (step 1); at the edge nothing happens."""
    meeting = _planning(item.meeting, by)
    rows = list(meeting.agenda.all())
    here = [row.pk for row in rows].index(item.pk)
    there = here + step
    if not 0 <= there < len(rows):
        return
    one, other = rows[here], rows[there]
    first, second = one.seq, other.seq
    _place(one, _FAR)
    _place(other, first)
    _place(one, second)
    audit.record(
        by=by, verb="agenda", label="编排议程", obj=meeting, detail={"reason": f"调整次序：{one.title}"}
    )


def _place(item: AgendaItem, seq: int) -> None:
    """Write a place without a line of history: the order is read from the agenda itself."""
    if item.seq != seq:
        item.seq = seq
        item.skip_history_when_saving = True  # type: ignore[attr-defined]
        item.save()
        del item.skip_history_when_saving  # type: ignore[attr-defined]


@transaction.atomic
def step_plan(meeting: Meeting, verb: str, *, by: Any, reason: str = "") -> Meeting:
    """Hand the plan on, back or forth (`submit_plan`, `approve_plan`, `return_plan`, …); tell who acts next.

    Raises PermissionDenied, Refused.
    """
    fresh = workflow.move(meeting, verb, by=by, reason=reason)
    who, words = {
        "submit_plan": (lambda: users_of(PostKind.CONVENER), "会议方案待批准"),
        "approve_plan": (office_users, "会议方案已批准，请发出通知"),
        "return_plan": (office_users, "会议方案已退回修改"),
    }.get(verb, (list, ""))
    users = [user for user in who() if user != by]
    key = f"{meeting.pk}:{timezone.now():%Y%m%d%H%M%S}"
    tell(users, kind=verb, title=f"{words}：{fresh.title}", url=fresh.get_absolute_url(), key=key, by=by)
    return fresh


def free_topics(meeting: Meeting, *, by: Any) -> None:
    """Give the topics of a cancelled meeting back; its agenda keeps their titles."""
    for item in meeting.agenda.filter(topic__isnull=False):
        topic = Topic.objects.get(agenda_item=item)
        item.topic = None
        workflow.save_with_history(item, by=by, why="会议取消")
        workflow.move(topic, "unschedule", by=by)
