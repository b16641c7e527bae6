"""What people type about topics, meetings, notices, replies and sign-in."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common import calendar
from apps.common.files import FilesField
from apps.common.forms import DateField, DateTimeField, ManyField, UnitCheckboxes
from apps.duties.models import Duty
from apps.roster.models import Unit

from .enums import AttendeeRole, MeetingKind, MeetingState, ReplyKind, TopicState
from .models import AgendaItem, Attendance, Invitation, Meeting, Topic

REQUIREMENTS = _(
    "请联席会议成员准时参会；因故不能参会的，请履行请假手续并委派本单位熟悉情况的负责同志参会。\n请于会前10分钟到会签到。"
)


class UnitsField(ManyField):
    """Member units as a grid in charter order."""

    widget = UnitCheckboxes

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Unit.objects.active(), **kwargs)


class TopicForm(forms.ModelForm):
    """A topic. With several units to choose from (the office), the unit is asked too."""

    uploads = FilesField(label=_("材料"), required=False)

    class Meta:
        model = Topic
        fields = ["unit", "title", "background", "request", "duties"]
        field_classes = {"duties": ManyField}
        widgets = {
            "duties": forms.CheckboxSelectMultiple,
            "background": forms.Textarea(attrs={"rows": 5}),
            "request": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "title": _("一句话写明，例如：研究……事项。"),
            "request": _("希望会议决定什么，可分条写。"),
            "duties": _("这项议题依据本单位哪一条职责（可不选）。"),
        }

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = units
        duties: Any = self.fields["duties"]
        duties.queryset = Duty.objects.current().filter(unit__in=units).select_related("unit")
        duties.label_from_instance = lambda duty: f"{duty.unit}：{duty.text}"
        if len(units) == 1:
            field.initial, field.widget = units[0].pk, forms.HiddenInput()
        else:
            field.empty_label = _("请选择")
            del self.fields["duties"]  # sixteen units' clauses are no choice; the unit adds them itself

    def values(self) -> dict[str, Any]:
        """What the services take."""
        data = self.cleaned_data
        names = ("title", "request", "background", "uploads")
        return {name: data[name] for name in names} | {"duties": data.get("duties", [])}


class MeetingForm(forms.ModelForm):
    """The plan of a meeting, agenda excepted."""

    units = UnitsField(label=_("参会单位"), help_text=_("全体会议默认通知全部成员单位。"))

    class Meta:
        model = Meeting
        fields = ["title", "kind", "starts_at", "ends_at", "place", "purpose", "observers"]
        field_classes = {"starts_at": DateTimeField, "ends_at": DateTimeField}
        widgets = {
            "purpose": forms.Textarea(attrs={"rows": 3}),
            "observers": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "title": _("例如：2026年第一次全体会议"),
            "ends_at": _("可不填，以实际结束时间为准。"),
            "purpose": _("为什么开这次会，会写进通知。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["units"] = [row.unit_id for row in self.instance.invitations.all()]
        else:
            self.initial["units"] = [unit.pk for unit in Unit.objects.active()]

    def clean_starts_at(self) -> datetime:
        """A new time must lie ahead; an emergency meeting may have begun already."""
        moment: datetime = self.cleaned_data["starts_at"]
        if moment <= timezone.now() and self.data.get("kind") != MeetingKind.EMERGENCY:
            raise ValidationError(_("会议时间须在将来；已经开始的会请选“紧急会议”。"))
        return moment


class AgendaItemForm(forms.ModelForm):
    """One line of the agenda."""

    class Meta:
        model = AgendaItem
        fields = ["title", "reporter_unit", "reporter", "minutes"]
        labels = {"reporter_unit": _("汇报单位"), "reporter": _("或其他汇报人")}
        help_texts = {"reporter": _("例如：联席会议办公室、各成员单位、召集人。")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reporter_unit"]
        field.queryset, field.empty_label = Unit.objects.active(), _("（不是成员单位）")


class NotifyForm(forms.ModelForm):
    """What the 会议通知 needs besides the plan. A missing number is asked about."""

    without_number = forms.BooleanField(
        label=_("没有文号也发出"), required=False, help_text=_("文号由牵头单位另行编排，本系统不计数。")
    )

    class Meta:
        model = Meeting
        fields = [
            "notice_number", "notice_on", "urgency", "reply_by", "materials_by", "requirements", "contact",
        ]  # fmt: skip
        field_classes = {"notice_on": DateField, "reply_by": DateTimeField, "materials_by": DateTimeField}
        widgets = {
            "requirements": forms.Textarea(attrs={"rows": 5}),
        }
        help_texts = {"notice_number": _("例如：泉卫函〔2026〕12号"), "urgency": _("平件、加急或特急。")}

    field_order = ["notice_number", "without_number"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reply_by"].required = True
        for name, value in notice_defaults(self.instance).items():
            self.initial[name] = self.initial.get(name) or value

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if (
            not data.get("notice_number")
            and not data.get("without_number")
            and "notice_number" not in self.errors
        ):
            why = _("还没有填通知文号；确实没有的，请勾选“没有文号也发出”。")
            self.add_error("notice_number", why)
        return data

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}


def notice_defaults(meeting: Meeting) -> dict[str, Any]:
    """Today, an ordinary paper, and an answer by 17:00 two working days before (or one hour before)."""
    local = timezone.localtime(meeting.starts_at)
    day = calendar.current().add_workdays(local.date(), -2)
    reply_by = timezone.make_aware(datetime.combine(day, time(17)))
    if reply_by <= timezone.now():
        reply_by = meeting.starts_at - timedelta(hours=1)
    return {
        "notice_on": timezone.localdate(), "urgency": "平件", "reply_by": reply_by,
        "requirements": REQUIREMENTS, "contact": str(_("联席会议办公室")),
    }  # fmt: skip


class PostponeForm(forms.ModelForm):
    """New time and place; every unit is asked again."""

    class Meta:
        model = Meeting
        fields = ["starts_at", "ends_at", "place", "reply_by"]
        field_classes = {"starts_at": DateTimeField, "ends_at": DateTimeField, "reply_by": DateTimeField}

    reason = forms.CharField(
        label=_("改期原因"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("会写进改期通知。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reply_by"].required = True


class SubstituteForm(forms.ModelForm):
    """委派代会: who comes instead, and why."""

    kind = ReplyKind.SUBSTITUTE

    class Meta:
        model = Invitation
        fields = ["delegate_name", "delegate_title", "reason"]
        widgets = {"reason": forms.Textarea(attrs={"rows": 2})}
        labels = {"reason": _("委派理由")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("delegate_name", "delegate_title", "reason"):
            self.fields[name].required = True

    def _post_clean(self) -> None:
        """The row's own rules are asked by the service, with reply and time in place."""


