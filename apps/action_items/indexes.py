"""What the ledger is counted in, sorted by and found by, so that a page reads the rows it shows and no others."""

from django.db import models
from django.db.models import Q

from .enums import OPEN_STATES, ReviewState

ITEM_INDEXES = [
    models.Index(fields=["state", "current_due"], name="item_state_due"),
    models.Index(fields=["state", "report_due_on"], name="item_state_report"),
    # Counted by month, or left out by a bulletin and the ledger of another day; a unit's by all three dates.
    models.Index(fields=["opened_on", "closed_on", "current_due", "id"], name="item_dated"),
    models.Index(fields=["closed_on"], name="item_closed"),
    models.Index(fields=["current_due"], name="item_due"),
    # The ledger's own order, so that a page of it is fifty rows read and not all of them sorted.
    models.Index(fields=["source_paper", "source_label", "seq", "id"], name="item_by_paper"),
    # All that a lamp is judged by, of what still runs: counted without looking at a row.
    models.Index(
        fields=["current_due", "report_due_on", "last_assessment", "state", "id"],
        condition=Q(state__in=sorted(OPEN_STATES)),
        name="item_running",
    ),
    # The few among many that are asked for at every visit.
    models.Index(fields=["id"], condition=Q(all_support=True), name="item_of_all"),
]

REPORT_INDEXES = [
    models.Index(fields=["item"], condition=Q(review=ReviewState.WAITING), name="report_to_read"),
    models.Index(fields=["unit", "item"], condition=Q(review=ReviewState.RETURNED), name="report_sent_back"),
    # What was said, or sent back, since a day: of many years' reports the few.
    models.Index(fields=["reported_on", "item", "unit"], name="report_by_day"),
    models.Index(
        fields=["reviewed_on", "item"],
        condition=Q(review=ReviewState.RETURNED),
        name="report_sent_back_by_day",
    ),
]
