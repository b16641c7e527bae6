"""Forms of the 纪要: parse and check what was typed; what it means is the services' business."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.action_items import recurrence
from apps.common import calendar, settings_rows
from apps.common.fields import plain
from apps.common.files import UploadField
from apps.common.forms import DateInput, DateTimeInput, UnitCheckboxes
from apps.dispatch.models import Recipient
from apps.duties.models import Duty
from apps.roster.models import Unit
from apps.roster.selectors import today

from .enums import Adoption, MinutesState, PassageKind, Reply
from .models import Comment, Minutes, Passage
from .services.consulting import Remark
from .services.drafting import Content

LEADS = 4  # lead units that one resolution may name
PUBLICITY = [(word, word) for word in ("此件不公开", "依申请公开", "主动公开")]


class FactsForm(forms.ModelForm):
    """办文要素."""

    publicity = forms.ChoiceField(label=_("公开属性"), choices=PUBLICITY)

    class Meta:
        model = Minutes
        fields = ("title", "publicity", "secrecy_checked", "no_resolutions")
        help_texts = {
            "title": _("印在红线下面。征求意见之后再改，会重新征求各单位意见。"),
            "secrecy_checked": _("确认内容不涉及国家秘密和工作秘密。送核稿前必须完成。"),
            "no_resolutions": _("只在会议确实没有议定事项时勾选。"),
        }


class PassageForm(forms.Form):
    """One passage. For a resolution: units in the order named, one kind of deadline, duties."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("文字"),
        max_length=8000,
        required=False,
        strip=True,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("序号、责任单位和时限由系统生成，这里不用写。"),
    )
    supports = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=_("配合单位"), required=False, widget=UnitCheckboxes
    )
    all_support = forms.BooleanField(label=_("全体成员单位配合"), required=False)
    due_on = forms.DateField(label=_("完成时限"), required=False, widget=DateInput)
    recurrence = forms.CharField(
        label=_("定期要求"),
        max_length=60,
        required=False,
        validators=[plain],
        help_text=_("例如：每季度首月15日前、每月5日前、每半年。"),
    )
    is_standing = forms.BooleanField(label=_("长期坚持"), required=False)
    duties = forms.ModelMultipleChoiceField(
        Duty.objects.none(),
        label=_("职责依据"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("牵头单位与这件事有关的职责条款。"),
    )
    in_principle = forms.BooleanField(label=_("原则同意"), required=False)
    opens_item = forms.BooleanField(
        label=_("列入督办台账"),
        required=False,
        help_text=_("印发后交办给牵头单位并跟踪督促；须有牵头单位和时限。"),
    )
    withheld = forms.BooleanField(
        label=_("存议（不印入纪要）"), required=False, help_text=_("意见不一致、暂不议定的事项。")
    )

    def __init__(self, *args: Any, passage: Passage, **kwargs: Any) -> None:
        self.passage = passage
        kwargs["initial"] = passage_initial(passage) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        if passage.kind != PassageKind.RESOLUTION:
            for name in set(self.fields) - {"version", "text"}:
                del self.fields[name]
            return
        units = Unit.objects.active()
        self.fields["supports"].queryset = units  # type: ignore[attr-defined]
        duties: Any = self.fields["duties"]
        duties.queryset = self._duties()
        duties.label_from_instance = lambda duty: f"{duty.unit}：{duty.text}"
        for n in range(1, LEADS + 1):
            label = _("牵头单位") if n == 1 else _("牵头单位（第%(n)s个）") % {"n": n}
            self.fields[f"lead_{n}"] = forms.ModelChoiceField(
                units, label=label, required=False, empty_label="（空）"
            )

    def _duties(self) -> Any:
        chosen = self.data.getlist("duties") if hasattr(self.data, "getlist") else []
        leads = [self.data.get(f"lead_{n}") for n in range(1, LEADS + 1)]
        ids = [int(pk) for pk in leads if pk and str(pk).isdigit()] or [
            unit.pk for unit in self.passage.leads
        ]
        rows = Duty.objects.current().filter(unit__in=ids)
        kept = [int(pk) for pk in chosen if str(pk).isdigit()] + [
            duty.pk for duty in self.passage.duties.all()
        ]
        return (rows | Duty.objects.filter(pk__in=kept)).select_related("unit").distinct()

    @property
    def lead_fields(self) -> list[Any]:
        """The boxes of the lead units, in order."""
        return [self[f"lead_{n}"] for n in range(1, LEADS + 1) if f"lead_{n}" in self.fields]

    @property
    def is_resolution(self) -> bool:
        """True when units, deadline and duties are shown."""
        return "supports" in self.fields

    def clean_recurrence(self) -> str:
        """A recurrence the ledger can count with. Raises ValidationError otherwise."""
        text = self.cleaned_data["recurrence"].strip()
        if text:
            recurrence.check(text)
        return text

    def clean(self) -> dict[str, Any]:
        """One kind of deadline; nobody leads and supports."""
        data = super().clean() or {}
        if not self.is_resolution:
            return data
        if (
            sum(
                (data.get("due_on") is not None, bool(data.get("recurrence")), data.get("is_standing", False))
            )
            > 1
        ):
            self.add_error("due_on", _("完成时限、定期要求和长期坚持只能选一种。"))
        leads = self._leads(data)
        if len({unit.pk for unit in leads}) != len(leads):
            self.add_error("lead_1", _("牵头单位有重复。"))
        both = {unit.pk for unit in leads} & {unit.pk for unit in data.get("supports") or ()}
        if both and not data.get("all_support"):
            self.add_error("supports", _("同一单位不能既牵头又配合。"))
        return data

    def _leads(self, data: dict[str, Any]) -> list[Unit]:
        return [unit for n in range(1, LEADS + 1) if (unit := data.get(f"lead_{n}")) is not None]

    def content(self) -> Content:
        """What was typed, for `services.edit_passage`. Supports keep the order in which the meeting named them."""
        data = self.cleaned_data
        if not self.is_resolution:
            return Content(text=data["text"])
        named = [unit.pk for unit in self.passage.supports]
        supports = sorted(
            data["supports"], key=lambda u: (named.index(u.pk) if u.pk in named else len(named), u.order)
        )
        return Content(
            text=data["text"], leads=self._leads(data), supports=supports, all_support=data["all_support"],
            due_on=data["due_on"], recurrence=data["recurrence"], is_standing=data["is_standing"],
            duties=list(data["duties"]), in_principle=data["in_principle"], opens_item=data["opens_item"],
            withheld=data["withheld"],
        )  # fmt: skip


def passage_initial(passage: Passage) -> dict[str, Any]:
    """The row as the form shows it."""
    plain_fields = (
        "version", "text", "all_support", "due_on", "recurrence", "is_standing", "in_principle", "opens_item",
        "withheld",
    )  # fmt: skip
    found: dict[str, Any] = {name: getattr(passage, name) for name in plain_fields}
    found |= {"supports": [u.pk for u in passage.supports], "duties": [d.pk for d in passage.duties.all()]}
    return found | {f"lead_{n}": unit.pk for n, unit in enumerate(passage.leads, 1)}


def default_reply_by() -> datetime:
    """17:00 on the day that lies the set number of working days ahead."""
    day = calendar.current().add_workdays(today(), int(settings_rows.value("consent_days")))
    return timezone.make_aware(datetime.combine(day, time(17)))


class CirculateForm(forms.Form):
    """A round of 征求意见."""

    reply_by = forms.DateTimeField(label=_("反馈截止时间"), widget=DateTimeInput)
    silence_consents = forms.BooleanField(
        label=_("逾期未反馈视为无意见"),
        required=False,
        help_text=_(
            "勾选后会印在征求意见函上；牵头单位不适用，必须明确答复。不勾选则未反馈的单位须另行催办。"
        ),
    )

    def clean_reply_by(self) -> datetime:
        """A moment to come."""
        moment: datetime = self.cleaned_data["reply_by"]
        if moment <= timezone.now():
            raise ValidationError(_("反馈截止时间须晚于现在。"))
        return moment


class AnswerForm(forms.Form):
    """A unit's answer; comments come in the form set beside it."""

    reply = forms.ChoiceField(
        label=_("反馈意见"),
        choices=[(r.value, r.label) for r in (Reply.AGREE, Reply.COMMENT, Reply.OPPOSE)],
        widget=forms.RadioSelect,
    )
    authorised_by = forms.CharField(
        label=_("本单位审签人"),
        max_length=40,
        required=False,
        validators=[plain],
        help_text=_("本单位同意这个意见的负责同志姓名；没有填写的，须上传盖章回函。"),
    )
    reason = forms.CharField(
        label=_("不同意的理由"),
        max_length=2000,
        required=False,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    proof = UploadField(label=_("盖章回函（可不传）"), required=False)
    source_note = forms.CharField(
        label=_("代录来源"),
        max_length=80,
        required=False,
        validators=[plain],
        help_text=_("例如：电话，3月31日上午由该局办公室告知；或：纸质回函。"),
    )

    def __init__(self, *args: Any, on_behalf: bool = False, has_proof: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_proof = has_proof
        if on_behalf:
            self.fields["source_note"].required = True
        else:
            del self.fields["source_note"]

    def clean(self) -> dict[str, Any]:
        """Who authorised it, and why not."""
        data = super().clean() or {}
        if not (data.get("authorised_by") or data.get("proof") or self.has_proof):
            self.add_error("authorised_by", _("请填写本单位审签人，或上传盖章回函。"))
        if data.get("reply") == Reply.OPPOSE and not (data.get("reason") or "").strip():
            self.add_error("reason", _("不同意须写明理由。"))
        return data


class RemarkForm(forms.Form):
    """One comment on a passage. An empty suggestion is no comment."""

    passage = forms.ModelChoiceField(
        Passage.objects.none(), label=_("针对"), required=False, empty_label="全文或其他"
    )
    original = forms.CharField(
        label=_("原文"),
        max_length=2000,
        required=False,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    suggestion = forms.CharField(
        label=_("建议修改为"),
        max_length=2000,
        required=False,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reason = forms.CharField(
        label=_("理由"),
        max_length=1000,
        required=False,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, choices: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["passage"]
        field.queryset = Passage.objects.filter(pk__in=[pk for pk, _label in choices])  # type: ignore[attr-defined]
        field.choices = [("", "全文或其他"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Something beside the passage was typed: then the suggestion is needed."""
        data = super().clean() or {}
        if (data.get("original") or data.get("reason")) and not data.get("suggestion"):
            self.add_error("suggestion", _("请写明建议修改成什么。"))
        return data

    def remark(self) -> Remark | None:
        """The comment, or None when nothing was suggested."""
        data = self.cleaned_data
        if not data.get("suggestion"):
            return None
        return Remark(data["suggestion"], data["passage"], data["original"], data["reason"])


RemarkSet = forms.formset_factory(RemarkForm, extra=1, max_num=40, validate_max=True)


class CommentForm(forms.Form):
    """What becomes of a comment, and the passage's text if it is changed at once."""

    adoption = forms.ChoiceField(
        label=_("处理结果"),
        widget=forms.RadioSelect,
        choices=[(a.value, a.label) for a in (Adoption.ADOPTED, Adoption.PARTLY, Adoption.REJECTED)],
    )
    adoption_reason = forms.CharField(
        label=_("说明"),
        max_length=1000,
        required=False,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("部分采纳、不采纳必须写明理由。"),
    )
    text = forms.CharField(
        label=_("该段文字"),
        max_length=8000,
        required=False,
        validators=[plain],
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("在这里直接改好；责任单位和时限请到“修改这一段”里改。"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    agreed = forms.BooleanField(
        label=_("已与该单位沟通一致"),
        required=False,
        help_text=_("勾选后视为该单位同意这一段现在的文字；以后再改，须重新沟通或再次征求意见。"),
    )

    def __init__(self, *args: Any, comment: Comment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if comment.passage is None:
            del self.fields["text"], self.fields["version"]

    def clean(self) -> dict[str, Any]:
        """A refusal says why."""
        data = super().clean() or {}
        refused = data.get("adoption") in (Adoption.PARTLY, Adoption.REJECTED)
        if refused and not (data.get("adoption_reason") or "").strip():
            self.add_error("adoption_reason", _("部分采纳或不采纳须写明理由。"))
        return data


class PaperSignatureForm(forms.Form):
    """线下签批补录."""

    name = forms.CharField(label=_("签批人姓名"), max_length=60, validators=[plain])
    opinion = forms.CharField(
        label=_("签批意见"),
        max_length=1000,
        initial="同意",
        validators=[plain],
        help_text=_("照录原件；只画圈的写“圈阅”，视为同意。"),
    )
    signed_on = forms.DateField(
        label=_("签批日期"), widget=DateInput, help_text=_("原件上的完整日期，即纪要的成文日期。")
    )
    scan = UploadField(label=_("签批件扫描件"))


class NumberForm(forms.Form):
    """编号成文: what stands in the 版记 and cannot change afterwards."""

    printed_on = forms.DateField(
        label=_("印发日期"), widget=DateInput, help_text=_("送印的日期，印在版记上。")
    )
    copies = forms.ModelMultipleChoiceField(
        Recipient.objects.none(),
        label=_("另抄送"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("抄报市人民政府、发送各成员单位不用选，每期都发。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Recipient.objects.filter(is_active=True, is_superior=False, unit__isnull=True)
        self.fields["copies"].queryset = rows  # type: ignore[attr-defined]
        if not rows.exists():
            del self.fields["copies"]


class FilterForm(forms.Form):
    """The list's filter."""

    q = forms.CharField(label=_("查找"), max_length=60, required=False)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", "全部"), *MinutesState.choices])
    year = forms.IntegerField(label=_("年份"), required=False, min_value=2000, max_value=2199)
