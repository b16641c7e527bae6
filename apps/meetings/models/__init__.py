"""Topics, meetings with their agenda, notice replies and attendance, and the live record."""

from .agenda import Adjournment, AgendaItem, ChairNote, ItemFile, ItemSpan, Topic
from .attendance import Attendance, Invitation, InvitationQuerySet, Movement, SignInDoor
from .meeting import Meeting, MeetingGroupGrant, MeetingUserGrant
from .record import BlockRevision, BlockUnit, RecordBlock, RoomPresence

__all__ = [
    "Adjournment", "AgendaItem", "Attendance", "BlockRevision", "BlockUnit", "ChairNote", "Invitation", "InvitationQuerySet",
    "ItemFile", "ItemSpan", "Meeting", "MeetingGroupGrant", "MeetingUserGrant", "Movement", "RecordBlock", "RoomPresence",
    "SignInDoor", "Topic",
]  # fmt: skip
