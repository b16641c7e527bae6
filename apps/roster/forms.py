"""Forms of the roster."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.common.fields import plain
from apps.common.files import UploadField
from apps.common.forms import DateField

from .enums import BasisKind, PostKind
from .models import Appointment, Person, Post, Unit


class RosterFilter(forms.Form):
    """Which units, as of which day."""

    q = forms.CharField(
        label=_("单位或姓名"), required=False, max_length=40, help_text=_("可用拼音首字母，如 jyj")
    )
    on = DateField(label=_("截至日期"), required=False)


class AppointForm(forms.ModelForm):
    """Who takes a post, from when, and on what basis (C5 for members)."""

    name = forms.CharField(label=_("姓名"), max_length=40, validators=[plain])
    user = forms.ModelChoiceField(
        label=_("对应账号"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("本人登录用的账号；不登录的可以不选，以后再补。"),
    )
    upload = UploadField(label=_("来函或签批扫描件"), required=False)

    class Meta:
        model = Appointment
        fields = ["title", "acting", "starts_on", "letter_number", "letter_on", "basis_kind", "basis"]
        field_classes = {"starts_on": DateField, "letter_on": DateField}
        widgets = {"basis": forms.Textarea(attrs={"rows": 3})}
        labels = {
            "title": _("职务"),
            "starts_on": _("生效日期"),
            "acting": _("以“主持工作”身份（正职空缺时）"),
        }
        help_texts = {
            "title": _("按公文上的写法，例如“市教育局四级调研员”。"),
            "basis": _("例如“2026年第一次全体会议确定”“召集人2026年3月2日签批”。"),
        }

    field_order = [
        "name",
        "user",
        "title",
        "acting",
        "starts_on",
        "letter_number",
        "letter_on",
        "basis_kind",
        "basis",
    ]

    def __init__(self, *args: Any, post: Post, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.post = post
        free = User.objects.filter(is_active=True, person__isnull=True)
        own = User.objects.filter(is_active=True, person__unit=post.unit)
        field: Any = self.fields["user"]
        field.queryset = (free | own).distinct().order_by("username")
        field.label_from_instance = lambda user: f"{user.name}（{user.username}）"
        kinds: Any = self.fields["basis_kind"]
        kinds.choices = [c for c in BasisKind.choices if c[0] != BasisKind.CHARTER]
        if post.kind == PostKind.MEMBER:
            kinds.choices = [c for c in kinds.choices if c[0] != BasisKind.FILED]
            for name in ("letter_number", "letter_on"):
                self.fields[name].required = True
                self.fields[name].help_text = _("成员变动由所在单位提出，联席会议确定。")

    def clean_user(self) -> User | None:
        user = self.cleaned_data["user"]
        owner = Person.objects.filter(user=user).first() if user else None
        if owner and owner.name != self.cleaned_data.get("name", "").strip():
            raise ValidationError(
                _("这个账号是%(name)s的，不能给别人用；请另开账号。"), params={"name": owner.name}
            )
        return user


class VacateForm(forms.Form):
    """The last day of the present holder, and why."""

    ends_on = DateField(label=_("最后一日"))
    reason = forms.CharField(label=_("依据"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class UnitForm(forms.ModelForm):
    """A unit's full name, whether it has been confirmed, and its initials."""

    class Meta:
        model = Unit
        fields = ["full_name", "initials", "full_name_verified"]
        labels = {"full_name_verified": _("全称已经核定")}
        help_texts = {"initials": _("用于搜索，小写字母；自动生成的可以改正。")}


class AccountOfForm(forms.Form):
    """Which account a person logs in with."""

    user = forms.ModelChoiceField(label=_("对应账号"), queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["user"]
        free = User.objects.filter(is_active=True, person__isnull=True)
        field.queryset = (free | User.objects.filter(person=person)).distinct().order_by("username")
        field.label_from_instance = lambda user: f"{user.name}（{user.username}）"
        field.initial = person.user_id
