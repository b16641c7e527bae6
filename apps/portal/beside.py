"""What the home page reads together with the standing: counts of a line each, the settings, the working days, and the posts one holds.

One statement instead of seven. What the counts say is kept for the request under the keys the apps themselves ask by.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection

from apps.common import calendar, request_cache, settings_rows
from apps.dispatch.selectors import FRAME_BESIDE, keep_frame
from apps.roster.selectors import standing_beside, standing_of, today

NEW_FOR = timedelta(days=30)  # how long a post counts as taken over
# The codes of states written here are compared with the enums by a test.
_SQL = """
SELECT 'dead', '', COUNT(*), 0, 0 FROM dispatch_outboxmessage WHERE state = 'dead'
UNION ALL
SELECT 'cases', '', COUNT(*), 0, 0 FROM minutes_correctioncase WHERE state IN ('drafting', 'asking', 'signing', 'approved')
UNION ALL
SELECT 'asked', '', (SELECT COUNT(*) FROM action_items_extension WHERE state IN ('asked', 'reviewed'))
    + (SELECT COUNT(*) FROM action_items_ending WHERE state = 'asked')
    + (SELECT COUNT(*) FROM action_items_actionitem WHERE blocked_from_id IS NOT NULL), 0, 0
UNION ALL
SELECT 'told', '', (SELECT COUNT(*) FROM bulletins_bulletin WHERE state NOT IN ('issued', 'dropped'))
    + (SELECT COUNT(*) FROM bulletins_information WHERE state IN ('submitted', 'returned')), 0, 0
UNION ALL
SELECT 'called', '', COUNT(*), 0, 0 FROM dispatch_delivery copy
JOIN documents_archivedpaper paper ON paper.id = copy.paper_id
WHERE paper.status = 'stopped' AND copy.sent_on IS NOT NULL AND copy.returned_on IS NULL
UNION ALL
SELECT 'failed', '', COUNT(*), 0, 0 FROM documents_archivedpaper WHERE trouble <> '' AND pdf_path = ''
UNION ALL
SELECT 'setting', key || '=' || CAST(value AS TEXT), 0, 0, 0 FROM common_settingrow
UNION ALL
SELECT 'held', unit.short_name, unit.id, held.id,
    CASE WHEN held.starts_on >= %s AND NOT EXISTS (
        SELECT 1 FROM portal_putaway away WHERE away.user_id = %s AND away.appointment_id = held.id
    ) THEN 1 ELSE 0 END
FROM roster_appointment held
JOIN roster_person person ON person.id = held.person_id
JOIN roster_post post ON post.id = held.post_id
JOIN roster_unit unit ON unit.id = post.unit_id
WHERE person.user_id = %s AND held.starts_on <= %s AND (held.ends_on IS NULL OR held.ends_on >= %s)
"""


@dataclass(frozen=True, slots=True)
class Beside:
    """What was read: appointments of the last days whose card still shows, and papers whose files failed."""

    new_posts: tuple[int, ...]
    failed_papers: int


def read(user: Any) -> Beside:
    """Read the user's standing, what is counted beside it, and keep both for this request. One query."""
    day = today()
    mine = [user.pk, _date(day), _date(day)]
    values = [user.pk, *mine, _date(day - NEW_FOR), user.pk, *mine]
    rows = standing_beside(user, f"{FRAME_BESIDE} UNION ALL {calendar.beside()} UNION ALL {_SQL}", *values)
    counts = {row[0]: row[2] for row in rows if row[0] not in ("held", "setting", "days")}
    calendar.keep(next(row[1] for row in rows if row[0] == "days"))
    settings_rows.keep_for_request(dict(row[1].split("=", 1) for row in rows if row[0] == "setting"))
    held = [row[1:] for row in rows if row[0] == "held"]
    keep_frame(user, counts)
    request_cache.keep("dead_mails", counts["dead"])
    request_cache.keep("cases_are_open", counts["cases"] > 0)
    request_cache.keep("item_requests", counts["asked"] > 0)
    request_cache.keep("bulletins_wait", counts["told"] > 0)
    request_cache.keep("copies_called_back", counts["called"] > 0)
    units = standing_of(user).units
    names = {unit: name for name, unit, _held, _new in held if unit in units}
    request_cache.keep(f"unit_label:{user.pk}", "、".join(names[pk] for pk in sorted(names)))
    return Beside(tuple(sorted(pk for _name, _unit, pk, new in held if new)), counts["failed"])


def _date(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)
