"""What a 更正 changed is looked for as it stood before: a ledger of an earlier day is filtered by the units and words of then."""

from datetime import date

from django.db.models import OuterRef, Q, QuerySet, Subquery

from apps.roster.models import Unit

from . import ledger
from .models import CorrectedPart, DueCorrection


def of_unit(day: date, unit: Unit, role: str = "") -> Q:
    """Items the unit had a part in on the day (`ledger.of_unit`)."""
    parts = CorrectedPart.objects.filter(unit=unit)
    had = ledger.having_part(parts, "correction", Q(old_all_support=True), role)
    return _stood(day, ledger.of_unit(unit, role), had)


def matching(day: date, text: str) -> Q:
    """Items whose text, number or unit held the words on the day (`ledger.matching`)."""
    words, named = text.strip(), ledger.units_called(text)
    held = Q(old_text__icontains=words) | Q(item__source_label__icontains=words) | Q(item__ref__iexact=words)
    if named:
        held |= Q(pk__in=CorrectedPart.objects.filter(unit__in=named).values("correction"))
    return _stood(day, ledger.matching(text), held)


def _stood(day: date, now: Q, then: Q) -> Q:
    """`now` of items as they are, `then` of the first 更正 since the day where there was one."""
    changed = _first_since(day)
    return (now & ~Q(pk__in=changed.values("item"))) | Q(pk__in=changed.filter(then).values("item"))


def _first_since(day: date) -> QuerySet[DueCorrection]:
    """The first correction after the day of each item that was corrected then: it keeps what stood till then."""
    rows = DueCorrection.objects.filter(corrected_on__gt=day).exclude(old_text="").order_by()
    first = rows.filter(item=OuterRef("item")).order_by("corrected_on", "pk").values("pk")[:1]
    return rows.filter(pk=Subquery(first))
