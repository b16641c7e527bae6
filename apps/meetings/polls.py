"""What polled pages compare themselves with: one query for the right to ask and for all that may have changed.

Sixty boards ask every four seconds, and nearly always nothing happened: session, account and this, three queries.
The rows are (word, text, three numbers), as `standing_beside` wants them, and are told to nobody before the
standing read with them has been asked.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.roster.selectors import standing_beside

from .enums import AgendaKind
from .room_reads import HERE_SECONDS
from .selectors import LATELY

Row = tuple[str, str, int, int, int]

_ROOM = """
SELECT 'meeting', state, 0, 0, 0 FROM meetings_meeting WHERE id = %s
UNION ALL SELECT 'block', '', id, version, position FROM meetings_recordblock
WHERE meeting_id = %s AND agenda_item_id = %s AND deleted_at IS NULL
UNION ALL SELECT 'item',
    COALESCE((SELECT MAX(CASE WHEN span.ended_at IS NULL THEN 'now' ELSE 'done' END)
        FROM meetings_itemspan span WHERE span.agenda_item_id = item.id), ''), item.id, item.seq,
    (SELECT COUNT(*) FROM meetings_recordblock block WHERE block.agenda_item_id = item.id AND block.deleted_at IS NULL)
FROM meetings_agendaitem item WHERE item.meeting_id = %s
UNION ALL SELECT 'here', CASE WHEN account.name = '' THEN account.username ELSE account.name END,
    account.id, seen.agenda_item_id, seen.block_id
FROM meetings_roompresence seen JOIN accounts_user account ON account.id = seen.user_id
WHERE seen.meeting_id = %s AND seen.seen_at >= %s AND seen.user_id <> %s
"""

_BOARD = """
SELECT 'meeting', state, 0, 0, 0 FROM meetings_meeting WHERE id = %s
UNION ALL SELECT 'seat',
    seat.role || '|' || seat.name || '|' || seat.status || '|' || seat.delegate_name || '|' ||
    COALESCE(CAST(seat.signed_at AS text), ''), seat.id, seat.position, 0
FROM meetings_attendance seat WHERE seat.meeting_id = %s
UNION ALL SELECT 'move', moved.kind || '|' || CAST(moved.at AS text), moved.id, moved.attendance_id, moved.agenda_item_id
FROM meetings_movement moved JOIN meetings_attendance seat ON seat.id = moved.attendance_id WHERE seat.meeting_id = %s
UNION ALL SELECT 'item', '', id, seq, 0 FROM meetings_agendaitem WHERE meeting_id = %s
UNION ALL SELECT 'save', SUBSTR(CAST(updated_at AS text), 1, 16), id, updated_by_id, agenda_item_id
FROM meetings_recordblock
WHERE meeting_id = %s AND updated_at >= %s AND (updated_by_id IS NULL OR updated_by_id <> %s)
"""

_SCREEN = """
SELECT 'meeting', state, 0, 0, 0 FROM meetings_meeting WHERE id = %s
UNION ALL SELECT 'item', kind || '|' || title || '|' || reporter || '|' || COALESCE(CAST(reporter_unit_id AS text), ''),
    id, seq, minutes
FROM meetings_agendaitem WHERE meeting_id = %s
UNION ALL SELECT 'span', COALESCE(CAST(ended_at AS text), ''), id, agenda_item_id, 0
FROM meetings_itemspan WHERE meeting_id = %s
UNION ALL SELECT 'pause', COALESCE(CAST(until_at AS text), ''), id, 0, 0
FROM meetings_adjournment WHERE meeting_id = %s
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read, in an order of its own; `tag` changes with any of it. No rows: there is no such meeting."""

    rows: list[Row]

    @property
    def tag(self) -> str:
        """An ETag, quoted."""
        return f'"{hashlib.sha256(repr(self.rows).encode()).hexdigest()[:20]}"'

    def of(self, word: str) -> list[Row]:
        """The rows of one word."""
        return [row for row in self.rows if row[0] == word]


def _seen(user: Any, sql: str, *values: Any) -> Seen:
    found = standing_beside(user, sql, *values)
    return Seen(sorted((word, text, a or 0, b or 0, c or 0) for word, text, a, b, c in found))


def _since(span: timedelta) -> Any:
    return connection.ops.adapt_datetimefield_value(timezone.now() - span)


def room(user: Any, meeting: int, item: int | None) -> Seen:
    """The state, the blocks of an item, the items with their blocks counted, who else is here."""
    since = _since(timedelta(seconds=HERE_SECONDS))
    return _seen(user, _ROOM, meeting, meeting, item, meeting, meeting, since, user.pk)


def board(user: Any, meeting: int) -> Seen:
    """The state, the sign-in list, who left and came at which item, who else saved lately (to the minute)."""
    return _seen(user, _BOARD, *[meeting] * 5, _since(LATELY), user.pk)


def screen(user: Any, meeting: int) -> Seen:
    """The state, the agenda, which item is before the meeting, the breaks; with 落实情况 before it, the minute.

    Its figures are the ledger's, where too much may change them to be read at every poll.
    """
    seen = _seen(user, _SCREEN, meeting, meeting, meeting, meeting)
    now = {row[3] for row in seen.of("span") if not row[1]}
    if any(row[2] in now and row[1].startswith(f"{AgendaKind.FOLLOW_UP}|") for row in seen.of("item")):
        return Seen([*seen.rows, ("minute", f"{timezone.localtime():%H:%M}", 0, 0, 0)])
    return seen


def body_of(seen: Seen) -> dict[str, Any]:
    """What the room's script is told; items stand in the agenda's order, blocks in the record's."""
    return {
        "state": seen.of("meeting")[0][1],
        "order": [[row[2], row[3]] for row in sorted(seen.of("block"), key=lambda row: (row[4], row[2]))],
        "items": [[row[2], row[4], row[1]] for row in sorted(seen.of("item"), key=lambda row: row[3])],
        "people": [
            {"name": row[1], "item": row[3] or None, "block": row[4] or None}
            for row in sorted(seen.of("here"), key=lambda row: row[2])
        ],
    }
