"""How every form looks: the renderer's markup, the words beside dates, the grid of units."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.utils.html import strip_tags

from apps.common.forms import DateInput, DateTimeInput, TimeInput, UnitCheckboxes

SHANGHAI = ZoneInfo("Asia/Shanghai")
UNITS = [("1", "市卫健委"), ("2", "市委宣传部"), ("3", "市发改委")]


class MeetingForm(forms.Form):
    title = forms.CharField(label="会议名称", max_length=20, help_text="例如全体会议")
    day = forms.DateField(label="日期", widget=DateInput)
    reply_by = forms.DateTimeField(label="回执截止", widget=DateTimeInput, required=False)
    start = forms.TimeField(label="开始", widget=TimeInput, required=False)
    units = forms.MultipleChoiceField(label="参会单位", choices=UNITS, widget=UnitCheckboxes)
    way = forms.ChoiceField(label="方式", choices=[("a", "邮件")], widget=forms.RadioSelect)
    kind = forms.ChoiceField(label="类型", choices=[("x", "全体")])
    quiet = forms.BooleanField(label="静默演练", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, object]:
        raise forms.ValidationError("日期与截止时间不一致")


def test_a_field_group_is_whole() -> None:
    assert " ".join(str(MeetingForm()["title"].as_field_group()).split()) == (
        '<div class="field"> <label class="form-label" for="id_title">会议名称'
        '<span class="field-required">必填</span></label> '
        '<input type="text" name="title" maxlength="20" required aria-describedby="id_title_helptext" '
        'id="id_title" class="form-control"> '
        '<div class="form-text" id="id_title_helptext">例如全体会议</div> </div>'
    )


def test_optional_fields_bear_no_mark() -> None:
    assert "必填" not in str(MeetingForm()["quiet"].as_field_group())


@pytest.mark.parametrize(
    ("field", "css"),
    [
        ("kind", 'class="form-select"'),
        ("quiet", 'class="form-check-input"'),
        ("way", 'class="form-check-input"'),
        ("units", 'class="form-check-input"'),
        ("day", 'class="form-control"'),
    ],
)
def test_widgets_get_their_class(field: str, css: str) -> None:
    assert css in str(MeetingForm()[field])


def test_hidden_inputs_get_none() -> None:
    assert str(MeetingForm()["version"]) == '<input type="hidden" name="version" id="id_version">'


def test_a_class_of_the_widget_is_kept() -> None:
    class Form(forms.Form):
        number = forms.CharField(widget=forms.TextInput(attrs={"class": "num"}))

    assert 'class="num form-control"' in str(Form()["number"])


def test_errors_are_summed_up_and_tied_to_their_fields() -> None:
    form = MeetingForm({"units": ["9"]})
    html = str(form)
    assert "有 7 处需要改正" in html
    assert "<li>日期与截止时间不一致</li>" in html
    assert '<a href="#id_title">会议名称</a>' in html
    assert '<a href="#id_units_group">参会单位</a>' in html
    assert 'id="id_units_group"' in html
    title = str(form["title"].as_field_group())
    assert 'aria-invalid="true" aria-describedby="id_title_helptext id_title_error"' in title
    assert 'class="form-control is-invalid"' in title
    assert '<ul class="field-errors errorlist" id="id_title_error">' in title


@pytest.mark.parametrize(
    ("field", "value", "markup", "words"),
    [
        ("day", dt.date(2026, 3, 26), 'type="date" name="day" value="2026-03-26"', "2026年3月26日（周四）"),
        (
            "reply_by",
            dt.datetime(2026, 3, 20, 17, 0, tzinfo=SHANGHAI),
            'type="datetime-local" name="reply_by" value="2026-03-20T17:00"',
            "2026年3月20日（周五）17:00",
        ),
        ("start", dt.time(15, 0), 'type="time" name="start" value="15:00"', ""),
    ],
)
def test_dates_are_iso_for_the_browser_and_chinese_for_the_eye(
    field: str, value: object, markup: str, words: str
) -> None:
    html = str(MeetingForm(initial={field: value})[field])
    assert markup in html
    assert strip_tags(html).strip() == words


def test_units_stand_in_the_given_order() -> None:
    html = str(MeetingForm({"units": ["3"]})["units"])
    assert [html.index(name) for _, name in UNITS] == sorted(html.index(name) for _, name in UNITS)
    assert html.count("checked") == 1
    assert 'value="3"' in html[: html.index("checked")].rsplit("<input", 1)[1]
    assert "全选" in html
    assert "全不选" in html


def test_what_was_typed_is_escaped() -> None:
    html = str(MeetingForm({"title": '"><script>alert(1)</script>'}))
    assert "<script>" not in html
