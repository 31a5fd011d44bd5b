"""Who Karlos is, the dealership's words and the agents in the admin. Whoever keeps versions of the settings registers them."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from assistant import dealership, guardrails
from assistant.models import Agent, AssistantSettings
from inventory.admin.read_only import ReadOnly


class AssistantSettingsForm(forms.ModelForm):  # type: ignore[type-arg] # generic only to the type checker
    """The settings, with greetings that may be sent."""

    class Meta:
        model = AssistantSettings
        fields = (
            *("name", "greeting_spanish", "greeting_english", "model", "effort"),
            *("privacy_spanish", "privacy_english", "privacy_link"),
        )
        widgets = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 2})
            for name in ("greeting_spanish", "greeting_english", "privacy_spanish", "privacy_english")
        }

    def clean_greeting_spanish(self) -> str:
        return self._allowed("greeting_spanish", "es")

    def clean_greeting_english(self) -> str:
        return self._allowed("greeting_english", "en")

    def _allowed(self, field: str, language: str) -> str:
        """A greeting that the guardrails withhold would keep Karlos from answering anybody."""
        written: str = self.cleaned_data[field]
        filled = AssistantSettings(name=self.cleaned_data.get("name", ""), **{field: written})
        if guardrails.check(filled.greeting(language, dealership.name()), ()).violations:
            raise ValidationError(
                _("The guardrails would not let this be sent: leave out promises, figures, addresses and code.")
            )
        return written


class AssistantSettingsAdmin(ModelAdmin):  # type: ignore[misc] # unfold has no types
    """Karlos's name, greeting and language model."""

    form = AssistantSettingsForm
    list_display = ("__str__", "model", "effort", "updated_at")
    readonly_fields = ("who_answers",)
    fieldsets = (
        (_("Who speaks"), {"fields": ("name", "greeting_spanish", "greeting_english")}),
        (_("Who thinks"), {"fields": ("who_answers", ("model", "effort"))}),
        (_("Personal data"), {"fields": ("privacy_spanish", "privacy_english", "privacy_link")}),
    )

    @admin.display(description=_("who answers now"))
    def who_answers(self, _row: AssistantSettings) -> Any:
        """Staff can't see the environment."""
        if settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL:
            return _("The language model; the rules when it can't, or when a limit is reached.")
        return _("The rules: no key of a language model is set. What is chosen here holds once there is one.")


class _Example(ModelAdmin):  # type: ignore[misc]
    """A text that staff change is no example any more."""

    list_filter = ("is_example",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if {"asked", "spanish", "english"} & set(form.changed_data):
            obj.is_example = False
        super().save_model(request, obj, form, change)


class DealershipTextAdmin(_Example):
    """What customers may be told."""

    list_display = ("__str__", "spanish", "is_example")
    fields = ("topic", "spanish", "english", "is_example")


class QuestionAdmin(_Example):
    """What customers ask besides, with the dealership's answers."""

    list_display = ("__str__", "spanish", "is_example")
    search_fields = ("asked", "spanish", "english")
    fields = ("asked", "spanish", "english", "is_example")


class OpeningHoursAdmin(ModelAdmin):  # type: ignore[misc]
    """The hours within which visits are noted."""

    list_display = ("weekday", "opens", "closes")
    list_editable = ("opens", "closes")


@admin.register(Agent)
class AgentAdmin(ReadOnly):
    """Every agent that has answered, as it was."""

    list_display = ("__str__", "model", "created_at")
    fields = ("name", "model", "created_at", "fingerprint", "settings", "instructions", "tools")
