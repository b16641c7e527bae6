"""What every template needs: Chinese dates and numerals, lamps, icons, names, filters that stay.

Everything here is pure output: no query, no permission question, no state.
"""

import datetime as dt
import difflib
import re
from functools import cache, lru_cache
from typing import Any

from django import forms, template
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

WEEKDAYS = "一二三四五六日"
DIGITS = "零一二三四五六七八九"
# Four lamps, the green of a matter without an end, and the grey of one that is not running. Glyph and words together: colour may be missing
# (print) or unseen (colour-blind readers), a CSS background vanishes on paper.
LAMPS: dict[str, tuple[str, str]] = {
    "red": ("●", "超期"),
    "yellow": ("▲", "临期"),
    "green": ("■", "正常"),
    "standing": ("◆", "长期坚持"),
    "done": ("✓", "办结"),
    "grey": ("○", "未启动"),
}
TEXT_SIZES = ("100", "125", "150")
# A number or a Latin word is compared whole: 10 → 15 must not read as 1 with a 0 struck out.
TOKEN = re.compile(r"[0-9A-Za-z.%]+|.", re.DOTALL)
HAN_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2}")
# Comparing is quadratic at worst (one character, typed on and on); this keeps it below a second.
DIFF_PIECES = 2000
FILTER_FIELDS_KEPT = 500
_filter_fields: dict[tuple[Any, ...], str] = {}


