"""Opening and closing the live record (会议记录), and items taken up on the spot. Blocks: blocks.py."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from apps.common import workflow
from apps.common.errors import Refused
from apps.meetings import permissions
from apps.meetings.enums import MeetingState
from apps.meetings.models import Meeting
from apps.roster.enums import PostKind
from apps.roster.selectors import holders

from .room import end_clocks
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
    fresh = workflow.move(meeting, "close_recording", by=by, ends_at=now if fits else meeting.ends_at)
    end_clocks(fresh, at=timezone.now())
    return fresh


def may_write(meeting: Meeting, by: Any) -> None:
    """Raise PermissionDenied or Refused unless this person may write the open record of the meeting."""
    if not permissions.runs_office(by):
        raise PermissionDenied(f"record meeting {meeting.pk}")
    if meeting.state != MeetingState.RECORDING:
        raise Refused(f"会议{meeting.get_state_display()}，会议记录不能修改。", meeting, "record")
