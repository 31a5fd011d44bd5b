"""The dealership's words and the agents in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from assistant.models import Agent, DealershipText, OpeningHours


@admin.register(DealershipText)
class DealershipTextAdmin(ModelAdmin):  # type: ignore[misc] # unfold has no types
    """What customers may be told; a text that staff change is no example any more."""

    list_display = ("__str__", "spanish", "is_example")
    list_filter = ("is_example",)
    fields = ("topic", "spanish", "english", "is_example")

    def save_model(self, request: HttpRequest, obj: DealershipText, form: Any, change: bool) -> None:
        if {"spanish", "english"} & set(form.changed_data):
            obj.is_example = False
        super().save_model(request, obj, form, change)


@admin.register(OpeningHours)
class OpeningHoursAdmin(ModelAdmin):  # type: ignore[misc]
    """The hours within which visits are noted."""

    list_display = ("weekday", "opens", "closes")
    list_editable = ("opens", "closes")


@admin.register(Agent)
class AgentAdmin(ModelAdmin):  # type: ignore[misc]
    """Every agent that has answered, as it was."""

    list_display = ("__str__", "model", "created_at")
    fields = ("name", "model", "created_at", "fingerprint", "settings", "instructions", "tools")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
