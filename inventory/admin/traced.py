"""What a page that is saved leaves in the log: of each field, what it was and what it is."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import formats, timezone

_CHARACTERS_MOST = 60


class Traced:
    """For rows that have no history and no versions of their own."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        if add or not form.changed_data:
            return super().construct_change_message(request, form, formsets, add)  # type: ignore[misc] # beside a ModelAdmin
        return [{"changed": {"fields": [_step(form, name) for name in form.changed_data]}}]


def _step(form: Any, name: str) -> str:
    """What people wrote stays where it is: the log tells that it was changed, and not the words."""
    field = form.fields[name]
    if isinstance(field.widget, forms.Textarea):
        return str(field.label)
    return f"{field.label}: {_shown(field, form.initial.get(name))} → {_shown(field, form.cleaned_data.get(name))}"


def _shown(field: Any, value: Any) -> str:
    if value in field.empty_values:
        return "—"
    if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
        key = getattr(value, "pk", value)
        return str(field.queryset.model._default_manager.filter(pk=key).first() or key)
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type] # choices without groups
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    return str(formats.localize(value))[:_CHARACTERS_MOST]
