"""The filter of the ledger, the name of a saved one, the sheet that comes in."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.action_items.enums import LedgerState, Light
from apps.action_items.models import LedgerView
from apps.common.fields import whole_number
from apps.common.files import UploadField
from apps.common.forms import DateField
from apps.common.templatetags.portal import filter_field
from apps.roster.models import Unit
from apps.roster.selectors import today, unit_names

SORTS = [
    ("", _("按纪要编号")), ("due", _("按时限")), ("new", _("按最近交办")), ("lead", _("按牵头单位（制度顺序）")),
]  # fmt: skip
# Fields seldom wanted: folded away unless one of them is chosen.
SELDOM = (
    "support", "paper", "duty", "due_from", "due_to", "opened_from", "opened_to", "closed_from", "closed_to",
    "ever_overdue", "blocked", "missed", "as_of", "sort",
)  # fmt: skip
_ON = [("", _("全部")), ("1", _("是"))]


def label_of(field: forms.Field, value: Any) -> Any:
    """The words of a chosen value."""
    choices: Any = getattr(field, "choices", ())
    flat = {
        key: words
        for name, inner in choices
        for key, words in (inner if isinstance(inner, list) else [(name, inner)])
    }
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else flat.get(value, value)


def unit_choices() -> list[tuple[str, Any]]:
    """All member units in charter order, with an empty first line."""
    return [("", _("全部单位")), *[(str(unit.pk), unit.short_name) for unit in unit_names()]]


def not_ahead(day: date) -> None:
    """Raise ValidationError for a day after today: nothing is on record of it."""
    if day > today():
        raise ValidationError(_("不能晚于今天：以后的日子还没有记录。"))


class LedgerFilter(forms.Form):
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
    unit = forms.ChoiceField(label=_("单位（牵头或配合）"), required=False)
    lead = forms.ChoiceField(label=_("牵头单位"), required=False)
    support = forms.ChoiceField(label=_("配合单位"), required=False)
    paper = forms.CharField(
        label=_("纪要编号"), required=False, max_length=40,
        widget=forms.TextInput(
            attrs={"placeholder": "〔2026〕1号", "size": 12, "list": "ledger-papers", "autocomplete": "off"}
        ),
    )  # fmt: skip
    duty = forms.ChoiceField(label=_("职责条款"), required=False)
    due_from = DateField(label=_("时限自"), required=False)
    due_to = DateField(label=_("时限至"), required=False)
    opened_from = DateField(label=_("交办自"), required=False)
    opened_to = DateField(label=_("交办至"), required=False)
    closed_from = DateField(label=_("办结自"), required=False)
    closed_to = DateField(label=_("办结至"), required=False)
    ever_overdue = forms.ChoiceField(label=_("曾逾期"), required=False, choices=_ON)
    blocked = forms.ChoiceField(label=_("受阻"), required=False, choices=_ON)
    missed = forms.ChoiceField(label=_("漏报"), required=False, choices=_ON)
    as_of = DateField(label=_("看哪天的台账"), required=False, validators=[not_ahead])
    sort = forms.ChoiceField(label=_("排序"), required=False, choices=SORTS)

    def __init__(
        self, *args: Any, duties: Mapping[str, list[tuple[str, str]]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in ("unit", "lead", "support"):
            self.field(name).choices = [*unit_choices(), *self._of_one_that_left(name)]
        self.field("duty").choices = [("", _("全部职责")), *(duties or {}).items()]

    @classmethod
    def day_of(cls, data: Mapping[str, Any]) -> date | None:
        """The day asked for, before there is a form: what it offers is read with what stood on that day."""
        try:
            return cls.base_fields["as_of"].clean(data.get("as_of"))
        except ValidationError:
            return None

    def _of_one_that_left(self, name: str) -> list[tuple[str, str]]:
        """A unit that left is a choice where the address names it: its matters are found. No query but then."""
        chosen = whole_number(str(self.data.get(name, "")))
        if chosen is None or chosen in {unit.pk for unit in unit_names()}:
            return []
        rows = Unit.objects.filter(pk=chosen).values_list("pk", "short_name")
        return [(str(pk), _("%(unit)s（已退出）") % {"unit": short_name}) for pk, short_name in rows]

    def field(self, name: str) -> forms.ChoiceField:
        """A choice field by name."""
        found = self.fields[name]
        if not isinstance(found, forms.ChoiceField):
            raise TypeError(name)
        return found

    @property
    def of_no_day(self) -> bool:
        """True when the day asked for is no day a ledger can be of: today's would be taken for it."""
        return self.has_error("as_of")

    @cached_property
    def first_fields(self) -> SafeString:
        """The fields that are always in sight, drawn."""
        return _drawn(self[name] for name in self.fields if name not in SELDOM)

    @cached_property
    def seldom_fields(self) -> SafeString:
        """The fields that are folded away, drawn."""
        return _drawn(self[name] for name in SELDOM)

    @property
    def seldom_chosen(self) -> bool:
        """True when one of the folded fields says something, or its day is wrong."""
        return self.of_no_day or any(name in SELDOM for name in self.chosen())

    def chosen(self) -> dict[str, Any]:
        """The valid values that were given: text, dates as dates."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def given(self) -> dict[str, str]:
        """What is valid of the filter, as it stands in an address: field → text."""
        return {name: label_of(forms.Field(), value) for name, value in self.chosen().items()}

    def query(self, **other: str) -> str:
        """The same as an address has it."""
        return urlencode(self.given() | other)

    def in_words(self) -> str:
        """The present filter for the page and for print."""
        found = []
        for name, value in self.chosen().items():
            field = self.fields[name]
            if name not in ("sort", "as_of"):
                found.append(f"{field.label}：{label_of(field, value)}")
        return "；".join(found)


def _drawn(fields: Iterable[forms.BoundField]) -> SafeString:
    return format_html_join("", "{}", ((filter_field(field),) for field in fields))


def filter_of(given: Mapping[str, Any], duties: Mapping[str, list[tuple[str, str]]]) -> LedgerFilter:
    """The filter as an address gives it, to be read only: it is kept by all it is made of, and two may hold the same.

    Making it costs as much as reading a page of items. Kept by its contents it cannot be out of date; words somebody
    typed are not kept, nor a unit that left, whose name is asked of the database.
    """
    asked = tuple((name, given[name]) for name in LedgerFilter.base_fields if name in given)
    offered = tuple((str(unit.pk), unit.short_name) for unit in unit_names())
    known = {"", *(pk for pk, _name in offered)}
    named = {value for name, value in asked if name in ("unit", "lead", "support")}
    if named - known or any(value and name in ("q", "paper") for name, value in asked):
        return LedgerFilter(given, duties=duties)
    key = (asked, offered, tuple((unit, tuple(rows)) for unit, rows in duties.items()))
    found = _kept.get(key)
    if found is None:
        found = LedgerFilter(dict(asked), duties=duties)
        found.is_valid()  # what is read of it afterwards changes nothing in it
        if found.of_no_day:  # tomorrow is a day to come until it comes
            return found
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[key] = found
    return found


KEPT = 100
_kept: dict[Any, LedgerFilter] = {}


class ViewForm(forms.ModelForm):
    """The name a filter is kept under."""

    class Meta:
        model = LedgerView
        fields = ["name"]


class SheetField(UploadField):
    """An .xlsx file; the older kinds are told how to become one."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The upload. Raises ValidationError with what to do."""
        suffix = Path(getattr(data, "name", "") or "").suffix.lower()
        if data and suffix != ".xlsx":
            raise ValidationError(_("只能导入 .xlsx 表格，请在 WPS 或 Excel 中另存为 .xlsx 后再上传。"))
        return super().clean(data, initial)


class SheetForm(forms.Form):
    """A ledger filled offline, or the office's own."""

    sheet = SheetField(
        label=_("表格"), widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        help_text=_("从台账导出、填好的表格，或者表头名称相同的 .xlsx 文件，不超过20兆。"),
    )  # fmt: skip
