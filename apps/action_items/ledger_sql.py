"""What the ledger reads beside each item, written out: its last report, its units, its dated facts."""

from typing import Any

from django.db.models import JSONField

from apps.common.written import Written
from apps.roster.enums import AssignmentRole

from .enums import ExtensionState, ReviewState

# The last report that was not sent back, a lead unit's before any other; and the units that have a part in the item.
_REPORT = """SELECT JSONB_BUILD_OBJECT(
    'pk', report.id, 'on', report.reported_on, 'text', report.text, 'problem', report.problem,
    'next_step', report.next_step, 'unit', unit.short_name, 'assessment', report.assessment)
FROM action_items_progressreport report JOIN roster_unit unit ON unit.id = report.unit_id {put_right}
WHERE report.item_id = action_items_actionitem.id AND {counts}
ORDER BY {led} DESC, report.reported_on DESC, report.id DESC LIMIT 1"""
_LEADS = """EXISTS (SELECT 1 FROM action_items_itemunit part WHERE part.item_id = report.item_id
    AND part.unit_id = report.unit_id AND part.role = %s)"""
# The first 更正 after a day that kept what stood till then.
_FIRST = """(SELECT fix.id FROM action_items_duecorrection fix WHERE fix.item_id = action_items_actionitem.id
    AND fix.corrected_on > %s AND fix.old_text <> '' ORDER BY fix.corrected_on, fix.id LIMIT 1)"""
_PUT_RIGHT = "LEFT JOIN action_items_duecorrection put_right ON put_right.id = {first}"
_LED_THEN = """CASE WHEN put_right.id IS NULL THEN {leads} ELSE EXISTS (
    SELECT 1 FROM action_items_correctedpart part WHERE part.correction_id = put_right.id
    AND part.unit_id = report.unit_id AND part.role = %s) END"""
# One sent back counts until the day before (`lights.Said.counts`).
_COUNTS_THEN = """report.reported_on <= %s
    AND (report.review <> %s OR COALESCE(report.reviewed_on, report.reported_on) > %s)"""
NAMED_UNITS = """SELECT JSONB_AGG(JSONB_BUILD_OBJECT(
    'role', part.role, 'at', part.position, 'unit', part.unit_id, 'name', unit.short_name))
FROM action_items_itemunit part JOIN roster_unit unit ON unit.id = part.unit_id
WHERE part.item_id = action_items_actionitem.id"""
_UNITS_THEN = """SELECT JSONB_AGG(JSONB_BUILD_OBJECT(
    'role', part.role, 'at', part.position, 'unit', part.unit_id, 'name', unit.short_name))
FROM action_items_correctedpart part JOIN roster_unit unit ON unit.id = part.unit_id
WHERE part.correction_id = {first}"""
MOVES = Written(
    """SELECT JSONB_AGG(JSONB_BUILD_OBJECT(
    'pk', asked.id, 'asked', asked.applied_on, 'on', asked.decided_on, 'new', asked.new_due, 'old', asked.old_due))
FROM action_items_extension asked
WHERE asked.item_id = action_items_actionitem.id AND asked.state = %s AND asked.decided_on IS NOT NULL""",
    ExtensionState.GRANTED,
    output_field=JSONField(),
)
MISPRINTS = Written(
    """SELECT JSONB_AGG(JSONB_BUILD_OBJECT(
    'pk', fix.id, 'on', fix.corrected_on, 'old', fix.old_due, 'words', fix.old_recurrence, 'text', fix.old_text,
    'all', fix.old_all_support))
FROM action_items_duecorrection fix WHERE fix.item_id = action_items_actionitem.id""",
    output_field=JSONField(),
)
# "back": the day a report was sent back.
SAID = Written(
    """SELECT JSONB_AGG(JSONB_BUILD_OBJECT(
    'pk', report.id, 'on', report.reported_on, 'unit', report.unit_id, 'assessment', report.assessment,
    'back', CASE WHEN report.review = %s THEN COALESCE(report.reviewed_on, report.reported_on) END))
FROM action_items_progressreport report WHERE report.item_id = action_items_actionitem.id""",
    ReviewState.RETURNED,
    output_field=JSONField(),
)


def last_report(kind: Any) -> Written:
    """The report a line of today shows, as JSON of a `kind` of field."""
    sql = _REPORT.format(put_right="", counts="report.review <> %s", led=_LEADS)
    return Written(sql, ReviewState.RETURNED, AssignmentRole.LEAD, output_field=kind())


def last_report_then(until: Any) -> Written:
    """The same of a day (as the database takes it): a unit that led then leads, whatever was put right since."""
    put_right, led = _PUT_RIGHT.format(first=_FIRST), _LED_THEN.format(leads=_LEADS)
    sql = _REPORT.format(put_right=put_right, counts=_COUNTS_THEN, led=led)
    returned, lead = ReviewState.RETURNED, AssignmentRole.LEAD
    return Written(sql, until, until, returned, until, lead, lead, output_field=JSONField())


def units_then(until: Any) -> Written:
    """The units of a day, where a 更正 since named others; nothing where they are those of today."""
    return Written(_UNITS_THEN.format(first=_FIRST), until, output_field=JSONField())
