"""Forms of accounts, roles, grants, the calendar and the settings."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.common import settings_rows
from apps.common.files import UploadField
from apps.common.forms import DateField
from apps.common.settings_rows import Definition

from .enums import Role, TextSize
from .models import User

ANY = [("", _("全部"))]


class AccountForm(forms.ModelForm):
    """Name and reach of an account."""

    class Meta:
        model = User
        fields = ["name", "email", "phone"]
        labels = {"email": _("邮箱")}
        help_texts = {"email": _("提醒邮件发到这里；不填则只在平台内提醒。")}


class NewAccountForm(AccountForm):
    """An account to be opened. The login name is fixed afterwards."""

    class Meta(AccountForm.Meta):
        fields = ["username", "name", "email", "phone"]
        labels = {"username": _("登录名"), "email": _("邮箱")}
        help_texts = {
            "username": _("用字母、数字，例如 jiaoyuju-a；开通后不能改。"),
            **AccountForm.Meta.help_texts,
        }


class AccountFilter(forms.Form):
    """What the list of accounts may be narrowed to."""

    q = forms.CharField(label=_("姓名或登录名"), required=False, max_length=60)
    role = forms.ChoiceField(label=_("角色"), required=False, choices=[*ANY, *Role.choices])
    active = forms.ChoiceField(
        label=_("状态"), required=False, choices=[*ANY, ("yes", _("可登录")), ("no", _("已停用"))]
    )


class RoleForm(forms.Form):
    """A role for an account, from a day, perhaps until a day."""

    user = forms.ModelChoiceField(label=_("账号"), queryset=User.objects.none())
    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    ends_on = DateField(label=_("有效至（含）"), required=False)

    def __init__(self, *args: Any, roles: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.filter(is_active=True).order_by("username")  # type: ignore[attr-defined]
        self.fields["user"].label_from_instance = lambda user: f"{user.name}（{user.username}）"  # type: ignore[attr-defined]
        self.fields["role"].choices = [c for c in Role.choices if c[0] in roles]  # type: ignore[attr-defined]

    def clean_ends_on(self) -> date | None:
        day = self.cleaned_data["ends_on"]
        if day is not None and day < timezone.localdate():
            raise ValidationError(_("截止日期不能早于今天。"))
        return day


class GrantForm(forms.Form):
    """To whom an object is opened, and until when: a unit's group or one account."""

    unit = forms.ChoiceField(label=_("开放给成员单位"), required=False)
    user = forms.ModelChoiceField(
        label=_("或开放给账号"),
        required=False,
        queryset=User.objects.none(),
        help_text=_("例如县区局、巡察组的账号。"),
    )
    until = DateField(label=_("查阅截止日期（含）"))

    def __init__(self, *args: Any, units: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", "—"), *units]  # type: ignore[attr-defined]
        self.fields["user"].queryset = User.objects.filter(is_active=True).order_by("username")  # type: ignore[attr-defined]
        self.fields["user"].label_from_instance = lambda user: f"{user.name}（{user.username}）"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("unit")) == bool(data.get("user")):
            raise ValidationError(_("请选一个成员单位，或者选一个账号。"))
        return data


class PreferencesForm(forms.Form):
    """Reading aids; each may come alone."""

    text_size = forms.ChoiceField(required=False, choices=[("", ""), *TextSize.choices])
    high_contrast = forms.ChoiceField(required=False, choices=[("", ""), ("0", ""), ("1", "")])

    def chosen(self) -> dict[str, Any]:
        """Only what was sent."""
        found: dict[str, Any] = {}
        if self.cleaned_data["text_size"]:
            found["text_size"] = self.cleaned_data["text_size"]
        if self.cleaned_data["high_contrast"]:
            found["high_contrast"] = self.cleaned_data["high_contrast"] == "1"
        return found


class AuditFilter(forms.Form):
    """What the journal may be narrowed to."""

    who = forms.CharField(label=_("人员"), required=False, max_length=60)
    verb = forms.CharField(label=_("操作"), required=False, max_length=60)
    what = forms.CharField(label=_("对象"), required=False, max_length=100)
    since = DateField(label=_("自"), required=False)
    until = DateField(label=_("至"), required=False)
    refused = forms.BooleanField(label=_("只看被拒绝的"), required=False)


class CalendarDayForm(forms.Form):
    """One day of the calendar."""

    day = DateField(label=_("日期"))
    kind = forms.ChoiceField(label=_("安排"), choices=[("rest", _("放假")), ("work", _("上班（调休）"))])
    name = forms.CharField(label=_("名称"), required=False, max_length=40)


class CalendarImportForm(forms.Form):
    """Many days: pasted lines or a sheet."""

    lines = forms.CharField(
        label=_("粘贴安排，每行一天或一段"),
        required=False,
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("例如：2027-01-01 休 元旦；2027-02-05至2027-02-11 休 春节；2027-02-14 班 春节"),
    )
    sheet = UploadField(
        label=_("或上传 XLSX"), required=False, help_text=_("三列：日期、休或班、名称；第一行可以是表头。")
    )
    replace = forms.BooleanField(label=_("先清除这些年份原有的安排"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and bool(data.get("lines", "").strip()) == bool(data.get("sheet")):
            raise ValidationError(_("请粘贴文字，或者上传一个文件。"))
        return data


def _field(definition: Definition) -> forms.Field:
    shape: dict[str, Any] = {"label": definition.label, "help_text": definition.sentence}
    if definition.kind == "bool":
        return forms.BooleanField(required=False, **shape)
    if definition.kind == "int":
        return forms.IntegerField(min_value=definition.low, max_value=definition.high, **shape)
    if definition.kind == "choice":
        return forms.ChoiceField(choices=definition.choices, widget=forms.RadioSelect, **shape)
    checks: list[Any] = [definition.check] if definition.check else []
    return forms.CharField(max_length=60, validators=checks, **shape)


# Those with a page of their own show there what a change would do.
_HERE = [definition for definition in settings_rows.DEFINITIONS if not definition.page]


class SettingsForm(forms.Form):
    """Every setting with its sentence, in groups."""

    def __init__(self, *args: Any, may_change: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {d.key: settings_rows.value(d.key) for d in _HERE}
        for definition in _HERE:
            self.fields[definition.key] = _field(definition)
            self.fields[definition.key].disabled = not may_change

    def groups(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        """(heading, fields) in the order of the definitions."""
        found: dict[Any, list[forms.BoundField]] = {}
        for definition in _HERE:
            found.setdefault(str(definition.group), []).append(self[definition.key])
        return list(found.items())
