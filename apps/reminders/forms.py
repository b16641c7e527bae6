"""The rules of the reminders, the day of a rehearsal, the numbers of letters."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.common.forms import DateField
from apps.roster.models import Unit

from .enums import Matter, Phase
from .letters import borne
from .models import MOST_DAYS, ReminderRule
from .selectors import rules

# Of the host unit's book; the series 催办 is counted here and never typed.
_OWN_NUMBER = re.compile(r"\A(?!催办〔)[^〔〕\s]{1,30}〔[0-9]{4}〕[1-9][0-9]{0,4}号\Z")


class NumbersForm(forms.Form):
    """The number 市卫健委 gave each letter in its own book, where it did; a field is named by the unit's code."""

    def __init__(self, *args: Any, units: Iterable[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = list(units)
        for unit in self.units:
            self.fields[f"number-{unit.code}"] = forms.RegexField(
                _OWN_NUMBER, label=_("%(unit)s的发文字号") % {"unit": unit.short_name}, required=False, max_length=60,
                widget=forms.TextInput(attrs={"form": "release"}),
                help_text=_("市卫健委编的发文字号；不填就用平台的催办序号。"),
                error_messages={"invalid": _("发文字号要写成：泉卫函〔2026〕12号。")},
            )  # fmt: skip

    def field_of(self, unit: Unit) -> forms.BoundField:
        """The field of a unit."""
        return self[f"number-{unit.code}"]

    def clean(self) -> dict[str, Any]:
        """A number that another letter bears is told beside its field."""
        given = super().clean() or {}
        typed = {unit.pk: given.get(f"number-{unit.code}", "") for unit in self.units}
        self.refuse(borne(typed))
        return given

    def refuse(self, found: Mapping[int, str]) -> None:
        """Say beside the fields of these units why their numbers cannot be taken."""
        for unit in self.units:
            if unit.pk in found:
                self.add_error(f"number-{unit.code}", found[unit.pk])

    @property
    def numbers(self) -> dict[int, str]:
        """Unit id → number, of a valid form."""
        return {unit.pk: self.cleaned_data[f"number-{unit.code}"] for unit in self.units}


class RulesForm(forms.Form):
    """Every rule with its days and its switch; a field is named by matter, phase and slot."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rule in rules():
            name, what = _name(rule), f"{rule.get_matter_display()}{rule.get_phase_display()}"
            self.fields[f"{name}-days"] = forms.IntegerField(
                label=_("%(what)s的工作日") % {"what": what}, min_value=0, max_value=MOST_DAYS
            )
            self.fields[f"{name}-on"] = forms.BooleanField(
                label=_("启用%(what)s的提醒") % {"what": what}, required=False
            )
            self.initial[f"{name}-days"], self.initial[f"{name}-on"] = rule.workdays, rule.is_active

    def clean(self) -> dict[str, Any]:
        """The rules in force of one matter and phase have different days, and keep their order.

        A reminder is known by its slot: two that change places would say again what was said.
        """
        given = super().clean() or {}
        groups: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
        for rule in rules():
            name = _name(rule)
            days = given.get(f"{name}-days")
            if given.get(f"{name}-on") and days is not None:
                groups.setdefault((rule.matter, rule.phase), []).append((rule.workdays, days, f"{name}-days"))
        for group in groups.values():
            self._check(sorted(group))
        return given

    def _check(self, group: list[tuple[int, int, str]]) -> None:
        """(days until now, days given, field) of the rules of one matter and phase, by their days until now."""
        for (was, days, _field), (now, more, field) in pairwise(group):
            if days == more:
                self.add_error(field, _("已经有一条%(days)s个工作日的规则。") % {"days": more})
            elif was < now and days > more:
                words = _("原来是%(was)s个和%(now)s个工作日的两条规则，天数不能颠倒先后。")
                self.add_error(field, words % {"was": was, "now": now})

    def lines(self) -> Iterator[dict[str, Any]]:
        """A rule with its two fields, in the order of the page."""
        for rule in rules():
            name = _name(rule)
            yield {"rule": rule, "days": self[f"{name}-days"], "on": self[f"{name}-on"]}

    def chosen(self) -> Iterator[tuple[ReminderRule, int, bool]]:
        """(rule, working days, switched on) as filled in. Only after `is_valid()`."""
        for rule in rules():
            name = _name(rule)
            yield rule, self.cleaned_data[f"{name}-days"], self.cleaned_data[f"{name}-on"]


def _name(rule: ReminderRule) -> str:
    return f"{rule.matter}-{rule.phase}-{rule.slot}"


class NewRuleForm(forms.Form):
    """One more reminder of a matter."""

    matter = forms.ChoiceField(label=_("事项"), choices=Matter)
    phase = forms.ChoiceField(label=_("时点"), choices=Phase)
    workdays = forms.IntegerField(
        label=_("工作日"),
        min_value=0,
        max_value=MOST_DAYS,
        help_text=_("到期前几个工作日，或者逾期、漏报满几个工作日。"),
    )


class RehearsalForm(forms.Form):
    """As of which day; today when left out."""

    day = DateField(label=_("哪一天"), required=False)
