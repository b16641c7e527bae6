"""Forms of 征求意见: a round, a unit's answer, and what becomes of a comment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.common.fields import plain
from apps.common.files import UploadField
from apps.common.forms import DateField, DateTimeField
from apps.minutes.enums import Adoption, Reply
from apps.minutes.models import Comment, Passage
from apps.minutes.services.consulting import Remark

Choices = Sequence[tuple[int, str]]


class CirculateForm(forms.Form):
    """A round of 征求意见."""

    reply_by = DateTimeField(label=_("反馈截止时间"))
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

    said_on = DateField(label=_("该单位答复日期"), required=False)
    against = forms.MultipleChoiceField(
        label=_("不同意哪些条目"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("都不勾选的，视为对与本单位有关的全部内容不同意。"),
    )  # fmt: skip

    def __init__(
        self, *args: Any, on_behalf: bool = False, has_proof: bool = False, choices: Choices = (),
        names: Sequence[str] = (), **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.has_proof = has_proof
        self.names = names  # who authorised this unit's earlier answers
        self.fields["against"].choices = choices  # type: ignore[attr-defined]
        self.fields["authorised_by"].widget.attrs |= {"list": "authorised-names", "autocomplete": "off"}
        if on_behalf:
            self.fields["source_note"].required = self.fields["said_on"].required = True
        else:
            del self.fields["source_note"], self.fields["said_on"]

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

    start = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["passage"]
        field.queryset = Passage.objects.filter(pk__in=[pk for pk, _label in choices])  # type: ignore[attr-defined]
        field.choices = [("", "全文或其他"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Something beside the passage was typed: then the suggestion is needed."""
        data = super().clean() or {}
        if (data.get("original") or data.get("reason")) and not data.get("suggestion"):
            self.add_error("suggestion", _("请写明建议修改成什么。"))
        if data.get("suggestion") and data["suggestion"].strip() == (data.get("original") or "").strip():
            self.add_error("suggestion", _("建议的文字和原文一样，请改好；没有意见的，请删去这条。"))
        return data

    def remark(self) -> Remark | None:
        """The comment, or None when nothing was suggested."""
        data = self.cleaned_data
        if not data.get("suggestion"):
            return None
        return Remark(
            data["suggestion"], data["passage"], data["original"], data["reason"], data.get("start")
        )


# Without an absolute maximum of our own a forged count makes a thousand forms, and takes half a minute.
RemarkSet = forms.formset_factory(RemarkForm, extra=3, max_num=40, absolute_max=41, validate_max=True)


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


class LetterForm(forms.Form):
    """A letter of 征求意见 delivered on paper to a unit without an account."""

    delivered_on = DateField(label=_("送达日期"))
    received_by = forms.CharField(label=_("签收人"), max_length=60, validators=[plain])


class SheetForm(forms.Form):
    """现场会签: the scan and when it was signed; the units' lines come in the form set beside it."""

    signed_at = DateTimeField(label=_("会签时间"))
    sheet = UploadField(label=_("会签单扫描件"))


class SignedForm(forms.Form):
    """One unit's line of the sheet. No name: the unit has not signed."""

    name = forms.CharField(
        label=_("签字人"), max_length=40, required=False, validators=[plain],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    reply = forms.ChoiceField(
        label=_("意见"), choices=[(r.value, r.label) for r in (Reply.AGREE, Reply.COMMENT, Reply.OPPOSE)]
    )
    words = forms.CharField(label=_("写了什么"), max_length=1000, required=False, validators=[plain])

    def clean(self) -> dict[str, Any]:
        """Words without a name belong to nobody; a comment or an objection has words."""
        data = super().clean() or {}
        if not data.get("name") and (data.get("words") or data.get("reply") != Reply.AGREE):
            self.add_error("name", _("请填写签字人。"))
        if data.get("name") and data.get("reply") != Reply.AGREE and not data.get("words"):
            self.add_error("words", _("有意见或不同意的，请写明。"))
        return data
