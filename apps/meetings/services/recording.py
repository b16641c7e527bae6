"""Opening and closing the live record (会议记录), and items taken up on the spot. Blocks: blocks.py."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.common import audit, workflow
from apps.common.errors import Refused
from apps.meetings import permissions
from apps.meetings.enums import MeetingState
from apps.meetings.models import AgendaItem, Meeting
from apps.roster.enums import PostKind
from apps.roster.models import Unit
from apps.roster.selectors import holders

from .signin import prepare_list


@transaction.atomic
def start_recording(
    meeting: Meeting, *, chair: str, by: Any, chair_basis: str = "", recorder: str = ""
) -> Meeting:
    """Open the record. C10: the convener chairs; for anybody else the basis is asked.

    Makes the sign-in list if there is none. Raises Refused without a chair, or without the basis.
    """
    chair, basis = chair.strip(), chair_basis.strip()
    conveners = {held.person.name for held in holders(PostKind.CONVENER)}
    if not chair:
        raise Refused("请填写主持人。", meeting, "start_recording")
    if chair not in conveners and not basis:
        raise Refused("主持人不是召集人：章程规定由召集人主持，请写明依据。", meeting, "start_recording")
    basis = "" if chair in conveners else basis
    fresh = workflow.move(
        meeting,
        "start_recording",
        by=by,
        reason=basis,
        chair=chair,
        chair_basis=basis,
        recorder=recorder.strip(),
    )
    if not fresh.attendance.exists():
        prepare_list(fresh, by=by)
    return fresh


@transaction.atomic
def close_recording(meeting: Meeting, *, by: Any) -> Meeting:
    """Freeze the record. The end is now when the meeting began within the last day, else what the plan says.

    Raises PermissionDenied, Refused (not being recorded, nobody signed in).
    """
    now = timezone.now().replace(second=0, microsecond=0)
    fits = 0 <= (now - meeting.starts_at).total_seconds() <= 86400
    return workflow.move(meeting, "close_recording", by=by, ends_at=now if fits else meeting.ends_at)


def may_write(meeting: Meeting, by: Any) -> None:
    """Raise PermissionDenied or Refused unless this person may write the open record of the meeting."""
    if not permissions.runs_office(by):
        raise PermissionDenied(f"record meeting {meeting.pk}")
    if meeting.state != MeetingState.RECORDING:
        raise Refused(f"会议{meeting.get_state_display()}，会议记录不能修改。", meeting, "record")


@transaction.atomic
def add_spot_item(meeting: Meeting, *, title: str, by: Any, reporter_unit: Unit | None = None) -> AgendaItem:
    """临时议题: an item the meeting took up on the spot, at the end of the agenda."""
    fresh = workflow.lock(meeting)
    may_write(fresh, by)
    seq = (fresh.agenda.aggregate(last=Max("seq"))["last"] or 0) + 1
    item = AgendaItem(
        meeting=fresh, seq=seq, title=title, reporter_unit=reporter_unit, added_on_the_spot=True
    )
    item.full_clean()
    workflow.save_with_history(item, by=by, why="临时议题")
    audit.record(by=by, verb="add_spot_item", label="加入临时议题", obj=fresh, detail={"reason": item.title})
    return item