class LeaveForm(SubstituteForm):
    """请假: why nobody comes."""

    kind = ReplyKind.LEAVE

    class Meta(SubstituteForm.Meta):
        fields = ["reason"]
        labels = {"reason": _("请假理由")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        forms.ModelForm.__init__(self, *args, **kwargs)
        self.fields["reason"].required = True


class BehalfForm(forms.ModelForm):
    """A reply the office enters for a unit that telephoned or wrote; it is named as such."""

    reply = forms.ChoiceField(label=_("该单位答复"), choices=ReplyKind.choices, widget=forms.RadioSelect)

    class Meta:
        model = Invitation
        fields = ["reply", "delegate_name", "delegate_title", "reason", "source_note"]
        widgets = {"reason": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "source_note": _("例如：11月20日电话告知；纸质回执。"),
            "reason": _("委派代会、请假须写明。"),
            "delegate_name": _("委派代会时填写。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source_note"].required = True

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        needed = {ReplyKind.SUBSTITUTE: ["delegate_name", "reason"], ReplyKind.LEAVE: ["reason"]}
        for name in needed.get(data.get("reply", ""), []):  # type: ignore[call-overload]
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("请填写。"))
        return data

    def _post_clean(self) -> None:
        """The row's own rules are asked by the service, with the time in place."""

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = dict(self.cleaned_data)
        return {"kind": data.pop("reply"), "on_behalf": True} | data


class StartForm(forms.ModelForm):
    """Who chairs and who records. C10: somebody else than the convener needs a basis."""

    class Meta:
        model = Meeting
        fields = ["chair", "chair_basis", "recorder"]
        help_texts = {"chair_basis": _("由召集人主持时不用填。")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chair"].required = True


class PersonForm(forms.ModelForm):
    """Somebody who came and is not on the list."""

    class Meta:
        model = Attendance
        fields = ["name", "title", "role", "unit"]
        labels = {"role": _("身份"), "unit": _("单位")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        role.choices = [(AttendeeRole.OBSERVER, _("列席")), (AttendeeRole.MEMBER, _("成员单位人员"))]
        unit: Any = self.fields["unit"]
        unit.queryset, unit.empty_label = Unit.objects.active(), _("（非成员单位）")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("role") == AttendeeRole.MEMBER and not data.get("unit"):
            self.add_error("unit", _("请选择单位。"))
        return data


class MeetingFilter(forms.Form):
    """Filter of the list of meetings."""

    q = forms.CharField(label=_("名称"), max_length=60, required=False)
    kind = forms.ChoiceField(label=_("类型"), choices=[("", _("全部")), *MeetingKind.choices], required=False)
    state = forms.ChoiceField(
        label=_("状态"), choices=[("", _("全部")), *MeetingState.choices], required=False
    )
    year = forms.IntegerField(label=_("年份"), min_value=2000, max_value=2199, required=False)

    def narrow(self, rows: QuerySet[Meeting]) -> QuerySet[Meeting]:
        """The rows this filter lets through; a bad value filters nothing."""
        data = self.cleaned_data if self.is_valid() else {}
        wanted = {"title__icontains": data.get("q"), "kind": data.get("kind"), "state": data.get("state")}
        wanted["starts_at__year"] = data.get("year")
        return rows.filter(**{name: value for name, value in wanted.items() if value})

    def in_words(self) -> str:
        """The present filter in Chinese, or an empty string."""
        data = self.cleaned_data if self.is_valid() else {}
        parts = [data.get("q"), f"{data['year']}年" if data.get("year") else ""]
        parts += [MeetingKind(data["kind"]).label] if data.get("kind") else []
        parts += [MeetingState(data["state"]).label] if data.get("state") else []
        return "，".join(str(part) for part in parts if part)


class TopicFilter(forms.Form):
    """Filter of the list of topics."""

    q = forms.CharField(label=_("议题"), max_length=60, required=False)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *TopicState.choices])

    def narrow(self, rows: QuerySet[Topic]) -> QuerySet[Topic]:
        """The rows this filter lets through."""
        data = self.cleaned_data if self.is_valid() else {}
        wanted = {"title__icontains": data.get("q"), "state": data.get("state")}
        return rows.filter(**{name: value for name, value in wanted.items() if value})

    def in_words(self) -> str:
        """The present filter in Chinese, or an empty string."""
        data = self.cleaned_data if self.is_valid() else {}
        state = TopicState(data["state"]).label if data.get("state") else ""
        return "，".join(str(part) for part in (data.get("q"), state) if part)
