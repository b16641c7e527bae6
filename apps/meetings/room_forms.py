"""Forms of the room: 临时议题, files of an item, the paper sign-in list."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.files import UploadField
from apps.roster.selectors import units

from .enums import AttendanceStatus
from .models import AgendaItem, Attendance, Meeting
from .services import PaperLine


class SpotItemForm(forms.Form):
    """临时议题: what, on whose word, who reports, how long, and before which item."""

    title = forms.CharField(label=_("临时议题"), max_length=200)
    basis = forms.CharField(
        label=_("临时增加的依据"),
        max_length=200,
        help_text=_("谁同意的，例如：主持人叶一帆同意；市发改委提出，主持人同意。"),
    )
    reporter_unit = forms.TypedChoiceField(label=_("汇报单位"), required=False, empty_value=None)
    minutes = forms.IntegerField(label=_("计划分钟"), min_value=1, max_value=480, required=False)
    before = forms.TypedChoiceField(label=_("放在哪一项之前"), required=False, empty_value=None)

    def __init__(self, *args: Any, meeting: Meeting, items: list[AgendaItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = {str(unit.pk): unit for unit in units()}
        places = {str(item.pk): item for item in items}
        unit: Any = self.fields["reporter_unit"]
        before: Any = self.fields["before"]
        unit.choices = [("", _("（不填）")), *((pk, row.short_name) for pk, row in members.items())]
        unit.coerce = members.__getitem__
        before.choices = [
            ("", _("放在最后")),
            *((pk, f"{row.seq}. {row.title}") for pk, row in places.items()),
        ]
        before.coerce = places.__getitem__
        if meeting.chair:
            self.fields["basis"].initial = f"主持人{meeting.chair}同意"


class FileForm(forms.Form):
    """One photo or file into an item."""

    upload = UploadField(label=_("照片或文件"))
    caption = forms.CharField(label=_("说明"), max_length=80, required=False)


class SheetForm(forms.Form):
    """The paper list as a whole: the scan, and per person what it says."""

    scan = UploadField(label=_("签到表扫描件或照片"), required=False)

    def __init__(self, *args: Any, rows: list[Attendance], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            self.fields[f"status_{row.pk}"] = forms.ChoiceField(
                choices=AttendanceStatus.choices, initial=row.status, label=_("签到")
            )
            self.fields[f"at_{row.pk}"] = forms.TimeField(
                required=False,
                label=_("时间"),
                initial=timezone.localtime(row.signed_at).time() if row.signed_at else None,
                widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            )
            self.fields[f"delegate_{row.pk}"] = forms.CharField(
                required=False, max_length=40, label=_("代会人"), initial=row.delegate_name
            )

    def lines(self) -> list[PaperLine]:
        """What the service takes; a person the form does not name stays as known."""
        data = self.cleaned_data
        return [
            PaperLine(row, data[f"status_{row.pk}"], data[f"at_{row.pk}"], data[f"delegate_{row.pk}"])
            for row in self.rows
        ]

    def table(self) -> list[dict[str, Any]]:
        """Per person the fields to draw."""
        return [
            {"row": row, **{name: self[f"{name}_{row.pk}"] for name in ("status", "at", "delegate")}}
            for row in self.rows
        ]
