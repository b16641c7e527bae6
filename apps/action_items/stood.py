"""What stood on another day, as far as the database can say it: conditions and one annotation over items.

Most matters are on that day what their columns still say: nothing was granted and no date put right since. Of these
the columns are asked, with the lead's word of that day in the place of today's. The few others (`moved`) are judged
from their dated facts (`ledger.as_of`). The lamps' conditions are those of today's ledger.
"""

from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from apps.roster.enums import AssignmentRole

from . import deadlines, ledger, lights
from .enums import ExtensionState, LedgerState, Light, ReviewState, SelfAssessment
from .models import ActionItem, DueCorrection, Extension, ItemUnit, ProgressReport
from .selectors import rule_on

SAID = "said_then"
_RUNNING = (LedgerState.IN_PROGRESS, LedgerState.OVERDUE, LedgerState.STANDING)
LATE = Q(current_due__isnull=False, closed_on__gt=F("current_due"))


class Stood:
    """Conditions that part the items of a day: `closed` by it, running with facts that `moved` since, and `plain`."""

    def __init__(self, day: date) -> None:
        self.day = day
        closed_later = Q(closed_on__isnull=True) | Q(closed_on__gt=day)
        not_ended = Q(ended_on__isnull=True) | Q(ended_on__gt=day)
        running, since = closed_later & not_ended & Q(opened_on__lte=day), _moved_since(day)
        self.moved, self.plain = running & since, running & ~since
        self.closed = Q(closed_on__lte=day, opened_on__lte=day)

    @cached_property
    def rule(self) -> lights.Rule:
        """The lamps' rule of the day."""
        return rule_on(self.day)

    def told(self, items: QuerySet[ActionItem]) -> QuerySet[ActionItem]:
        """The items with the leads' last word on the day beside them, which the conditions below compare."""
        return items.annotate(**{SAID: _said(self.day)})

    def lights(self) -> dict[str, Q]:
        """Lamp → the plain ones under it: every one falls under exactly one."""
        found = ledger.light_filters(self.rule, running=ledger.everything(), said=SAID)
        return {light: where for light, where in found.items() if light != Light.CLOSED}

    def lamp(self) -> Case:
        """The lamp of a plain one. Yellow is what no other is, so that the leads' word is looked up once."""
        tests = (
            When(where, then=Value(str(light)))
            for light, where in self.lights().items()
            if light != Light.YELLOW
        )
        return Case(*tests, default=Value(str(Light.YELLOW)))

    def states(self) -> dict[LedgerState, Q]:
        """Ledger state → the plain or closed ones in it."""
        found = ledger.state_filters(self.rule, running=self.plain)
        running = {state: found[state] for state in _RUNNING}
        return running | {
            LedgerState.CLOSED_LATE: self.closed & LATE,
            LedgerState.CLOSED_ON_TIME: self.closed & ~LATE,
        }

    def state(self) -> Case:
        """The ledger state of a plain or a closed one."""
        found = ledger.state_filters(self.rule, running=ledger.everything())
        tests = [(LedgerState.CLOSED_LATE, self.closed & LATE), (LedgerState.CLOSED_ON_TIME, self.closed)]
        tests += [(state, found[state]) for state in _RUNNING]
        return Case(*(When(where, then=Value(str(state))) for state, where in tests))

    def saved(self) -> Q:
        """Those for which an extension was granted by the day, when the old deadline had passed already."""
        granted = Extension.objects.filter(
            state=ExtensionState.GRANTED, decided_on__gt=F("old_due"), decided_on__lte=self.day
        )
        return Q(pk__in=granted.values("item"))


def blocked() -> Q:
    """Of the plain ones those whose lead said on the day that it was stopped (受阻)."""
    return Q(**{SAID: SelfAssessment.BLOCKED})


def missed(day: date) -> Q:
    """Of the plain ones those that are not overdue and whose last asked report had not come (漏报)."""
    return deadlines.missed_then(day) & ~Q(**{SAID: SelfAssessment.CLOSING})


def _moved_since(day: date) -> Q:
    """The deadline or the reporting date on record may not be that of the day: granted, put right or reported since."""
    granted = Extension.objects.filter(item=OuterRef("pk"), state=ExtensionState.GRANTED, decided_on__gt=day)
    put_right = DueCorrection.objects.filter(item=OuterRef("pk"), corrected_on__gt=day)
    recurring = Q(current_due__isnull=True) & ~Q(recurrence="")
    return Q(Exists(granted)) | Q(Exists(put_right)) | (recurring & Q(Exists(_reports().filter(_since(day)))))


def _reports() -> QuerySet[ProgressReport]:
    return ProgressReport.objects.filter(item=OuterRef("pk")).order_by()


def _since(day: date) -> Q:
    """Reports that say another thing today than on the day: made later, or sent back later."""
    return Q(reported_on__gt=day) | Q(review=ReviewState.RETURNED, reviewed_on__gt=day)


def _said(day: date) -> Any:
    """How the lead saw it in its last report that counts on the day (`lights.Said.counts`); empty without one."""
    leads = ItemUnit.objects.filter(item=OuterRef("item"), unit=OuterRef("unit"), role=AssignmentRole.LEAD)
    stands = ~Q(review=ReviewState.RETURNED) | Q(reviewed_on__gt=day)
    known = _reports().filter(stands, Exists(leads), reported_on__lte=day).order_by("-reported_on", "-pk")
    return Coalesce(Subquery(known.values("assessment")[:1]), Value(""))
