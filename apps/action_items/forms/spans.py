"""The ledger's filter by the day an item was opened or closed: the overview's numbers by month lead to their rows."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# Parameter → the comparison it makes. Both ends belong to the span.
SPANS = {
    "opened_from": "opened_on__gte",
    "opened_to": "opened_on__lte",
    "closed_from": "closed_on__gte",
    "closed_to": "closed_on__lte",
}


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.HiddenInput)


class SpanFilter(forms.Form):
    """Hidden fields of a GET filter, carried along by links. A wrong value filters nothing."""

    opened_from = _day(_("交办自"))
    opened_to = _day(_("交办至"))
    closed_from = _day(_("办结自"))
    closed_to = _day(_("办结至"))

    def in_span(self) -> Q:
        """The condition the four dates ask for, as a Q; empty when none is given."""
        self.is_valid()
        chosen = {name: self.cleaned_data.get(name) for name in SPANS}
        return Q(**{SPANS[name]: day for name, day in chosen.items() if day})
