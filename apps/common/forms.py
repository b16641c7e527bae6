"""The one look of every form: renderer, date inputs with Chinese words, and the grid of member units.

A form needs nothing but Django's own classes: `{{ form }}` or `{{ form.name.as_field_group }}` in a template,
and the renderer puts Bootstrap's classes on the widgets. So a widget never carries presentation in Python.
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest

from .fields import in_reach, whole_number

# Widget template → class of its control. Multiple inputs are listed apart, their options carry the class.
CONTROL_CLASSES = {
    "django/forms/widgets/select.html": "form-select",
    "django/forms/widgets/checkbox.html": "form-check-input",
    "django/forms/widgets/radio_option.html": "form-check-input",
    "django/forms/widgets/checkbox_option.html": "form-check-input",
    "django/forms/widgets/hidden.html": "",
    "django/forms/widgets/multiple_hidden.html": "",
}
OPTION_TEMPLATES = {
    "django/forms/widgets/radio.html",
    "django/forms/widgets/checkbox_select.html",
    "django/forms/widgets/unit_checkboxes.html",
}


def put_reasons(form: forms.BaseForm, error: ValidationError) -> None:
    """Put what an act refused beside the fields it names; what names no field of the form stands above them."""
    found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for name, texts in found.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, text)


def _add_class(widget: dict[str, Any], css: str) -> None:
    attrs = widget.setdefault("attrs", {})
    invalid = "is-invalid" if attrs.get("aria-invalid") == "true" else ""
    classes = [*str(attrs.get("class", "")).split(), css, invalid]
    joined = " ".join(dict.fromkeys(name for name in classes if name))
    if joined:
        attrs["class"] = joined


def style_widget(widget: dict[str, Any]) -> None:
    """Put the classes of the house on a widget's context, its subwidgets and its options (in place)."""
    if widget.get("is_hidden"):
        return
    for part in widget.get("subwidgets", ()):
        style_widget(part)
    if widget.get("template_name") in OPTION_TEMPLATES:
        for _group, options, _index in widget.get("optgroups", ()):
            for option in options:
                _add_class(option, "form-check-input")
    elif "subwidgets" not in widget:
        _add_class(widget, CONTROL_CLASSES.get(widget.get("template_name", ""), "form-control"))


class PortalFormRenderer(TemplatesSetting):
    """FORM_RENDERER of the project; templates live in templates/django/forms/."""

    form_template_name = "django/forms/portal_form.html"
    field_template_name = "django/forms/portal_field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Render a form, field or widget; widgets get their classes here, in one place."""
        if isinstance(widget := context.get("widget"), dict):
            style_widget(widget)
        return super().render(template_name, context, request)


class DateInput(forms.DateInput):
    """Native date input. Its own face follows the browser's language, so date and weekday stand beside it."""

    input_type = "date"
    template_name = "django/forms/widgets/date_words.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")  # the only form a browser accepts in `value`


class DateTimeInput(forms.DateTimeInput):
    """Native date and time input (local time, minutes), with the Chinese words beside it."""

    input_type = "datetime-local"
    template_name = "django/forms/widgets/date_words.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class DateField(forms.DateField):
    """A day that can be meant: 1949 to 2199."""

    widget = DateInput
    default_validators = [in_reach]


class DateTimeField(forms.DateTimeField):
    """A moment (local time) that can be meant: 1949 to 2199."""

    widget = DateTimeInput
    default_validators = [in_reach]


class TimeInput(forms.TimeInput):
    """Native time input (minutes)."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class ManyField(forms.ModelMultipleChoiceField):
    """Several rows by their ids. An id no column can hold is a wrong choice (SQLite's driver would fail on it)."""

    def _check_values(self, value: Any) -> Any:
        for pk in value if isinstance(value, list | tuple) else ():
            if whole_number(str(pk)) is None:
                raise ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": pk}
                )
        return super()._check_values(value)  # type: ignore[misc]


class UnitCheckboxes(forms.CheckboxSelectMultiple):
    """All member units as a grid, in the order of the choices (charter order, never pinyin)."""

    template_name = "django/forms/widgets/unit_checkboxes.html"
