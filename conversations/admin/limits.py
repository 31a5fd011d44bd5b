"""The limits in the admin: one row, with what today has cost so far."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from assistant.sentences import pesos
from conversations import limits
from conversations.models import Limits


@admin.register(Limits)
class LimitsAdmin(ModelAdmin):  # type: ignore[misc] # unfold has no types
    """One set of limits: added once, then edited, never deleted."""

    list_display = ("__str__", "spent_today", "budget_mxn", "take_minutes", "resume_minutes", "updated_at")
    readonly_fields = ("spent_today",)
    fieldsets = (
        (
            _("When a person is needed"),
            {"fields": (("take_minutes", "resume_minutes"), "proposes", "alert_email")},
        ),
        (
            _("What one customer may ask"),
            {
                "fields": (
                    ("messages_per_minute", "characters_per_message"),
                    ("turns_per_day", "tokens_per_day"),
                    "turns_per_day_most",
                )
            },
        ),
        (
            _("What the language model may cost"),
            {"fields": (("budget_mxn", "spent_today"), "input_mxn", "cached_mxn", "output_mxn")},
        ),
    )

    @admin.display(description=_("spent today, MXN"))
    def spent_today(self, _row: Limits) -> str:
        return pesos(round(limits.spent_mxn(), 2))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only while there is none."""
        return super().has_add_permission(request) and not Limits.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Limits | None = None) -> bool:
        """Without a row the defaults would come back unnoticed."""
        return False