def _moment(value: Any) -> dt.date | dt.datetime | None:
    """A date or datetime in local time; None for anything that is neither (templates show nothing then)."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value) if len(value) > 10 else dt.date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, dt.datetime):
        return timezone.localtime(value) if timezone.is_aware(value) else value
    return value if isinstance(value, dt.date) else None


@register.filter
def zh_date(value: Any, style: str = "") -> str:
    """2026年3月26日（周四）. Styles: "plain" drops the weekday, "short" the year as well (3月26日)."""
    day = _moment(value)
    if day is None:
        return ""
    if style == "short":
        return f"{day.month}月{day.day}日"
    plain = f"{day.year}年{day.month}月{day.day}日"
    return plain if style == "plain" else f"{plain}（周{WEEKDAYS[day.weekday()]}）"


@register.filter
def zh_time(value: Any) -> str:
    """15:00 (local time, 24 hours)."""
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    moment = _moment(value)
    return f"{moment:%H:%M}" if isinstance(moment, dt.datetime) else ""


@register.filter
def zh_datetime(value: Any) -> str:
    """2026年3月26日（周四）15:00; a date without a time is printed as a date."""
    return f"{zh_date(value)}{zh_time(value)}"


@register.filter
def numeral(value: Any) -> str:
    """1 → 一, 12 → 十二, 105 → 一百零五. What is no whole number from 0 to 9999 comes back unchanged."""
    try:
        number = int(value)
    except (TypeError, ValueError):
        return "" if value is None else str(value)
    if not 0 <= number <= 9999:
        return str(number)
    words = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            words += DIGITS[digit] + name
        elif words and not words.endswith("零"):
            words += "零"
    words = words.rstrip("零") or "零"
    return words[1:] if words.startswith("一十") else words


@register.filter
def zh_name(value: Any) -> str:
    """陈颖 → 陈　颖: a name of two Han characters is set three wide, as official lists do."""
    name = str(value or "").strip()
    return f"{name[0]}\u3000{name[1]}" if HAN_NAME.fullmatch(name) else name


# Icons, lamps and the fields of a filter say the same on every page: they are written once and kept in this process.
@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """One icon of static/icons.svg. Decorative by default; with `label` it is announced and has a tooltip."""
    href = f"{static('icons.svg')}#{name}"
    css_class = f"icon {css}".strip()
    if not label:
        return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', css_class, href)
    return format_html(
        '<svg class="{}" role="img" aria-label="{}"><title>{}</title><use href="{}"></use></svg>',
        css_class,
        label,
        label,
        href,
    )


@register.simple_tag
@cache
def address(name: str) -> str:
    """The address of a page that takes no id: {% url %} works it out anew each time, thirty times as long."""
    return reverse(name)


@register.simple_tag
def lamp(level: str, words: Any = "") -> SafeString:
    """A lamp: glyph and words, never colour alone. An unknown level is shown grey rather than not at all."""
    key = str(level)
    if key not in LAMPS:
        key = "grey"
    return _lamp(key, str(words or LAMPS[key][1]))


@lru_cache(maxsize=1024)
def _lamp(key: str, words: str) -> SafeString:
    return format_html(
        '<span class="lamp lamp-{}"><span class="lamp-glyph" aria-hidden="true">{}</span>{}</span>',
        key,
        LAMPS[key][0],
        words,
    )


@register.simple_tag
def state_badge(label: Any, colour: str = "", title: str = "") -> SafeString:
    """A state in words. `colour`: grey (default), blue, green, amber, red, violet; `title` explains it."""
    return _state_badge(str(label), colour or "grey", str(title))


@lru_cache(maxsize=1024)
def _state_badge(label: str, colour: str, title: str) -> SafeString:
    about = format_html(' title="{}"', title) if title else ""
    return format_html('<span class="state state-{}"{}>{}</span>', colour, about, label)


@register.simple_tag
def filter_field(field: forms.BoundField) -> str:
    """A field of a GET form with its label and what is wrong with it (components/filter_field.html).

    Kept by all it is drawn from, since a list of units or duties costs as much to write as ten rows of a table. A
    field with something wrong, or with choices asked of the database, is drawn anew.
    """
    choices: Any = getattr(field.field, "choices", ())
    if field.errors or not isinstance(choices, list | tuple):
        return render_to_string("components/filter_field.html", {"field": field})
    inner, widget = field.field, field.field.widget
    made_of = (
        type(inner), type(widget), field.html_name, field.auto_id, str(field.label), inner.required, inner.disabled,
        bool(field.help_text), repr(field.value()), repr(widget.attrs), repr(choices),
    )  # fmt: skip
    found = _filter_fields.get(made_of)
    if found is None:
        if len(_filter_fields) >= FILTER_FIELDS_KEPT:
            _filter_fields.clear()
        found = _filter_fields[made_of] = render_to_string("components/filter_field.html", {"field": field})
    return found


@register.simple_tag(takes_context=True)
def html_class(context: RequestContext) -> str:
    """Classes of <html>: the text size and contrast a person chose.

    `ui_prefs` of the context ({"text_size": "125", "high_contrast": True}) wins; the cookies the browser sets
    are the fall-back for somebody who has not logged in yet, so that the login page is readable too.
    """
    prefs = context.get("ui_prefs") or {}
    request = context.get("request")
    cookies = getattr(request, "COOKIES", {})
    size = str(prefs.get("text_size") or cookies.get("text_size", "100"))
    contrast = prefs.get("high_contrast")
    if contrast is None:
        contrast = cookies.get("high_contrast") == "1"
    classes = [f"text-{size}"] if size in TEXT_SIZES[1:] else []
    return " ".join([*classes, "high-contrast"] if contrast else classes)


def _pieces(before: str, after: str) -> tuple[list[str], list[str]]:
    """Both texts in the same pieces: characters, lines when long, whole when longer still."""
    longest = max(len(before), len(after))
    if longest <= DIFF_PIECES:
        return TOKEN.findall(before), TOKEN.findall(after)
    lines = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return lines if max(map(len, lines)) <= DIFF_PIECES else ([before], [after])


def _marked(kind: str, pieces: list[str]) -> str:
    text = "".join(pieces)
    if not text or kind == "equal":
        return text
    return format_html("<del>{}</del>" if kind == "delete" else "<ins>{}</ins>", text)


@register.simple_tag
def text_diff(before: Any, after: Any) -> SafeString:
    """One text with <del> and <ins>: what a unit consented to, and what it reads now."""
    old, new = _pieces(str(before or ""), str(after or ""))
    parts: list[tuple[str]] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            parts.append((_marked(kind, old[i1:i2]),))
        else:
            parts += [(_marked("delete", old[i1:i2]),), (_marked("insert", new[j1:j2]),)]
    return format_html_join("", "{}", parts)  # escapes what is not markup of ours
