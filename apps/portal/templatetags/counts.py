"""The bar of one line. Pure output, as in `components`: no query, no permission question."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.portal.charts import Bar

register = template.Library()


@register.simple_tag
def count_bar(bar: Bar, words: str) -> SafeString:
    """A stacked bar of one line; `words` say what it is a bar of."""
    boxes = format_html_join(
        "",
        '<rect class="box-{}" x="{}" y="0.5" width="{}" height="15"></rect>',
        ((box.name, box.x, box.width) for box in bar.boxes),
    )
    return format_html(
        '<svg class="chart-bar" viewBox="0 0 240 16" width="240" height="16" role="img" '
        'aria-label="{}{}" preserveAspectRatio="none">{}</svg>',
        words,
        "".join(f" {box.value}" for box in bar.boxes),
        boxes,
    )
