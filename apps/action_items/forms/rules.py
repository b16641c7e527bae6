"""The thresholds of the lamps, as the settings define them."""

from dataclasses import asdict
from typing import Any

from django import forms

from apps.action_items.lights import Thresholds
from apps.action_items.selectors import THRESHOLDS, thresholds
from apps.common.settings_rows import definition_of


class ThresholdForm(forms.Form):
    """Working days; the present values stand in the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = asdict(thresholds())
        for key in THRESHOLDS:
            row = definition_of(key)
            self.fields[key] = forms.IntegerField(
                label=row.label, help_text=row.sentence, min_value=row.low, max_value=row.high
            )

    def chosen(self) -> Thresholds:
        """What was filled in. Only after `is_valid()`."""
        return Thresholds(**self.cleaned_data)
