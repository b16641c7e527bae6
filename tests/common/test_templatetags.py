"""The tags every page uses: exact words, exact markup."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.safestring import SafeString

from apps.common.templatetags import portal

UTC_EVENING = dt.datetime(2026, 3, 26, 17, 5, tzinfo=dt.UTC)  # already the 27th in Quanzhou


def render(source: str, **context: object) -> str:
    return Template("{% load portal %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("value", "style", "words"),
    [
        (dt.date(2026, 3, 26), "", "2026年3月26日（周四）"),
        (dt.date(2026, 3, 29), "", "2026年3月29日（周日）"),
        (dt.date(2026, 3, 26), "plain", "2026年3月26日"),
        (dt.date(2026, 3, 26), "short", "3月26日"),
        ("2026-12-31", "", "2026年12月31日（周四）"),
        (UTC_EVENING, "", "2026年3月27日（周五）"),
        (None, "", ""),
        ("下周", "", ""),
        (20260326, "", ""),
    ],
)
def test_zh_date(value: object, style: str, words: str) -> None:
    assert portal.zh_date(value, style) == words


def test_times_are_local() -> None:
    assert portal.zh_time(UTC_EVENING) == "01:05"
    assert portal.zh_datetime(UTC_EVENING) == "2026年3月27日（周五）01:05"
    assert portal.zh_time(dt.time(9, 0)) == "09:00"
    assert portal.zh_datetime(dt.date(2026, 3, 26)) == "2026年3月26日（周四）"
    assert portal.zh_time(dt.date(2026, 3, 26)) == ""
    assert portal.zh_datetime("2026-03-26T15:00") == "2026年3月26日（周四）15:00"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"),
        (1, "一"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (21, "二十一"),
        (100, "一百"),
        (105, "一百零五"),
        (110, "一百一十"),
        (1001, "一千零一"),
        (1010, "一千零一十"),
        (9999, "九千九百九十九"),
        (10000, "10000"),
        (-1, "-1"),
        ("3", "三"),
        ("甲", "甲"),
        (None, ""),
    ],
)
def test_numeral(number: object, words: str) -> None:
    assert portal.numeral(number) == words


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("陈颖", "陈\u3000颖"),
        ("欧阳某某", "欧阳某某"),
        ("林某某", "林某某"),
        ("𬭸喆", "𬭸\u3000喆"),
        ("Li", "Li"),
        ("", ""),
        (None, ""),
    ],
)
def test_zh_name(name: object, printed: str) -> None:
    assert portal.zh_name(name) == printed


def test_lamp_has_glyph_and_words() -> None:
    assert {level: re.sub(r"<[^>]+>", "", portal.lamp(level)) for level in portal.LAMPS} == {
        "red": "●超期",
        "yellow": "▲临期",
        "green": "■正常",
        "standing": "◆长期坚持",
        "done": "✓办结",
        "grey": "○未启动",
    }
    assert render('{% lamp "red" words %}', words="超期 <16> 天") == (
        '<span class="lamp lamp-red"><span class="lamp-glyph" aria-hidden="true">●</span>'
        "超期 &lt;16&gt; 天</span>"
    )
    assert 'class="lamp lamp-grey"' in render("{% lamp level %}", level='"><script>')


def test_state_badge() -> None:
    assert render('{% state_badge "办结" %}{% state_badge label "red" why %}', label="<退>", why='"x"') == (
        '<span class="state state-grey">办结</span>'
        '<span class="state state-red" title="&quot;x&quot;">&lt;退&gt;</span>'
    )
    included = render('{% include "components/state_badge.html" with label="办结" colour="green" only %}')
    assert included.strip() == '<span class="state state-green">办结</span>'


class Filter(forms.Form):
    unit = forms.ChoiceField(label="单位", required=False, choices=[("", "全部"), ("1", "市<卫>健委")])
    year = forms.IntegerField(label="年份", required=False)


def test_a_field_of_a_filter_is_kept_by_all_it_is_made_of() -> None:
    def drawn(data: dict[str, str], name: str = "unit", units: str = "") -> str:
        form = Filter(data)
        if units:
            form.fields["unit"].choices = [("", units)]  # type: ignore[attr-defined]
        return " ".join(portal.filter_field(form[name]).split())

    first = drawn({})
    assert first == (
        '<div class="filter-field"><label for="id_unit">单位</label><select name="unit" id="id_unit" '
        'class="form-select"><option value="" selected>全部</option><option value="1">市&lt;卫&gt;健委</option></select></div>'
    )
    assert portal.filter_field(Filter({})["unit"]) is portal.filter_field(Filter({})["unit"])
    assert '<option value="1" selected>' in drawn({"unit": "1"})
    assert drawn({}, units="无") == first.replace(
        '<option value="" selected>全部</option><option value="1">市&lt;卫&gt;健委</option>',
        '<option value="" selected>无</option>',
    )
    assert drawn({}) == first
    assert "选择一个有效的选项" in drawn({"unit": "2"})
    assert ('value="2026"' in drawn({"year": "2026"}, "year"), "value" in drawn({}, "year")) == (True, False)
    for year in range(portal.FILTER_FIELDS_KEPT + 1):
        drawn({"year": str(year)}, "year")
    assert len(portal._filter_fields) <= portal.FILTER_FIELDS_KEPT


def test_icon() -> None:
    assert render('{% icon "home" %}') == (
        '<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#home"></use></svg>'
    )
    assert render('{% icon "lock" label "icon-sm" %}', label="已<锁>") == (
        '<svg class="icon icon-sm" role="img" aria-label="已&lt;锁&gt;"><title>已&lt;锁&gt;</title>'
        '<use href="/static/icons.svg#lock"></use></svg>'
    )


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    sprite = (Path(settings.BASE_DIR) / "static/icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    named = {
        (name, str(path.relative_to(settings.BASE_DIR)))
        for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html")
        for pattern in (r'{% icon "([^"]+)"', r'icon_name="([^"]+)"', r'icon_name\|default:"([^"]+)"')
        for name in re.findall(pattern, path.read_text())
    }
    assert named
    assert {pair for pair in named if pair[0] not in drawn} == set()


@pytest.mark.parametrize(
    ("cookies", "prefs", "classes"),
    [
        ({}, None, ""),
        ({"text_size": "125"}, None, "text-125"),
        ({"text_size": "999"}, None, ""),
        ({"text_size": '"><script>', "high_contrast": "1"}, None, "high-contrast"),
        ({"text_size": "125"}, {"text_size": "150", "high_contrast": True}, "text-150 high-contrast"),
        ({"high_contrast": "1"}, {"text_size": "100", "high_contrast": False}, ""),
    ],
)
def test_html_class(cookies: dict[str, str], prefs: dict[str, object] | None, classes: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES = cookies
    context = Context({"request": request, "ui_prefs": prefs})
    assert Template("{% load portal %}{% html_class %}").render(context) == classes


@pytest.mark.parametrize(
    ("before", "after", "html"),
    [
        ("首月10日前", "首月15日前", "首月<del>10</del><ins>15</ins>日前"),
        ("市工信局推送", "市工信局、市发改委推送", "市工信局<ins>、市发改委</ins>推送"),
        ("<b>", "<b>&", "&lt;b&gt;<ins>&amp;</ins>"),
        ("", "新", "<ins>新</ins>"),
        (None, None, ""),
        ("同", "同", "同"),
    ],
)
def test_text_diff(before: object, after: object, html: str) -> None:
    assert portal.text_diff(before, after) == html


def test_text_diff_of_long_texts_goes_by_lines() -> None:
    lines = [f"第{number}条 应当如此。\n" for number in range(1000)]
    changed = [*lines[:500], "改了。\n", *lines[501:]]
    assert portal.text_diff("".join(lines), "".join(changed)) == (
        "".join(lines[:500]) + "<del>第500条 应当如此。\n</del><ins>改了。\n</ins>" + "".join(lines[501:])
    )


def test_text_diff_of_endless_texts_is_whole_against_whole() -> None:
    assert portal.text_diff("\n" * 2001, "新") == "<del>" + "\n" * 2001 + "</del><ins>新</ins>"


ROWS = (
    "{% load portal rows %}{% rows row in table %}<tr>{% if picked %}<td>{{ row.pk }}{% csrf_token %}</td>{% endif %}"
    "{{ row.text }}|{% if row.note %}({{ row.note }}){% elif row.other %}[{{ row.other }}]{% else %}{{ none }}{% endif %}"
    '|{% lamp row.level row.words %}|{% icon "bell" %}'
    "{% rows part in row.parts %}{{ part.text }}{% if picked %}!{% endif %}{% endrows %}{% endrows %}"
)


@pytest.mark.parametrize("picked", [True, False])
def test_rows_say_what_a_loop_says(picked: bool) -> None:
    table = [
        {
            "pk": 7,
            "text": "<b>&'\"",
            "note": "",
            "other": "<i>",
            "level": "red",
            "words": "超期 1 天",
            "parts": [{"text": "<"}, {"text": 2}],
        },
        {
            "pk": 8,
            "text": SafeString("<b>"),
            "note": "n&",
            "other": "",
            "level": "green",
            "words": "",
            "parts": (),
        },
        {
            "pk": 9,
            "text": None,
            "note": "",
            "other": "",
            "level": "?",
            "words": "<",
            "parts": [{"text": "x"}],
        },
    ]
    context = {"table": table, "picked": picked, "none": "<->", "csrf_token": "T"}
    looped = ROWS.replace("{% rows ", "{% for ").replace("endrows", "endfor")
    assert Template(ROWS).render(Context(context)) == Template(looped).render(Context(context))


@pytest.mark.parametrize(
    "inner",
    [
        "{{ row.text|upper }}",
        "{{ row.unit.name }}",
        "{% if not row.text %}x{% endif %}",
        "{% now 'Y' %}",
        "{{ row }}",
    ],
)
def test_rows_refuse_what_they_cannot_put_together(inner: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="rows: "):
        Template("{% load rows %}{% rows row in table %}" + inner + "{% endrows %}")


def test_a_word_a_row_does_not_have_is_no_empty_cell() -> None:
    with pytest.raises(KeyError, match="text"):
        Template("{% load rows %}{% rows row in table %}{{ row.text }}{% endrows %}").render(
            Context({"table": [{}]})
        )
