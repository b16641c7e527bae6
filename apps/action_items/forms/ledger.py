"""The filter of the ledger."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.action_items.enums import LedgerState, Light
from apps.roster.selectors import units

from .spans import SpanFilter

SORTS = [("", _("按纪要编号")), ("due", _("按时限")), ("new", _("按最近交办"))]


def label_of(field: forms.Field, value: str) -> Any:
    """The words of a chosen value."""
    choices: Any = getattr(field, "choices", ())
    return dict(choices).get(value, value)


def unit_choices() -> list[tuple[str, Any]]:
    """All member units in charter order, with an empty first line."""
    return [("", _("全部单位")), *[(str(unit.pk), unit.short_name) for unit in units()]]


class LedgerFilter(SpanFilter):
    """GET filter of the ledger. A wrong value filters nothing."""

    q = forms.CharField(
        label=_("事项、单位"), required=False, max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("可输入拼音首字母"), "type": "search", "size": 14}),
    )  # fmt: skip
    light = forms.ChoiceField(label=_("灯色"), required=False, choices=[("", _("全部")), *Light.choices])
    state = forms.ChoiceField(
        label=_("状态"), required=False,
        choices=[("", _("全部")), *LedgerState.choices, ("stopped", _("已终止、合并"))],
    )  # fmt: skip
    lead = forms.ChoiceField(label=_("牵头单位"), required=False)
    support = forms.ChoiceField(label=_("配合单位"), required=False)
    paper = forms.CharField(
        label=_("纪要编号"), required=False, max_length=40,
        widget=forms.TextInput(attrs={"placeholder": "〔2026〕1号", "size": 9}),
    )  # fmt: skip
    sort = forms.ChoiceField(label=_("排序"), required=False, choices=SORTS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("lead", "support"):
            self.field(name).choices = unit_choices()

    def field(self, name: str) -> forms.ChoiceField:
        """A choice field by name."""
        found = self.fields[name]
        if not isinstance(found, forms.ChoiceField):
            raise TypeError(name)
        return found

    def chosen(self) -> dict[str, str]:
        """The valid values that were given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def in_words(self) -> str:
        """The present filter for the page and for print."""
        found = []
        for name, value in self.chosen().items():
            field = self.fields[name]
            words = label_of(field, value)
            if name != "sort":
                found.append(f"{field.label}：{words}")
        return "；".join(found)
