"""What the ledger's page shows beside the items, read in the query that reads the user's standing.

Saved views, papers and duties to choose from, who holds the posts of a unit, the settings, the working days, the
units' names, and the two numbers of the frame: nine questions of few rows each, which would cost more as queries of their own than their
answers.
The rows are told only after the standing read with them has been asked.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from apps.common import calendar, settings_rows
from apps.dispatch.selectors import FRAME_BESIDE, keep_frame
from apps.documents.enums import PaperKind
from apps.roster.enums import PostKind
from apps.roster.selectors import NAMES_BESIDE, keep_unit_names, standing_beside, standing_of, today

_BREAK = "\n"
_SQL = """
SELECT 'view', name || %s || query, id, 0, 0 FROM action_items_ledgerview WHERE user_id = %s
UNION ALL SELECT 'paper', number_text, MAX(id), 0, 0 FROM documents_archivedpaper
WHERE kind = %s AND number_text <> '' GROUP BY number_text
UNION ALL SELECT 'duty', COALESCE(unit.short_name, '') || %s || SUBSTR(duty.text, 1, 24) ||
    CASE WHEN duty.ends_on IS NULL THEN '' ELSE '（已修订）' END, duty.id,
    COALESCE(unit."order", 0), duty.seq
FROM duties_duty duty LEFT JOIN roster_unit unit ON unit.id = duty.unit_id
WHERE duty.ends_on IS NULL OR EXISTS (SELECT 1 FROM action_items_actionitem_duties used WHERE used.duty_id = duty.id)
UNION ALL SELECT post.kind, person.name, post.unit_id, post."order", held.id
FROM roster_appointment held JOIN roster_person person ON person.id = held.person_id
JOIN roster_post post ON post.id = held.post_id
WHERE post.kind IN (%s, %s, %s) AND held.starts_on <= %s AND (held.ends_on IS NULL OR held.ends_on >= %s)
UNION ALL SELECT 'setting', key || '=' || CAST(value AS TEXT), 0, 0, 0 FROM common_settingrow
"""
_HOLDERS = (PostKind.MEMBER, PostKind.OFFICE_MEMBER, PostKind.OFFICE_DEPUTY)


@dataclass(frozen=True, slots=True)
class Beside:
    """`views`: (id, name, query); `papers`: numbers, the newest first; `duties`: unit name → (id, words), in
    charter order; `holders`: unit id → ("成员：…", "经办人：…") on the day asked for.
    """

    views: list[tuple[int, str, str]] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)
    duties: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    holders: dict[int, list[str]] = field(default_factory=dict)


def beside(user: Any, day: date | None = None) -> Beside:
    """All of it, for a page shown to this user. One query, the standing's. A visitor is told no names."""
    adapted = connection.ops.adapt_datefield_value(day or today())
    now = connection.ops.adapt_datefield_value(today())
    frame, holders = (user.pk, user.pk, now, now), (*_HOLDERS, adapted, adapted)
    values = (*frame, _BREAK, user.pk, PaperKind.MINUTES, _BREAK, *holders)
    rows = standing_beside(
        user,
        f"{FRAME_BESIDE} UNION ALL {calendar.beside()} UNION ALL {NAMES_BESIDE} UNION ALL {_SQL}",
        *values,
    )
    found: dict[str, list[Any]] = defaultdict(list)
    for word, *rest in rows:
        found[word].append(rest)
    keep_frame(user, {word: found[word][0][1] for word in ("unread", "unsigned")})
    calendar.keep(found["days"][0][0])
    keep_unit_names((name, pk, order) for name, pk, order, _none in found["unit"])
    settings_rows.keep_for_request(dict(text.split("=", 1) for text, *_rest in found["setting"]))
    views = sorted((pk, *text.split(_BREAK, 1)) for text, pk, *_rest in found["view"])
    if not standing_of(user).is_any:
        return Beside(views=views)
    papers = [text for text, _pk, *_rest in sorted(found["paper"], key=lambda row: -row[1])]
    return Beside(views, papers, _duties(found["duty"]), _holders(found))


def _duties(rows: list[Any]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for text, pk, _order, seq in sorted(rows, key=lambda row: row[2:]):
        unit, words = text.split(_BREAK, 1)
        found.setdefault(unit or "联席会议", []).append((str(pk), f"{seq}. {words}"))
    return found


def _holders(found: dict[str, list[Any]]) -> dict[int, list[str]]:
    """Who holds a unit's member post, and who acts for it; nobody is stored on an item, so a successor just stands here."""
    words: dict[int, list[str]] = defaultdict(list)
    for kinds, label in ((_HOLDERS[:1], "成员"), (_HOLDERS[1:], "经办人")):
        names: dict[int, list[str]] = defaultdict(list)
        rows = [row for kind in kinds for row in found[kind]]
        for name, unit, _order, _pk in sorted(rows, key=lambda row: row[2:]):
            names[unit].append(name)
        for unit, several in names.items():
            words[unit].append(f"{label}：{'、'.join(dict.fromkeys(several))}")
    return dict(words)
