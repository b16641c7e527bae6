"""Who may do what with topics, meetings, replies and the record. The only place that is asked."""

from typing import Any

from apps.common import settings_rows
from apps.roster.selectors import standing_of

from .enums import Approval, MeetingState, TopicState

# States in which a meeting is still a matter of the office: nobody outside has been told.
UNTOLD = frozenset({MeetingState.PLANNING, MeetingState.PLAN_SUBMITTED, MeetingState.PLAN_APPROVED})


def runs_office(user: Any, obj: Any = None) -> bool:
    """联席会议办公室（工作人员、主任）"""
    return standing_of(user).runs_office


def convenes(user: Any, obj: Any = None) -> bool:
    """召集人（含主持工作）"""
    return standing_of(user).is_convener


def runs_office_or_convenes(user: Any, obj: Any = None) -> bool:
    """联席会议办公室或召集人"""
    standing = standing_of(user)
    return standing.runs_office or standing.is_convener


def proposed_it(user: Any, topic: Any) -> bool:
    """提出单位经办人"""
    return topic.unit_id in standing_of(user).liaison_units


def can_propose(user: Any) -> bool:
    """A unit's liaison for its unit; the office for a unit that wrote on paper (C14)."""
    standing = standing_of(user)
    return bool(standing.liaison_units) or standing.runs_office


def can_edit_topic(user: Any, topic: Any) -> bool:
    """The proposing unit, while the office has not accepted it."""
    return topic.state in (TopicState.PROPOSED, TopicState.RETURNED) and proposed_it(user, topic)


def can_plan(user: Any) -> bool:
    """Make a new meeting."""
    return runs_office(user)


def can_edit_plan(user: Any, meeting: Any) -> bool:
    """The office, until the plan goes to the convener."""
    return meeting.state == MeetingState.PLANNING and runs_office(user)


def answers_for(user: Any, invitation: Any) -> bool:
    """The liaison of the invited unit."""
    return invitation.unit_id in standing_of(user).liaison_units


def can_reply(user: Any, invitation: Any) -> bool:
    """The unit's liaison, once told and until the recording starts."""
    return invitation.meeting.state == MeetingState.NOTIFIED and answers_for(user, invitation)


def can_reply_on_behalf(user: Any, invitation: Any) -> bool:
    """The office, for a unit that telephoned or wrote."""
    return invitation.meeting.state == MeetingState.NOTIFIED and runs_office(user)


def approves_substitutes(user: Any) -> bool:
    """Convener, director or either of them, by the setting `substitute_approver`."""
    standing = standing_of(user)
    if not (standing.is_convener or standing.is_director):
        return False  # whatever the setting says
    rule = settings_rows.value("substitute_approver")
    return (standing.is_convener and rule != "director") or (standing.is_director and rule != "convener")


def can_decide_substitute(user: Any, invitation: Any) -> bool:
    """An approver, while the substitute waits and the meeting has not ended."""
    waiting = invitation.approval == Approval.WAITING
    return waiting and invitation.meeting.state in SIGN_IN_STATES and approves_substitutes(user)


SIGN_IN_STATES = frozenset({MeetingState.NOTIFIED, MeetingState.RECORDING})


def can_see_signin(user: Any) -> bool:
    """The office signs people in; the leaders and the auditor look on."""
    return standing_of(user).reads_all


def can_sign_in(user: Any, meeting: Any) -> bool:
    """The office, from the notice until the record is closed."""
    return meeting.state in SIGN_IN_STATES and runs_office(user)


def can_read_record(user: Any, meeting: Any = None) -> bool:
    """会议记录 has tighter rights than the 纪要: office, director, convener, auditor; no unit, no member."""
    standing = standing_of(user)
    return standing.runs_office or standing.is_convener or standing.is_auditor


def can_record(user: Any, meeting: Any) -> bool:
    """The office, while the recording is open."""
    return meeting.state == MeetingState.RECORDING and runs_office(user)


def sees_replies(user: Any) -> bool:
    """The board of replies: those who prepare the meeting, not the units among themselves."""
    return standing_of(user).reads_all


def sees_screen(user: Any, meeting: Any) -> bool:
    """The screen in the room is put up by the office; the convener may have it on his own."""
    return runs_office_or_convenes(user)


def chairs(user: Any, meeting: Any) -> bool:
    """Convener, or the person named in the chair: has the script large, and notes nobody else reads."""
    if convenes(user):
        return True
    person = getattr(user, "person", None)
    named = bool(meeting.chair) and "×" not in meeting.chair  # ××× stands for nobody in particular
    return named and person is not None and person.name == meeting.chair


def sees_script(user: Any, meeting: Any) -> bool:
    """主持词: the office that writes it and whoever chairs."""
    return runs_office(user) or chairs(user, meeting)


def can_sign_self(user: Any, meeting: Any) -> bool:
    """Anybody who belongs to an invited unit, or convenes, while sign-in is open."""
    standing = standing_of(user)
    return meeting.state in SIGN_IN_STATES and (bool(standing.units) or standing.is_convener)
