"""Who has the record open and where they are writing. Not a matter of record: nothing of it is kept."""

from typing import Any

from django.utils import timezone

from apps.common.errors import demand
from apps.meetings import permissions
from apps.meetings.models import Meeting, RecordBlock, RoomPresence


def note_presence(
    meeting: Meeting, *, by: Any, item_id: int | None = None, block_id: int | None = None
) -> None:
    """Say that a recorder is here, at this item and block. Numbers of another meeting count as none."""
    demand(permissions.can_record(by, meeting), "write the record")
    block = RecordBlock.objects.filter(meeting=meeting, pk=block_id).first() if block_id else None
    item = meeting.agenda.filter(pk=item_id).first() if item_id else None
    where = {"agenda_item": item, "block": block, "seen_at": timezone.now()}
    RoomPresence.objects.update_or_create(meeting=meeting, user=by, defaults=where)
