"""Forms of bulletins and of information."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.common.fields import plain, tidy
from apps.common.forms import DateField, ManyField, UnitCheckboxes
from apps.meetings.forms import FilesField
from apps.roster.models import Unit
from apps.roster.selectors import today

from .enums import BulletinKind, BulletinState, InformationKind, InformationState
from .models import Information
from .selectors import information_mark

_QUARTERS = "一二三四"
YEARS_END = 11  # from this month on a summary is of the year itself


def last_quarter(day: date) -> tuple[date, date]:
    """The first of January of the year, and the last day of the quarter that ended before `day`."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    end = first - timedelta(days=1)
    return date(end.year, 1, 1), end


def _year_until(day: date) -> dict[str, Any]:
    """A summary's year: from November this one until `day`, before that the last."""
    this = day.month >= YEARS_END
    year = day.year if this else day.year - 1
    return {
        "kind": BulletinKind.ANNUAL,
        "starts_on": date(year, 1, 1),
        "ends_on": day if this else date(year, 12, 31),
        "period": f"{year}年度",
    }


class NewForm(forms.Form):
    """A new bulletin: its span, of the kind whose link was followed. The figures are taken when it is saved."""

    kind = forms.ChoiceField(label=_("文种"), choices=BulletinKind.choices, widget=forms.HiddenInput)
    period = forms.CharField(
        label=_("期次"),
        max_length=40,
        validators=[plain],
        help_text=_("写进标题，例如：2026年第三季度、2026年度。"),
    )
    starts_on = DateField(label=_("统计起始日"), help_text=_("此日以前已经办结的事项不再计入。"))
    ends_on = DateField(
        label=_("统计截止日"), help_text=_("数字按这一天的台账取一次，以后台账变动不影响这份通报。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self["kind"].value() == BulletinKind.ANNUAL:
            self.fields["period"].label = _("年度")
            self.fields["period"].help_text = _("写进标题，例如：2026年度。")
            self.fields["ends_on"].help_text = _("数字按这一天的台账取一次，以后台账变动不影响这份总结。")

    @staticmethod
    def defaults(kind: str = BulletinKind.PROGRESS) -> dict[str, Any]:
        """The quarter that ended last; of a summary the year that nears its end, else the year before."""
        if kind == BulletinKind.ANNUAL:
            return _year_until(today())
        starts_on, ends_on = last_quarter(today())
        quarter = _QUARTERS[(ends_on.month - 1) // 3]
        period = f"{ends_on.year}年第{quarter}季度"
        return {
            "kind": BulletinKind.PROGRESS,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "period": period,
        }


class FactsForm(forms.Form):
    """Title, period, and who else gets it."""

    title = forms.CharField(label=_("标题"), max_length=120, validators=[plain])
    period = forms.CharField(label=_("期次"), max_length=40, validators=[plain])
    report_up = forms.BooleanField(
        label=_("抄报市人民政府"), required=False, help_text=_("勾选后印在版记中，印发时一并送出。")
    )


class SectionForm(forms.Form):
    """One part of the text."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)
    heading = forms.CharField(label=_("小标题"), max_length=40, validators=[plain])
    text = forms.CharField(
        label=_("文字"), max_length=8000, widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("一行一段。以“（一）”开头的一行，第一个句号之前排成二级标题。表格由取数生成，不在这里填写。"),
    )  # fmt: skip

    def clean_text(self) -> str:
        """The text as the portal keeps it, without characters nobody can see."""
        text = tidy(self.cleaned_data["text"])
        plain(text)
        return text


class ApproveForm(forms.Form):
    """批准 or 退回, with a word; `seen` marks what was read."""

    verb = forms.ChoiceField(choices=[("approve", _("批准")), ("send_back", _("退回修改"))])
    seen = forms.CharField(max_length=64, required=False)
    opinion = forms.CharField(
        label=_("意见"),
        max_length=1000,
        required=False,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """退回 needs a word."""
        data = self.cleaned_data
        if data.get("verb") == "send_back" and not (data.get("opinion") or "").strip():
            self.add_error("opinion", _("退回修改须写明理由。"))
        return data


class NumberForm(forms.Form):
    """编号成文: the day in the 版记."""

    printed_on = DateField(label=_("印发日期"), help_text=_("印在版记上，编号以后不能改。"))


class InformationForm(forms.ModelForm):
    """What a unit sends in; the office names the unit and how it came."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("报送单位"), empty_label=None)
    source_note = forms.CharField(
        label=_("代录来源"), max_length=80, required=False, validators=[plain],
        help_text=_("代单位录入时填写，例如：11月20日来函、电话告知。"),
    )  # fmt: skip
    uploads = FilesField(label=_("附件"), required=False)
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    class Meta:
        model = Information
        fields = ["kind", "title", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 8})}
        help_texts = {
            "title": _("例如：矿山粉尘治理经验做法。印发时写成“关于……的信息通报”。"),
            "text": _("一行一段。不要写涉密内容和个人信息。"),
        }

    field_order = ["unit", "source_note", "kind", "title", "text", "uploads"]

    def __init__(self, *args: Any, units: list[Unit], on_behalf: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["unit"]
        choice.queryset = Unit.objects.filter(pk__in=[unit.pk for unit in units])
        if on_behalf:
            choice.empty_label = "—"
        else:
            del self.fields["source_note"]
        if self.instance.pk or (len(units) == 1 and not on_behalf):
            del self.fields["unit"]
            self.fields.pop("source_note", None)
        if self.instance.pk:
            self.initial["seen"] = information_mark(self.instance)
        else:
            del self.fields["seen"]
        self.only_unit = units[0]

    def sender(self) -> Unit:
        """The unit it comes from."""
        chosen: Unit | None = self.cleaned_data.get("unit")
        return chosen or self.only_unit

    def _post_clean(self) -> None:
        """The row's own rules are asked by the service."""

    def values(self) -> dict[str, Any]:
        """What the services take."""
        names = ("kind", "title", "text", "uploads", "seen")
        return {name: self.cleaned_data[name] for name in names if name in self.fields}


class IssueForm(forms.Form):
    """To whom information goes; `seen` marks what was reviewed."""

    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    units = ManyField(
        Unit.objects.none(), label=_("发给哪些单位"), widget=UnitCheckboxes, help_text=_("打开即记为签收。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = Unit.objects.active()  # type: ignore[attr-defined]


class ListFilter(forms.Form):
    """GET filter of bulletins. A wrong value filters nothing."""

    kind = forms.ChoiceField(
        label=_("文种"), required=False, choices=[("", _("全部")), *BulletinKind.choices]
    )
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *BulletinState.choices]
    )
    year = forms.IntegerField(label=_("年份"), required=False, min_value=2000, max_value=2199)

    def chosen(self) -> dict[str, Any]:
        """The valid values that were given."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrow(self, rows: QuerySet[Any], *, day: str) -> QuerySet[Any]:
        """The rows that match; `day` is the date whose year is asked for."""
        chosen = self.chosen()
        wanted = {name: value for name, value in chosen.items() if name != "year"}
        if "year" in chosen:
            wanted[f"{day}__year"] = chosen["year"]
        return rows.filter(**wanted)

    def in_words(self) -> str:
        """The present filter in words."""
        found = []
        for name, value in self.chosen().items():
            choices = dict(getattr(self.fields[name], "choices", ()))
            found.append(f"{self.fields[name].label}：{choices.get(value, value)}")
        return "；".join(found)


class InformationFilter(ListFilter):
    """GET filter of information."""

    kind = forms.ChoiceField(
        label=_("类别"), required=False, choices=[("", _("全部")), *InformationKind.choices]
    )
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *InformationState.choices]
    )
