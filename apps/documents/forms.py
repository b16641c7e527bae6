"""The one form of this app: where a year's numbers start."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .enums import PaperKind
from .services import HIGHEST_START


class StartForm(forms.Form):
    """Kind, year and first number, when earlier ones were used on paper."""

    kind = forms.ChoiceField(label=_("文种"), choices=[(PaperKind.MINUTES.value, PaperKind.MINUTES.label)])
    year = forms.IntegerField(label=_("年份"), min_value=2000, max_value=2199)
    number = forms.IntegerField(
        label=_("下一个编号"), min_value=2, max_value=HIGHEST_START,
        help_text=_("例如已在线下用到3号，这里填4。每个文种每年只能设置一次，编过号后不能再设置。"),
    )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["year"].initial = timezone.localdate().year
